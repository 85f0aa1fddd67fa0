"""What msal sends with: the right authorities whatever the environment says, no password of .netrc, no redirection."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from scanner.connectors import open_mailbox
from scanner.connectors.graph_client import Client, Lane
from scanner.connectors.graph_token import Tokens
from scanner.connectors.sign_in import trusted
from scanner.errors import MissedBccError, ServerUnreachable, SettingsError
from tests.authority import Authority
from tests.graph.reply import Reply, Request
from tests.graph.server import FakeGraph

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """The file of an authority that signed nothing here."""
    return Authority(tmp_path / "others").file


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_file_of_the_config_wins_over_the_environment(
    graph: FakeGraph, others: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(others))
    assert Tokens(graph.sign_in()).token()
    graph.tenant.person("ines")
    with open_mailbox(graph.account("ines@contoso.test")) as mailbox:
        assert [folder.path for folder in mailbox.folders() if folder.wanted] == ["Sent Items"]


@pytest.mark.parametrize("variable", VARIABLES)
def test_without_such_a_file_the_environment_says_whom_to_trust(
    graph: FakeGraph, others: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    sign_in = graph.sign_in(ca_file=None)
    monkeypatch.setenv(variable, str(graph.ca_file))
    assert Tokens(sign_in).token()
    answer = Client(sign_in, 1).get("/users?$select=id", Lane(1), bytes, prefer="")
    assert b'"value"' in answer
    monkeypatch.setenv(variable, str(others))
    with pytest.raises(ServerUnreachable, match="did not prove who it is"):
        Tokens(sign_in).token()


def test_a_file_that_is_not_there_is_a_mistake_with_a_name(
    graph: FakeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="which ca_file names"):
        Tokens(graph.sign_in(ca_file=tmp_path / "none.pem")).token()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(SettingsError, match="which REQUESTS_CA_BUNDLE names"):
        Tokens(graph.sign_in(ca_file=None)).token()
    assert trusted(graph.ca_file) == str(graph.ca_file)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert trusted(None) is True


def test_no_password_of_the_machine_goes_along(
    graph: FakeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Mapping[str, str]] = []

    def note(request: Request) -> Reply | None:
        seen.append(request.headers)
        return None

    graph.faults.script(".", note, times=1_000)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password of-somebody\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert Tokens(graph.sign_in()).token()
    assert len(seen) >= 2
    assert not any("authorization" in one for one in seen)


def test_a_redirection_gets_no_secret(graph: FakeGraph, authority: Authority) -> None:
    elsewhere = FakeGraph(authority)
    try:
        moved = Reply(307).plus(Location=f"{elsewhere.root}/{graph.tenant.id}/oauth2/v2.0/token")
        graph.faults.script("oauth2/v2.0/token", moved, times=9)
        with pytest.raises(MissedBccError):
            Tokens(graph.sign_in()).token()
        assert elsewhere.signin.granted == []
    finally:
        elsewhere.stop()
