"""Thirteen weeks of one mailbox on a real Dovecot, scanned once a week, with what goes wrong in a quarter.

    python -m tests.quarter FOLDER

Prints a table of what each week's workbook said, and then, as JSON, what differs from the truth; it ends with 1 where
anything does. The mailbox is new, and gone with the server when the program ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from tests.cli.command import Ended, ended, start
from tests.dovecot import PASSWORD, Dovecot, free_port, running
from tests.faults.proxy import Fault, Kind, proxy

WEEKS = 13
USER = "quarter"
_CUTS, _CUT_AT = 3, 12_000  # octets: the login is over by then, and the mail is not
DECIDED = {"For legal: status": "closed", "For legal: owner": "Dana Vogt", "For legal: note": "They agreed in person."}
_FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Week:
    """What one scan said: its exit code, the topics of its incidents by what is new, and the octets it was sent."""

    number: int
    code: int
    news: Mapping[str, str]
    octets: int
    err: str


@dataclass
class Quarter:
    """A mailbox, the case that is kept of it, and the truth: each mailing's topic with the week it was sent in."""

    server: Dovecot
    folder: Path
    every_week: int = 40
    truth: dict[str, int] = field(default_factory=dict)
    weeks: list[Week] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    written: int = 0
    folders: tuple[str, ...] = ("Sent",)  # as its owner names them in the config

    @property
    def case(self) -> Path:
        return self.folder / "case"

    def workbook(self, week: int) -> Path:
        return self.case / f"missedbcc-run-{week:04}.xlsx"

    def daily(self, week: int, count: int) -> Iterator[bytes]:
        """Everyday mail to one or two people."""
        for _ in range(count):
            self.written += 1
            people = [f"guest{self.written}@shop{self.written % 7}.example", f"guest{self.written + 1}@home.example"]
            yield _letter(week, self.written, f"Parcel {self.written}", people[: 1 + self.written % 2])

    def mailing(self, week: int, topic: str, size: int = 25) -> bytes:
        """A mailing to customers of its own, all in To."""
        self.written += 1
        self.truth[topic] = week
        return _letter(week, self.written, f"Our {topic} are here", _audience(topic, size))

    def send(self, week: int, *topics: str, daily: int | None = None) -> None:
        """Put a week's mail into the folder of sent mail."""
        count = self.every_week if daily is None else daily
        letters = [*self.daily(week, count), *(self.mailing(week, topic) for topic in topics)]
        self.server.fill(USER, letters)

    def recall(self, week: int, topic: str, size: int = 25) -> None:
        """Send the list once more, as a recall does."""
        self.written += 1
        letter = _letter(week, self.written, f"Recall: Our {topic} are here", _audience(topic, size))
        self.server.fill(USER, [letter])

    def scan(self, week: int, *, port: int | None = None, case: str = "case") -> Ended:
        """The real command, as the scheduler starts it."""
        config = self.folder / "missedbcc.toml"
        folders = ", ".join(f'"{name}"' for name in self.folders)
        config.write_text(_CONFIG.format(port=port or self.server.port, server=self.server, user=USER, folders=folders))
        before = self._sent_octets()
        done = ended(start(self.folder, "scan", "--config", config, "--case", case))
        book = self.workbook(week)
        news = dict(_news(book)) if book.exists() else {}
        self.weeks.append(Week(week, done.code, news, self._sent_octets() - before, done.err))
        return done

    def expect(self, week: int, code: int, news: Mapping[str, str]) -> None:
        """Compare what the week's workbook says: everything not named must be known."""
        said = self.weeks[-1]
        if said.code != code:
            self.differs.append(f"week {week}: exit code {said.code} and not {code}: {said.err[-600:]}")
        told = {topic: new for topic, new in said.news.items() if new != "known"}
        if told != dict(news):
            self.differs.append(f"week {week}: said to be new: {told}, in truth: {dict(news)}")
        if code == 1:
            return
        lost = {topic for topic, sent in self.truth.items() if sent <= week} - said.news.keys()
        if lost:
            self.differs.append(f"week {week}: not in the workbook: {sorted(lost)}")

    def _sent_octets(self) -> int:
        directory = self.server.root / "rawlog" / self.server.address(USER)
        return sum(path.stat().st_size for path in directory.glob("*.out"))


_CONFIG = """
[organisation]
internal = ["acme.test"]

[account.quarter]
type = "imap"
host = "localhost"
port = {port}
user = "{user}@acme.test"
secret = "file:secret"
ca_file = "{server.authority.file}"
sent_folders = [{folders}]
connect_timeout = 5
read_timeout = 20
"""


def _audience(topic: str, size: int) -> list[str]:
    return [f"{topic}.customer{number}@freemail{number}.example" for number in range(size)]


def _letter(week: int, number: int, subject: str, people: list[str]) -> bytes:
    when = _FIRST + timedelta(weeks=week - 1, minutes=7 * (number % 900))
    lines = (
        f"Date: {format_datetime(when)}",
        "From: Shop <shop@acme.test>",
        "To: " + ",\r\n ".join(people),
        f"Subject: {subject}",
        f"Message-ID: <{number}.{week}@acme.test>",
        "",
        "Good day.",
        "",
    )
    return "\r\n".join(lines).encode()


def _rows(book: Path, title: str) -> Iterator[dict[str, Any]]:
    """The rows of a sheet by the titles of its columns; the titles stand where the id of the rows is named."""
    sheet = load_workbook(book)[title]
    rows = sheet.iter_rows(values_only=True)
    titles = next(row for row in rows if "Incident" in row)
    for row in rows:
        yield {str(name): value for name, value in zip(titles, row, strict=False) if name}


def _topic(subject: str) -> str:
    return subject.removeprefix("Recall: ").removeprefix("Our ").partition(" ")[0]


def _news(book: Path) -> Iterator[tuple[str, str]]:
    for row in _rows(book, "Incidents"):
        if row["Subject"]:
            yield _topic(str(row["Subject"])), str(row["What is new"])


def decide(book: Path, topic: str) -> None:
    """Type decisions into the workbook, as a person does."""
    opened = load_workbook(book)
    sheet = opened["Decisions"]
    (head,) = [row for row in sheet.iter_rows() if any(cell.value == "Incident" for cell in row)]
    columns = {cell.value: place for place, cell in enumerate(head, start=1)}
    for row in range((head[0].row or 1) + 1, sheet.max_row + 1):
        if _topic(str(sheet.cell(row, columns["Subject"]).value)) == topic:
            for title, value in DECIDED.items():
                sheet.cell(row, columns[title]).value = value
            sheet.cell(row, columns["For legal: people told on"]).value = date(2026, 1, 26)
    opened.save(book)


def decisions(book: Path, topic: str) -> dict[str, Any]:
    """What a workbook says that people decided about one mailing."""
    (row,) = [row for row in _rows(book, "Decisions") if _topic(str(row["Subject"])) == topic]
    return {title: row[title] for title in (*DECIDED, "For legal: people told on")}


def play(quarter: Quarter) -> Quarter:
    """All thirteen weeks."""
    (quarter.folder / "secret").write_text(PASSWORD)
    (quarter.folder / "secret").chmod(0o600)
    quarter.server.record(USER)
    for week, story in enumerate(STORIES, start=1):
        story(quarter, week)
    last = decisions(quarter.workbook(WEEKS), "lanterns")
    told = last.pop("For legal: people told on")
    if last != DECIDED or str(told)[:10] != "2026-01-26":
        quarter.differs.append(f"the decisions of week 3 are {last}, {told} in week {WEEKS}")
    found = [topic for week in quarter.weeks for topic, new in week.news.items() if new == "new"]
    if sorted(found) != sorted(quarter.truth):
        quarter.differs.append(f"reported as new over the quarter: {sorted(found)}; sent: {sorted(quarter.truth)}")
    return quarter


def _grows(*topics: str) -> Callable[[Quarter, int], None]:
    def story(quarter: Quarter, week: int) -> None:
        quarter.send(week, *topics)
        quarter.scan(week)
        quarter.expect(week, 4, dict.fromkeys(topics, "new"))

    return story


def _first(quarter: Quarter, week: int) -> None:
    quarter.send(week, "lanterns", "oars", daily=8 * quarter.every_week)
    quarter.scan(week)
    quarter.expect(week, 4, {"lanterns": "new", "oars": "new"})


def _decided(quarter: Quarter, week: int) -> None:
    quarter.send(week)
    quarter.scan(week)
    quarter.expect(week, 0, {})
    decide(quarter.workbook(week), "lanterns")


def _moved(quarter: Quarter, week: int) -> None:
    """Part of the mail goes to another folder of sent mail, a mailing among it."""
    quarter.server.maildir(USER, "Sent/2025")
    quarter.folders = ("Sent", "Sent/2025")
    address = quarter.server.address(USER)
    quarter.server.doveadm("move", "-u", address, "Sent/2025", "mailbox", "Sent", "subject", "oars")
    quarter.server.doveadm("move", "-u", address, "Sent/2025", "mailbox", "Sent", "uid", "1:60")
    _grows("mirrors")(quarter, week)


def _down(quarter: Quarter, week: int) -> None:
    """Nobody answers; the mail that is sent meanwhile waits."""
    quarter.send(week, "ladders")
    quarter.scan(week, port=free_port())
    quarter.expect(week, 1, {})


def _after(quarter: Quarter, week: int) -> None:
    quarter.send(week, "anvils")
    quarter.scan(week)
    quarter.expect(week, 4, {"ladders": "new", "anvils": "new"})


def _cut(quarter: Quarter, week: int) -> None:
    """The line breaks again and again, while the mail is handed out; the scan goes on each time."""
    quarter.send(week, "bellows", daily=20 * quarter.every_week)
    with proxy(quarter.server.port) as line:
        line.use(Fault(Kind.RESET, _CUT_AT, connections=_CUTS))
        quarter.scan(week, port=line.port)
    if line.struck != _CUTS:
        quarter.differs.append(f"week {week}: the line was cut {line.struck} times and not {_CUTS}")
    quarter.expect(week, 4, {"bellows": "new"})


def _rebuilt(quarter: Quarter, week: int) -> None:
    """The folder gets a new UIDVALIDITY, and every message a new UID."""
    quarter.send(week, "candles")
    quarter.server.rebuild(USER)
    quarter.scan(week)
    quarter.expect(week, 4, {"candles": "new"})


def _deleted(quarter: Quarter, week: int) -> None:
    """A mailing that was found is deleted; the case keeps it."""
    quarter.server.doveadm("expunge", "-u", quarter.server.address(USER), "mailbox", "Sent", "subject", "kettles")
    _grows("drums")(quarter, week)


def _renamed(quarter: Quarter, week: int) -> None:
    address = quarter.server.address(USER)
    quarter.server.doveadm("mailbox", "rename", "-u", address, "Sent/2025", "Sent/Earlier")
    quarter.folders = ("Sent", "Sent/Earlier")
    quarter.scan(week)
    quarter.expect(week, 3, {})  # once: what is under the old name now cannot be read


def _recalled(quarter: Quarter, week: int) -> None:
    """What was closed in week 3 shows its people once more."""
    quarter.recall(week, "lanterns")
    quarter.scan(week)
    quarter.expect(week, 4, {"lanterns": "reopened"})


def _still(quarter: Quarter, week: int) -> None:
    """Nothing happens: nothing is found, and next to nothing is read, beside a first scan of the same mailbox."""
    quarter.scan(week, case="another")
    first = quarter.weeks.pop().octets
    quarter.scan(week)
    quarter.expect(week, 0, {})
    now = quarter.weeks[-1].octets
    if now >= first * 0.05:
        quarter.differs.append(f"week {week}: {now} octets were read where a first scan reads {first}")


STORIES: tuple[Callable[[Quarter, int], None], ...] = (
    _first,
    _grows("kettles"),
    _decided,
    _moved,
    _down,
    _after,
    _cut,
    _rebuilt,
    _deleted,
    _renamed,
    _recalled,
    _still,
    _grows("easels"),
)


def main(folder: Path) -> int:
    """Play it and print it."""
    folder.mkdir(parents=True, exist_ok=True)
    quarter = play(Quarter(running(), folder))
    for week in quarter.weeks:
        told = ", ".join(f"{topic} {new}" for topic, new in week.news.items() if new != "known") or "nothing new"
        sys.stdout.write(f"week {week.number:2}: exit {week.code}, {week.octets:>8,} octets read, {told}\n")
    sys.stdout.write(json.dumps({"mailings": len(quarter.truth), "differs": quarter.differs}, indent=2) + "\n")
    return 1 if quarter.differs else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
