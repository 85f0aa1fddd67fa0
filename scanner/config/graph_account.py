"""The table [account.NAME] of a Microsoft 365 tenant, to an `Account`."""

from __future__ import annotations

from typing import Final

from scanner.account import Account, GraphCloud, GraphProfile, GraphSignIn, GraphTenant, Proof, SecretReference
from scanner.config.reference import REFERENCE, read_secret
from scanner.config.table import Table

_KEPT: Final = {"secret": Proof.SECRET, "certificate": Proof.CERTIFICATE, "assertion": Proof.ASSERTION}
"""The keys that say where something is kept, and what each proves."""
_USUAL: Final = GraphTenant(GraphSignIn("", "", Proof.SECRET))


def read_graph(name: str, table: Table) -> Account:
    """A tenant, or some of its mailboxes. Mistakes are noted in the table's problems."""
    mailboxes = table.texts("mailboxes")
    alone = table.text("mailbox")
    tenant = GraphTenant(
        sign_in=_sign_in(table),
        mailboxes=(alone,) if alone else mailboxes,
        group=table.text("group"),
        profile=table.choice("profile", GraphProfile, _USUAL.profile),
        whole_messages=table.flag("whole_messages"),
        in_flight_per_mailbox=table.whole("in_flight_per_mailbox", _USUAL.in_flight_per_mailbox, 1, 4),
        in_flight=table.whole("in_flight", _USUAL.in_flight, 1, 64),
        page=table.whole("page", _USUAL.page, 1, 1000),
        mailbox_deadline=table.seconds("mailbox_deadline", _USUAL.mailbox_deadline),
    )
    said = [key for key in ("mailbox", "mailboxes", "group") if key in table]
    if len(said) > 1:
        table.complain(said[1], f"stands beside {said[0]}; keep one of them, or none for the whole tenant")
    if tenant.sign_in.proof is Proof.DEVICE_CODE and said:
        table.complain(said[0], "has no meaning with a device code: the mailbox is that of whoever signs in")
    sent_folders, history = table.texts("sent_folders"), table.flag("history")
    return Account(name, "graph", graph=tenant, sent_folders=sent_folders, history=history)


def _sign_in(table: Table) -> GraphSignIn:
    usual = _USUAL.sign_in
    kept = {key: read_secret(table, key) for key in _KEPT}
    given = [key for key in _KEPT if key in table]
    proof = table.choice("sign_in", Proof, _KEPT[given[0]] if given else Proof.SECRET)
    _check_proof(table, proof, given)
    if "tenant" not in table:
        table.miss("tenant", "the tenant's id, or one of its domains")
    client_id = table.text("client_id")
    if not client_id and proof is not Proof.MANAGED_IDENTITY:
        table.miss("client_id", "the application's id")
    secret: SecretReference | None = next((kept[key] for key in given), None)
    sign_in = GraphSignIn(
        tenant=table.text("tenant"),
        client_id=client_id,
        proof=proof,
        secret=secret,
        passphrase=read_secret(table, "passphrase"),
        cloud=table.choice("cloud", GraphCloud, usual.cloud),
        authority=_https(table, "authority"),
        root=_https(table, "root"),
        ca_file=table.path("ca_file"),
        connect_timeout=table.seconds("connect_timeout", usual.connect_timeout),
        read_timeout=table.seconds("read_timeout", usual.read_timeout),
        request_deadline=table.seconds("request_deadline", usual.request_deadline),
    )
    if sign_in.passphrase and proof is not Proof.CERTIFICATE:
        table.complain("passphrase", "needs certificate, whose key it opens")
    return sign_in


def _check_proof(table: Table, proof: Proof, given: list[str]) -> None:
    if len(given) > 1:
        table.complain(given[1], f"stands beside {given[0]}; keep one of them")
    elif given and _KEPT[given[0]] is not proof:
        table.complain("sign_in", f"is {proof}, which needs no {given[0]}; keep one of them")
    elif not given and proof in _KEPT.values():
        key = next(key for key, kind in _KEPT.items() if kind is proof)
        table.miss(key, f'where it is kept, {REFERENCE}; or sign_in = "managed-identity" or "device-code"')


def _https(table: Table, key: str) -> str:
    text = table.text(key)
    if text and not text.lower().startswith("https://"):
        table.complain(key, "must begin with https://")
    return text
