"""Lines for cron, read as cron and the shell read them."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import SettingsError
from scanner.schedule import System, plan_of
from scanner.schedule.cron import block, moments, with_block, without_block
from scanner.unattended import Cadence, Every, Weekday
from tests.schedule.jobs import ODD_NAMES, PLAIN, odd

FIELD = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}


def command_of(line: str) -> tuple[list[str], str]:
    """The five fields, and what cron hands to the shell: up to the first % that no backslash guards (crontab(5))."""
    *fields, rest = line.split(" ", 5)
    given, guarded = "", False
    for letter in rest:
        if letter == "%" and not guarded:
            break
        given = given[:-1] + letter if guarded and letter == "%" else given + letter
        guarded = letter == "\\" and not guarded
    return fields, given


def job_line(text: str) -> str:
    (line,) = [line for line in text.splitlines() if not line.startswith("#")]
    return line


@pytest.mark.parametrize("name", ["plain", *ODD_NAMES])
def test_the_shell_gets_every_word_as_it_is(name: str) -> None:
    _, shell = command_of(job_line(block(odd(name))))
    words = shlex.split(shell)
    assert words[:2] == ["cd", str(odd(name).folder)]
    assert tuple(words[words.index("exec") + 1 :]) == odd(name).command


@pytest.mark.parametrize(
    ("cadence", "fields"),
    [
        (Cadence(), "0 6 * * 1"),
        (Cadence(weekday=Weekday.SUNDAY, at=time(23, 5)), "5 23 * * 0"),
        (Cadence(weekday=Weekday.SATURDAY), "0 6 * * 6"),
        (Cadence(Every.DAY, at=time(0, 0)), "0 0 * * *"),
        (Cadence(Every.MONTH, day=28), "0 6 28 * *"),
    ],
)
def test_the_moments_stand_in_their_fields(cadence: Cadence, fields: str) -> None:
    assert moments(cadence) == fields
    for word, (least, most) in zip(fields.split(), FIELD.values(), strict=True):
        assert word == "*" or least <= int(word) <= most


@pytest.mark.parametrize("name", ["a\\b", "a\nb"])
def test_a_name_that_crons_read_differently_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="a crontab cannot carry"):
        plan_of(replace(PLAIN, folder=Path("/srv") / name), System.CRON, tmp_path)


TABLES = st.lists(st.sampled_from(["# mine", "5 4 * * * true", "", "MAILTO=x", "# BEGIN other", "# END other"])).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(TABLES, st.booleans())
def test_every_other_line_of_the_table_stays(table: str, ends: bool) -> None:
    table = table if ends else table.rstrip("\n")
    lines = block(PLAIN)
    once = with_block(table, PLAIN.name, lines)
    assert with_block(once, PLAIN.name, lines) == once
    rest, taken = without_block(once, PLAIN.name)
    assert taken == lines
    assert rest == (table if not table or table.endswith("\n") else table + "\n")
    assert without_block(rest, PLAIN.name) == (rest, "")


def test_lines_whose_end_is_gone_are_left_alone() -> None:
    broken = "# BEGIN missedbcc-1a2b3c4d\n0 6 * * 1 x\n5 4 * * * mine\n"
    assert without_block(broken, "missedbcc-1a2b3c4d") == (broken, "")
