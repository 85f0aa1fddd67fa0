"""R17: secrets are planted wherever secrets may be kept; servers repeat them, all fails, and nothing may tell them."""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import run
from urllib.parse import parse_qs

from tests.authority import Authority
from tests.cli.command import mail
from tests.connectors.hostile_imap import HostileImap, Script, Talk, server_context
from tests.faults.figure import Figure
from tests.graph.reply import Reply, Request, answer, error
from tests.graph.server import FakeGraph
from tests.telling.run import Post

KINDS = ("env", "file", "command", "credential", "keyring", "token", "client", "mail", "hook", "lock")
_REFUSED: set[str] = set()
"""The codes with which the sign-in host refused."""

_LEFT = {".sqlite", ".xlsx", ".jsonl", ".prom", ".service", ".json"}
"""Kinds of file that the commands leave, and that are looked through."""

_RING = """
import keyring.backend
class Ring(keyring.backend.KeyringBackend):
    priority = 1
    def set_password(self, service, user, password):
        raise NotImplementedError
    def get_password(self, service, user):
        return "canary-keyring-0f3c"
"""

_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check",),
    ("check", "--json"),
    ("scan",),
    ("scan", "--json", "--log", "second.jsonl"),
    ("status", "--json"),
    ("report", "--format", "csv"),
    ("report", "--password", "file:{kept}/lock"),
    ("decisions",),
    ("verify",),
    (
        *("schedule", "install", "--on", "systemd", "--run-as", "root", "--into", "units", "--yes"),
        *("--credential", "credential=pw"),
    ),
)


def secret(kind: str) -> str:
    """An invented secret."""
    return f"canary-{kind}-0f3c"


class _Parrot(Script):
    """Refuses every login and repeats it: in the answer, in an alert, and in the greeting of the next connection."""

    heard: bytes = b"nothing yet"

    def greet(self, talk: Talk) -> None:
        talk.send(b"* OK [ALERT] the last one said " + _Parrot.heard + b"\r\n")

    def answer(self, talk: Talk, line: bytes) -> None:
        tag, _, command = line.partition(b" ")
        if command.upper().startswith(b"LOGIN"):
            _Parrot.heard = line
            said = b"* OK [ALERT] not with " + command + b"\r\n"
            talk.send(said, tag + b" NO [AUTHENTICATIONFAILED] " + command + b"\r\n")
        else:
            super().answer(talk, line)

    def on_authenticate(self, talk: Talk, tag: bytes, command: bytes) -> None:
        said = command.split(b" ", 2)[-1]
        if command.count(b" ") < 2:
            talk.send(b"+ \r\n")
            said = talk.line()
        _Parrot.heard = base64.b64decode(said).replace(b"\x01", b" ")
        talk.send(b"* OK [ALERT] not with " + _Parrot.heard + b"\r\n" + tag + b" NO " + _Parrot.heard + b"\r\n")


def measure(folder: Path) -> Figure:
    """One case for each secret and each place where it was looked for."""
    figure = Figure("R17 planted secrets", changed=None)
    here, kept = folder / "here", folder / "kept"
    with servers(folder / "authority") as (imap, graph, post), _processes() as processes:
        environment = planted(here, kept, (imap, graph, post))
        told: dict[str, bytes] = {}
        for words in _COMMANDS:
            said = run(
                [sys.executable, "-m", "scanner", *(word.format(kept=kept) for word in words)],
                cwd=here, env=environment, capture_output=True, check=False, timeout=600,
            )  # fmt: skip
            told |= {f"{' '.join(words)}: stdout": said.stdout, f"{' '.join(words)}: stderr": said.stderr}
            if said.returncode not in (0, 1, 3, 4):
                figure.wrong.append(f"{words}: code {said.returncode}: {said.stderr[-400:]!r}")
            if b"Traceback" in said.stderr:
                figure.unclear += 1
        files = [path for path in here.rglob("*") if path.is_file()]
        told |= {str(path.relative_to(here)): _content(path) for path in files}
        figure.wrong += [f"no {kind} was left" for kind in sorted(_LEFT - {path.suffix for path in files})]
        told |= {f"mail {number}": taken[2] for number, taken in enumerate(post.inbox.taken)}
        told["command lines"] = b"\n".join(processes)
        used = _used(imap, graph, post)
    secrets = {**{kind: secret(kind) for kind in KINDS}, **used}
    for kind in sorted({*KINDS, "access token 0"} - used.keys() - {"hook", "lock"}):
        figure.wrong.append(f"{kind}: was never used")
    for kind, text in secrets.items():
        for where, content in told.items():
            figure.cases += 1
            if any(form in content for form in _forms(text)):
                figure.wrong.append(f"{kind}: told in {where}")
    found = sum("told in" in wrong for wrong in figure.wrong)
    figure.also = f"{len(secrets)} secrets looked for in {len(told)} outputs, {found} found"
    return figure


def planted(here: Path, kept: Path, beside: tuple[HostileImap, FakeGraph, Post]) -> dict[str, str]:
    """Write the config, which refers to every secret, and what holds them; gives the environment of the command."""
    imap, graph, post = beside
    here.mkdir(parents=True)
    kept.mkdir(mode=0o700)
    for kind in KINDS:
        (kept / kind).write_text(f"https://localhost:1/{secret(kind)}\n" if kind == "hook" else f"{secret(kind)}\n")
        (kept / kind).chmod(0o600)
    (kept / "ring_of_the_test.py").write_text(_RING)
    mail(here / "Sent.mbox")
    ca_file = str(graph.ca_file)
    server = {"type": "imap", "host": "localhost", "port": imap.port, "user": "anna", "ca_file": ca_file}
    tenant = {
        "type": "graph", "tenant": graph.tenant.id, "client_id": graph.signin.application.client_id,
        "authority": graph.root, "root": graph.root, "ca_file": ca_file,
    }  # fmt: skip
    tables: dict[str, dict[str, object]] = {
        "organisation": {"internal": ["corp.example"]},
        "account.archive": {"type": "mbox", "path": "Sent.mbox"},
        "account.env": {**server, "secret": "env:PLANTED"},
        "account.file": {**server, "secret": f"file:{kept / 'file'}"},
        "account.command": {**server, "secret": f"command:cat {kept / 'command'}"},
        "account.credential": {**server, "secret": "credential:credential"},
        "account.keyring": {**server, "secret": "keyring:mail/anna"},
        "account.token": {**server, "secret": f"file:{kept / 'token'}", "login": "xoauth2"},
        "account.client": {**tenant, "secret": f"file:{kept / 'client'}"},
        "account.refused": {**tenant, "secret": str(graph.secret)},
        "tell.mail": {
            "host": "localhost", "port": post.port, "ca_file": ca_file, "user": "u",
            "secret": f"file:{kept / 'mail'}", "from": "scan@corp.example", "to": ["sec@corp.example"],
        },
        "tell.webhook": {"url": f"file:{kept / 'hook'}"},
        "log": {"file": "runs.jsonl"},
        "metrics": {"file": "m.prom"},
    }  # fmt: skip
    lines = (
        line
        for name, table in tables.items()
        for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()))
    )
    (here / "missedbcc.toml").write_text("\n".join(lines) + "\n")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*sys.path, str(kept)]),
        "PYTHON_KEYRING_BACKEND": "ring_of_the_test.Ring",
        "PLANTED": secret("env"),
        "CREDENTIALS_DIRECTORY": str(kept),
        "MISSEDBCC_DEBUG": "1",
        "XDG_CONFIG_HOME": str(here / "settings"),
    }


@contextmanager
def servers(folder: Path) -> Iterator[tuple[HostileImap, FakeGraph, Post]]:
    """Each refuses whoever comes, and repeats what it was shown."""
    authority = Authority(folder)
    with ExitStack() as stack:
        imap = HostileImap(_Parrot(), server_context(authority), authority)
        stack.callback(imap.stop)
        graph = FakeGraph(authority)
        stack.callback(graph.stop)
        graph.clock.sleep(time.time() - graph.clock.now())  # so that clocks agree
        graph.faults.script("/token", _no_token, times=1_000)
        graph.faults.script(r"^/v1\.0", _no_mail, times=1_000)
        yield imap, graph, stack.enter_context(Post(authority.certificate("localhost")))


def _no_token(request: Request) -> Reply | None:
    """What the sign-in host says of a wrong secret, with the secret in it; the right one is left to the fake."""
    form = parse_qs(request.body.decode())
    shown = form.get("client_secret", [""])[0]
    if shown != secret("client"):
        return None
    _REFUSED.add("AADSTS7000215")
    sentence = f"AADSTS7000215: Invalid client secret provided: '{shown}'."
    return answer({"error": "invalid_client", "error_description": sentence, "error_codes": [7000215]}, 401)


def _no_mail(request: Request) -> Reply:
    """Refuses the token, and repeats it."""
    shown = request.headers.get("authorization", "")
    challenge = f'Bearer error="invalid_token", error_description="{shown}"'
    return error(401, "InvalidAuthenticationToken", f"Not with {shown}").plus(WWW_Authenticate=challenge)


def _used(imap: HostileImap, graph: FakeGraph, post: Post) -> dict[str, str]:
    """The secrets that left for a server, with the token that the fake gave and the secret it gave it for."""
    heard = b"\n".join(imap.heard)
    used = {kind: secret(kind) for kind in KINDS if any(form in heard for form in _forms(secret(kind)))}
    used |= {kind: secret(kind) for kind in KINDS if ("u", secret(kind)) in post.inbox.logins}
    if "AADSTS7000215" in _REFUSED:
        used["client"] = secret("client")
    given = {f"access token {number}": token for number, token in enumerate(graph.signin.tokens)}
    return used | given | {"application": min(graph.signin.application.secrets)} if given else used


def _forms(text: str) -> list[bytes]:
    """A secret as it is, and in Base64 wherever in a group of three octets it begins."""
    plain = text.encode()
    return [plain, *(base64.b64encode(b"x" * skip + plain)[4 if skip else 0 : -4] for skip in range(3))]


def _content(file: Path) -> bytes:
    """All octets of a file, those of a workbook unpacked."""
    if not zipfile.is_zipfile(file):
        return file.read_bytes()
    with zipfile.ZipFile(file) as package:
        return b"".join(map(package.read, package.namelist()))


@contextmanager
def _processes() -> Iterator[set[bytes]]:
    """The command lines of all processes meanwhile, as anybody on the machine can read them."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:  # it has ended
                    continue

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join(20)
