"""Laws of the address reader: it never raises, loses no x@y, and time grows with the length alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import address_entries, address_field, address_scanner
from scanner.address import Field, Recipient
from scanner.address_entries import Reading
from scanner.address_field import AddressField, read_address_field
from scanner.defect import Defect
from scanner.encoded_word import Piece, decode_text, split_encoded
from tests.growth import assert_linear

WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
SPEC = st.builds("{}@{}.example".format, WORD, WORD)
NAME = st.text("abcdef ,.;:<>()[]'\\\"-äöü漢字", max_size=20)
TOKENS = st.sampled_from(
    [
        "a@x.example",
        "b@y.example",
        "c@z",
        "Anna",
        "Doe",
        "jdoe",
        " ",
        " ",
        "\r\n ",
        "\t",
        ",",
        ",",
        ";",
        ":",
        "<",
        ">",
        "<a@x.example>",
        '"',
        '"',
        "\\",
        '\\"',
        "(",
        ")",
        "[",
        "]",
        "'",
        "@",
        ".",
        "=?utf-8?q?",
        "?=",
        "=40",
        "=2C",
        "=?utf-8?q?a=40x.example?=",
        "=?utf-8?b?YUB4LmV4YW1wbGU=?=",
        "mailto:",
        "SMTP:",
        "/O=CORP/CN=X",
        "IMCEAEX-_O=C@c.example",
        "#EXT#",
        "ü",
        "\xe9",
        "\0",
        "\x01",
        "\x02",
        "undisclosed-recipients:;",
        "|",
        "/",
        "?",
        "=",
        "-",
        "漢",
        "\u3000",
        "\x85",
    ]
)
FIELDS = st.lists(TOKENS, max_size=25).map("".join)


def addresses(result: AddressField) -> list[str]:
    return [r.address.canonical for r in result.recipients if r.address is not None]


def everything(result: AddressField) -> str:
    """All text of a reading in which an address may stand: recipients and rest, not the names."""
    where = [r.address.addr_spec if r.address else r.text for r in result.recipients]
    return "\n".join([*where, *result.rest]).casefold()


def check(value: bytes, result: AddressField) -> None:
    assert result.defects == tuple(sorted(set(result.defects)))
    assert bool(result.rest) == (Defect.UNPARSED_TEXT in result.defects)
    for recipient in result.recipients:
        text = f"{recipient.name}{recipient.group}{recipient.text}{recipient.address}"
        text.encode("utf-8")
        assert not re.search("[\x00-\x08\n\r]", recipient.name + recipient.group)
        assert recipient.address is not None or recipient.text


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_any_bytes(value: bytes) -> None:
    check(value, read_address_field(value, Field.TO))


@given(FIELDS)
@settings(max_examples=500)
def test_any_tokens_and_every_address_accounted_for(text: str) -> None:
    value = text.encode("utf-8", "surrogatepass")
    result = read_address_field(value, Field.CC)
    check(value, result)
    plain = decode_text(value.replace(b"\0", b""))[0]
    for word in re.findall(r"(?<![\w@.'?=/#|-])[a-z]@[a-z]\.example(?![\w@.'?=/#|-])", plain):
        assert word in everything(result)


@pytest.mark.parametrize(
    "body", ["Anna <a@x.example>", "a@x.example b@y.example", "G: a@x.example;", "a@x.example (c@z.example)"]
)
def test_the_independent_count_keeps_what_a_broken_reader_loses(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_field, "scan_pieces", lambda _pieces, _field: Reading())
    result = read_address_field(b"(force the careful way)" + body.encode(), Field.TO)
    assert result.recipients == ()
    assert list(result.rest) == re.findall(r"\w@\w\.example", body)
    assert result.defects == (Defect.AT_COUNT, Defect.UNPARSED_TEXT)


def test_the_short_cut_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the pattern to let a name with another address pass, the count would send the field the careful way."""
    address_field.forget_people()
    monkeypatch.setattr(address_field, "ordinary_recipient", lambda _item, _field: Recipient(None, "lost", Field.TO))
    result = read_address_field(b'"count@y.example" <count@x.example>', Field.TO)
    assert addresses(result) == ["count@x.example", "count@y.example"]


@given(st.lists(SPEC, max_size=12), st.sampled_from([",", ", ", ",\r\n ", ";", "; ", " ", "\n "]))
def test_clean_addresses_come_back_in_order(specs: list[str], separator: str) -> None:
    assert addresses(read_address_field(separator.join(specs).encode(), Field.TO)) == specs


def written(name: str, spec: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{spec}>' if quoted.strip() else f"<{spec}>"


@given(st.lists(st.tuples(NAME, SPEC), max_size=6))
def test_what_is_written_by_the_standard_is_read_back(people: list[tuple[str, str]]) -> None:
    value = ",\r\n ".join(written(name, spec) for name, spec in people).encode()
    result = read_address_field(value, Field.TO)
    assert addresses(result) == [spec for _, spec in people]
    assert Defect.AT_COUNT not in result.defects
    assert result.rest == ()
    for recipient, (name, _) in zip(result.recipients, people, strict=True):
        shown = " ".join(name.split())
        assert recipient.name in (shown, shown.strip("'").strip(), shown[1:-1].strip())


@given(st.lists(st.tuples(NAME, SPEC), min_size=1, max_size=4), st.lists(st.tuples(NAME, SPEC), min_size=1, max_size=4))
def test_two_clean_lists_joined_are_the_two_lists(left: list[tuple[str, str]], right: list[tuple[str, str]]) -> None:
    one = ", ".join(written(name, spec) for name, spec in left).encode()
    two = ", ".join(written(name, spec) for name, spec in right).encode()
    whole = read_address_field(one + b", " + two, Field.TO)
    assert whole.recipients == (
        read_address_field(one, Field.TO).recipients + read_address_field(two, Field.TO).recipients
    )


def by_tokens_alone(value: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Recipient, ...]:
    """The careful reading without its short cut for ordinary entries."""
    with monkeypatch.context() as patch:
        patch.setattr(address_scanner._Scanner, "_ordinary", lambda _self: False)
        pieces, _ = split_encoded(value)
        return tuple(address_scanner.scan_pieces(pieces, Field.TO).recipients)


ORDINARY_TOKENS = st.sampled_from(
    [
        "a@x.example",
        "B@Y.example",
        "<c@z.example>",
        "'d@x.example'",
        "Anna",
        "Anna ",
        " Lee",
        "Doe, ",
        "jdoe, ",
        ", ",
        ",",
        ",\r\n ",
        '"Doe, J" ',
        '"a@x.example" ',
        "(Anna)",
        " (b c) ",
        "=?utf-8?q?J=C3=BC?= ",
        "=?utf-8?b?SsO8?=",
        "o'neil@x.example",
        " ",
        "' ",
        "'",
        "imcea-x@x.example",
        "recipients@x.example",
        "a/b@corp",
        "x=y@x.example",
        '"\\"q\\"" ',
        "a.@x.example",
        "a..b@x.example",
        "#EXT#",
        "=?",
        "?=",
        "undisclosed",
        ".",
        "-",
        "  ",
        "cn=a@x.example",
        '"" ',
        "()",
        "( )",
        "Anna,",
        ",,",
    ]
)


@given(value=st.lists(ORDINARY_TOKENS, max_size=10).map("".join))
@settings(max_examples=600)
def test_the_short_cut_reads_what_the_careful_way_reads(value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        data = value.encode()
        assert read_address_field(data, Field.TO).recipients == by_tokens_alone(data, patch)


ENTRIES = st.sampled_from(
    [
        "a@x.example",
        "B.b@Y.example",
        "<c@z.example>",
        "Anna Lee <d@x.example>",
        '"Doe,J" <e@x.example>',
        "Doe,J <e@x.example>",
        "'Lee' <l@x.example>",
        "'f@x.example' <f@x.example>",
        "''f@x.example' <f@x.example>",
        "\"'F@x.example'\" <f@X.example>",
        '"f@x.example" <f@x.example> (f)',
        '"g@x.example" <f@x.example>',
        '"Al; \\"The\\" (x)" <h@x.example>',
        '"a>, <b" <h@x.example>',
        "h@x.example (Doe; J)",
        '"Doe,J" <h@x.example> ( J )',
        "=?utf-8?q?J=C3=BC?= <i@x.example>",
        '"=?utf-8?q?J=C3=BC?= x" <i@x.example>',
        "=?utf-8?q?a=40x.example?= <a@x.example>",
        "' A' <j@x.example>",
        '" A  B " <j@x.example>',
        "A..B <k@x.example>",
        "k..k@x.example",
        "k@x..example",
        ".k@x.example",
        "k@x.example.",
        "k@host",
        "missing@x.example",
        "invalid_address@x.example",
        "o=corp@x.example",
        "no-recipients@x.example",
        "imceaex-_o@x.example",
        "o'neil@x.example",
        "a=b@x.example",
        "a/b@x.example",
        "Lee",
        "g: a@x.example",
    ]
)
LISTS = st.builds(
    lambda entries, gaps: "".join(entry + gap for entry, gap in zip(entries, gaps, strict=False)).rstrip(",; "),
    st.lists(ENTRIES, min_size=1, max_size=6),
    st.one_of(
        st.sampled_from([",", ", ", ",\r\n ", ",   ", ";", "; ", " ", "\r\n\t", " , "]).map(lambda gap: [gap] * 6),
        st.lists(st.sampled_from([",", ", ", "; ", " ", "\r\n ", ",;", ", ,"]), min_size=6, max_size=6),
    ),
)


@given(value=LISTS, more=st.sampled_from(["", ",", ";", " "]))
@settings(max_examples=1500)
def test_what_is_read_as_a_list_is_read_alike_with_care(value: str, more: str) -> None:
    """Whoever the list reader accepts, it gives as the careful one does: recipients, rest and defects."""
    text = (value + more).strip()
    read = address_field._as_list(text, Field.CC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address_scanner._Scanner, "_ordinary", lambda _self: False)
        patch.setattr(address_entries, "plain_address", lambda _spec: None)
        careful = address_field._carefully(text.encode(), Field.CC)
    assert read in (None, careful)


@given(value=st.one_of(LISTS, FIELDS, st.lists(ORDINARY_TOKENS, max_size=10).map("".join)))
@settings(max_examples=600)
def test_plain_addresses_mean_what_they_mean_with_care(value: str) -> None:
    data = value.encode("utf-8", "surrogatepass")
    read = address_field._carefully(data, Field.CC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address_entries, "plain_address", lambda _spec: None)
        assert read == address_field._carefully(data, Field.CC)


def shapes(size: int) -> dict[str, str]:
    """Fields that cost other readers time, stack or addresses, each about `size` characters long."""

    def filled(unit: str, head: str = "", tail: str = "") -> str:
        return head + unit * (size // len(unit)) + tail

    return {
        "parentheses opened": filled("("),
        "parentheses nested": "(" * (size // 2) + ")" * (size // 2) + "a@x.example",
        "comments in a row": filled("(x)", tail="a@x.example"),
        "comments inside comments": filled("(a)("),
        "quote opened": filled("a", '"'),
        "quotes": filled('"'),
        "quoted words": filled('"a"', tail="<a@x.example>"),
        "escaped quotes": filled('\\"', '"', '" <a@x.example>'),
        "escapes": filled("\\"),
        "commas": filled(","),
        "semicolons": filled("; "),
        "colons": filled(":"),
        "group in group": filled("g:"),
        "groups": filled("g:a@x.example;,"),
        "brackets": filled("<"),
        "brackets and words": filled("a<"),
        "square brackets": filled("["),
        "bracket and quote": filled('<"'),
        "signs": filled("@"),
        "words and signs": filled("a@"),
        "route": "<" + filled("@a,") + ":a@x.example>",
        "dots": filled("a.", tail="@x.example"),
        "dots in the domain": filled("a.", "x@", "example"),
        "one word": filled("a"),
        "words": filled("ab "),
        "blanks": filled(" "),
        "blanks inside": filled(" ", "a", "b@x.example"),
        "folds": filled("\r\n ", "a", "b@x.example"),
        "returns": filled("\r"),
        "encoded words": filled("=?utf-8?q?a?= ", tail="<a@x.example>"),
        "encoded words opened": filled("=?utf-8?q?"),
        "an encoded list": "=?utf-8?q?" + filled("a=40x.example,") + "?=",
        "unknown character sets": "".join(f"=?x{number}?q?a?= " for number in range(size // 14)),
        "base64": "=?utf-8?b?" + filled("YQ==") + "?=",
        "addresses in a name": '"' + filled("a@x.example ") + '" <b@y.example>',
        "addresses in a comment": "b@y.example (" + filled("a@x.example ") + ")",
        "phrases": filled("ab, ", tail="<a@x.example>"),
        "cut addresses": filled("a@b\r\n c.example "),
        "raw bytes": filled("\xe9 "),
        "foreign domains": filled("a@ü.example,"),
        "a long foreign domain": filled("ü.", "a@", "example"),
        "backslashed brackets": filled('<"\\"'),
        "many signs": filled("a@b@c "),
        "IMCEA": filled("_a+20", "IMCEAEX-", "@x.example"),
        "directory names": filled("</O=X/CN=a>,"),
    }


SHAPES = sorted(shapes(10))


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_shapes_are_read_whole(shape: str) -> None:
    text = shapes(20_000)[shape]
    for value in (text.encode("utf-8"), text.encode("latin-1")):
        result = read_address_field(value, Field.TO)
        check(value, result)
        if "a@x.example" in text:
            assert "a@x.example" in everything(result)


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_length_alone(shape: str) -> None:
    assert_linear(lambda size: read_address_field(shapes(size)[shape].encode("utf-8"), Field.TO), 8_000)


def test_pieces_may_hold_any_text() -> None:
    reading = address_scanner.scan_pieces([Piece("\x010\x02 \x01", encoded=False)], Field.TO)
    assert [r.text for r in reading.recipients] == ["0"]
