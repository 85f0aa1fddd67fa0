"""The redacted edition: no address, name, subject or other text of mail in any byte of it, and every id as it was."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reports import write_workbook
from reports.layout import Column, Holds, Line, Prose, Sheet, Style, Table
from reports.phrases import WITHHELD
from reports.presentation import LANGUAGES, Presentation
from reports.redaction import SENTENCE_WITHHELD, Shuffled, must_show_no_address, redacted
from scanner.case import Case
from scanner.decision import Decisions, Question
from scanner.errors import ReportError
from tests.reports import example

NOTE = "Zwölf Kunden haben Frau Sommerfeld angerufen"
DAY = datetime(2026, 1, 2, tzinfo=UTC)
FREE = {Question.NOTE: NOTE, Question.OWNER: "Kerstin Ohnesorg", Question.CAUSE: "Rosalinde pressed Reply all"}


def decided() -> example.ExampleCase:
    """The full case, with answers that name people, and others that do not."""
    case = example.full_case()
    known_as = case.person_id(case.held_incidents[0].affected[0].key)
    answers = {
        "INC-00000001": {**FREE, Question.STATUS: "in review", Question.PEOPLE_TOLD: "2026-11-20"},
        known_as: {Question.PERSON_NOTE: "Prefers Hildebrandt", Question.PERSON_TOLD: "2026-11-21"},
    }
    return replace(case, held_decisions=Decisions(answers))


def telling(case: Case) -> Iterator[str]:
    """Every text of the case that could tell who somebody is, four characters and more."""
    for incident in (*case.incidents(), *case.cleared()):
        for person in incident.affected:
            yield from (person.address or "", *person.names, person.party)
        for viewer in incident.viewers:
            yield from (viewer.address, viewer.name)
        for exposure in incident.exposures:
            message = exposure.envelope
            yield from (message.subject, message.message_id or "", message.author_name, message.locator.key)
            yield from (left.text for left in message.unparsed)
    for folder in case.coverage():
        yield from (folder.account, folder.folder, folder.trouble)
    for run in case.runs():
        yield from (*run.troubles, *run.notices)
    for answers in case.decisions().answers.values():
        yield from (text for question, text in answers.items() if question.kind == "text")


def parts_of(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as package:
        return {name: html.unescape(package.read(name).decode("utf-8")) for name in package.namelist()}


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("editions")
    case = decided()
    made = {
        code: write_workbook(case, folder / f"{code}-redacted.xlsx", Presentation(code, True)) for code in LANGUAGES
    }
    return {**made, "whole": write_workbook(case, folder / "whole.xlsx")}


OUR_WORDS = {"Sent", "Sent Items", "Drafts", "INBOX", "TRUE", "research"}
"""Texts of the case that are words of ours or of the file format as well: nobody is told by them."""


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_of_mail_is_in_any_part_of_the_package(editions: dict[str, Path], code: str) -> None:
    wanted = {text for text in telling(decided()) if len(text.strip()) > 3} - OUR_WORDS
    assert len(wanted) > 700
    whole = "\n".join(parts_of(editions["whole"]).values())
    assert sum(text in whole for text in wanted) > 650
    leaks = {(name, text[:60]) for name, part in parts_of(editions[code]).items() for text in wanted if text in part}
    assert leaks == set()


def test_ids_numbers_dates_and_choices_are_those_of_the_whole_edition(editions: dict[str, Path]) -> None:
    whole, ours = load_workbook(editions["whole"]), load_workbook(editions["en"])
    assert ours.sheetnames == whole.sheetnames
    for title in whole.sheetnames:
        assert facts_of(ours[title]) == facts_of(whole[title]), title
    incidents = ours["Decisions"]
    texts = {cell.value for row in incidents.iter_rows() for cell in row}
    assert {"INC-00000001", "in review", datetime(2026, 11, 20), WITHHELD} <= texts  # noqa: DTZ001 - as openpyxl reads
    assert f"MBCC-{decided().id}-0001" in texts


def facts_of(sheet: Worksheet) -> list[tuple[object, ...]]:
    """Ids, numbers and dates of each row, as a set of rows: their order may differ."""
    rows = [
        tuple(
            cell.value
            for cell in row
            if isinstance(cell.value, (int, float, datetime)) or str(cell.value).startswith(("P-", "INC-"))
        )
        for row in sheet.iter_rows()
    ]
    return sorted((row for row in rows if row), key=repr)


def test_people_stand_in_the_order_of_their_ids(editions: dict[str, Path]) -> None:
    """The order of addresses would tell how an address begins."""
    for title in ("Affected people",):
        sheet = load_workbook(editions["en"])[title]
        ids = [row[0].value for row in sheet.iter_rows(min_row=2)]
        known = [one for one in ids if str(one).startswith("P-")]
        assert len(known) > 300
        with_address, by_name = known[:-1], known[-1:]  # one person of the case is shown by name only
        assert with_address == sorted(with_address, key=str)
        assert len(by_name) == 1


def test_a_shuffled_case_has_the_same_people(editions: dict[str, Path]) -> None:
    del editions
    case = decided()
    for before, after in zip(case.incidents(), Shuffled(case).incidents(), strict=True):
        assert set(after.affected) == set(before.affected)
        assert sorted(map(repr, after.viewers)) == sorted(map(repr, before.viewers))
        ids = [case.person_id(person.key) for person in after.affected]
        assert ids == sorted(ids)


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_says_what_it_is(editions: dict[str, Path], code: str) -> None:
    book = load_workbook(editions[code])
    said = {"en": "Redacted edition", "fr": "Édition occultée", "de": "Geschwärzte Ausgabe"}[code]
    assert book.properties.description.startswith(said)
    first = book.worksheets[0]
    assert any(str(cell.value).startswith(said) for row in first.iter_rows() for cell in row)


# The pass itself.


def passed(value: object, column: Column) -> object:
    table = Table("T", (column,), (Line((value,)),), "")  # type: ignore[arg-type]
    (block,) = redacted(Sheet("Any", (table,))).blocks
    (line,) = block.lines
    return line.values[0]


@pytest.mark.parametrize(
    ("column", "value", "left"),
    [
        (Column("A", 9, holds=Holds.PERSONAL), "Ann", WITHHELD),
        (Column("A", 9, holds=Holds.PERSONAL), "", ""),
        (Column("A", 9, holds=Holds.QUOTED), "For legal: owner: “Ines” stands", WITHHELD),
        (Column("A", 9, holds=Holds.QUOTED), "", ""),
        (Column("A", 9, holds=Holds.PERSONAL), None, None),
        (Column("A", 9, holds=Holds.PERSONAL), "(address unknown)", "(address unknown)"),
        (Column("A", 9, holds=Holds.FACT), "P-0a1b2c3d4e", "P-0a1b2c3d4e"),
        (Column("A", 9, holds=Holds.FACT), "ann@example.test", WITHHELD),
        (Column("A", 9, holds=Holds.FACT), "ann@пример.example", WITHHELD),
        (Column("A", 9, holds=Holds.SAID), "The message forwards another one.", "The message forwards another one."),
        (Column("A", 9, holds=Holds.SAID), "yes", "yes"),
        (Column("A", 9, holds=Holds.SAID), "Ann told us.", SENTENCE_WITHHELD),
        (Column("A", 9, holds=Holds.SAID), "yes\nAnn told us.", f"yes\n{SENTENCE_WITHHELD}"),
        (
            Column("A", 9, holds=Holds.SAID),
            "Allowed until 2027-01-31 by Ann: see ann@example.test",
            f"Allowed until 2027-01-31 by {WITHHELD}: {WITHHELD}",
        ),
        (Column("A", 9, question=Question.NOTE), "Ann", WITHHELD),
        (Column("A", 9, question=Question.STATUS, choices=("open", "closed")), "open", "open"),
        (Column("A", 9, question=Question.STATUS, choices=("open", "closed")), "Ann", WITHHELD),
        (Column("A", 9, question=Question.PEOPLE_TOLD), DAY, DAY),
    ],
)
def test_a_cell_is_let_through_when_it_is_known_to_be_ours(column: Column, value: object, left: object) -> None:
    assert passed(value, column) == left


def test_of_prose_what_is_ours_stays_and_links_stay() -> None:
    line = Line(("Sources", "Ann’s mailbox"), {0: Style.LABEL}, {0: "'Evidence'!A2"}, frozenset({1}))
    (block,) = redacted(Sheet("Any", (Prose((line,)),))).blocks
    (left,) = block.lines
    assert (left.values, left.links) == (("Sources", WITHHELD), {0: "'Evidence'!A2"})


# The guard.


def package(**parts: bytes) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in parts.items():
            made.writestr({"sheet": "xl/worksheets/sheet1.xml", "core": "docProps/core.xml"}[name], content)
    return stream


@pytest.mark.parametrize(
    "text",
    [b"<t>ann@example.test</t>", "<t>zoë@пример.example</t>".encode(), b"<t>a&#64;b</t>", b"x" * (1 << 20) + b"a@b"],
)
@pytest.mark.parametrize("part", ["sheet", "core"])
def test_a_package_that_shows_an_address_is_refused(text: bytes, part: str) -> None:
    with pytest.raises(ReportError, match="looks like an address"):
        must_show_no_address(package(**{part: text}))


def test_an_address_on_the_seam_of_two_reads_is_seen() -> None:
    with pytest.raises(ReportError):
        must_show_no_address(package(sheet=b"x" * ((1 << 20) - 1) + b"@b"))


@pytest.mark.parametrize("text", [b"<t>such as info@ or sales@, and 3 @ signs</t>", b"<t>(info@)</t>", b"<t>Ann</t>"])
def test_words_about_addresses_are_none(text: bytes) -> None:
    must_show_no_address(package(sheet=text))


def test_nothing_is_left_at_the_place_of_a_file_that_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "case-redacted.xlsx"
    monkeypatch.setattr("reports.workbook.redacted", lambda sheet: sheet)
    with pytest.raises(ReportError, match="looks like an address"):
        write_workbook(decided(), path, Presentation(redacted=True))
    assert list(tmp_path.iterdir()) == []
