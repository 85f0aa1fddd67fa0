"""One logged-in connection to an IMAP server: connect, log in, list, examine, search and fetch."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import TypeVar

import imapclient

from scanner import __version__
from scanner.account import ImapServer
from scanner.connectors.imap_answer import Fetched, Response
from scanner.connectors.imap_connect import connect, reason_of
from scanner.connectors.imap_input import MAX_ANSWER, ConnectionLost
from scanner.connectors.imap_line import CommandRefused, Line, how_it_ended, printable
from scanner.connectors.imap_login import log_in
from scanner.connectors.imap_rights import rights_in
from scanner.errors import SourceError

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
_ESEARCH = re.compile(rb'\* ESEARCH (?:\(TAG "[^"]*"\) )?UID ALL ([\d:,]+)', re.IGNORECASE)
_RUN = re.compile(rb"(\d{1,10})(?::(\d{1,10}))?")
_MOST_UIDS = 2_000_000  # of an answer in runs: as many as a whole line of them by themselves holds


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

    def __init__(self, server: ImapServer, token: Callable[[], str] | None, until: float = inf) -> None:
        """Connect, encrypt and log in. Raises the errors of `scanner.errors` for a server that cannot be used.

        No command lasts beyond `until` (`time.monotonic`).
        """
        self._server = server
        self._until = until
        self._ahead = b""
        # imapclient writes headers, and so addresses, to its log at DEBUG.
        logging.getLogger("imapclient").setLevel(logging.WARNING)
        self._client = connect(server)
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

    def rights(self, name: bytes) -> str | None:
        """The letters of what the login may do with a folder (MYRIGHTS); None where the server does not say."""
        if "ACL" not in self.capabilities:
            return None
        with suppress(CommandRefused):
            return rights_in(self._ask(b"MYRIGHTS " + _quoted(name)))
        return None

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

    def search_range(self, low: int, high: int) -> list[int]:
        """The UIDs of a range, ascending; in runs where the server can (RFC 4731), which takes hardly an octet each."""
        if "ESEARCH" not in self.capabilities:
            return self.search(b"UID %d:%d" % (low, high))
        found: set[int] = set()
        for response in self._ask(b"UID SEARCH RETURN (ALL) UID %d:%d" % (low, high)):
            runs, line = _ESEARCH.match(response.text), _SEARCH.match(response.text)
            if runs is not None:
                found.update(_expanded(runs[1], low, high))
            elif line is not None:
                found.update(int(number) for number in line[1].split() if len(number) <= 10)
        return sorted(found)

    def fetch(self, uids: bytes, items: bytes, allowance: int = MAX_ANSWER) -> Iterator[list[Fetched] | Response]:
        """The answers to UID FETCH, those of the usual form by the run, as they come.

        `uids` in the syntax of a sequence set, `items` with its brackets.
        """
        command = _fetch_command(uids, items)
        with self._translated():
            self._send(command, allowance)
            yield from self._line.runs(command)

    def fetch_ahead(self, uids: bytes, items: bytes) -> None:
        """Let the server begin with what `fetch` will ask for next, while we work on what came before.

        One command at a time: a server may mix the answers to several (RFC 9051 §5.5), and Dovecot does.
        """
        self._settle()
        command = _fetch_command(uids, items)
        with self._translated():
            self._line.put(command)
        self._ahead = command

    def close(self) -> None:
        """Say goodbye if the line still stands and nothing is on its way; never an error."""
        try:
            if not self._ahead:
                self._line.within(min(5.0, self._server.command_deadline))
                with suppress(SourceError), self._translated():
                    self._client.logout()
        finally:
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

    def _ask(self, command: bytes) -> Iterator[Response]:
        with self._translated():
            self._send(command)
            yield from self._line.answers(command)

    def _send(self, command: bytes, allowance: int = MAX_ANSWER) -> None:
        if self._ahead != command:
            self._settle()
            self._line.put(command)
        self._ahead = b""
        self._line.within(self._seconds(), allowance)

    def _settle(self) -> None:
        """Read what was asked for ahead and is not wanted any more."""
        ahead, self._ahead = self._ahead, b""
        if ahead:
            self._line.within(self._seconds())
            with suppress(CommandRefused), self._translated():
                for _ in self._line.answers(ahead):
                    pass

    def _seconds(self) -> float:
        """How long a command may last."""
        return min(self._server.command_deadline, max(0.0, self._until - time.monotonic()))

    def _within(self, action: Callable[[], T]) -> T:
        """Run a method of imapclient under the deadline, and turn what it raises into our errors."""
        self._settle()
        self._line.within(self._seconds())
        with self._translated():
            return action()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        host = self._server.host
        try:
            yield
        except imapclient.IMAPClient.AbortError as error:
            # "from None": the text of the original error is the server's own, which may repeat a secret.
            raise ConnectionLost(f"The server {host} broke off: {how_it_ended(str(error))}") from None
        except imapclient.IMAPClient.Error as error:
            raise CommandRefused("a command", "NO", printable(str(error))) from None
        except TimeoutError as error:
            raise ConnectionLost(f"The server {host} stopped answering.") from error
        except OSError as error:
            raise ConnectionLost(f"The connection to {host} broke: {reason_of(error)}.") from error
        except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
            # imapclient's response lexer raises any of these for an answer that is no IMAP.
            raise ConnectionLost(f"The answer of {host} makes no sense ({type(error).__name__}).") from error


def _expanded(runs: bytes, low: int, high: int) -> list[int]:
    """The UIDs of a sequence set from `low` to `high`. Raises `ConnectionLost` for more than a folder can hold."""
    found: list[int] = []
    for run in _RUN.finditer(runs):
        one, other = sorted((int(run[1]), int(run[2] or run[1])))
        one, other = max(one, low), min(other, high)
        if len(found) + other - one >= _MOST_UIDS:
            raise ConnectionLost("The server names more messages than any folder holds.")
        found += range(one, other + 1)
    return found


def _fetch_command(uids: bytes, items: bytes) -> bytes:
    return b"UID FETCH " + uids + b" " + items


def _quoted(name: bytes) -> bytes:
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _unquoted(quoted: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL)


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
