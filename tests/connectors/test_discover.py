"""What a path on the command line holds."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.connectors import open_mailbox
from scanner.connectors.discover import Discovery, discover
from scanner.errors import AccessDenied, NotAMailbox, SettingsError, SourceError
from tests.contract import LETTERS, read_all

MBOX = b"From ann@corp.example Fri Mar 15 09:30:00 2024\n" + LETTERS[0] + b"\n"


def put(root: Path, name: str, content: bytes = MBOX) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def maildir(root: Path, name: str = "") -> Path:
    (root / name / "new").mkdir(parents=True)
    put(root / name, "cur/1.M1P1.host:2,S", LETTERS[0])
    return root / name


def told(found: Discovery, root: Path) -> list[tuple[str, str]]:
    return [(one.scheme, one.path.relative_to(root).as_posix()) for one in found.accounts if one.path]


@pytest.mark.parametrize(
    ("name", "content", "scheme"),
    [
        ("Sent", MBOX, "mbox"),
        ("Sent.mbox.gz", gzip.compress(MBOX), "mbox"),
        ("renamed.dat", gzip.compress(MBOX), "mbox"),
        ("crlf", MBOX.replace(b"\n", b"\r\n"), "mbox"),
        ("empty.mbox", b"", "mbox"),
        ("one.eml", LETTERS[0], "eml"),
        ("ONE.EML", LETTERS[0], "eml"),
        ("message", LETTERS[0], "eml"),
        ("1.emlx", b"5\n" + LETTERS[0], "eml"),
    ],
)
def test_a_file_is_an_account(tmp_path: Path, name: str, content: bytes, scheme: str) -> None:
    path = put(tmp_path, name, content)
    (account,) = discover(path).accounts
    assert (account.name, account.scheme, account.path) == (str(path), scheme, path)
    with open_mailbox(account) as mailbox:
        assert len(read_all(mailbox)) == (1 if content else 0)


def test_a_tree_of_several_kinds(tmp_path: Path) -> None:
    put(tmp_path, "b.mbox")
    put(tmp_path, "a.mbox")
    put(tmp_path, "a.json", b"{}")
    put(tmp_path, "letters/one.eml", LETTERS[0])
    put(tmp_path, "letters/2024/two.eml", LETTERS[1])
    maildir(tmp_path, "people/ann")
    maildir(tmp_path, "people/bo")
    put(tmp_path, "people/bo/.Sent/cur/1.host", LETTERS[0])
    found = discover(tmp_path)
    assert told(found, tmp_path) == [
        ("mbox", "a.mbox"),
        ("mbox", "b.mbox"),
        ("eml", "letters"),
        ("maildir", "people/ann"),
        ("maildir", "people/bo"),
    ]
    assert [path.name for path, _ in found.ignored] == ["a.json"]
    assert [account.name for account in found.accounts] == [str(account.path) for account in found.accounts]
    assert found == discover(tmp_path)


def test_the_folders_of_a_mail_program_are_one_account(tmp_path: Path) -> None:
    for name in ("Inbox", "Sent", "Drafts", "Projects", "Sent.sbd/2023"):
        put(tmp_path, f"Local Folders/{name}")
    put(tmp_path, "Local Folders/Sent.msf", b"// <!-- index -->")
    assert told(discover(tmp_path), tmp_path) == [("mbox", "Local Folders")]
    assert "index" in dict(discover(tmp_path).ignored)[tmp_path / "Local Folders/Sent.msf"]


def test_maildirs_that_lie_side_by_side_are_one_account_when_they_are_named_like_folders(tmp_path: Path) -> None:
    for name in ("INBOX", "Sent", "Projects"):
        maildir(tmp_path, f"ann/{name}")
    assert told(discover(tmp_path), tmp_path) == [("maildir", "ann")]
    with open_mailbox(discover(tmp_path).accounts[0]) as mailbox:
        assert [folder.path for folder in mailbox.folders()] == ["INBOX", "Projects", "Sent"]


def test_a_maildir_is_one_account_whatever_lies_in_it(tmp_path: Path) -> None:
    maildir(tmp_path)
    maildir(tmp_path, ".Sent")
    put(tmp_path, "dovecot.index.log", b"\0")
    put(tmp_path, "old/stray.mbox")
    assert told(discover(tmp_path), tmp_path) == [("maildir", ".")]


def test_messages_and_an_mbox_side_by_side_are_two_accounts(tmp_path: Path) -> None:
    put(tmp_path, "a.mbox")
    put(tmp_path, "one.eml", LETTERS[0])
    found = discover(tmp_path)
    assert sorted(told(found, tmp_path)) == [("eml", "."), ("mbox", "a.mbox")]
    assert len({account.name for account in found.accounts}) == 2


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("one.eml", LETTERS[0])


NOT_READ: list[tuple[str, Callable[[Path], object], str]] = [
    ("old.pst", lambda path: path.write_bytes(b"!BDN" + b"\0" * 600), "readpst"),
    ("renamed.bin", lambda path: path.write_bytes(b"!BDN" + b"\0" * 600), "readpst"),
    ("cache.ost", lambda path: path.write_bytes(b"\1" * 600), "readpst"),
    ("one.msg", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), "msgconvert"),
    ("mail.zip", _zip, "Unpack"),
]


@pytest.mark.parametrize(("name", "make", "way"), NOT_READ)
def test_what_is_not_read_yet_names_the_way_out(
    tmp_path: Path, name: str, make: Callable[[Path], object], way: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(NotAMailbox) as alone:
        discover(tmp_path / name)
    assert way in alone.value.hint
    with pytest.raises(NotAMailbox) as inside:
        discover(tmp_path)
    assert way in inside.value.hint
    put(tmp_path, "a.mbox")
    ((path, why),) = discover(tmp_path).ignored
    assert path.name == name
    assert way in why
    assert "not" in why


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"Dear diary,\n\nTo: nobody\n", b"a,b\n1,2\n"])
def test_a_file_that_is_no_mail(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotAMailbox) as caught:
        discover(put(tmp_path, "file", content))
    assert caught.value.hint


def test_a_folder_without_mail(tmp_path: Path) -> None:
    with pytest.raises(NotAMailbox) as caught:
        discover(tmp_path)
    assert "mbox" in caught.value.hint


def test_a_missing_path_names_the_nearest(tmp_path: Path) -> None:
    put(tmp_path, "Sent.mbox")
    with pytest.raises(SettingsError) as caught:
        discover(tmp_path / "Snet.mbox")
    assert "Sent.mbox" in caught.value.hint
    with pytest.raises(SettingsError) as caught:
        discover(tmp_path / "no" / "such" / "place")
    assert str(tmp_path) in caught.value.hint


def test_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    put(tmp_path, "a.mbox")
    listing = Path.iterdir

    def refuse(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(Path, "iterdir", refuse)  # root, as which tests may run, may list everything
    assert [path.name for path, _ in discover(tmp_path).ignored] == ["closed"]
    with pytest.raises(AccessDenied):
        discover(tmp_path / "closed")


def test_links_are_not_followed_out_of_the_tree(tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/one.eml", LETTERS[0])
    put(tmp_path, "here/a.mbox")
    (tmp_path / "here" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "here" / "loop").symlink_to(tmp_path / "here")
    (tmp_path / "here" / "dangling").symlink_to(tmp_path / "nothing")
    found = discover(tmp_path / "here")
    assert told(found, tmp_path) == [("mbox", "here/a.mbox")]
    assert [path.name for path, _ in found.ignored] == ["dangling", "link", "loop"]


def test_every_error_is_a_sentence_with_a_next_step(tmp_path: Path) -> None:
    for path in (tmp_path, put(tmp_path, "x", b"\0"), tmp_path / "missing"):
        with pytest.raises((SourceError, SettingsError)) as caught:
            discover(path)
        assert str(caught.value).endswith(".")
        assert caught.value.hint.endswith((".", "?"))
