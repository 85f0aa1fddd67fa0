"""The sign-in host of the fake, met by the real msal."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.graph.client import Client, answered, token
from tests.graph.faults import throttled
from tests.graph.reply import Reply, html
from tests.graph.server import FakeGraph


@dataclass(frozen=True)
class Pair:
    """A certificate that an administrator may upload, and the PEM that the application signs with."""

    certificate: x509.Certificate
    pem: str

    @property
    def credential(self) -> dict[str, str]:
        return {"private_key": self.pem, "public_certificate": self.pem[self.pem.index("-----BEGIN CERT") :]}


@pytest.fixture(scope="module")
def pairs() -> tuple[Pair, Pair]:
    return _pair(), _pair()


def _pair() -> Pair:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "missedbcc.test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    certificate = builder.not_valid_after(now + timedelta(days=30)).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(certificate, (private + certificate.public_bytes(serialization.Encoding.PEM)).decode())


def _claims(text: str) -> dict[str, Any]:
    part = text.split(".")[1]
    held: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return held


def test_a_secret_gives_a_token_that_names_its_rights(graph: FakeGraph) -> None:
    claims = _claims(token(graph))
    assert claims["roles"] == ["Mail.ReadBasic.All", "User.Read.All"]
    assert claims["tid"] == graph.tenant.id
    assert "scp" not in claims


def test_a_certificate_gives_a_token(graph: FakeGraph, pairs: tuple[Pair, Pair]) -> None:
    graph.signin.application.certificates.append(pairs[0].certificate)
    assert "access_token" in answered(graph, pairs[0].credential)
    assert answered(graph, pairs[1].credential)["error_codes"] == [700027]


def test_a_certificate_whose_key_is_another_gives_none(graph: FakeGraph, pairs: tuple[Pair, Pair]) -> None:
    graph.signin.application.certificates.append(pairs[0].certificate)
    mixed = {"private_key": pairs[1].pem, "public_certificate": pairs[0].credential["public_certificate"]}
    assert answered(graph, mixed)["error_codes"] == [700027]


def test_an_assertion_of_a_trusted_workload_gives_a_token(graph: FakeGraph) -> None:
    graph.signin.application.federated.add("the.trusted.workload")
    assert "access_token" in answered(graph, {"client_assertion": lambda: "the.trusted.workload"})
    assert answered(graph, {"client_assertion": lambda: "some.other.workload"})["error_codes"] == [70021]


@pytest.mark.parametrize("code", [65001, 53003, 50076, 700024])
def test_any_trouble_has_its_code(graph: FakeGraph, code: int) -> None:
    graph.signin.trouble = code
    found = answered(graph, "fern-hill-7Q~invented")
    assert found["error_codes"] == [code]
    assert found["error_description"].startswith(f"AADSTS{code}:")


def test_wrong_and_expired_secrets_differ(graph: FakeGraph) -> None:
    graph.signin.application.expired_secrets.add("last year's")
    assert answered(graph, "wrong")["error_codes"] == [7000215]
    assert answered(graph, "last year's")["error_codes"] == [7000222]
    assert answered(graph, "x", client_id="0f3c7a52-0000-4000-8000-00000000dead")["error_codes"] == [700016]


def test_a_tenant_that_does_not_exist_fails_at_discovery(graph: FakeGraph) -> None:
    graph.tenant.id = "00000000-0000-4000-8000-00000000dead"
    with pytest.raises(ValueError, match="authority configuration"):
        token(graph)
    assert graph.signin.granted == ["unknown tenant"]


def test_a_scope_of_another_service_is_refused(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeGraph, "scope", "https://outlook.example/.default")
    assert answered(graph, "fern-hill-7Q~invented")["error_codes"] == [500011]
    monkeypatch.setattr(FakeGraph, "scope", "Mail.ReadBasic.All")
    assert answered(graph, "fern-hill-7Q~invented")["error_codes"] == [1002012]


def _session(graph: FakeGraph) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(graph.ca_file)
    return session


def test_the_same_failure_is_asked_for_once(graph: FakeGraph) -> None:
    """The memory of msal answers it for a minute: a test of a wrong secret sees one request on the wire."""
    graph.signin.status_of_invalid_client = 400
    with _session(graph) as session:
        application = msal.ConfidentialClientApplication(
            graph.signin.application.client_id,
            authority=f"{graph.root}/{graph.tenant.id}",
            client_credential="wrong",
            http_client=session,
            instance_discovery=False,
        )
        answers = [application.acquire_token_for_client(scopes=[graph.scope]) for _ in range(3)]
    assert [answer["error_codes"] for answer in answers] == [[7000215]] * 3
    assert graph.signin.granted == ["client_credentials"]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [(throttled("30"), "TooManyRequests"), (html(503), "HTTP Error: 503"), (Reply(reset=True), "ConnectionError")],
    ids=["429", "503", "reset"],
)
def test_the_sign_in_host_has_bad_days(graph: FakeGraph, reply: Reply, outcome: str) -> None:
    graph.faults.script("oauth2/v2.0/token", reply, times=9)
    try:
        found = repr(answered(graph, "fern-hill-7Q~invented"))
    except (requests.ConnectionError, msal.exceptions.MsalServiceError) as error:
        found = repr(error)
    assert outcome in found


def test_a_person_signs_in_on_another_device(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    box = graph.tenant.person("ines")
    graph.tenant.person("lena")
    with _session(graph) as session:
        application = msal.PublicClientApplication(
            graph.signin.application.client_id,
            authority=f"{graph.root}/{graph.tenant.id}",
            http_client=session,
            instance_discovery=False,
        )
        flow = application.initiate_device_flow(scopes=[f"{graph.root}/Mail.ReadBasic"])
        assert flow["user_code"] == "FERN1234"
        answer = application.acquire_token_by_device_flow(flow)
        (account,) = application.get_accounts()
        again = application.acquire_token_silent([f"{graph.root}/Mail.ReadBasic"], account=account, force_refresh=True)
    assert graph.signin.granted.count("urn:ietf:params:oauth:grant-type:device_code") == 3  # two polls were too early
    assert graph.signin.granted[-1] == "refresh_token"
    assert again["access_token"] != answer["access_token"]
    with Client(graph) as client:
        client.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        assert client.ok("me?$select=id")["id"] == box.user.id
        assert client.all("me/mailFolders/sentitems/messages") == []
        assert client.refused("users/lena@contoso.test/messages") == (403, "ErrorAccessDenied")
        assert client.refused("users") == (403, "Authorization_RequestDenied")


def test_a_machine_has_an_identity(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", graph.root)
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"):
        monkeypatch.delenv(name, raising=False)
    with _session(graph) as session:
        identity = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=session)
        answer = identity.acquire_token_for_client(resource=graph.root)
    assert _claims(answer["access_token"])["roles"] == ["Mail.ReadBasic.All", "User.Read.All"]
    assert graph.signin.granted == ["managed identity"]


def _spent(graph: FakeGraph) -> None:
    graph.signin.token_requests = 2


def _brief(graph: FakeGraph) -> None:
    graph.signin.life = 60


@pytest.mark.parametrize("limit", [_spent, _brief])
def test_tokens_come_to_an_end(graph: FakeGraph, limit: Callable[[FakeGraph], None]) -> None:
    limit(graph)
    graph.tenant.person("ines")
    with Client(graph) as client:
        assert client.all("users?$select=id")
        assert client.all("users?$select=id")
        graph.clock.sleep(61)
        found = client.get("users?$select=id")
        assert (found.status_code, found.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
        assert found.headers["WWW-Authenticate"].startswith("Bearer")
        client.session.headers["Authorization"] = "Bearer made-up"
        assert client.refused("users") == (401, "InvalidAuthenticationToken")
