"""A line that breaks before we are in is opened again, a few times; a refusal is heard once."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from scanner.connectors import imap
from scanner.connectors.imap import ImapMailbox
from scanner.connectors.imap_connect import BrokenOff, _insecure
from scanner.connectors.retry import Patience
from scanner.envelope import Locator
from scanner.errors import InsecureTransport, LoginRefused, MissedBccError, ServerUnreachable, SourceInterrupted
from scanner.policy import InternalDomain, Policy
from scanner.scan import Silent, scan
from scanner.store import open_store
from tests.authority import Authority
from tests.connectors.hostile_imap import PASSWORD, HostileImap, Script, Talk, hostile, server_context, within
from tests.connectors.imap_reading import Naps, Serve, mailbox
from tests.connectors.test_imap_transport import REFUSALS, Denies, Injects, RefusesTls, Web, start_clear
from tests.faults.proxy import Fault, Kind, proxy


class At(Script):
    """Lets go of the first `times` connections at a place, in a way of its own."""

    def __init__(self, place: bytes, way: Callable[[Talk], None], times: int = 1) -> None:
        super().__init__()
        self.place, self.way, self.times = place, way, times

    def greet(self, talk: Talk) -> None:
        self._strike(talk, b"GREETING")
        super().greet(talk)

    def answer(self, talk: Talk, line: bytes) -> None:
        self._strike(talk, line.upper())
        super().answer(talk, line)

    def _strike(self, talk: Talk, what: bytes) -> None:
        if self.place in what and talk.number <= self.times:
            self.way(talk)
            raise ConnectionError


def close(talk: Talk) -> None:
    """Nothing is said."""


def bye(talk: Talk) -> None:
    talk.send(b"* BYE too busy\r\n")


def half(talk: Talk) -> None:
    talk.send(b"* OK [CAPABI")


def opened(running: HostileImap, naps: Naps, **changes: object) -> None:
    box = mailbox(running, naps, **changes)
    assert [folder.path for folder in box.folders()] == ["Sent"]
    box.close()


def failed(running: HostileImap, naps: Naps, kind: type[MissedBccError], **changes: object) -> MissedBccError:
    with within(10), pytest.raises(kind) as caught:
        mailbox(running, naps, **changes)
    assert PASSWORD not in f"{caught.value!r} {caught.value.hint}"
    return caught.value


@pytest.mark.parametrize("way", [close, bye, half, Talk.hang])
@pytest.mark.parametrize("place", [b"GREETING", b"LOGIN", b" ID "])
def test_a_line_that_breaks_once_before_we_are_in_costs_one_attempt(
    serve: Serve, place: bytes, way: Callable[[Talk], None], caplog: pytest.LogCaptureFixture
) -> None:
    running, naps = serve(At(place, way)), Naps()
    opened(running, naps, connect_timeout=0.5)
    assert running.connections == 2
    assert [0.5 <= nap <= 1.0 for nap in naps] == [True]
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 1
    assert "Waiting" in told[0]
    assert "localhost" in told[0]
    assert told[0].startswith("alice: ")


@pytest.mark.parametrize("at", [0, 40, 900])
@pytest.mark.parametrize("kind", [Kind.RESET, Kind.CLOSE, Kind.HALF])
def test_a_handshake_that_breaks_is_tried_again(serve: Serve, kind: Kind, at: int) -> None:
    running, naps = serve(Script()), Naps()
    with proxy(running.port) as line:
        line.use(Fault(kind, at, connections=2))
        opened(running, naps, port=line.port)
        assert line.struck == 2
    assert len(naps) == 2


@pytest.mark.parametrize("at", [0, 40, 900])
def test_a_handshake_that_always_breaks_is_left_after_three(serve: Serve, at: int) -> None:
    running, naps = serve(Script()), Naps()
    with proxy(running.port) as line:
        line.use(Fault(Kind.RESET, at, connections=99))
        error = failed(running, naps, ServerUnreachable, port=line.port)
        assert line.connections == 3
    assert "2 further attempts" in str(error)
    assert "port" in error.hint
    assert not running.said(b"LOGIN")


def test_a_server_that_never_greets_is_left_after_three(serve: Serve) -> None:
    running, naps = serve(At(b"GREETING", Talk.hang, 99)), Naps()
    error = failed(running, naps, ServerUnreachable, connect_timeout=0.3)
    assert running.connections == 3
    assert "did not answer" in str(error)
    assert "firewall" in error.hint


def test_attempts_to_open_end_with_the_time_of_the_mailbox(serve: Serve) -> None:
    running, naps = serve(At(b"GREETING", Talk.hang, 99)), Naps()
    error = failed(running, naps, SourceInterrupted, connect_timeout=0.6, mailbox_deadline=0.5)
    assert running.connections == 1
    assert naps == [0.0]
    assert "mailbox_deadline" in error.hint


@pytest.mark.parametrize("way", [close, bye, half, Talk.hang])
def test_a_login_that_is_cut_is_sent_once_more_and_no_more(serve: Serve, way: Callable[[Talk], None]) -> None:
    running, naps = serve(At(b"LOGIN", way, 99)), Naps()
    error = failed(running, naps, SourceInterrupted)
    assert len(running.said(b"LOGIN")) == running.connections == 2
    assert "broke off during the login" in str(error)
    assert "locks accounts" in str(error)
    assert "secret" in error.hint


def test_a_login_that_is_cut_in_the_middle_of_a_reading_is_sent_once_more_and_no_more(serve: Serve) -> None:
    class Later(Script):
        def on_login(self, talk: Talk, tag: bytes, command: bytes) -> None:
            if talk.number > 1:
                raise ConnectionError
            super().on_login(talk, tag, command)

        def on_list(self, talk: Talk, tag: bytes, command: bytes) -> None:
            raise ConnectionError

    running = serve(Later())
    box = mailbox(running)
    with pytest.raises(SourceInterrupted, match="locks accounts"):
        list(box.folders())
    assert len(running.said(b"LOGIN")) == 3


def test_logins_that_are_cut_are_counted_in_a_row(serve: Serve) -> None:
    class Sometimes(Script):
        def on_login(self, talk: Talk, tag: bytes, command: bytes) -> None:
            if talk.number % 2:
                raise ConnectionError
            super().on_login(talk, tag, command)

        def on_list(self, talk: Talk, tag: bytes, command: bytes) -> None:
            if talk.number < 6:
                raise ConnectionError
            super().on_list(talk, tag, command)

    running = serve(Sometimes())
    opened(running, Naps())
    assert len(running.said(b"LOGIN")) == 6


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refused_login_is_sent_once_also_after_a_line_that_broke(serve: Serve, answer: bytes) -> None:
    class Breaks(Denies):
        def greet(self, talk: Talk) -> None:
            if talk.number == 1:
                raise ConnectionError
            super().greet(talk)

    running = serve(Breaks(answer))
    failed(running, Naps(), LoginRefused)
    assert len(running.said(b"LOGIN")) == 1
    assert running.connections == 2


@pytest.mark.parametrize("kind", [{"days": -1}, {"self_signed": True}, {"host": "elsewhere.test"}])
def test_a_bad_certificate_is_looked_at_once(authority: Authority, kind: dict[str, Any]) -> None:
    with hostile(Script(), authority, server_context(authority, **kind)) as running:
        failed(running, Naps(), InsecureTransport)
        assert running.connections == 1


def test_what_is_no_mail_server_is_asked_once(serve: Serve) -> None:
    running = serve(Web())
    failed(running, Naps(), ServerUnreachable)
    assert running.connections == 1


def test_a_refused_starttls_is_asked_for_once(authority: Authority) -> None:
    running = start_clear(RefusesTls(), authority)
    failed(running, Naps(), InsecureTransport)
    running.stop()
    assert running.connections == 1


@pytest.mark.parametrize("place", [b"CAPABILITY", b"STARTTLS"])
@pytest.mark.parametrize("way", [close, half, Talk.hang])
def test_a_line_that_breaks_at_starttls_is_tried_again_and_never_in_clear(
    authority: Authority, place: bytes, way: Callable[[Talk], None]
) -> None:
    class Breaks(Injects):
        capabilities = b"IMAP4rev1 STARTTLS AUTH=PLAIN"

        def answer(self, talk: Talk, line: bytes) -> None:
            if place in line.upper():
                way(talk)
                raise ConnectionError
            super().answer(talk, line)

    running, naps = start_clear(Breaks(), authority), Naps()
    failed(running, naps, ServerUnreachable, connect_timeout=0.5)
    running.stop()
    assert running.connections == 3
    assert not any(b"LOGIN" in line for line in (*running.clear, *running.heard))


@pytest.mark.parametrize("reason", ["DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "NO_SHARED_CIPHER"])
def test_a_spoilt_handshake_is_no_refusal(serve: Serve, reason: str) -> None:
    error = ssl.SSLError(1, "[SSL] something")
    error.reason = reason
    kind = BrokenOff if "RECORD" in reason else InsecureTransport
    assert isinstance(_insecure(serve(Script()).server(), error), kind)


def test_patience_with_a_mailbox_is_its_own(serve: Serve) -> None:
    """What it took to open it is not counted against the reading."""

    class Twice(Script):
        def greet(self, talk: Talk) -> None:
            if talk.number in (1, 2, 4, 5, 6):
                raise ConnectionError
            super().greet(talk)

        def on_list(self, talk: Talk, tag: bytes, command: bytes) -> None:
            if talk.number == 3:
                raise ConnectionError
            super().on_list(talk, tag, command)

    running = serve(Twice())
    box = ImapMailbox(running.account(), running.server(), Patience(attempts=4, sleep=Naps()))
    assert [folder.path for folder in box.folders()] == ["Sent"]
    box.close()


def test_a_mailbox_that_never_opened_leaves_no_line(serve: Serve) -> None:
    running = serve(At(b"LOGIN", bye, 99))
    with pytest.raises(SourceInterrupted), imap.open(running.account()):
        pass
    assert running.connections == 2


OURS = Policy(internal=(InternalDomain("acme.test"),))
SENT = ("Sent", "Sent 2024", "Sent 2025", "Sent 2026")


class OfFour(Script):
    """Has four folders of sent mail, lets `good` logins in, and answers those that follow in one way."""

    folders = b"".join(b'* LIST () "/" "%s"\r\n' % name.encode() for name in SENT)

    def __init__(self, way: Callable[[Talk, bytes], None], good: int) -> None:
        super().__init__()
        self.way, self.good = way, good

    def on_login(self, talk: Talk, tag: bytes, command: bytes) -> None:
        if talk.number <= self.good:
            super().on_login(talk, tag, command)
        else:
            self.way(talk, tag)

    def on_examine(self, talk: Talk, tag: bytes, command: bytes) -> None:
        raise ConnectionError


def cut(talk: Talk, tag: bytes) -> None:
    raise ConnectionError


def refuse(talk: Talk, tag: bytes) -> None:
    talk.send(tag + b" NO [AUTHENTICATIONFAILED] no\r\n")


def turn_away(talk: Talk, tag: bytes) -> None:
    talk.send(tag + b" NO [LIMIT] too many connections\r\n")


@pytest.mark.parametrize("script", [(0, OURS), (1, OURS), (0, Policy()), (1, Policy())])
@pytest.mark.parametrize("fails", [(cut, 2, "locks accounts"), (refuse, 1, "refused the login")])
def test_a_login_that_failed_is_not_sent_again_for_another_folder(
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fails: tuple[Callable[[Talk, bytes], None], int, str],
    script: tuple[int, Policy],
) -> None:
    (way, sent, sentence), (good, policy) = fails, script
    monkeypatch.setattr(imap, "Patience", partial(Patience, sleep=Naps()))
    running = serve(OfFour(way, good))
    with open_store(tmp_path / "case.db") as store:
        run = scan([replace(running.account(), sent_folders=SENT)], policy, store, Silent())
        troubles = [folder.trouble for folder in store.coverage()]
    assert len(running.said(b"LOGIN")) == good + sent
    assert len(run.troubles) == 1
    assert sentence in run.troubles[0]
    assert troubles
    assert all(sentence in trouble for trouble in troubles)


def test_a_secret_that_was_not_judged_in_the_first_look_is_sent_again_by_the_scan(serve: Serve, tmp_path: Path) -> None:
    """The first look may itself be what the server has too many connections of."""
    running = serve(OfFour(turn_away, 0))
    with open_store(tmp_path / "case.db") as store:
        run = scan([running.account()], Policy(), store, Silent())
    assert len(running.said(b"LOGIN")) == 2
    assert len(run.troubles) == 1


def test_a_mailbox_whose_login_failed_gives_every_question_the_same_error(serve: Serve) -> None:
    running = serve(OfFour(refuse, 1))
    box = mailbox(running)
    told = set()
    for _ in SENT:
        with pytest.raises(LoginRefused) as caught:
            box.raw(Locator("alice", "Sent", "7/1"))
        told.add((str(caught.value), caught.value.hint))
    assert len(told) == 1
    assert len(running.said(b"LOGIN")) == 2


ECHO = b'LOGIN "Alice@acme.test" "' + PASSWORD.encode() + b'"'
ENDS = {
    b"": "it closed the connection.",
    b"* OK": "it closed the connection in the middle of an answer.",
    b"* BYE\r\n": "it ended the connection.",
    b"* BYE too busy\r\n": "too busy.",
    b"* BYE " + ECHO + b"\r\n": 'LOGIN "(user)" "(secret)".',
    b"what " + ECHO + b"\r\n": """its answer makes no sense: 'what LOGIN "(user)" "(secret)"'.""",
}


@pytest.mark.parametrize("answer", ENDS)
def test_the_end_of_a_login_is_told_in_sentences_of_ours_without_names(serve: Serve, answer: bytes) -> None:
    def end(talk: Talk, tag: bytes) -> None:
        talk.send(answer)
        raise ConnectionError

    error = failed(serve(OfFour(end, 0)), Naps(), SourceInterrupted)
    start = "The server localhost broke off during the login: "
    assert str(error).startswith(f"{start}{ENDS[answer]} It did so 2 times, ")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"NO " + ECHO + b" failed", 'LOGIN "(user)" "(secret)" failed.'),
        (b"BAD syntax: " + ECHO, 'BAD syntax: LOGIN "(user)" "(secret)".'),
        (b"NO ", "it gave no reason."),
    ],
)
def test_a_refusal_is_told_without_what_it_repeats(serve: Serve, answer: bytes, said: str) -> None:
    running = serve(OfFour(lambda talk, tag: talk.send(tag + b" " + answer + b"\r\n"), 0))
    error = failed(running, Naps(), LoginRefused)
    assert str(error) == f"The server localhost refused the login of alice@acme.test: {said}"
