"""One logged-in connection to an IMAP server: connect, log in, list, examine, search and fetch."""

from __future__ import annotations

import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import imapclient

from scanner import __version__
from scanner.account import ImapServer, Tls
from scanner.connectors.imap_line import MAX_ANSWER, CommandRefused, ConnectionLost, Line, Response, printable
from scanner.connectors.imap_login import log_in
from scanner.errors import InsecureTransport, LoginRefused, ServerUnreachable, SettingsError

T = TypeVar("T")

_LIST = re.compile(
    rb'\* LIST \(([^)]*)\) (?:NIL|"((?:[^"\\]|\\.)*)") (?:"((?:[^"\\]|\\.)*)"|\{\d+\+?\}|([^"{].*))', re.DOTALL
)
_NUMBER = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in (
        ("exists", rb"\* (\d{1,10}) EXISTS\b"),
        ("uidvalidity", rb"\* OK \[UIDVALIDITY (\d{1,10})\]"),
        ("uidnext", rb"\* OK \[UIDNEXT (\d{1,10})\]"),
    )
}
_MESSAGES = re.compile(rb"\* STATUS .*[( ]MESSAGES (\d{1,10})[) ]", re.DOTALL | re.IGNORECASE)
# The three parts of NAMESPACE: ours, other people's, shared; each NIL or a list of prefix and delimiter.
_NAMESPACES = re.compile(rb'NIL|\((?:\((?:[^()"]|"(?:[^"\\]|\\.)*")*\) ?)+\)')
_PREFIX = re.compile(rb'\("((?:[^"\\]|\\.)*)"')
_SEARCH = re.compile(rb"\* SEARCH\b([\d ]*)", re.IGNORECASE)

# OpenSSL's numbers for what is wrong with a certificate (X509_V_ERR_…), and what to do about it.
_CERTIFICATE = {
    7: ("carries a signature that its authority did not make", "Check ca_file; else somebody is in between."),
    9: ("is not valid yet", "Check the clock of this machine."),
    10: ("has expired", "Ask the server's administrator to renew it."),
    18: ("is signed by itself", "If you know the server, store its certificate and name it with ca_file."),
    19: ("is signed by an authority this machine does not know", "Name the authority's certificate with ca_file."),
    20: ("is signed by an authority this machine does not know", "Name the authority's certificate with ca_file."),
    21: ("is signed by an authority this machine does not know", "Name the authority's certificate with ca_file."),
    62: ("is made out to another name", "Use the name in the certificate as host."),
    64: ("is made out to another name", "Use the name in the certificate as host."),
}


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """One line of LIST. `name` is exactly as the server wrote it; `delimiter` is "" when folders do not nest."""

    name: bytes
    delimiter: str
    attributes: frozenset[str]  # lower case, with the backslash


@dataclass(frozen=True, slots=True)
class Selected:
    """The answer to EXAMINE. `uidvalidity` 0 and `uidnext` None mean that the server did not say."""

    uidvalidity: int
    uidnext: int | None
    exists: int


class Session:
    """Not thread-safe. Every method raises `CommandRefused` for NO and BAD, `ConnectionLost` when the line is gone."""

    def __init__(self, server: ImapServer, token: Callable[[], str] | None) -> None:
        """Connect, encrypt and log in. Raises the errors of `scanner.errors` for a server that cannot be used."""
        self._server = server
        self._ahead = b""
        # imapclient writes headers, and so addresses, to its log at DEBUG.
        logging.getLogger("imapclient").setLevel(logging.WARNING)
        self._client = _connect(server)
        try:
            self._line: Line = self._client.line
            self._within(lambda: log_in(self._client, server, token))
            self._introduce()
        except BaseException:
            self.drop()
            raise
        self._selected: bytes | None = None

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server offers now that we are logged in, upper case."""
        return frozenset(c.decode("ascii", "replace") for c in self._within(self._client.capabilities))

    def foreign_prefixes(self) -> tuple[str, ...]:
        """The prefixes of other people's and shared folders (RFC 2342); empty when the server does not say."""
        found: list[bytes] = []
        if "NAMESPACE" in self.capabilities:
            with suppress(CommandRefused):
                for response in self._ask(b"NAMESPACE"):
                    if response.text.startswith(b"* NAMESPACE"):
                        for others in _NAMESPACES.findall(response.text)[1:3]:
                            found += map(_unquoted, _PREFIX.findall(others))
        return tuple(_text(prefix) for prefix in found if prefix)

    def list_folders(self) -> list[ListedFolder]:
        """Every folder, each name once, in the server's order."""
        found: dict[bytes, ListedFolder] = {}
        for response in self._ask(b'LIST "" "*"'):
            line = _LIST.fullmatch(response.text)
            if line is None:
                continue
            name = response.literals[0] if response.literals else line[4] if line[4] is not None else _unquoted(line[3])
            attributes = frozenset(line[1].decode("ascii", "replace").lower().split())
            found.setdefault(name, ListedFolder(name, _text(_unquoted(line[2] or b"")), attributes))
        return list(found.values())

    def count(self, name: bytes) -> int | None:
        """How many messages a folder holds that is not selected; None when the server does not say (STATUS)."""
        messages: int | None = None
        for response in self._ask(b"STATUS " + _quoted(name) + b" (MESSAGES)"):
            found = _MESSAGES.match(response.text)
            if found is not None:
                messages = int(found[1])
        return messages

    def examine(self, name: bytes) -> Selected:
        """Select a folder without the right to change it (EXAMINE), and say what it is."""
        self._selected = None
        numbers: dict[str, int] = {}
        for response in self._ask(b"EXAMINE " + _quoted(name)):
            for key, pattern in _NUMBER.items():
                found = pattern.match(response.text)
                if found is not None:
                    numbers[key] = int(found[1])
        self._selected = name
        return Selected(numbers.get("uidvalidity", 0), numbers.get("uidnext"), numbers.get("exists", 0))

    @property
    def selected(self) -> bytes | None:
        """The name of the folder that is selected now."""
        return self._selected

    def search(self, criteria: bytes) -> list[int]:
        """The UIDs that match, ascending, each once; several SEARCH lines and stray spaces are taken together."""
        found: set[int] = set()
        for response in self._ask(b"UID SEARCH " + criteria):
            line = _SEARCH.match(response.text)
            if line is not None:
                found.update(int(number) for number in line[1].split() if len(number) <= 10)
        return sorted(found)

    def fetch(self, uids: bytes, items: bytes, allowance: int = MAX_ANSWER) -> Iterator[Response]:
        """The answers to UID FETCH as they come; `uids` in the syntax of a sequence set, `items` with its brackets."""
        return self._ask(_fetch_command(uids, items), allowance)

    def fetch_ahead(self, uids: bytes, items: bytes) -> None:
        """Let the server begin with what `fetch` will ask for next, while we work on what came before."""
        self._settle()
        command = _fetch_command(uids, items)
        with self._translated():
            self._line.put(command)
        self._ahead = command

    def close(self) -> None:
        """Say goodbye if the line still stands and nothing is on its way; never an error."""
        if not self._ahead:
            self._line.within(min(5.0, self._server.command_deadline))
            with suppress(OSError, ConnectionLost, imapclient.IMAPClient.Error):
                self._client.logout()
        self.drop()

    def drop(self) -> None:
        """Cut the line without a word; never an error."""
        with suppress(OSError, imapclient.IMAPClient.Error):
            self._client.shutdown()

    def _introduce(self) -> None:
        """ID (RFC 2971): some providers refuse whoever does not say it after the login."""
        if "ID" in self.capabilities:
            with suppress(CommandRefused):
                for _ in self._ask(b'ID ("name" "missedbcc" "version" "%s")' % __version__.encode()):
                    pass

    def _ask(self, command: bytes, allowance: int = MAX_ANSWER) -> Iterator[Response]:
        with self._translated():
            if self._ahead != command:
                self._settle()
                self._line.put(command)
            self._ahead = b""
            self._line.within(self._server.command_deadline, allowance)
            yield from self._line.answers(command)

    def _settle(self) -> None:
        """Read what was asked for ahead and is not wanted any more."""
        ahead, self._ahead = self._ahead, b""
        if ahead:
            self._line.within(self._server.command_deadline)
            with suppress(CommandRefused), self._translated():
                for _ in self._line.answers(ahead):
                    pass

    def _within(self, action: Callable[[], T]) -> T:
        """Run a method of imapclient under the deadline, and turn what it raises into our errors."""
        self._settle()
        self._line.within(self._server.command_deadline)
        with self._translated():
            return action()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        host = self._server.host
        try:
            yield
        except imapclient.IMAPClient.AbortError as error:
            raise ConnectionLost(f"The server {host} broke off: {printable(str(error))}") from error
        except imapclient.IMAPClient.Error as error:
            raise CommandRefused("a command", "NO", printable(str(error))) from error
        except TimeoutError as error:
            raise ConnectionLost(f"The server {host} stopped answering.") from error
        except OSError as error:
            raise ConnectionLost(f"The connection to {host} broke: {_reason(error)}.") from error
        except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
            # imapclient's response lexer raises any of these for an answer that is no IMAP.
            raise ConnectionLost(f"The answer of {host} makes no sense ({type(error).__name__}).") from error


class _Client(imapclient.IMAPClient):  # type: ignore[misc]  # imapclient ships no types
    """imapclient over our guarded line."""

    def __init__(self, server: ImapServer, context: ssl.SSLContext) -> None:
        self._server = server
        self._verifying = context
        implicit = server.tls is Tls.IMPLICIT
        super().__init__(
            server.host,
            server.port,
            ssl=implicit,
            ssl_context=context,
            timeout=imapclient.SocketTimeout(server.connect_timeout, server.read_timeout),
        )
        self.folder_encode = False
        self.normalise_times = False

    def _create_IMAP4(self) -> Line:  # noqa: N802 - imapclient's name
        server = self._server
        self.line = Line(
            server.host,
            server.port,
            self._verifying,
            implicit=server.tls is Tls.IMPLICIT,
            connect_timeout=server.connect_timeout,
            timeout=server.read_timeout,
        )
        return self.line


def _connect(server: ImapServer) -> _Client:
    """An encrypted line to a server that proved who it is. Nothing secret was said on it yet."""
    context = _context(server)
    place = f"{server.host}:{server.port}"
    try:
        client = _Client(server, context)
    except ConnectionLost as error:
        raise ServerUnreachable(f"The server {place} turned us away. {error}", "Try again later.") from error
    except imapclient.IMAPClient.Error as error:
        raise _no_greeting(place, error) from error
    except ssl.SSLError as error:
        raise _insecure(server, error) from error
    except (OSError, UnicodeError) as error:
        raise _unreachable(server, error) from error
    try:
        _secure(client, server, context)
    except BaseException:
        with suppress(OSError):
            client.shutdown()
        raise
    return client


def _secure(client: _Client, server: ImapServer, context: ssl.SSLContext) -> None:
    place = f"{server.host}:{server.port}"
    if client.line.state != "NONAUTH":
        # PREAUTH would jump over STARTTLS (CVE-2020-12398), and under TLS it opens nobody knows whose mailbox.
        raise InsecureTransport(
            f"The server {place} claims that we are logged in before we said who we are (PREAUTH); we left.",
            'Use the TLS port (tls = "implicit", port = 993), and check that host is the right server.',
        )
    if server.tls is Tls.IMPLICIT:
        return
    if not client.has_capability("STARTTLS"):
        raise InsecureTransport(
            f"The server {place} does not offer STARTTLS, or somebody on the way removed the offer; no word was said.",
            'Use the TLS port instead: tls = "implicit", port = 993.',
        )
    client.line.within(server.connect_timeout)
    try:
        client.starttls(context)
    except ssl.SSLError as error:
        raise _insecure(server, error) from error
    except (imapclient.IMAPClient.Error, ConnectionLost) as error:
        raise InsecureTransport(
            f"The server {place} refused STARTTLS: {printable(str(error))}",
            'Use the TLS port instead: tls = "implicit", port = 993.',
        ) from error
    except OSError as error:
        raise _unreachable(server, error) from error


def _context(server: ImapServer) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file is not None else None)
    except OSError as error:  # ssl.SSLError is one: a file that holds no certificate
        raise SettingsError(
            f"The file {server.ca_file} cannot be used as ca_file: {_reason(error)}.",
            "Name a file with the authority's certificate in PEM form.",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    return context


def _insecure(server: ImapServer, error: ssl.SSLError) -> InsecureTransport:
    place = f"{server.host}:{server.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        what, fix = _CERTIFICATE.get(
            error.verify_code, (f"cannot be trusted: {error.verify_message}", "Ask the server's administrator.")
        )
        return InsecureTransport(f"The certificate of {place} {what}; the login was not sent.", fix)
    if error.reason in {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"}:
        fix = 'Port 993 speaks TLS; for port 143 set tls = "starttls".'
        return InsecureTransport(f"The server {place} does not speak TLS on this port; the login was not sent.", fix)
    reason = (error.reason or "the handshake failed").replace("_", " ").lower()
    return InsecureTransport(
        f"No encryption could be agreed with {place}: {reason}; the login was not sent.",
        "The server must speak TLS 1.2 or later.",
    )


def _unreachable(server: ImapServer, error: OSError | UnicodeError) -> ServerUnreachable:
    place = f"{server.host}:{server.port}"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return ServerUnreachable(
            f"There is no server named {server.host}.", "Check host, and the network's name service."
        )
    if isinstance(error, ConnectionRefusedError):
        return ServerUnreachable(f"Nobody answers at {place}.", "Check port, and that IMAP is switched on there.")
    if isinstance(error, TimeoutError):
        sentence = f"The server {place} did not answer within {server.connect_timeout:.0f} seconds."
        return ServerUnreachable(sentence, "Check host and port, and whether a firewall is between.")
    return ServerUnreachable(
        f"The server {place} cannot be reached: {_reason(error)}.", "Check host, port and network."
    )


def _no_greeting(place: str, error: Exception) -> ServerUnreachable | LoginRefused:
    return ServerUnreachable(
        f"The server {place} did not greet us as an IMAP server does: {printable(str(error))}",
        "Check host and port; if they are right, the server is overloaded or blocks this machine: try again later.",
    )


def _reason(error: BaseException) -> str:
    return printable(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _fetch_command(uids: bytes, items: bytes) -> bytes:
    return b"UID FETCH " + uids + b" " + items


def _quoted(name: bytes) -> bytes:
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _unquoted(quoted: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL)


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
