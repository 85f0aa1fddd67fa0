"""Each form of an address field that real mail holds, with everything it must give."""

from __future__ import annotations

import pytest

from scanner.address import Field, Form, Origin, Recipient
from scanner.address_field import AddressField, forget_people, read_address_field
from scanner.defect import Defect

BAD, REPAIRED, OPEN = Defect.BAD_SEPARATOR, Defect.REPAIRED_ADDRESS, Defect.UNTERMINATED
NAMELESS, UNRESOLVED = Defect.NAME_WITHOUT_ADDRESS, Defect.UNRESOLVED_ADDRESS
RAW, UNPARSED = Defect.RAW_8BIT, Defect.UNPARSED_TEXT


def read(text: str | bytes, field: Field = Field.TO) -> AddressField:
    return read_address_field(text.encode() if isinstance(text, str) else text, field)


def shown(recipient: Recipient) -> str:
    """A recipient in one line: `name <address>`, `~` before what stood in a name, `{group}` in front."""
    where = recipient.address.addr_spec if recipient.address else f"{recipient.form}={recipient.text}"
    line = f"{recipient.name} <{where}>" if recipient.name else where
    if recipient.origin is Origin.NAME:
        line = f"~{line}"
    return f"{{{recipient.group}}} {line}" if recipient.group else line


# (field body, recipients, defects): what must come out; the rest is empty unless a case below says otherwise.
FORMS: dict[str, list[tuple[str, list[str], set[Defect]]]] = {
    "ordinary lists": [
        (" Anna <a@x.example>", ["Anna <a@x.example>"], set()),
        ("a@x.example", ["a@x.example"], set()),
        ("<a@x.example>", ["a@x.example"], set()),
        ("a@x.example,b@y.example", ["a@x.example", "b@y.example"], set()),
        ("A.Lee@X.Example", ["A.Lee@x.example"], set()),
        ("Anna <a@x.example>,\r\n Bob <b@y.example>\r\n", ["Anna <a@x.example>", "Bob <b@y.example>"], set()),
        ('"Doe, John" <j@x.example>', ["Doe, John <j@x.example>"], set()),
        ('"Al \\"The\\" Lee" <a@x.example>', ['Al "The" Lee <a@x.example>'], set()),
        ('"Anna\r\n Lee" <a@x.example>', ["Anna Lee <a@x.example>"], set()),
        ("Joe Q. Public <j@x.example>", ["Joe Q. Public <j@x.example>"], set()),
        ("a@x.example,", ["a@x.example"], set()),
        ("a@localhost", ["a@localhost"], set()),
        ("o'neil@x.example", ["o'neil@x.example"], set()),
        ("bounce+a=b.example@x.example", ["bounce+a=b.example@x.example"], set()),
        ("SRS0=ab=cd=x.example=a@y.example", ["SRS0=ab=cd=x.example=a@y.example"], set()),
        ("x@something.invalid", ["x@something.invalid"], set()),
        ("", [], set()),
        (" \r\n ", [], set()),
    ],
    "groups": [
        (
            "Customers: a@x.example, B <b@y.example>;",
            ["{Customers} a@x.example", "{Customers} B <b@y.example>"],
            set(),
        ),
        ('"Our friends": a@x.example;', ["{Our friends} a@x.example"], set()),
        ("=?utf-8?q?K=C3=B6che?=: a@x.example;", ["{Köche} a@x.example"], set()),
        ("G: a@x.example; b@y.example", ["{G} a@x.example", "b@y.example"], set()),
        ("G: a@x.example;, H: b@y.example;", ["{G} a@x.example", "{H} b@y.example"], set()),
        ("c@z.example, G: a@x.example;", ["c@z.example", "{G} a@x.example"], set()),
        ("G: a@x.example, b@y.example", ["{G} a@x.example", "{G} b@y.example"], set()),  # never closed
        ("g:h: a@x.example;", ["{h} a@x.example"], set()),
        ("Staff:;", [], set()),
        ('"team@x.example": a@y.example;', ["~team@x.example", "{team@x.example} a@y.example"], set()),
    ],
    "nobody named": [
        ("undisclosed-recipients:;", [], set()),
        ("Undisclosed recipients:;", [], set()),
        ("undisclosed-recipients: ;", [], set()),
        ("<Undisclosed-Recipient:;>", [], set()),
        ("undisclosed-recipients", [], set()),
        ("=?utf-8?q?Verborgene_Empf=C3=A4nger?=:;", [], set()),
        ("destinataires inconnus:;", [], set()),
        ("(no To-header on input)", [], set()),
        ("<>", [], set()),
    ],
    "separators": [
        ("a@x.example; b@y.example", ["a@x.example", "b@y.example"], {BAD}),
        ("a@x.example;b@y.example;", ["a@x.example", "b@y.example"], {BAD}),
        ("Anna <a@x.example>; Bob <b@y.example>", ["Anna <a@x.example>", "Bob <b@y.example>"], {BAD}),
        ("a@x.example,, b@y.example", ["a@x.example", "b@y.example"], {BAD}),
        ("a@x.example b@y.example", ["a@x.example", "b@y.example"], {BAD}),
        ("a@x.example\n b@y.example\n c@z.example", ["a@x.example", "b@y.example", "c@z.example"], {BAD}),
        ("a@x.example\n Bob <b@y.example>", ["a@x.example", "Bob <b@y.example>"], {BAD}),
        ("Anna <a@x.example> Bob <b@y.example>", ["Anna <a@x.example>", "Bob <b@y.example>"], {BAD}),
        ("<a@x.example><b@y.example>", ["a@x.example", "b@y.example"], {BAD}),
        ("Anna a@x.example\n Bob b@y.example", ["Anna <a@x.example>", "Bob <b@y.example>"], {BAD}),
        ("a@x.example: b@y.example", ["a@x.example", "b@y.example"], {BAD}),
        (",a@x.example", ["a@x.example"], set()),
    ],
    "commas in names": [
        ("Doe, John <j@x.example>", ["Doe, John <j@x.example>"], set()),
        ("Doe, John, MD <j@x.example>", ["Doe, John, MD <j@x.example>"], set()),
        (
            "a@x.example, Doe, John <j@x.example>, b@y.example",
            ["a@x.example", "Doe, John <j@x.example>", "b@y.example"],
            set(),
        ),
        (
            "Doe, John <j@x.example>, Roe, Jane <r@y.example>",
            ["Doe, John <j@x.example>", "Roe, Jane <r@y.example>"],
            set(),
        ),
        ("'Doe, John' <j@x.example>", ["Doe, John <j@x.example>"], set()),
        ("=?utf-8?q?M=C3=BCller?=, Hans <h@x.example>", ["Müller, Hans <h@x.example>"], set()),
        ("Anna <a@x.example> Doe, John <j@x.example>", ["Anna <a@x.example>", "Doe, John <j@x.example>"], {BAD}),
        (
            "A B, C D, E F, G H, Doe <j@x.example>",
            ["A B <name=A B>", "C D <name=C D>", "E F <name=E F>", "G H, Doe <j@x.example>"],
            {NAMELESS},
        ),
    ],
    "names that are addresses": [
        ('"a@x.example" <b@y.example>', ["a@x.example <b@y.example>", "~a@x.example"], set()),
        ("a@x.example <b@y.example>", ["a@x.example <b@y.example>", "~a@x.example"], set()),
        ('"Anna (a@x.example)" <b@y.example>', ["Anna (a@x.example) <b@y.example>", "~a@x.example"], set()),
        ("b@y.example (was a@x.example)", ["was a@x.example <b@y.example>", "~a@x.example"], set()),
        ("=?utf-8?q?a=40x.example?= <b@y.example>", ["a@x.example <b@y.example>", "~a@x.example"], set()),
        ("'a@x.example' <a@x.example>", ["a@x.example"], set()),
        ("\"'a@x.example'\" <a@x.example>", ["a@x.example"], set()),
        ('"A@X.example" <a@x.example>', ["a@x.example"], set()),
        ("a@x.example <a@x.example>", ["a@x.example"], set()),
        ('"<a@x.example>" <a@x.example>', ["a@x.example"], set()),
        (
            '"a@x.example, b@y.example" <c@z.example>',
            ["a@x.example, b@y.example <c@z.example>", "~a@x.example", "~b@y.example"],
            set(),
        ),
    ],
    "encoded words": [
        ("=?utf-8?B?SsO8cmdlbg==?= <a@x.example>", ["Jürgen <a@x.example>"], set()),
        ('"=?utf-8?B?SsO8cmdlbg==?=" <a@x.example>', ["Jürgen <a@x.example>"], set()),
        ("=?utf-8?q?J=C3?= =?utf-8?q?=BCrgen?= <a@x.example>", ["Jürgen <a@x.example>"], set()),
        ("=?utf-8?q?Doe=2C_John?= <a@x.example>", ["Doe, John <a@x.example>"], set()),
        ("=?utf-8?q?Doe, John?= <a@x.example>", ["Doe, John <a@x.example>"], set()),
        ("a@x.example (=?utf-8?q?J=C3=BCrgen?=)", ["Jürgen <a@x.example>"], set()),
        ("=?utf-8?q?a=40x.example?=", ["a@x.example"], {REPAIRED}),
        ("<=?utf-8?q?a=40x.example?=>", ["a@x.example"], set()),
        (
            "=?utf-8?q?a=40x.example=2C_Bob_=3Cb=40y.example=3E?=",
            ["a@x.example", "Bob <b@y.example>"],
            {REPAIRED},
        ),
        ("=?utf-8?q?J=C3=B6rg_=3Cj=40x.example=3E?=", ["Jörg <j@x.example>"], {REPAIRED}),
        ("=?x-odd?q?Anna?= <a@x.example>", ["Anna <a@x.example>"], {Defect.UNKNOWN_CHARSET}),
    ],
    "comments": [
        ("a@x.example (Joe)", ["Joe <a@x.example>"], set()),
        ("a@x.example (Joe, Sales)", ["Joe, Sales <a@x.example>"], set()),
        ("a@x.example (Joe (the first))", ["Joe (the first) <a@x.example>"], set()),
        ("Joe <a@x.example> (Sales)", ["Joe (Sales) <a@x.example>"], set()),
        ("a@x.example (Joe)\n b@y.example (Bob)", ["Joe <a@x.example>", "Bob <b@y.example>"], {BAD}),
        ("a@x.example (Joe) b@y.example (Bob)", ["Joe <a@x.example>", "Bob <b@y.example>"], {BAD}),
        ("(Joe) a@x.example", ["Joe <a@x.example>"], set()),
        ("a(one)@(two)x.example", ["one two <a@x.example>"], {REPAIRED}),
        ("Pete <pete(his account)@x.example(his host)>", ["Pete (his account his host) <pete@x.example>"], set()),
        ("jdoe (John Doe)", ["John Doe <local=jdoe>"], {UNRESOLVED}),
    ],
    "routes and dots": [
        ("<@relay.example:a@x.example>", ["a@x.example"], set()),
        ("<@r.example,@s.example:a@x.example>", ["a@x.example"], set()),
        ("a.@x.example", ["a.@x.example"], set()),
        ("a..b@x.example", ["a..b@x.example"], set()),
        ("a@x.example.", ["a@x.example"], set()),
        ("a@x..example", ["a@x.example"], set()),
    ],
    "wrappings": [
        ("<mailto:a@x.example>", ["a@x.example"], {REPAIRED}),
        ("mailto:a@x.example", ["a@x.example"], {REPAIRED}),
        ("<mailto:a@x.example?subject=Hi>", ["a@x.example"], {REPAIRED}),
        ("SMTP:a@x.example", ["a@x.example"], {REPAIRED}),
        ("smtp:a@x.example, b@y.example", ["a@x.example", "b@y.example"], {REPAIRED}),
        ("[SMTP:a@x.example]", ["a@x.example"], {REPAIRED}),
        ("John Doe [SMTP:a@x.example]", ["John Doe <a@x.example>"], {REPAIRED}),
        ("[a@x.example]", ["a@x.example"], {REPAIRED}),
        ("'a@x.example'", ["a@x.example"], {REPAIRED}),
        ("<'a@x.example'>", ["a@x.example"], {REPAIRED}),
        ('"a@x.example"', ["a@x.example"], {REPAIRED}),
        ('"Anna <a@x.example>"', ["Anna <a@x.example>"], {REPAIRED}),
        ("<Anna Lee a@x.example>", ["Anna Lee <a@x.example>"], {REPAIRED}),
    ],
    "folded in mid-address": [
        ("a@x.\r\n example, b@y.example", ["a@x.example", "b@y.example"], {REPAIRED}),
        ("a@mail\r\n .x.example", ["a@mail.x.example"], {REPAIRED}),
        ("a@exam\r\n ple.org", ["a@example.org"], {REPAIRED}),
        ("<a@x.\r\n example>", ["a@x.example"], {REPAIRED}),
        ("<anna.l\r\n ee@x.example>", ["anna.lee@x.example"], {REPAIRED}),
        ("pete @ x.example", ["pete@x.example"], {REPAIRED}),
        ("jdoe@test  . example", ["jdoe@test.example"], {REPAIRED}),
        ("a@x.example.\n Bob <b@y.example>", ["a@x.example", "Bob <b@y.example>"], {BAD}),
    ],
    "unterminated": [
        ('"Anna <a@x.example>, b@y.example', ["Anna <a@x.example>", "b@y.example"], {OPEN}),
        ('"Anna <a@x.example>, "Bob" <b@y.example>', ["Anna <a@x.example>", "Bob <b@y.example>"], {OPEN}),
        ('Anna" <a@x.example>, Bob" <b@y.example>', ["Anna <a@x.example>", "Bob <b@y.example>"], {OPEN}),
        ("(Anna <a@x.example>, b@y.example (home)", ["Anna <a@x.example>", "home <b@y.example>"], {OPEN}),
        ("Anna <a@x.example, b@y.example", ["Anna <a@x.example>", "b@y.example"], {OPEN}),
        ("Anna <a@x.example, Bob <b@y.example>", ["Anna <a@x.example>", "Bob <b@y.example>"], {OPEN}),
        ("<a@x.example, Bob b@y.example>", ["a@x.example", "Bob <b@y.example>"], {OPEN}),
        ("a@[192.0.2.1, b@y.example", ["a@192.0.2.1", "b@y.example"], {OPEN, REPAIRED}),
    ],
    "quoted local parts and literals": [
        ('"a b"@x.example', ['"a b"@x.example'], set()),
        ('"a,b"@x.example, c@y.example', ['"a,b"@x.example', "c@y.example"], set()),
        ('<"a@b"@x.example>', ['"a@b"@x.example'], set()),
        ('"a.b"@x.example', ["a.b@x.example"], set()),
        ("a@[192.0.2.1]", ["a@[192.0.2.1]"], set()),
        ("Anna <a@[IPv6:2001:db8::1]>", ["Anna <a@[ipv6:2001:db8::1]>"], set()),
        ("[Team] <a@x.example>", ["[Team] <a@x.example>"], set()),
    ],
    "directories and guests": [
        (
            "Doe, John </O=CORP/OU=NA/CN=RECIPIENTS/CN=JDOE>",
            ["Doe, John <directory=/O=CORP/OU=NA/CN=RECIPIENTS/CN=JDOE>"],
            {UNRESOLVED},
        ),
        (
            "IMCEAEX-_O=CORP_CN=RECIPIENTS_CN=J+20DOE@corp.example",
            ["directory=/O=CORP/CN=RECIPIENTS/CN=J DOE"],
            {UNRESOLVED},
        ),
        ("Anna <IMCEAMAILTO-a+40x+2Eexample@corp.example>", ["Anna <a@x.example>"], set()),
        ("IMCEASMTP-a+40x+2Eexample@corp.example", ["a@x.example"], set()),
        ("CN=Jo/OU=Sales/O=Corp@Corp", ["directory=CN=Jo/OU=Sales/O=Corp@Corp"], {UNRESOLVED}),
        ("Jo Doe/Sales/Corp@Corp", ["Jo Doe <directory=Jo Doe/Sales/Corp@Corp>"], {UNRESOLVED}),
        ("EX:/o=corp/cn=jdoe", ["directory=EX:/o=corp/cn=jdoe"], {UNRESOLVED}),
        ("Anna <a_x.example#EXT#@tenant.onmicrosoft.example>", ["Anna <a@x.example>"], set()),
    ],
    "no address": [
        ("jdoe", ["local=jdoe"], {UNRESOLVED}),
        ("John <jdoe>", ["John <local=jdoe>"], {UNRESOLVED}),
        ("jdoe, a@x.example", ["local=jdoe", "a@x.example"], {UNRESOLVED}),
        ("Anna Lee", ["Anna Lee <name=Anna Lee>"], {NAMELESS}),
        ('"Anna"', ["Anna <name=Anna>"], {NAMELESS}),
        ("John <>", ["John <name=John>"], {NAMELESS}),
        ("Anna Lee, Bob Roe", ["Anna Lee <name=Anna Lee>", "Bob Roe <name=Bob Roe>"], {NAMELESS}),
        ("Lee, Anna; Roe, Bob", ["Lee, Anna <name=Lee, Anna>", "Roe, Bob <name=Roe, Bob>"], {BAD, NAMELESS}),
    ],
    "international": [
        ("ü@münchen.example", ["ü@xn--mnchen-3ya.example"], {RAW}),
        ("a@xn--mnchen-3ya.example", ["a@xn--mnchen-3ya.example"], set()),
        ("Jürgen <a@x.example>", ["Jürgen <a@x.example>"], {RAW}),
        ("李四 <a@x.example>", ["李四 <a@x.example>"], {RAW}),
    ],
    "control characters and long lines": [
        ("a@x.\0example", ["a@x.example"], {REPAIRED}),
        ("Anna \\\n <a@x.example>", ["Anna <a@x.example>"], set()),
        ("a@x.example\r, b@y.example", ["a@x.example", "b@y.example"], set()),
        ("a@x.example," + " " * 2000 + "b@y.example", ["a@x.example", "b@y.example"], set()),
        ("a" * 2000 + "@x.example", ["a" * 2000 + "@x.example"], set()),
    ],
}
CASES = [
    pytest.param(body, recipients, defects, id=f"{form}: {body[:40]!r}")
    for form, cases in FORMS.items()
    for body, recipients, defects in cases
]


@pytest.mark.parametrize(("body", "recipients", "defects"), CASES)
def test_each_form(body: str, recipients: list[str], defects: set[Defect]) -> None:
    result = read(body)
    assert [shown(recipient) for recipient in result.recipients] == recipients
    assert result.rest == ()
    assert set(result.defects) == defects


REST = [
    ("<Anna;a@x.example>", ["a@x.example"], ["Anna;a@x.example"], {UNPARSED, REPAIRED}),
    ("test@@x.example", [], ["test@@x.example"], {UNPARSED}),
    ("a@b@c.example", [], ["a@b@c.example"], {UNPARSED}),
    ("a@x!y", [], ["a@x!y"], {UNPARSED}),
    ("J@Home <a@x.example>", ["J@Home <a@x.example>"], ["J@Home"], {UNPARSED}),
    ("MISSING_MAILBOX@MISSING_DOMAIN", [], ["MISSING_MAILBOX@MISSING_DOMAIN"], {UNPARSED}),
    ("undisclosed-recipients@x.example", [], ["undisclosed-recipients@x.example"], {UNPARSED}),
    ("Anna <a@x.example> Smith;", ["Anna <a@x.example>"], ["Smith"], {UNPARSED, BAD}),
    ("---", [], ["---"], {UNPARSED}),
    ("<http://x.example/list>", [], ["http://x.example/list"], {UNPARSED}),
    (
        "a@x.example|b@y.example",
        ["a@x.example", "b@y.example"],
        ["a@x.example|b@y.example"],
        {UNPARSED, REPAIRED},
    ),
]


@pytest.mark.parametrize(("body", "recipients", "rest", "defects"), REST)
def test_what_cannot_be_read_is_kept(body: str, recipients: list[str], rest: list[str], defects: set[Defect]) -> None:
    result = read(body)
    assert [shown(recipient) for recipient in result.recipients] == recipients
    assert list(result.rest) == rest
    assert set(result.defects) == defects


@pytest.mark.parametrize(
    "body",
    [
        "alice@x.example)bob@y.example",
        "alice@x.example(<bob@y.example>",
        "<alice@x.example>bob@y.example",
        'alice@x.example"<bob@y.example>"',
        "alice@x.example <bob@y.example>",
        "alice@x.example,bob@y.example)",
        "alice@x.example]bob@y.example",
    ],
)
def test_two_addresses_run_together_are_both_reported(body: str) -> None:
    """CVE-2023-27043: other readers take the wrong one of the two, or in strict mode none at all."""
    result = read(body)
    assert {r.address.addr_spec for r in result.recipients if r.address} == {"alice@x.example", "bob@y.example"}


NAIVE = [f"p{number}@x.example" for number in range(99)]


@pytest.mark.parametrize(
    ("last", "addresses"),
    [
        ("Doe, John <j@x.example>", 1),
        ("j@x.example;", 1),
        ("j@x.example; k@x.example", 2),
        ("j@x.example,", 1),
        ("a@b.example <c@d.example>", 2),
        ("<mailto:j@x.example>", 1),
        ("j@x.example (J, K)", 1),
        ("[Team] <j@x.example>", 1),
        ("G: j@x.example, k@x.example;", 2),
        ("=?utf-8?Q?j=40x.example?=", 1),
    ],
)
def test_one_odd_element_costs_the_others_nothing(last: str, addresses: int) -> None:
    """A strict reader answers nobody for the whole field when one of a hundred elements is odd."""
    body = ", ".join([*NAIVE, last])
    result = read(body)
    assert len(result.recipients) == 99 + addresses
    assert [r.address.addr_spec for r in result.recipients[:99] if r.address] == NAIVE
    assert result.rest == ()


@pytest.mark.parametrize("separator", [",", ", ", ";", "; ", " ", "\n ", ",\r\n\t", ";\r\n "])
def test_a_hundred_addresses_whatever_separates_them(separator: str) -> None:
    result = read(separator.join([*NAIVE, "last@x.example"]))
    assert [r.address.addr_spec for r in result.recipients if r.address] == [*NAIVE, "last@x.example"]


def test_the_field_is_kept_with_each_recipient() -> None:
    for field in Field:
        assert [r.field for r in read("a@x.example, b b@x.example, jdoe", field).recipients] == [field] * 3


def test_what_is_remembered_changes_no_reading() -> None:
    forget_people()
    for body in ("Anna <a@x.example>", "a@x.example, Bob <b@y.example>", "a@x.example; b@y.example"):
        first = read(body)
        assert read(body) == first
        assert read(body, Field.CC).recipients[0].field is Field.CC
        forget_people()
        assert read(body) == first


def test_the_same_bytes_give_the_same_record() -> None:
    first = read("Anna <a@x.example>").recipients[0]
    assert read("Anna <a@x.example>").recipients[0] is first


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_raw_bytes_of_either_kind(charset: str) -> None:
    result = read("Jürgen Müller <a@x.example>".encode(charset))
    assert [shown(r) for r in result.recipients] == ["Jürgen Müller <a@x.example>"]
    assert result.defects == (RAW,)


def test_both_spellings_of_a_domain_are_one_address() -> None:
    first, second = read("a@münchen.example, a@XN--MNCHEN-3YA.example").recipients
    assert first.address == second.address


def test_name_entries_have_no_address() -> None:
    (recipient,) = read("Anna Lee").recipients
    assert (recipient.address, recipient.form, recipient.text) == (None, Form.NAME, "Anna Lee")
