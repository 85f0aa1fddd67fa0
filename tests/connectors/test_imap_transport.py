"""The line before the login: who the server is must be proven, and no credential crosses it in clear."""

from __future__ import annotations

import logging
import socket
import ssl
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.account import SecretKind, SecretReference, Tls
from scanner.connectors import imap
from scanner.connectors.imap_connect import reason_of
from scanner.connectors.imap_line import refuse_unsafe
from scanner.connectors.retry import Patience
from scanner.errors import (
    InsecureTransport,
    LoginRefused,
    MissedBccError,
    ServerUnreachable,
    SettingsError,
    SourceError,
)
from tests.authority import Authority
from tests.connectors.hostile_imap import PASSWORD, HostileImap, Script, Talk, Upgrade, hostile, server_context, within
from tests.connectors.imap_reading import Serve


def refused(running: HostileImap, kind: type[MissedBccError], **changes: object) -> MissedBccError:
    """The error of opening, checked for what every error must keep."""
    with within(8), pytest.raises(kind) as caught, imap.open(running.account(**changes)):
        pass
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.hint
    assert PASSWORD not in shown
    assert "\n" not in str(caught.value)
    return caught.value


CERTIFICATES = {
    "expired": ({"days": -1}, "has expired", "renew"),
    "self-signed": ({"self_signed": True}, "is signed by itself", "ca_file"),
    "wrong name": ({"host": "elsewhere.test"}, "another name", "host"),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_that_proves_nothing_is_named_with_its_fix(authority: Authority, case: str) -> None:
    kind, sentence, fix = CERTIFICATES[case]
    with hostile(Script(), authority, server_context(authority, **kind)) as running:  # type: ignore[arg-type]
        error = refused(running, InsecureTransport)
    assert sentence in str(error)
    assert fix in error.hint
    assert not running.heard


def test_a_foreign_authority_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    foreign = Authority(tmp_path / "foreign")
    with hostile(Script(), authority, server_context(foreign)) as running:
        error = refused(running, InsecureTransport)
        assert "authority this machine does not know" in str(error)
        error = refused(running, InsecureTransport, ca_file=None)
        assert "ca_file" in error.hint
    assert not running.heard


def test_a_ca_file_that_is_none_is_a_mistake_of_the_settings(serve: Serve, tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing")
    for path in (empty, tmp_path / "absent.pem"):
        assert str(path) in str(refused(serve(Script()), SettingsError, ca_file=path))


class Mute(Script):
    def greet(self, talk: Talk) -> None:
        talk.hang()


def test_a_port_without_tls_is_named(authority: Authority) -> None:
    with hostile(Script(), authority, None) as running:
        error = refused(running, InsecureTransport, tls=Tls.IMPLICIT)
    assert "starttls" in error.hint
    assert not any(b"LOGIN" in line for line in running.clear)


def test_a_handshake_that_is_never_answered_ends(authority: Authority) -> None:
    with hostile(Mute(), authority, None) as running:
        error = refused(running, ServerUnreachable, tls=Tls.IMPLICIT, connect_timeout=0.5)
    assert "did not answer" in str(error)


def test_a_server_that_never_greets_ends(serve: Serve) -> None:
    refused(serve(Mute()), SourceError, connect_timeout=0.5)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(authority: Authority) -> None:
    context = server_context(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with hostile(Script(), authority, context) as running:
        assert "TLS 1.2" in refused(running, InsecureTransport).hint


class Web(Script):
    def greet(self, talk: Talk) -> None:
        talk.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


class Preauth(Script):
    def greet(self, talk: Talk) -> None:
        talk.send(b"* PREAUTH welcome back\r\n")


def test_a_web_server_is_no_mail_server(serve: Serve) -> None:
    assert "IMAP" in str(refused(serve(Web()), ServerUnreachable))


def test_nobody_at_the_port_and_no_such_host(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with hostile(Script(), authority, server_context(authority)) as running:
        assert "Nobody answers" in str(refused(running, ServerUnreachable, port=port))
        assert "no server named" in str(refused(running, ServerUnreachable, host="mail.invalid"))
        assert "no server named" in str(refused(running, ServerUnreachable, host="a" * 70 + ".invalid"))


# STARTTLS


class Offers(Script):
    capabilities = b"IMAP4rev1 STARTTLS AUTH=PLAIN"

    def on_starttls(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(tag + b" OK begin\r\n")
        raise Upgrade


class Injects(Offers):
    """Adds answers in clear behind the OK, which a careless client reads as if they came through TLS."""

    def on_starttls(self, talk: Talk, tag: bytes, command: bytes) -> None:
        self.capabilities = b"IMAP4rev1 LOGINDISABLED"
        talk.send(tag + b" OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
        raise Upgrade


class RefusesTls(Offers):
    def on_starttls(self, talk: Talk, tag: bytes, command: bytes) -> None:
        talk.send(tag + b" NO not now\r\n")


class ClearPreauth(Offers):
    def greet(self, talk: Talk) -> None:
        talk.send(b"* PREAUTH welcome back\r\n")


def start_clear(script: Script, authority: Authority, host: str = "localhost") -> HostileImap:
    return HostileImap(script, None, authority, upgrade=server_context(authority, host))


def test_starttls_encrypts_before_the_login(authority: Authority) -> None:
    running = start_clear(Offers(), authority)
    with imap.open(running.account()) as mailbox:
        assert [folder.path for folder in mailbox.folders()] == ["Sent"]
    running.stop()
    assert [line.split(b" ")[1] for line in running.clear] == [b"CAPABILITY", b"STARTTLS"]
    assert running.said(b"LOGIN")


@pytest.mark.parametrize("script", [Script, RefusesTls, ClearPreauth])
def test_without_encryption_nothing_secret_is_said(authority: Authority, script: Callable[[], Script]) -> None:
    running = start_clear(script(), authority)
    refused(running, InsecureTransport)
    running.stop()
    assert not any(PASSWORD.encode() in line or b"LOGIN" in line for line in (*running.clear, *running.heard))


def test_starttls_verifies_the_server(authority: Authority) -> None:
    running = start_clear(Offers(), authority, "elsewhere.test")
    assert "another name" in str(refused(running, InsecureTransport))
    running.stop()
    assert not running.said(b"LOGIN")


def test_answers_injected_before_the_handshake_are_not_believed(authority: Authority) -> None:
    running = start_clear(Injects(), authority)
    assert "does not take passwords" in str(refused(running, LoginRefused))
    running.stop()
    assert not running.said(b"LOGIN")


def test_preauth_over_tls_opens_nobody_knows_whose_mailbox(serve: Serve) -> None:
    assert "PREAUTH" in str(refused(serve(Preauth()), InsecureTransport))


# The login


class Denies(Script):
    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.text = answer

    def on_login(self, talk: Talk, tag: bytes, command: bytes) -> None:
        if not self.text:
            raise ConnectionError
        talk.send(tag + self.text if not self.text.startswith(b"*") else self.text)
        if self.text.startswith(b"*"):
            raise ConnectionError


REFUSALS = {
    b" NO [AUTHENTICATIONFAILED] Invalid credentials\r\n": (LoginRefused, "refused the login", "user name"),
    b" NO [UNAVAILABLE] user database is down\r\n": (LoginRefused, "not judged", "wait"),
    b" NO [LIMIT] Too many simultaneous connections. (Failure)\r\n": (LoginRefused, "not judged", "Close other"),
    b" NO [INUSE] locked\r\n": (LoginRefused, "not judged", "wait"),
    b" NO [ALERT] Application-specific password required\r\n": (LoginRefused, "refused", "app password"),
    b" NO AUTHENTICATE failed. Basic authentication is disabled.\r\n": (LoginRefused, "refused", "OAuth"),
    b" BAD syntax\r\n": (LoginRefused, "refused", "user name"),
}


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refused_login_is_classed_and_never_repeated(serve: Serve, answer: bytes) -> None:
    kind, sentence, fix = REFUSALS[answer]
    running = serve(Denies(answer))
    error = refused(running, kind)
    assert sentence in str(error)
    assert fix in error.hint
    assert len(running.said(b"LOGIN")) == 1
    assert running.connections == 1


def test_a_login_refused_in_the_middle_is_not_repeated(serve: Serve) -> None:
    class Later(Denies):
        def on_login(self, talk: Talk, tag: bytes, command: bytes) -> None:
            if talk.number == 1:
                talk.send(tag + b" OK welcome\r\n")
            else:
                super().on_login(talk, tag, command)

        def on_list(self, talk: Talk, tag: bytes, command: bytes) -> None:
            raise ConnectionError

    running = serve(Later(b" NO [AUTHENTICATIONFAILED] no\r\n"))
    mailbox = imap.ImapMailbox(running.account(), running.server(), Patience(sleep=lambda _: None))
    with pytest.raises(LoginRefused):
        list(mailbox.folders())
    assert running.connections == 2


@pytest.mark.parametrize("word", ["x\r\nA1 DELETE INBOX", "x\nA1 NOOP", "x\0y", "x\x01y"])
@pytest.mark.parametrize("place", ["user", "act_as"])
def test_a_command_cannot_hide_in_a_name(serve: Serve, place: str, word: str) -> None:
    running = serve(Script())
    refused(running, SettingsError, **{place: word})
    assert not running.said(b"LOGIN")
    assert not running.said(b"DELETE")


def test_quotes_and_spaces_in_names_and_passwords_arrive_as_they_are(serve: Serve, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('pass "word\\ {5}\n')
    secret.chmod(0o600)
    running = serve(Script())
    reference = SecretReference(SecretKind.FILE, str(secret))
    with imap.open(running.account(user='al ice"x', secret=reference)):
        pass
    assert running.said(b"LOGIN") == [b'LOGIN "al ice\\"x" "pass \\"word\\\\ {5}"']


def test_a_password_outside_ascii_goes_by_sasl(serve: Serve, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("geheimnisvoll-äöü\n", "utf-8")
    secret.chmod(0o600)
    running = serve(Script())
    with imap.open(running.account(secret=SecretReference(SecretKind.FILE, str(secret)))):
        pass
    assert not running.said(b"LOGIN")
    assert running.said(b"AUTHENTICATE") == [b"AUTHENTICATE PLAIN"]


def test_logindisabled_is_obeyed(serve: Serve) -> None:
    script = Script()
    script.capabilities = b"IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2"
    running = serve(script)
    error = refused(running, LoginRefused)
    assert "xoauth2" in error.hint
    assert not running.said(b"LOGIN")


def test_nothing_secret_and_no_header_reaches_a_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("imapclient").setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    with imap.open(serve(Script()).account()) as mailbox:
        folder = next(iter(mailbox.folders()))
        assert len(list(mailbox.read(folder))) == 5
    assert PASSWORD not in caplog.text
    assert "a.example" not in caplog.text


SAFE = (
    b'A1 EXAMINE "Sent"\r\n',
    b'A1 MYRIGHTS "Sent"\r\n',
    b"A1 UID FETCH 1 (UID BODY.PEEK[])\r\n",
    b'A1 LOGIN "a" "b"\r\n',
    b"\r\n",
)
UNSAFE = (
    b'A1 SELECT "Sent"\r\n',
    b"A1 UID STORE 1 +FLAGS (\\Seen)\r\n",
    b"A1 STORE 1 +FLAGS (\\Seen)\r\n",
    b"A1 UID FETCH 1 (BODY[])\r\n",
    b"A1 UID FETCH 1 (UID RFC822)\r\n",
    b"A1 UID FETCH 1 RFC822.HEADER\r\n",
    b"A1 UID FETCH 1 BINARY[1]\r\n",
    b"A1 FETCH 1 (UID)\r\n",
    b"A1 UID EXPUNGE 1\r\n",
    b"A1 EXPUNGE\r\n",
    b"A1 CLOSE\r\n",
    b"A1 COPY 1 Trash\r\n",
    b"A1 UID MOVE 1 Trash\r\n",
    b"A1 APPEND Sent {3}\r\n",
    b"A1 CREATE x\r\n",
    b"A1 DELETE x\r\n",
    b"A1 RENAME x y\r\n",
    b"A1 SUBSCRIBE x\r\n",
    b"A1 SETACL x y lr\r\n",
    b"A1 DELETEACL x y\r\n",
    b"A1 ENABLE IMAP4rev2\r\n",
    b'A1 EXAMINE "Sent\r\nA2 DELETE x"\r\n',
    b'A1 EXAMINE "Se\0nt"\r\n',
    b"a1 examine sent\r\n",
    b"free text\r\n",
)


@pytest.mark.parametrize("line", SAFE)
def test_reading_commands_leave(line: bytes) -> None:
    refuse_unsafe(line, encrypted=True)


@pytest.mark.parametrize("line", UNSAFE)
def test_no_other_command_leaves(line: bytes) -> None:
    with pytest.raises(SourceError):
        refuse_unsafe(line, encrypted=True)


@pytest.mark.parametrize("line", [b"A1 LOGIN a b\r\n", b"A1 AUTHENTICATE PLAIN\r\n", b"AGFsaWNlAHB3"])
def test_no_credential_leaves_in_clear(line: bytes) -> None:
    with pytest.raises(SourceError):
        refuse_unsafe(line, encrypted=False)


def test_an_account_without_server_or_secret_says_what_to_set(serve: Serve) -> None:
    running = serve(Script())
    assert "Set secret" in refused(running, SettingsError, secret=None).hint
    account = replace(running.account(), server=None)
    with pytest.raises(SettingsError, match="no server"), imap.open(account):
        pass


def test_encryption_that_breaks_is_told_without_the_inside_of_a_library() -> None:
    error = ssl.SSLError(1, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] bad record mac (_ssl.c:2580)")
    error.reason = "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
    assert reason_of(error) == "the encryption failed, decryption failed or bad record mac"
    assert reason_of(OSError(104, "Connection reset by peer")) == "Connection reset by peer"
