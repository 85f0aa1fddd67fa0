"""The command over a Microsoft 365 tenant, used wrongly in every way: a sentence, the next step, and never a secret."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

import pytest

from scanner.cli.check import _NAMED
from tests.cli.command import Ended, ended, missedbcc, start
from tests.graph.client import letters
from tests.graph.mailbox import User, user_id
from tests.graph.reply import Reply, error
from tests.graph.server import FakeGraph

GRANT = "give admin consent"


@dataclass
class Setting:
    """A tenant with two mailboxes, and the account's table in the config."""

    graph: FakeGraph
    folder: Path
    table: dict[str, object] = field(default_factory=dict)

    def roles(self, *names: str, **table: object) -> None:
        self.graph.signin.application.roles = names
        self.table |= table

    def only_excluded(self, mailbox: str) -> None:
        self.graph.service.out_of_scope.add(mailbox)
        self.table["mailbox"] = mailbox

    def refuse(self, headers: dict[str, str]) -> None:
        """No token is accepted."""
        found = error(401, "InvalidAuthenticationToken", "Lifetime validation failed.").plus(**headers)
        self.graph.faults.script("v1.0", found, times=1_000)

    def write(self) -> None:
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in self.table.items()]
        text = '[organisation]\ninternal = ["contoso.test"]\n\n[account.contoso]\n' + "".join(lines)
        (self.folder / "missedbcc.toml").write_text(text)

    def run(self, *words: str) -> Ended:
        self.write()
        done = missedbcc(self.folder, *words)
        said = done.out + done.err
        assert not any(part in said for token in self.graph.signin.tokens for part in (token, token.split(".")[2]))
        assert not any(secret in said for secret in self.graph.signin.application.secrets)
        assert "Traceback" not in said
        return done


@pytest.fixture
def setting(graph: FakeGraph, tmp_path: Path) -> Setting:
    graph.clock.sleep(time.time() - graph.clock.now())  # so that clocks agree
    for name in ("ines", "omar"):
        box = graph.tenant.person(name)
        box.add_all(box.sent, letters(3))
    table: dict[str, object] = {
        "type": "graph", "tenant": graph.tenant.id, "client_id": graph.signin.application.client_id,
        "secret": str(graph.secret), "authority": graph.root, "root": graph.root, "ca_file": str(graph.ca_file),
    }  # fmt: skip
    return Setting(graph, tmp_path, table)


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and what is then said. `codes` are those of `check` and of `scan`."""

    name: str
    do: Callable[[Setting], object]
    says: tuple[str, ...]
    codes: tuple[int, int] = (1, 1)


MISTAKES = [
    Mistake(
        "a tenant that is not there",
        lambda s: s.table.update(tenant="elsewhere.example"),
        ("does not know the tenant elsewhere.example.", "Check tenant (its id or one of its domains)"),
        (2, 1),
    ),
    Mistake(
        "an application that is not there",
        lambda s: s.table.update(client_id="11111111-0000-4000-8000-0000000000c1"),
        ("The application is not known in this tenant.", "AADSTS700016", "Check client_id"),
    ),
    Mistake(
        "a wrong secret",
        lambda s: s.graph.signin.application.secrets.clear(),
        ("The client secret is wrong.", "AADSTS7000215", "not its id"),
    ),
    Mistake(
        "an expired secret",
        lambda s: s.graph.signin.application.expired_secrets.update(s.graph.signin.application.secrets),
        ("The client secret has expired.", "AADSTS7000222", "Make a new one in the app registration."),
    ),
    Mistake(
        "a certificate whose assertion is too old",
        lambda s: setattr(s.graph.signin, "trouble", 700024),
        ("The clock of this machine is wrong", "AADSTS700024", "Set the clock."),
    ),
    Mistake(
        "a clock that is slow",
        lambda s: s.refuse({"Date": formatdate(time.time() + 7 * 60, usegmt=True)}),
        ("does not accept our token", "the clock of this machine is 7 minutes slow.", "Set the clock"),
    ),
    Mistake(
        "a clock that is years ahead",
        lambda s: s.refuse({"Date": "Mon, 01 Jan 2018 00:00:00 GMT"}),
        (" days fast.", "Set the clock"),
    ),
    Mistake(
        "a token of another cloud",
        lambda s: s.refuse({"Date": formatdate(time.time(), usegmt=True)}),
        ("does not accept our token, not even a new one.", "Check that cloud, root and tenant belong together"),
    ),
    Mistake(
        "nobody consented",
        lambda s: setattr(s.graph.signin, "trouble", 65001),
        ("Nobody consented.", "AADSTS65001", "must grant Mail.ReadBasic.All and User.Read.All."),
    ),
    Mistake("consent is missing for everything", lambda s: s.roles(), ("may not list the mailboxes", GRANT)),
    Mistake(
        "consent is missing for mail",
        lambda s: s.roles("User.Read.All"),
        ("it has no permission to read mail.", "Grant Mail.ReadBasic.All", GRANT),
    ),
    Mistake(
        "consent is missing for users",
        lambda s: s.roles("Mail.ReadBasic.All"),
        ("may not list the mailboxes", "Grant User.Read.All", GRANT),
    ),
    Mistake(
        "a policy excludes one mailbox",
        lambda s: s.graph.service.out_of_scope.add("omar@contoso.test"),
        ("contoso/omar@contoso.test: The application may not read this mailbox: a policy", "Test-ApplicationAccess"),
        (1, 3),
    ),
    Mistake(
        "a policy excludes the only mailbox",
        lambda s: s.only_excluded("omar@contoso.test"),
        ("may not read this mailbox: a policy in Exchange excludes it.", "name only the mailboxes"),
    ),
    Mistake(
        "a mailbox that is not there",
        lambda s: s.table.update(mailboxes=["nobody@contoso.test", "ines@contoso.test"]),
        ("contoso/nobody@contoso.test: The tenant has no user of this name.", "Check mailboxes"),
        (1, 3),
    ),
    Mistake(
        "a group that is not there",
        lambda s: s.roles("Mail.ReadBasic.All", "User.Read.All", "Group.Read.All", group="sales"),
        ("The tenant has no group sales.", "object id"),
    ),
    Mistake(
        "a secret that is not there",
        lambda s: s.table.update(secret="env:NOT_SET_HERE"),
        ("The environment variable NOT_SET_HERE is not set.", "Set it in the shell"),
        (2, 1),
    ),
    Mistake(
        "a file of authorities that is not there",
        lambda s: s.table.update(ca_file="none.pem"),
        ("none.pem, which ca_file names.", "Correct ca_file"),
        (2, 1),
    ),
    Mistake(
        "an authority that nobody knows",
        lambda s: s.table.pop("ca_file"),
        ("did not prove who it is.", "Check authority, ca_file and the system's CAs."),
    ),
    Mistake(
        "a sign-in host that is not there",
        lambda s: s.table.update(authority="https://localhost:1"),
        ("cannot be reached: ConnectionError.", "Check authority, the network and the proxy settings"),
    ),
    Mistake(
        "a sign-in host that is unwell",
        lambda s: s.graph.faults.script("oauth2/v2.0/token", Reply(503, b"<html>"), times=99),
        ("cannot be reached: MsalServiceError.", "run the same command again"),
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_what_is_wrong_is_said_with_the_next_step(setting: Setting, mistake: Mistake) -> None:
    mistake.do(setting)
    looked = setting.run("check")
    assert looked.code == mistake.codes[0], looked.out
    for words in mistake.says:
        assert words in looked.out
    failed = [line for line in looked.out.splitlines() if line.startswith("failed")]
    assert 1 <= len(failed) <= 3
    assert all(line.endswith(".") for line in failed)
    read = setting.run("scan")
    assert read.code == mistake.codes[1], read.err
    for words in mistake.says:
        assert words in read.err
    shown = setting.run("status")
    assert shown.code == 3
    assert mistake.says[0].rpartition("contoso.test: ")[2] in shown.out


@pytest.mark.parametrize(
    ("roles", "table", "says", "code"),
    [
        (("Mail.ReadBasic.All", "User.Read.All"), {}, ["ok       contoso: Exactly what a scan needs was granted"], 0),
        (("Mail.ReadBasic.All", "User.Read.All", "Domain.Read.All"), {}, ["ok       contoso: Exactly"], 0),
        (
            ("Mail.ReadBasic.All", "Mail.Send", "User.Read.All"),
            {},
            ["warning  contoso: More was granted than a scan needs: Mail.Send.", "Take it away"],
            0,
        ),
        (
            ("Directory.Read.All", "Mail.ReadWrite"),
            {},
            ["needs: Directory.Read.All, Mail.ReadWrite.", "and grant Mail.ReadBasic.All and User.Read.All instead."],
            0,
        ),
        ((), {}, ["failed   contoso: The permissions Mail.ReadBasic.All and User.Read.All are missing.", GRANT], 1),
        (("User.Read.All",), {}, ["failed   contoso: The permission Mail.ReadBasic.All is missing.", GRANT], 1),
        (
            ("Mail.ReadBasic.All", "User.Read.All"),
            {"whole_messages": True},
            ["failed   contoso: The permission Mail.Read is missing.", "Without whole_messages, Mail.ReadBasic.All is"],
            1,
        ),
        (("Mail.Read", "User.Read.All"), {"whole_messages": True}, ["ok       contoso: Exactly what a scan needs"], 0),
        (("Mail.ReadBasic.All", "User.Read.All"), {"group": "g"}, ["permission GroupMember.Read.All is missing."], 1),
    ],
)
def test_the_granted_roles_are_decoded(
    setting: Setting, roles: tuple[str, ...], table: dict[str, object], says: list[str], code: int
) -> None:
    setting.roles(*roles)
    setting.table.update(table)
    looked = setting.run("check")
    assert looked.code == code
    for words in says:
        assert words in looked.out
    objects = setting.run("check", "--json").objects
    (rights,) = (one for one in objects if "granted" in one)
    assert rights["granted"] == sorted(roles)


def test_many_mailboxes_with_one_reason_are_said_together(setting: Setting) -> None:
    for number in range(40):
        address = f"away{number:02d}@contoso.test"
        setting.graph.tenant.add_user(User(user_id(address), "Away", address, address, mailbox=False))
    looked = setting.run("check")
    assert looked.code == 1
    assert looked.out.count("No mailbox can be reached for this user") == _NAMED + 1
    assert f"failed   contoso: Of {40 - _NAMED} more mailboxes the same: No mailbox can be reached" in looked.out
    named = [one for one in setting.run("check", "--json").objects if "mailboxes" in one and one["level"] == "failed"]
    assert len(named[0]["mailboxes"]) == 40 - _NAMED


def test_the_real_command_tells_no_secret(setting: Setting) -> None:
    """In a process of its own, with everything that may go wrong on the way."""
    setting.graph.service.out_of_scope.add("omar@contoso.test")
    setting.write()
    for words, code in (("check", 1), ("check --json", 1), ("scan", 3), ("scan --json", 3), ("status --json", 3)):
        done = ended(start(setting.folder, *words.split()))
        assert done.code == code, done
        said = done.out + done.err
        assert "a policy in Exchange excludes it" in said
        tokens = setting.graph.signin.tokens
        assert tokens
        assert not any(secret in said for secret in [*tokens, *setting.graph.signin.application.secrets])
    kept = [file.read_bytes() for file in (setting.folder / "missedbcc-case").rglob("*") if file.is_file()]
    secrets = [secret.encode() for secret in [*setting.graph.signin.tokens, *setting.graph.signin.application.secrets]]
    assert not any(secret in content for content in kept for secret in secrets)
