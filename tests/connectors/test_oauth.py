"""Tokens by client credentials: the real msal against a sign-in host of our own."""

from __future__ import annotations

import http.server
import json
import threading
import time
import traceback
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from scanner.account import Login, OAuthClient, SecretKind, SecretReference
from scanner.connectors import imap, oauth
from scanner.connectors.oauth import token_for
from scanner.connectors.retry import Patience
from scanner.errors import LoginRefused, MissedBccError, ServerUnreachable, SettingsError
from tests.authority import Authority
from tests.connectors.hostile_imap import Script, server_context
from tests.connectors.imap_reading import Serve
from tests.dovecot import Dovecot

CANARY = "canary-client-secret"


@dataclass
class SignIn:
    """A sign-in host for one tenant. `answers` are (status, body) pairs of the token endpoint; the last one repeats."""

    port: int = 0
    answers: list[tuple[int, object]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    delay: float = 0.0

    @property
    def authority(self) -> str:
        return f"https://localhost:{self.port}/tenant"

    def client(self, **changes: object) -> OAuthClient:
        secret = SecretReference(SecretKind.COMMAND, f"printf {CANARY}")
        made = OAuthClient(self.authority, "app-id", secret=secret)
        return replace(made, **changes)  # type: ignore[arg-type]  # any field of the record

    def configuration(self) -> dict[str, str]:
        return {
            "issuer": f"{self.authority}/v2.0",
            "authorization_endpoint": f"{self.authority}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self.authority}/oauth2/v2.0/token",
        }

    def token(self) -> tuple[int, object]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def sign_in(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignIn]:
    state = SignIn()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = urllib.parse.urlsplit(self.path).path == "/tenant/v2.0/.well-known/openid-configuration"
            self.reply(*((200, state.configuration()) if known else (400, {"error": "invalid_tenant"})))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.asked.append(dict(urllib.parse.parse_qsl(body)))
            time.sleep(state.delay)  # the slowness under test
            self.reply(*state.token())

        def reply(self, status: int, body: object) -> None:
            octets = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the overridden method
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is part of the tests
    server.socket = server_context(authority).wrap_socket(server.socket, server_side=True)
    state.port = server.server_address[1]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


def granted(token: str) -> tuple[int, object]:
    return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}


def denied(code: int, error: str = "invalid_client") -> tuple[int, object]:
    return 401, {
        "error": error,
        "error_description": f"AADSTS{code}: Something about it. Trace ID: 0",
        "error_codes": [code],
    }


def refused(client: OAuthClient, kind: type[MissedBccError]) -> MissedBccError:
    with pytest.raises(kind) as caught:
        token_for(client)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.hint
    assert CANARY not in shown
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_token_is_fetched_once_and_anew_when_asked(sign_in: SignIn) -> None:
    sign_in.answers = [granted("first"), granted("second")]
    client = sign_in.client()
    assert [token_for(client), token_for(client), token_for(client, fresh=True)] == ["first", "first", "second"]
    assert len(sign_in.asked) == 2
    assert sign_in.asked[0]["client_secret"] == CANARY
    assert sign_in.asked[0]["scope"] == "https://outlook.office365.com/.default"
    assert sign_in.asked[0]["grant_type"] == "client_credentials"


def test_a_certificate_signs_for_the_application(sign_in: SignIn, authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.certificate("app.acme.test")
    both = tmp_path / "app.pem"
    _rsa_pair(both)
    reference = SecretReference(SecretKind.FILE, str(both))
    sign_in.answers = [granted("signed")]
    assert token_for(sign_in.client(secret=None, certificate=reference)) == "signed"
    assert sign_in.asked[0]["client_assertion_type"].endswith("jwt-bearer")
    assert "client_secret" not in sign_in.asked[0]
    for half in (certificate, key):
        half.chmod(0o600)
        error = refused(
            sign_in.client(secret=None, certificate=SecretReference(SecretKind.FILE, str(half))), SettingsError
        )
        assert "cat key.pem" in error.hint


FIXES = {
    7000215: "not its id",
    7000222: "expired",
    700016: "client_id",
    90002: "tenant",
    700027: "certificate is not registered",
    65001: "IMAP.AccessAsApp",
    53003: "Conditional Access",
    500011: "scope",
    123456: "Look the code up",
}


@pytest.mark.parametrize("code", FIXES)
def test_a_refusal_is_one_sentence_with_its_fix(sign_in: SignIn, code: int) -> None:
    sign_in.answers = [denied(code)]
    error = refused(sign_in.client(), LoginRefused)
    assert f"AADSTS{code}" in str(error)
    assert FIXES[code] in f"{error} {error.hint}"
    assert error.hint.endswith(".")
    assert len(sign_in.asked) == 1


def test_a_sign_in_host_in_trouble_is_unreachable(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in.answers = [(503, b"<html>Service Unavailable</html>")]
    refused(sign_in.client(), ServerUnreachable)
    sign_in.answers = [granted("late")]
    sign_in.delay = 3.0
    monkeypatch.setattr(oauth, "TIMEOUTS", (1.0, 0.3))
    refused(sign_in.client(client_id="slow"), ServerUnreachable)


def test_a_wrong_authority_is_named(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = sign_in.client(authority=f"https://localhost:{sign_in.port}/nobody")
    assert "tenant" in str(refused(nowhere, SettingsError))
    assert "https" in str(refused(sign_in.client(authority="http://localhost/tenant"), SettingsError))
    assert "neither" in str(refused(sign_in.client(secret=None), SettingsError))
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert "prove" in str(refused(sign_in.client(client_id="untrusted"), ServerUnreachable))


def test_a_session_whose_token_ages_out_goes_on_with_a_new_one(sign_in: SignIn, serve: Serve) -> None:
    class Ages(Script):
        def on_fetch(self, talk, tag, uids, items) -> None:  # type: ignore[no-untyped-def]  # as its base
            if talk.number == 1:
                talk.send(b"* BYE Session invalidated - AccessTokenExpired\r\n")
                raise ConnectionError
            super().on_fetch(talk, tag, uids, items)

    sign_in.answers = [granted("young"), granted("younger")]
    running = serve(Ages())
    server = running.server(login=Login.XOAUTH2, secret=None, oauth=sign_in.client())
    mailbox = imap.ImapMailbox(running.account(), server, Patience(sleep=lambda _: None))
    folder = next(iter(mailbox.folders()))
    assert len(list(mailbox.read(folder))) == 5
    mailbox.close()
    assert len(sign_in.asked) == 2


@pytest.mark.dovecot
@pytest.mark.parametrize("login", [Login.XOAUTH2, Login.OAUTHBEARER])
def test_a_fetched_token_opens_a_mailbox(sign_in: SignIn, dovecot: Dovecot, login: Login) -> None:
    sign_in.answers = [granted(dovecot.token("tokened"))]
    server = replace(dovecot.server("tokened"), login=login, secret=None, oauth=sign_in.client())
    with imap.open(replace(dovecot.account("tokened"), server=server)) as mailbox:
        assert "Sent" in [folder.path for folder in mailbox.folders()]


def _rsa_pair(path: Path) -> None:
    """A key and a certificate as an app registration takes them (Entra takes RSA only), in one private file."""
    import datetime  # noqa: PLC0415 - one test needs them

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app.acme.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(encoding))
    path.chmod(0o600)
