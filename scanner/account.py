"""Whose mail is read, where it is, and where the secret that opens it is kept (never the secret)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class SecretKind(StrEnum):
    """Where a secret is kept."""

    ENVIRONMENT = "env"
    FILE = "file"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is kept, not what it is: `env:NAME`, `file:PATH`, `command:PROGRAM ARGUMENTS`."""

    kind: SecretKind
    place: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}"


class Tls(StrEnum):
    """How the line is protected (RFC 8314). There is no value for "not at all"."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"


class Login(StrEnum):
    """How we prove who we are to an IMAP server."""

    PASSWORD = "password"  # noqa: S105 - the name of a method, not a password
    PLAIN = "plain"  # SASL PLAIN (RFC 4616), with an authorisation id when `act_as` is set
    XOAUTH2 = "xoauth2"
    OAUTHBEARER = "oauthbearer"  # RFC 7628


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A client-credentials application whose token msal fetches (RFC 6749 §4.4).

    `authority` is the sign-in host with the tenant; `scope` defaults to Exchange Online's IMAP. Exactly one of
    `secret` and `certificate` (a PEM file with key and certificate) is set.
    """

    authority: str
    client_id: str
    scope: str = "https://outlook.office365.com/.default"
    secret: SecretReference | None = None
    certificate: SecretReference | None = None


@dataclass(frozen=True, slots=True)
class ImapServer:
    """How to reach and open one mailbox over IMAP. Times are in seconds."""

    host: str
    user: str
    port: int = 993
    tls: Tls = Tls.IMPLICIT
    login: Login = Login.PASSWORD
    secret: SecretReference | None = None  # a password, or a ready token for the OAuth logins
    oauth: OAuthClient | None = None
    act_as: str = ""  # the mailbox to open with a master user's or proxy's rights
    master_separator: str = ""  # "*" makes the login name "act_as*user", as Dovecot's master users do
    ca_file: Path | None = None
    connect_timeout: float = 20.0
    read_timeout: float = 60.0
    command_deadline: float = 300.0


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox to scan.

    `scheme` names the connector (`mbox`, `maildir`, `eml`, `imap`, `memory`). `path` is set for archives, `server`
    for IMAP. `sent_folders` are folder names that the config declares to hold sent mail; empty means: find them.
    `searched` says that nobody named the archive's own path: it was found below a path that was given.
    """

    name: str
    scheme: str
    path: Path | None = None
    server: ImapServer | None = None
    sent_folders: tuple[str, ...] = ()
    searched: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.name
