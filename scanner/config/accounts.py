"""The tables [account.NAME] of the config file, each to an `Account`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from scanner.account import Account, ImapServer, Login, OAuthClient, Tls
from scanner.config.graph_account import read_graph
from scanner.config.reference import REFERENCE, read_secret
from scanner.config.table import Table

_IMPLICIT_PORT: Final = 993  # RFC 8314 §3.2
_STARTTLS_PORT: Final = 143


class _Type(StrEnum):
    IMAP = "imap"
    MBOX = "mbox"
    MAILDIR = "maildir"
    EML = "eml"
    GRAPH = "graph"


def read_account(name: str, table: Table) -> Account | None:
    """One account; None when its type is not known. Mistakes are noted in the table's problems."""
    if "type" not in table:
        table.complain("type", f"is missing: one of {', '.join(_Type)}")
        return None
    before = len(table.problems)
    kind = table.choice("type", _Type, _Type.IMAP)
    if len(table.problems) > before:
        return None  # which keys it may have is not known, so naming more mistakes would only confuse
    reader = _READERS.get(kind)
    account = reader(name, table) if reader else _archive(name, kind, table)
    table.finish(f" for type {kind}")
    return account


def _archive(name: str, kind: _Type, table: Table) -> Account:
    path = table.path("path")
    if "path" not in table:
        table.miss("path", "where the mail lies")
    return Account(name, str(kind), path=path, sent_folders=table.texts("sent_folders"))


def _imap(name: str, table: Table) -> Account:
    usual = ImapServer("", "")
    tls = table.choice("tls", Tls, usual.tls)
    login = table.choice("login", Login, usual.login)
    if "host" not in table:
        table.miss("host", "the name of the IMAP server")
    server = ImapServer(
        host=table.host("host"),
        user=_required(table, "user", "the name to log in with"),
        port=table.whole("port", _STARTTLS_PORT if tls is Tls.STARTTLS else _IMPLICIT_PORT, 1, 65535),
        tls=tls,
        login=login,
        secret=read_secret(table, "secret"),
        oauth=_oauth(table.table("oauth")),
        act_as=table.text("act_as"),
        master_separator=table.text("master_separator"),
        ca_file=table.path("ca_file"),
        connect_timeout=table.seconds("connect_timeout", usual.connect_timeout),
        read_timeout=table.seconds("read_timeout", usual.read_timeout),
        command_deadline=table.seconds("command_deadline", usual.command_deadline),
        mailbox_deadline=table.seconds("mailbox_deadline", usual.mailbox_deadline),
    )
    _check_login(table, server)
    sent_folders, history = table.texts("sent_folders"), table.flag("history")
    return Account(name, "imap", server=server, sent_folders=sent_folders, history=history)


def _check_login(table: Table, server: ImapServer) -> None:
    by_token = server.login in {Login.XOAUTH2, Login.OAUTHBEARER}
    if "oauth" in table and "secret" in table:
        table.complain("secret", "stands beside oauth; keep one of them")
    elif "oauth" in table and not by_token:
        table.complain("login", "must be xoauth2 or oauthbearer where oauth is given")
    elif "oauth" not in table and "secret" not in table:
        table.miss("secret", f"where the {'token' if by_token else 'password'} is kept, {REFERENCE}")
    if server.master_separator and not server.act_as:
        table.complain("master_separator", "needs act_as, the mailbox to open")


def _oauth(table: Table | None) -> OAuthClient | None:
    if table is None:
        return None
    client = OAuthClient(
        authority=_required(table, "authority", "the sign-in address with the tenant"),
        client_id=_required(table, "client_id", "the application's id"),
        scope=table.text("scope", OAuthClient("", "").scope),
        secret=read_secret(table, "secret"),
        certificate=read_secret(table, "certificate"),
    )
    if ("secret" in table) == ("certificate" in table):
        table.complain("secret", "exactly one of secret and certificate is needed")
    if client.authority and not client.authority.lower().startswith("https://"):
        table.complain("authority", "must begin with https://")
    table.finish()
    return client


def _required(table: Table, key: str, meaning: str) -> str:
    if key not in table:
        table.miss(key, meaning)
    return table.text(key)


_READERS: Final = {_Type.IMAP: _imap, _Type.GRAPH: read_graph}
