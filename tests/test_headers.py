"""Header bytes to envelopes: what stands there, however it is written."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from scanner.address import Address, Field
from scanner.defect import Defect
from scanner.envelope import Envelope, Locator, Mark, Resent, Unparsed
from scanner.header_block import MAX_HEADER
from scanner.headers import parse_envelope

HERE = Locator("account", "Sent", "1")
FULL = b"""Return-Path: <ann@corp.example>
Received: from mail.corp.example by hub.corp.example; Fri, 15 Mar 2024 09:30:01 +0100
From: "Marsh, Ann" <Ann@Corp.example>
Sender: desk@corp.example
To: Bo Lind <bo@shop.example>,
\tcy@trade.test
Cc: =?utf-8?Q?Zo=C3=AB?= <zoe@cafe.example>
Bcc: ed@hidden.test
Date: Fri, 15 Mar 2024 09:30:00 +0100
Message-ID: <1.a@corp.example>
In-Reply-To: <0@trade.test>
References: <00@trade.test>
 <0@trade.test>
Subject: Re: =?iso-8859-1?Q?Pr=E9vision?= for
 March
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

To: nobody@body.test
"""


def parse(raw: bytes | str) -> Envelope:
    return parse_envelope(raw.encode() if isinstance(raw, str) else raw, HERE)


def shown(envelope: Envelope) -> list[tuple[str, str]]:
    return [(r.field.value, r.address.addr_spec if r.address else r.name) for r in envelope.recipients]


def addresses(raw: bytes | str) -> list[str]:
    return [address for _, address in shown(parse(raw))]


def test_an_ordinary_header_in_full() -> None:
    envelope = parse_envelope(FULL, HERE, size=len(FULL), marks=frozenset({Mark.SENT}))
    assert envelope.locator == HERE
    assert envelope.author == Address("Ann", "corp.example")
    assert envelope.author_name == "Marsh, Ann"
    assert envelope.sender == Address("desk", "corp.example")
    assert shown(envelope) == [
        ("To", "bo@shop.example"),
        ("To", "cy@trade.test"),
        ("Cc", "zoe@cafe.example"),
        ("Bcc", "ed@hidden.test"),
    ]
    assert envelope.recipients[2].name == "Zoë"
    assert envelope.date == datetime(2024, 3, 15, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    assert envelope.date.utcoffset() == timedelta(hours=1)
    assert envelope.message_id == "1.a@corp.example"
    assert envelope.in_reply_to == ("0@trade.test",)
    assert envelope.references == ("00@trade.test", "0@trade.test")
    assert envelope.subject == "Re: Prévision for March"
    assert envelope.marks == {Mark.SENT, Mark.REPLY}
    assert envelope.size == len(FULL)
    assert envelope.defects == ()
    assert envelope.unparsed == ()
    assert envelope.resent == ()
    assert envelope.received is None
    assert envelope.digest == hashlib.sha256(FULL[: FULL.index(b"\n\n") + 1]).hexdigest()


def test_what_the_source_says_is_kept() -> None:
    received = datetime(2024, 3, 15, tzinfo=UTC)
    envelope = parse_envelope(FULL, HERE, received=received)
    assert envelope.received == received
    assert envelope.size is None


def test_the_body_changes_nothing() -> None:
    head = FULL[: FULL.index(b"\n\n") + 2]
    assert parse(FULL) == parse(head) == parse(head + b"x" * 100_000)
    assert parse(FULL) != parse(FULL.replace(b"Bo Lind", b"Bo Lynd"))


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\r\r\n"])
def test_line_ends_change_nothing_but_the_digest(end: bytes) -> None:
    other = parse(FULL.replace(b"\n", end))
    assert other.digest != parse(FULL).digest
    assert replace(other, digest=parse(FULL).digest) == parse(FULL)


def test_an_envelope_can_be_copied_stored_and_compared() -> None:
    envelope = parse(FULL)
    assert pickle.loads(pickle.dumps(envelope)) == envelope  # noqa: S301 - our own bytes
    plain = Envelope(*(getattr(envelope, field.name) for field in fields(Envelope)))
    assert plain == parse(FULL)
    assert parse(FULL) == plain
    assert hash(plain) == hash(parse(FULL))
    assert astuple(plain) == astuple(parse(FULL))
    assert replace(parse(FULL), subject="x") == replace(plain, subject="x") != plain
    assert not hasattr(parse(FULL), "nothing_of_the_kind")
    with pytest.raises(AttributeError):
        envelope.subject = "x"  # type: ignore[misc]


# Fields: repeated, oddly written, broken.


def test_every_instance_of_a_repeated_field_is_read_in_order() -> None:
    envelope = parse("To: a@a.test\nCc: c@a.test\nTO : b@a.test\ncc:\nTo\t: d@a.test\nFrom: x@a.test\n\n")
    assert shown(envelope) == [("To", "a@a.test"), ("Cc", "c@a.test"), ("To", "b@a.test"), ("To", "d@a.test")]
    assert Defect.REPEATED_FIELD in envelope.defects


@pytest.mark.parametrize("name", ["From", "Date", "Subject", "Message-ID", "In-Reply-To", "Sender", "Bcc"])
def test_fields_that_may_stand_once(name: str) -> None:
    assert Defect.REPEATED_FIELD in parse(f"{name}: <1@a.test>\n{name}: <2@a.test>\n\n").defects


@pytest.mark.parametrize("name", ["Resent-To", "Received", "List-Post", "Comments"])
def test_fields_that_may_stand_often(name: str) -> None:
    assert Defect.REPEATED_FIELD not in parse(f"{name}: <1@a.test>\n{name}: <2@a.test>\n\n").defects


def test_repeated_references_are_joined() -> None:
    envelope = parse("References: <1@a>\nIn-Reply-To: <3@a>\nReferences: <2@a> <1@a>\nIn-Reply-To: <4@a>\n\n")
    assert (envelope.references, envelope.in_reply_to) == (("1@a", "2@a"), ("3@a", "4@a"))


@pytest.mark.parametrize("name", ["to", "TO", "tO", "To ", "To \t"])
def test_names_of_fields_in_any_case(name: str) -> None:
    assert addresses(f"X-To: n@a.test\n{name}: a@a.test\nTop: n@a.test\n\n") == ["a@a.test"]


def test_every_destination_field_is_read() -> None:
    raw = "".join(f"{field.value}: {field.value.lower()}@a.test\n" for field in Field) + "\n"
    assert shown(parse(raw)) == [(field.value, f"{field.value.lower()}@a.test") for field in Field]


def test_other_fields_with_addresses_are_none() -> None:
    raw = "".join(
        f"{name}: <a@a.test>\n"
        for name in ("Reply-To", "Delivered-To", "X-Original-To", "Return-Path", "Errors-To", "References", "Toto")
    )
    assert shown(parse(raw + "\n")) == []


def test_folded_in_every_way() -> None:
    assert addresses("To:\n a@a.test,\n\tb@a.test,\n  \n c@a.test\n\n") == ["a@a.test", "b@a.test", "c@a.test"]


def test_a_list_whose_folded_lines_lost_their_indentation_goes_on() -> None:
    envelope = parse("From: x@a.test\nTo: a@a.test,\nb@a.test;\nc@a.test\nSubject: s\n\n")
    assert shown(envelope) == [("To", "a@a.test"), ("To", "b@a.test"), ("To", "c@a.test")]
    assert envelope.subject == "s"
    assert Defect.BROKEN_HEADER_LINE in envelope.defects


def test_an_address_on_a_line_that_is_no_field_is_shown_unparsed() -> None:
    envelope = parse("To: a@a.test\nand b@a.test too\nSubject: s\nhello c@a.test\n\n")
    assert addresses("To: a@a.test\nand b@a.test too\n\n") == ["a@a.test"]
    assert envelope.unparsed == (Unparsed(Field.TO, "and b@a.test too"),)
    assert {Defect.BROKEN_HEADER_LINE, Defect.UNPARSED_TEXT} <= set(envelope.defects)


@pytest.mark.parametrize("line", ["no colon", ": no name", "two words: here", "Ümlaut: x", "\0: x", "\0\0\0", "é"])
def test_a_line_that_is_no_field_is_a_defect_and_spoils_no_other(line: str) -> None:
    envelope = parse(f"From: x@a.test\n{line}\nTo: a@a.test\nSubject: s\n\n")
    assert Defect.BROKEN_HEADER_LINE in envelope.defects
    assert (shown(envelope), envelope.subject) == ([("To", "a@a.test")], "s")


def test_a_nul_in_a_field_spoils_no_other() -> None:
    envelope = parse(b"To: a@a.test,\0 b@a.test\nSubject: s\0t\nCc: c@a.test\n\n")
    assert [address for _, address in shown(envelope)] == ["a@a.test", "b@a.test", "c@a.test"]


def test_a_part_of_mime_ends_a_header_without_end() -> None:
    envelope = parse("From: x@a.test\nTo: a@a.test\n--part\nTo: b@a.test\n\n")
    assert shown(envelope) == [("To", "a@a.test")]
    assert Defect.NO_HEADER_END in envelope.defects


@pytest.mark.parametrize(
    "line", ["Cc: b@b.test, c@c.test", "TO: b@b.test,\n c@c.test", "resent-to : b@b.test, c@c.test"]
)
def test_a_list_behind_a_return_alone_is_not_lost(line: str) -> None:
    envelope = parse(f"From: a@corp.example\nTo: a@a.test\nMessage-ID: <1@x.test>\r{line}\nSubject: Hello\n\n")
    shown = [entry.address.canonical for entry in envelope.recipients if entry.address]
    assert shown == ["a@a.test", "b@b.test", "c@c.test"]
    assert envelope.message_id == "1@x.test"
    assert parse("To: a@a.test\nSubject: to\rinfinity: and beyond\n\n").subject == "to\rinfinity: and beyond"


@pytest.mark.parametrize("raw", ["To: a@a.test", "To: a@a.test\n", "To: a@a.test\r\n", "To: a@a.test\r"])
def test_a_header_without_end(raw: str) -> None:
    assert addresses(raw) == ["a@a.test"]
    assert Defect.NO_HEADER_END in parse(raw).defects


@pytest.mark.parametrize(
    "before", ["From x Fri Mar 15\n", ">From x\n", "From x\n>From y\n\n", "\n\r\n", "\ufeff", " \n"]
)
def test_what_stands_before_the_first_field_is_passed_over(before: str) -> None:
    assert parse(before + "From: x@a.test\nTo: a@a.test\n\n") == parse("From: x@a.test\nTo: a@a.test\n\n")


def test_a_from_field_with_a_space_is_no_separator() -> None:
    assert parse("From : x@a.test\nTo: a@a.test\n\n").author == Address("x", "a.test")


@pytest.mark.parametrize("raw", [b"", b"\n", b"\0", b"\xff" * 50, b":", b" ", b"\r\n\r\n", b"\n\nDear all,\n"])
def test_nothing_to_be_read(raw: bytes) -> None:
    envelope = parse(raw)
    assert envelope.recipients == ()
    assert {Defect.NO_AUTHOR, Defect.NO_DATE, Defect.NO_MESSAGE_ID} <= set(envelope.defects)


def test_a_header_beyond_the_limit_is_read_as_far_as_it_goes_and_says_so() -> None:
    junk = b"X-Junk: " + b"x" * 990 + b"\n"
    envelope = parse(b"To: a@a.test\n" + junk * (MAX_HEADER // len(junk) + 1) + b"Cc: late@a.test\n\n")
    assert shown(envelope) == [("To", "a@a.test")]
    assert Defect.HEADER_CUT in envelope.defects
    assert f"{MAX_HEADER // 2**20} MiB" in Defect.HEADER_CUT.sentence


# Who wrote it.


@pytest.mark.parametrize(
    ("body", "address", "name"),
    [
        ("Ann <a@a.test>", "a@a.test", "Ann"),
        ("a@a.test (Ann)", "a@a.test", "Ann"),
        ("=?utf-8?B?WsO2w6s=?= <a@a.test>", "a@a.test", "Zöë"),
        ('"b@b.test" <a@a.test>', "a@a.test", "b@b.test"),
        ("<a@a.test>", "a@a.test", ""),
    ],
)
def test_the_author(body: str, address: str, name: str) -> None:
    envelope = parse(f"From: {body}\n\n")
    assert envelope.author is not None
    assert (envelope.author.addr_spec, envelope.author_name) == (address, name)
    assert Defect.NO_AUTHOR not in envelope.defects


@pytest.mark.parametrize("raw", ["Subject: x\n\n", "From:\n\n", "From: Ann\n\n", "From: undisclosed:;\n\n"])
def test_no_author(raw: str) -> None:
    envelope = parse(raw)
    assert envelope.author is None
    assert Defect.NO_AUTHOR in envelope.defects


def test_several_authors() -> None:
    envelope = parse("From: a@a.test, Bo <b@a.test>\nSender: b@a.test\n\n")
    assert (envelope.author, envelope.sender) == (Address("a", "a.test"), Address("b", "a.test"))
    assert Defect.SEVERAL_AUTHORS in envelope.defects
    assert Defect.SEVERAL_AUTHORS not in parse("From: a@a.test, <a@a.test>\n\n").defects


# Identifiers.


@pytest.mark.parametrize(
    ("body", "name", "defect"),
    [
        ("<1@a.test>", "1@a.test", None),
        ("\n <1@a.test>", "1@a.test", None),
        ("  <1$+x=@[10.0.0.1]>  ", "1$+x=@[10.0.0.1]", None),
        ("<1@a.test> (added by hub)", "1@a.test", Defect.BAD_MESSAGE_ID),
        ("1@a.test", "1@a.test", Defect.BAD_MESSAGE_ID),
        ("<1 2@a.\n test>", "12@a.test", Defect.BAD_MESSAGE_ID),
        ("<no-at-sign>", "no-at-sign", Defect.BAD_MESSAGE_ID),
        ("<é@a.test>", "é@a.test", Defect.BAD_MESSAGE_ID),
        ("", None, Defect.NO_MESSAGE_ID),
        ("<>", None, Defect.NO_MESSAGE_ID),
        ("  ", None, Defect.NO_MESSAGE_ID),
    ],
)
def test_message_ids(body: str, name: str | None, defect: Defect | None) -> None:
    envelope = parse(f"Message-ID: {body}\n\n")
    assert envelope.message_id == name
    assert [d for d in envelope.defects if "message-id" in d] == ([defect] if defect else [])


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("<1@a>", ("1@a",)),
        ("<1@a> <2@a>\n\t<1@a>", ("1@a", "2@a")),
        ("<1@a>,<2@a>", ("1@a", "2@a")),
        ("Your message of Friday <1@a>", ("1@a",)),
        ("1@a.test", ("1@a.test",)),
        ("<1@\n a>", ("1@a",)),
        ("no id at all", ()),
        ("", ()),
        ("<>", ()),
        ("<\xe9@a>", ("é@a",)),
    ],
)
def test_references(body: str, names: tuple[str, ...]) -> None:
    assert parse(f"References: {body}\nIn-Reply-To: {body}\n\n").references == names
    assert parse(f"References: {body}\nIn-Reply-To: {body}\n\n").in_reply_to == names


def test_exchanges_notice_is_no_mail() -> None:
    subject = "Retrieval using the IMAP4 protocol failed for the following message: 42"
    assert Defect.SYNTHETIC_MESSAGE in parse(f"Subject: {subject}\n\n").defects
    assert Defect.SYNTHETIC_MESSAGE not in parse(f"Subject: Re: {subject}\n\n").defects


# Resent blocks.


def test_resent_blocks_newest_first() -> None:
    envelope = parse(
        "Resent-From: Second <b@a.test>\nResent-To: x@a.test, y@a.test\nResent-Date: Mon, 18 Mar 2024 10:00:00 +0000\n"
        "Resent-Message-ID: <r2@a.test>\nReceived: by hub\nResent-Date: Sun, 17 Mar 2024 10:00:00 +0000\n"
        "Resent-Sender: a@a.test\nResent-Cc: z@a.test\nResent-Bcc: h@a.test\nFrom: o@a.test\nTo: p@a.test\n\n"
    )
    assert envelope.resent == (
        Resent(datetime(2024, 3, 18, 10, tzinfo=UTC), Address("b", "a.test"), "r2@a.test"),
        Resent(datetime(2024, 3, 17, 10, tzinfo=UTC), Address("a", "a.test"), None),
    )
    assert [field for field, _ in shown(envelope)] == ["Resent-To", "Resent-To", "Resent-Cc", "Resent-Bcc", "To"]
    assert Mark.RESENT in envelope.marks
    assert envelope.author == Address("o", "a.test")
