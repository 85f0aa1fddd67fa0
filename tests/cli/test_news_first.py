"""What is new leads the weekly workbook, on the sheet that is read first and on those that follow the incidents."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from scanner.decision import Question
from tests.cli.command import CANARY, mail, message, missedbcc
from tests.cli.test_round_trip import typed

_OURS = ("--internal", "corp.example")


def _column(book: Workbook, sheet: str, title: str) -> list[str]:
    """The cells of a column, from its title down."""
    rows = list(book[sheet].iter_rows(values_only=True))
    head = next(number for number, row in enumerate(rows) if title in row)
    at = rows[head].index(title)
    return [str(row[at]) for row in rows[head + 1 :] if row[at] is not None]


def _scanned(box: Path) -> Path:
    """The workbook of one more scan."""
    return box.parent / missedbcc(box.parent, "scan", box, *_OURS).workbook


def _news(book: Workbook) -> list[tuple[str, str, str]]:
    """The lines of *Read me first* that name an incident: word, sentence, and the register's cell that they lead to."""
    found = []
    for word, sentence in book["Read me first"].iter_rows(max_col=2):
        if word.value in ("New", "Changed", "Reopened"):
            assert word.hyperlink is not None
            place = str(word.hyperlink.location).partition("!")[2]
            found.append((str(word.value), str(sentence.value), str(book["Incidents"][place].value)))
    return found


@pytest.mark.parametrize("held", [300_000, 0])
def test_what_is_new_leads(tmp_path: Path, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "scanner.review._MOST_HELD", held
    )  # with 0, incidents are made anew each time they are asked for
    box = mail(tmp_path / "Sent.mbox", [60, 50, 40])
    first = load_workbook(_scanned(box))
    known = _column(first, "Incidents", "Incident")
    with box.open("ab") as file:
        file.write(b"From sales@corp.example Mon Jul  6 10:00:00 2020\n" + message(3, 12) + b"\n")
    book = load_workbook(_scanned(box))
    assert _column(book, "Incidents", "What is new") == ["new", "known", "known", "known"]
    new, *others = _column(book, "Incidents", "Incident")
    assert others == known
    assert _column(book, "Decisions", "Incident") == [new, *known]
    assert _news(book) == [("New", f"{new}: 12 people in 1 message, first sent 2020-08-02 10:00 UTC.", new)]


def test_an_incident_that_was_settled_and_grew_stands_before_the_known(tmp_path: Path) -> None:
    box = mail(tmp_path / "Sent.mbox", [60, 50])
    path = _scanned(box)
    last = _column(load_workbook(path), "Incidents", "Incident")[-1]
    typed(path, (Question.STATUS, "Closed"), nth=2)
    again = message(1, 50).replace(b"Message-ID: <1@", b"Message-ID: <again@").replace(b"Person 7 ", b"Person Seven ")
    more = again.replace(b"To: ", b"To: Late <%s.late@freemail99.example>, " % CANARY.encode())
    with box.open("ab") as file:
        file.write(b"From sales@corp.example Mon Jul  6 10:00:00 2020\n" + more + b"\n")
    book = load_workbook(_scanned(box))
    assert _column(book, "Incidents", "What is new") == ["reopened", "known"]
    assert _column(book, "Incidents", "Incident")[0] == last
    assert [(word, place) for word, _, place in _news(book)] == [("Reopened", last)]


def test_no_more_than_ten_are_named(tmp_path: Path) -> None:
    box = mail(tmp_path / "Sent.mbox", [30 - number for number in range(12)])
    book = load_workbook(_scanned(box))
    assert len(_news(book)) == 10
    said = {row[0].value: row[1].value for row in book["Read me first"].iter_rows(max_col=2)}
    assert said["More of them"] == "2, which stand first on the sheet Incidents, too."
