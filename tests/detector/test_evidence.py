"""Of others' mail only what proves something is kept, and of that only what the proof needs."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detector.evidence import Wanted, received_of
from scanner.detector.internal import Border
from scanner.detector.quoted import may_quote
from scanner.envelope import Envelope, Locator, Mark
from scanner.headers import parse_envelope
from scanner.policy import Policy
from tests.detector.envelopes import NOON, SENT, US, address, bcc, consumers, envelope, strangers, to
from tests.growth import assert_linear

BORDER = Border(US)
INBOUND = "guest@firm-7.example"
OWN = envelope(strangers(12), subject="Survey 2024")
CANDIDATE = replace(OWN, message_id="own@company.example")
REPLY = replace(
    envelope(strangers(12), subject="Re: Harbour fees", marks=(Mark.SENT, Mark.REPLY)),
    in_reply_to=("parent@firm.example",),
    references=("first@firm.example", "parent@firm.example"),
)
NAMELESS = envelope(strangers(12), subject="Re: Quay rent", marks=(Mark.SENT, Mark.REPLY))


def wanted(*candidates: Envelope) -> Wanted:
    known = Wanted()
    for candidate in candidates:
        known.add(candidate)
    return known


def inbound(recipients: object = (), author: str | None = INBOUND, **values: object) -> Envelope:
    """A message by somebody else, to one of ours and to others."""
    people = (*to("sender@company.example"), *recipients)  # type: ignore[misc]
    message = envelope(people, author=author, marks=values.pop("marks", ()))  # type: ignore[arg-type]
    return replace(message, **values)  # type: ignore[arg-type]


KEPT = {
    "shows three outsiders, its author among them": inbound(strangers(2)),
    "shows three consumers": inbound(consumers(2), author="third@freemail.example"),
    "answers a candidate": inbound(in_reply_to=("own@company.example",)),
    "names a candidate in its thread": inbound(references=("own@company.example", "other@firm.example")),
    "is what a candidate answers": inbound(message_id="parent@firm.example"),
    "began what a candidate answers": inbound(message_id="first@firm.example"),
    "has a candidate's subject and is by one of its people": inbound(
        subject="RE: survey 2024", author="person@firm-3.example"
    ),
    "is the subject that a candidate answers": inbound(subject="Harbour  fees", author="person@firm-3.example"),
    "is the subject that a candidate without names answers": inbound(
        subject="Quay rent", author="person@firm-3.example", in_reply_to=("else@firm.example",)
    ),
    "is a bounce": inbound(author="mailer-daemon@firm.example", marks=(Mark.REPORT,)),
    "is a bounce by our own server": inbound(author="mailer-daemon@company.example", marks=(Mark.REPORT,)),
    "is ours, and what a candidate answers": replace(
        envelope(strangers(1), marks=SENT), message_id="parent@firm.example"
    ),
}
FORGOTTEN = {
    "one stranger writes": inbound(),
    "two outsiders": inbound(strangers(1)),
    "the same three times": inbound(to("GUEST@firm-7.example", "p@firm.example", "P@firm.example")),
    "three, two of them hidden": inbound(bcc("a@a.example", "b@b.example")),
    "affiliates and colleagues": inbound(to("a@partner.example", "b@partner.example", "c@company.example")),
    "answers something else": inbound(in_reply_to=("else@company.example",)),
    "has a candidate's subject and is by somebody else": inbound(subject="Survey 2024"),
    "has a candidate's subject, and answers something else": inbound(
        subject="RE: survey 2024", author="person@firm-3.example", in_reply_to=("else@firm.example",)
    ),
    "has no subject, as a candidate has none": inbound(subject="", author="person@firm-3.example"),
    "ours, many outsiders": envelope(strangers(12), author="sender@company.example", marks=()),
    "ours, answers a candidate": replace(envelope(strangers(1)), in_reply_to=("own@company.example",)),
    "redirected by us": envelope(strangers(3), author=INBOUND, marks=(), resent_by=("sender@company.example",)),
    "a draft": inbound(strangers(12), marks=(Mark.DRAFT,)),
    "a read receipt of ours, among sent mail": envelope(strangers(1), marks=(Mark.SENT, Mark.REPORT)),
}


@pytest.mark.parametrize("message", KEPT.values(), ids=KEPT)
def test_it_keeps(message: Envelope) -> None:
    assert received_of(message, BORDER, wanted(CANDIDATE, REPLY, NAMELESS, envelope(strangers(5), subject="")))


@pytest.mark.parametrize("message", FORGOTTEN.values(), ids=FORGOTTEN)
def test_it_forgets(message: Envelope) -> None:
    known = wanted(CANDIDATE, REPLY, NAMELESS, envelope(strangers(5), subject=""))
    assert received_of(message, BORDER, known) is None


def test_what_is_kept_holds_neither_words_nor_names() -> None:
    secret = "Diagnosis of Zoe Quill"
    message = inbound(strangers(3), subject=f"Re: {secret}", author_name=secret, in_reply_to=("own@company.example",))
    message = replace(message, recipients=tuple(one._replace(name=secret) for one in message.recipients))
    kept = received_of(message, BORDER, wanted(CANDIDATE))
    assert kept is not None
    told = {field.name: getattr(kept, field.name) for field in fields(kept)}
    assert told.pop("subject") == secret.casefold()  # by which answers are found that name no id
    assert secret not in repr(told)
    assert kept.people == (
        INBOUND, "person@firm-0.example", "person@firm-1.example", "person@firm-2.example", "sender@company.example",
    )  # fmt: skip
    assert (kept.author, kept.answers, kept.date) == (INBOUND, ("own@company.example",), NOON)
    assert kept.identity == message.identity


def test_where_nobody_is_ours_nobody_is_a_stranger() -> None:
    nobody = Border(Policy())
    assert received_of(inbound(strangers(12)), nobody, Wanted()) is None
    assert received_of(inbound(in_reply_to=("own@company.example",)), nobody, wanted(CANDIDATE))


def test_a_reply_waits_for_its_parent_until_that_is_known() -> None:
    known = wanted(CANDIDATE, REPLY)
    assert known.nearest(REPLY) == "parent@firm.example"
    kept = received_of(inbound(message_id="parent@firm.example"), BORDER, known)
    assert kept is not None
    known.keep(kept)
    assert known.nearest(REPLY) is None
    assert known.nearest(replace(CANDIDATE, references=("a@b.example", "own@company.example"))) is None


@given(
    st.text(max_size=20), st.lists(st.sampled_from(("To", "Cc", "Subject", "References")), max_size=4), st.booleans()
)
def test_nothing_about_a_message_depends_on_how_much_of_it_was_read(text: str, names: list[str], first: bool) -> None:
    lines = "".join(f"{name}: {text.translate({10: 32, 13: 32})} <a@b.example>, c@d.example\n" for name in names)
    raw = f"From: x@y.example\nMessage-ID: <own@company.example>\n{lines}\n".encode(errors="replace")
    lazy, eager = (parse_envelope(raw, Locator("a", "b", "1")) for _ in range(2))
    assert eager.recipients is not None
    assert lazy.outline == eager.outline
    if first:
        assert lazy.identity == eager.identity
    assert received_of(lazy, BORDER, wanted(REPLY)) == received_of(eager, BORDER, wanted(REPLY))


def test_a_long_list_takes_linear_time() -> None:
    def work(size: int) -> object:
        lines = ",\n ".join(f"p{number}@firm-{number}.example" for number in range(size))
        raw = f"From: x@y.example\nTo: {lines}\nDate: Fri, 15 Mar 2024 12:00:00 +0000\n\n".encode()
        kept = received_of(parse_envelope(raw, Locator("a", "b", "1")), BORDER, Wanted())
        assert kept is not None
        return len(kept.people)

    assert_linear(work, 2_000)


def test_without_a_date_nothing_is_guessed() -> None:
    kept = received_of(inbound(strangers(3), date=None, received=datetime(2024, 1, 1, tzinfo=UTC)), BORDER, Wanted())
    assert kept is not None
    assert kept.date is None
    assert kept.author == address(INBOUND).canonical


_FROMS = st.sampled_from(
    (
        "Ann <ann@company.example>",
        "ann@company.example",
        "ann@company.example <x@else.example>",
        "x@else.example, ann@company.example",
        "ann@company.example.else.example",
        "=?utf-8?q?x=40else.example,?= <ann@company.example>",
        "MAILER-DAEMON@company.example",
        "x@notcompany.example",
        "IMCEAEX-x+40else+2Eexample@company.example",
        "(x) ann@company.example",
    )
)
_MORE = st.sampled_from(
    (
        "Content-Type: Multipart/Report; report-type=delivery-status",
        "Resent-From: x@else.example",
        "From: x@else.example",
        "Sender: x@else.example",
        "Subject: no report",
        "Auto-Submitted: auto-replied",
    )
)


@given(_FROMS, st.lists(_MORE, max_size=2))
def test_what_is_plainly_ours_is_no_evidence(author: str, more: list[str]) -> None:
    people = ", ".join(f"p{number}@firm-{number}.example" for number in range(4))
    raw = "\n".join((f"From: {author}", f"To: sender@company.example, {people}", *more, "", "")).encode()
    inside = BORDER.inside
    assert inside is not None
    if parse_envelope(raw, Locator("a", "b", "1")).is_plainly_by(inside):
        message = parse_envelope(raw, Locator("a", "b", "1"))
        assert received_of(message, BORDER, Wanted()) is None
        assert not may_quote(message, BORDER)


def test_an_ordinary_message_of_ours_is_plainly_ours() -> None:
    raw = b"From: Ann <ann@shop.company.example>\nTo: p@firm.example\n\n"
    inside = BORDER.inside
    assert inside is not None
    assert parse_envelope(raw, Locator("a", "b", "1")).is_plainly_by(inside)
