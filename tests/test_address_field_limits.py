"""Address fields longer than anybody writes: read as far as it goes, and nothing beyond is silent."""

from __future__ import annotations

from scanner.address import Field
from scanner.address_field import LONGEST, read_address_field
from scanner.defect import Defect


def test_beyond_the_limit_nothing_is_silent() -> None:
    result = read_address_field(b"in@x.example, " * (LONGEST // 14) + b"Bob <beyond@y.example>", Field.TO)
    assert [r.address.addr_spec for r in result.recipients[:2] if r.address] == ["in@x.example"] * 2
    assert result.rest[-1] == "Bob <beyond@y.example>"
    assert Defect.LIMIT_REACHED in result.defects


def test_a_long_odd_list_gives_addresses_and_keeps_the_text() -> None:
    people = [f"Doe {number}: Sales {number} <p{number}@x.example>" for number in range(20_000)]
    result = read_address_field(" ".join(people).encode(), Field.TO)
    assert {r.address.addr_spec for r in result.recipients if r.address} == {f"p{n}@x.example" for n in range(20_000)}
    assert Defect.LIMIT_REACHED in result.defects
    assert "p19999@x.example" in result.rest[-1]


def test_ten_thousand_odd_entries_are_read_with_care() -> None:
    body = "; ".join(f"Doe {number}, Jo <p{number}@x.example>" for number in range(10_000))
    result = read_address_field(body.encode(), Field.TO)
    assert [r.name for r in result.recipients] == [f"Doe {number}, Jo" for number in range(10_000)]
    assert result.defects == (Defect.BAD_SEPARATOR,)
