"""R4: the same scan, report and reading of decisions once more, also after a kill: the same case, the same cells."""

from __future__ import annotations

import functools
import random
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import load_workbook

from scanner.decision import Question
from scanner.review import review
from scanner.store import open_store
from tests.cli.command import ended, mail, message, missedbcc, start
from tests.cli.test_round_trip import typed
from tests.dovecot import PASSWORD, Dovecot
from tests.faults.figure import Figure

_OUTSIDERS = (1, 2, 12, 30, 1, 14, 12, 5, 1, 1, 40, 2)
_EVERYDAY = 200  # letters to one person each, so that what a scan asks for anyway is little beside the mail
_CASE = "missedbcc-case"
_KNOWN = 0  # the exit code where everything was read and nothing is new
_MOST_AGAIN = 0.05  # of the octets of the first run
# What is of the run and not of the mail: the moments (the mail is of 2020), and the numbers of runs and workbooks.
_OF_THE_RUN = re.compile(
    r"datetime\.datetime\(20(?:2[4-9]|[3-9]\d),[0-9, ]+\)|20(?:2[4-9]|[3-9]\d)-\d\d-\d\d \d\d:\d\d(?::\d\d)?"
    r"|\b[Rr]un \d+|run-\d{4}|(?<=MBCC-[0-9a-f]{12})-\d{4}"
)


@dataclass(frozen=True)
class _Place:
    """A folder with mail of one kind, and the words that scan it."""

    folder: Path
    words: tuple[str, ...]
    server: Dovecot | None = None
    user: str = ""

    def octets(self) -> int:
        """What the server has sent to our scans."""
        if self.server is None:
            return 0
        answers = (self.server.root / "rawlog" / self.server.address(self.user)).glob("*.out")
        return sum(path.stat().st_size for path in answers)


KINDS = ("mbox", "Maildir", "eml", "imap")


def measure(cases: int, server: Dovecot, kills: int = 3, kinds: Sequence[str] = KINDS) -> Figure:
    """So many cases, of these kinds in turn."""
    figure = Figure("R4 the same once more", changed=0)
    lines = shares = 0.0
    with tempfile.TemporaryDirectory(prefix="mbfault") as folder:
        for number in range(cases):
            place = _made(Path(folder) / str(number), kinds[number % len(kinds)], number, server)
            before = server.state(place.user) if place.user else ""
            told, share = _case(place, number, figure, kills)
            lines, shares = max(lines, told), max(shares, share)
            if place.user:
                figure.changed = (figure.changed or 0) + (server.state(place.user) != before)
    figure.also = f"{lines:.0f} lines compared; a second run over IMAP was sent {shares:.1%} of the octets of the first"
    if shares > _MOST_AGAIN:
        figure.wrong.append(f"{shares:.1%} of the first run was read again")
    return figure


def _case(place: _Place, number: int, figure: Figure, kills: int) -> tuple[int, float]:
    """Each way to do the same once more; how many lines were compared, and the share of octets read again."""
    begun = place.octets()
    first = missedbcc(place.folder, *place.words)
    once = place.octets() - begun
    book = place.folder / first.out.splitlines()[-1]
    typed(
        book, (Question.STATUS, "Closed"), (Question.NOTE, "They agreed."), (Question.AWARE_SINCE, "2026-11-19 08:30")
    )
    typed(book, (Question.PEOPLE_TOLD, datetime(2026, 11, 20)), nth=2)  # noqa: DTZ001 - a cell knows no zone
    shutil.copy(book, place.folder / "by mail.xlsx")
    missedbcc(place.folder, *place.words)  # which reads the decisions
    whole = _told(place.folder)
    again = 0
    for name, words in _ways(place):
        about = f"case {number}, {name}"
        begun = place.octets()
        if words is None:
            _killed(place, random.Random(f"{number} {name}").uniform(0.05, 1) * _seconds())  # noqa: S311 - no secret
        done = missedbcc(place.folder, *(words or place.words))
        again = max(again, 0 if words is None else place.octets() - begun)
        figure.cases += 1
        if done.code != _KNOWN:
            figure.wrong.append(f"{about}: code {done.code}: {done.err[-300:]}")
        else:
            figure.compare(whole, _told(place.folder), about)
        if name.startswith("killed") and kills <= int(name.split()[-1]):
            break
    return len(whole), again / once if once else 0.0


def _ways(place: _Place) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """What is done once more; None for a scan that is killed before."""
    yield "scan", place.words
    yield "report", ("report",)
    yield "scan with decisions that were read", (*place.words, "--decisions", "by mail.xlsx")
    yield "report in JSON", ("report", "--json")
    for number in range(1, 1_000):
        yield f"killed {number}", None


@functools.cache
def _seconds() -> float:
    """How long the command takes here, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="mbfault") as folder:
        place = _made(Path(folder) / "length", "mbox", 0, None)
        missedbcc(place.folder, *place.words)
        begun = time.monotonic()
        ended(start(place.folder, *place.words))
        return time.monotonic() - begun


def _killed(place: _Place, seconds: float) -> None:
    running = start(place.folder, *place.words)
    time.sleep(seconds)  # the moment is what this varies
    running.kill()
    with running:
        running.communicate()


def _told(folder: Path) -> list[str]:
    """Everything in the case and its last workbook, line by line, without what is of the run itself."""
    with open_store(folder / _CASE / "case.sqlite") as store:
        lines = [f"{one.identity} {where}" for one in store.candidates() for where in one.locations]
        judged = review(store)
        lines += [f"incident {one.id} {len(one.affected)}" for one in judged.incidents()]
        lines += [f"{subject}: {sorted(said.items())}" for subject, said in judged.decisions().answers.items()]
        lines += [f"{one.account} {one.folder}: {one.accounted} of {one.expected}" for one in store.coverage()]
    with closing(sqlite3.connect(folder / _CASE / "case.sqlite")) as database:
        lines += map(repr, database.execute("SELECT id, subject, question, value FROM answer WHERE effect = 'taken'"))
    name = max((folder / _CASE).glob("*.xlsx"), key=lambda path: path.stat().st_mtime_ns)
    for sheet in load_workbook(name).worksheets:
        rows = (cells for cells in sheet.iter_rows(values_only=True) if cells and not str(cells[0]).startswith("Run "))
        lines += [_OF_THE_RUN.sub("OF THE RUN", f"{sheet.title} {row} {cells}") for row, cells in enumerate(rows)]
    return lines


def _made(folder: Path, kind: str, number: int, server: Dovecot | None) -> _Place:
    folder.mkdir()
    letters = [message(place, many) for place, many in enumerate((*_OUTSIDERS[number % 3 :], *(1,) * _EVERYDAY))]
    if kind == "mbox":
        mail(folder / "Sent.mbox", (*_OUTSIDERS[number % 3 :], *(1,) * _EVERYDAY))
        return _Place(folder, ("scan", "Sent.mbox", "--internal", "corp.example"))
    if kind == "imap" and server:
        user = f"faults-again-{number}"
        server.fill(user, letters)
        server.record(user)
        (folder / "secret").write_text(PASSWORD)
        (folder / "secret").chmod(0o600)
        (folder / "missedbcc.toml").write_text(_CONFIG.format(server=server, user=server.address(user)))
        return _Place(folder, ("scan",), server, user)
    place = folder / ("Sent/cur" if kind == "Maildir" else "Sent")
    place.mkdir(parents=True)
    for part in ("new", "tmp") if kind == "Maildir" else ():
        (folder / "Sent" / part).mkdir()
    for at, letter in enumerate(letters):
        (place / (f"{1_600_000_000 + at}.M{at}P1.acme:2,S" if kind == "Maildir" else f"{at:03}.eml")).write_bytes(
            letter
        )
    return _Place(folder, ("scan", "Sent", "--internal", "corp.example"))


_CONFIG = """
[organisation]
internal = ["corp.example"]

[account.sales]
type = "imap"
host = "localhost"
port = {server.port}
user = "{user}"
secret = "file:secret"
ca_file = "{server.authority.file}"
"""
