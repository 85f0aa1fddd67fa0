"""An encrypted line to an IMAP server that proved who it is, or the sentence that says why there is none."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

import imapclient

from scanner.account import ImapServer, Tls
from scanner.connectors.imap_input import ConnectionLost
from scanner.connectors.imap_line import Line, how_it_ended, printable, sentence
from scanner.connectors.tls_socket import SPOILT, closing
from scanner.errors import InsecureTransport, ServerUnreachable, SettingsError

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


_CUTS = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


class BrokenOff(ServerUnreachable):
    """The line broke or fell silent before the login: nothing was refused, and the next attempt may fare better."""


class Client(imapclient.IMAPClient):  # type: ignore[misc]  # imapclient ships no types
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


def connect(server: ImapServer) -> Client:
    """An encrypted line to a server that proved who it is. Nothing secret was said on it yet.

    Raises `BrokenOff` where trying again may help, and other errors of `scanner.errors` where it does not.
    """
    context = _context(server)
    place = f"{server.host}:{server.port}"
    try:
        client = Client(server, context)
    except ConnectionLost as error:
        raise BrokenOff(f"The server {place} turned us away. {error}", "Try again later.") from error
    except imapclient.IMAPClient.Error as error:
        raise _no_greeting(place, error) from None  # its text is the server's own
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


def _secure(client: Client, server: ImapServer, context: ssl.SSLContext) -> None:
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
    except ConnectionLost as error:
        raise BrokenOff(f"The server {place} broke off. {error}", "Try again later.") from error
    except imapclient.IMAPClient.Error as error:
        if _ended(error):
            raise _no_greeting(place, error) from None
        raise InsecureTransport(
            f"The server {place} refused STARTTLS: {sentence(str(error))}",
            'Use the TLS port instead: tls = "implicit", port = 993.',
        ) from None
    except OSError as error:
        raise _unreachable(server, error) from error


def _context(server: ImapServer) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file is not None else None)
    except OSError as error:  # ssl.SSLError is one: a file that holds no certificate
        raise SettingsError(
            f"The file {server.ca_file} cannot be used as ca_file: {reason_of(error)}.",
            "Name a file with the authority's certificate in PEM form.",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    return closing(context)


def _insecure(server: ImapServer, error: ssl.SSLError) -> InsecureTransport | BrokenOff:
    place = f"{server.host}:{server.port}"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError) or error.reason in SPOILT:
        return BrokenOff(
            f"The connection to {place} broke while its encryption was agreed: {reason_of(error)}.",
            "Check host, port and network; if they are right, the server is overloaded: try again later.",
        )
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
        return BrokenOff(sentence, "Check host and port, and whether a firewall is between.")
    kind = BrokenOff if isinstance(error, _CUTS) else ServerUnreachable
    return kind(f"The server {place} cannot be reached: {reason_of(error)}.", "Check host, port and network.")


def _no_greeting(place: str, error: Exception) -> ServerUnreachable:
    kind = BrokenOff if _ended(error) else ServerUnreachable
    return kind(
        f"The server {place} did not greet us as an IMAP server does: {how_it_ended(str(error))}",
        "Check host and port; if they are right, the server is overloaded or blocks this machine: try again later.",
    )


def _ended(error: Exception) -> bool:
    """Whether the server only left, maybe with a BYE. To one that says what no IMAP server says, we come in vain."""
    text = str(error)
    left = isinstance(error, imapclient.IMAPClient.AbortError) and "unexpected response" not in text
    return left or "* BYE" in text.upper()


def reason_of(error: BaseException) -> str:
    """What the system says about an error, fit for a sentence."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return printable(f"the encryption failed, {error.reason.replace('_', ' ').lower()}")
    return printable(getattr(error, "strerror", None) or str(error) or type(error).__name__)
