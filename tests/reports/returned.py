"""Small workbooks as legal gets them, and what people and programs do to them on the way back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from reports.layout import MAX_ROWS, Column, Line, Prose, Sheet, Style, Table, Value
from reports.package import write_package
from reports.questions import TITLES
from reports.shell import Made
from scanner.decision import Kind, Question, Readback
from tests.needed import program

CASE = "0123456789ab"
INCIDENT = (Question.STATUS, Question.NOTE, Question.PEOPLE_TOLD, Question.AWARE_SINCE, Question.BAND)
PERSON = (Question.PERSON_TOLD, Question.PERSON_NOTE)
_STYLES = {Kind.DAY: Style.DAY, Kind.MOMENT: Style.DATE}
MADE = Made("t", "missedbcc", "d", datetime(2026, 11, 22, tzinfo=UTC), "i")


ROWS = (
    ("I-AAAAAAAA", "open", "call them", None, None, None),
    ("I-BBBBBBBB", None, None, datetime.fromisoformat("2026-03-02T00:00:00+00:00"), None, "high"),
)
PEOPLE = (("P-00000001", None, "moved away"), ("P-00000002", None, None))


def answers(back: Readback) -> dict[tuple[str, Question], str]:
    found = {(answer.subject, answer.question): answer.value for answer in back.answers}
    assert len(found) == len(back.answers)
    return found


def said(back: Readback) -> dict[tuple[str, Question], str]:
    return {cell: value for cell, value in answers(back).items() if value}


EXPECTED = {
    ("I-AAAAAAAA", Question.STATUS): "open",
    ("I-AAAAAAAA", Question.NOTE): "call them",
    ("I-BBBBBBBB", Question.PEOPLE_TOLD): "2026-03-02",
    ("I-BBBBBBBB", Question.BAND): "high",
    ("P-00000001", Question.PERSON_NOTE): "moved away",
}


def written(
    path: Path,
    incidents: Iterable[tuple[Value, ...]] = (),
    people: Iterable[tuple[Value, ...]] = (),
    *,
    mark: str = f"MBCC-{CASE}-0003",
    capacity: int = MAX_ROWS,
) -> Path:
    """Rows of an id and the answers to INCIDENT, or to PERSON."""
    head = Prose((Line(("What became of it", None)), Line((mark,)), Line((None,))))
    with path.open("wb") as target:
        write_package(
            target,
            [
                Sheet("Decisions", (head, _table("Incident", INCIDENT, incidents)), (20, 20)),
                Sheet("Affected people", (_table("Person", PERSON, people),)),
            ],
            MADE,
            capacity,
        )
    return path


def _table(ids: str, questions: tuple[Question, ...], rows: Iterable[tuple[Value, ...]]) -> Table:
    columns = (
        Column(ids, 17),
        *(Column(TITLES[each], 14, _STYLES.get(each.kind, Style.HUMAN), question=each) for each in questions),
    )
    return Table(ids, columns, [Line(row) for row in rows], "No incident was found.")


def by_libreoffice(path: Path, form: str = "xlsx") -> Path:
    """The workbook opened and saved by LibreOffice."""
    soffice = program("soffice", "libreoffice-calc")
    folder = path.parent / f"saved-{path.stem}"
    profile = (folder / "profile").as_uri()
    command = [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", form, "--outdir", folder]
    subprocess.run([*map(str, command), str(path)], check=True, capture_output=True, timeout=600)
    return folder / f"{path.stem}.{form}"
