"""Tokens by client credentials (RFC 6749 §4.4): msal fetches them, and its failures become sentences."""

from __future__ import annotations

import logging
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from scanner.account import OAuthClient
from scanner.connectors.credentials import secret_bytes, secret_of
from scanner.errors import LoginRefused, ServerUnreachable, SettingsError

if TYPE_CHECKING:
    from msal import ConfidentialClientApplication

TIMEOUTS = (10.0, 60.0)  # connect, read; msal's own session waits without end

_FIXES = {
    7000215: "The client secret is wrong: store the value of the secret, not its id.",
    7000222: "The client secret has expired: make a new one in the app registration.",
    700016: "The application is not known in this tenant: check client_id and the tenant in authority.",
    90002: "The tenant does not exist: check the last part of authority.",
    700027: "The certificate is not registered for the application: upload it in the app registration.",
    65001: "Nobody consented: an administrator must grant IMAP.AccessAsApp of Office 365 Exchange Online.",
    53003: "Conditional Access blocks the application: ask for an exception for it.",
    50076: "The sign-in wants a second factor: use client credentials, not a person's account.",
    50079: "The sign-in wants a second factor: use client credentials, not a person's account.",
    500011: "The scope names a resource that the tenant does not have: check scope.",
    1002012: "The scope must end in /.default for client credentials.",
}
_lock = Lock()


def token_for(client: OAuthClient, *, fresh: bool = False) -> str:
    """An access token for the client, from msal's memory or the sign-in host; `fresh` forgets the remembered one.

    Raises `LoginRefused` with the fix, `ServerUnreachable` or `SettingsError`.
    """
    import requests  # noqa: PLC0415 - start-up must not load it
    from msal.exceptions import MsalError  # noqa: PLC0415

    logging.getLogger("msal").setLevel(logging.WARNING)
    try:
        with _lock:  # msal's cache has a lock of its own, but misses at the same time would each go out
            application = _application(client)
            if fresh:
                application.remove_tokens_for_client()
            answer = application.acquire_token_for_client(scopes=[client.scope])
    except requests.exceptions.SSLError as error:
        raise ServerUnreachable(
            f"The sign-in host {client.authority} did not prove who it is.", "Check authority and the system's CAs."
        ) from error
    except (requests.exceptions.RequestException, MsalError) as error:
        raise ServerUnreachable(
            f"The sign-in host {client.authority} cannot be reached: {type(error).__name__}.",
            "Check authority, the network and the proxy settings, then run the same command again.",
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"The sign-in host {client.authority} does not know the tenant, or authority is not an https address.",
            "authority is the sign-in host and the tenant, for example https://login.microsoftonline.com/TENANT-ID.",
        ) from error
    token = answer.get("access_token")
    if not isinstance(token, str):
        raise _refused(client, answer)
    return token


@lru_cache(maxsize=32)
def _application(client: OAuthClient) -> ConfidentialClientApplication:
    """One application a client, because msal's token memory lives in it. Making it asks the sign-in host."""
    from msal import ConfidentialClientApplication  # noqa: PLC0415

    return ConfidentialClientApplication(
        client.client_id,
        authority=client.authority,
        client_credential=_credential(client),
        timeout=TIMEOUTS,
        # The authority is the owner's own setting: asking Microsoft whether it is one would shut out private clouds.
        instance_discovery=False,
    )


def _credential(client: OAuthClient) -> str | dict[str, str]:
    if client.secret is not None:
        return secret_of(client.secret)
    if client.certificate is None:
        raise SettingsError(
            f"The application {client.client_id} has neither secret nor certificate.", "Set one of them."
        )
    try:
        pem = secret_bytes(client.certificate).decode("ascii")
    except UnicodeDecodeError:
        pem = ""
    if "PRIVATE KEY-----" not in pem or "-----BEGIN CERTIFICATE-----" not in pem:
        raise SettingsError(
            f"The certificate at {client.certificate} does not hold a private key and a certificate in PEM form.",
            "Put both into one file: cat key.pem certificate.pem",
        )
    return {"private_key": pem, "public_certificate": pem[pem.index("-----BEGIN CERTIFICATE-----") :]}


def _refused(client: OAuthClient, answer: dict[str, Any]) -> LoginRefused:
    codes = [code for code in answer.get("error_codes") or () if isinstance(code, int)]
    fix = next((_FIXES[code] for code in codes if code in _FIXES), "")
    named = f"AADSTS{codes[0]}" if codes else str(answer.get("error", "no reason given"))
    return LoginRefused(
        f"The sign-in host gave the application {client.client_id} no token: {named[:80]}.",
        fix or "Look the code up at the sign-in host; nothing was tried a second time.",
    )
