"""What counts as a sensitive subject, and what only looks like one, in each of the eight languages."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector.context_words import CONTEXT_WORDS, SPARED
from scanner.detector.contexts import context_names, contexts_of, words_of
from tests.growth import assert_linear

LANGUAGES = {"English", "German", "French", "Spanish", "Italian", "Dutch", "Polish", "Portuguese"}
REPORTED = {
    "health": """
        Newsletter for our patients|Dear patient, our opening hours|Patient group: next meeting|HIV clinic evening
        Support group for people living with epilepsy|Ihre Brustkrebspatientinnen-Gruppe|Termine der Rheumaklinik
        Selbsthilfegruppe am Montag|Réunion des malades|Don d’organes : journée du 3 mai|Encuentro de pacientes
        Salud mental: nuevo grupo|Incontro dei malati|Trapianto di cuore: controlli|Bijeenkomst voor patiënten
        Zelfhulpgroep dinsdag|Spotkanie pacjentów|Grupa wsparcia w środę|Encontro de doentes|Consulta médica em grupo
    """,
    "children": """
        Packing list for your child|Dear parents|Parent-teacher evening|School trip on Friday|Elternabend am Montag
        Liebe Schüler der 5a|LIEBE SCHUELER|Sortie scolaire du 3 juin|Vos enfants à la crèche|Excursión de los niños
        Reunión de padres|Gita scolastica|Avviso ai genitori|Ouderavond groep 4|Kinderen van groep 5
        Zebranie rodziców|Wycieczka szkolna|Reunião de pais e encarregados de educação|Passeio das crianças
    """,
    "union": """
        Trade union meeting|To all union members|Works council election|Gewerkschaftstreffen|Betriebsrätekonferenz
        ver.di-Versammlung|Section syndicale|Réunion du syndicat|Sindicato: asamblea|Comité de empresa
        Assemblea sindacale|Vakbondsvergadering|Ondernemingsraad: verkiezing|Związki zawodowe – zebranie
        Comissão de trabalhadores
    """,
    "shelter": """
        Women's shelter: new rules|Domestic violence helpline|Residents of the refuge|Witness protection programme
        Frauenhaus Nord|Flüchtlingsunterkunft|Violences conjugales : permanence|Demandeurs d'asile
        Casa de acogida|Violencia de género|Centro antiviolenza|Richiedenti asilo|Vrouwenopvang|Huiselijk geweld
        Przemoc domowa – dyżur|Pomoc dla uchodźców|Violência doméstica|Casa abrigo
    """,
    "religion": """
        Church choir|Prayer group|Gottesdienst am Sonntag|Kirchengemeinde|Paroisse : bulletin|Grupo de oración
        La parroquia informa|Gita della parrocchia|Kerkdienst|Parafia – ogłoszenia|Pielgrzymka|Igreja: horários
    """,
    "sexual life": """
        LGBT evening|Gender dysphoria panel|Lesbentreff|Santé sexuelle|Orientación sexual|Salute sessuale
        Homoseksuele jongeren|Orientacja seksualna|Saúde sexual
    """,
    "applications": """
        Your application|To all applicants|Your job interview|Ihre Bewerbung|Votre candidature|Tu candidatura
        Colloquio di lavoro|Uw sollicitatie|Wyniki rekrutacji|Entrevista de emprego
    """,
    "debt": """
        Payment reminder|Your rent is in arrears: debt advice|Zahlungserinnerung|Schuldnerberatung|Mise en demeure
        Factures impayées|Recordatorio de pago|Sollecito di pagamento|Betalingsherinnering|Wezwanie do zapłaty
        Dívida em aberto
    """,
    "testimony": """
        Information for victims|The abuse inquiry|Zeugen gesucht|Für die Missbrauchsopfer|Réunion des victimes
        Asociación de víctimas|Le vittime dell'incendio|Slachtoffers van de brand|Dla pokrzywdzonych
        Associação das vítimas
    """,
}
SPARED_SUBJECTS = """
    Please be patient|Thank you for being so patient|We lost patience|Legal clinic on Friday|Outpacing the market
    Wer sucht Mitarbeiter?|Assurance maladie : nouveau code|Siate pazienti|Maladresse de ma part
    Parent company guarantee|Child theme update|child process killed|Kind regards|Best kinds of paint|Schuler AG
    Elternzeit Vertretung|Prix élevés|Información del país|El Niño|Stakeholders|Aandeelhouders|Houders
    European Union grants|Credit union members|Western Union transfer|Union Pacific|Reunion|Unique offer
    Student union meeting|Syndicated loan|Syndicat d'initiative|Collegio sindacale|Patto di sindacato|Tax shelter
    Wildlife refuge|Shelter in place|Fromage râpé|Church Street|Churchill|In good faith|Prière de répondre
    Messe Hannover|Wir werden gebeten|Parking|Update on the Middlesex office|Schwüle Tage|Application server
    Your application server|FERC application|Joint applicants|Debt offering|Dette er en prøve|Debit card|Long-term debt
    Deuda técnica|Długopisy|Embargo|Draft testimony|Complaint procedure|Zeugnis|Vintage|Kündigung|Invitation: open day
    Einladung zur Kundentagung|Enquête de satisfaction|Actualización de precios|Ważna informacja o zamówieniach
    Convite para a reunião|Invito alla riunione|Uitnodiging voor de vergadering|COVID-19: offices closed
"""


def lines_of(block: str) -> list[str]:
    return [subject.strip() for line in block.splitlines() for subject in line.split("|") if subject.strip()]


@pytest.mark.parametrize(
    ("context", "subject"), [(context, subject) for context, block in REPORTED.items() for subject in lines_of(block)]
)
def test_a_sensitive_subject_is_reported(context: str, subject: str) -> None:
    assert context in contexts_of(subject)
    assert context in contexts_of(f"RE: [EXT] {subject.upper()} (2)")


@pytest.mark.parametrize("subject", lines_of(SPARED_SUBJECTS))
def test_what_only_looks_like_one_is_spared(subject: str) -> None:
    assert contexts_of(subject) == ()


def test_every_context_has_words_in_every_language_and_an_example_here() -> None:
    assert set(REPORTED) == set(CONTEXT_WORDS) == set(context_names())
    assert {context: set(languages) for context, languages in CONTEXT_WORDS.items()} == dict.fromkeys(
        CONTEXT_WORDS, LANGUAGES
    )
    assert set(SPARED) <= set(CONTEXT_WORDS)


@pytest.mark.parametrize("context", CONTEXT_WORDS)
def test_every_entry_of_the_list_is_found_in_itself(context: str) -> None:
    entries = [entry for entries in CONTEXT_WORDS[context].values() for entry in entries.split(",")]
    lost = [entry.strip() for entry in entries if context not in contexts_of(entry.replace("*", ""))]
    assert lost == []


@pytest.mark.parametrize("context", SPARED)
def test_no_spared_phrase_counts(context: str) -> None:
    for entry in SPARED[context].split(","):
        assert context not in contexts_of(entry.replace("*", ""))


def test_a_spared_phrase_spares_only_itself() -> None:
    assert contexts_of("The credit union meets the trade union") == ("union",)
    assert contexts_of("European Union: trade union members") == ("union",)


def test_several_contexts_are_sorted() -> None:
    assert contexts_of("Trade union of HIV clinics: your child") == ("children", "health", "union")


@pytest.mark.parametrize(
    "spelling", ["pa\u00adtients", "PATIENTS", "ｐatients", "pati\u200bents", "patients_2024.xlsx"]
)
def test_the_spelling_does_not_matter(spelling: str) -> None:
    assert contexts_of(spelling) == ("health",)


@given(st.sampled_from([entry for block in REPORTED.values() for entry in lines_of(block)]))
def test_composed_and_decomposed_letters_are_alike(subject: str) -> None:
    assert contexts_of(unicodedata.normalize("NFD", subject)) == contexts_of(unicodedata.normalize("NFC", subject))


def test_umlauts_are_read_in_both_spellings() -> None:
    assert words_of("Schüler, Œuvre, Łódź, weiß") == ["schueler", "oeuvre", "lodz", "weiss"]


def test_words_of_the_config_are_added() -> None:
    extra = [("health", "tinnitus*"), ("secret agents", "blue circle"), ("health", "*患者*"), ("union", "*verdi")]
    assert contexts_of("Tinnitustreffen", extra) == ("health",)
    assert contexts_of("Tinnitustreffen") == ()
    assert contexts_of("The Blue-Circle meeting", extra) == ("secret agents",)
    assert contexts_of("blue and circle", extra) == ()
    assert contexts_of("新しい患者会", extra) == ("health",)
    assert contexts_of("Giuseppeverdi", extra) == ("union",)
    assert contexts_of("anything", [("health", " * "), ("health", "12")]) == ()


@given(st.text())
def test_any_text_gives_known_names(text: str) -> None:
    found = contexts_of(text)
    assert list(found) == sorted(set(found) & set(context_names()))


@pytest.mark.parametrize(
    "piece", ["violence* de ", "a\u0308", "\u0301\u0327", "credit union ", "ä", "x", "patient ", "*"]
)
def test_the_time_grows_with_the_text(piece: str) -> None:
    assert_linear(lambda size: contexts_of(piece * size), 1_000)
