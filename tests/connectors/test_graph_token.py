"""Signing in to a tenant with the real msal: every way of proof, every refusal in one sentence, and no secret told."""

from __future__ import annotations

import io
import logging
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from scanner.account import GraphSignIn, Proof, SecretKind, SecretReference
from scanner.connectors.graph_http import Bearer, Line
from scanner.connectors.graph_token import Rights, Tokens, rights_of
from scanner.errors import InsecureTransport, LoginRefused, MissedBccError, ServerUnreachable, SettingsError
from tests.graph.faults import throttled
from tests.graph.reply import Reply, html
from tests.graph.server import FakeGraph

PASSPHRASE = "willow-invented"
GRANTED = frozenset({"Mail.ReadBasic.All", "User.Read.All"})


@dataclass(frozen=True)
class Kept:
    """A certificate, and the file with key and certificate that its owner keeps."""

    certificate: x509.Certificate
    file: Path


@pytest.fixture
def keep(tmp_path: Path) -> Callable[[str], Kept]:
    """Keeps a new pair in a file that ends like this; the PFX and `.enc.pem` files have a passphrase."""

    def kept(name: str) -> Kept:
        key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "missedbcc.test")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        certificate = builder.not_valid_after(now + timedelta(days=30)).sign(key, hashes.SHA256())
        closed = serialization.BestAvailableEncryption(PASSPHRASE.encode())
        opened = closed if name.endswith((".enc.pem", ".pfx")) else serialization.NoEncryption()
        if name.endswith(".pfx"):
            octets = pkcs12.serialize_key_and_certificates(b"missedbcc", key, certificate, None, opened)
        else:
            octets = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, opened)
            octets += certificate.public_bytes(serialization.Encoding.PEM)
        file = tmp_path / name
        file.touch(0o600)
        file.write_bytes(octets)
        return Kept(certificate, file)

    return kept


def at(file: Path) -> SecretReference:
    return SecretReference(SecretKind.FILE, str(file))


def passphrase(monkeypatch: pytest.MonkeyPatch) -> SecretReference:
    monkeypatch.setenv("KEY_PASSPHRASE", PASSPHRASE)
    return SecretReference(SecretKind.ENVIRONMENT, "KEY_PASSPHRASE")


def test_a_secret_gives_a_token_once(graph: FakeGraph) -> None:
    tokens = Tokens(graph.sign_in())
    first = tokens.token()
    assert rights_of(first) == Rights(GRANTED, delegated=False)
    assert tokens.token() == first
    assert graph.signin.granted == ["client_credentials"]


def test_a_token_that_is_not_accepted_is_replaced_by_one_caller_only(graph: FakeGraph) -> None:
    tokens = Tokens(graph.sign_in())
    old = tokens.token()
    new = tokens.token(instead_of=old)
    assert new != old
    assert tokens.token(instead_of=old) == new
    assert len(graph.signin.granted) == 2


@pytest.mark.parametrize("name", ["app.pem", "app.enc.pem", "app.pfx"])
def test_a_certificate(
    graph: FakeGraph, keep: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kept = keep(name)
    graph.signin.application.certificates.append(kept.certificate)
    opened = None if name == "app.pem" else passphrase(monkeypatch)
    sign_in = graph.sign_in(proof=Proof.CERTIFICATE, secret=at(kept.file), passphrase=opened)
    assert rights_of(Tokens(sign_in).token()).granted == GRANTED


@pytest.mark.parametrize("name", ["app.enc.pem", "app.pfx"])
def test_a_wrong_passphrase_is_a_sentence(
    graph: FakeGraph, keep: Callable[[str], Kept], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("KEY_PASSPHRASE", "wrong-one")
    wrong = SecretReference(SecretKind.ENVIRONMENT, "KEY_PASSPHRASE")
    sign_in = graph.sign_in(proof=Proof.CERTIFICATE, secret=at(keep(name).file), passphrase=wrong)
    with pytest.raises(SettingsError) as caught:
        Tokens(sign_in).token()
    assert "passphrase" in caught.value.hint
    assert "wrong-one" not in "".join(traceback.format_exception(caught.value))


def test_a_certificate_that_is_none_is_a_sentence(graph: FakeGraph, tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.touch(0o600)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="PEM form"):
        Tokens(graph.sign_in(proof=Proof.CERTIFICATE, secret=at(file))).token()


def test_a_workload_assertion_is_read_anew_each_time(graph: FakeGraph, tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    file.touch(0o600)
    file.write_text("eyJ.first.one")
    graph.signin.application.federated = {"eyJ.first.one", "eyJ.second.one"}
    tokens = Tokens(graph.sign_in(proof=Proof.ASSERTION, secret=at(file)))
    old = tokens.token()
    file.write_text("eyJ.second.one")
    graph.signin.application.federated = {"eyJ.second.one"}
    assert tokens.token(instead_of=old) != old


def test_a_machine_proves_itself(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", graph.root)
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"):
        monkeypatch.delenv(name, raising=False)
    sign_in = graph.sign_in(proof=Proof.MANAGED_IDENTITY, secret=None, client_id="")
    assert rights_of(Tokens(sign_in).token()).granted == GRANTED
    graph.signin.trouble = 700016
    with pytest.raises(MissedBccError, match="managed identity"):
        Tokens(replace(sign_in, tenant="another")).token()


def test_a_person_signs_in_with_a_code(graph: FakeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msal.oauth2cli.oauth2.time.sleep", lambda seconds: None)
    monkeypatch.setattr(sys, "stderr", told := io.StringIO())
    tokens = Tokens(graph.sign_in(proof=Proof.DEVICE_CODE, secret=None))
    first = tokens.token()
    assert rights_of(first) == Rights(frozenset({"Mail.ReadBasic", "User.Read"}), delegated=True)
    assert told.getvalue() == "To sign in, open https://device.example and enter the code FERN1234.\n"
    assert tokens.token() == first
    assert tokens.token(instead_of=first) != first
    assert told.getvalue().count("FERN1234") == 1  # nobody is asked twice because a token grew old


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        (7000215, "value of the secret"),
        (7000222, "secret has expired"),
        (700016, "client_id"),
        (700027, "Upload it"),
        (700024, "Set the clock"),
        (70021, ""),
        (65001, "administrator must grant"),
        (53003, "Conditional Access"),
        (50076, "second factor"),
        (500011, "cloud and root"),
        (90002, "tenant does not exist"),
    ],
)
def test_each_refusal_has_its_fix(graph: FakeGraph, code: int, fix: str) -> None:
    graph.signin.trouble = code
    with pytest.raises(LoginRefused) as caught:
        Tokens(graph.sign_in()).token()
    assert f"AADSTS{code}" in str(caught.value)
    assert fix in f"{caught.value} {caught.value.hint}"
    assert caught.value.hint.endswith(".")
    assert len(graph.signin.granted) == 1


def test_a_tenant_that_does_not_exist(graph: FakeGraph) -> None:
    with pytest.raises(SettingsError, match="does not know the tenant elsewhere"):
        Tokens(graph.sign_in(tenant="elsewhere")).token()


@pytest.mark.parametrize("reply", [html(503), Reply(reset=True), Reply(200, b"<html>"), throttled("30")])
def test_a_sign_in_host_that_is_unwell(graph: FakeGraph, reply: Reply) -> None:
    graph.faults.script("oauth2/v2.0/token", reply, times=9)
    with pytest.raises(MissedBccError) as caught:
        Tokens(graph.sign_in()).token()
    assert str(caught.value).endswith(".")
    assert caught.value.hint.endswith(".")


def test_a_host_that_cannot_prove_who_it_is_is_told_nothing(graph: FakeGraph) -> None:
    with pytest.raises(ServerUnreachable, match="did not prove who it is"):
        Tokens(graph.sign_in(ca_file=None)).token()
    assert graph.signin.granted == []


def test_a_host_that_hangs_up_is_no_stranger(graph: FakeGraph) -> None:
    graph.hangs_up = 9
    with pytest.raises(ServerUnreachable, match="cannot be reached"):
        Tokens(graph.sign_in()).token()
    graph.hangs_up = 0


def test_a_silent_sign_in_host_has_a_deadline(graph: FakeGraph) -> None:
    graph.faults.script("openid-configuration", Reply(stall=30), times=9)
    with pytest.raises(ServerUnreachable, match="cannot be reached"):
        Tokens(graph.sign_in(read_timeout=0.3)).token()


@pytest.mark.parametrize("reply", [Reply(body=b" " * 100, chunk=1, pace=0.2), Reply(body=b" " * 5_000_000)])
def test_a_sign_in_host_that_drips_or_floods_is_left(graph: FakeGraph, reply: Reply) -> None:
    graph.faults.script("openid-configuration", reply, times=9)
    with pytest.raises(ServerUnreachable, match="cannot be reached"):
        Tokens(graph.sign_in(connect_timeout=1.0, read_timeout=2.0)).token()


def test_a_token_never_goes_over_an_open_line(graph: FakeGraph) -> None:
    for root in (graph.root.replace("https", "http"), "ftp://localhost"):
        with pytest.raises(InsecureTransport):
            Line(graph.sign_in(root=root))


def test_no_secret_stands_in_any_output(
    graph: FakeGraph, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = min(graph.signin.application.secrets)
    sign_in = graph.sign_in()
    tokens = Tokens(sign_in)
    token = tokens.token()
    shown = [repr(sign_in), repr(tokens), repr(Bearer(token)), str(vars(Bearer(token)).keys())]
    graph.signin.trouble = 7000215
    for broken in (sign_in, graph.sign_in(ca_file=None), graph.sign_in(tenant="elsewhere")):
        with pytest.raises(MissedBccError) as caught:
            Tokens(broken).token()
        shown += traceback.format_exception(caught.value)
    graph.stop()
    with pytest.raises(MissedBccError) as caught:
        Tokens(sign_in).token()
    shown += traceback.format_exception(caught.value)
    output = "".join(shown) + caplog.text
    assert secret not in output
    assert token not in output
    assert token.rpartition(".")[2] not in output


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "e30.e30.x", "e30.W10.x", "e30.eyJyb2xlcyI6IjUifQ.x"])
def test_a_token_that_cannot_be_read_says_nothing(text: str) -> None:
    assert rights_of(text) == Rights(frozenset(), delegated=False)


def test_equal_sign_ins_are_one(graph: FakeGraph) -> None:
    assert graph.sign_in() == graph.sign_in()
    assert isinstance(hash(graph.sign_in()), int)
    assert GraphSignIn("t", "c", Proof.SECRET).authority_url == "https://login.microsoftonline.com/t"
