"""What sources really say when something is wrong, in other languages: nothing English is left but others' words."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from unittest.mock import Mock

import pytest

import reports
from reports.catalogue import Catalogue
from reports.phrases import COLONS, SOURCES, TRANSLATED, answers, manner, said_of
from scanner.account import (
    Account,
    GraphSignIn,
    ImapServer,
    OAuthClient,
    Proof,
    SecretKind,
    SecretReference,
    Tls,
)
from scanner.connectors import folder_marks, imap_connect, imap_login, imap_names, oauth, open_mailbox, sign_in
from scanner.connectors.credentials import secret_of
from scanner.connectors.discover import discover
from scanner.connectors.graph_link import address_of, following
from scanner.connectors.graph_refusal import as_source_error, not_accepted, refusal_of
from scanner.connectors.graph_token import tokens_of
from scanner.connectors.imap_cursor import position
from scanner.connectors.imap_line import CommandRefused, how_it_ended, refuse_unsafe
from scanner.connectors.imap_session import Selected, Session
from scanner.connectors.interface import Cursor, CursorLost, Folder, no_such_folder
from scanner.connectors.retry import Patience
from scanner.coverage import ChosenBy, Coverage
from scanner.detector.internal import UNKNOWN_OWNER
from scanner.detector.proposal import propose_internal
from scanner.envelope import Skipped, Unreadable
from scanner.errors import MissedBccError, SourceError, SourceInterrupted
from scanner.folder_scan import _not_listed
from scanner.scan import _DEPARTED

# fmt: off
ENGLISH_WORDS = frozenset((
    "the", "of", "is", "it", "not", "and", "has", "have", "that", "this", "which", "while", "cannot", "does", "did",
    "with", "again", "its", "our", "you", "read", "been", "were", "would", "only", "there", "what", "how", "who",
    "whom", "wait", "seconds", "failed", "refused", "answered", "could", "should", "folder", "mailbox", "check",
    "The", "It", "Its", "This", "There", "What", "Check", "You", "Wait", "Run", "Set",
))
# fmt: on
"""Words of English that neither French nor German has, and that hardly any sentence of ours goes without."""
SERVER = ImapServer(
    "mail.example", "ann@company.example", secret=SecretReference(SecretKind.ENVIRONMENT, "NOT_SET_4711")
)
PROOF = imap_login.Proof("ann@company.example", "geheim", "")
SIGN_IN = GraphSignIn("tenant.example", "1234-abcd", Proof.SECRET)
MESSAGE = b"From: Ann <ann@company.example>\nTo: ben@other.example\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n\nHello\n"


def english_in(text: str) -> set[str]:
    return {word for word in re.findall(r"[A-Za-zÀ-ÿ’'_]+", text) if word in ENGLISH_WORDS}


def told(text: str, code: str) -> tuple[str, list[str]]:
    """The text in a language with a mark for whatever is not ours, and the sentences that stay English."""
    missed: list[str] = []

    def note(sentence: str) -> str:
        missed.append(sentence)
        return sentence

    return said_of(marking(code), text, note, COLONS[code]), missed


@cache
def marking(code: str) -> Catalogue:
    """The catalogue of a language that puts a mark in place of whatever is not ours."""
    return Catalogue(answers(code), manner(code, lambda _: "§"))


def raised(kind: type[BaseException], act: Callable[[], object]) -> BaseException:
    with pytest.raises(kind) as caught:
        act()
    return caught.value


def of_error(error: BaseException) -> Iterator[str]:
    yield str(error)
    if isinstance(error, MissedBccError) and error.hint:
        yield error.hint


# What goes wrong over IMAP.


def logins() -> Iterator[BaseException]:
    said = (
        b"[AUTHENTICATIONFAILED] Authentication failed.",
        b"[ALERT] Application-specific password required",
        b"[ALERT] Please log in via your web browser",
        b"LOGIN disabled: basic auth is disabled",
        b"[AUTHORIZATIONFAILED] not authorized",
        b"[EXPIRED] Password expired",
        b"User is authenticated but not connected.",
        b"[UNAVAILABLE] Temporary failure, try again",
        b"",
    )
    for text in said:
        yield imap_login.refusal(SERVER, PROOF, str(text), [])
    shared = replace(SERVER, act_as="shared@company.example")
    yield imap_login.refusal(shared, PROOF, str(said[0]), [b'{"status": "401"}'])
    for ending in ("socket error: EOF", "socket error: unterminated line: b''", "socket error: 1", "Bye now", ""):
        yield imap_login._cut(SERVER, how_it_ended(ending))
    yield imap_login._cut(SERVER, "it stopped answering.")
    yield imap_login._cut(SERVER, "its answer makes no sense (ValueError).")
    yield raised(MissedBccError, lambda: imap_login.check_words(SERVER, "a\nb"))
    yield raised(MissedBccError, lambda: imap_login.check_words(replace(SERVER, user=""), "a"))


def lines_that_broke() -> Iterator[BaseException]:
    far = "The folder Sent Items was read up to the message before UID 4711."
    troubles = (
        "The server ended the connection: Server shutting down.",
        "The server mail.example broke off: it closed the connection.",
        "The server mail.example broke off: * BYE overloaded.",
        "The server mail.example stopped answering.",
        "The connection to mail.example broke: Connection reset by peer.",
        "The connection to mail.example broke: the encryption failed, bad record mac.",
        "The server's answer makes no sense: * 4 FOO",
        "The server announced 123456789 bytes at once.",
        "The server asks for a pause: Request is throttled. Suggested Backoff Time: 299962 milliseconds",
        "The server mail.example broke off during the login: Too many logins.",
        "The server mail.example:993 turned us away. The server ended the connection: Too many connections",
        "The server mail.example:993 did not greet us as an IMAP server does: it ended the connection.",
        "The server mail.example:993 cannot be reached: No route to host.",
        "The connection to mail.example:993 broke while its encryption was agreed: EOF occurred.",
        "The service answered 503 serviceNotAvailable.",
        "The service answered 429.",
        "An answer of https://graph.microsoft.com did not come whole: ReadTimeout.",
        "An answer of https://graph.microsoft.com did not come whole: it is not of the form that the service promises.",
    )
    for trouble in troubles:
        for so_far in (far, "Nothing of this folder was read yet.", "Reading ann/Sent stopped there.", ""):
            for asked in (900.0, None):
                wrong = SourceInterrupted(trouble, retry_after=asked)
                yield raised(SourceInterrupted, partial(Patience(attempts=0).wait, wrong, so_far))
    cut = imap_login._cut(SERVER, "Too many logins.")
    yield SourceError(f"{cut} It did so 2 times, so the login was not sent once more: that locks accounts.")


def imap() -> Iterator[BaseException]:
    yield CommandRefused("UID FETCH", "NO", "Mailbox is busy. Please wait")
    yield CommandRefused("a command", "NO", "Server Unavailable. 15")
    session = Mock(Session)  # that is asked nothing before this is raised
    yield raised(CursorLost, lambda: position(session, Selected(3, 4, 1), Cursor("1/2")))
    yield raised(CursorLost, lambda: position(session, Selected(0, None, 1), Cursor("1/2")))
    for data in (b"A1 STORE 1 FLAGS\r\n", b"what\r\n", b"A1 LOGIN a b\r\n", b"A1 LIST a\nb\r\n"):
        yield raised(SourceError, lambda: refuse_unsafe(data, encrypted=False))  # noqa: B023
    yield no_such_folder("ann", "Sent. Old")
    yield imap_names.no_sent_folder("ann", [])
    yield imap_names.no_sent_folder("ann", ["INBOX"])
    yield imap_names.no_sent_folder("ann", [f"Folder {n}" for n in range(50)])
    missing = imap_names.not_there(["INBOX"], ["Sent"])
    assert missing is not None
    yield missing
    for number in (*imap_connect._CERTIFICATE, 4711):
        error = ssl.SSLCertVerificationError(1, "certificate verify failed")
        error.reason, error.verify_code, error.verify_message = "CERTIFICATE_VERIFY_FAILED", number, "bad purpose"
        yield imap_connect._insecure(SERVER, error)
    for reason in ("WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", ""):
        other = ssl.SSLError(1, "failed")
        other.reason = reason
        yield imap_connect._insecure(SERVER, other)
    for refused in (socket.gaierror(), ConnectionRefusedError(), TimeoutError(), OSError(113, "No route to host")):
        yield imap_connect._unreachable(SERVER, refused)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = replace(SERVER, host="127.0.0.1", port=closed.getsockname()[1], tls=Tls.STARTTLS)
        yield raised(SourceError, lambda: imap_connect.connect(nobody))
    wrong = replace(SERVER, ca_file=Path("/not/there.pem"))
    yield raised(MissedBccError, lambda: imap_connect.connect(wrong))
    yield raised(MissedBccError, lambda: imap_login._password(Mock(), SERVER, replace(PROOF, act_as="x")))


# What goes wrong with Microsoft Graph.


def graph() -> Iterator[BaseException]:
    codes = ["ErrorAccessDenied", "Authorization_RequestDenied", "MailboxNotEnabledForRESTAPI", "ErrorItemNotFound"]
    codes += ["SyncStateNotFound", "ErrorMailboxMoveInProgress", "TooManyRequests", "ErrorInternalServerError", "x"]
    for status in (200, 400, 401, 403, 404, 410, 429, 500, 503, 504):
        yield as_source_error(refusal_of(status, {"Retry-After": "5"}, b"<html>"))
        for code in codes:
            yield as_source_error(refusal_of(status, {}, b'{"error": {"code": "%s"}}' % code.encode()))
    for date in ("", "Mon, 02 Mar 2020 10:00:00 GMT", "Mon, 02 Mar 2099 10:00:00 GMT"):
        yield not_accepted({"Date": date})
    yield raised(SourceError, lambda: address_of("https://evil.example/x", "https://graph.microsoft.com"))
    yield raised(SourceError, lambda: following("/next"))
    yield raised(MissedBccError, tokens_of(SIGN_IN).token)
    numbers = {*sign_in.FIXES, *oauth._FIXES, 4711}
    for who in ("the application 1234-abcd", "the managed identity"):
        for number in numbers:
            yield sign_in.refused(who, {"error": "x", "error_codes": [number]}, oauth._FIXES)
        for name in ("invalid_client", "Something quoted"):
            yield sign_in.refused(who, {"error": name}, {})
    client = OAuthClient("https://login.example/t", "1234", "scope")
    yield raised(MissedBccError, lambda: oauth._credential(client))
    yield sign_in._not_reached(OSError(), "login.example")


# What goes wrong with archives, and in a run.


def archives(folder: Path) -> Iterator[str]:
    for name, content in (
        ("old.pst", b"!BDN" + bytes(600)),
        ("one.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("two.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("all.zip", b"PK\x03\x04" + bytes(600)),
    ):
        (folder / name).write_bytes(content)
    (folder / "gone.mbox").symlink_to(folder / "nowhere")
    yield from of_error(raised(SourceError, lambda: discover(folder)))
    yield from of_error(raised(MissedBccError, lambda: discover(folder / "olb.pst")))
    for each in ("old.pst", "gone.mbox", "all.zip"):
        yield from of_error(raised(SourceError, lambda: discover(folder / each)))  # noqa: B023
    (folder / "one.eml").write_bytes(MESSAGE)
    (folder / "none.eml").write_bytes(b"")
    (folder / "bad.eml").write_bytes(gzip.compress(MESSAGE)[:30])
    (folder / "link.eml").symlink_to("/etc/hostname")
    found = discover(folder)
    for where, error in found.unread:
        yield from (f"{where}: {text}" for text in of_error(error))
    yield from (why for _, why in found.ignored)
    yield from readings(Account("letters", "eml", folder))
    cut = folder / "sent.mbox.gz"
    many = (b"From ann@company.example Mon Mar  2 10:00:00 2026\n" + MESSAGE + b"\n") * 400
    packed = gzip.compress(many, compresslevel=0)
    for content in (packed[:-20], packed + b"what is this", packed[:2000] + b"\xff" * 2000 + packed[4000:]):
        cut.write_bytes(content)
        yield from readings(Account(str(cut), "mbox", cut))
    for scheme in ("mbox", "maildir", "eml", "imap", "graph", "nonsense"):
        for path in (None, folder / "one.eml", folder / "old.pst"):
            yield from readings(Account("ann", scheme, path))
    wanting = Account("a", "mbox", folder, sent_folders=("x",))
    yield from of_error(raised(SourceError, lambda: folder_marks.all_there(wanting, {"b": "b"})))


def readings(account: Account) -> Iterator[str]:
    """What is said of the messages of an account that are no envelopes, and of what ends the reading."""
    try:
        with open_mailbox(account) as mailbox:
            for folder in mailbox.folders():
                for _, reading in mailbox.read(folder):
                    if isinstance(reading, (Unreadable, Skipped)):
                        yield reading.reason
    except MissedBccError as error:
        yield from of_error(error)


def runs() -> Iterator[str]:
    folder = Folder("ann", "Sent", 9, ChosenBy.NAME)
    coverage = Coverage("ann", "Sent", ChosenBy.NAME, 9, read=7)
    for missing in (7, 8):
        yield from of_error(_not_listed(folder, replace(coverage, read=missing)))
    yield from (_DEPARTED, *UNKNOWN_OWNER)
    yield from propose_internal([]).sentences
    yield from propose_internal([], ["ann@company.example", "ben@company.test"]).sentences


def secrets(folder: Path) -> Iterator[BaseException]:
    open_to_all = folder / "open"
    open_to_all.write_text("x")
    open_to_all.chmod(0o644)
    for kind, place in (
        (SecretKind.ENVIRONMENT, "NOT_SET_4711"),
        (SecretKind.FILE, str(folder / "none")),
        (SecretKind.FILE, str(folder)),
        (SecretKind.FILE, str(open_to_all)),
        (SecretKind.COMMAND, "no-such-program-4711 x"),
        (SecretKind.COMMAND, "false"),
        (SecretKind.COMMAND, "true"),
        (SecretKind.COMMAND, "printf 'a\\001b'"),
        (SecretKind.COMMAND, "printf '\\377'"),
        (SecretKind.COMMAND, "'open"),
        (SecretKind.COMMAND, " "),
        (SecretKind.CREDENTIAL, "mail"),
        (SecretKind.KEYRING, "missedbcc/ann"),
    ):
        yield raised(MissedBccError, lambda: secret_of(SecretReference(kind, place)))  # noqa: B023


def all_said(folder: Path) -> list[str]:
    errors = (*logins(), *lines_that_broke(), *imap(), *graph(), *secrets(folder))
    said = [*(text for error in errors for text in of_error(error)), *archives(folder), *runs()]
    return [text.replace(str(folder), "/srv/mail") for text in said]


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_english_is_left_of_what_sources_say(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    said = dict.fromkeys(all_said(tmp_path))
    assert len(said) > 300
    left = {}
    for text in said:
        for sentence in (text, f"ann@company.example: {text}", f"C. Mail: Sent: Items: {text}"):
            answer, missed = told(sentence, code)
            if missed or english_in(answer.removeprefix("C. Mail: Sent: Items")):
                left[sentence] = answer
    assert left == {}


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_word_of_english_stands_in_an_answer(code: str) -> None:
    text = (Path(next(iter(reports.__path__))) / "languages" / f"{SOURCES}.{code}.toml").read_text("utf-8")
    answers_ = [answer for table in tomllib.loads(text).values() for answer in table.values()]
    assert len(answers_) > 300
    assert {answer: english_in(answer) for answer in answers_ if english_in(answer)} == {}
