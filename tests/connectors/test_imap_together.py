"""Several IMAP hosts in one run: one that hangs, dribbles, floods or lies costs the others nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from threading import Lock

import pytest

from scanner.account import Account
from scanner.case import Outcome
from scanner.policy import InternalDomain, Policy
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.connectors.hostile_imap import Script, Talk, header, within
from tests.connectors.imap_reading import Serve

OURS = Policy(internal=(InternalDomain("acme.test"),))


class Timed(Script):
    """Notes when the last client left."""

    ended = 0.0

    def run(self, talk: Talk) -> None:
        try:
            super().run(talk)
        finally:
            self.ended = time.monotonic()


class Hangs(Timed):
    """Lets us in, and is silent from the first folder on."""

    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.hang()


class DripsBytes(Timed):
    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            talk.send(b"*")
            time.sleep(0.2)  # the dribble under test


class Floods(Timed):
    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            talk.send(b"* OK still here\r\n" * 2_000)
            time.sleep(0.01)  # a flood that spares this machine


class Lies(Timed):
    """Says that there are messages, and that all was handed out."""

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        talk.send(b"* 1 FETCH (UID 99999 BODY[HEADER] {2}\r\n\r\n)\r\n" + tag + b" OK done\r\n")


@pytest.mark.parametrize("bad", [Hangs, DripsBytes, Floods, Lies])
def test_one_bad_host_stops_no_other(serve: Serve, tmp_path: Path, bad: type[Timed]) -> None:
    good = [Timed(range(1, 41)) for _ in range(3)]
    evil = [bad(range(1, 41)) for _ in range(2)]
    wicked = [serve(one) for one in evil]
    accounts = [replace(one.account(mailbox_deadline=12.0), name=f"bad{place}") for place, one in enumerate(wicked)]
    accounts += [replace(serve(one).account(), name=f"good{place}") for place, one in enumerate(good)]
    with within(20), open_store(tmp_path / "case.db") as store:
        run = scan(accounts, OURS, store, Silent())
        found = {folder.account: folder for folder in store.coverage() if folder.folder == "Sent"}
        troubles = [*run.troubles, *(one.reason for one in store.unreadable())]
    assert run.outcome is Outcome.INCOMPLETE
    assert [(found[f"good{place}"].read, found[f"good{place}"].complete) for place in range(3)] == [(40, True)] * 3
    if bad is not Lies:  # which keeps nobody waiting
        assert max(one.ended for one in good) < min(one.ended for one in evil)
    assert not [folder.account for folder in found.values() if folder.account.startswith("bad") and folder.complete]
    assert len(troubles) >= 2
    assert all(len(trouble) > 20 and "\n" not in trouble for trouble in troubles)


def test_no_host_gets_more_connections_than_its_limit(serve: Serve, tmp_path: Path) -> None:
    class Counts(Script):
        now = most = 0
        lock = Lock()

        def run(self, talk: Talk) -> None:
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            try:
                super().run(talk)
            finally:
                with self.lock:
                    self.now -= 1

        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            time.sleep(0.1)  # long enough that mailboxes meet
            super().on_fetch(talk, tag, uids, items)

    script = Counts(range(1, 6))
    running = serve(script)
    accounts = [Account(f"box{place}", "imap", server=running.server()) for place in range(12)]
    with open_store(tmp_path / "case.db") as store:
        run = scan(accounts, OURS, store, Silent())
        assert sum(folder.read for folder in store.coverage()) == 12 * 5
    assert run.outcome is Outcome.COMPLETE
    assert 2 <= script.most <= 4


def test_the_same_mail_gives_the_same_case_whichever_host_answers_first(serve: Serve, tmp_path: Path) -> None:
    class Late(Script):
        delay = 0.0

        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            time.sleep(self.delay)  # who is first is what this test varies
            for uid in uids:
                shown = b", ".join(b"p%d@c%d.example" % (uid, place) for place in range(6))
                talk.send(self.item(uid, header(uid).replace(b"To: ", b"To: " + shown + b", ")))
            talk.send(tag + b" OK done\r\n")

    told: list[str] = []
    for turn, delays in enumerate(([0.0, 0.3], [0.3, 0.0])):
        scripts = [Late(range(1, 31)), Late(range(20, 51))]
        accounts = []
        for name, script, delay in zip("ab", scripts, delays, strict=True):
            script.delay = delay
            accounts.append(replace(serve(script).account(), name=name))
        with open_store(tmp_path / f"{turn}.db") as store:
            scan(accounts, OURS, store, Silent())
            kept = [
                (one.identity, sorted(map(str, one.locations)), one.envelope.message_id) for one in store.candidates()
            ]
            told.append(repr((kept, list(store.coverage()))))
            assert len(kept) == 50
    assert told[0] == told[1]
