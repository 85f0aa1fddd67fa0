"""Mail that a scan read and that is gone, or emptied: one scan is incomplete and says so, in whatever shape it lay."""

from __future__ import annotations

import mailbox
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from scanner.coverage import DEPARTED
from scanner.store import open_store
from tests.cli.command import mail, missedbcc, scan

_NEXT = "Put it back, or let it be: from the next run on only Coverage says so."
_LOST = "Nothing is left of what was named: it was deleted, moved or emptied, or the disk that held it is not there."


def departed(folder: Path) -> list[str]:
    """What the coverage tells as gone; nothing else may be said of any folder."""
    with open_store(folder / "missedbcc-case" / "case.sqlite") as store:
        coverage = [one for one in store.coverage() if one.folder]
    gone = [one for one in coverage if one.trouble]
    assert all((one.trouble, one.read, one.gone, one.complete) == (DEPARTED, 2, 2, True) for one in gone), gone
    return [f"{one.account}: {one.folder}" for one in gone]


def box(place: Path, kind: str, mailed: Sequence[int] = (12, 1)) -> None:
    """A mailbox of that kind at a place, with messages to so many people each."""
    place.parent.mkdir(exist_ok=True)
    if kind == "mbox":
        mail(place, mailed)
        return
    source = place.with_name("source")
    mail(source, mailed)
    with closing(mailbox.mbox(source)) as opened:
        letters = [bytes(letter) for letter in opened]
    source.unlink()
    if kind == "maildir":
        made = mailbox.Maildir(place)
        for letter in letters:
            made.add(letter)
        return
    place.mkdir()
    for number, letter in enumerate(letters):
        (place / f"{number}.eml").write_bytes(letter)


def remove(place: Path) -> None:
    shutil.rmtree(place) if place.is_dir() else place.unlink()


def replace_by_folder(place: Path) -> None:
    remove(place)
    place.mkdir()


def empty(place: Path) -> None:
    if place.is_file():
        place.write_bytes(b"")
    for file in place.rglob("*"):
        if file.is_file():
            file.unlink()


def blank(place: Path) -> None:
    place.write_bytes(b"\n \r\n\n")


_SHAPES: list[tuple[str, str, str, Callable[[Path], None]]] = [
    *(("it alone", "mbox", "ann.mbox", how) for how in (remove, empty, blank, replace_by_folder)),
    *(("it alone", "mbox", "ann", how) for how in (empty, blank)),
    *(("it alone", "maildir", "ann", how) for how in (remove, empty, replace_by_folder)),
    *(("it alone", "eml", "ann", how) for how in (remove, empty)),
    *(("its folder", "mbox", "ann.mbox", how) for how in (remove, empty, replace_by_folder)),
    *(("its folder", kind, "ann", empty) for kind in ("mbox", "maildir", "eml")),
    *(("the config", kind, "ann", remove) for kind in ("mbox", "maildir", "eml")),
    ("the config", "mbox", "ann", empty),
]


@pytest.mark.parametrize(
    ("words", "kind", "name", "how"), _SHAPES, ids=[f"{words}-{kind}-{how.__name__}" for words, kind, _, how in _SHAPES]
)
def test_mail_that_is_gone_is_told_once_where_it_was_searched_and_each_time_where_it_was_named(
    tmp_path: Path, words: str, kind: str, name: str, how: Callable[[Path], None]
) -> None:
    place = tmp_path / "old" / name
    box(place, kind)
    if words == "its folder":
        box(tmp_path / "old" / "bea.mbox", "mbox", [1, 2])
    if words == "the config":
        config = f'[account.archive]\ntype = "{kind}"\npath = "old/{name}"\n'
        (tmp_path / "missedbcc.toml").write_text(config)
    given = {"it alone": [f"old/{name}"], "its folder": ["old"], "the config": []}[words]
    account = "archive" if words == "the config" else f"old/{name}"
    once = words == "its folder" or (kind == "maildir" and how is empty)  # a Maildir without a message is one
    scan(tmp_path, *given, code=4)
    how(place)
    said = scan(tmp_path, *given, code=3 if once else 1)
    assert f"{account}: " in said
    assert (said.count(_NEXT), said.count(_LOST)) == ((1, 0) if once else (0, 1))
    assert "no longer holds" not in said
    (gone,) = departed(tmp_path)
    assert gone.startswith(f"{account}: ")
    assert missedbcc(tmp_path, "status").code == 3
    for _ in range(2):
        said = scan(tmp_path, *given, code=0 if once else 1)
        assert (said.count(_NEXT), said.count(_LOST)) == ((0, 0) if once else (0, 1))
        assert departed(tmp_path) == [gone]
        assert missedbcc(tmp_path, "status").code == (0 if once else 3)
    if place.exists():
        remove(place)
    box(place, kind, [12, 1, 11])
    said = scan(tmp_path, *given, code=4)
    assert kind != "mbox" or "read again from its start, since it was gone, and is there again" in said
    assert departed(tmp_path) == []
    assert missedbcc(tmp_path, "status").code == 0


@pytest.mark.parametrize("how", [remove, empty])
def test_what_was_named_and_is_gone_is_missed_by_each_run_beside_others(
    tmp_path: Path, how: Callable[[Path], None]
) -> None:
    for name in ("ann", "bea"):
        box(tmp_path / f"{name}.mbox", "mbox")
    scan(tmp_path, "ann.mbox", "bea.mbox", code=4)
    how(tmp_path / "ann.mbox")
    for _ in range(3):
        assert f"ann.mbox: {_LOST}" in scan(tmp_path, "ann.mbox", "bea.mbox", code=3)
    assert scan(tmp_path, "bea.mbox", code=0).count(_LOST) == 0


@pytest.mark.parametrize("how", [remove, empty])
def test_all_that_a_folder_held_may_go(tmp_path: Path, how: Callable[[Path], None]) -> None:
    for name in ("ann", "bea"):
        box(tmp_path / "old" / f"{name}.mbox", "mbox")
    scan(tmp_path, "old", code=4)
    for name in ("ann", "bea"):
        how(tmp_path / "old" / f"{name}.mbox")
    for _ in range(2):
        assert scan(tmp_path, "old", code=1).startswith(f"old: {_LOST}")
    shutil.rmtree(tmp_path / "old")
    for words in (["old"], ["old/ann.mbox", "old"], ["old", "old/ann.mbox"]):
        said = scan(tmp_path, *words, code=1)
        assert [said.count(f"{word}: {_LOST}") for word in words] == [1] * len(words)
        assert said.count(_LOST) == len(words)
    assert departed(tmp_path) == ["old/ann.mbox: ann.mbox", "old/bea.mbox: bea.mbox"]


@pytest.mark.parametrize("how", [remove, empty])
@pytest.mark.parametrize(
    ("lost", "code", "told"),
    [
        ("Sent", 3, "old: The folder Sent, read in an earlier run, is gone or holds no mail any more."),
        ("Sent.mbox", 3, "old: The folder Sent.mbox, read in an earlier run, is gone or holds no mail any more."),
        ("Inbox.mbox", 0, "old: the folder Inbox.mbox, read in an earlier run, is gone or holds no mail any more."),
    ],
)
def test_of_the_folders_of_one_person_those_of_sent_mail_leave_a_run_incomplete(
    tmp_path: Path, how: Callable[[Path], None], lost: str, code: int, told: str
) -> None:
    for name in ("Drafts.mbox", "Inbox.mbox", lost if lost.startswith("Sent") else "Sent.mbox", "Sent 2024.mbox"):
        box(tmp_path / "old" / name, "mbox")
    scan(tmp_path, "old", code=4)
    how(tmp_path / "old" / lost)
    assert told in scan(tmp_path, "old", code=code)
    assert departed(tmp_path) == [f"old: {lost}"]
    assert told not in scan(tmp_path, "old", code=0)


def test_a_folder_of_a_maildir_that_was_emptied_is_told_and_single_messages_may_go(tmp_path: Path) -> None:
    box(tmp_path / "Mail", "maildir", [1, 1])
    box(tmp_path / "Mail" / ".Sent", "maildir", [12, 2])
    scan(tmp_path, "Mail", code=4)
    first, second = (tmp_path / "Mail" / ".Sent" / "new").iterdir()
    first.unlink()
    assert _NEXT not in scan(tmp_path, "Mail", code=0)
    second.unlink()
    assert "Mail: The folder Sent, read in an earlier run, is gone or" in scan(tmp_path, "Mail", code=3)
    assert _NEXT not in scan(tmp_path, "Mail", code=0)


def test_a_file_of_sent_mail_that_is_gone_is_told_though_its_folder_is_searched_in_another_way(tmp_path: Path) -> None:
    box(tmp_path / "box" / "Sent.mbox", "mbox")
    box(tmp_path / "box" / "Inbox.mbox", "mbox", [1, 2])
    scan(tmp_path, "box", code=4)
    (tmp_path / "box" / "Sent.mbox").unlink()
    assert f"box: {DEPARTED}" in scan(tmp_path, "box", code=3)
    assert departed(tmp_path) == ["box: Sent.mbox"]
    scan(tmp_path, "box", code=0)


def test_a_folder_of_which_nothing_is_gone_is_complete_however_it_is_searched(tmp_path: Path) -> None:
    box(tmp_path / "box" / "Sent.mbox", "mbox")
    box(tmp_path / "box" / "Inbox.mbox", "mbox", [1, 2])
    box(tmp_path / "box" / "home", "maildir", [1])
    box(tmp_path / "box" / "letters", "eml", [1])
    scan(tmp_path, "box", code=4)
    scan(tmp_path, "box/Sent.mbox", "box/Inbox.mbox", "box/home", "box/letters", code=0)
    scan(tmp_path, "box", code=0)
    assert departed(tmp_path) == []


@pytest.mark.parametrize("kind", ["mbox", "maildir", "eml"])
def test_what_lies_behind_a_link_by_now_is_told_since_it_is_read_no_more(tmp_path: Path, kind: str) -> None:
    person, elsewhere = tmp_path / "old" / "ann", tmp_path / "disk"
    person.mkdir(parents=True)
    box(person / "mail", kind)
    box(tmp_path / "old" / "bea.mbox", "mbox", [1, 2])
    scan(tmp_path, "old", code=4)
    person.rename(elsewhere)
    person.symlink_to(elsewhere)
    assert f"old/ann/mail: {DEPARTED}" in scan(tmp_path, "old", code=3)
    assert len(departed(tmp_path)) == 1
    assert DEPARTED not in scan(tmp_path, "old", code=0)


@pytest.mark.parametrize("kind", ["mbox", "maildir", "eml"])
def test_what_no_run_read_keeps_its_error(tmp_path: Path, kind: str) -> None:
    box(tmp_path / "other.mbox", "mbox")
    scan(tmp_path, "other.mbox", code=4)
    assert "A source is neither an account of the config nor a path." in scan(tmp_path, "ann", code=2)
    box(tmp_path / "ann", kind)
    replace_by_folder(tmp_path / "ann")
    assert "There is no mail in ann that we can read." in scan(tmp_path, "ann", code=1)
    remove(tmp_path / "ann")
    (tmp_path / "ann").touch()
    assert "ann is no mailbox. It is empty." in scan(tmp_path, "ann", code=1)
    assert "ann is no mailbox. It is empty." in scan(tmp_path, "ann", "other.mbox", code=3)


def test_what_cannot_be_looked_at_is_not_gone(tmp_path: Path) -> None:
    box(tmp_path / "old.mbox", "mbox")
    scan(tmp_path, "old.mbox", code=4)
    (tmp_path / "old.mbox").unlink()
    (tmp_path / "old.mbox").symlink_to(tmp_path / "disk" / "old.mbox")
    for _ in range(2):
        assert "It is a link to something that is not there." in scan(tmp_path, "old.mbox", code=1)


@pytest.mark.parametrize("kind", ["mbox", "maildir", "eml"])
def test_of_the_sent_folders_that_the_config_names_the_others_are_read_where_one_is_gone(
    tmp_path: Path, kind: str
) -> None:
    for name in ("Sent", "Sent Items"):
        box(tmp_path / "old" / name, kind)
    config = f'[account.archive]\ntype = "{kind}"\npath = "old"\nsent_folders = ["Sent", "Sent Items"]\n'
    (tmp_path / "missedbcc.toml").write_text(config)
    scan(tmp_path, code=4)
    remove(tmp_path / "old" / "Sent Items")
    remove(tmp_path / "old" / "Sent")
    box(tmp_path / "old" / "Sent", kind, [12, 1, 14])
    for news in ("New: 1, known: 1.", "Nothing new."):
        said = scan(tmp_path, code=3)
        assert "The config names as sent what is not in old: Sent Items." in said
        assert news in said
    box(tmp_path / "old" / "Sent Items", kind)
    scan(tmp_path, code=0)


def test_what_is_named_twice_and_searched_too_is_missed_in_one_way(tmp_path: Path) -> None:
    for name in ("ann", "bea"):
        box(tmp_path / "old" / f"{name}.mbox", "mbox")
    scan(tmp_path, "old", "old/ann.mbox", code=4)
    empty(tmp_path / "old" / "ann.mbox")
    for _ in range(2):
        said = scan(tmp_path, "old", "old/ann.mbox", "./old/ann.mbox", code=3)
        assert (said.count(_LOST), said.count(_NEXT)) == (1, 0)
        assert departed(tmp_path) == ["old/ann.mbox: ann.mbox"]
    remove(tmp_path / "old")
    said = scan(tmp_path, "old", "old/", code=1)
    assert said.count(_LOST) == 1
    assert departed(tmp_path) == ["old/ann.mbox: ann.mbox", "old/bea.mbox: bea.mbox"]
