"""A Dovecot of our own: on loopback, on free ports, with its own authority, gone when the tests are over."""

from __future__ import annotations

import atexit
import base64
import functools
import getpass
import grp
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from scanner.account import Account, ImapServer, Login, SecretKind, SecretReference, Tls
from scanner.connectors.tls_socket import closing
from tests.authority import Authority
from tests.needed import absent, program

DOMAIN = "acme.test"
PASSWORD = "correct-horse"
MASTER = "scanner"
MASTER_PASSWORD = "master pw"
HS256_KEY = b"invented key of the tests, long enough for HMAC"
_START_SECONDS = 20.0
_NUMBER = re.compile(r"\.M(\d{7})P1\.acme")


@dataclass(frozen=True)
class Dovecot:
    """The running server. Users are made by the first login; every password is `PASSWORD`."""

    root: Path
    port: int  # TLS from the first byte
    starttls_port: int
    authority: Authority
    owner: tuple[int, int]

    @staticmethod
    def address(name: str) -> str:
        """The login name of an invented user."""
        return f"{name}@{DOMAIN}"

    def home(self, name: str) -> Path:
        """The folder that holds the user's mail."""
        return self.root / "home" / self.address(name)

    def server(self, name: str) -> ImapServer:
        """How to reach a user's mailbox; the tests vary it with `dataclasses.replace`."""
        return ImapServer(
            host="localhost",
            user=self.address(name),
            port=self.port,
            secret=SecretReference(SecretKind.COMMAND, f"printf %s '{PASSWORD}'"),
            ca_file=self.authority.file,
            connect_timeout=10.0,
            read_timeout=20.0,
            command_deadline=60.0,
        )

    def starttls(self, name: str) -> ImapServer:
        """The same over the port that begins in clear."""
        return replace(self.server(name), port=self.starttls_port, tls=Tls.STARTTLS)

    def account(self, name: str, *sent_folders: str) -> Account:
        """The account of a user, with an empty mailbox unless something was put there."""
        return Account(name, "imap", server=self.server(name), sent_folders=sent_folders)

    def maildir(self, name: str, folder: str = "Sent") -> Path:
        """The Maildir of a folder, made if need be, without asking the server."""
        base = self.home(name) / "Maildir"
        path = base if folder == "INBOX" else base / f".{folder.replace('/', '.')}"
        made = [self.home(name), base, path, *(path / part for part in ("cur", "new", "tmp"))]
        for directory in made:
            directory.mkdir(parents=True, exist_ok=True)
            os.chown(directory, *self.owner)
        return path

    def fill(self, name: str, messages: Iterable[bytes], folder: str = "Sent") -> int:
        """Put messages into a folder as files, which Dovecot indexes when it looks next; gives their number.

        They get ascending UIDs in the order given, also across calls.
        """
        cur = self.maildir(name, folder) / "cur"
        uidlist = cur.parent / "dovecot-uidlist"
        known = " ".join([*os.listdir(cur), uidlist.read_text() if uidlist.exists() else ""])
        number = before = max(map(int, _NUMBER.findall(known)), default=0)  # a name is never given twice
        for message in messages:
            number += 1
            path = cur / f"{1_600_000_000 + number}.M{number:07d}P1.acme:2,S"
            path.write_bytes(message)
            os.chown(path, *self.owner)
        return number - before

    def rebuild(self, name: str, folder: str = "Sent") -> None:
        """Give the folder a new UIDVALIDITY, as a restored backup does."""
        for path in self.maildir(name, folder).glob("dovecot*"):
            path.unlink()

    def doveadm(self, *arguments: str) -> str:
        """What Dovecot's own tool says."""
        command = ["doveadm", "-c", str(self.root / "dovecot.conf"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout

    def kick(self, name: str) -> None:
        """Throw out all connections of a user."""
        command = ["doveadm", "-c", str(self.root / "dovecot.conf"), "kick", self.address(name)]
        subprocess.run(command, check=False, capture_output=True, timeout=600)

    def record(self, name: str) -> None:
        """From now on keep what the user's sessions send and receive."""
        directory = self.root / "rawlog" / self.address(name)
        directory.mkdir(parents=True, exist_ok=True)
        os.chown(directory, *self.owner)

    def recorded(self, name: str) -> bytes:
        """What the clients of the user sent after their logins since `record`."""
        directory = self.root / "rawlog" / self.address(name)
        return b"".join(path.read_bytes() for path in sorted(directory.glob("*.in")))

    def state(self, name: str, folder: str = "Sent") -> str:
        """All that a scan must leave as it is: counts, UIDNEXT, the highest MODSEQ, and flags and MODSEQ of each."""
        user = ("-u", self.address(name))
        items = "messages recent uidnext uidvalidity unseen highestmodseq"
        return self.doveadm("mailbox", "status", *user, items, folder) + self.doveadm(
            "fetch", *user, "uid flags modseq", "mailbox", folder
        )

    def token(self, name: str, **claims: object) -> str:
        """A token that the server takes for this user, unless the claims spoil it."""
        import jwt  # noqa: PLC0415 - only some tests need it

        now = int(time.time())
        payload = {
            "sub": name,
            "email": self.address(name),
            "scope": "mail",
            "iss": "https://issuer.test",
            "iat": now,
            "exp": now + 600,
            **claims,
        }
        return jwt.encode(payload, HS256_KEY, algorithm="HS256", headers={"kid": "default"})

    def tokened(self, name: str, login: Login, **claims: object) -> ImapServer:
        """A server with a ready token in place of the password."""
        secret = SecretReference(SecretKind.COMMAND, f"printf %s {self.token(name, **claims)}")
        return replace(self.server(name), login=login, secret=secret)


@pytest.fixture(scope="session")
def dovecot() -> Dovecot:
    """The one Dovecot of a test run. Tests use users of their own."""
    dovecot = program("dovecot", "dovecot-imapd")
    version = subprocess.run([dovecot, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    if not version.startswith("2.3."):
        absent(f"Dovecot {version.split(' ')[0].strip()} has another configuration language than the 2.3 we know")
    return running()


def free_port() -> int:
    """A port of loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@functools.cache
def running() -> Dovecot:
    """Start it, once a process; it ends with the process."""
    root = Path(tempfile.mkdtemp(prefix="mbdove"))
    root.chmod(0o755)  # the mail user passes through it
    owner = (
        (pwd.getpwnam("mail").pw_uid, grp.getgrnam("mail").gr_gid) if os.getuid() == 0 else (os.getuid(), os.getgid())
    )
    authority = Authority(root / "tls")
    certificate, key = authority.certificate("localhost")
    server = Dovecot(root, free_port(), free_port(), authority, owner)
    for name in ("home", "rawlog", "keys/default/HS256"):
        (root / name).mkdir(parents=True)
    for name in ("home", "rawlog"):
        os.chown(root / name, *owner)
    (root / "keys/default/HS256/default").write_bytes(base64.b64encode(HS256_KEY))
    (root / "masters").write_text(f"{MASTER}:{{PLAIN}}{MASTER_PASSWORD}\n")
    (root / "oauth2.conf").write_text(_OAUTH.format(root=root))
    me = "" if os.getuid() == 0 else _AS_MYSELF.format(user=getpass.getuser(), group=grp.getgrgid(os.getgid()).gr_name)
    values = {"root": root, "cert": certificate, "key": key, "password": PASSWORD, "uid": owner[0], "gid": owner[1]}
    (root / "dovecot.conf").write_text(_CONFIG.format(port=server.starttls_port, tls_port=server.port, **values) + me)
    _start(server)
    return server


def _start(server: Dovecot) -> None:
    output = (server.root / "output").open("wb")
    process = subprocess.Popen(
        ["dovecot", "-F", "-c", str(server.root / "dovecot.conf")], stdout=output, stderr=subprocess.STDOUT
    )
    output.close()
    atexit.register(_stop, process, server.root)
    deadline = time.monotonic() + _START_SECONDS
    context = closing(ssl.create_default_context(cafile=server.authority.file))
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with (
                socket.create_connection(("127.0.0.1", server.port), 1.0) as line,
                context.wrap_socket(line, server_hostname="localhost") as tls,
            ):
                if tls.recv(4) == b"* OK":
                    return
        except OSError:
            time.sleep(0.02)  # between two looks whether the port is open; bounded by the deadline
    said = (server.root / "output").read_text("utf-8", "replace")
    log = server.root / "log"
    raise RuntimeError(f"Dovecot did not start: {said} {log.read_text() if log.exists() else ''}")


def _stop(process: subprocess.Popen[bytes], root: Path) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    shutil.rmtree(root, ignore_errors=True)


_OAUTH = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={root}/keys/
username_attribute = email
scope = mail
issuers = https://issuer.test
"""

_AS_MYSELF = """
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
service imap-login {{
  chroot =
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

_CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
instance_name = missedbcc-tests
listen = 127.0.0.1
protocols = imap
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2 oauthbearer
auth_master_user_separator = *
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
auth_verbose = yes
mail_max_userip_connections = 50
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
protocol imap {{
  rawlog_dir = {root}/rawlog/%u
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/masters
  master = yes
  result_success = continue
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/home/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
}}
"""
