"""What a path on the command line holds."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.account import Account
from scanner.connectors import open_mailbox
from scanner.connectors.discover import Discovery, discover, unread_in
from scanner.connectors.tree import Kind, kind_of
from scanner.envelope import Envelope, Locator
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


def test_a_maildir_is_one_account_with_its_folders(tmp_path: Path) -> None:
    maildir(tmp_path)
    maildir(tmp_path, ".Sent")
    put(tmp_path, ".Archive/cur/1.host", LETTERS[0])
    put(tmp_path, "dovecot.index.log", b"\0")
    put(tmp_path, "subscriptions", b"Sent\n")
    found = discover(tmp_path)
    assert told(found, tmp_path) == [("maildir", ".")]
    assert (found.ignored, found.unread) == ((), ())
    with open_mailbox(found.accounts[0]) as mailbox:
        assert [folder.path for folder in mailbox.folders()] == ["INBOX", "Archive", "Sent"]


def test_other_mail_in_a_maildir_is_not_passed_over(tmp_path: Path) -> None:
    maildir(tmp_path)
    maildir(tmp_path, ".Sent")
    put(tmp_path, "old/stray.mbox")
    put(tmp_path, "one.eml", LETTERS[1])
    put(tmp_path, ".Sent/lost", LETTERS[2])
    put(tmp_path, "old/deep/two.eml", LETTERS[3])
    put(tmp_path, ".Sent/old.pst", b"!BDN" + b"\0" * 600)
    (tmp_path / ".Elsewhere").symlink_to(tmp_path.parent)
    found = discover(tmp_path)
    assert sorted(told(found, tmp_path)) == [("eml", "."), ("maildir", "."), ("mbox", "old/stray.mbox")]
    assert [Path(subject).name for subject, _ in found.unread] == ["old.pst"]
    assert [path.name for path, _ in found.ignored] == [".Elsewhere"]
    read: list[str | None] = []
    for one in found.accounts:
        with open_mailbox(one) as mailbox:
            readings = [reading for folder in mailbox.folders() for _, reading in mailbox.read(folder)]
        read += [reading.message_id for reading in readings if isinstance(reading, Envelope)]
    assert sorted(filter(None, read)) == [f"{number}@corp.example" for number in (1, 1, 1, 2, 3, 4)]


def test_maildirs_beside_a_message_are_read_once(tmp_path: Path) -> None:
    put(tmp_path, "one.eml", LETTERS[1])
    maildir(tmp_path, "ann")
    maildir(tmp_path, "ann/.Sent")
    put(tmp_path, "ann/two.eml", LETTERS[2])
    found = discover(tmp_path)
    assert sorted(told(found, tmp_path)) == [("eml", "."), ("maildir", "ann")]
    with open_mailbox(found.accounts[0]) as mailbox:
        assert [(folder.path, folder.messages) for folder in mailbox.folders()] == [(".", 1), ("ann", 1)]


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
    ("empty.bin", lambda path: path.write_bytes(b"PK\5\6" + b"\0" * 18), "Unpack"),
    ("mail.rar", lambda path: path.write_bytes(b"Rar!\x1a\7\0" + b"\0" * 60), "Unpack"),
    ("Sent.mbox.bz2", lambda path: path.write_bytes(bz2.compress(MBOX)), "bunzip2"),
    ("Sent.mbox.xz", lambda path: path.write_bytes(lzma.compress(MBOX)), "unxz"),
    ("Sent.mbox.zst", lambda path: path.write_bytes(b"\x28\xb5\x2f\xfd" + b"\0" * 60), "unzstd"),
    ("mmdf", lambda path: path.write_bytes((b"\1\1\1\1\n" + LETTERS[0]) * 2), "converter"),
    ("box", lambda path: path.write_bytes(b"*mbx*\r\n" + b"\0" * 2000 + LETTERS[0]), "mailutil"),
    ("RMAIL", lambda path: path.write_bytes(b"BABYL OPTIONS: -*- rmail -*-\n\x1f\x0c\n" + LETTERS[0]), "b2m"),
    ("Sent", lambda path: path.write_bytes(MBOX.decode().encode("utf-16")), "iconv"),
    ("Inbox", lambda path: path.write_bytes(MBOX.replace(b"\n", b"\r")), "tr "),
    ("Sent.mbox", lambda path: path.write_bytes(b"rest of a letter\n\n" + MBOX), "whole copy"),
    ("Sent Items", lambda path: path.write_bytes(bytes(5000)), "whole copy"),
    ("All.mbox", lambda path: path.write_bytes(LETTERS[0] + b"\n" + MBOX), "whole copy"),
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
    ((path, error),) = discover(tmp_path).unread
    assert path == str(tmp_path / name)
    assert way in error.hint
    assert "not" in str(error)


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
    ((subject, error),) = discover(tmp_path).unread
    assert subject == str(tmp_path / "closed")
    assert isinstance(error, AccessDenied)
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
    assert [path.name for path, _ in found.ignored] == ["link", "loop"]
    ((subject, error),) = found.unread
    assert subject == str(tmp_path / "here" / "dangling")
    assert "link to something that is not there" in str(error)


def test_every_error_is_a_sentence_with_a_next_step(tmp_path: Path) -> None:
    for path in (tmp_path, put(tmp_path, "x", b"\0"), tmp_path / "missing"):
        with pytest.raises((SourceError, SettingsError)) as caught:
            discover(path)
        assert str(caught.value).endswith(".")
        assert caught.value.hint.endswith((".", "?"))


DAMAGED_GZIP = gzip.compress(MBOX)[:12] + b"\xff" * 60


@pytest.mark.parametrize(
    "content",
    [DAMAGED_GZIP, gzip.compress(MBOX)[:10], gzip.compress(MBOX)[:4]],
    ids=["overwritten", "cut", "cut short"],
)
def test_a_damaged_archive_is_called_damaged_and_not_empty(tmp_path: Path, content: bytes) -> None:
    damaged = put(tmp_path, "old.mbox.gz", content)
    with pytest.raises(NotAMailbox, match="damaged") as alone:
        discover(damaged)
    assert alone.value.hint
    put(tmp_path, "a.mbox")
    ((subject, error),) = discover(tmp_path).unread
    assert subject == str(damaged)
    assert "damaged" in str(error)
    assert "empty" not in str(error)


def test_what_is_damaged_in_a_store_is_one_of_its_folders(tmp_path: Path) -> None:
    for name in ("Inbox", "Sent"):
        put(tmp_path, name)
    put(tmp_path, "Sent-2019.gz", DAMAGED_GZIP)
    (account,) = discover(tmp_path).accounts
    assert discover(tmp_path).unread == ()
    with open_mailbox(account) as mailbox:
        (folder,) = (one for one in mailbox.folders() if one.path == "Sent-2019.gz")
        assert folder.wanted
        with pytest.raises(SourceError, match="compressed data"):
            list(mailbox.read(folder))


def test_a_file_that_may_not_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.mbox")
    put(tmp_path, "closed")
    stat = Path.stat

    def refuse(path: Path, *, follow_symlinks: bool = True) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refuse)  # root, as which tests may run, may look at everything
    ((subject, error),) = discover(tmp_path).unread
    assert subject == str(tmp_path / "closed")
    assert isinstance(error, AccessDenied)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.json", b'{"from": "a@b.example", "to": "c"}'),
        ("README", b"What lies here.\n"),
        ("README.md", b"# What lies here\n"),
        (".gitattributes", b"* -text\n"),
        ("letter.docx", b"PK\x03\x04" + b"\0" * 60),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("addon.xpi", b"PK\x03\x04" + b"\0" * 60),
        ("._one.eml", b"\0\5\x16\7\0\2\0\0Mac OS X"),
        ("nothing", b""),
    ],
)
def test_what_is_no_mail_is_left_out_quietly(tmp_path: Path, name: str, content: bytes) -> None:
    put(tmp_path, "a.mbox")
    put(tmp_path, "one.eml", LETTERS[0])
    put(tmp_path, name, content)
    found = discover(tmp_path)
    assert found.unread == ()
    assert [path.name for path, _ in found.ignored] == [name]


def test_the_lock_of_a_mail_program_is_no_broken_link(tmp_path: Path) -> None:
    put(tmp_path, "a.mbox")
    (tmp_path / "lock").symlink_to("127.0.1.1:+4711")
    found = discover(tmp_path)
    assert found.unread == ()
    assert [path.name for path, _ in found.ignored] == ["lock"]


def test_a_tar_archive_is_known_by_its_content(tmp_path: Path) -> None:
    put(tmp_path, "a.mbox")
    put(tmp_path, "mail.tar.gz", gzip.compress(b"Sent".ljust(257, b"\0") + b"ustar".ljust(255, b"\0")))
    ((_, error),) = discover(tmp_path).unread
    assert "tar archive" in str(error)


def test_many_files_of_one_kind_are_one_trouble(tmp_path: Path) -> None:
    put(tmp_path, "a.mbox")
    for number in range(7):
        put(tmp_path, f"letters/{number}.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    ((subject, error),) = discover(tmp_path).unread
    assert subject == str(tmp_path / "letters")
    assert "7 files" in str(error)
    assert "0.msg, 1.msg, 2.msg, 3.msg, 4.msg and 2 others" in str(error)
    (tmp_path / "letters/6.msg").unlink()
    ((_, error),) = discover(tmp_path).unread
    assert "4.msg and 1 other. Of each: " in str(error)


def test_what_looks_like_a_message_is_read_or_named(tmp_path: Path) -> None:
    names = ["one.eml", "two", "three.txt", ".hidden", ".hidden.eml", "four.msg", "five.gz"]
    for number, name in enumerate(names):
        letter = LETTERS[number % len(LETTERS)]
        put(tmp_path, name, gzip.compress(letter) if name.endswith(".gz") else letter)
    put(tmp_path, "sub/six", LETTERS[5])
    found = discover(tmp_path)
    assert (found.ignored, found.unread) == ((), ())
    (account,) = found.accounts
    with open_mailbox(account) as mailbox:
        read = [reading for folder in mailbox.folders() for _, reading in mailbox.read(folder)]
        assert sorted(one.locator.key for one in read) == sorted([*names, "six"])
        assert all(isinstance(one, Envelope) for one in read)
        assert mailbox.raw(Locator(account.name, ".", "two")) == LETTERS[1]


def test_an_archive_of_the_config_names_what_it_does_not_read(tmp_path: Path) -> None:
    put(tmp_path, "Sent")
    put(tmp_path, "deep/old.pst", b"!BDN" + b"\0" * 600)
    put(tmp_path, "old.gz", DAMAGED_GZIP)
    subjects = {scheme: [Path(one).name for one, _ in unread_in(Account("a", scheme, tmp_path))] for scheme in SCHEMES}
    assert subjects == {"mbox": ["old.pst"], "eml": ["old.pst", "old.gz"], "maildir": []}


SCHEMES = ("mbox", "eml", "maildir")


def test_a_compiled_program_that_holds_a_letter_is_no_mail(tmp_path: Path) -> None:
    letter = b"\nFrom: a@corp.example\nTo: b@freemail.example\nSubject: x\n\nHello\n"
    (tmp_path / "test_mail.cpython-311.pyc").write_bytes(
        b"\xa7\r\r\n" + bytes(4) + b"\x10l\x02kb\n\x00\x00\xe3" + letter
    )
    assert kind_of(tmp_path / "test_mail.cpython-311.pyc").kind is Kind.OTHER
    (tmp_path / "letter").write_bytes(letter[1:])
    assert kind_of(tmp_path / "letter").kind is Kind.MESSAGE
    (tmp_path / "after a crash").write_bytes(bytes(20) + letter)
    assert kind_of(tmp_path / "after a crash").kind is Kind.MESSAGE
