"""Seven secrets are planted where secrets may be kept; a run that fails everywhere must tell none of them."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

from tests.authority import Authority
from tests.cli.command import Ended, mail
from tests.connectors.hostile_imap import HostileImap, Script, Talk, hostile, server_context
from tests.telling.run import Post

KINDS = ("env", "file", "command", "credential", "keyring", "mail", "hook")
RING = """
import keyring.backend
class Ring(keyring.backend.KeyringBackend):
    priority = 1
    def set_password(self, service, user, password):
        raise NotImplementedError
    def get_password(self, service, user):
        return "canary-keyring-0f3c"
"""


def secret(kind: str) -> str:
    return f"canary-{kind}-0f3c"


class Parrot(Script):
    """A server that refuses every login and repeats it, in the answer and in an alert."""

    def answer(self, talk: Talk, line: bytes) -> None:
        tag, _, command = line.partition(b" ")
        if command.upper().startswith(b"LOGIN"):
            talk.send(
                b"* OK [ALERT] not with " + command + b"\r\n", tag + b" NO [AUTHENTICATIONFAILED] " + command + b"\r\n"
            )
        else:
            super().answer(talk, line)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def imap(authority: Authority) -> Iterator[HostileImap]:
    with hostile(Parrot(), authority, server_context(authority)) as running:
        yield running


@pytest.fixture
def post(authority: Authority) -> Iterator[Post]:
    with Post(authority.certificate("localhost")) as post:
        yield post


@pytest.fixture
def planted(tmp_path: Path, authority: Authority, imap: HostileImap, post: Post) -> dict[str, str]:
    """The environment of the command; the config refers to every secret, and what holds them lies in `kept`."""
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o700)
    for kind in KINDS:
        (kept / kind).write_text(f"https://localhost:1/{secret(kind)}\n" if kind == "hook" else f"{secret(kind)}\n")
        (kept / kind).chmod(0o600)
    (kept / "ring_of_the_test.py").write_text(RING)
    references = {
        "env": "env:PLANTED",
        "file": f"file:{kept / 'file'}",
        "command": f"command:cat {kept / 'command'}",
        "credential": "credential:credential",
        "keyring": "keyring:mail/anna",
    }
    accounts = "".join(
        f'[account.{kind}]\ntype = "imap"\nhost = "localhost"\nport = {imap.port}\nuser = "anna"\n'
        f'secret = "{place}"\nca_file = "{authority.file}"\n'
        for kind, place in references.items()
    )
    here = tmp_path / "here"
    here.mkdir()
    mail(here / "Sent.mbox")
    (here / "missedbcc.toml").write_text(
        f'[organisation]\ninternal = ["corp.example"]\n[account.archive]\ntype = "mbox"\npath = "Sent.mbox"\n{accounts}'
        f'[tell.mail]\nhost = "localhost"\nport = {post.port}\nca_file = "{authority.file}"\nuser = "u"\n'
        f'secret = "file:{kept / "mail"}"\nfrom = "scan@corp.example"\nto = ["sec@corp.example"]\n'
        f'[tell.webhook]\nurl = "file:{kept / "hook"}"\n[log]\nfile = "runs.jsonl"\n[metrics]\nfile = "m.prom"\n'
    )
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*sys.path, str(kept)]),
        "PYTHON_KEYRING_BACKEND": "ring_of_the_test.Ring",
        "PLANTED": secret("env"),
        "CREDENTIALS_DIRECTORY": str(kept),
        "MISSEDBCC_DEBUG": "1",
        "XDG_CONFIG_HOME": str(here / "settings"),
    }


def missedbcc(folder: Path, environment: dict[str, str], *words: str) -> Ended:
    done = run(
        [sys.executable, "-m", "scanner", *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def content(file: Path) -> bytes:
    """All bytes of a file, those of a workbook unpacked."""
    if file.suffix != ".xlsx":
        return file.read_bytes()
    with zipfile.ZipFile(file) as package:
        return b"".join(map(package.read, package.namelist()))


def test_no_planted_secret_is_told_anywhere(
    tmp_path: Path, planted: dict[str, str], imap: HostileImap, post: Post
) -> None:
    here = tmp_path / "here"
    streams = []
    for words, code in (
        (["scan"], 3),
        (["scan", "--json"], 3),
        (["check"], 1),
        (["check", "--json"], 1),
        (["status"], 3),
        (["report"], 3),
        (["schedule", "install", "--on", "systemd", "--into", "units", "--yes", "--credential", "credential=pw"], 0),
    ):
        done = missedbcc(here, planted, *words)
        assert done.code == code, done.err
        streams += [done.out, done.err]
    heard = b"\n".join(imap.heard).decode()
    used = [kind for kind in KINDS[:5] if secret(kind) in heard]
    assert used == list(KINDS[:5]), "each was taken from its place and tried"
    assert ("u", secret("mail")) in post.inbox.logins
    assert "Nobody was told by webhook" in streams[1]
    assert "Nobody was told by mail" in streams[1]
    files = [path for path in here.rglob("*") if path.is_file()]
    assert {".sqlite", ".xlsx", ".jsonl", ".prom", ".service"} <= {path.suffix for path in files}
    told = {("a stream", kind) for kind in KINDS for stream in streams if secret(kind) in stream}
    told |= {(path.name, kind) for path in files for kind in KINDS if secret(kind).encode() in content(path)}
    assert told == set()


def test_a_run_that_ends_in_a_traceback_tells_none_either(tmp_path: Path, planted: dict[str, str]) -> None:
    """Where something fails that nobody foresaw, with the traceback asked for."""
    program = (
        "import scanner.connectors.imap as imap\n"
        "from scanner.connectors.credentials import secret_of\n"
        "def fail(account):\n"
        "    secret = secret_of(account.server.secret)\n"
        "    raise ZeroDivisionError(f'while the secret of {account.server.secret} was in a variable')\n"
        "import scanner.scan\n"
        "scanner.scan.open_mailbox = fail\n"
        "from scanner.cli import main\n"
        "main()\n"
    )
    done = run(
        [sys.executable, "-c", program, "scan", "env", "keyring"],
        cwd=tmp_path / "here", env=planted, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert [kind for kind in KINDS if secret(kind) in done.stdout + done.stderr] == []
