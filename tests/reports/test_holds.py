"""Each column and line says whether it may tell of somebody: what came from mail stands nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

import pytest

from reports import SHEETS
from reports.layout import Holds, Line, Prose, Table, Value
from scanner.decision import Kind
from scanner.policy import Allowed
from tests.reports import example, tables

CASE = replace(
    example.full_case(),
    policy=replace(
        example.policy(),
        allowed=(Allowed("Agreed", "Tom Doe", example.MAILING.date(), author="@corp.example"),),
    ),
)
FOREIGN = (
    "@",
    "example.com",
    ".example",
    "First",
    "Last",
    "Press lunch",
    "treatment dates",
    "Your ",
    "Tom Doe",
    "MARKER",
)


def foreign(value: Value) -> bool:
    return isinstance(value, str) and any(word in value for word in FOREIGN)


def blocks(module: str) -> Iterator[Prose | Table]:
    yield from import_module(f"reports.sheets.{module}").sheet(CASE, tables.findings(CASE)).blocks


@pytest.mark.parametrize("module", SHEETS)
def test_facts_and_our_own_words_tell_of_nobody(module: str) -> None:
    compared = 0
    for block in blocks(module):
        if isinstance(block, Table):
            ours = [i for i, column in enumerate(block.columns) if column.holds not in (Holds.PERSONAL, Holds.QUOTED)]
            compared += _tell_nothing([line.values[i] for i in ours] for line in block.lines)
        else:
            compared += _tell_nothing(_own(line) for line in block.lines)
    assert compared


OF_OURSELVES = ("Internal domains", "Own addresses", "Allowlist")
"""Labels of lines that name our own domains in sentences of ours; a redacted edition scrubs them."""


def _own(line: Line) -> list[Value]:
    if line.values and line.values[0] in OF_OURSELVES:
        return [line.values[0]]
    return [value for i, value in enumerate(line.values) if i not in line.personal]


OUR_EXAMPLES = ("mail.handset.example", "info@ or sales@", "header", "“First", "First sent", "First shown", "Last s")


def _tell_nothing(rows: Iterator[list[Value]]) -> int:
    compared = 0
    for row in rows:
        for value in row:
            text = str(value)
            for said in OUR_EXAMPLES:
                text = text.replace(said, "")
            assert not foreign(text), value
            compared += 1
    return compared


@pytest.mark.parametrize("module", SHEETS)
def test_texts_of_columns_of_facts_are_ids_and_numbers(module: str) -> None:
    """A text that is translated stands in a column of our words: of facts no text has two words."""
    for block in blocks(module):
        if not isinstance(block, Table):
            continue
        facts = [i for i, column in enumerate(block.columns) if column.holds is Holds.FACT]
        for line in block.lines:
            for i in facts:
                value = line.values[i]
                assert not isinstance(value, str) or " " not in value.replace(", ", ","), value


def test_every_human_column_says_what_it_asks_for() -> None:
    for module in SHEETS:
        for block in blocks(module):
            for column in block.columns if isinstance(block, Table) else ():
                if column.question is not None:
                    assert column.prompt.endswith(".")
                    assert bool(column.choices) is (column.question.kind is Kind.CHOICE)
                    assert column.title.startswith("For legal: ")
