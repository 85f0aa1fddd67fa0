"""The line to an IMAP server: a wall clock over every command, a limit to every answer, and no command that writes.

imapclient speaks over an `imaplib.IMAP4` object; `Line` is that object. imaplib waits without end for a server that
sends one byte a second or never stops talking, reads any size a server announces, and passes line ends inside a
password on as commands (CVE-2025-15366): here all three are refused, for imapclient's commands and for ours.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterator

from scanner.connectors.imap_answer import Fetched, Response
from scanner.connectors.imap_input import MAX_ANSWER, MAX_LINE, ConnectionLost, Input
from scanner.connectors.kept_back import without_secrets
from scanner.errors import SourceError

_ALLOWED = frozenset(
    b"CAPABILITY,STARTTLS,LOGIN,AUTHENTICATE,ID,NAMESPACE,LIST,STATUS,MYRIGHTS,EXAMINE,UID FETCH,UID SEARCH,NOOP,"
    b"LOGOUT".split(b",")
)
_COMMAND = re.compile(rb"[A-Z]+\d+ (UID [A-Z]+|[A-Z]+)(?: |\r\n\Z)")
_SETS_SEEN = re.compile(rb"BODY\[|RFC822(?!\.SIZE)|BINARY", re.IGNORECASE)
_BASE64_OR_CANCEL = re.compile(rb"[A-Za-z0-9+/]*={0,2}|\*|\r\n")
_DATA = re.compile(rb"\* (?!(?:OK|NO|BAD|BYE|PREAUTH)\b)", re.IGNORECASE)  # texts for people may end in "{5}"
_LITERAL = re.compile(rb"\{(\d{1,19})\+?\}\r\n\Z")
_COMMAND_OF_IMAPLIB = re.compile(r"\Acommand: [A-Z]{1,20} => ")
_UNEXPECTED = re.compile(r"\Aunexpected (?:tagged )?response: b?")
# Written as what it takes, since a set of nearly all characters takes fifty times as long to compile.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\U00010000-\U0010ffff]+")


class CommandRefused(SourceError):
    """The server answered NO or BAD. `status` is which, `text` is the server's own wording."""

    def __init__(self, command: str, status: str, text: str) -> None:
        super().__init__(f"The server refused {command}: {text or status}")
        self.status = status
        self.text = text


def printable(text: bytes | str, limit: int = 200) -> str:
    """A server's wording, fit for a sentence: one line, no control characters, cut after `limit` characters.

    Every sentence that quotes a server has its words from here, so here secrets are kept back, before it is cut.
    """
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    clean = _UNPRINTABLE.sub(" ", without_secrets(decoded)).strip()
    return clean if len(clean) <= limit else clean[:limit] + "…"


def how_it_ended(text: str) -> str:
    """The end of a connection, told in our words where `text` is imaplib's own; else what the server said with it."""
    said = _COMMAND_OF_IMAPLIB.sub("", text)
    if said == "socket error: EOF":
        return "it closed the connection."
    if said.startswith("socket error: unterminated line"):
        return "it closed the connection in the middle of an answer."
    if said.startswith("socket error: "):
        return "the line broke."
    return sentence(_UNEXPECTED.sub("its answer makes no sense: ", said)) or "it ended the connection."


def sentence(text: str, limit: int = 200) -> str:
    """What a server said, as one line with a full stop; "" where it said nothing."""
    said = printable(text, limit)
    return said if not said or said[-1] in ".!?…" else f"{said}."


class Line(imaplib.IMAP4):
    """imaplib's connection, guarded. `context` verifies the server; with `implicit` the first byte is TLS already."""

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext, *, implicit: bool, connect_timeout: float, timeout: float
    ) -> None:
        self._context = context
        self._implicit = implicit
        self._read_timeout = timeout
        self._own_tags = 0
        self._unanswered = b""
        self.encrypted = False
        try:
            super().__init__(host, port, timeout=connect_timeout)
        except BaseException:  # imaplib closes after its own errors only, not after Ctrl-C
            self.shutdown()
            raise

    def open(self, host: str = "", port: int = 993, timeout: float | None = None) -> None:
        """Connect; the TLS handshake has the same time as the connection (seconds)."""
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), timeout)
        # imaplib sends the end of a login as a segment of its own, which would wait for the server's acknowledgement.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._implicit:
            self._encrypt()
        else:
            self._listen()
        self.within(timeout or self._read_timeout)

    def _encrypt(self) -> None:
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)
        self.encrypted = True
        self._listen()

    def _listen(self) -> None:
        self._input = Input(self.sock, self._read_timeout)

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[str, list[bytes | None]]:  # type: ignore[override]  # noqa: ARG002 - imaplib's signature; the context is the one given at the start
        """RFC 9051 §6.2.1. What came before the handshake is thrown away with its buffer (CVE-2021-33515)."""
        status, data = self._simple_command("STARTTLS")
        if status == "OK":
            self.sock.settimeout(self._read_timeout)
            self._encrypt()
            self._get_capabilities()
        return status, data

    def within(self, seconds: float, allowance: int = MAX_ANSWER) -> None:
        """All answers from now on must come within `seconds` and `allowance` octets together."""
        self._input.deadline = time.monotonic() + seconds
        self._input.allowance = allowance

    def read(self, size: int) -> bytes:
        """A literal for imaplib."""
        if size > self._input.allowance:
            raise ConnectionLost(f"The server announced {size} bytes at once.")
        return self._input.read(size)

    def readline(self) -> bytes:
        """A line for imaplib and for `answers`, with its line end."""
        line = self._input.readline(MAX_LINE)
        if len(line) >= MAX_LINE:
            _refuse_unended(line)
        return line

    def send(self, data: bytes) -> None:  # type: ignore[override]  # typeshed takes any buffer
        """Send a command of the allow-list, or the base64 of a login; nothing else leaves this machine."""
        refuse_unsafe(data, encrypted=self.encrypted)
        self.sock.settimeout(self._read_timeout)
        self.sock.sendall(data)

    def shutdown(self) -> None:
        """Close the line without a word, if there is one."""
        sock: socket.socket | None = getattr(self, "sock", None)
        if sock is not None:
            sock.close()

    def put(self, command: bytes) -> None:
        """Send a command whose answers are read later by `answers` or `runs`. One at a time."""
        if self._unanswered:
            raise ConnectionLost("An earlier answer of the server was left unread.")
        self._own_tags += 1
        self._unanswered = b"MB%d " % self._own_tags
        self.send(self._unanswered + command + b"\r\n")

    def answers(self, command: bytes) -> Iterator[Response]:
        """The untagged answers to the command that was `put`, each as it comes.

        NO and BAD end in `CommandRefused`, a lost or misbehaving line in `ConnectionLost`. A caller who does not read
        to the end must not use the line again.
        """
        while (response := self._next(command)) is not None:
            yield response

    def runs(self, command: bytes) -> Iterator[list[Fetched] | Response]:
        """The same for UID FETCH: answers of the usual form by the run, as far as they came; others by themselves."""
        while True:
            usual = self._input.usual()
            if usual:
                yield usual
            elif (response := self._next(command)) is not None:
                yield response
            else:
                return

    def _next(self, command: bytes) -> Response | None:
        """The next untagged answer; None when the command is done."""
        tag = self._unanswered
        while True:
            line = self._input.readline(MAX_LINE)
            if line.endswith(b"}\r\n") and _DATA.match(line):
                return self._with_literals(line)
            _refuse_unended(line)
            if line.startswith(b"* "):
                _heed_bye(line)
                return Response(line.rstrip())
            if line.startswith(tag):
                self._unanswered = b""
                _judge(command, line[len(tag) :])
                return None
            if not line.startswith(b"+"):
                raise ConnectionLost(f"The server's answer makes no sense: {printable(line, 80)}")

    def _with_literals(self, line: bytes) -> Response:
        text: list[bytes] = []
        literals: list[bytes] = []
        while (found := _LITERAL.search(line)) is not None:
            size = int(found[1])
            literal = self.read(size)
            if len(literal) < size:
                raise ConnectionLost("The server closed the connection in the middle of a message.")
            line = self.readline()
            if line == b")\r\n" and not literals:
                return Response(found.string[:-2] + b")", (literal,))
            text.append(found.string[:-2])
            literals.append(literal)
        _refuse_unended(line)
        text.append(line.rstrip())
        return Response(b"".join(text), tuple(literals))


def refuse_unsafe(data: bytes, *, encrypted: bool) -> None:
    """Raise `SourceError` unless these bytes are a command that only reads, or part of a login."""
    command = _COMMAND.match(data)
    if command is None:
        if _BASE64_OR_CANCEL.fullmatch(data) is None or not encrypted:
            raise SourceError("An unknown command was about to be sent to the server; it was stopped.")
        return
    verb = command[1]
    if verb not in _ALLOWED or (verb == b"UID FETCH" and _SETS_SEEN.search(data)):
        raise SourceError(f"The command {printable(verb)} could change the mailbox; it was not sent.")
    if verb in (b"LOGIN", b"AUTHENTICATE") and not encrypted:
        raise SourceError("A credential was about to be sent without encryption; it was stopped.")
    body = data[:-2] if data.endswith(b"\r\n") else data
    if b"\r" in body or b"\n" in body or b"\0" in body:
        raise SourceError("A line end inside a command was about to be sent to the server; it was stopped.")


def _refuse_unended(line: bytes) -> None:
    if not line.endswith(b"\n"):
        if len(line) >= MAX_LINE:
            raise ConnectionLost("The server sent a line that does not end.")
        raise ConnectionLost("The server closed the connection in the middle of an answer.")


def _heed_bye(line: bytes) -> None:
    if line[2:5].upper() == b"BYE":
        raise ConnectionLost(f"The server ended the connection: {printable(line[5:])}")


def _judge(command: bytes, rest: bytes) -> None:
    status, _, text = rest.partition(b" ")
    name = status.strip().upper()
    if name == b"OK":
        return
    if name not in (b"NO", b"BAD"):
        raise ConnectionLost(f"The server's answer makes no sense: {printable(rest, 80)}")
    verb = command.split(b" (", 1)[0].split(b" ")
    short = b" ".join(verb[:2] if verb[0] == b"UID" else verb[:1])
    raise CommandRefused(short.decode("ascii"), name.decode("ascii"), printable(text))
