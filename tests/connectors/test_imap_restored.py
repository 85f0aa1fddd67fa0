"""A folder that comes back from a backup with its old UIDVALIDITY: UIDs that were read stand for other messages now."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from scanner.case import Outcome
from scanner.connectors import open_mailbox
from scanner.connectors.imap_cursor import Place, print_of
from scanner.connectors.interface import Cursor, CursorLost
from scanner.scan import Silent, scan
from scanner.store import open_store
from scanner.store.records import Found
from scanner.store.store import Store
from tests.connectors.hostile_imap import Script, Talk, header
from tests.connectors.imap_reading import SENT, Serve, all_read, outcome, read
from tests.connectors.test_imap_increments import NOTHING, Later, WithStar, later, opened
from tests.dovecot import Dovecot
from tests.store.mail import OURS


def letter(number: int, shown: int = 1) -> bytes:
    people = ", ".join(f"guest{number}.{n}@shop{n}.example" for n in range(shown))
    return (
        f"Date: Mon, 6 Jul 2026 10:{number % 60:02}:00 +0000\r\nFrom: us@ours.example\r\nTo: {people}\r\n"
        f"Message-ID: <{number}@ours.example>\r\nSubject: Parcel {number}\r\n\r\nSent.\r\n"
    ).encode()


class Week:
    """A scan of the same mailbox each week."""

    def __init__(self, dovecot: Dovecot, name: str, store: Store) -> None:
        self.dovecot, self.name, self.store = dovecot, name, store

    def first(self, letters: int, backup: Path) -> None:
        """So many letters, from 1 on, are there and read; then a backup is made."""
        self.dovecot.fill(self.name, [letter(n) for n in range(1, letters + 1)])
        assert self.scan()[:2] == (Outcome.COMPLETE, letters)
        shutil.copytree(self.dovecot.maildir(self.name), backup)

    def scan(self) -> tuple[Outcome | None, int, set[str], list[str]]:
        """Outcome, messages read, subjects of candidates and notices."""
        account = self.dovecot.account(self.name)
        run = scan([account], OURS, self.store, Silent())
        (found,) = [folder for folder in self.store.coverage() if folder.folder == "Sent"]
        subjects = {kept.envelope.subject for kept in self.store.candidates()}
        return run.outcome, found.read, subjects, list(run.notices)


@pytest.mark.parametrize("more", [1, 2, 3, 7], ids=["below", "below by one", "as far", "above"])
def test_mail_under_uids_given_out_again_is_read(dovecot: Dovecot, tmp_path: Path, more: int) -> None:
    name, lost = f"restored{more}", 4
    with open_store(tmp_path / "case.db") as store:
        week = Week(dovecot, name, store)
        week.first(10, tmp_path / "backup")
        dovecot.fill(name, [letter(n) for n in range(11, 11 + lost)])
        assert week.scan()[:2] == (Outcome.COMPLETE, 14)
        restore(dovecot, name, tmp_path / "backup")
        dovecot.fill(name, [letter(100, shown=25), *(letter(n) for n in range(101, 101 + more))])
        outcome_, count, subjects, notices = week.scan()
        assert (outcome_, count, subjects) == (Outcome.COMPLETE, 11 + more, {"Parcel 100"})
        assert len([sentence for sentence in notices if "put back to an earlier state" in sentence]) == 1
        assert week.scan() == (Outcome.COMPLETE, 11 + more, {"Parcel 100"}, [])
        assert sum(len(kept.places) for kept in store.candidates()) == 1


@pytest.mark.parametrize("gone", [1, 3, 7])
def test_mail_under_uids_given_out_again_is_read_though_the_last_messages_went(
    dovecot: Dovecot, tmp_path: Path, gone: int
) -> None:
    """A backup comes back, UIDNEXT grows above the cursor again, and what stands at its end was deleted since."""
    name = f"restored-gone{gone}"
    with open_store(tmp_path / "case.db") as store:
        week = Week(dovecot, name, store)
        week.first(10, tmp_path / "backup")
        dovecot.fill(name, [letter(n) for n in range(11, 21)])
        assert week.scan()[:2] == (Outcome.COMPLETE, 20)
        restore(dovecot, name, tmp_path / "backup")
        dovecot.fill(name, [letter(100, shown=25), *(letter(n) for n in range(101, 112))])
        state = dovecot.account(name)
        with open_mailbox(state) as box:  # so that UIDs are given
            assert sum(1 for folder in box.folders() if folder.path == "Sent" for _ in box.read(folder)) == 22
        delete(dovecot, name, range(20 - gone + 1, 21))
        outcome_, count, subjects, notices = week.scan()
        assert (outcome_, count, subjects) == (Outcome.COMPLETE, 22 - gone, {"Parcel 100"})
        assert len([sentence for sentence in notices if "put back to an earlier state" in sentence]) == 1
        assert week.scan() == (Outcome.COMPLETE, 22 - gone, {"Parcel 100"}, [])


def test_mail_under_uids_given_out_again_is_read_behind_a_run_that_was_cut_short(
    dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "restored-cut"
    monkeypatch.setattr("scanner.stretch._STRETCH_MESSAGES", 8)
    with open_store(tmp_path / "case.db") as store:
        week = Week(dovecot, name, store)
        week.first(5, tmp_path / "backup")
        dovecot.fill(name, [letter(n) for n in range(11, 31)])
        record = Store.record

        def once(one: Store, *found: Found, **named: Any) -> int:
            record(one, *found, **named)
            raise KeyboardInterrupt

        with monkeypatch.context() as stopping:
            stopping.setattr(Store, "record", once)
            with pytest.raises(KeyboardInterrupt):
                week.scan()
        assert store.progress(name)["Sent"].coverage.read == 13
        restore(dovecot, name, tmp_path / "backup")
        dovecot.fill(name, [letter(100, shown=25), *(letter(n) for n in range(101, 112))])
        outcome_, count, subjects, notices = week.scan()
        assert (outcome_, count, subjects) == (Outcome.COMPLETE, 17, {"Parcel 100"})
        assert len([sentence for sentence in notices if "put back to an earlier state" in sentence]) == 1


def delete(dovecot: Dovecot, name: str, uids: Iterable[int]) -> None:
    """Delete messages by their UIDs, as the `dovecot-uidlist` names them."""
    folder = dovecot.maildir(name)
    _, *lines = (folder / "dovecot-uidlist").read_text().splitlines()
    files = {int(line.split()[0]): line.partition(" :")[2] for line in lines}
    for uid in uids:
        (file,) = folder.glob(f"*/{files[uid]}*")
        file.unlink()


def restore(dovecot: Dovecot, name: str, backup: Path) -> None:
    """The folder as it was, with its UIDVALIDITY and UIDs (`dovecot-uidlist`); the indexes are made anew."""
    dovecot.kick(name)
    folder = dovecot.maildir(name)
    shutil.rmtree(folder)
    shutil.copytree(backup, folder)
    for path in folder.glob("dovecot.index*"):
        path.unlink()
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, *dovecot.owner)


def cursor_of(uid: int) -> str:
    return Place("7", uid, print_of(header(uid))).cursor


def test_the_last_cursor_tells_by_what_the_last_message_is_recognised(serve: Serve) -> None:
    cursors = [cursor for cursor, _ in read(serve(Script()))]
    noted = [(uid, print_of(header(uid))) for uid in range(5, 0, -1)]
    assert [Place.of(cursor) for cursor in cursors] == [
        Place("7", *noted[at], tuple(noted[at + 1 :])) for at in range(4, -1, -1)
    ]
    assert [Place("7", uid).cursor for uid in (1, 2)] == ["7/1", "7/2"]  # as earlier versions wrote them
    assert (Place.of(Cursor("7/1")), Place.of(Cursor("7/1/ab"))) == (Place("7", 1), Place("7", 1, "ab"))


def cursor_behind(*uids: int) -> str:
    """The cursor behind these messages, of which those below 0 were not handed out."""
    *earlier, last = [(abs(uid), print_of(header(uid)) if uid > 0 else "") for uid in uids]
    return Place("7", *last, tuple(reversed(earlier))).cursor


@pytest.mark.parametrize("after", [cursor_behind(1, 2, 3, 4), cursor_behind(1, 2, 3, -4)])
def test_another_message_before_a_last_one_that_is_gone_is_another_folder(serve: Serve, after: str) -> None:
    assert "UID 3 is another message" in lost(serve, Another([1, 2, 3, 5]), after)
    assert "UID 2 is another message" in lost(serve, Another([2, 5]), after)


def test_a_message_under_a_uid_between_those_that_were_read_is_another_folder(serve: Serve) -> None:
    after = cursor_behind(1, 3, 6)
    assert "a message stands under UID 4, where none was." in lost(serve, Later([1, 4, 7]), after)
    assert later(serve(Later([1, 3, 7])), after, 3) == (2, {7: "read"})


@pytest.mark.parametrize("there", [[1, 2, 3, 5], [2, 5], [5]])
@pytest.mark.parametrize("after", [cursor_behind(1, 2, 3, 4), cursor_behind(1, 2, 3, -4)])
def test_a_last_message_that_is_gone_proves_nothing_where_those_before_it_are_the_same(
    serve: Serve, there: list[int], after: str
) -> None:
    running = serve(Later(there))
    assert later(running, after, 4) == (len(there) - 1, {5: "read"})
    assert len([line for line in running.said(b"UID SEARCH") if b"UID 1:4" in line]) <= 2


def test_the_last_message_alone_is_asked_for_while_it_is_there(serve: Serve) -> None:
    running = serve(Later([1, 2, 3, 4]))
    assert later(running, cursor_behind(1, 2, 3), 3) == (3, {4: "read"})
    assert not [line for line in running.said(b"UID") if b" 1" in line.partition(b"UID ")[2].partition(b"(")[0]]


def test_the_trail_goes_on_from_the_cursor_and_is_no_longer_than_it_was(serve: Serve) -> None:
    ((cursor, _),) = read(serve(Later([1, 2, 3, 4])), Cursor(cursor_behind(1, 2, 3)))
    assert cursor == cursor_behind(1, 2, 3, 4)
    cursors = [cursor for cursor, _ in read(serve(Later(list(range(1, 41)))))]
    place = Place.of(cursors[-1])
    assert place is not None
    assert [uid for uid, _ in place.earlier] == list(range(39, 32, -1))
    assert len(cursors[-1]) < 120


def test_the_same_message_is_asked_for_once_and_reading_goes_on(serve: Serve) -> None:
    running = serve(Later([1, 2, 3, 4]))
    assert later(running, cursor_of(3), 3) == (3, {4: "read"})
    assert [line for line in running.said(b"UID FETCH") if b"Message-ID)])" in line and b"FETCH 3 " in line]
    assert not [line for line in running.said(b"UID SEARCH") if b"UID 1:" in line]


def test_a_cursor_of_an_earlier_version_goes_on(serve: Serve) -> None:
    running = serve(Later([1, 2, 3, 4]))
    assert later(running, "7/3", 3) == (3, {4: "read"})
    assert not [line for line in running.said(b"UID FETCH") if b"FETCH 3 " in line]


def test_a_deleted_last_message_proves_nothing(serve: Serve) -> None:
    assert later(serve(Later([1, 2], uidnext=4)), cursor_of(3), 3) == (2, NOTHING)
    assert later(serve(Later([1, 2, 4])), cursor_of(3), 3) == (2, {4: "read"})


class Another(WithStar):
    """Other messages stand under the same UIDs."""

    def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
        if b"BODY" not in items:
            super().on_fetch(talk, tag, uids, items)
            return
        talk.send(b"".join(self.item(uid, header(uid + 50)) for uid in uids) + tag + b" OK\r\n")


def lost(serve: Serve, script: Script, after: str) -> str:
    with opened(serve(script)) as box, pytest.raises(CursorLost) as error:
        box.behind(SENT, Cursor(after), 3)
    with opened(serve(script)) as box, pytest.raises(CursorLost):
        list(box.read(SENT, Cursor(after)))
    return str(error.value)


def test_another_message_under_the_last_uid_is_another_folder(serve: Serve) -> None:
    assert "UID 3 is another message" in lost(serve, Another([1, 2, 3, 4]), cursor_of(3))


@pytest.mark.parametrize("after", ["7/3", cursor_of(3)])
@pytest.mark.parametrize("script", [Later([1, 2]), Later([1, 2], uidnext=2), Later([], uidnext=1)])
def test_a_uidnext_that_fell_is_another_folder(serve: Serve, script: Script, after: str) -> None:
    """RFC 9051 §2.3.1.1: UIDs ascend, so UIDNEXT never falls."""
    assert "the server gives out UIDs from" in lost(serve, script, after)


@pytest.mark.parametrize("uidnext", [1, 4, 5])
def test_a_wrong_uidnext_is_no_reason_to_read_again(serve: Serve, uidnext: int) -> None:
    for after in ("7/5", cursor_of(5)):
        assert later(serve(WithStar([2, 3, 4, 5, 6], uidnext=uidnext)), after, 5) == (4, {6: "read"})


def test_a_wrong_uidnext_costs_one_reading_after_the_last_message_was_deleted(serve: Serve) -> None:
    running = serve(WithStar([1, 2, 3], uidnext=2))
    assert "from 2 on" in lost(serve, running.script, cursor_of(4))
    readings = read(running)
    assert outcome(readings) == all_read(range(1, 4))
    assert later(running, readings[-1][0], 3) == (3, NOTHING)


def test_other_messages_are_seen_behind_a_wrong_uidnext_too(serve: Serve) -> None:
    assert "UID 3 is another message" in lost(serve, Another([1, 2, 3], uidnext=2), cursor_of(3))


def test_a_server_that_makes_up_its_headers_proves_nothing(serve: Serve) -> None:
    class MadeUp(Later):
        asked = 0

        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            self.asked += 1
            talk.send(b"".join(self.item(uid, header(uid + self.asked)) for uid in uids) + tag + b" OK\r\n")

    for after in (cursor_of(3), cursor_behind(1, 2, 3)):
        assert later(serve(MadeUp([1, 2, 3, 4])), after, 3) == (3, {4: "read"})
        assert later(serve(MadeUp([1, 2, 4])), after, 3) == (2, {4: "read"})


@pytest.mark.parametrize("uidnext", [3, 5])
def test_a_last_message_that_is_not_handed_out_any_more_proves_nothing(serve: Serve, uidnext: int) -> None:
    class Poisoned(WithStar):
        def on_fetch(self, talk: Talk, tag: bytes, uids: list[int], items: bytes) -> None:
            if uids == [3]:
                talk.send(tag + b" NO cannot convert\r\n")
                return
            super().on_fetch(talk, tag, uids, items)

    assert later(serve(Poisoned([1, 2, 3, 4], uidnext=uidnext)), cursor_of(3), 3) == (3, {4: "read"})


def test_how_a_header_is_folded_and_what_else_it_says_is_no_other_message() -> None:
    one = b"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\nMessage-ID: <m1@acme.test>\r\n\r\n"
    other = b"date:Mon, 2 Mar 2026\r\n\t10:00:00 +0100\r\nFrom: Ann <a@acme.test>\r\nMESSAGE-ID:\r\n <m1@acme.test>\r\n"
    assert print_of(one) == print_of(other) != print_of(one.replace(b"m1", b"m2"))
    assert print_of(b"Subject: Message-ID: <m1@acme.test>\r\n\r\n") == print_of(b"") == ""


@pytest.mark.parametrize("uidnext", [1, 2, 3])
def test_a_folder_is_read_to_its_end_whatever_uidnext_says(serve: Serve, uidnext: int) -> None:
    assert outcome(read(serve(WithStar([1, 2, 3], uidnext=uidnext)))) == all_read(range(1, 4))
