"""A scan keeps of others' mail what proves something about ours, and looks up what our replies answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from scanner.case import Outcome, Run
from scanner.connectors.interface import Folder
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Mark, Reading
from scanner.errors import ServerUnreachable
from scanner.policy import Policy
from scanner.scan import Silent, scan
from scanner.store.store import Store
from tests.mailboxes import Faulty, Log, Shelf
from tests.store.mail import OURS

GUESTS = "guest1@a.example, guest2@b.example, guest3@c.example"
MANY = ", ".join(f"p{number}@c{number}.example" for number in range(12))


def letter(name: str, author: str, to: str, *, subject: str = "", answers: str = "", more: str = "") -> bytes:
    lines = [
        f"From: <{author}>",
        f"To: {to}",
        f"Subject: {subject or name}",
        f"Date: Fri, 15 Mar 2024 09:{sum(name.encode()) % 60:02} +0000",
        f"Message-ID: <{name}@mail.example>",
    ]
    if answers:
        lines += [f"In-Reply-To: <{answers}@mail.example>", f"References: <{answers}@mail.example>"]
    return "\r\n".join([*lines, *filter(None, [more]), "", "Dear all,", ""]).encode()


MASS = letter("mass", "ann@corp.example", MANY)
LIGHT = letter("light", "guest1@a.example", "ann@corp.example")
GROUP = letter("group", "guest1@a.example", f"ann@corp.example, {GUESTS}")
ANSWER = letter("answer", "p3@c3.example", "ann@corp.example", subject="Re: mass", answers="mass")


def run(store: Store, *mailboxes: Faulty, policy: Policy = OURS, scheme: str = "memory", log: Log | None = None) -> Run:
    shelf = Shelf(*mailboxes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scanner.scan.open_mailbox", shelf.open)
        accounts = [replace(account, scheme=scheme) for account in shelf.accounts]
        return scan(accounts, policy, store, log or Silent())


def box(sent: list[bytes], inbox: list[bytes], account: str = "ann", **others: object) -> Faulty:
    messages: dict[str, list[bytes | str]] = {"Inbox": [*inbox], "Sent": [*sent]}
    others.setdefault("received", frozenset({"Inbox"}))
    return Faulty(account, messages, **others)  # type: ignore[arg-type]


def kept(store: Store) -> list[str]:
    return sorted(str(one.message_id).partition("@")[0] for one in store.received())


def test_sent_mail_is_read_first_in_every_account_so_that_answers_are_known(store: Store) -> None:
    ann, bob = box([], [ANSWER, LIGHT, GROUP]), box([MASS], [], "bob")
    done = run(store, ann, bob)
    assert [folder for folder, _ in (*ann.reads, *bob.reads)] == ["Sent", "Inbox"] * 2
    assert kept(store) == ["answer", "group"]
    assert done.outcome is Outcome.COMPLETE
    found = {(one.account, one.folder): one for one in store.coverage()}
    assert found["ann", "Inbox"].chosen_by is ChosenBy.HISTORY
    assert (found["ann", "Inbox"].read, found["ann", "Inbox"].complete) == (3, True)


def test_a_second_scan_changes_nothing_and_reads_what_is_new(store: Store) -> None:
    ann = box([MASS], [ANSWER, GROUP])
    run(store, ann)
    before = list(store.received()), list(store.candidates()), list(store.coverage())
    run(store, ann)
    assert (list(store.received()), list(store.candidates()), list(store.coverage())) == before
    assert ann.reads[2:] == [("Sent", "1"), ("Inbox", "2")]
    ann.messages["Inbox"].append(letter("late", "p1@c1.example", "ann@corp.example", answers="mass"))
    run(store, ann)  # the answer to what an earlier run found
    assert kept(store) == ["answer", "group", "late"]


@pytest.mark.parametrize("scheme", ["memory", "eml"])
def test_reading_everything_again_doubles_nothing(store: Store, scheme: str) -> None:
    ann = box([MASS], [ANSWER, GROUP, GROUP, LIGHT])
    for _ in range(3):
        run(store, ann, scheme=scheme)
    assert kept(store) == ["answer", "group"]


def test_what_is_no_evidence_leaves_no_trace(store: Store) -> None:
    run(store, box([MASS], [LIGHT, GROUP]))
    store._engine.dispose()
    octets = b"".join(path.read_bytes() for path in store.path.parent.glob("case.db*"))
    assert b"light@mail.example" not in octets
    assert b"group@mail.example" in octets


def test_filed_sent_mail_is_ours_and_a_candidate(store: Store) -> None:
    ann = box([], [LIGHT, MASS])
    run(store, ann)
    (found,) = store.candidates()
    assert (found.envelope.locator.folder, found.envelope.message_id) == ("Inbox", "mass@mail.example")
    assert Mark.SENT not in found.envelope.marks


def test_a_folder_of_received_mail_alone_does_not_make_an_account_readable(store: Store) -> None:
    done = run(store, Faulty("ann", {"Inbox": [GROUP]}, received=frozenset({"Inbox"})))
    assert "No folder of sent mail" in done.troubles[0]
    assert len(done.troubles) == 1


def test_evidence_that_cannot_be_read_makes_the_run_incomplete(store: Store) -> None:
    broken = ServerUnreachable("The server is gone.", "Try again.")
    ann = box([MASS], [ANSWER, GROUP], breaks={("Inbox", 2): broken})
    done = run(store, ann)
    assert done.outcome is Outcome.INCOMPLETE
    assert kept(store) == ["answer"]
    ann.breaks.clear()
    assert run(store, ann).outcome is Outcome.COMPLETE
    assert kept(store) == ["answer", "group"]


def test_a_folder_that_is_no_longer_wanted_as_evidence_is_let_be(store: Store) -> None:
    ann = box([MASS], [ANSWER, "Cut off."])  # type: ignore[list-item]
    assert run(store, ann).outcome is Outcome.INCOMPLETE
    ann.unwanted = frozenset({"Inbox"})
    done = run(store, ann)
    assert (done.outcome, done.notices) == (Outcome.COMPLETE, ())
    assert kept(store) == ["answer"]
    ann.unwanted = frozenset()
    ann.messages["Inbox"].append(GROUP)
    run(store, ann)
    assert ann.reads[-1] == ("Inbox", "2")
    assert kept(store) == ["answer", "group"]


def test_a_folder_that_counts_as_sent_mail_now_is_read_again(store: Store) -> None:
    inbox = [letter("theirs", "boss@elsewhere.example", MANY, more="X: y")]
    run(store, box([MASS], inbox))
    assert [one.envelope.message_id for one in store.candidates()] == ["mass@mail.example"]
    run(store, box([MASS], inbox, received=frozenset(), chosen_by=ChosenBy.CONFIGURED))
    assert [folder.chosen_by for folder in store.coverage()] == [ChosenBy.CONFIGURED] * 2
    done = list(store.runs())[-1]
    assert any(
        "Inbox is read again from its start, since it counts as a folder of sent mail now" in n for n in done.notices
    )


def test_mail_that_an_earlier_version_read_is_read_again(store: Store) -> None:
    ann = box([MASS], [])
    run(store, ann)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE folder SET cursor = NULL")
    done = run(store, ann)
    assert "this version of missedbcc keeps more of its messages" in done.notices[0]
    assert (ann.reads[-2:], [one.read for one in store.coverage()]) == ([("Sent", None), ("Inbox", None)], [0, 1])


# What replies answer.

PARENT = letter("parent", "guest1@a.example", "ann@corp.example")
REPLY = letter("reply", "ann@corp.example", MANY, subject="Re: parent", answers="parent")


@pytest.mark.parametrize("inbox", [[], [PARENT]])
def test_what_a_reply_answers_is_looked_up_where_it_was_not_read(store: Store, inbox: list[bytes]) -> None:
    ann = box([REPLY], inbox)
    ann.messages["Archive"] = [PARENT]
    ann.unwanted = frozenset({"Archive"})
    run(store, ann)
    assert kept(store) == ["parent"]
    (found,) = store.received()
    assert (found.locator.folder, found.author) == ("Inbox" if inbox else "Archive", "guest1@a.example")


def test_our_own_earlier_message_is_what_a_reply_answers(store: Store) -> None:
    """It stands before the reply, among messages that were let go as they came."""
    own = letter("own", "ann@corp.example", "p1@c1.example")
    run(store, box([own, letter("reply", "ann@corp.example", MANY, answers="own")], []))
    (found,) = store.received()
    assert (found.message_id, found.author) == ("own@mail.example", "ann@corp.example")


class Asked(Faulty):
    """A mailbox that counts how often it is asked for a thread, and can refuse."""

    asked = 0
    refuses = False

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        self.asked += 1
        if self.refuses:
            raise ServerUnreachable("The server is busy.", "Try again.")
        return super().thread(envelope)


def asked(number: int, **others: object) -> Asked:
    replies = [letter(f"r{n}", "ann@corp.example", MANY, subject=f"Re: {n}", answers=f"gone{n}") for n in range(number)]
    return Asked("ann", {"Sent": [*replies, MASS]}, **others)  # type: ignore[arg-type]


def test_each_reply_is_asked_about_once(store: Store) -> None:
    ann = asked(3)
    for _ in range(3):
        run(store, ann)
    assert ann.asked == 3


def test_no_more_than_some_are_asked_about_in_one_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.tracing._MOST", 2)
    ann = asked(5)
    first = run(store, ann)
    assert ann.asked == 2
    assert "a run asks about 2 of them. The next run goes on." in first.notices[0]
    assert (run(store, ann).outcome, ann.asked) == (Outcome.COMPLETE, 4)
    assert (run(store, ann).notices, ann.asked) == ((), 5)


def test_a_source_that_cannot_be_asked_is_a_notice_and_no_failure(store: Store) -> None:
    ann = asked(2)
    ann.refuses = True
    done = run(store, ann)
    assert (done.outcome, ann.asked) == (Outcome.COMPLETE, 1)
    assert "could not be looked up: The server is busy." in done.notices[0]
    ann.refuses = False
    run(store, ann)
    assert ann.asked == 3


@pytest.mark.parametrize("chosen_by", [ChosenBy.NAME, ChosenBy.ARCHIVE])
def test_an_archive_of_our_mail_alone_is_not_searched(store: Store, chosen_by: ChosenBy) -> None:
    ann = asked(2, chosen_by=chosen_by)
    run(store, ann, scheme="mbox")
    assert ann.asked == 0


def test_an_archive_in_which_others_wrote_is_searched(store: Store) -> None:
    ann = asked(2)
    theirs = letter("theirs", "bea@else.example", "ann@corp.example")
    ann = Asked("ann", {"All": [*ann.messages["Sent"], theirs]})
    run(store, ann, scheme="mbox")
    assert ann.asked == 2


# Lists that answers quote.


class Whole(Faulty):
    """A mailbox that gives whole messages, and counts them."""

    given = 0

    def gives_whole(self, folder: Folder) -> bool:
        return folder.path == "Inbox"

    def raw(self, locator: object) -> bytes:
        self.given += 1
        return super().raw(locator)  # type: ignore[arg-type]


QUOTING = letter("quoting", "p3@c3.example", "ann@corp.example", subject="RE: Survey").replace(
    b"Dear all,",
    b"Why do I see all these people?\r\n\r\n-----Original Message-----\r\nFrom: Ann <ann@corp.example>\r\n"
    b"Sent: Friday, March 15, 2024 10:30 AM\r\nTo: "
    + MANY.replace(", ", "; ").encode()
    + b"\r\nSubject: Survey\r\n\r\nDear all,",
)
BOUNCE = letter(
    "bounce", "mailer-daemon@corp.example", "ann@corp.example",
    more='Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
).replace(
    b"Dear all,",
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; corp.example\r\n\r\n"
    b"Final-Recipient: rfc822; p4@c4.example\r\nAction: failed\r\n\r\n--b--",
)  # fmt: skip


def test_a_list_that_an_answer_quotes_is_a_candidate_of_its_own(store: Store) -> None:
    ann = Whole("ann", {"Inbox": [QUOTING, LIGHT], "Sent": []}, received=frozenset({"Inbox"}))
    for _ in range(2):
        run(store, ann, scheme="eml")
        (found,) = store.candidates()
        assert Mark.QUOTED in found.envelope.marks
        assert (found.envelope.locator.folder, found.envelope.locator.key) == ("Inbox", "1")
        assert len(found.envelope.recipients) == 12
    assert ann.given == 2


def test_a_bounce_tells_whom_it_did_not_reach(store: Store) -> None:
    run(store, Whole("ann", {"Inbox": [BOUNCE], "Sent": []}, received=frozenset({"Inbox"})))
    (found,) = store.received()
    assert (found.undelivered, Mark.REPORT in found.marks) == (("p4@c4.example",), True)


def test_a_source_that_does_not_give_whole_messages_is_not_asked(store: Store) -> None:
    run(store, box([], [QUOTING, BOUNCE]))
    assert list(store.candidates()) == []
    (bounce,) = store.received()
    assert bounce.undelivered == ()


def test_a_message_that_is_too_large_or_gone_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.gleaner._LARGEST", 10)
    done = run(store, Whole("ann", {"Inbox": [QUOTING], "Sent": []}, received=frozenset({"Inbox"})))
    assert any("were not looked through for lists of ours that they quote" in notice for notice in done.notices)
    assert done.outcome is Outcome.COMPLETE


# What earlier runs found is known where it is asked for, and not read before.


class Sources(Asked):
    """The same, with more mail in its sent folder later."""

    def sends(self, *letters: bytes) -> None:
        self.messages["Sent"] += letters


def test_a_run_begins_without_reading_what_the_case_holds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = Sources("ann", {"Sent": [MASS], "Inbox": [GROUP]}, received=frozenset({"Inbox"}))
    run(store, ann)
    assert kept(store) == ["group"]

    def never(_: Store) -> Iterator[object]:
        raise AssertionError("a run that reads our own mail needs nothing of it")

    for name in ("candidates", "envelopes", "received", "received_ids"):
        monkeypatch.setattr(Store, name, never)
    ann.sends(letter("next", "ann@corp.example", MANY), letter("one", "ann@corp.example", "p1@c1.example"))
    assert run(store, ann).outcome is Outcome.COMPLETE
    monkeypatch.undo()
    assert len(list(store.candidates())) == 2


def test_what_an_earlier_run_found_is_not_looked_up_for_a_reply(store: Store) -> None:
    ann = Sources("ann", {"Sent": [MASS], "Inbox": [GROUP]}, received=frozenset({"Inbox"}))
    run(store, ann)
    ann.sends(*(letter(f"to-{name}", "ann@corp.example", MANY, answers=name) for name in ("mass", "group", "none")))
    run(store, ann)
    assert ann.asked == 1


def test_an_answer_to_what_an_earlier_run_found_is_kept(store: Store) -> None:
    run(store, box([MASS], []))
    run(store, box([MASS], [LIGHT, ANSWER]))
    assert kept(store) == ["answer"]
