"""Tokens by client credentials (RFC 6749 §4.4): msal fetches them, and its failures become sentences."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from scanner.account import OAuthClient
from scanner.connectors.credentials import secret_of
from scanner.errors import SettingsError

if TYPE_CHECKING:
    from msal import ConfidentialClientApplication

TIMEOUTS = (10.0, 60.0)  # connect, read; msal's own session waits without end

_FIXES = {
    65001: "Nobody consented: an administrator must grant IMAP.AccessAsApp of Office 365 Exchange Online.",
    90002: "The tenant does not exist: check the last part of authority.",
    50076: "The sign-in wants a second factor: use client credentials, not a person's account.",
    50079: "The sign-in wants a second factor: use client credentials, not a person's account.",
    500011: "The scope names a resource that the tenant does not have: check scope.",
}
_lock = Lock()


def token_for(client: OAuthClient, *, fresh: bool = False) -> str:
    """An access token for the client, from msal's memory or the sign-in host; `fresh` forgets the remembered one.

    Raises `LoginRefused` with the fix, `ServerUnreachable` or `SettingsError`. Where the system does not know who
    signed the host's certificate, REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names whom to trust.
    """
    from scanner.connectors import sign_in  # noqa: PLC0415 - start-up must load neither requests nor msal

    host = client.authority
    wrong = (
        f"The sign-in host {host} does not know the tenant, or authority is not an https address.",
        "authority is the sign-in host and the tenant, for example https://login.microsoftonline.com/TENANT-ID.",
    )
    # With a lock, since misses of msal's memory at the same time would each go out.
    with sign_in.asking(host, "authority and the system's CAs", wrong), _lock:
        application = _application(client)
        if fresh:
            application.remove_tokens_for_client()
        answer = application.acquire_token_for_client(scopes=[client.scope])
    token = answer.get("access_token")
    if not isinstance(token, str):
        raise sign_in.refused(f"the application {client.client_id}", answer, _FIXES)
    return token


@lru_cache(maxsize=32)
def _application(client: OAuthClient) -> ConfidentialClientApplication:
    """One application a client, because msal's token memory lives in it. Making it asks the sign-in host."""
    from msal import ConfidentialClientApplication  # noqa: PLC0415

    from scanner.connectors.sign_in import SignInSession  # noqa: PLC0415

    return ConfidentialClientApplication(
        client.client_id,
        authority=client.authority,
        client_credential=_credential(client),
        http_client=SignInSession(TIMEOUTS),
        # The authority is the owner's own setting: asking Microsoft whether it is one would shut out private clouds.
        instance_discovery=False,
    )


def _credential(client: OAuthClient) -> str | dict[str, str]:
    from scanner.connectors.sign_in import key_and_certificate  # noqa: PLC0415

    if client.secret is not None:
        return secret_of(client.secret)
    if client.certificate is None:
        raise SettingsError(
            f"The application {client.client_id} has neither secret nor certificate.", "Set one of them."
        )
    return key_and_certificate(client.certificate)
