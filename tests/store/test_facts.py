"""Envelopes and policies survive the database exactly."""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.address import Address, Field, Form, Origin, Recipient
from scanner.defect import Defect
from scanner.envelope import Envelope, Locator, Mark, Resent, Unparsed
from scanner.errors import StoreError
from scanner.policy import Gate, Ground, InternalDomain, Policy
from scanner.store.facts import policy_to_text, to_bytes, to_envelope, to_policy, utc

_ANY = st.text(st.characters(exclude_categories=()), max_size=12)  # lone surrogates and NUL too
_ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_MOMENTS = st.datetimes(timezones=_ZONES).map(lambda moment: moment.replace(fold=0))  # fold tells nothing here
_ADDRESSES = st.builds(Address, _ANY, _ANY)
_RECIPIENTS = st.builds(
    Recipient,
    st.none() | _ADDRESSES,
    _ANY,
    st.sampled_from(Field),
    st.sampled_from(Form),
    st.sampled_from(Origin),
    _ANY,
    _ANY,
)
_ENVELOPES = st.builds(
    Envelope,
    locator=st.builds(Locator, _ANY, _ANY, _ANY),
    message_id=st.none() | _ANY,
    in_reply_to=st.lists(_ANY, max_size=2).map(tuple),
    references=st.lists(_ANY, max_size=2).map(tuple),
    date=st.none() | _MOMENTS,
    author=st.none() | _ADDRESSES,
    author_name=_ANY,
    sender=st.none() | _ADDRESSES,
    subject=_ANY,
    recipients=st.lists(_RECIPIENTS, max_size=4).map(tuple),
    digest=_ANY,
    size=st.none() | st.integers(0, 2**63),
    received=st.none() | _MOMENTS,
    resent=st.lists(st.builds(Resent, st.none() | _MOMENTS, st.none() | _ADDRESSES, st.none() | _ANY), max_size=2).map(
        tuple
    ),
    marks=st.frozensets(st.sampled_from(Mark)),
    defects=st.lists(st.sampled_from(Defect), max_size=3).map(tuple),
    unparsed=st.lists(st.builds(Unparsed, st.sampled_from(Field), _ANY), max_size=2).map(tuple),
)


def _plain(subject: str) -> Envelope:
    locator = Locator("archive", "sent.mbox", "0")
    return Envelope(locator, None, (), (), None, None, "", None, subject, (), "00")


@given(_ENVELOPES)
@example(_plain("\ud83d\ude00"))  # two lone surrogates that JSON's own escapes would join to one character
@example(_plain("\x00\x1a\ud800"))
def test_an_envelope_comes_back_as_it_went_in(envelope: Envelope) -> None:
    back = to_envelope(to_bytes(envelope))
    assert back == envelope
    for moment, again in ((envelope.date, back.date), (envelope.received, back.received)):
        assert repr(moment) == repr(again)  # equal moments in different zones are equal, but not the same fact


@given(_ENVELOPES, st.data())
def test_a_record_that_was_changed_is_read_or_told_and_nothing_else(envelope: Envelope, data: st.DataObject) -> None:
    whole = to_bytes(envelope)
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, min(begin + 9, len(whole))))
    with suppress(StoreError):
        to_envelope(whole[:begin] + data.draw(st.binary(max_size=9)) + whole[end:])


@pytest.mark.parametrize(
    "changed", [b"", b"[", b"[2]", b"\xff[", b"[2,null]", b"{}", b"x\x9c", zlib.compress(b"[2"), b"[" * 100_000]
)
def test_a_record_that_is_none_is_called_damaged(changed: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        to_envelope(changed)


def test_equal_envelopes_give_equal_bytes_in_whatever_order_their_marks_were_noted() -> None:
    one, other = (replace(_plain("x"), marks=frozenset(marks)) for marks in (list(Mark), list(Mark)[::-1]))
    assert to_bytes(one) == to_bytes(other)


def test_the_first_format_is_still_read() -> None:
    people = [["ann", None], ["a.test", None], ["Ann", ""], ["To", "Cc"], {"1": ["name", "address", "", "Bo"]}]
    facts = [1, ["a", "f", "k"], None, [], [], None, None, "", None, "", people, "00", 1, None, [], [], [], []]
    read = to_envelope(zlib.compress(json.dumps(facts).encode()))
    assert read.recipients == (
        Recipient(Address("ann", "a.test"), "Ann", Field.TO),
        Recipient(None, "", Field.CC, form=Form.NAME, text="Bo"),
    )


_DAYS = st.none() | st.dates()
_POLICIES = st.builds(
    Policy,
    internal=st.lists(st.builds(InternalDomain, _ANY, _DAYS, _DAYS, st.sampled_from(Ground)), max_size=3).map(tuple),
    own_addresses=st.lists(_ANY, max_size=2).map(tuple),
    affiliates=st.lists(_ANY, max_size=2).map(tuple),
    free_mail_add=st.lists(_ANY, max_size=2).map(tuple),
    free_mail_remove=st.lists(_ANY, max_size=2).map(tuple),
    gate=st.builds(Gate, st.integers(), st.integers(), st.integers()),
)


@given(_POLICIES)
@example(Policy(own_addresses=("\ud83d\ude00",)))
@example(Policy((InternalDomain("corp.example", date(2019, 1, 1), None, Ground.PROPOSED),)))
def test_a_policy_comes_back_as_it_went_in(policy: Policy) -> None:
    back = to_policy(policy_to_text(policy))
    assert back == policy
    assert back.digest == policy.digest


@given(_MOMENTS)
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=1))))
@example(datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))))
def test_every_moment_has_one_in_utc(moment: datetime) -> None:
    assert utc(moment).tzinfo is UTC
    assert abs(utc(moment) - moment) <= timedelta(days=1)
