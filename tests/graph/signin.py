"""The sign-in host of the fake: discovery, and tokens for secrets, certificates, assertions, people and machines."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.graph.clock import Clock
from tests.graph.reply import Json, Reply, Request, answer

LIFE = 3_599
ROLES = ("Mail.ReadBasic.All", "User.Read.All")
"""The rights that the default scan asks for."""

_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_UNSIGNED = "the fake signs with a secret that nobody checks, thirty-two octets"

_CODES = {
    90002: ("invalid_request", "Tenant '{tenant}' not found."),
    700016: ("unauthorized_client", "Application with identifier '{client}' was not found in the directory."),
    7000215: ("invalid_client", "Invalid client secret provided."),
    7000222: ("invalid_client", "The provided client secret keys for app '{client}' are expired."),
    700027: ("invalid_client", "The certificate used to sign the client assertion is not registered on application."),
    700024: ("invalid_client", "Client assertion is not within its valid time range."),
    70021: ("invalid_request", "No matching federated identity record found for presented assertion."),
    65001: ("invalid_grant", "The user or administrator has not consented to use the application."),
    53003: ("invalid_grant", "Access has been blocked by Conditional Access policies."),
    50076: ("invalid_grant", "You must use multi-factor authentication to access the resource."),
    500011: ("invalid_resource", "The resource principal named {scope} was not found in the tenant."),
    70016: ("authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling."),
    70020: ("expired_token", "The provided value for the device code is not valid: it has expired."),
    1002012: ("invalid_request", "The provided value for scope {scope} is not valid."),
}


@dataclass
class Application:
    """An app registration. `certificates` are the DER forms that were uploaded; `federated` the trusted assertions."""

    client_id: str = "0f3c7a52-0000-4000-8000-0000000000c1"
    secrets: set[str] = field(default_factory=lambda: {"fern-hill-7Q~invented"})
    expired_secrets: set[str] = field(default_factory=set)
    certificates: list[x509.Certificate] = field(default_factory=list)
    federated: set[str] = field(default_factory=set)
    roles: tuple[str, ...] = ROLES


@dataclass(slots=True)
class Grant:
    """What an access token allows. `user` is the principal of a delegated one, "" for an application's."""

    rights: frozenset[str]
    user: str
    expires: float
    left: int | None


@dataclass(slots=True)
class _Device:
    """A sign-in on another device, and how many polls it takes until the person has typed the code."""

    user: str
    polls: int
    scopes: tuple[str, ...]


class _Refused(Exception):
    """No token."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class SignIn:
    """All about tokens. `trouble` is an AADSTS code that every request for a token meets."""

    def __init__(self, tenant: str, clock: Clock) -> None:
        self.tenant = tenant
        self.clock = clock
        self.host = ""
        """Where the sign-in host is, without a slash at the end; the server fills it in."""
        self.application = Application()
        self.trouble: int | None = None
        self.status_of_invalid_client = 401
        """With 400, msal answers the same request from its memory for a minute."""
        self.life = LIFE
        self.token_requests: int | None = None
        self.device_user = "ines@contoso.test"
        self.device_polls = 2
        self.granted: list[str] = []
        """The grant types that were asked for, each time that a request for a token came over the wire."""
        self._tokens: dict[str, Grant] = {}
        self._devices: dict[str, _Device] = {}
        self._refresh: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._serial = count(1)
        self._lock = Lock()
        self._routes: dict[str, Callable[[Request], Reply]] = {
            "v2.0/.well-known/openid-configuration": self._discovery,
            "oauth2/v2.0/token": self._token,
            "oauth2/v2.0/devicecode": self._device_code,
        }

    # ---- what the mail side asks

    def grant(self, token: str) -> Grant | None:
        """What a token allows now; None when it is unknown, spent or over. Asking counts as a use."""
        with self._lock:
            grant = self._tokens.get(token)
            if grant is None or grant.expires <= self.clock.now():
                return None
            if grant.left is not None:
                if grant.left <= 0:
                    return None
                grant.left -= 1
            return grant

    def user_of(self, token: str) -> str:
        """Whose token it is, without using it; "" for an application's."""
        grant = self._tokens.get(token)
        return grant.user if grant else ""

    @property
    def tokens(self) -> list[str]:
        """Every access token given, for tests that look for leaks."""
        return list(self._tokens)

    # ---- requests

    def reply(self, request: Request) -> Reply | None:
        """The answer, or None when the path is none of ours."""
        if request.path == "/metadata/identity/oauth2/token":
            return self._machine(request)
        tenant, _, rest = request.path.lstrip("/").partition("/")
        route = self._routes.get(rest)
        if route is None:
            return None
        if tenant != self.tenant:
            self.granted.append("unknown tenant")
            return self._refusal(90002, request)
        return route(request)

    def _discovery(self, request: Request) -> Reply:
        root = f"{self.host}/{self.tenant}"
        return answer(
            {
                "issuer": f"{root}/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
                "response_types_supported": ["code", "id_token"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            }
        )

    def _token(self, request: Request) -> Reply:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        kind = form.get("grant_type", "")
        with self._lock:
            self.granted.append(kind)
            try:
                return self._given(kind, form)
            except _Refused as refused:
                return self._refusal(refused.code, request, form)

    def _given(self, kind: str, form: dict[str, str]) -> Reply:
        if self.trouble is not None:
            raise _Refused(self.trouble)
        if form.get("client_id", self.application.client_id) != self.application.client_id:
            raise _Refused(700016)
        if kind == "client_credentials":
            self._check_client(form)
            if not form.get("scope", "").endswith("/.default"):
                raise _Refused(1002012)
            if urlsplit(form["scope"]).netloc != urlsplit(self.host).netloc:
                raise _Refused(500011)
            return answer(self._access(self.application.roles, ""))
        if kind == _DEVICE_CODE:
            device = self._devices.get(form.get("device_code", ""))
            if device is None:
                raise _Refused(70020)
            device.polls -= 1
            if device.polls >= 0:
                raise _Refused(70016)
            return answer(self._access(device.scopes, device.user))
        if kind == "refresh_token" and form.get("refresh_token") in self._refresh:
            user, scopes = self._refresh[form["refresh_token"]]
            return answer(self._access(scopes, user))
        raise _Refused(70020)

    def _check_client(self, form: dict[str, str]) -> None:
        application = self.application
        if "client_assertion" not in form:
            secret = form.get("client_secret")
            if secret in application.expired_secrets:
                raise _Refused(7000222)
            if secret not in application.secrets:
                raise _Refused(7000215)
            return None
        if form.get("client_assertion_type") != _JWT_BEARER:
            raise _Refused(700027)
        assertion = form["client_assertion"]
        if assertion in application.federated:
            return None
        try:
            head = jwt.get_unverified_header(assertion)
        except jwt.DecodeError:
            raise _Refused(70021) from None
        for certificate in application.certificates:
            if head.get("x5t#S256", "").rstrip("=") == _print(certificate):
                return self._check_assertion(assertion, certificate)
        raise _Refused(700027)

    def _check_assertion(self, assertion: str, certificate: x509.Certificate) -> None:
        try:
            claims = jwt.decode(
                assertion,
                certificate.public_key(),  # type: ignore[arg-type]  # the keys of the tests are RSA or EC
                algorithms=["PS256", "RS256"],
                audience=f"{self.host}/{self.tenant}/oauth2/v2.0/token",
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            raise _Refused(700027) from None
        if claims.get("sub") != self.application.client_id:
            raise _Refused(700016)

    def _access(self, rights: tuple[str, ...], user: str) -> Json:
        now = int(self.clock.now())
        serial = next(self._serial)
        claims: Json = {
            "aud": self.host,
            "iss": f"{self.host}/{self.tenant}/v2.0",
            "tid": self.tenant,
            "appid": self.application.client_id,
            "iat": now,
            "exp": now + self.life,
            "uti": str(serial),
        }
        claims |= {"scp": " ".join(rights), "upn": user} if user else {"roles": list(rights), "idtyp": "app"}
        token = jwt.encode(claims, _UNSIGNED, algorithm="HS256")
        self._tokens[token] = Grant(frozenset(rights), user, self.clock.now() + self.life, self.token_requests)
        given: Json = {"token_type": "Bearer", "expires_in": self.life, "ext_expires_in": self.life}
        given["access_token"] = token
        if user:
            refresh = f"0.refresh-{serial}"
            self._refresh[refresh] = (user, rights)
            given |= {
                "scope": " ".join(rights),
                "refresh_token": refresh,
                "id_token": jwt.encode(
                    {
                        "aud": self.application.client_id,
                        "iss": claims["iss"],
                        "sub": user,
                        "oid": user,
                        "tid": self.tenant,
                        "preferred_username": user,
                        "iat": now,
                        "exp": now + self.life,
                    },
                    _UNSIGNED,
                    algorithm="HS256",
                ),
                "client_info": base64.urlsafe_b64encode(json.dumps({"uid": user, "utid": self.tenant}).encode())
                .decode()
                .rstrip("="),
            }
        return given

    def _device_code(self, request: Request) -> Reply:
        code = f"device-{next(self._serial)}"
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        names = [scope.rpartition("/")[2] for scope in form.get("scope", "").split() if "/" in scope]
        self._devices[code] = _Device(self.device_user, self.device_polls, tuple(names))  # the person consents to all
        sentence = "To sign in, use a web browser to open the page https://device.example and enter the code FERN1234."
        return answer(
            {
                "user_code": "FERN1234",
                "device_code": code,
                "verification_uri": "https://device.example",
                "expires_in": 900,
                "interval": 1,
                "message": sentence,
            }
        )

    def _machine(self, request: Request) -> Reply:
        self.granted.append("managed identity")
        if request.headers.get("metadata") != "true":
            return answer({"error": "invalid_request", "error_description": "Required metadata header missing"}, 400)
        if self.trouble is not None:
            return answer({"error": "invalid_request", "error_description": "Identity not found"}, 400)
        with self._lock:
            given = self._access(self.application.roles, "")
        given["expires_in"] = str(given["expires_in"])
        return answer(given)

    def _refusal(self, code: int, request: Request, form: dict[str, str] | None = None) -> Reply:
        name, sentence = _CODES[code]
        form = form or {}
        tenant = request.path.lstrip("/").partition("/")[0]
        said = sentence.format(tenant=tenant, client=form.get("client_id", ""), scope=form.get("scope", ""))
        content: Json = {
            "error": name,
            "error_description": f"AADSTS{code}: {said} Trace ID: 0 Correlation ID: 0 Timestamp: 2026-11-21 08:00:00Z",
            "error_codes": [code],
            "timestamp": "2026-11-21 08:00:00Z",
            "trace_id": "0",
            "correlation_id": "0",
            "error_uri": f"{self.host}/error?code={code}",
        }
        return answer(content, self.status_of_invalid_client if name == "invalid_client" else 400)


def _print(certificate: x509.Certificate) -> str:
    """The thumbprint as a JOSE header has it (RFC 7515 §4.1.8)."""
    return base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).decode().rstrip("=")
