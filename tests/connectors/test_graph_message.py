"""What Graph says about a message, to an envelope: the same one that a header of the same message gives."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.account import GraphCloud
from scanner.address import Address, Field, Form, Origin
from scanner.connectors.graph_message import decode_message, decode_page, envelope_of, moment, reading_of, select_for
from scanner.connectors.graph_recipient import read_row
from scanner.defect import Defect
from scanner.envelope import Envelope, Locator, Mark, Unreadable
from scanner.headers import parse_envelope

HERE = Locator("ann", "Sent Items", "AAk=")
DIRECTORY = "/O=EXCHANGELABS/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=ab12-JO"
ENCAPSULATED = (
    "IMCEAEX-_O=EXCHANGELABS_OU=EXCHANGE+20ADMINISTRATIVE+20GROUP+20+28FYDIBOHF23SPDLT+29_CN=RECIPIENTS_CN=ab12-JO"
    "@contoso.example"
)


def person(name: str | None, address: str | None = None) -> dict[str, Any]:
    return {"emailAddress": {"name": name, "address": address}}


def envelope(**properties: Any) -> Envelope:
    usual = {
        "id": "AAk=",
        "internetMessageId": "<1@contoso.example>",
        "subject": "Minutes",
        "sentDateTime": "2024-03-01T08:30:17Z",
        "from": person("Ann", "ann@contoso.example"),
        "sender": person("Ann", "ann@contoso.example"),
        "toRecipients": [person("Bo", "bo@shop.example")],
    }
    return envelope_of(decode_message(json.dumps(usual | properties).encode()), HERE)


@pytest.mark.parametrize(
    ("written", "row"),
    [
        (b"Bo Lind <bo@shop.example>", person("Bo Lind", "bo@shop.example")),
        (b"BO@Shop.Example", person("BO@Shop.Example", "BO@Shop.Example")),
        (b"=?utf-8?B?Wm/Dqw==?= <zoe@caf=.example>", person("Zoë", "zoe@caf=.example")),
        (b'"Doe, Jo \\"J\\"" <jo@shop.example>', person('Doe, Jo "J"', "jo@shop.example")),
        (b'"cy@trade.test" <bo@shop.example>', person("cy@trade.test", "bo@shop.example")),
        (
            b'"the list: a@x.example, b@y.example" <bo@shop.example>',
            person("the list: a@x.example, b@y.example", "bo@shop.example"),
        ),
        (b"Jo <" + ENCAPSULATED.encode() + b">", person("Jo", DIRECTORY)),
        (b"Jo <" + ENCAPSULATED.encode() + b">", person("Jo", ENCAPSULATED)),
        (
            b"Jo <jo_shop.example#EXT#@contoso.onmicrosoft.example>",
            person("Jo", "jo_shop.example#EXT#@contoso.onmicrosoft.example"),
        ),
        (b"jo@shop.example", person("Jo", "jo_shop.example#EXT#@contoso.onmicrosoft.example")),
        (b"Jo Doe", person("Jo Doe")),
        (b'"Doe, Jo"', person("Doe, Jo", "Doe, Jo")),
        (b"jo@shop.example", person("jo@shop.example")),
        (b"Bo <bo@b\xc3\xbccher.example>", person("Bo", "bo@bücher.example")),
        (b"undisclosed-recipients:;", person("undisclosed-recipients:;")),
    ],
)
def test_a_row_and_a_header_field_are_the_same_people(written: bytes, row: dict[str, Any]) -> None:
    header = b"From: Ann <ann@contoso.example>\nDate: Fri, 1 Mar 2024 09:30:59 +0100\nSubject: Minutes\nTo: "
    archived = parse_envelope(header + written + b"\n\n", HERE)
    from_graph = envelope(toRecipients=[row])
    assert from_graph.identity == archived.identity
    addresses = [(one.address, one.origin) for one in archived.recipients if one.address]
    assert [(one.address, one.origin) for one in from_graph.recipients if one.address] == addresses
    assert [rest.text for rest in from_graph.unparsed] == [rest.text for rest in archived.unparsed]


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), max_size=30)
_LOCAL_PARTS = st.from_regex(r"[A-Za-z0-9_+-]{1,12}(\.[A-Za-z0-9_+-]{1,8}){0,2}", fullmatch=True)
_HOSTS = st.from_regex(r"[A-Za-z0-9]{1,10}(\.[A-Za-z0-9]{1,10}){0,2}\.(example|test)", fullmatch=True)


@given(_WORDS, _LOCAL_PARTS, _HOSTS)
def test_any_name_beside_any_address_reads_as_in_a_header(name: str, local_part: str, host: str) -> None:
    word = b"=?utf-8?b?" + b64encode(name.encode()) + b"?= " if name.strip() else b""
    header = b"From: a@contoso.example\nDate: Fri, 1 Mar 2024 08:30:00 +0000\nTo: " + word
    archived = parse_envelope(header + f"<{local_part}@{host}>\n\n".encode(), HERE)
    found = read_row(f"{local_part}@{host}", name, Field.TO)
    assert [r.address for r in found.recipients] == [r.address for r in archived.recipients]
    assert [r.form for r in found.recipients] == [r.form for r in archived.recipients]


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_row_is_an_error_and_no_address_is_lost(address: str, name: str) -> None:
    found = read_row(address, name, Field.CC)
    assert all(recipient.field is Field.CC for recipient in found.recipients)
    named = read_row(f"x{address.strip()}", f"{name} keep@shop.example", Field.TO)
    shown = [one.address.addr_spec for one in named.recipients if one.address] + list(named.rest)
    assert any("keep@shop.example" in text for text in shown) or "<" in name or '"' in name or "\\" in name


def test_every_property_finds_its_place() -> None:
    found = envelope(
        sender=person("Desk", "desk@contoso.example"),
        ccRecipients=[person("Cy", "cy@trade.test")],
        bccRecipients=[person("Ed", "ed@hidden.test")],
        receivedDateTime="2024-03-01T08:30:20Z",
    )
    assert found.message_id == "1@contoso.example"
    assert found.author == Address("ann", "contoso.example")
    assert found.author_name == "Ann"
    assert found.sender == Address("desk", "contoso.example")
    assert found.date == datetime(2024, 3, 1, 8, 30, 17, tzinfo=UTC)
    assert found.received == datetime(2024, 3, 1, 8, 30, 20, tzinfo=UTC)
    assert [(one.field, one.address.addr_spec, one.visible) for one in found.recipients if one.address] == [
        (Field.TO, "bo@shop.example", True), (Field.CC, "cy@trade.test", True), (Field.BCC, "ed@hidden.test", False),
    ]  # fmt: skip
    assert found.defects == ()
    assert found.size is None


def test_the_sender_stands_only_where_it_is_another() -> None:
    assert envelope().sender is None


@pytest.mark.parametrize(
    "written",
    ["SMTP:bo@shop.example", "[SMTP:bo@shop.example]", "<[smtp:bo@shop.example]>", "[mailto:bo@shop.example]"],
)
def test_an_address_may_say_of_which_kind_it_is(written: str) -> None:
    found = read_row(written, "Bo", Field.TO)
    assert [(one.address, one.name) for one in found.recipients] == [(Address("bo", "shop.example"), "Bo")]
    assert (found.rest, found.defects) == ((), (Defect.REPAIRED_ADDRESS,))


def test_a_directory_name_stays_a_person() -> None:
    (recipient,) = envelope(toRecipients=[person("Jo", DIRECTORY)]).recipients
    assert (recipient.address, recipient.form, recipient.text) == (None, Form.DIRECTORY, DIRECTORY)


def test_an_address_in_a_name_is_shown_and_was_sent_nothing() -> None:
    found = envelope(toRecipients=[person("Jo (jo@private.test)", DIRECTORY)]).recipients
    assert [(one.address, one.origin) for one in found] == [
        (None, Origin.ADDRESS), (Address("jo", "private.test"), Origin.NAME),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("properties", "mark"),
    [
        ({"isDraft": True}, Mark.DRAFT),
        ({"@odata.type": "#microsoft.graph.eventMessageRequest"}, Mark.CALENDAR),
        ({"subject": "AW: Minutes"}, Mark.REPLY),
        ({"subject": "Fwd: Minutes"}, Mark.FORWARD),
        ({"conversationIndex": b64encode(bytes(27)).decode()}, Mark.REPLY),
    ],
)
def test_marks(properties: dict[str, Any], mark: Mark) -> None:
    assert mark in envelope(**properties).marks
    assert mark not in envelope().marks


def test_the_first_message_of_a_conversation_is_no_reply() -> None:
    assert envelope(conversationIndex=b64encode(bytes(22)).decode()).marks == frozenset()


def test_a_draft_in_sent_items_was_not_sent() -> None:
    message = decode_message(b'{"id":"1","isDraft":true,"subject":"x"}')
    assert envelope_of(message, HERE, frozenset((Mark.SENT,))).marks == {Mark.DRAFT}


@pytest.mark.parametrize(
    ("properties", "defect"),
    [
        ({"internetMessageId": None}, Defect.NO_MESSAGE_ID),
        ({"internetMessageId": "<without at>"}, Defect.BAD_MESSAGE_ID),
        ({"from": None, "sender": None}, Defect.NO_AUTHOR),
        ({"sentDateTime": None}, Defect.NO_DATE),
        ({"sentDateTime": "0001-01-01T00:00:00Z"}, Defect.BAD_DATE),
        ({"toRecipients": [None]}, Defect.NAME_WITHOUT_ADDRESS),
        ({"toRecipients": [{}]}, Defect.NAME_WITHOUT_ADDRESS),
        ({"ccRecipients": [person(None, f"p{n}@shop.example") for n in range(500)]}, Defect.LENGTH_OF_A_LIMIT),
    ],
)
def test_what_is_odd_is_named(properties: dict[str, Any], defect: Defect) -> None:
    assert envelope(**properties).defects == (defect,)


@pytest.mark.parametrize("count", [99, 101, 499, 501])
def test_other_lengths_are_not_odd(count: int) -> None:
    assert envelope(toRecipients=[person(None, f"p{n}@shop.example") for n in range(count)]).defects == ()


def test_only_an_id_is_no_message() -> None:
    reading = reading_of(decode_message(b'{"id":"AAk=","toRecipients":[]}'), HERE)
    assert isinstance(reading, Unreadable)


def test_the_digest_is_that_of_what_was_said() -> None:
    assert envelope().digest == envelope(parentFolderId="other", isRead=False, id="AAz=").digest
    assert envelope().digest != envelope(subject="Minute").digest
    assert envelope().digest != envelope(bccRecipients=[person("Ed", "ed@hidden.test")]).digest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2024-03-01T08:30:17Z", datetime(2024, 3, 1, 8, 30, 17, tzinfo=UTC)),
        ("2024-03-01T08:30:17.1234567Z", datetime(2024, 3, 1, 8, 30, 17, 123456, tzinfo=UTC)),
        ("2024-03-01T08:30:17", datetime(2024, 3, 1, 8, 30, 17, tzinfo=UTC)),
        ("1601-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_moments(text: str, found: datetime | None) -> None:
    assert moment(text) == found


def test_one_item_out_of_form_spoils_no_neighbour() -> None:
    page = decode_page(b'{"value":[{"id":"a"},{"id":"b","subject":7},{"id":9},{"id":"c"}],"@odata.nextLink":"next"}')
    assert [message.id for message in page.value] == ["a", "c"]
    assert page.broken[0] == "b"
    assert page.broken[1].startswith("item 3 of the page ")
    assert page.next_link == "next"


def test_what_has_no_id_is_another_on_each_page() -> None:
    pages = [f'{{"value":[{{"id":"{name}"}},null]}}'.encode() for name in "aba"]
    (first,), (second,), (again,) = (decode_page(page).broken for page in pages)
    assert first == again != second


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"value":[{"id":"a', b"{}", b'{"value":{}}', b"\xff\xfe"])
def test_what_is_no_page_is_an_error(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeError)):
        decode_page(body)


@pytest.mark.parametrize("cloud", list(GraphCloud))
def test_each_cloud_is_asked_only_for_what_it_has(cloud: GraphCloud) -> None:
    names = select_for(cloud).split(",")
    assert {"id", "toRecipients", "ccRecipients", "bccRecipients", "from", "sentDateTime"} <= set(names)
    assert ("conversationIndex" in names) == (cloud is GraphCloud.GLOBAL)
    assert not {"body", "bodyPreview", "uniqueBody", "internetMessageHeaders", "flag"} & set(names)
