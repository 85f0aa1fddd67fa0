"""Tenants in the config file: every way to sign in, and each mistake in one sentence that repeats no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.account import (
    Account,
    GraphCloud,
    GraphProfile,
    GraphSignIn,
    GraphTenant,
    Proof,
    SecretKind,
    SecretReference,
)
from scanner.config import parse_config
from scanner.errors import SettingsError

FILE = Path("/etc/missedbcc/missedbcc.toml")
USUAL = 'type = "graph"\ntenant = "contoso.example"\nclient_id = "app"\n'
ENV = SecretReference(SecretKind.ENVIRONMENT, "APP_SECRET")


def account(text: str) -> Account:
    (found,) = parse_config(f"[account.contoso]\n{text}", FILE).accounts
    return found


def tenant(text: str) -> GraphTenant:
    graph = account(USUAL + text).graph
    assert graph is not None
    return graph


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        account(text)
    return caught.value.problems


def test_a_tenant_needs_little() -> None:
    sign_in = GraphSignIn("contoso.example", "app", Proof.SECRET, ENV)
    assert account(USUAL + 'secret = "env:APP_SECRET"') == Account("contoso", "graph", graph=GraphTenant(sign_in))


@pytest.mark.parametrize(
    ("text", "proof", "secret"),
    [
        ('secret = "env:APP_SECRET"', Proof.SECRET, ENV),
        ('certificate = "file:app.pfx"', Proof.CERTIFICATE, SecretReference(SecretKind.FILE, "/etc/missedbcc/app.pfx")),
        ('assertion = "file:/run/token"', Proof.ASSERTION, SecretReference(SecretKind.FILE, "/run/token")),
        ('sign_in = "managed-identity"', Proof.MANAGED_IDENTITY, None),
        ('sign_in = "device-code"', Proof.DEVICE_CODE, None),
    ],
)
def test_ways_to_sign_in(text: str, proof: Proof, secret: SecretReference | None) -> None:
    found = tenant(text).sign_in
    assert (found.proof, found.secret) == (proof, secret)


def test_a_managed_identity_needs_no_client_id() -> None:
    text = 'type = "graph"\ntenant = "contoso.example"\nsign_in = "managed-identity"'
    found = account(text).graph
    assert found is not None
    assert found.sign_in.client_id == ""


def test_every_key() -> None:
    found = tenant(
        'certificate = "file:/k.pem"\npassphrase = "env:KEY"\ncloud = "usgov-l5"\nauthority = "https://login.example"\n'
        'root = "https://graph.example/"\ngroup = "g1"\nprofile = "all"\nwhole_messages = true\nin_flight = 3\n'
        'in_flight_per_mailbox = 4\npage = 100\nca_file = "ca.pem"\nconnect_timeout = 1\nread_timeout = 2.5\n'
        "request_deadline = 9\nmailbox_deadline = 77"
    )
    assert found.sign_in == GraphSignIn(
        tenant="contoso.example",
        client_id="app",
        proof=Proof.CERTIFICATE,
        secret=SecretReference(SecretKind.FILE, "/k.pem"),
        passphrase=SecretReference(SecretKind.ENVIRONMENT, "KEY"),
        cloud=GraphCloud.USGOV_L5,
        authority="https://login.example",
        root="https://graph.example/",
        ca_file=Path("/etc/missedbcc/ca.pem"),
        connect_timeout=1,
        read_timeout=2.5,
        request_deadline=9,
    )
    assert found.sign_in.root_url == "https://graph.example"
    assert found.sign_in.authority_url == "https://login.example/contoso.example"
    assert (found.group, found.profile, found.whole_messages) == ("g1", GraphProfile.ALL, True)
    assert (found.in_flight, found.in_flight_per_mailbox, found.page, found.mailbox_deadline) == (3, 4, 100, 77)


@pytest.mark.parametrize(
    ("text", "mailboxes"),
    [
        ('mailbox = "a@contoso.example"', ("a@contoso.example",)),
        ('mailboxes = ["a@contoso.example", "b@contoso.example"]', ("a@contoso.example", "b@contoso.example")),
        ("", ()),
    ],
)
def test_which_mailboxes(text: str, mailboxes: tuple[str, ...]) -> None:
    assert tenant(f'secret = "env:APP_SECRET"\n{text}').mailboxes == mailboxes


@pytest.mark.parametrize("cloud", list(GraphCloud))
def test_presets_of_clouds_are_https_addresses_without_a_path(cloud: GraphCloud) -> None:
    found = tenant(f'secret = "env:APP_SECRET"\ncloud = "{cloud}"').sign_in
    for address in (found.root_url, found.authority_url.removesuffix("/contoso.example")):
        assert address.startswith("https://")
        assert address.count("/") == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (USUAL, ".secret: is missing: where it is kept"),
        ('type = "graph"\nsecret = "env:S"', ".tenant: is missing"),
        ('type = "graph"\nsecret = "env:S"', ".client_id: is missing"),
        (USUAL + 'secret = "env:S"\ncertificate = "file:/k.pem"', ".certificate: stands beside secret"),
        (USUAL + 'secret = "env:S"\nsign_in = "device-code"', ".sign_in: is device-code, which needs no secret"),
        (USUAL + 'sign_in = "certificate"', ".certificate: is missing"),
        (USUAL + 'secret = "env:S"\npassphrase = "env:P"', ".passphrase: needs certificate"),
        (USUAL + 'secret = "env:S"\nmailbox = "a"\ngroup = "g"', ".group: stands beside mailbox"),
        (USUAL + 'sign_in = "device-code"\nmailbox = "a"', ".mailbox: has no meaning"),
        (USUAL + 'secret = "env:S"\nroot = "http://graph.example"', ".root: must begin with https://"),
        (USUAL + 'secret = "env:S"\nauthority = "login.example"', ".authority: must begin with https://"),
        (USUAL + 'secret = "env:S"\ncloud = "globe"', ".cloud: one of global, usgov-l4"),
        (USUAL + 'secret = "env:S"\nin_flight_per_mailbox = 5', ".in_flight_per_mailbox: a whole number from 1 to 4"),
        (USUAL + 'secret = "env:S"\nwhole_messages = "yes"', ".whole_messages: true or false was expected, a text"),
        (USUAL + 'secret = "fern-hill"', ".secret: says where the secret is kept, never what it is"),
        (USUAL + 'secret = "env:S"\nhost = "x"', ".host: unknown key for type graph"),
    ],
)
def test_each_mistake_has_its_sentence(text: str, problem: str) -> None:
    found = problems(text)
    assert any(f"account.contoso{problem}" in sentence for sentence in found), found
    assert not any("fern-hill" in sentence for sentence in found)
