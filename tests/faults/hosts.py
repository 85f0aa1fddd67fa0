"""R9 and R18: IMAP hosts that cut, stall, flood, lie and attack, beside one that is well; lines that are not safe."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from scanner.account import Account, Tls
from scanner.case import Outcome
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.authority import Authority
from tests.connectors import test_imap_hostile as hostile
from tests.connectors import test_imap_together as together
from tests.connectors import test_imap_transport as transport
from tests.connectors.hostile_imap import PASSWORD, HostileImap, Script, Talk, header, server_context
from tests.faults.figure import Figure
from tests.faults.mail import OURS, case, hurried

_UIDS = range(1, 21)
_LONGEST = 700.0  # seconds: shorter than any stall of these hosts, long enough for a busy machine
Fetch = Callable[[Script, Talk, bytes, list[int]], None]


class _Answers(Script):
    """Answers FETCH in a way of its own."""

    def __init__(self, way: Fetch) -> None:
        super().__init__(_UIDS)
        self.way = way

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        self.way(self, talk, tag, uids)
        talk.send(tag + b" OK done\r\n")


def _all(script: Script, talk: Talk, uids: list[int]) -> None:
    for uid in uids:
        talk.send(script.item(uid, header(uid)))


def _two_tales(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    _all(script, talk, uids)
    talk.send(script.item(uids[0], header(99)))


def _nothing(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    """Says OK, and hands out nothing."""


def _half(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    _all(script, talk, uids[::2])


def _no_header(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    for uid in uids:
        talk.send(b"* 1 FETCH (UID %d RFC822.SIZE 9 BODY[HEADER] NIL)\r\n" % uid)


def _impossible_uids(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    talk.send(b"* 1 FETCH (UID 99999999999999999999 BODY[HEADER] NIL)\r\n* 1 FETCH (UID -4 BODY[HEADER] NIL)\r\n")
    _all(script, talk, uids)


def _backwards(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    _all(script, talk, uids[::-1])


def _announcements(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    talk.send(b"* 0 EXISTS\r\n* 1 EXPUNGE\r\n* VANISHED 1:20\r\n* OK [UIDVALIDITY 99] new\r\n" * 50)
    _all(script, talk, uids)


def _many_goes_on(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    talk.send(b"+ go on\r\n" * 1_000)
    _all(script, talk, uids)


def _any_octets(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    for uid in uids:
        talk.send(script.item(uid, bytes(range(256)).replace(b"\r", b"").replace(b"\n", b"") * 20 + header(uid)))


def _giant_header(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    for uid in uids:
        talk.send(script.item(uid, header(uid)[:-2] + b"X-Long: " + b"y" * 2_000_000 + b"\r\n\r\n"))


def _other_form(script: Script, talk: Talk, tag: bytes, uids: list[int]) -> None:
    talk.send(b"<html><body>Gateway</body></html>\r\n")


_WAYS: tuple[Fetch, ...] = (
    _two_tales,
    _nothing,
    _half,
    _no_header,
    _impossible_uids,
    _backwards,
    _announcements,
    _many_goes_on,
    _any_octets,
    _giant_header,
    _other_form,
)


class _Folders(Script):
    """Folder names that attack paths, terminals and spreadsheets, and a very long list of them."""

    folders = Script.folders + b"".join(
        b'* LIST () "/" %s\r\n' % name
        for name in (b'"../../etc"', b"{9}\r\n=cmd|'/C'", b'"a\\"b"', b'"\x1b[2J"', b'"\xff\xfe"', b'"&AAAA"')
    )


class _ManyFolders(Script):
    folders = Script.folders + b"".join(b'* LIST () "/" f%d\r\n' % number for number in range(50_000))


class _CountsWrong(Script):
    """Says that a folder holds three times what can be listed of it."""

    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(b"* %d EXISTS\r\n" % (3 * len(self.uids)) + self.uidvalidity + tag + b" OK [READ-ONLY] done\r\n")


def _well() -> Script:
    return Script(range(1, 201))


def scripts() -> Iterator[tuple[str, Callable[[], Script]]]:
    """Forty and more hosts by name."""
    acts = (hostile._refuse, hostile._limit, hostile._close, hostile._bye, hostile._huge, hostile._stall)
    for act in (*acts, hostile._short_literal, hostile._foreign_tag, hostile._drip, hostile._chatter):
        yield f"message 7 {act.__name__.strip('_')}", partial(hostile.Poison, act)
    whole: tuple[type[Script], ...] = (
        *(hostile.Refuses, hostile.Dies, hostile.Nested, hostile.LongSearch, hostile.EndlessLine, hostile.Unconnected),
        *(hostile.Rebuilt, hostile.Dribbles, together.Hangs, together.DripsBytes, together.Floods, together.Lies),
        *(transport.Mute, transport.Web, transport.Preauth, _Folders, _ManyFolders, _CountsWrong),
    )
    for kind in whole:
        yield kind.__name__.strip("_"), partial(kind, _UIDS)
    for place in ("greeting", "CAPABILITY", "LOGIN", " ID ", "LIST", "EXAMINE", "SEARCH", "FETCH"):
        yield f"BYE at {place.strip()}", partial(hostile.ByeAt, place)
    for way in _WAYS:
        yield f"FETCH {way.__name__.strip('_')}", partial(_Answers, way)


def measure(folder: Path, most: int | None = None) -> Figure:
    """All of them in one run, beside a host that is well, whose mail must all be there."""
    chosen = list(scripts())[:most]
    figure = Figure("R9 hostile IMAP hosts", cases=len(chosen), changed=None)
    authority = Authority(folder / "authority")
    with ExitStack() as stack, _quiet(), hurried(), case() as path, open_store(path) as store:
        accounts: list[Account] = []
        hurry: dict[str, object] = {"mailbox_deadline": 15.0}
        ease: dict[str, object] = {"mailbox_deadline": _LONGEST, "read_timeout": 20.0, "command_deadline": 60.0}
        for name, script, limits in [*((*one, hurry) for one in chosen), ("well", _well, ease)]:
            running = HostileImap(script(), server_context(authority), authority)
            stack.callback(running.stop)
            accounts.append(replace(running.account(**limits), name=name))
        begun = time.monotonic()
        done = scan(accounts, OURS, store, Silent())
        took = time.monotonic() - begun
        sent = {one.account: one for one in store.coverage() if one.folder == "Sent"}
        figure.also = f"{took:.0f} s for all, {sum(one.complete for one in sent.values()) - 1} read completely"
        figure.lost += 200 - sent["well"].read
        for trouble in done.troubles:
            account, _, sentence = trouble.partition(": ")
            figure.hear(sentence, account)
        for left in store.unreadable():
            figure.hear(left.reason, left.locator.account)
        told = "\n".join(done.troubles)
        for name, _ in chosen:
            met = sent.get(name)
            if met is not None and met.complete and met.accounted < min(met.expected or 0, len(_UIDS)):
                figure.lost += 1
                figure.wrong.append(f"{name}: {met}")
            if (met is None or not (met.complete or met.unreadable)) and name not in told:
                figure.unclear += 1
                figure.wrong.append(f"{name}: nothing was told")
        if took > _LONGEST:
            figure.wrong.append(f"held up for {took:.0f} s")
    return figure


def measure_lines(folder: Path) -> Figure:
    """R18: no credential ever leaves over any of these lines, and each is refused in a sentence."""
    authority, foreign = Authority(folder / "authority"), Authority(folder / "foreign")
    cases: list[tuple[str, Script, ssl.SSLContext | None, ssl.SSLContext | None, dict[str, object]]] = [
        ("expired", Script(), server_context(authority, days=-1), None, {}),
        ("self-signed", Script(), server_context(authority, self_signed=True), None, {}),
        ("another name", Script(), server_context(authority, "elsewhere.test"), None, {}),
        ("unknown authority", Script(), server_context(foreign), None, {}),
        ("no ca_file", Script(), server_context(authority), None, {"ca_file": None}),
        ("no TLS on the TLS port", Script(), None, None, {"tls": Tls.IMPLICIT}),
        ("STARTTLS stripped", Script(), None, server_context(authority), {}),
        ("STARTTLS refused", transport.RefusesTls(), None, server_context(authority), {}),
        ("answers injected before the handshake", transport.Injects(), None, server_context(authority), {}),
        ("PREAUTH in clear", transport.ClearPreauth(), None, server_context(authority), {}),
        ("PREAUTH over TLS", transport.Preauth(), server_context(authority), None, {}),
        ("STARTTLS with another name", transport.Offers(), None, server_context(authority, "elsewhere.test"), {}),
    ]
    figure = Figure("R18 transport downgrade", cases=len(cases), changed=None)
    secrets = 0
    for name, script, context, upgrade, changes in cases:
        running = HostileImap(script, context, authority, upgrade=upgrade)
        try:
            with hurried(), _quiet(), case() as path, open_store(path) as store:
                done = scan([running.account(**changes)], OURS, store, Silent())
        finally:
            running.stop()
        heard = b"\n".join((*running.clear, *running.heard))
        said = PASSWORD.encode() in heard or b"LOGIN" in heard or b"AUTHENTICATE" in heard
        secrets += said
        if said or done.outcome is not Outcome.FAILED:
            figure.wrong.append(f"{name}: {done.outcome}, {heard!r}")
        for trouble in done.troubles or ("",):
            figure.hear(trouble.partition(": ")[2], name)
    figure.also = f"{secrets} credentials sent"
    return figure


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings that each new attempt gives."""
    log = logging.getLogger("scanner")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
