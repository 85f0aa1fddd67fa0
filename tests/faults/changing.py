"""R6, R7, R20: the mailbox changes while it is read, or is rebuilt; and it is never changed by us."""

from __future__ import annotations

import random
import re
import ssl
import threading
from collections.abc import Callable

import imapclient

from scanner.store import open_store
from tests.dovecot import PASSWORD, Dovecot
from tests.faults.figure import Figure
from tests.faults.mail import Box, case, counted, filled, found, hurried, letter, name_of, run, until_complete
from tests.faults.proxy import Fault, Kind, proxy

_READING = re.compile(
    rb"\S+ (?:CAPABILITY|ID \(.*\)|NAMESPACE|LIST \"\" \"\*\"|STATUS .*|EXAMINE .*|NOOP|LOGOUT|"
    rb"UID SEARCH [A-Za-z0-9:*(),\"<>@. -]+|"
    rb"UID FETCH [0-9,:*]+ \((?:UID|RFC822\.SIZE|INTERNALDATE|BODY\.PEEK\[.*?\]| )+\))"
)


def measure(server: Dovecot, runs: int, letters: int) -> list[Figure]:
    """So many runs of each kind, over mailboxes of so many letters."""
    with hurried():
        return [_moving(server, runs, letters), _rebuilt(server, runs, letters), _untouched(server, runs, letters)]


# ---- R6


class _Mutator:
    """Another mail program: appends, flags, expunges and moves, as long as the scan reads. Letters 1 to `kept` stay."""

    def __init__(self, box: Box, kept: int, seed: int) -> None:
        self.appended: list[int] = []
        self.acts = 0
        self._box = box
        self._kept = kept
        self._draw = random.Random(seed)  # noqa: S311 - the same changes in each run of the tests
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> _Mutator:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(300)

    def _work(self) -> None:
        server = self._box.server
        context = ssl.create_default_context(cafile=server.authority.file)
        with imapclient.IMAPClient("localhost", server.port, ssl_context=context, timeout=600) as client:
            client.login(server.address(self._box.name), PASSWORD)
            client.select_folder("Sent")
            while not self._over.is_set():
                self._act(client)
                self.acts += 1

    def _act(self, client: imapclient.IMAPClient) -> None:
        uids = client.search("ALL")
        others = [uid for uid in uids if uid > self._kept]
        what = self._draw.choice(("append", "flag", "expunge", "move"))
        if what == "append" or not others:
            number = self._box.count + 1 + len(self.appended)
            client.append("Sent", letter(number))
            self.appended.append(number)
        elif what == "flag":
            client.add_flags(self._draw.sample(uids, min(20, len(uids))), [b"\\Flagged"])
        elif what == "expunge":
            gone = self._draw.sample(others, min(5, len(others)))
            client.delete_messages(gone)
            client.expunge(gone)
        else:
            client.move(self._draw.sample(others, min(3, len(others))), "Drafts")


def _moving(server: Dovecot, runs: int, letters: int) -> Figure:
    figure = Figure("R6 mailbox changes while it is read", changed=None)
    kept, acts = letters * 2 // 3, 0
    for turn in range(runs):
        box = filled(server, f"faults-moving-{turn}", letters)
        figure.cases += 1
        with proxy(server.port) as line, case() as path, open_store(path) as store:
            with _Mutator(box, kept, turn) as mutator:
                until_complete(box.account(line.port, command_deadline=20.0, read_timeout=5.0), store, figure, turn)
            acts += mutator.acts
            until_complete(box.account(), store, figure, turn)
            there = _ids(server, box)
            ids = found(store)
            figure.compare(there, [one for one in ids if one in there], turn)  # all that is there at the end, once
            stayed = {name_of(number) for number in range(1, kept + 1)}
            if not stayed <= set(ids):
                figure.wrong.append(f"run {turn}: lost {len(stayed - set(ids))} that were there all the time")
    figure.also = f"{acts} changes"
    return figure


def _ids(server: Dovecot, box: Box) -> set[str]:
    """The ids of what lies in Sent now."""
    said = server.doveadm("fetch", "-u", server.address(box.name), "hdr.message-id", "mailbox", "Sent")
    return set(re.findall(r"<(.+?)>", said))


# ---- R7


def _rebuilt(server: Dovecot, runs: int, letters: int) -> Figure:
    """In turn: between two runs, between two runs with the numbers of the messages shifted, and in the midst of one."""
    figure = Figure("R7 UIDVALIDITY changes between runs and during one", changed=None)
    told = 0
    ways: tuple[Callable[[Box, int], bool], ...] = (
        lambda box, turn: _between(box, figure, turn, shifted=False),
        lambda box, turn: _between(box, figure, turn, shifted=True),
        lambda box, turn: _during(box, figure, turn),
    )
    for turn in range(runs):
        box = filled(server, f"faults-rebuilt-{turn}", letters)
        figure.cases += 1
        told += ways[turn % 3](box, turn)
    figure.also = f"told in {told}"
    if told < runs:
        figure.unclear += runs - told
    return figure


def _between(box: Box, figure: Figure, turn: int, *, shifted: bool) -> bool:
    with case() as path, open_store(path) as store:
        until_complete(box.account(), store, figure, turn)
        truth = box.truth
        if shifted:
            box.server.doveadm("expunge", "-u", box.server.address(box.name), "mailbox", "Sent", "1:3")
        box.server.rebuild(box.name)
        until_complete(box.account(), store, figure, turn)
        figure.compare(truth, found(store), turn)  # what is gone stays in the case
        notices = [notice for done in store.runs() for notice in done.notices]
        for notice in notices:
            figure.hear(notice.partition(": ")[2], turn)
        return any("UIDVALIDITY" in notice for notice in notices)


def _during(box: Box, figure: Figure, turn: int) -> bool:
    with proxy(box.server.port) as line, case() as path, open_store(path) as store:
        rebuilt = threading.Event()

        class Cuts(threading.Thread):
            def run(self) -> None:
                while line.passed < 12_000 and not rebuilt.wait(0.002):
                    pass
                box.server.rebuild(box.name)
                line.cut()

        line.use(Fault(Kind.DRIBBLE, 9_000, pace=0.00005))
        cuts = Cuts(daemon=True)
        cuts.start()
        done = run(box.account(line.port, command_deadline=30.0, read_timeout=5.0), store, figure, turn)
        rebuilt.set()
        cuts.join(300)
        until_complete(box.account(), store, figure, turn)
        figure.compare(box.truth, found(store), turn)
        counted(store, figure, box.count, turn)
        said = [one for ended in store.runs() for one in (*ended.notices, *ended.troubles)]
        return done or any("UIDVALIDITY" in one for one in said)


# ---- R20


def _untouched(server: Dovecot, runs: int, letters: int) -> Figure:
    """Flags, MODSEQ, UIDNEXT and counts before and after, unseen and recent mail too; and every word that was sent."""
    figure = Figure("R20 read-only proof")
    commands = other = 0
    for turn in range(runs):
        box = filled(server, f"faults-untouched-{turn}", letters)
        fresh = server.maildir(box.name) / "new" / "1700000000.M1P1.acme"
        fresh.write_bytes(letter(letters + 1))
        server.record(box.name)
        before = server.state(box.name)
        figure.cases += 1
        with case() as path, open_store(path) as store:
            until_complete(box.account(), store, figure, turn)
            until_complete(box.account(), store, figure, turn)
            figure.compare([*box.truth, name_of(letters + 1)], found(store), turn)
        figure.changed = (figure.changed or 0) + (server.state(box.name) != before)
        sent = [line for line in server.recorded(box.name).split(b"\r\n") if line]
        sent = [re.sub(rb"\A\d+\.\d+ ", b"", line) for line in sent]
        commands += len(sent)
        strange = [line for line in sent if _READING.fullmatch(line) is None]
        other += len(strange)
        figure.wrong += [f"{turn}: {line!r}" for line in strange]
    figure.also = f"{commands} commands, {other} of them not for reading"
    return figure
