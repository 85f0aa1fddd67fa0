"""What `check` says about a tenant: rights missing and too many, and who can be reached."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.cli.check import account_findings
from scanner.cli.finding import Finding, Level
from scanner.config import load_config
from tests.graph.client import letters
from tests.graph.mailbox import User, user_id
from tests.graph.server import FakeGraph

Look = Callable[[], list[Finding]]


@pytest.fixture
def findings(graph: FakeGraph, tmp_path: Path) -> Look:
    box = graph.tenant.person("ines")
    box.add_all(box.sent, letters(3))
    graph.tenant.add_user(User(user_id("away"), "Away", "away@contoso.test", "away@contoso.test", mailbox=False))
    file = tmp_path / "missedbcc.toml"
    file.write_text(
        f'[account.contoso]\ntype = "graph"\ntenant = "{graph.tenant.id}"\nsecret = "{graph.secret}"\n'
        f'client_id = "{graph.signin.application.client_id}"\nauthority = "{graph.root}"\nroot = "{graph.root}"\n'
        f'ca_file = "{os.path.relpath(graph.ca_file, tmp_path)}"\n'
    )

    def look() -> list[Finding]:
        (account,) = load_config(file).accounts
        return list(account_findings(account))

    return look


def sentences(found: list[Finding], level: Level) -> str:
    return " ".join(finding.sentence for finding in found if finding.level is level)


def test_a_tenant_that_is_well_set_up(findings: Look, graph: FakeGraph) -> None:
    found = findings()
    fine = sentences(found, Level.OK)
    assert "Exactly what a scan needs was granted: Mail.ReadBasic.All, User.Read.All." in fine
    assert "1 mailbox can be reached, 1 cannot." in fine
    assert "Sent Items: 3 messages" in fine
    assert "contoso.test" in fine
    assert "In-place archives" in sentences(found, Level.WARNING)
    assert "No mailbox can be reached" in sentences(found, Level.FAILED)


def test_too_much_is_named(findings: Look, graph: FakeGraph) -> None:
    graph.signin.application.roles = ("Mail.ReadBasic.All", "Mail.Send", "User.Read.All")
    assert "More was granted than a scan needs: Mail.Send." in sentences(findings(), Level.WARNING)


def test_what_is_missing_is_named(findings: Look, graph: FakeGraph) -> None:
    graph.signin.application.roles = ("User.Read.All",)
    found = findings()
    assert "The permission Mail.ReadBasic.All is missing." in sentences(found, Level.FAILED)


def test_a_refused_sign_in_is_one_failure_with_its_fix(findings: Look, graph: FakeGraph) -> None:
    graph.signin.trouble = 7000222
    (found,) = findings()
    assert found.level is Level.FAILED
    assert "AADSTS7000222" in found.sentence
    assert "expired" in found.sentence
    assert "Make a new one" in found.hint
