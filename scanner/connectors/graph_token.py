"""Tokens for Microsoft Graph: msal fetches them, one application a tenant, and its failures become sentences."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from scanner.account import GraphSignIn, Proof, SecretKind, SecretReference
from scanner.connectors.credentials import secret_bytes, secret_of
from scanner.connectors.sign_in import SignInSession, asking, key_and_certificate, refused
from scanner.errors import SettingsError

if TYPE_CHECKING:
    from msal import ConfidentialClientApplication, ManagedIdentityClient, PublicClientApplication

DELEGATED = ("Mail.ReadBasic", "User.Read")
DELEGATED_WHOLE = ("Mail.Read", "User.Read")
_MARGIN = 300.0  # seconds before its end from which a token counts as old, as msal has it

_FIXES = {
    65001: "Nobody consented: an administrator must grant Mail.ReadBasic.All and User.Read.All.",
    650057: "The application does not ask for Microsoft Graph: add its permissions in the app registration.",
    500011: "The tenant does not know Microsoft Graph under this address: check cloud and root.",
    500014: "Microsoft Graph is switched off in this tenant: ask its administrator.",
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What a token allows: application permissions (`roles`), or delegated ones where a person signed in."""

    granted: frozenset[str]
    delegated: bool


class Tokens:
    """The one source of tokens for a sign-in. Safe to ask from several threads.

    `whole` is whether a person who signs in is asked for Mail.Read; what an application may do is granted elsewhere.
    """

    def __init__(self, sign_in: GraphSignIn, tell: Callable[[str], None] | None = None, *, whole: bool = False) -> None:
        self._sign_in = sign_in
        self._delegated = DELEGATED_WHOLE if whole else DELEGATED
        self._tell = tell or _tell
        self._lock = Lock()
        self._client: Any = None
        self._kept = ""  # msal looks its memory up anew each time, and asks the host where scopes are spelled otherwise
        self._until = 0.0

    def token(self, *, instead_of: str = "") -> str:
        """A token from msal's memory or from the sign-in host. `instead_of` is one that the service did not accept.

        Raises `LoginRefused` with the fix, `ServerUnreachable` or `SettingsError`; none of them holds a secret.
        """
        with self._lock:  # misses of msal's memory at the same time would each go out
            withdrawn = bool(instead_of) and instead_of == self._kept
            if withdrawn:
                self._kept = ""
                self._forget()
            if self._kept and time.monotonic() < self._until:
                return self._kept
            answer = self._ask(anew=withdrawn)
            token = answer.get("access_token")
            if isinstance(token, str) and token:
                self._kept = token
                self._until = time.monotonic() + _seconds(answer) - _MARGIN
                return token
        application = self._sign_in.client_id
        raise refused(f"the application {application}" if application else "the managed identity", answer, _FIXES)

    def _ask(self, *, anew: bool) -> dict[str, Any]:
        host = self._sign_in.authority_url
        where = "authority, ca_file and the system's CAs"
        with asking(host, where, _not_usable(self._sign_in)):
            if self._client is None:
                self._client = _application(self._sign_in)
            if self._sign_in.proof is Proof.DEVICE_CODE:
                scopes = [f"{self._sign_in.root_url}/{name}" for name in self._delegated]
                return _by_device(self._client, scopes, self._tell, anew=anew)
            return _acquire(self._client, self._sign_in)

    def _forget(self) -> None:
        if hasattr(self._client, "remove_tokens_for_client"):
            self._client.remove_tokens_for_client()
        elif self._sign_in.proof is not Proof.DEVICE_CODE:  # a person's sign-in is kept: it can be renewed
            self._client = None


@lru_cache(maxsize=32)
def tokens_of(sign_in: GraphSignIn, whole: bool = False) -> Tokens:  # noqa: FBT001, FBT002 - lru_cache
    """One source of tokens a sign-in, because msal's memory lives in it."""
    return Tokens(sign_in, whole=whole)


def rights_of(token: str) -> Rights:
    """What a token says that it allows; nothing for one that cannot be read. It is not verified: the service does."""
    parts = token.split(".")
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        roles = payload.get("roles") or ()
        scopes = str(payload.get("scp") or "").split()
    except (ValueError, IndexError, AttributeError):
        return Rights(frozenset(), delegated=False)
    named = frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset()
    return Rights(named or frozenset(scopes), delegated=bool(scopes) and not named)


def _seconds(answer: dict[str, Any]) -> float:
    """How long a token lasts; a managed identity says it as text."""
    try:
        return float(answer.get("expires_in", 0))
    except (TypeError, ValueError):
        return 0.0


def _tell(sentence: str) -> None:
    """Say it to the person before the screen, who has to act now: a log may be read tomorrow."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _acquire(client: Any, sign_in: GraphSignIn) -> dict[str, Any]:
    if sign_in.proof is Proof.MANAGED_IDENTITY:
        return cast(dict[str, Any], client.acquire_token_for_client(resource=sign_in.root_url))
    return cast(dict[str, Any], client.acquire_token_for_client(scopes=[f"{sign_in.root_url}/.default"]))


def _by_device(
    client: PublicClientApplication, scopes: list[str], tell: Callable[[str], None], *, anew: bool
) -> dict[str, Any]:
    """A token by what the person did before, `anew` not from memory; else by asking the person."""
    for account in client.get_accounts():
        silent = client.acquire_token_silent(scopes, account=account, force_refresh=anew)
        if silent:
            return cast(dict[str, Any], silent)
    flow = client.initiate_device_flow(scopes=scopes)
    if "user_code" not in flow:
        return cast(dict[str, Any], flow)
    tell(f"To sign in, open {flow.get('verification_uri')} and enter the code {flow['user_code']}.")
    return cast(dict[str, Any], client.acquire_token_by_device_flow(flow))


def _application(
    sign_in: GraphSignIn,
) -> ConfidentialClientApplication | PublicClientApplication | ManagedIdentityClient:
    """The application object. Making it asks the sign-in host, so it is made once."""
    import msal  # noqa: PLC0415 - start-up must not load it

    session = SignInSession((sign_in.connect_timeout, sign_in.read_timeout), sign_in.ca_file)
    if sign_in.proof is Proof.MANAGED_IDENTITY:
        identity = (
            msal.UserAssignedManagedIdentity(client_id=sign_in.client_id)
            if sign_in.client_id
            else msal.SystemAssignedManagedIdentity()
        )
        return msal.ManagedIdentityClient(identity, http_client=session)
    named: dict[str, Any] = {
        "authority": sign_in.authority_url,
        "http_client": session,
        # The authority is the owner's own setting: asking Microsoft whether it is one would shut out private clouds.
        "instance_discovery": False,
    }
    if sign_in.proof is Proof.DEVICE_CODE:
        return msal.PublicClientApplication(sign_in.client_id, **named)
    return msal.ConfidentialClientApplication(sign_in.client_id, client_credential=_credential(sign_in), **named)


def _credential(sign_in: GraphSignIn) -> str | dict[str, Any]:
    if sign_in.secret is None:
        raise SettingsError(
            f"The application {sign_in.client_id} has no {sign_in.proof}.", "Say where it is kept: secret = ..."
        )
    reference = sign_in.secret
    if sign_in.proof is Proof.SECRET:
        return secret_of(reference)
    if sign_in.proof is Proof.ASSERTION:
        return {"client_assertion": lambda: secret_of(reference)}  # asked anew each time: the file is kept fresh
    return _certificate(sign_in, reference)


def _certificate(sign_in: GraphSignIn, reference: SecretReference) -> dict[str, Any]:
    opened: dict[str, Any] = {"passphrase": secret_of(sign_in.passphrase)} if sign_in.passphrase else {}
    if reference.kind is SecretKind.FILE and reference.place.lower().endswith((".pfx", ".p12")):
        secret_bytes(reference)  # refuses a file that others may read, or that is not there
        return {"private_key_pfx_path": str(Path(reference.place).expanduser()), "public_certificate": True, **opened}
    return {**key_and_certificate(reference, "; a PFX file ends in .pfx."), **opened}


def _not_usable(sign_in: GraphSignIn) -> tuple[str, str]:
    or_else = ""
    if sign_in.proof is Proof.CERTIFICATE:
        or_else = ", or the certificate cannot be used"
        hint = "Check tenant and authority, and that the passphrase opens the key of the certificate."
    else:
        hint = "Check tenant (its id or one of its domains), and that cloud, or authority without any path, is its own."
    return f"The sign-in host does not know the tenant {sign_in.tenant}{or_else}.", hint
