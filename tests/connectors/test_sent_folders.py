"""Which folders hold sent mail, by name and by what a server says about them."""

from __future__ import annotations

import unicodedata

import pytest

from scanner.connectors.imap_names import folder_path, name_folders, not_there
from scanner.connectors.imap_session import ListedFolder
from scanner.connectors.sent_folder_names import SENT_FOLDER_NAMES
from scanner.connectors.sent_folders import is_sent_name, lies_under_sent_name
from scanner.coverage import ChosenBy

NAMES = [name for names in SENT_FOLDER_NAMES.values() for name in names]


def test_at_least_25_languages_are_known() -> None:
    assert len(SENT_FOLDER_NAMES) >= 25
    assert len({name.casefold() for name in NAMES}) >= 100


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_known_however_it_is_written(name: str) -> None:
    decomposed = unicodedata.normalize("NFD", name)
    for written in (name, name.upper(), name.lower(), decomposed, f"INBOX.{name}", f"INBOX/{name}", f"Mail/{name}"):
        assert is_sent_name(written), written
    assert is_sent_name(f"[Gmail]/{name}")
    assert is_sent_name(f"[Google Mail]/{name}/")


SENT = ("sent-mail", "Sent 2023", "Sent-2023-04", "sent_items_2019", "Gesendet (1)", "a/b/Sent", ".Sent", "Sent  Items")
NOT_SENT = (
    "Consent",
    "Sentinel",
    "Absent",
    "INBOX",
    "Drafts",
    "Outbox",
    "",
    "Resent",
    "To be sent",
    "2023",
    "Sent/2023",
)


@pytest.mark.parametrize("name", SENT)
def test_numbers_and_years_behind_a_name_change_nothing(name: str) -> None:
    assert is_sent_name(name)


@pytest.mark.parametrize("name", NOT_SENT)
def test_names_that_only_look_alike_are_not_sent(name: str) -> None:
    assert not is_sent_name(name)


def test_folders_below_a_sent_folder_hold_sent_mail() -> None:
    assert lies_under_sent_name("Sent/2023")
    assert lies_under_sent_name("INBOX/Gesendete Elemente/Kunden/2020")
    assert not lies_under_sent_name("Sent")
    assert not lies_under_sent_name("Archive/2023")


def listed(name: bytes, *attributes: str, delimiter: str = "/") -> ListedFolder:
    return ListedFolder(name, delimiter, frozenset(attributes))


def choices(
    *folders: ListedFolder, foreign: tuple[str, ...] = (), configured: tuple[str, ...] = (), history: bool = False
) -> dict[str, str]:
    named = name_folders(folders, foreign, configured, history=history)
    return {folder.path: folder.chosen_by.name for folder in named}


def test_special_use_comes_first_and_names_are_added() -> None:
    found = choices(
        listed(b"INBOX"),
        listed(b"[Gmail]", "\\noselect"),
        listed(b"[Gmail]/&A5EDwAO1A8MDxAOxA7sDvAOtA70DsQ-", "\\sent"),
        listed(b"Sent Messages"),
        listed(b"gone", "\\nonexistent"),
    )
    assert found == {
        "INBOX": "NOT_SENT",
        "[Gmail]/Απεσταλμένα": "SPECIAL_USE",
        "Sent Messages": "NAME",
    }


def test_on_request_the_other_folders_are_read_as_evidence() -> None:
    mail = (
        listed(b"INBOX"),
        listed(b"INBOX/Sent"),
        listed(b"Projects/Trash talk"),
        listed(b"[Gmail]/All Mail", "\\all"),
        listed(b"Other/bob/INBOX"),
    )
    passing = (
        listed(b"[Gmail]/X", "\\trash"),
        listed(b"[Gmail]/Y", "\\junk"),
        listed(b"Drafts", "\\drafts"),
        listed(b"[Gmail]/Starred", "\\flagged"),
        listed(b"Gel&APY-schte Elemente"),
        listed(b"Spam"),
        listed(b"INBOX/Entw&APw-rfe"),
    )
    found = choices(*mail, *passing, foreign=("Other/",), history=True)
    assert list(found.values()) == ["HISTORY", "NAME", "HISTORY", "HISTORY", "NOT_SENT"] + ["NOT_SENT"] * len(passing)
    without = choices(*mail, *passing, foreign=("Other/",))
    assert [chosen for chosen in without.values() if chosen != "NOT_SENT"] == ["NAME"]
    named = choices(*mail, foreign=("Other/",), configured=("INBOX",), history=True)
    assert list(named.values()) == ["CONFIGURED", "HISTORY", "HISTORY", "HISTORY", "NOT_SENT"]


def test_the_delimiter_of_the_server_cuts_names() -> None:
    assert choices(listed(b"INBOX.Sent", delimiter=".")) == {"INBOX.Sent": "NAME"}
    assert choices(listed(b"INBOX.Sent.2023", delimiter=".")) == {"INBOX.Sent.2023": "NAME"}
    assert choices(listed(b"Old\\Sent", delimiter="\\")) == {"Old\\Sent": "NAME"}
    assert choices(listed(b"Sent", delimiter="")) == {"Sent": "NAME"}
    assert choices(listed(b"a/Sent", delimiter="")) == {"a/Sent": "NOT_SENT"}


def test_other_peoples_folders_are_left_alone_unless_named() -> None:
    folders = (listed(b"Sent"), listed(b"Other/bob/Sent", "\\sent"))
    assert choices(*folders, foreign=("Other/",)) == {"Sent": "NAME", "Other/bob/Sent": "NOT_SENT"}
    assert choices(*folders, foreign=("Other/",), configured=("other/BOB/sent",)) == {
        "Sent": "NOT_SENT",
        "Other/bob/Sent": "CONFIGURED",
    }


def test_a_configured_folder_that_is_missing_is_an_error_with_the_names_there_are() -> None:
    missing = not_there(["INBOX", "Sent"], ("sent", "Versandt"))
    assert missing is not None
    assert "does not have: Versandt." in str(missing)
    assert "INBOX, Sent" in missing.hint
    assert not_there(["INBOX", "Sent"], ("sent",)) is None


def test_beside_a_configured_folder_that_is_missing_the_others_are_chosen() -> None:
    folders = (listed(b"INBOX"), listed(b"Sent", "\\sent"))
    assert choices(*folders, configured=("Sent", "Versandt")) == {"INBOX": "NOT_SENT", "Sent": "CONFIGURED"}
    assert choices(*folders, configured=("Versandt",)) == {"INBOX": "NOT_SENT", "Sent": "NOT_SENT"}


RAW_NAMES = {
    b"Sent": "Sent",
    b"&AMk-l&AOk-ments envoy&AOk-s": "Éléments envoyés",
    b"a &- b": "a & b",
    b"&broken": "&broken",
    b"&AAAA": "&AAAA",
    "Gelöscht".encode(): "Gelöscht",
    b"\xe9l\xe9ments": "éléments",
    b"007": "007",
    b"../../x": "../../x",
    b"=cmd|' /C calc'!A0": "=cmd|' /C calc'!A0",
    b"a\r\nb\0c": "a\ufffd\ufffdb\ufffdc",
}


@pytest.mark.parametrize("raw", RAW_NAMES)
def test_any_name_can_be_shown(raw: bytes) -> None:
    assert folder_path(raw) == RAW_NAMES[raw]


def test_names_that_read_alike_stay_apart() -> None:
    folders = name_folders((listed("Gelöscht".encode()), listed(b"Gel&APY-scht"), listed(b"Sent")), (), ())
    assert [folder.path for folder in folders] == ["Gelöscht", "Gelöscht [2]", "Sent"]
    assert folders[1].name == b"Gel&APY-scht"
    assert folders[2].chosen_by is ChosenBy.NAME
