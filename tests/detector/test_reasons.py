"""The sentences of an exposure: what each says, and when it is not said."""

from __future__ import annotations

import pytest

from scanner.address import Field, Form, Origin, Recipient
from scanner.envelope import Mark
from scanner.policy import InternalDomain, Policy
from tests.detector.envelopes import US, bcc, cc, consumers, entry, envelope, exposure, strangers, to

PLAIN = envelope(strangers(7) + consumers(5) + cc("c@company.example"))


def test_a_plain_message_says_who_where_and_how_many() -> None:
    assert exposure(PLAIN).reasons == (
        "12 outsiders could be seen by outsiders of other parties: 7 people of 7 organisations and 5 consumers with a "
        "free-mail address.",
        "The addresses stood in To (12).",
        "Shown with part of a name: 7 people.",
        "1 colleague could read the list.",
        "12 people count; the gate is 10 people of 2 parties.",
    )


@pytest.mark.parametrize(
    ("extra", "marks", "sentence"),
    [
        (bcc("h@other.example"), (), "1 hidden recipient (Bcc) could read the list too, without being shown in it."),
        (to("info@shop.example"), (), "1 role or list address is listed and not counted (as info@ is)."),
        (
            to("crew@lists.club.example"),
            (),
            "1 recipient looks like a distribution list; who reads behind it is not known.",
        ),
        (
            to("Anna Berg"),
            (),
            "1 recipient is shown by name only; the address is unknown. Counted, since the list is mostly one of "
            "outsiders.",
        ),
        (
            to(*(f"Berg {letter}ax" for letter in "abcdefghijklmnop")),
            (),
            "16 recipients are shown by name only; the address is unknown. Not counted, since it may be a list "
            "of colleagues.",
        ),
        (
            (entry("in@name.example", origin=Origin.NAME),),
            (),
            "1 address stood inside a display name: shown to everybody; whether the message was sent there, the header "
            "does not tell.",
        ),
        (
            (Recipient(None, "", Field.TO, Form.LOCAL, text="kim"),),
            (),
            "1 recipient stands there as a directory name or local alias and counts as internal.",
        ),
        (
            tuple(Recipient(None, "", Field.TO, Form.LOCAL, text=alias) for alias in ("kim", "lou")),
            (),
            "2 recipients stand there as directory names or local aliases and count as internal.",
        ),
        (to("own@partner.example"), (), "1 recipient of an affiliate could read the list."),
        ((), (Mark.REPLY,), "The message is a reply, so somebody else may have begun its list of recipients."),
        ((), (Mark.FORWARD,), "The message forwards another one."),
        ((), (Mark.AUTOMATIC,), "The message says that a program sent it."),
        ((), (Mark.LIST,), "The message carries the marks of a mailing list."),
        ((), (Mark.CALENDAR,), "The message is a meeting invitation or its update."),
    ],
)
def test_a_sentence_is_said_where_it_holds_and_only_there(
    extra: tuple[Recipient, ...], marks: tuple[Mark, ...], sentence: str
) -> None:
    message = envelope((*strangers(12), *extra), marks=(Mark.SENT, *marks))
    assert sentence in exposure(message).reasons
    assert sentence not in exposure(PLAIN).reasons


def test_full_names_are_told_from_parts() -> None:
    named = (entry("x1@one.example", name="Anna Berg"), entry("x2@two.example", name="Anna"))
    plain = tuple(entry(f"x{n}@firm-{n}.example") for n in range(9))
    assert (
        "Shown with a full name: 1 person, with part of a name: 1 person."
        in exposure(envelope((*plain, *named))).reasons
    )
    assert not any(reason.startswith("Shown with") for reason in exposure(envelope(plain)).reasons)


def test_it_says_how_much_of_the_address_fields_could_not_be_read() -> None:
    sentence = (
        "Of the address fields, 2 pieces of text (24 characters, 1 @ sign) could not be read, so people may be missing "
        "here."
    )
    assert sentence in exposure(envelope(strangers(6), unparsed=["and a@b.example", "or others"])).reasons
    assert not any("could not be read" in reason for reason in exposure(PLAIN).reasons)


def test_below_the_gate_is_said() -> None:
    assert exposure(envelope(strangers(6))).reasons[-1] == (
        "6 people count; this is below the gate of 10 people of 2 parties."
    )


def test_a_list_of_one_company_says_that_nobody_was_shown_to_strangers() -> None:
    reasons = exposure(envelope(to(*(f"p{n}@firm.example" for n in range(9))))).reasons
    assert reasons[0] == "No outsider's address was shown to an outsider of another organisation."


def test_dated_domains_without_a_date_are_a_doubt() -> None:
    dated = Policy((*US.internal, InternalDomain("bought.example", since=PLAIN.date.date() if PLAIN.date else None)))
    sentence = "The message has no readable date; domains that were internal at any time count as internal."
    assert sentence in exposure(envelope(strangers(9), date=None), dated).reasons
    assert sentence not in exposure(envelope(strangers(9)), dated).reasons
    assert sentence not in exposure(envelope(strangers(9), date=None)).reasons


def test_no_sentence_holds_an_address() -> None:
    extra = (entry("in@name.example", origin=Origin.NAME), entry("info@shop.example"), entry("Anna Berg"))
    message = envelope((*strangers(12), *extra), marks=tuple(Mark))
    kept = envelope(message.recipients, marks=set(Mark) - {Mark.DRAFT, Mark.REPORT})
    text = " ".join(exposure(kept).reasons).replace("as info@ is", "")
    assert "@" not in text
    assert "Anna" not in text
