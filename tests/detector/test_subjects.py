"""What is taken off a subject so that the messages of one mailing agree, and what its words tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector.subjects import subject_key, tones_of
from scanner.detector.traits import Tone
from tests.growth import assert_linear

PIECES = (
    "Re: |re[2]: |AW: |Fwd: |(2/5)|(24/12)| no 12| Teil 2| #7| - 3 of 9| 45|[dev] |Recall: |Correction :|survey|"
    "Umfrage|回复：|問卷|İLT: |:|.| |-|ß|\u0301|1|of|№|²|12.50|EUR |May "
)
SUBJECTS = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES.split("|")), max_size=9).map("".join))


@given(SUBJECTS)
def test_a_key_is_its_own_key(subject: str) -> None:
    assert subject_key(subject_key(subject)) == subject_key(subject)


@given(SUBJECTS, st.sampled_from(("Re: ", "RE : ", "AW: ", "Fw: Re: ", "WG:", "SV: ", "Odp: ", "回复：", "RE(3): ")))
def test_an_answer_has_the_key_of_what_it_answers(subject: str, prefix: str) -> None:
    assert subject_key(prefix + subject) == subject_key(subject)


@given(SUBJECTS)
def test_nothing_but_prefixes_and_space_leaves_an_empty_key(subject: str) -> None:
    if any(character.isalnum() for character in subject) and ":" not in subject and "：" not in subject:
        assert subject_key(subject)


PREFIXES = (
    "Re Fw Fwd AW WG TR RE RV SV VS VB VL Odp PD ENC RES RIF R I Antw Doorst Vá Továbbítás YNT İLT ΑΠ ΠΡΘ Отв "
    "回复 答复 转发 回覆 轉寄 返信 転送 답장 "
    "Recall Rückruf Rappel Recuperar Richiamo Intrekken Odwołanie Återkalla 撤回 "
    "Correction Update Korrektur Rectificatif Corrección Correzione Correctie Korekta Correção Rettelse 更正 "
    "Undeliverable Unzustellbar Accepted Sorry"
)


@pytest.mark.parametrize("prefix", PREFIXES.split())
@pytest.mark.parametrize("form", ["{}: {}", "{} : {}", "{}：{}", "{}[2]: {}", "{}(3): {}", "Re: {}: Fw: {}"])
def test_prefixes_come_off(prefix: str, form: str) -> None:
    assert subject_key(form.format(prefix, "Customer survey")) == "customer survey"


@pytest.mark.parametrize(
    "subject",
    [
        "Customer survey (2/5)",
        "(2/5) Customer survey",
        "Customer survey [3 of 9]",
        "Customer survey (4)",
        "Customer survey no 12",
        "Customer survey no. 12",
        "Nr. 3: Customer survey",
        "Customer survey part 2",
        "Customer survey - part 2 of 7",
        "Customer survey Teil 2",
        "Customer survey n° 4",
        "Customer survey #7",
        "Customer survey - 3 of 9",
        "Customer survey – 3/9",
        "Customer  SURVEY 8",
        "Customer survey batch 2/5",
    ],
)
def test_numbering_comes_off(subject: str) -> None:
    assert subject_key(subject) == "customer survey"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Meeting 24 December", "Meeting 25 December"),
        ("Meeting December 24", "Meeting December 25"),
        ("Meeting (24/12)", "Meeting (23/12)"),
        ("Meeting 24.12.", "Meeting 23.12."),
        ("Annual report 2023", "Annual report 2024"),
        ("Tariff from EUR 100", "Tariff from EUR 200"),
        ("Tariff from 12.50", "Tariff from 13.50"),
        ("Up to 50%", "Up to 60%"),
        ("Case 2022-117", "Case 2022-118"),
        ("Ticket 5512301", "Ticket 5512302"),
        ("Survey", "Invitation"),
        ("7", "8"),
    ],
)
def test_what_is_no_numbering_tells_messages_apart(one: str, other: str) -> None:
    assert subject_key(one) != subject_key(other)


def test_the_tag_of_a_list_stays_wherever_the_prefix_stands() -> None:
    assert {subject_key(form) for form in ("[dev] patch", "Re: [dev] patch", "[dev] Re: [dev] patch")} == {
        "[dev] patch"
    }


@pytest.mark.parametrize("subject", ["", "Re:", "Re: Fw:", " "])
def test_an_empty_subject_stays_empty(subject: str) -> None:
    assert subject_key(subject) == ""


@pytest.mark.parametrize(
    ("tone", "subjects"),
    [
        (
            Tone.BULK,
            "Newsletter 22|Invitation: open day|Customer notice|My last day|New e-mail address|Request for quotation|"
            "Invitation à notre journée|Enquête de satisfaction|Einladung zur Kundentagung|Unser Kundenrundschreiben|"
            "Encuesta de clientes|Invito alla fiera|Uitnodiging|Nieuwsbrief|Zaproszenie na spotkanie|Ankieta|"
            "Convite para o evento|Boletim mensal|Inbjudan|Nyhetsbrev|製品アンケートのお願い|客户满意度问卷",
        ),
        (
            Tone.PERSONAL,
            "too funny|Best joke of the week|golf on Saturday?|Housewarming party|Apéro vendredi|Geburtstagsfeier|"
            "Fiesta de cumpleaños|Barzelletta|Verjaardagsfeestje|Urodziny Ani|Festa de aniversário",
        ),
        (
            Tone.WORK,
            "Meeting agenda|Draft agreement|Working group minutes|Comments on version 3|Compte rendu de la réunion|"
            "Sitzungsprotokoll|Entwurf des Vertrags|Orden del día|Bozza di contratto|Notulen|Protokół|"
            "Ordem de trabalhos",
        ),
        (
            Tone.RECALL,
            "Recall: Survey|Rückruf: Umfrage|Rappel : enquête|Recuperar: encuesta|Richiamo: invito|Please delete it|"
            "Message recall",
        ),
        (
            Tone.APOLOGY,
            "Sorry|Apologies: our message of today|Nos excuses|Entschuldigung|Unsere Entschuldigung|Disculpas|"
            "Le nostre scuse|Verontschuldiging|Przepraszamy za błąd|Pedimos desculpas|お詫び",
        ),
        (
            Tone.CORRECTION,
            "Correction: Survey|Update: Survey|Korrektur: Umfrage|Rectificatif|Corrección: aviso|Rettifica|Correctie|"
            "Sprostowanie|Re: Correction: Survey|Corrected version of our notice",
        ),
    ],
)
def test_words_give_a_tone(tone: Tone, subjects: str) -> None:
    assert [subject for subject in subjects.split("|") if tone not in tones_of(subject)] == []


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Update",
        "News",
        "Question for all",
        "Documents",
        "Termination",
        "Third party",
        "Semesterbeginn",
        "Don Miller",
        "Noticeable effects",
        "Partying",
        "Unprofitable",
    ],
)
def test_other_words_give_none(subject: str) -> None:
    assert tones_of(subject) == frozenset()


@pytest.mark.parametrize(
    "piece", ["Re: ", "[x] Re: ", "1 ", "(1) ", "no 1 ", "no ", "- 1 of 2 ", "[a", "(", "einladung ", "\u0301"]
)
def test_hostile_subjects_cost_linear_time(piece: str) -> None:
    def work(size: int) -> object:
        subject = piece * size
        return subject_key.__wrapped__(subject), tones_of.__wrapped__(subject)

    assert_linear(work, 500)
