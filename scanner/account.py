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
    CREDENTIAL = "credential"  # that systemd hands to the service (LoadCredential=)
    KEYRING = "keyring"  # of the desktop or the operating system


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is kept, not what it is.

    `env:NAME`, `file:PATH`, `command:PROGRAM ARGUMENTS`, `credential:NAME` or `keyring:SERVICE/USER`.
    """

    kind: SecretKind
    place: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}"


def is_credential_name(text: str) -> bool:
    """Whether a file below $CREDENTIALS_DIRECTORY may be called so: it must not lead elsewhere (systemd.exec(5))."""
    plain = text.replace("-", "a").replace("_", "a").replace(".", "a")
    return plain.isascii() and plain.isalnum() and not text.startswith(".") and len(text) < 256


def keyring_place(place: str) -> tuple[str, str]:
    """Service and user of `SERVICE/USER`, either "" where it is missing; a user may hold further slashes."""
    service, _, user = place.partition("/")
    return service.strip(), user.strip()


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
    mailbox_deadline: float = 14_400.0  # of one run; the next run goes on from there


class GraphCloud(StrEnum):
    """The clouds of Microsoft 365. Tokens of one mean nothing in another. GCC is part of the global cloud."""

    GLOBAL = "global"
    USGOV_L4 = "usgov-l4"  # GCC High
    USGOV_L5 = "usgov-l5"  # DoD
    CHINA = "china"  # operated by 21Vianet

    @property
    def authority(self) -> str:
        """The sign-in host."""
        return _CLOUDS[self][0]

    @property
    def root(self) -> str:
        """The Graph service, without version."""
        return _CLOUDS[self][1]


_CLOUDS = {
    GraphCloud.GLOBAL: ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
    GraphCloud.USGOV_L4: ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
    GraphCloud.USGOV_L5: ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    GraphCloud.CHINA: ("https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
}


class Proof(StrEnum):
    """How an application, or the person before the screen, proves who they are to the sign-in host."""

    CERTIFICATE = "certificate"  # a PEM file with key and certificate, or a PFX file
    SECRET = "secret"  # noqa: S105 - the name of a method, not a secret
    MANAGED_IDENTITY = "managed-identity"
    ASSERTION = "assertion"  # a file that a workload identity keeps fresh (RFC 7523)
    DEVICE_CODE = "device-code"  # RFC 8628: one person, one mailbox


class GraphProfile(StrEnum):
    """Which folders are read, each level with those before it."""

    SENT = "sent"  # sent items and the folders below
    DELETED = "deleted"  # and what was sent and then deleted, as long as it can be recovered
    ALL = "all"  # and what was sent and filed anywhere else


@dataclass(frozen=True, slots=True)
class GraphSignIn:
    """Who signs in, where, and how. Two accounts with equal ones share one token.

    `authority` and `root` override those of the cloud; both begin with https://. `secret` is where the client secret,
    the certificate file or the assertion is kept, None for a managed identity or a device code. `passphrase` opens an
    encrypted key. `client_id` is that of the application; for a managed identity, that of a user-assigned one or "".
    """

    tenant: str
    client_id: str
    proof: Proof
    secret: SecretReference | None = None
    passphrase: SecretReference | None = None
    cloud: GraphCloud = GraphCloud.GLOBAL
    authority: str = ""
    root: str = ""
    ca_file: Path | None = None
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    request_deadline: float = 300.0

    @property
    def authority_url(self) -> str:
        """The sign-in address with the tenant."""
        return f"{(self.authority or self.cloud.authority).rstrip('/')}/{self.tenant}"

    @property
    def root_url(self) -> str:
        """The Graph service, without version and without a slash at the end."""
        return (self.root or self.cloud.root).rstrip("/")


@dataclass(frozen=True, slots=True)
class GraphTenant:
    """Which mailboxes of a Microsoft 365 tenant are read, and how.

    `mailboxes` are user principal names, addresses or object ids; `group` is the object id of a group whose members'
    mailboxes are read; both empty means every mailbox of the tenant. With a device code there is one mailbox, that of
    the person who signs in. `whole_messages` says that Mail.Read was granted on purpose, so that `raw` may be used.
    At most `in_flight` requests are under way at a time, and `in_flight_per_mailbox` (1 to 4) for one mailbox. One run
    reads a mailbox for `mailbox_deadline` seconds; the next run goes on from there.
    """

    sign_in: GraphSignIn
    mailboxes: tuple[str, ...] = ()
    group: str = ""
    profile: GraphProfile = GraphProfile.SENT
    whole_messages: bool = False
    in_flight_per_mailbox: int = 2
    in_flight: int = 8
    page: int = 500
    mailbox_deadline: float = 14_400.0


@dataclass(frozen=True, slots=True)
class GraphMailbox:
    """One mailbox of a tenant: its user's object id (or name, or "" for the person signed in), and their addresses."""

    user: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox to scan, or a tenant that a scan expands into its mailboxes.

    `scheme` names the connector (`mbox`, `maildir`, `eml`, `imap`, `graph`, `memory`). `path` is set for archives,
    `server` for IMAP, `graph` for Microsoft 365; there, `mailbox` is None until the account is that of one mailbox.
    `sent_folders` are folder names that the config declares to hold sent mail; empty means: find them.
    `history` says that the other folders of a server's mailbox are read too, as evidence of who knew whom before and of
    what came back; archives are always read as a whole.
    `searched` says that nobody named the archive's own path: it was found below a path that was given. `below` are the
    folders between the two, with slashes between; what they are called may say what the archive holds.
    """

    name: str
    scheme: str
    path: Path | None = None
    server: ImapServer | None = None
    sent_folders: tuple[str, ...] = ()
    graph: GraphTenant | None = None
    mailbox: GraphMailbox | None = None
    history: bool = False
    searched: bool = field(default=False, compare=False)
    below: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.name
