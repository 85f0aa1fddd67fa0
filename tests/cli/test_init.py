"""The config file that `init` writes: every key, every example right, no secret."""

from __future__ import annotations

import os
import pty
import re
import stat
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from scanner.account import Account, Proof, SecretKind, SecretReference
from scanner.cli.init import TENANT, Answers, config_text
from scanner.config import load_config, parse_config
from scanner.detector.contexts import context_names
from scanner.unattended import Cadence, Retention, Unattended
from tests.cli.command import missedbcc

FILE = Path("missedbcc.toml")
COMMENTED_KEYS = [
    "port", "tls", "login", "act_as", "master_separator", "ca_file", "sent_folders", "connect_timeout", "read_timeout",
    "command_deadline", "mailbox_deadline",
]  # fmt: skip


def test_without_answers_the_file_is_the_default_and_shows_every_key(tmp_path: Path) -> None:
    ended = missedbcc(tmp_path, "init")
    assert (ended.code, ended.out) == (0, "missedbcc.toml\n")
    assert "missedbcc check" in ended.err
    config = load_config(tmp_path / "missedbcc.toml")
    assert config.accounts == ()
    assert config.policy == parse_config("", FILE).policy
    assert stat.S_IMODE((tmp_path / "missedbcc.toml").stat().st_mode) == 0o600


def test_the_answers_are_in_the_file_and_the_secret_is_not(tmp_path: Path) -> None:
    words = ["--internal", "corp.example", "--internal", "corp.test", "--account", "sales team"]
    words += ["--host", "imap.corp.example", "--user", 'sales"@corp.example', "--secret", "file:secret"]
    assert missedbcc(tmp_path, "init", *words).code == 0
    config = load_config(tmp_path / "missedbcc.toml")
    assert [entry.domain for entry in config.policy.internal] == ["corp.example", "corp.test"]
    (account,) = config.accounts
    assert account.server is not None
    assert (account.name, account.server.host, account.server.user) == (
        "sales team",
        "imap.corp.example",
        'sales"@corp.example',
    )
    assert account.server.secret == SecretReference(SecretKind.FILE, str(tmp_path / "secret"))


@pytest.mark.parametrize("key", COMMENTED_KEYS)
def test_every_example_in_the_comments_is_right(key: str) -> None:
    """Taking away the mark of a comment gives a file that our own loader accepts."""
    text = config_text(Answers(account="sales"))
    assert f"# {key} = " in text
    begin, mark, accounts = text.partition("# IMAP: one table")
    lines = [line.removeprefix("# ") if line.startswith(f"# {key} = ") else line for line in accounts.splitlines()]
    lines = [begin, mark + lines[0], *lines[1:]]
    if key == "master_separator":
        lines.append('act_as = "boss"')
    (account,) = parse_config("\n".join(lines), FILE).accounts
    assert account.name == "sales"


def test_the_example_of_an_application_is_right() -> None:
    text = config_text(Answers(account="sales"))
    begin, _, application = text.partition("# [account.sales.oauth]")
    begin = begin.replace('secret = "env:SALES_PASSWORD"', 'login = "xoauth2"', 1)
    lines = [line.removeprefix("# ") for line in application.splitlines()]
    (account,) = parse_config("\n".join([begin, "[account.sales.oauth]", *lines]), FILE).accounts
    assert account.server is not None
    assert account.server.oauth is not None


def test_the_examples_of_what_judges_are_right_when_uncommented() -> None:
    begin, mark, rest = config_text(Answers()).partition("[sensitive.words]")
    examples, case, end = rest.partition("[case]")
    examples = re.sub(r"(?m)^# (\[\[allow\]\]|\w+ = )", r"\1", examples)
    text = begin.replace("# rules = ", "rules = ") + mark + examples + case + end
    policy = parse_config(text, FILE).policy
    assert policy.rule_pack == "gdpr-2018"
    assert policy.sensitive_words == (("health", "tinnitus*"), ("health", "hearing group"))
    (entry,) = policy.allowed
    assert (entry.owner, entry.author, entry.audience) == ("events team", "events@corp.example", ("firm.example",))
    assert entry.incident
    assert entry.subject


def test_the_file_names_every_context_that_has_words() -> None:
    text = " ".join(config_text(Answers()).replace("\n#", "").split())
    assert f"The built-in contexts are {', '.join(context_names())}." in text


def test_the_example_account_is_right_when_uncommented() -> None:
    text = config_text(Answers())
    begin, mark, account = text.partition("# [account.sales]")
    lines = [mark, *account.splitlines()]
    config = parse_config(begin + "\n".join(line.removeprefix("# ") for line in lines), FILE)
    assert [account.name for account in config.accounts] == ["sales"]


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "missedbcc.toml").write_text("mine")
    ended = missedbcc(tmp_path, "init")
    assert ended.code == 2
    assert "there already" in ended.err
    assert (tmp_path / "missedbcc.toml").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "h", "--user", "u", "--secret", "hunter2"], "says where the secret is kept"),
        (["--internal", "nothing"], "each entry is a domain name"),
        (["--config", "no/such/folder.toml"], "cannot be written"),
    ],
)
def test_wrong_answers_write_nothing(tmp_path: Path, words: list[str], told: str) -> None:
    ended = missedbcc(tmp_path, "init", *words)
    assert ended.code == 2
    assert told in ended.err
    assert "hunter2" not in ended.err
    assert "missedbcc.toml" not in ended.err  # of that name there is no file
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    end, terminal = pty.openpty()
    with Popen(
        [sys.executable, "-m", "scanner", "init"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=terminal, stdout=PIPE, stderr=PIPE, text=True,
    ) as running:  # fmt: skip
        os.close(terminal)
        os.write(end, b"corp.example, corp.test\nimap.corp.example\nsales\nsales@corp.example\nenv:X\n")
        out, err = running.communicate(timeout=600)
    os.close(end)
    assert running.returncode == 0
    assert out == "missedbcc.toml\n"
    assert "Our domains" in err
    config = load_config(tmp_path / "missedbcc.toml")
    assert [entry.domain for entry in config.policy.internal] == ["corp.example", "corp.test"]
    assert [account.name for account in config.accounts] == ["sales"]


TENANT_KEYS = [line.removeprefix("# ").partition(" = ")[0] for line in TENANT.splitlines() if " = " in line]


def tenant(*keys: str) -> Account:
    """The example tenant with the examples of these keys in it, in place of the certificate if one of them signs in."""
    ways = ("secret", "assertion", 'sign_in = "managed', 'sign_in = "device')
    starts = tuple(f"# {key}" if " = " in key else f"# {key} = " for key in keys)
    text = [line.removeprefix("# ") if line.startswith(starts or "\0") else line for line in TENANT.splitlines()]
    lines = [line for line in text if not (line.startswith("certificate") and any(key in ways for key in keys))]
    (account,) = parse_config("\n".join(lines), FILE).accounts
    return account


def test_the_example_of_a_tenant_is_in_the_file_as_a_comment() -> None:
    text = config_text(Answers())
    assert all(f"# {line}\n" in text for line in TENANT.splitlines())
    found = tenant().graph
    assert found is not None
    assert found.sign_in.proof is Proof.CERTIFICATE


@pytest.mark.parametrize("key", [key for key in TENANT_KEYS if key not in ("sign_in", "type")])
def test_every_example_of_a_tenant_is_right(key: str) -> None:
    assert tenant(key).graph is not None


@pytest.mark.parametrize(
    ("key", "proof"),
    [
        ("secret", Proof.SECRET),
        ("assertion", Proof.ASSERTION),
        ('sign_in = "managed', Proof.MANAGED_IDENTITY),
        ('sign_in = "device', Proof.DEVICE_CODE),
    ],
)
def test_every_way_to_sign_in_is_shown(key: str, proof: Proof) -> None:
    found = tenant(key).graph
    assert found is not None
    assert found.sign_in.proof is proof


def test_every_key_that_the_readme_names_is_shown() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (table,) = re.findall(r"key of a Microsoft 365 tenant.*?\n((?:\|.*\n)+)", readme)
    named = re.findall(r"`([a-z_]+)`", " ".join(row.split("|")[1] for row in table.splitlines()))
    assert {"tenant", "assertion", "request_deadline"} <= {*named} <= {*TENANT_KEYS}


def test_the_examples_of_what_happens_when_nobody_watches_are_right_when_uncommented() -> None:
    begin, mark, rest = config_text(Answers()).partition("# What happens when nobody watches")
    examples, end, accounts = rest.partition("# Archives need no table")
    examples = re.sub(r"(?m)^# (\[[a-z.]+\]|[a-z_]+ = )", r"\1", examples)
    unattended = parse_config(begin + mark + examples + end + accounts, FILE).unattended
    assert unattended.cadence == Cadence()
    assert unattended.telling is not None
    assert unattended.telling.mail is not None
    assert unattended.telling.webhook is not None
    assert (unattended.log, unattended.retention) == (FILE.parent / "runs.jsonl", Retention(365, 730, 365))
    assert unattended.metrics is not None
    assert parse_config(config_text(Answers()), FILE).unattended == Unattended()
