"""The Date field in every form that mail carries, and what is no date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.dates import read_date
from scanner.defect import Defect
from scanner.envelope import Envelope, Locator
from scanner.headers import parse_envelope


def parse(raw: str) -> Envelope:
    return parse_envelope(raw.encode(), Locator("account", "Sent", "1"))


NOON = datetime(2024, 3, 15, 12, 0, tzinfo=UTC)
DATES = [
    ("Fri, 15 Mar 2024 12:00:00 +0000", None),
    ("Fri, 15 Mar 2024 14:00:00 +0200", None),
    ("Fri, 15 Mar 2024 06:30:00 -0530", None),
    ("15 Mar 2024 12:00:00 -0000", None),
    ("15 Mar 2024 12:00 +0000", None),
    ("Mon, 15 Mar 2024 12:00:00 +0000", None),  # it was a Friday
    ("Freitag, 15 Mar 2024 12:00:00 +0000", None),
    ("fri,15 mar 2024 12:00:00 gmt", None),
    ("Fri, 15 Mar 24 12:00:00 UT", None),
    ("Fri, 15 Mar 124 12:00:00 Z", None),
    ("Fri, 15 Mar 2024 07:00:00 EST", None),
    ("Fri, 15 Mar 2024 05:00:00 PDT", None),
    ("Fri, 15 Mar 2024 13:00:00 MEZ", None),
    ("Fri, 15 Mar 2024 07:00:00 -0500 (EST)", None),
    ("Fri, 15 Mar 2024 (a (nested) comment) 12:00:00 +0000 (UTC", None),
    ("(before) Fri, 15 Mar 2024 12:00:00 +0000", None),
    ("Fri,\n 15 Mar 2024\n\t12:00:00\n +0000", None),
    ("Fri, 15 March 2024 12:00:00 +0000", None),
    ("Fri, 15-Mar-2024 12:00:00 +0000", None),
    ("Fri, 15-Mar-24 12:00:00 +0000", None),
    ("Mar 15, 2024 12:00:00 +0000", None),
    ("2024 Mar 15 12:00:00 +0000", None),
    ("2024-03-15T12:00:00Z", None),
    ("2024-03-15T14:00:00+02:00", None),
    ("2024-03-15 12:00:00.123 +0000", None),
    ("2024/03/15 12:00:00 +0000", None),
    ("15/03/2024 12:00:00 +0000", None),
    ("03/15/2024 12:00:00 +0000", None),
    ("Fri, 15 Mar 2024 12.00.00 +0000", None),
    ("Fri, 15 Mar 2024 12:00:00 PM +0000", None),
    ("Fri, 15 Mar 2024 14:00:00 GMT+0200", None),
    ("Fri, 15 Mar 2024 14:00:00 +2:00", None),
    ("Fri, 15 Mar 2024 14:00:00 +02", None),
    ("Fri Mar 15 12:00:00 2024", Defect.DATE_WITHOUT_ZONE),
    ("Fri, 15 Mar 2024 12:00:00", Defect.DATE_WITHOUT_ZONE),
    ("Fri, 15 Mar 2024 12:00:00 A", Defect.DATE_WITHOUT_ZONE),
    ("Fri, 15 Mar 2024 12:00:00 BST", Defect.DATE_WITHOUT_ZONE),
    ("Fri, 15 Mar 2024 12:00:00 +9900", Defect.DATE_WITHOUT_ZONE),
    ("Fri, 15 Mar 2024 12:00:00 +0075", Defect.DATE_WITHOUT_ZONE),
]


@pytest.mark.parametrize(("body", "defect"), DATES)
def test_dates(body: str, defect: Defect | None) -> None:
    assert read_date(body.encode()) == (NOON, defect)
    envelope = parse(f"Date: {body}\n\n")
    assert envelope.date == NOON
    assert [d for d in envelope.defects if "date" in d] == ([defect] if defect else [])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "yesterday",
        "Fri, 31 Feb 2024 12:00:00 +0000",
        "Fri, 15 Mar 2024 24:00:00 +0000",
        "Fri, 15 Mar 2024 12:61:00 +0000",
        "Fri, 15 Mar 2024 13:00:00 PM +0000",
        "Fri, 15 Mar 2024 +0000",
        "Fri, 15 Mar 1899 12:00:00 +0000",
        "Fri, 15 Mar 9999 12:00:00 +0000",
        "Fri, 15 Mar 20240 12:00:00 +0000",
        "0001-01-01T00:00:00+14:00",
        "Fri, 15 Foo 2024 12:00:00 +0000",
        "03/04/2024 12:00:00 +0000",  # March or April
        "12:00:00 12:00:00 15 Mar 2024",
        "٣ Mar 2024 12:00:00 +0000",
        "1" * 100_000,
        "(" * 100_000,
        ("15 Mar 2024 " * 100_000),
    ],
)
def test_no_dates(body: str) -> None:
    envelope = parse(f"Date: {body}\n\n")
    assert envelope.date is None
    assert Defect.BAD_DATE in envelope.defects


def test_a_leap_second_stays_in_its_minute() -> None:
    date, defect = read_date(b"Sat, 31 Dec 2016 23:59:60 +0000")
    assert (date, defect) == (datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), None)


def test_no_date_at_all() -> None:
    assert Defect.NO_DATE in parse("To: a@a.test\n\n").defects
    assert Defect.BAD_DATE not in parse("To: a@a.test\n\n").defects


FIRST = int(datetime(1900, 1, 2, tzinfo=UTC).timestamp())
LAST = int(datetime(9998, 12, 30, tzinfo=UTC).timestamp())


@given(st.integers(FIRST, LAST), st.integers(-23 * 60, 23 * 60))
def test_every_date_that_is_written_is_read(moment: int, minutes: int) -> None:
    written = datetime.fromtimestamp(moment, timezone(timedelta(minutes=minutes)))
    sign, size = "+-"[minutes < 0], abs(minutes)
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[written.month * 3 - 3 : written.month * 3]
    text = f"{written.day} {month} {written.year} {written:%H:%M:%S} {sign}{size // 60:02}{size % 60:02}"
    assert read_date(text.encode()) == (written, None)
    assert read_date(f"Mon, {text} (x)".encode()) == (written, None)
    date, _ = read_date(text.encode())
    assert date is not None
    assert date.astimezone(UTC) == written
