"""`python -m tests.graph.show`: the whole product over a big tenant that fails now and then, and over mbox files.

    python -m tests.graph.show [--people 200] [--messages 100000] [--faults 0.05] [--unreachable 12]

The fake serves in this process, and `missedbcc scan` runs in one of its own, with nothing but a config file. Then it
scans the same mail from mbox files, and the two workbooks are compared cell by cell; then new mail comes, and both are
scanned once more. Each claim is checked, and the first that does not hold ends the program with 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.authority import Authority
from tests.cli.command import Ended
from tests.graph.big_tenant import DOMAIN, BigTenant
from tests.graph.client import letter
from tests.graph.clock import RealClock
from tests.graph.letter import Letter, raw_of
from tests.graph.people import Person
from tests.graph.server import FakeGraph
from tests.graph.workbooks import cells, differences

Command = Callable[..., Ended]
"""Runs `missedbcc` in a folder: the folder, and the words."""

_NEW = 20
_LISTING = "orderby"


class NotShown(AssertionError):
    """A claim that does not hold."""


@dataclass
class Show:
    """One tenant, and the same mail in files. `folder` is empty; `command` runs the product in it."""

    fake: FakeGraph
    big: BigTenant
    folder: Path
    command: Command
    lines: list[str] = field(default_factory=list)
    """What was shown, in sentences."""

    def run(self) -> None:
        """Everything, in order. Raises `NotShown`."""
        (self.folder / "missedbcc.toml").write_text(self._config())
        (self.folder / "archive").mkdir()
        self.big.write_mboxes(self.folder / "archive")
        expected = 3 if self._unreachable else 4
        self._first(expected)
        self._second(expected)

    def _first(self, expected: int) -> None:
        before = time.monotonic()
        tenant = self._scanned("tenant", expected, "contoso")
        seconds = time.monotonic() - before
        asked = self._asked(0)
        failed = sum(count for status, count in asked.items() if status != 200)
        archive = self._scanned("archive", 4, "archive")
        self._read_once(tenant, self.big.messages)
        self._same(tenant, archive)
        much = f"{self.big.messages:,} messages of {self.big.people} mailboxes"
        rate, each = self.big.messages / seconds, 1_000 * asked.total() / self.big.messages
        self.lines += [
            f"first run: {much} in {seconds:.0f} s "
            f"({rate:,.0f} a second); {asked.total():,} requests, {each:.1f} for 1,000 messages; {failed} failed",
        ]

    def _second(self, expected: int) -> None:
        at = len(self.fake.seen)
        self._scanned("tenant", 3 if self._unreachable else 0, "contoso")
        _claim(not self._one_by_one(at), "a run over unchanged mail reads no message")
        new = self._grow()
        at = len(self.fake.seen)
        tenant = self._scanned("tenant", expected, "contoso")
        asked = self._asked(at)
        archive = self._scanned("archive", 4, "archive")
        self._read_once(tenant, self.big.messages + new)
        _claim(self._one_by_one(at) == new, f"{self._one_by_one(at)} messages were asked for, and {new} were new")
        _claim(not self._listed(at), "a later run lists no folder anew")
        self._same(tenant, archive)
        self.lines.append(f"later run: {new} new messages, {asked.total():,} requests, none of them for old messages")

    # ---- what happens

    def _scanned(self, case: str, code: int, source: str) -> dict[str, Any]:
        done = self.command(self.folder, "scan", source, "--case", case, "--json")
        _claim(done.code == code, f"the exit code of {case} is {done.code}, not {code}: {done.err[-2_000:]}")
        result = done.objects[-1]
        self.lines.append(
            f"{case}: exit code {done.code}, {result['read']:,} read, {result['unreadable']} unreadable, "
            f"{result['missing']} missing, {result['incidents']} incidents, {result['affected_people']:,} people"
        )
        return result

    def _grow(self) -> int:
        """New mail, in the mailboxes and in the files; every other message exposes somebody."""
        for number in range(_NEW):
            person = number % self.big.people
            new = self._new(number, self.big.principal(person))
            box = self.fake.tenant.mailbox(self._user(self.big.principal(person)))
            box.add(box.sent, new)
            with (self.folder / "archive" / f"{self.big.principal(person)}.mbox").open("ab") as file:
                file.write(b"From - Thu Jan  1 00:00:00 1970\n" + raw_of(new).replace(b"\r\n", b"\n") + b"\n")
        return _NEW

    def _new(self, number: int, author: str) -> Letter:
        return letter(
            1_000 + number,
            outsiders=25 if number % 2 else 2,
            author=Person(None, author),
            message_id=f"<new.{number}@{DOMAIN}>",
        )

    def _user(self, principal: str) -> Any:
        return self.fake.tenant.user(principal)

    # ---- what is claimed

    def _read_once(self, result: dict[str, Any], messages: int) -> None:
        _claim(result["read"] == messages, f"{result['read']} messages were read, not {messages}")
        _claim(result["unreadable"] == result["missing"] == result["skipped"] == 0, "nothing is unreadable or missing")
        done = self.command(self.folder, "status", "--case", "tenant", "--json")
        folders = [one for one in done.objects if one["event"] == "folder"]
        away = [one for one in folders if not one["folder"]]
        _claim(len(away) == self._unreachable, f"{len(away)} mailboxes have a reason, not {self._unreachable}")
        _claim(all(one["trouble"].endswith(".") for one in away), "each mailbox that was not reached has a reason")
        opened = [one for one in folders if one["folder"]]
        _claim(all(one["complete"] for one in opened), "each folder is complete")
        _claim(all(one["read"] == one["expected"] for one in opened), "each folder was read as often as it holds mail")

    def _same(self, tenant: dict[str, Any], archive: dict[str, Any]) -> None:
        mine, theirs = (self.folder / str(result["workbook"]) for result in (tenant, archive))
        found = differences(mine, theirs)
        _claim(not found, f"{len(found)} cells differ: {found[:5]}")
        self.lines.append(f"workbooks: {cells(mine):,} cells compared, none differs")

    @property
    def _unreachable(self) -> int:
        users = self.fake.tenant.users.values()
        return sum(not user.guest and bool(user.mail) and (user.on_premises or not user.mailbox) for user in users)

    # ---- what the fake saw

    def _asked(self, since: int) -> Counter[int]:
        return Counter(seen.status for seen in self.fake.seen[since:] if not seen.inner)

    def _one_by_one(self, since: int) -> int:
        """Messages that were asked for by their id, and given."""
        seen = self.fake.seen[since:]
        return sum("/messages/" in one.path and not one.path.endswith("/delta") and one.status == 200 for one in seen)

    def _listed(self, since: int) -> int:
        return sum(_LISTING in seen.query for seen in self.fake.seen[since:])

    def _config(self) -> str:
        sign_in = self.fake.sign_in()
        return (
            f'[organisation]\ninternal = ["{DOMAIN}", "contoso.onmicrosoft.test"]\n\n'
            '[account.contoso]\ntype = "graph"\n'
            f'tenant = "{sign_in.tenant}"\nclient_id = "{sign_in.client_id}"\nsecret = "{sign_in.secret}"\n'
            f'authority = "{self.fake.root}"\nroot = "{self.fake.root}"\nca_file = "{self.fake.ca_file}"\n'
        )


def _claim(holds: bool, sentence: str) -> None:
    if not holds:
        raise NotShown(sentence)


def in_a_process(folder: Path, *words: str | Path) -> Ended:
    """The real command, as its user starts it."""
    done = subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, words)],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=3_600,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def main(arguments: Sequence[str]) -> None:
    """Show it, and print what was shown."""
    words = argparse.ArgumentParser(prog="python -m tests.graph.show")
    words.add_argument("--people", type=int, default=200)
    words.add_argument("--messages", type=int, default=100_000)
    words.add_argument("--faults", type=float, default=0.05, help="the share of requests that fail once")
    words.add_argument("--unreachable", type=int, default=12, help="users whose mailbox nobody can read")
    given = words.parse_args(arguments)
    big = BigTenant(given.people, given.messages, unreachable=given.unreachable)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "served").mkdir()
        (folder / "case").mkdir()
        fake = FakeGraph(Authority(folder / "served"), big.tenant(), clock=RealClock())
        fake.faults.rate = given.faults
        show = Show(fake, big, folder / "case", in_a_process)
        try:
            show.run()
        except NotShown as wrong:
            raise SystemExit(f"NOT SHOWN: {wrong}") from None
        finally:
            sys.stdout.write("".join(f"{line}\n" for line in show.lines))
            fake.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
