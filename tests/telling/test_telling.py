"""Webhooks, services and the deadline; and that no way of failing tells a secret."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from scanner.account import SecretKind, SecretReference
from scanner.case import Alarm
from scanner.errors import SourceError
from scanner.telling import Summary, services, tell
from scanner.telling.failure import CannotTell
from scanner.telling.services import notify
from scanner.telling.summary import Gap, counts_in, labels_of
from scanner.telling.webhook import post
from scanner.unattended import MailChannel, Telling, WebhookChannel, When
from tests.authority import Authority
from tests.telling.run import SECRET, SUMMARY, Hook, accept


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def kept(folder: Path, name: str, text: str) -> SecretReference:
    file = folder / name
    file.write_text(text)
    file.chmod(0o600)
    return SecretReference(SecretKind.FILE, str(file))


@pytest.fixture
def hook(authority: Authority) -> Iterator[Callable[[Callable[[BaseHTTPRequestHandler], None]], Hook]]:
    running: list[Hook] = []

    def start(answer: Callable[[BaseHTTPRequestHandler], None]) -> Hook:
        running.append(Hook(authority.certificate("localhost"), answer).__enter__())
        return running[-1]

    yield start
    for one in running:
        one.__exit__()


OLD_MODULES = pytest.mark.filterwarnings("ignore:.*slated for removal:DeprecationWarning")  # that Apprise imports
Start = Callable[[Callable[[BaseHTTPRequestHandler], None]], Hook]


def test_a_webhook_gets_text_and_fields(tmp_path: Path, authority: Authority, hook: Start) -> None:
    server = hook(accept)
    channel = WebhookChannel(kept(tmp_path, "url", server.url), kept(tmp_path, "token", "t0ken"), authority.file)
    post(SUMMARY, channel)
    ((path, headers, body),) = server.posted
    assert path == f"/hook/{SECRET}"
    assert headers["Authorization"] == "Bearer t0ken"
    told = json.loads(body)
    assert told["text"].startswith("missedbcc: incomplete, 2 new incidents")
    assert (told["event"], told["exit_code"], told["counts"]["read"]) == ("missedbcc.run", 3, 1234)
    assert told["gaps"] == [{"account": "sales", "error": "LoginRefused"}, {"account": "account 1", "error": ""}]
    assert "workbook" not in told


def test_a_webhook_that_redirects_is_not_followed(tmp_path: Path, authority: Authority, hook: Start) -> None:
    stranger = hook(accept)

    def send_away(request: BaseHTTPRequestHandler) -> None:
        request.send_response(307)
        request.send_header("Location", stranger.url)
        request.end_headers()

    channel = WebhookChannel(kept(tmp_path, "url", hook(send_away).url), None, authority.file)
    with pytest.raises(CannotTell, match="status 307"):
        post(SUMMARY, channel)
    assert stranger.posted == []


def test_no_password_of_the_home_folder_goes_along(
    tmp_path: Path, authority: Authority, hook: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login anna password canary-netrc\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = hook(accept)
    post(SUMMARY, WebhookChannel(kept(tmp_path, "url", server.url), None, authority.file))
    assert "Authorization" not in server.posted[0][1]


def test_a_webhook_in_clear_or_of_a_stranger_gets_nothing(tmp_path: Path, authority: Authority, hook: Start) -> None:
    server = hook(accept)
    for url, why in (
        (server.url.replace("https", "http"), "does not begin with https"),
        ("https://", "does not begin with https"),
        ("https://[::1/x", "does not begin with https"),
        (f"https://127.0.0.1:99999/{SECRET}", "is none|cannot be reached"),
        (server.url, "not trusted"),
    ):
        ca_file = None if why == "not trusted" else authority.file
        with pytest.raises(CannotTell, match=why) as caught:
            post(SUMMARY, WebhookChannel(kept(tmp_path, "url", url), None, ca_file))
        assert SECRET not in repr(caught.value)
    assert server.posted == []


@pytest.fixture
def chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority, hook: Start
) -> tuple[Hook, SecretReference]:
    """A service of the library, and the secret that holds its address."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    server = hook(accept)
    return server, kept(tmp_path, "chat", server.url.replace("https", "jsons"))


@OLD_MODULES
def test_services_of_the_library_are_told(chat: tuple[Hook, SecretReference]) -> None:
    server, reference = chat
    notify(SUMMARY, [reference])
    ((_, _, body),) = server.posted
    told = json.loads(body)
    assert told["title"] == SUMMARY.title
    assert "1,234 messages read" in told["message"]


@OLD_MODULES
@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"nonsense {SECRET}", "holds no address of a service"),
        (f"json://127.0.0.1:1/{SECRET}", "unprotected connection"),
        (f"jsons://127.0.0.1:1/{SECRET}?verify=no", "unprotected connection"),
        (f"mailto://anna:{SECRET}@corp.example", "unprotected connection"),
        (f"jsons://127.0.0.1:1/{SECRET}", "did not take the message"),
    ],
)
def test_a_service_that_cannot_be_told_is_named_by_its_reference(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], url: str, why: str
) -> None:
    reference = kept(tmp_path, "chat", url)
    with pytest.raises(CannotTell, match=why) as caught:
        notify(SUMMARY, [reference])
    assert str(caught.value).startswith(f"{reference} ")
    assert SECRET not in repr(caught.value) + "".join(capfd.readouterr())


@OLD_MODULES
def test_a_service_whose_secret_cannot_be_had_keeps_nothing_from_the_others(
    tmp_path: Path, chat: tuple[Hook, SecretReference]
) -> None:
    server, reference = chat
    missing = SecretReference(SecretKind.FILE, str(tmp_path / "missing"))
    with pytest.raises(CannotTell) as caught:
        notify(SUMMARY, [reference, missing, reference])
    assert str(caught.value) == f"{missing} could not be had"
    assert caught.value.told_some
    assert len(server.posted) == 2


def test_without_the_library_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "find_spec", lambda _name: None)
    with pytest.raises(CannotTell, match=r"pip install 'missedbcc\[tell\]'"):
        notify(SUMMARY, [])


def test_a_way_that_hangs_ends_at_the_deadline_and_holds_up_no_other(
    tmp_path: Path, authority: Authority, hook: Start
) -> None:
    server = hook(accept)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mail = MailChannel("127.0.0.1", "scan@corp.example", ("sec@corp.example",), silent.getsockname()[1])
        webhook = WebhookChannel(kept(tmp_path, "url", server.url), None, authority.file)
        (failure,) = tell(SUMMARY, Telling(mail, webhook, deadline=2))
    assert failure == "Nobody was told by mail: gave no answer within 2 seconds."
    assert len(server.posted) == 1


def test_an_error_that_nobody_foresaw_says_its_kind_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("scanner.telling.webhook.post", fail)
    (failure,) = tell(SUMMARY, Telling(webhook=WebhookChannel(kept(tmp_path, "url", "x"))))
    assert failure == "Nobody was told by webhook: it failed in a way that nobody foresaw (ZeroDivisionError)."
    assert capfd.readouterr() == ("", "")


def test_a_secret_that_is_not_there_is_told(tmp_path: Path) -> None:
    gone = SecretReference(SecretKind.ENVIRONMENT, "NO_SUCH_VARIABLE_HERE")
    (failure,) = tell(SUMMARY, Telling(webhook=WebhookChannel(gone)))
    assert failure == "Nobody was told by webhook: The environment variable NO_SUCH_VARIABLE_HERE is not set."


CLEAN = replace(SUMMARY, exit_code=0, outcome="complete", gaps=(), late="", counts={"read": 5})


@pytest.mark.parametrize(
    ("summary", "when", "told"),
    [
        (CLEAN, When.ALWAYS, True),
        (CLEAN, When.NEEDED, False),
        (replace(CLEAN, late="15 days old"), When.NEEDED, True),
        (SUMMARY, When.NEEDED, True),
        (replace(CLEAN, exit_code=1), When.NEEDED, True),
        (replace(CLEAN, exit_code=4), When.NEEDED, True),
    ],
)
def test_who_wants_to_hear_only_of_what_needs_somebody(
    tmp_path: Path, authority: Authority, hook: Start, summary: Summary, when: When, told: bool
) -> None:
    server = hook(accept)
    webhook = WebhookChannel(kept(tmp_path, "url", server.url), None, authority.file)
    assert tell(summary, Telling(webhook=webhook, when=when)) == []
    assert bool(server.posted) is told


def test_the_text_says_everything_and_names_nobody() -> None:
    text = "\n".join(SUMMARY.lines())
    for words in ("Run 7 of the case sales", "Exit code 3: incomplete", "15 days old", "2 new", "40 people affected",
                  "sales: the login was refused", "account 1: some of its mail could not be read"):  # fmt: skip
        assert words in text
    assert "/cases/1.xlsx" not in text
    assert "/cases/1.xlsx" in "\n".join(replace(SUMMARY, workbook="/cases/1.xlsx").lines())
    failed = replace(SUMMARY, run=None, exit_code=1, outcome="failed", error="StoreError", counts={})
    assert failed.title == "missedbcc: failed (sales)"
    assert "StoreError" in "\n".join(failed.lines())
    assert CLEAN.title == "missedbcc: nothing new (sales, run 7)"
    assert replace(CLEAN, exit_code=4, counts={"new": 1}).title == "missedbcc: 1 new incident (sales, run 7)"


def test_only_counts_are_taken_from_a_result() -> None:
    fields = {"read": 5, "new": 0, "workbook": "x", "exit_code": 3, "missing": None, "folders": True}
    assert counts_in(fields) == {"new": 0, "read": 5}


def test_accounts_are_named_only_where_the_name_was_chosen_and_holds_no_address() -> None:
    seen = ["sales", "anna@corp.example", "anna/Sent", "tenant: otto@corp.example", "account 9", "boss@x"]
    labels = labels_of(seen, {"sales", "anna@corp.example", "account 9"})
    assert labels["sales"] == "sales"
    assert sorted(set(labels.values()) - {"sales"}) == [f"account {number}" for number in range(1, 6)]
    assert labels == labels_of(reversed(seen), {"sales", "anna@corp.example", "account 9"})
    assert str(Gap("sales", "ServerUnreachable")) == "sales: the server could not be reached"


def test_every_kind_of_error_of_a_source_has_words_of_its_own() -> None:
    kinds = [kind.__name__ for kind in SourceError.__subclasses__() if kind.__module__ == "scanner.errors"]
    assert len({"SourceError", *kinds}) == len({str(Gap("sales", kind)) for kind in ("SourceError", *kinds)}) > 8


def test_alarms_are_told_by_kind_and_number_even_of_a_run_that_read_everything() -> None:
    alarmed = replace(CLEAN, alarms={Alarm.SHRUNK: 1, Alarm.GONE: 2})
    assert alarmed.needs_somebody
    assert alarmed.title == "missedbcc: nothing new, 3 warnings (sales, run 7)"
    text = "\n".join(alarmed.lines())
    assert "- 1 folder holds fewer messages than were read from it before\n" in text
    assert "- 2 folders, archives or mailboxes that were read before are no longer there\n" in text
    assert alarmed.fields()["alarms"] == {"shrunk": 1, "gone": 2}
    for alarm in Alarm:
        assert replace(CLEAN, alarms={alarm: 1}).lines() != replace(CLEAN, alarms={alarm: 2}).lines()
