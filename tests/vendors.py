"""Cyrus and Courier, each in an overlay of this system, because their packages cannot stand beside Dovecot's."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scanner.account import Account, ImapServer, SecretKind, SecretReference
from tests.authority import Authority
from tests.dovecot import free_port
from tests.overlay import CannotOverlay, Overlay

if TYPE_CHECKING:
    from imapclient import IMAPClient

USER = "alice@acme.test"
PASSWORD = "pw-of-alice"
PROXY = "scanner@acme.test"
PROXY_PASSWORD = "pw-of-scanner"
_START_SECONDS = 40.0


@dataclass(frozen=True)
class Vendor:
    """A running server. `sent` is the name of the folder of sent mail, as the server shows it."""

    name: str
    port: int
    authority: Authority
    overlay: Overlay
    sent: str

    def server(self) -> ImapServer:
        """How to reach the mailbox of `USER`."""
        secret = SecretReference(SecretKind.COMMAND, f"printf %s {PASSWORD}")
        return ImapServer("localhost", USER, port=self.port, secret=secret, ca_file=self.authority.file)

    def account(self) -> Account:
        """The account of `USER`."""
        return Account(self.name, "imap", server=self.server())

    @contextlib.contextmanager
    def client(self) -> Iterator[IMAPClient]:
        """A plain client with the right to write, for putting mail there and looking at what became of it."""
        from imapclient import IMAPClient  # noqa: PLC0415 - only where a vendor runs

        context = ssl.create_default_context(cafile=self.authority.file)
        with IMAPClient("localhost", self.port, ssl_context=context, timeout=600) as client:
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a message is sent in three pieces
            client.login(USER, PASSWORD)
            yield client

    def fill(self, messages: Iterable[bytes]) -> None:
        """Hand the messages to the server (APPEND), which stores them as it thinks right."""
        with self.client() as client:
            for message in messages:
                client.append(self.sent, message)


def started(build: str) -> Vendor:
    """The one running Cyrus or Courier of this process. Raises `CannotOverlay`."""
    return _BUILDERS[build]()


def built_or_skipped(build: str) -> Vendor:
    """The vendor, or a skipped test where nobody asked for the overlays, or a failed one where they cannot be made."""
    if not (os.environ.get("MISSEDBCC_REQUIRE_SERVERS") or os.environ.get("MISSEDBCC_OVERLAYS")):
        pytest.skip(f"{build} is built in an overlay of the system when MISSEDBCC_OVERLAYS=1 is set (as root)")
    try:
        return started(build)
    except CannotOverlay as reason:
        pytest.fail(f"{build} cannot be built: {reason}")


@pytest.fixture(scope="session")
def cyrus() -> Vendor:
    """The one Cyrus of a test run."""
    return built_or_skipped("Cyrus")


@pytest.fixture(scope="session")
def courier() -> Vendor:
    """The one Courier of a test run."""
    return built_or_skipped("Courier")


@functools.cache
def _courier() -> Vendor:
    overlay = Overlay("courier-imap", "courier-authdaemon", "courier-authlib-userdb")
    port = free_port()
    authority, certificate, key = _certificate()
    overlay.write("etc/courier/imapd.pem", key.read_bytes() + certificate.read_bytes(), 0o600)
    for path, changes in (
        ("etc/courier/imapd-ssl", {"SSLADDRESS": "127.0.0.1", "SSLPORT": str(port)}),
        ("etc/courier/authdaemonrc", {"authmodulelist": '"authuserdb"'}),
        ("etc/courier/imapd", {"MAXPERIP": "50"}),
    ):
        overlay.write(path, _changed((overlay.root / path).read_text(), changes))
    overlay.run("useradd", "--system", "--no-create-home", "mbmail")
    uid, gid = overlay.run("id", "-u", "mbmail").strip(), overlay.run("id", "-g", "mbmail").strip()
    home = "/var/lib/mbmail"
    overlay.run("install", "-d", "-o", "mbmail", "-g", "mbmail", home)
    overlay.run("userdb", USER, "set", f"uid={uid}", f"gid={gid}", f"home={home}", f"mail={home}/Maildir")
    overlay.run("sh", "-c", f"userdbpw -md5 | userdb {USER} set systempw", said=f"{PASSWORD}\n{PASSWORD}\n")
    overlay.run("sh", "-c", "chmod 600 /etc/courier/userdb && makeuserdb")
    overlay.run("runuser", "-u", "mbmail", "--", "maildirmake.courier", f"{home}/Maildir")
    overlay.run("runuser", "-u", "mbmail", "--", "maildirmake.courier", "-f", "Sent", f"{home}/Maildir")
    overlay.run("install", "-d", "-o", "courier", "-g", "courier", "/run/courier", "/run/courier/authdaemon")
    _start(overlay, "authdaemond", "start")
    _start(overlay, "/usr/lib/courier/imapd-ssl", "start")
    atexit.register(_quietly, overlay, "authdaemond", "stop")
    atexit.register(_quietly, overlay, "/usr/lib/courier/imapd-ssl", "stop")
    _await(port)
    return Vendor("Courier", port, authority, overlay, "INBOX.Sent")


@functools.cache
def _cyrus() -> Vendor:
    overlay = Overlay("cyrus-imapd", "cyrus-admin", "sasl2-bin", "libsasl2-modules")
    port = free_port()
    authority, certificate, key = _certificate()
    for name, path in (("cert.pem", certificate), ("key.pem", key), ("ca.pem", authority.file)):
        overlay.write(f"etc/mb/{name}", path.read_bytes())
    overlay.write("etc/mb/imapd.conf", _IMAPD_CONF)
    overlay.write("etc/mb/cyrus.conf", _CYRUS_CONF.format(port=port))
    parts = ("db", "proc", "socket", "lock", "log", "msg", "quota", "user", "sieve", "ptclient")
    folders = [f"/var/lib/mbcyrus/{part}" for part in parts]
    overlay.run("install", "-d", "-o", "cyrus", "-g", "mail", "/var/lib/mbcyrus", "/var/spool/mbcyrus", *folders)
    for user, password in ((USER, PASSWORD), (PROXY, PROXY_PASSWORD)):
        name, _, realm = user.partition("@")
        overlay.run("saslpasswd2", "-p", "-c", "-f", "/etc/mb/sasldb2", "-u", realm, name, said=password)
    overlay.run("sh", "-c", "chown -R cyrus:mail /etc/mb && chmod 640 /etc/mb/key.pem /etc/mb/sasldb2")
    master = ("/usr/lib/cyrus/bin/master", "-C", "/etc/mb/imapd.conf", "-M", "/etc/mb/cyrus.conf", "-p", "/run/mb.pid")
    process = subprocess.Popen(
        overlay.command(*master), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    atexit.register(_end, process)
    _await(port)
    return Vendor("Cyrus", port, authority, overlay, "INBOX/Sent")


_BUILDERS = {"Courier": _courier, "Cyrus": _cyrus}


def _certificate() -> tuple[Authority, Path, Path]:
    folder = Path(tempfile.mkdtemp(prefix="mbtls"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    authority = Authority(folder)
    return authority, *authority.certificate("localhost")


def _changed(text: str, changes: dict[str, str]) -> str:
    """A shell-like settings file with some of its values replaced."""
    lines = []
    for line in text.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={changes[name]}" if name in changes else line)
    return "\n".join(lines) + "\n"


def _start(overlay: Overlay, *command: str) -> None:
    """Run a script that leaves a daemon behind; its output goes nowhere, else we would wait for the daemon's end."""
    subprocess.run(
        overlay.command(*command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=600,
        check=True,
    )


def _quietly(overlay: Overlay, *command: str) -> None:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        _start(overlay, *command)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def _await(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            if time.monotonic() > deadline:
                raise CannotOverlay(f"The server did not open its port within {_START_SECONDS:.0f} seconds.") from None
            time.sleep(0.1)  # between two looks whether the port is open; bounded by the deadline
        else:
            return


_IMAPD_CONF = """
configdirectory: /var/lib/mbcyrus
partition-default: /var/spool/mbcyrus
defaultpartition: default
admins: cyrusadm@acme.test
proxyservers: scanner@acme.test
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /etc/mb/sasldb2
sasl_mech_list: PLAIN LOGIN
virtdomains: userid
defaultdomain: internal.test
unixhierarchysep: yes
altnamespace: no
allowplaintext: no
tls_server_cert: /etc/mb/cert.pem
tls_server_key: /etc/mb/key.pem
tls_server_ca_file: /etc/mb/ca.pem
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Sent | Drafts
autocreate_subscribe_folders: Sent | Drafts
xlist-sent: Sent
xlist-drafts: Drafts
specialusealways: yes
"""

_CYRUS_CONF = """
START {{
  recover cmd="ctl_cyrusdb -C /etc/mb/imapd.conf -r"
}}
SERVICES {{
  imaps cmd="imapd -s -C /etc/mb/imapd.conf -U 30" listen="127.0.0.1:{port}" prefork=0 maxchild=50
}}
EVENTS {{
  checkpoint cmd="ctl_cyrusdb -C /etc/mb/imapd.conf -c" period=30
}}
"""
