"""Whole workbooks in other languages: each is translated to its last sentence, and every fact is as in English."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports import SHEETS, write_workbook
from reports.decisions import read_decisions
from reports.human_cells import conflict_sentence, refusal_sentence
from reports.language import in_language, words
from reports.layout import Chart, Column, Holds, Line, Prose, Sheet, Style, Table
from reports.phrases import TRANSLATED, WITHHELD, sections
from reports.presentation import LANGUAGES, Presentation
from reports.summary import Findings, extent, totals
from scanner.case import Case, Outcome
from scanner.cli.lateness import Punctuality
from scanner.config import load_config
from scanner.connectors.discover import discover
from scanner.coverage import ChosenBy, Coverage
from scanner.decision import Conflict, Decisions, Novelty, Question, RefusedAnswer, Status, WhyRefused
from scanner.envelope import Locator, Unreadable
from scanner.incident import Band
from scanner.policy import Policy
from scanner.review import review
from scanner.scan import Silent, scan
from scanner.store import open_store
from scanner.unattended import Cadence, Every, Weekday
from tests.reports import example
from tests.sampling.__main__ import SAMPLES

UNFINISHED = Coverage("research", "Sent 2", ChosenBy.NAME, 100, 90)
_OUR_SENTENCES = (Holds.SAID, Holds.QUOTED)
OURS_ANYWHERE = {
    word
    for english in ("(address unknown)", "unknown", "not known", "not stated")
    for word in (english, *(words(code)(english) for code in TRANSLATED))
}


def invented() -> set[str]:
    """Reasons and troubles that only the example says: the detector and the sources speak otherwise."""
    case = example.full_case()
    incidents = (*case.incidents(), *case.cleared())
    said = {reason for incident in incidents for exposure in incident.exposures for reason in exposure.reasons}
    said.update(folder.trouble for folder in case.coverage())
    return said | {
        trouble
        for each in (case, example.failed_case())
        for run in each.runs()
        for trouble in (*run.troubles, *run.notices)
    }


def busy_case() -> example.ExampleCase:
    """The full case with every kind of novelty, answer and conflict."""
    case = example.full_case()
    answers = {
        "INC-00000001": {
            Question.STATUS: "confirmed",
            Question.BAND: "very high",
            Question.BAND_REASON: "health",
            Question.AWARE_SINCE: "2026-11-20T09:00:00+00:00",
            Question.NOTE: "open",
        },
        "INC-00000002": {Question.STATUS: "false alarm"},
        "INC-00000004": {},
        next(case.cleared()).id: {Question.STATUS: "closed"},
        "INC-0000GONE": {Question.STATUS: "closed"},
        "P-0000000000": {Question.PERSON_NOTE: "open"},
    }
    read = datetime(2026, 11, 20, tzinfo=UTC)
    conflicts = (Conflict("INC-00000001", Question.STATUS, "closed", "", 3, read),)
    refusals = [
        RefusedAnswer(subject, question, "next week", "Decisions!F7", 3, read, why)
        for subject, question, why in (
            ("INC-00000001", Question.PEOPLE_TOLD, WhyRefused.UNCLEAR),
            ("INC-00000002", Question.AWARE_SINCE, WhyRefused.UNCLEAR),
            ("INC-00000002", Question.BAND, WhyRefused.UNCLEAR),
            ("INC-00000002", Question.NOTE, WhyRefused.UNCLEAR),
            ("INC-00000003", Question.STATUS, WhyRefused.TORN),
            ("INC-0000GONE", Question.STATUS, WhyRefused.STRANGE),
            ("", Question.PERSON_TOLD, WhyRefused.STRANGE),
            ("P-0000000000", Question.PERSON_TOLD, WhyRefused.UNCLEAR),
        )
    ]
    dates = {
        ("INC-00000001", Question.PEOPLE_TOLD): "2031-01-01",
        ("INC-00000001", Question.AUTHORITY_TOLD): "2001-01-01",
        ("INC-00000002", Question.AWARE_SINCE): "1970-01-01T09:30:00+00:00",
        ("INC-00000004", Question.AWARE_SINCE): "2001-01-01T09:30:00+00:00",
    }
    for (subject, question), date in dates.items():
        answers[subject][question] = date
    decisions = Decisions(answers, conflicts, tuple(refusals), dict.fromkeys(dates, read))
    novelty = dict(zip(("INC-00000001", "INC-00000002", "INC-00000003"), Novelty, strict=False))
    return replace(case, held_decisions=decisions, held_novelty=novelty)


def sheets(case: Case) -> Iterator[Sheet]:
    findings = Findings(totals(case), extent(case))
    return (import_module(f"reports.sheets.{name}").sheet(case, findings) for name in SHEETS)


def untranslated(case: Case, code: str) -> set[str]:
    """Every sentence of ours in a workbook of the case that stays English."""
    missed: set[str] = set()
    for sheet in sheets(case):
        for block in in_language(sheet, code, missed.add).blocks:
            for _ in block.lines:  # the pass is lazy
                pass
    return missed


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize(
    "case",
    [busy_case(), example.clean_case(), example.failed_case(), example.stale_case(), example.stale_case(UNFINISHED)],
    ids=["busy", "clean", "failed", "stale", "stale and unfinished"],
)
def test_no_sentence_of_ours_stays_english(case: example.ExampleCase, code: str) -> None:
    assert untranslated(case, code) - invented() == set()


def test_no_sentence_of_the_samples_stays_english(tmp_path: Path) -> None:
    config = load_config(SAMPLES / "missedbcc.toml")
    accounts = discover(SAMPLES).accounts
    with open_store(tmp_path / "case.sqlite") as store:
        scan(accounts, config.policy, store, Silent())
        case = review(store)
        assert sum(1 for _ in case.incidents()) > 10
        for code in TRANSLATED:
            assert untranslated(case, code) == set()


COUNTED = (*map(str, (*Status, *Band)), "not computed", "quoted")


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("word", COUNTED)
def test_a_counted_word_is_the_same_wherever_it_stands_in_a_list(code: str, word: str) -> None:
    said = words(code)
    for count in ("0", "1", "31"):
        alone = said(f"{count} {word}")
        assert alone != f"{count} {word}"
        assert said(f"{count} {word}.") == f"{alone}."
        assert said(f"{count} {word}, 2 low.").startswith(f"{alone}, ")
        assert said(f"2 low, {count} {word}.").endswith(f", {alone}.")


@pytest.mark.parametrize(
    ("english", "french", "german"),
    [
        ("31 low.", "31 faibles.", "31 niedrig."),
        ("1 low, 2 not computed.", "1 faible, 2 non calculés.", "1 niedrig, 2 nicht berechnet."),
        ("2 open, 5 false alarms.", "2 ouverts, 5 fausses alertes.", "2 offen, 5 Fehlalarme."),
        ("1 original, 2 batches", "1 original, 2 lots", "1 Original, 2 Teilversände"),
        ("2 replies came back", "en retour : 2 réponses", "Rücklauf: 2 Antworten"),
    ],
)
def test_a_word_agrees_with_the_number_before_it(english: str, french: str, german: str) -> None:
    said = words("fr")(english).replace("\u00a0", " "), words("de")(english)
    assert said == (french, german)


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_could_not_be_read_is_told_in_the_language_of_the_workbook(code: str) -> None:
    refused = "The server mail.example refused the login of ann@company.example: [AUTHENTICATIONFAILED] No. Try again."
    rebuilt = "The folder was rebuilt on the server since it was last read (UIDVALIDITY changed)."
    cut = "/srv/sent.mbox.gz ends in the middle of its compressed data."
    run = replace(example.run(1, Outcome.INCOMPLETE, (f"ann: {refused}",)), notices=(f"ann: Sent: {rebuilt}",))
    folder = Coverage(
        "ann", "Sent", ChosenBy.NAME, 9, skipped=(("It vanished while the folder was read.", 2),), trouble=cut
    )
    case = example.ExampleCase(
        Policy(),
        held_coverage=(folder,),
        held_unreadable=(Unreadable(Locator("ann", "Sent", "7"), "The server refused UID FETCH: Busy."),),
        held_runs=(run,),
    )
    assert untranslated(case, code) == set()
    told = "\n".join(
        str(value)
        for sheet in sheets(case)
        for block in in_language(sheet, code).blocks
        for line in block.lines
        for value in line.values
    )
    assert not [words_ for words_ in ("refused", "rebuilt", "compressed", "vanished") if words_ in told]
    for theirs in ("[AUTHENTICATIONFAILED] No. Try again.", "/srv/sent.mbox.gz", "UID FETCH"):
        assert theirs in told


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("count", ["1", "1,234"])
def test_what_can_be_read_now_is_told_in_the_language_of_the_workbook(code: str, count: str) -> None:
    told = f"ann: Sent: {count} of the messages that could not be read before can be read now."
    assert "messages that" not in words(code)(told)


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_sentence_about_runs_that_were_missed_stays_english(code: str) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    old = now - timedelta(days=1000)
    missed: set[str] = set()
    for cadence in (*(Cadence(weekday=day) for day in Weekday), Cadence(Every.DAY), Cadence(Every.MONTH, day=28)):
        for complete in (old, None):
            for latest in (old, now):
                sentence = Punctuality(complete, old, latest).before(cadence, now)
                (block,) = in_language(Sheet("Coverage", (Prose((Line(("", sentence)),)),)), code, missed.add).blocks
                (line,) = block.lines
                assert "1000" in str(line.values[1]).translate(dict.fromkeys(map(ord, "., \u00a0\u202f")))
    assert missed == set()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("fr", "Juridique\u00a0: statut\u00a0: le choix «\u202fclos\u202f» est retenu\u202f; le classeur 3, lu le "),
        ("de", "Recht: Status: Es gilt die Auswahl „abgeschlossen“; Arbeitsmappe 3, gelesen 2026-11-20 00:00 UTC"),
    ],
)
def test_a_conflict_is_told_in_the_language_of_the_workbook(code: str, said: str) -> None:
    (decisions,) = (sheet for sheet in sheets(busy_case()) if sheet.title == "Decisions")
    (table,) = (b for b in in_language(decisions, code).blocks if isinstance(b, Table))
    conflict = next(i for i, column in enumerate(table.columns) if column.holds is Holds.QUOTED)
    told = [str(line.values[conflict]) for line in table.lines]
    assert told[0].startswith(said)
    assert not [one for one in told if "Type" in one or "typed" in one]


# The same facts.


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("word", [*map(str, Status), *map(str, Band)])
def test_a_quoted_choice_is_called_as_its_list_calls_it_and_a_text_of_the_same_letters_stays(
    code: str, word: str
) -> None:
    said, chosen = words(code), sections(code)["choices"][word]
    question = Question.BAND if word in {*map(str, Band)} else Question.STATUS
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    conflicts = (Conflict("I-A", question, word, "", 3, at), Conflict("I-A", question, "", word, 3, at))
    refusals = [
        RefusedAnswer("I-A", question, word, "D!D5", 3, at, why) for why in (WhyRefused.TORN, WhyRefused.STRANGE)
    ]
    for english in (*map(conflict_sentence, conflicts), *map(refusal_sentence, refusals)):
        assert f"the choice “{word}”" in english
        assert chosen in said(english)
        assert "the choice" not in said(english)
        assert english[-20:] not in said(english)
    note = conflict_sentence(replace(conflicts[0], question=Question.NOTE))
    assert word in said(note)
    assert f"“{word}”" not in said(note)
    unclear = RefusedAnswer("I-A", question, "xyz", "Decisions!D5", 3, at, WhyRefused.UNCLEAR)
    assert "xyz" in said(refusal_sentence(unclear))


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_fact_and_every_text_of_mail_is_as_in_english(code: str) -> None:
    for sheet, twin in zip(sheets(busy_case()), sheets(busy_case()), strict=True):  # lines can be had once
        for ours, theirs in zip(twin.blocks, in_language(sheet, code).blocks, strict=False):
            facts = [held_in_common(ours, line) for line in ours.lines]
            assert [held_in_common(ours, line) for line in theirs.lines] == facts
            if isinstance(ours, Table) and isinstance(theirs, Table):
                assert list(map(without_words, theirs.columns)) == list(map(without_words, ours.columns))
                assert len({column.title for column in theirs.columns}) == len(theirs.columns)
                assert all(new.width >= old.width for new, old in zip(theirs.columns, ours.columns, strict=True))


def without_words(column: Column) -> Column:
    return replace(column, title="", width=0, prompt="", choices=())


def held_in_common(block: Prose | Table, line: Line) -> list[object]:
    """What may not differ: how many cells there are, numbers and dates, texts of mail, and facts."""
    values: list[object] = list(line.values)
    for i, value in enumerate(line.values):
        ours = i not in line.personal if isinstance(block, Prose) else block.columns[i].holds in _OUR_SENTENCES
        if isinstance(value, str) and (ours or value in OURS_ANYWHERE):
            values[i] = None
    return [*values, sorted(line.links), dict(line.styles)]


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_link_leads_to_a_cell_of_a_sheet_that_is_there(code: str, tmp_path: Path) -> None:
    path = write_workbook(busy_case(), tmp_path / "case.xlsx", Presentation(code))
    book, english = load_workbook(path), load_workbook(write_workbook(busy_case(), tmp_path / "english.xlsx"))
    assert len(book.sheetnames) == len(english.sheetnames)
    assert not set(book.sheetnames) & {"Coverage", "Evidence", "Timeline", "Affected people"}
    found = 0
    for sheet, twin in zip(book.worksheets, english.worksheets, strict=True):
        links = links_of(sheet)
        assert links.keys() == links_of(twin).keys()
        for reference, leads_to in links_of(twin).items():
            title, _, cell = links[reference].rpartition("!")
            there, _, same = leads_to.rpartition("!")
            assert cell == same
            assert book.sheetnames.index(title.strip("'")) == english.sheetnames.index(there.strip("'"))
            found += 1
    assert found > 300


def links_of(sheet: Worksheet) -> dict[str, str]:
    cells = (cell for row in sheet.iter_rows() for cell in row if cell.hyperlink)
    return {cell.coordinate: str(cell.hyperlink.location) for cell in cells if cell.hyperlink}


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_chart_names_the_columns_as_they_are_called(code: str) -> None:
    drawn = 0
    for sheet in sheets(busy_case()):
        other = in_language(sheet, code)
        tables = {block.name: block for block in other.blocks if isinstance(block, Table)}
        for chart in other.charts:
            titles = [column.title for column in tables[chart.table].columns]
            assert {chart.categories, chart.values} <= set(titles)
            drawn += 1
    assert drawn >= 2


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_document_says_what_it_is_in_its_language(code: str, tmp_path: Path) -> None:
    book = load_workbook(write_workbook(example.clean_case(), tmp_path / "case.xlsx", Presentation(code)))
    assert str(book.properties.description).startswith({"fr": "Données", "de": "Personenbezogene"}[code])
    first = book.worksheets[0]
    assert {"fr": "Langue", "de": "Sprache"}[code] in [row[0].value for row in first.iter_rows()]


# The pass itself.


def test_a_choice_a_band_and_a_word_in_place_of_a_fact_are_translated_and_other_texts_are_not() -> None:
    columns = (
        Column("For legal: status", 9, holds=Holds.SAID, question=Question.STATUS, choices=("open", "closed")),
        Column("Subject", 9, holds=Holds.PERSONAL),
        Column("First sent", 9),
        Column("Severity band", 9, holds=Holds.SAID),
    )
    lines = (
        Line(("open", "open", "unknown", "high, close to very high"), links={0: "'Affected people (2)'!A7"}),
        Line(("as you like", WITHHELD, 5, 1.5)),
    )
    table = Table("T", columns, lines, "No mail was read.", {3: {"high": Style.ALERT}})
    chart = Chart("People by incident", "T", "Subject", "First sent", "A1")
    other = in_language(Sheet("Evidence", (table,), charts=(chart,)), "de")
    (block,) = other.blocks
    assert isinstance(block, Table)
    first, second = block.lines
    assert first.values == ("offen", "open", "unbekannt", "hoch, nahe an sehr hoch")
    assert first.links == {0: "'Betroffene Personen (2)'!A7"}
    assert second.values == ("as you like", "(geschwärzt)", 5, 1.5)
    assert [column.title for column in block.columns] == ["Recht: Status", "Betreff", "Zuerst gesendet", "Schwerestufe"]
    assert block.columns[0].choices == ("offen", "abgeschlossen")
    assert block.bands == {3: {"hoch": Style.ALERT}}
    assert block.columns[3].width > 9
    assert (other.title, block.empty, block.name) == ("Nachweise", "Es wurden keine E-Mails gelesen.", "T")
    assert (other.charts[0].categories, other.charts[0].values) == ("Betreff", "Zuerst gesendet")


def test_in_english_a_sheet_is_itself() -> None:
    sheet = Sheet("Evidence", (Prose(()),))
    assert in_language(sheet, "en") is sheet


# The way back.


def read_back(path: Path) -> dict[tuple[str, Question], str]:
    back = read_decisions(path)
    assert back.problems == ()
    return {(answer.subject, answer.question): answer.value for answer in back.answers}


@pytest.mark.parametrize("code", TRANSLATED)
def test_answers_are_read_back_from_any_language(code: str, tmp_path: Path) -> None:
    case = busy_case()
    english = read_back(write_workbook(case, tmp_path / "english.xlsx"))
    assert english["INC-00000001", Question.STATUS] == "confirmed"
    assert english["INC-00000001", Question.BAND] == "very high"
    assert read_back(write_workbook(case, tmp_path / "case.xlsx", Presentation(code))) == english


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_withheld_is_no_answer(code: str, tmp_path: Path) -> None:
    case = busy_case()
    path = write_workbook(case, tmp_path / "case.xlsx", Presentation(code, redacted=True))
    answers_ = read_back(path)
    assert answers_["INC-00000001", Question.STATUS] == "confirmed"
    assert answers_["INC-00000001", Question.AWARE_SINCE] == "2026-11-20T09:00:00+00:00"
    assert not {answers_.get(("INC-00000001", question)) for question in (Question.NOTE, Question.BAND_REASON)} - {None}
