"""Signing in with msal, whatever the token is for: what it sends with, its keys, and its failures as sentences."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import requests
from msal.exceptions import MsalError
from requests.auth import AuthBase

from scanner.account import SecretReference
from scanner.connectors.credentials import secret_bytes
from scanner.connectors.https_line import Allowed, bounded
from scanner.connectors.tls_socket import SPOILT
from scanner.errors import LoginRefused, ServerUnreachable, SettingsError

_LARGEST: Final = 4 * 1024 * 1024  # octets of an answer; a token has some thousand
FIXES: Final[Mapping[int, str]] = {
    7000215: "The client secret is wrong: store the value of the secret, not its id.",
    7000222: "The client secret has expired: make a new one in the app registration.",
    7000216: "The sign-in wants a client secret or a certificate: set one of them.",
    7000218: "The sign-in wants a client secret or a certificate: set one of them, or allow public client flows.",
    700016: "The application is not known in this tenant: check client_id and the tenant.",
    700027: "The certificate is not registered for the application: upload it in the app registration.",
    70021: "No federated credential matches the assertion: check issuer, subject and audience in the app registration.",
    700021: "The assertion is not meant for this application: check the federated credential.",
    700211: "No federated credential matches the issuer of the assertion: check the app registration.",
    700212: "No federated credential matches the audience of the assertion: check the app registration.",
    700213: "No federated credential matches the subject of the assertion: check the app registration.",
    700024: "The clock of this machine is wrong, or the assertion is too old: set the clock.",
    700223: "Federated credentials are not allowed here: use a certificate.",
    90002: "The tenant does not exist: check tenant or authority, and that the cloud is the right one.",
    900023: "The tenant is neither a domain nor an id: check tenant.",
    900382: "The application belongs to another cloud: check cloud.",
    90038: "The tenant belongs to another cloud: check cloud.",
    65001: "Nobody consented: an administrator must grant the application its permissions.",
    650057: "The application does not ask for this service: add its permissions in the app registration.",
    53003: "Conditional Access blocks the application: ask for an exception for it.",
    53000: "Conditional Access wants a managed device: sign in on one, or use an application's certificate.",
    50076: "The sign-in wants a second factor: use an application's certificate, or a device code.",
    50079: "The sign-in wants a second factor to be set up: use an application's certificate.",
    50034: "The account is not known in this tenant: check the tenant.",
    50059: "The sign-in does not say which tenant: check the tenant.",
    500011: "The tenant does not know the service under this address: check cloud, root or scope.",
    500014: "The service is switched off in this tenant: ask its administrator.",
    1002012: "The scope must end in /.default for an application: check root or scope.",
    70016: "Nobody signed in in time: run the command again.",
    70019: "The device code has expired: run the command again.",
    70020: "The device code has expired: run the command again.",
    70000: "The sign-in was refused: sign in once more.",
    7000112: "The application is switched off in this tenant: an administrator must enable it.",
    7000229: "The tenant has no enterprise application for client_id: give admin consent first.",
}
"""What an AADSTS code means, a colon, and the next step."""
_WITHOUT_CODE: Final = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "access_denied",
        "authorization_pending",
        "expired_token",
        "temporarily_unavailable",
        "managed_identity_request_failed",
        "managed_identity_unavailable",
    }
)


class SignInSession(requests.Session):
    """What msal sends with: `timeouts` are seconds to connect and to read; `ca_file` is whom to trust, None for usual.

    It never waits without end, takes no answer that drips or never ends, sends no password of .netrc, and follows no
    redirection, which would take the secret along.
    """

    def __init__(self, timeouts: tuple[float, float], ca_file: Path | None = None) -> None:
        super().__init__()
        self._timeouts = timeouts
        self._trusted = trusted(ca_file)
        self.auth = _NoPassword()
        self.mount("https://", bounded(Allowed(sum(timeouts), _LARGEST)))

    def request(self, *arguments: Any, **named: Any) -> requests.Response:
        """As the parent's, within these bounds."""
        named["timeout"] = named.get("timeout") or self._timeouts
        named["verify"] = self._trusted  # given each time: the environment would win over what the session has
        named["allow_redirects"] = False
        return super().request(*arguments, **named)


class _NoPassword(AuthBase):
    """Keeps `requests` from looking into .netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request as it is."""
        return request


def trusted(ca_file: Path | None) -> bool | str:
    """Whom to trust, as `requests` wants it: the config's file, else REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, else usual.

    Raises `SettingsError` when there is no such file.
    """
    named = {"ca_file": str(ca_file) if ca_file else ""}
    named |= {name: os.environ.get(name, "") for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}
    key, place = next(((key, place) for key, place in named.items() if place), ("", ""))
    if place and not os.path.exists(place):
        raise SettingsError(f"There is no {place}, which {key} names.", f"Correct {key}: a PEM file of authorities.")
    return place or True


def broke_off(error: BaseException) -> bool:
    """Whether an SSL error only says that the line ended in the handshake, or was spoilt: that proves nothing.

    A busy host does so, and so does a bad line.
    """
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return True
        if isinstance(one, ssl.SSLError) and one.reason in SPOILT:
            return True
        if id(one) not in seen:  # requests and urllib3 wrap it in their own ones, as arguments
            seen.add(id(one))
            inner = (*one.args, getattr(one, "reason", None))
            waiting += [each for each in inner if isinstance(each, BaseException)]
    return False


@contextmanager
def asking(host: str, where: str, wrong: tuple[str, str]) -> Iterator[None]:
    """Turn what msal raises into our errors. `where` names the settings to look at, `wrong` is the last resort.

    None of them holds the request, and so no secret.
    """
    logging.getLogger("msal").setLevel(logging.WARNING)
    try:
        yield
    except requests.exceptions.SSLError as error:
        if broke_off(error):
            raise _not_reached(error, host) from None
        raise ServerUnreachable(f"The sign-in host {host} did not prove who it is.", f"Check {where}.") from None
    except (requests.exceptions.RequestException, MsalError, OSError) as error:
        # "from None": the request in an error of requests holds the client secret or assertion.
        raise _not_reached(error, host) from None
    except ValueError:
        raise SettingsError(*wrong) from None


def _not_reached(error: Exception, host: str) -> ServerUnreachable:
    return ServerUnreachable(
        f"The sign-in host {host} cannot be reached: {type(error).__name__}.",
        "Check authority, the network and the proxy settings, then run the same command again.",
    )


def refused(who: str, answer: Mapping[str, Any], fixes: Mapping[int, str]) -> LoginRefused:
    """The refusal with its fix, from `fixes` or `FIXES`. Of the answer, only the number of the error is repeated."""
    codes = [code for code in answer.get("error_codes") or () if isinstance(code, int)]
    known = next((found for code in codes if (found := fixes.get(code) or FIXES.get(code))), "")
    reason, _, step = known.partition(": ")
    name = str(answer.get("error"))
    named = f"AADSTS{codes[0]}" if codes else name if name in _WITHOUT_CODE else "no reason given"
    return LoginRefused(
        f"{reason}{'. ' if reason else ''}The sign-in host gave {who} no token: {named}.",
        f"{step[:1].upper()}{step[1:]}" or "Look the code up at the sign-in host; nothing was tried a second time.",
    )


def key_and_certificate(reference: SecretReference, or_else: str = "") -> dict[str, str]:
    """A PEM file with key and certificate, as msal wants it. Raises `SettingsError`, with `or_else` in its hint."""
    try:
        pem = secret_bytes(reference).decode("ascii")
    except UnicodeDecodeError:
        pem = ""
    if "PRIVATE KEY-----" not in pem or "-----BEGIN CERTIFICATE-----" not in pem:
        raise SettingsError(
            f"The certificate at {reference} does not hold a private key and a certificate in PEM form.",
            f"Put both into one file: cat key.pem certificate.pem{or_else}",
        )
    return {"private_key": pem, "public_certificate": pem[pem.index("-----BEGIN CERTIFICATE-----") :]}
