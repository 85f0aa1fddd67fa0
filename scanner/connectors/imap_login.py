"""The ways to log in to an IMAP server, and what a server's refusal means."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.account import ImapServer, Login
from scanner.connectors.credentials import secret_of
from scanner.connectors.imap_connect import reason_of
from scanner.connectors.imap_input import ConnectionLost
from scanner.connectors.imap_line import how_it_ended, printable, sentence
from scanner.connectors.kept_back import given, kept_back
from scanner.errors import LoginRefused, SettingsError

if TYPE_CHECKING:
    from imapclient import IMAPClient

_NOT_JUDGED = re.compile(
    r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA)\b|too many|try again|temporar|maximum number of connections",
    re.IGNORECASE,
)
_HINTS = (
    (
        re.compile(r"application-specific password|app password", re.IGNORECASE),
        "The provider wants an app password here: make one in the account's security settings and store that.",
    ),
    (
        re.compile(r"web ?login|log in via your web browser", re.IGNORECASE),
        "The provider wants the owner to sign in with a browser once, then try again.",
    ),
    (
        re.compile(r"basic ?auth|is disabled|LOGINDISABLED|not enabled", re.IGNORECASE),
        "The provider takes no passwords or has IMAP switched off: use an OAuth login, or switch IMAP on.",
    ),
    (
        re.compile(r"\[AUTHORIZATIONFAILED\]|not authori[sz]ed|proxy|master", re.IGNORECASE),
        "The user is known, but may not open this mailbox: check the rights of the master user, and act_as.",
    ),
    (re.compile(r"\[EXPIRED\]|expired", re.IGNORECASE), "The password or token has expired: renew it."),
    (
        re.compile(r"authenticated but not connected", re.IGNORECASE),
        "The token is good, the mailbox is closed to it: grant it FullAccess (Add-MailboxPermission), check that the "
        "mailbox has a licence and that IMAP is switched on for it.",
    ),
)
_DEFAULT_HINT = "Check the user name and the secret; nothing was tried a second time, so that no account is locked."
_NAME = "(user)"
# As imaplib shows an answer: the bytes of a NO, or of a BAD behind its own words.
_AS_BYTES = re.compile(r"""\A(?:[A-Z]{1,20} command error: (BAD )\[)?b(['"])(.*)\2\]?\Z""", re.DOTALL)


class LoginCut(ConnectionLost):
    """The line broke after the login was sent and before it was answered: the server may have refused it, and count."""


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """Who logs in and with what; the secret is never shown, not even by `repr`."""

    user: str
    secret: str
    act_as: str


def check_words(server: ImapServer, secret: str) -> None:
    """Refuse line ends and NUL, which would end the login command and begin another one (CVE-2025-15366)."""
    for name, word in (("user", server.user), ("act_as", server.act_as), ("secret", secret)):
        if any(character in word for character in "\r\n\0\x01"):
            raise SettingsError(
                f"The {name} of {server.host} holds a line end or control character, which no login can carry.",
                "Correct it in the settings or where the secret is stored.",
            )
    if not server.user:
        raise SettingsError(f"The account at {server.host} names no user.", "Set user.")


def log_in(client: IMAPClient, server: ImapServer, token: Callable[[], str] | None) -> None:
    """Log in as the server's settings say. `token` fetches an OAuth token where no secret is stored.

    The caller has made sure that the line is encrypted. Raises `LoginRefused`, `SettingsError`, `LoginCut` or
    `ConnectionLost`.
    """
    if server.secret is not None:
        secret = secret_of(server.secret)
    elif token is not None:
        secret = token()
    else:
        raise SettingsError(f"The account at {server.host} has no secret.", "Set secret, for example env:NAME.")
    check_words(server, secret)
    given(secret)
    proof = Proof(server.user, secret, server.act_as)
    if server.act_as and server.master_separator:
        # Dovecot's master users, and Exchange's delegates ("user/mailbox"): one login name for both.
        proof = Proof(f"{server.act_as}{server.master_separator}{server.user}", secret, "")
    _WAYS[server.login](client, server, proof)


def _password(client: IMAPClient, server: ImapServer, proof: Proof) -> None:
    if proof.act_as:
        raise SettingsError(
            "A password login cannot open somebody else's mailbox by act_as alone.",
            'Set login = "plain", or master_separator for a server with master users.',
        )
    # The LOGIN command can carry ASCII only (RFC 9051 §9, quoted).
    needs_sasl = not (proof.user + proof.secret).isascii() or client.has_capability("LOGINDISABLED")
    if not needs_sasl:
        _judged(client, server, proof, lambda: client.login(_quoted(proof.user), proof.secret))
    elif client.has_capability("AUTH=PLAIN"):
        _plain(client, server, proof)
    else:
        raise LoginRefused(
            f"The server {server.host} does not take passwords (LOGINDISABLED).",
            f"Use an OAuth login; it offers: {_mechanisms(client)}.",
        )


def _plain(client: IMAPClient, server: ImapServer, proof: Proof) -> None:
    _require(client, server, "PLAIN")
    _judged(client, server, proof, lambda: client.plain_login(proof.user, proof.secret, proof.act_as or None))


def _xoauth2(client: IMAPClient, server: ImapServer, proof: Proof) -> None:
    _require(client, server, "XOAUTH2")
    first = f"user={proof.act_as or proof.user}\x01auth=Bearer {proof.secret}\x01\x01"
    _bearer(client, server, proof, "XOAUTH2", (first, ""))


def _oauthbearer(client: IMAPClient, server: ImapServer, proof: Proof) -> None:
    _require(client, server, "OAUTHBEARER")
    name = (proof.act_as or proof.user).replace("=", "=3D").replace(",", "=2C")
    # RFC 7628 §3.2.3: a failed exchange is closed with a single control A.
    first = f"n,a={name},\x01auth=Bearer {proof.secret}\x01\x01"
    _bearer(client, server, proof, "OAUTHBEARER", (first, "\x01"))


def _bearer(client: IMAPClient, server: ImapServer, proof: Proof, mechanism: str, says: tuple[str, str]) -> None:
    challenges: list[bytes] = []

    def answer(challenge: bytes) -> str:
        challenges.append(challenge)
        return says[0] if len(challenges) == 1 else says[1]

    _judged(client, server, proof, lambda: client.sasl_login(mechanism, answer), challenges)


_WAYS = {Login.PASSWORD: _password, Login.PLAIN: _plain, Login.XOAUTH2: _xoauth2, Login.OAUTHBEARER: _oauthbearer}


def _judged(
    client: IMAPClient,
    server: ImapServer,
    proof: Proof,
    attempt: Callable[[], object],
    challenges: list[bytes] | None = None,
) -> None:
    """Raise what a server's answer means. Some repeat the command in it, so secret and names are kept back."""
    try:
        attempt()
    except client.Error as error:
        broke = _abort_in(client, error)
        if broke is not None:
            raise _cut(server, how_it_ended(_nameless(str(broke), server, proof))) from None
        # "from None": the frames of imaplib hold the credential, and some handlers print the locals of frames.
        raise refusal(server, proof, str(error), (challenges or [])[1:]) from None
    except TimeoutError:
        raise _cut(server, "it stopped answering.") from None
    except OSError as error:
        raise _cut(server, sentence(reason_of(error))) from None
    except ConnectionLost as error:
        raise _cut(server, sentence(_nameless(str(error), server, proof))) from None
    except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
        raise _cut(server, f"its answer makes no sense ({type(error).__name__}).") from None


def _abort_in(client: IMAPClient, error: BaseException) -> BaseException | None:
    """The end of the connection that imapclient may have put a refusal of its own around."""
    return next((one for one in (error, error.__context__) if isinstance(one, client.AbortError)), None)


def _cut(server: ImapServer, how: str) -> LoginCut:
    return LoginCut(f"The server {server.host} broke off during the login: {how}")


def _nameless(text: str, server: ImapServer, proof: Proof) -> str:
    """A server's words without the secret and the names that it was given: ours name the user, where that helps."""
    text = kept_back(text, proof.secret)
    for name in sorted({proof.user, proof.act_as, server.user, server.act_as} - {""}, key=len, reverse=True):
        edge = r"\b" if name.isalnum() else ""  # such a name may stand in any word
        text = re.sub(f"{edge}{re.escape(name)}{edge}", _NAME, text, flags=re.IGNORECASE)
        if not edge:
            text = kept_back(text, name)  # escaped, or within base64
    return text


def refusal(server: ImapServer, proof: Proof, text: str, challenges: list[bytes]) -> LoginRefused:
    """The error for a login that was answered with NO or BAD; `challenges` are what the server said in between."""
    text = _AS_BYTES.sub(r"\1\3", text)
    status = _token_status(challenges[0], server, proof) if challenges else ""
    said = f"{printable(kept_back(text, proof.secret))} {status}".strip()
    shown = sentence(f"{printable(_nameless(text, server, proof))} {status}", 300) or "it gave no reason."
    if _NOT_JUDGED.search(said):
        refused = LoginRefused(
            f"The server {server.host} does not let {server.user} in at the moment; the secret was not judged: {shown}",
            "Close other mail programs of this account or wait some minutes, then run the same command again.",
        )
        refused.login_failed = False
        return refused
    hint = next((hint for pattern, hint in _HINTS if pattern.search(said)), _DEFAULT_HINT)
    who = f"{server.user} for {server.act_as}" if server.act_as else server.user
    return LoginRefused(f"The server {server.host} refused the login of {who}: {shown}", hint)


def _token_status(challenge: bytes, server: ImapServer, proof: Proof) -> str:
    """What the JSON of a refused token says (RFC 7628 §3.2.2)."""
    try:
        said = json.loads(challenge)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    return f"(token status {printable(_nameless(str(said.get('status', 'unknown')), server, proof), 40)})"


def _require(client: IMAPClient, server: ImapServer, mechanism: str) -> None:
    if not client.has_capability(f"AUTH={mechanism}"):
        raise LoginRefused(
            f"The server {server.host} does not offer the login {mechanism}.",
            f"Choose another login; it offers: {_mechanisms(client)}.",
        )


def _mechanisms(client: IMAPClient) -> str:
    offered = {c.decode("ascii", "replace") for c in client.capabilities()}
    names = sorted(c.removeprefix("AUTH=").lower() for c in offered if c.startswith("AUTH="))
    if "LOGINDISABLED" not in offered:
        names.append("password")
    return printable(", ".join(names)) or "nothing"


def _quoted(word: str) -> str:
    """A quoted string, because imaplib quotes the password but not the user name."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
