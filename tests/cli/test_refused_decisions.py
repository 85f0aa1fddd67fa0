"""What legal types and nobody understands is shown in the next workbook, odd dates are told, and bad files refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from reports.phrases import sections
from reports.questions import TITLES
from scanner.decision import Decisions, Question
from scanner.review import review
from scanner.store import open_store
from tests.cli.command import CANARY, mail, missedbcc
from tests.cli.test_ended_early import manifests
from tests.cli.test_round_trip import CASE, FIRST, NOTE, SENT, STATUS, TOLD, encrypted, standing, taken, typed

AWARE, PERSON_TOLD = Question.AWARE_SINCE, Question.PERSON_TOLD


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """The folder with a case of two incidents, the larger first."""
    mail(tmp_path / SENT)
    assert missedbcc(tmp_path, "scan", SENT).code == 4
    return tmp_path


def remarks(workbook: Path, sheet: str = "Decisions", title: str = "Conflict") -> list[str]:
    """What the column Conflict says, row by row, where it says anything."""
    rows = [[cell.value for cell in row] for row in load_workbook(workbook)[sheet].iter_rows()]
    header = next(row for row in rows if title in row)
    column = header.index(title)
    return [str(row[column]) for row in rows[rows.index(header) + 1 :] if row[column]]


def test_what_nobody_understands_stands_in_the_next_workbook_until_it_is_answered(case: Path) -> None:
    one = typed(case / FIRST, (STATUS, "done??"), (TOLD, "next week"), (NOTE, "=TODAY()"))
    person = typed(case / FIRST, (PERSON_TOLD, "02/03/2026"))
    told = taken(case)
    assert (told["read"], told["problems"], told["open_refusals"], told["exit_code"]) == (0, 4, 4, 3)
    assert standing(case).answers == {}
    second = case / missedbcc(case, "report").workbook
    (said,) = remarks(second)
    for question, text in ((STATUS, "done??"), (TOLD, "next week"), (NOTE, "=TODAY()")):
        assert f"{TITLES[question]}: “{text}” was typed into cell Decisions!" in said
    assert "of workbook 1 and is not understood. Type a day such as 2026-03-02." in said
    (said,) = remarks(second, "Affected people")
    assert f"{TITLES[PERSON_TOLD]}: “02/03/2026” was typed into cell Affected people!" in said
    typed(second, (STATUS, "closed"), (TOLD, "2026-11-20"))
    typed(case / FIRST, (PERSON_TOLD, None), (NOTE, None))
    assert taken(case)["open_refusals"] == 0
    assert standing(case).of(one) == {STATUS: "closed", TOLD: "2026-11-20"}
    assert standing(case).of(person) == {}
    third = case / missedbcc(case, "report").workbook
    assert (remarks(third), remarks(third, "Affected people")) == ([], [])


def test_what_was_not_understood_can_be_closed_as_not_taken(case: Path) -> None:
    typed(case / FIRST, (TOLD, "next week"))
    assert "1 cell not taken: the next workbook shows what was typed." in missedbcc(case, "decisions").out
    assert "Open: 1 cell not taken. The columns Conflict say which" in missedbcc(case, "scan", SENT).err
    done = missedbcc(case, "decisions", "--settle")
    assert "1 cell closed as not taken: no workbook shows what was typed." in done.out
    assert list(manifests(case).values())[-1]["done"]["not taken"] == 1
    assert standing(case).refusals == ()
    settled = missedbcc(case, "report")
    assert "Open: " not in settled.err
    assert remarks(case / settled.workbook) == []


def test_what_is_typed_where_no_row_is_shown_stands_on_decisions(case: Path) -> None:
    book = load_workbook(case / FIRST)
    sheet = book["Decisions"]
    header = next(row for row in sheet.iter_rows() if TITLES[NOTE] in [cell.value for cell in row])
    column = next(cell.column for cell in header if cell.value == TITLES[NOTE])
    sheet.cell(sheet.max_row + 2, column).value = "somebody rang"
    sheet.cell(sheet.max_row + 1, 1).value = "I-QQQQQQQQQQ"
    sheet.cell(sheet.max_row, column).value = "of another case"
    book.save(case / FIRST)
    assert taken(case)["open_refusals"] == 2
    one, other = remarks(case / missedbcc(case, "report").workbook)
    assert "“somebody rang” was typed into cell Decisions!" in one
    assert "in a row that names nobody" in one
    assert "“of another case” was typed into cell Decisions!" in other
    assert "about an incident that this case does not know" in other


@pytest.mark.parametrize(("code", "sheet"), [("de", "Entscheidungen"), ("fr", "Décisions")])
def test_a_refusal_speaks_as_its_workbook_does(case: Path, code: str, sheet: str) -> None:
    columns, choices = sections(code)["columns"], sections(code)["choices"]
    edition = case / missedbcc(case, "report", "--language", code).workbook
    book = load_workbook(edition)
    header = next(row for row in book[sheet].iter_rows() if columns[TITLES[STATUS]] in [cell.value for cell in row])
    for question, value in ((STATUS, "done??"), (TOLD, "soon")):
        column = next(cell.column for cell in header if cell.value == columns[TITLES[question]])
        book[sheet].cell(int(header[0].row or 0) + 1, column).value = value
    book.save(edition)
    done = missedbcc(case, "decisions")
    assert done.code == 3
    assert f"{' '.join(columns[TITLES[STATUS]].split())} can only be one of: {choices['open']}" in done.err
    assert f"{' '.join(columns[TITLES[TOLD]].split())} is no date" in done.err
    assert "For legal" not in done.err
    (said,) = remarks(case / missedbcc(case, "report", "--language", code).workbook, sheet, columns["Conflict"])
    assert columns[TITLES[STATUS]] in said
    assert "was typed" not in said
    assert "done??" in said
    redacted = case / missedbcc(case, "report", "--redacted").workbook
    assert remarks(redacted) == ["(withheld)"]


def test_dates_that_cannot_be_right_are_taken_told_and_marked(case: Path) -> None:
    one = typed(case / FIRST, (TOLD, "2001-01-01"))
    typed(case / FIRST, (AWARE, "1999-01-01 09:30"))
    person = typed(case / FIRST, (PERSON_TOLD, f"{datetime.now(UTC).date() + timedelta(days=400)}"))
    done = missedbcc(case, "report", "--json")
    assert done.code == 0
    assert done.objects[-1]["decisions"]["odd_dates"] == 3
    assert standing(case).of(one)[TOLD] == "2001-01-01"
    told = "".join(notice["sentence"] for notice in done.told)
    assert f"“people told on” of {one} is 2001-01-01, which is before the first message was sent (2020-" in told
    assert f"“told on” of {person} is " in told
    assert "which is still to come" in told
    assert "Decisions!" in told
    newest = case / done.objects[-1]["workbook"]
    (said,) = remarks(newest)
    assert f"{TITLES[TOLD]}: 2001-01-01 is before the first message was sent at 2020-" in said
    assert f"{TITLES[AWARE]}: 1999-01-01 09:30 UTC is before" in said
    assert "was still to come when it was read at" in remarks(newest, "Affected people")[0]
    again = missedbcc(case, "report", "--json")
    assert again.objects[-1]["decisions"]["odd_dates"] == 0  # told once, and marked as long as it stands
    assert len(remarks(case / again.objects[-1]["workbook"])) == 1


def test_an_authority_told_before_anybody_was_aware_is_taken_told_and_marked(case: Path) -> None:
    told = Question.AUTHORITY_TOLD
    one = typed(case / FIRST, (AWARE, "2020-11-20 14:30"), (told, "2020-11-18"))
    done = missedbcc(case, "decisions")
    assert done.code == 0
    sentence = f"“authority told on” of {one} is 2020-11-18, which is before “aware since” (2020-11-20 14:30 UTC)."
    assert done.err.count(sentence) == done.err.count("Please check") + done.err.count("please check") == 1
    assert standing(case).of(one)[told] == "2020-11-18"
    (said,) = remarks(case / missedbcc(case, "report").workbook)
    assert f"{TITLES[told]}: 2020-11-18 is before “aware since”, which is stated as 2020-11-20 14:30 UTC." in said
    typed(case / FIRST, (AWARE, "2020-11-18 09:00"))
    assert "before “aware since”" not in missedbcc(case, "decisions").err
    typed(case / FIRST, (AWARE, "2020-11-23 09:00"))
    later = missedbcc(case, "decisions").err
    assert f"“aware since” of {one} is 2020-11-23T09:00:00+00:00, which is after an authority was told" in later


def test_an_odd_date_is_told_to_programs_with_its_cell(case: Path) -> None:
    one = typed(case / FIRST, (TOLD, "1900-05-05"))
    workbook, result = missedbcc(case, "decisions", "--json").objects
    (odd,) = workbook["odd_dates"]
    assert odd["cell"].startswith("Decisions!")
    assert {**odd, "cell": ""} == {
        "cell": "",
        "of": one,
        "question": "people told on",
        "value": "1900-05-05",
        "reason": "too old",
    }
    assert (result["odd_dates"], result["exit_code"]) == (1, 0)


def of_another_case(path: Path) -> None:
    book = load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and "MBCC-" in cell.value:
                    cell.value = "MBCC-ffffffffffff-0001"
    book.save(path)


def of_no_case(path: Path) -> None:
    Workbook().save(path)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "is damaged"),
        (lambda path: path.write_bytes(b""), "it is empty"),
        (lambda path: path.write_bytes(b"Incident;Status\n"), "is no workbook"),
        (encrypted, "is encrypted"),
        (of_another_case, "belongs to another case"),
        (of_no_case, "does not say which case"),
    ],
)
def test_a_named_workbook_that_cannot_be_used_ends_the_command_before_anything_is_done(
    case: Path, spoil: Callable[[Path], object], says: str
) -> None:
    (case / "mail").mkdir()
    shutil.copy(case / FIRST, case / "mail/back.xlsx")
    spoil(case / "mail/back.xlsx")
    before = (case / "mail/back.xlsx").read_bytes()
    one = typed(case / FIRST, (STATUS, "closed"))
    for command in (["report"], ["scan", SENT]):
        done = missedbcc(case, *command, "--decisions", "mail/back.xlsx")
        assert (done.code, done.out) == (2, "")
        assert says in done.err
        assert "nothing was read back and no workbook was written" in done.err
    assert [path.name for path in (case / CASE).glob("*.xlsx")] == [FIRST.name]
    assert standing(case).answers == {}
    alone = missedbcc(case, "decisions", "mail/back.xlsx")  # which writes no workbook: all the rest is read
    assert alone.code == 3
    assert says in alone.err
    assert standing(case).of(one) == {STATUS: "closed"}
    assert (case / "mail/back.xlsx").read_bytes() == before


def test_a_workbook_named_for_the_first_scan_of_a_new_case_is_of_another(case: Path) -> None:
    done = missedbcc(case, "scan", SENT, "--case", "new", "--decisions", FIRST)
    assert done.code == 2
    assert "belongs to another case" in done.err
    assert not (case / "new").exists()


def test_a_named_file_is_what_decisions_speaks_of_first(case: Path) -> None:
    (case / "mail").mkdir()
    shutil.copy(case / FIRST, case / "mail/back.xlsx")
    typed(case / FIRST, (STATUS, "closed"), (NOTE, "x"))
    typed(case / "mail/back.xlsx", (STATUS, "confirmed"), (NOTE, "x"), (TOLD, "soon"))
    typed(case / "mail/back.xlsx", (Question.OWNER, "Ines"))
    done = missedbcc(case, "decisions", "mail/back.xlsx")
    first, second, *_ = done.out.splitlines()
    assert first == "mail/back.xlsx (workbook 1): 1 new, 1 known already, 1 not taken, 1 in conflict."
    assert second == "3 new decisions and 1 in conflict from 2 changed workbooks."
    told = "Read 1 new decision and 1 in conflict (1 more said what stood already) from mail/back.xlsx."
    assert done.err.startswith(told)
    again = missedbcc(case, "decisions", "mail/back.xlsx")
    first, second, *_ = again.out.splitlines()
    assert first == "mail/back.xlsx (workbook 1): 0 new, 3 known already, 1 not taken, 0 in conflict."
    assert second == "0 new decisions from 0 changed workbooks."
    assert CANARY not in again.out + again.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--output", "x.txt"], "x.txt does not end in .xlsx"),
        (["--output", "x"], "x does not end in .xlsx"),
        (["--output", "x.csv", "--format", "csv"], "--format writes tables of other forms too"),
        (["--output", "x.parquet", "--format", "parquet", "--redacted"], "x.parquet does not end in .xlsx"),
        (["--output", "x.xls"], "x.xls does not end in .xlsx"),
        (["--output", CASE], "is a folder"),
        (["--output", "taken.xlsx", "--format", "json"], "taken-json, where the tables of taken.xlsx belong, is there"),
        (["--format", "csv", "--password", "env:BOOK"], "no other format can have one"),
        (["--format", "csv", "--password", "secret"], "says where the password is kept"),
        (["--format", "xls"], "xls"),
        (["--password", "env:NOT_THERE"], "NOT_THERE is not set"),
        (["--password", "ask"], "no terminal to ask"),
    ],
)
def test_what_makes_no_sense_together_is_said_before_anything_is_written(
    case: Path, words: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOK", "a long secret of ours 42")
    (case / "taken-json").mkdir()
    before = sorted(path.name for path in (case / CASE).rglob("*"))
    done = missedbcc(case, "report", *words)
    assert (done.code, done.out) == (2, "")
    assert says in " ".join(done.err.split())
    assert sorted(path.name for path in (case / CASE).rglob("*")) == before


@pytest.mark.parametrize(
    "words",
    [
        ["--output", "A.XLSX"],
        ["--output", "a.xlsx", "--format", "csv", "--redacted", "--password", "env:BOOK"],
        ["--format", "xlsx", "--password", "env:BOOK"],
        ["--redacted", "--format", "json", "--language", "fr"],
    ],
)
def test_what_makes_sense_together_is_written(case: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOK", "a long secret of ours 42")
    done = missedbcc(case, "report", *words)
    assert done.code == 0
    assert (case / done.workbook).is_file()


def test_decisions_stay_where_they_are_when_others_are_purged_before_the_next_workbook(case: Path) -> None:
    """No workbook may be taken for one that showed less than an earlier one."""
    from scanner.store.purge import purge_answers, purging  # noqa: PLC0415

    one = typed(case / FIRST, (STATUS, "closed"))
    person = typed(case / FIRST, (PERSON_TOLD, "2026-11-20"))
    shutil.copy(case / FIRST, case / "stale.xlsx")
    second = case / missedbcc(case, "report").workbook
    with open_store(case / CASE / "case.sqlite") as store, purging(store) as connection:
        assert purge_answers(connection, {person}) == 1
    third = case / missedbcc(case, "report").workbook
    with open_store(case / CASE / "case.sqlite") as store:
        baselines = [edition.baseline for edition in store.ledger()._editions.values()]
    assert baselines == sorted(baselines)
    typed(third, (STATUS, "confirmed"))
    assert taken(case)["read"] == 1
    typed(case / "stale.xlsx", (STATUS, "open"))
    assert taken(case, "stale.xlsx")["open_conflicts"] == 1
    assert standing(case).of(one)[STATUS] == "confirmed"
    assert decided(case).of(person) == {}
    assert second.is_file()


def decided(folder: Path) -> Decisions:
    with open_store(folder / CASE / "case.sqlite") as store:
        return review(store).decisions()
