"""Which messages are worth keeping."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scanner.address import Field, Form, Origin, Recipient
from scanner.detector import Weight, is_candidate, weigh
from scanner.detector.visible import judge
from scanner.envelope import Envelope, Locator, Mark
from scanner.headers import parse_envelope
from scanner.policy import Gate, InternalDomain, Policy
from tests.detector.envelopes import US, bcc, cc, consumers, entry, envelope, resent_to, strangers, to

COLLEAGUES = to(*(f"c{number}@company.example" for number in range(30)))
NAMES = to("Anna Berg", "Jo Meier", "Kim Roth", "Lou Wolf", "Max Zorn")
IN_NAMES = tuple(entry(f"p{number}@firm.example", Field.TO, origin=Origin.NAME) for number in range(5))
DIRECTORY = tuple(
    Recipient(None, "", Field.TO, Form.DIRECTORY, text=f"/O=CORP/CN=RECIPIENTS/CN=P{number}") for number in range(9)
)
OF_ONE_COMPANY = to(*(f"p{number}@firm.example" for number in range(5)))

KEPT = {
    "five strangers": envelope(strangers(5)),
    "five colleagues of one company": envelope(OF_ONE_COMPANY),
    "five over To and Cc": envelope(strangers(3) + consumers(2, Field.CC)),
    "five among thirty of ours": envelope(COLLEAGUES + strangers(5)),
    "shown by name only": envelope(NAMES),
    "inside display names": envelope(IN_NAMES),
    "Resent-To by one of ours": envelope(
        resent_to(*(f"p{n}@firm-{n}.example" for n in range(5))),
        author="else@firm.example",
        resent_by=("sender@company.example",),
        marks=(),
    ),
    "in a sent folder, from an unknown alias": envelope(strangers(5), author="alias@other.example"),
    "in another folder, written by one of ours": envelope(strangers(5), marks=()),
    "on behalf of somebody else": envelope(
        strangers(5), author="show@elsewhere.example", sender="sender@company.example", marks=()
    ),
    "in a sent folder, without an author": envelope(strangers(5), author=None),
    "in another folder, without an author": envelope(strangers(5), author=None, marks=()),
    "in a sent folder, with the flag of the draft it was": envelope(strangers(5), marks=(Mark.SENT, Mark.DRAFT)),
    "in a sent folder, of the type of a report": envelope(strangers(5), marks=(Mark.SENT, Mark.REPORT)),
    "with addresses that nobody could read": envelope(strangers(1), unparsed=["a@b.example", "c@d.example e@f@g"]),
    "hidden properly, evidence beside a sibling": envelope(
        to("sender@company.example") + bcc(*(f"p{n}@firm.example" for n in range(5)))
    ),
    "three strangers and a sensitive subject": envelope(strangers(3), subject="Your HIV test"),
    "by a program": envelope(strangers(5), marks=(Mark.SENT, Mark.AUTOMATIC)),
}
SPARED = {
    "four strangers": envelope(strangers(4)),
    "one person five times": envelope(to(*["p@firm.example", "P@firm.example"] * 3)),
    "all of ours": envelope(COLLEAGUES),
    "four hidden": envelope(to("sender@company.example") + bcc(*(f"p{n}@firm.example" for n in range(4)))),
    "three seen and four hidden": envelope(strangers(3) + bcc(*(f"p{n}@firm.example" for n in range(4)))),
    "thirty of ours hidden": envelope(strangers(1) + bcc(*(f"c{n}@company.example" for n in range(30)))),
    "others' hidden list": envelope(
        bcc(*(f"p{n}@firm.example" for n in range(9))), author="else@firm.example", marks=()
    ),
    "two strangers and a sensitive subject": envelope(strangers(2), subject="Your HIV test"),
    "three strangers and a subject like any other": envelope(strangers(3), subject="Your lunch"),
    "others' sensitive mail": envelope(strangers(4), subject="HIV", author="else@firm.example", marks=()),
    "affiliates": envelope(to(*(f"p{number}@partner.example" for number in range(9)))),
    "directory names": envelope(DIRECTORY),
    "somebody else's mail": envelope(strangers(99), author="else@firm.example", marks=()),
    "a look-alike's mail": envelope(strangers(99), author="sender@notcompany.example", marks=()),
    "never sent": envelope(strangers(99), marks=(Mark.DRAFT,)),
    "a bounce": envelope(strangers(99), marks=(Mark.REPORT,)),
    "with hidden text that nobody could read": envelope(strangers(1), unparsed=["@@@@@@@"], unparsed_in=Field.BCC),
    "with text that holds no address": envelope(strangers(4), unparsed=["and many others"]),
    "nobody": envelope(()),
}


@pytest.mark.parametrize("message", KEPT.values(), ids=KEPT)
def test_it_keeps(message: Envelope) -> None:
    assert is_candidate(message, US)


@pytest.mark.parametrize("message", SPARED.values(), ids=SPARED)
def test_it_spares(message: Envelope) -> None:
    assert not is_candidate(message, US)


def test_what_is_dismissed_by_its_marks_is_told_from_what_shows_nobody() -> None:
    for mark in (Mark.DRAFT, Mark.REPORT):
        assert weigh(envelope(strangers(5), marks=(mark,)), US) is Weight.UNSENT
        assert weigh(envelope(strangers(4), marks=(mark,)), US) is Weight.LIGHT
        assert weigh(envelope(strangers(5), marks=(mark, Mark.SENT)), US) is Weight.CANDIDATE
        assert weigh(envelope(strangers(5), author="else@firm.example", marks=(mark,)), US) is Weight.LIGHT


def test_recipients_on_lines_that_are_no_fields_are_not_lost() -> None:
    lines = "\n".join(f"p{n}@firm-{n}.example" for n in range(20))
    raw = f"From: sender@company.example\nTo: {lines}\nSubject: s\n\n".encode()
    message = parse_envelope(raw, Locator("account", "Sent", "1"), marks=frozenset((Mark.SENT,)))
    assert is_candidate(message, US)
    assert is_candidate(message, US)  # once its header is read, too


def test_a_lower_gate_of_exposures_keeps_smaller_messages_too() -> None:
    message = envelope(strangers(3))
    assert not is_candidate(message, Policy(internal=US.internal, gate=Gate(candidate=5, exposure=5)))
    assert is_candidate(message, Policy(internal=US.internal, gate=Gate(candidate=5, exposure=3)))


def test_a_policy_of_its_own_judges_each_message() -> None:
    message = envelope(strangers(5), marks=())
    other = Policy((InternalDomain("elsewhere.example"),))
    assert [is_candidate(message, policy) for policy in (US, other, US)] == [True, False, True]


def test_a_company_bought_later_was_an_outsider_before() -> None:
    policy = Policy((*US.internal, InternalDomain("firm.example", since=date(2024, 1, 1))))
    assert is_candidate(envelope(OF_ONE_COMPANY, date=datetime(2023, 12, 31, tzinfo=UTC)), policy)
    assert not is_candidate(envelope(OF_ONE_COMPANY, date=datetime(2024, 1, 1, tzinfo=UTC)), policy)
    assert not is_candidate(envelope(OF_ONE_COMPANY, date=None), policy)


def test_what_is_sensitive_and_from_how_many_on_is_a_matter_of_policy() -> None:
    message = envelope(strangers(3), subject="The Kestrel group")
    named = Policy(US.internal, sensitive_words=(("shelter", "kestrel"),))
    assert not is_candidate(message, US)
    assert is_candidate(message, named)
    assert not is_candidate(message, Policy(US.internal, gate=Gate(sensitive=4), sensitive_words=named.sensitive_words))


def test_five_as_bcc_of_a_header_are_kept_and_their_address_fields_read_once() -> None:
    raw = (
        b"From: sender@company.example\nTo: sender@company.example\nSubject: s\n"
        b"Bcc: a@b.example, c@d.example, e@f.example, g@h.example, i@j.example\n\n"
    )
    assert is_candidate(parse_envelope(raw, Locator("account", "Sent", "1")), US)


@pytest.mark.parametrize(
    "message", [KEPT["hidden properly, evidence beside a sibling"], envelope(strangers(4), subject="HIV")]
)
def test_what_is_kept_below_the_count_stays_below_the_gate(message: Envelope) -> None:
    assert is_candidate(message, US)
    assert not judge(message, US).reaches_gate


def test_cc_alone_counts() -> None:
    assert is_candidate(envelope(cc(*(f"p{n}@firm-{n}.example" for n in range(5)))), US)
