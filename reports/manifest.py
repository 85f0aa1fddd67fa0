"""What a workbook says apart from the cells that people fill, as digests; and how another state of it differs.

While a workbook is written, a `Ledger` listens. A manifest keeps what it heard as `SheetFacts`, and beside it a file
with the digest of each row, so that later the number of rows that differ can be told. The order of rows and columns,
widths, colours, links and charts do not count here: the digest of the whole file is for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reports.layout import Column, Line, Prose, Sheet, Style, Table, Value
from reports.row_digests import SIZE, Digests, ranks, row_digest, tokens_of

Facts = dict[str, Any]
"""What a manifest keeps of one sheet, as JSON: title, prose (digests of rows), and its tables: name, columns (titles),
human (titles of those that people fill), rows and cells (numbers), digest and answers (SHA-256)."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """One table: the digests of its rows without human cells, and those of its human cells that are not empty."""

    name: str
    columns: tuple[str, ...]
    human: frozenset[str]
    rows: Digests
    cells: Digests


class Ledger:
    """Listens while sheets are written. `octets` and `facts` are to be asked for afterwards."""

    def __init__(self) -> None:
        self._sheets: list[tuple[str, list[bytes], list[TableRows]]] = []

    def listening(self, sheet: Sheet) -> Sheet:
        """The same sheet; as its lines are taken, they are noted."""
        prose: list[bytes] = []
        tables: list[TableRows] = []
        self._sheets.append((sheet.title, prose, tables))
        blocks: list[Prose | Table] = []
        for block in sheet.blocks:
            if isinstance(block, Prose):
                blocks.append(replace(block, lines=_noted_prose(block.lines, prose)))
            else:
                titles = tuple(column.title for column in block.columns)
                human = frozenset(column.title for column in block.columns if is_human(column))
                table = TableRows(block.name, titles, human, Digests(), Digests())
                tables.append(table)
                blocks.append(replace(block, lines=_noted_rows(block, table)))
        return replace(sheet, blocks=tuple(blocks))

    def facts(self) -> list[Facts]:
        """For the manifest."""
        return [
            {
                "title": title,
                "prose": sorted(digest.hex() for digest in prose),
                "tables": [
                    {
                        "name": table.name,
                        "columns": list(table.columns),
                        "human": [column for column in table.columns if column in table.human],
                        "rows": len(table.rows),
                        "digest": table.rows.hexdigest(),
                        "cells": len(table.cells),
                        "answers": table.cells.hexdigest(),
                    }
                    for table in tables
                ],
            }
            for title, prose, tables in self._sheets
        ]

    def octets(self) -> Iterator[bytes]:
        """For the file beside the manifest: of each table in turn its rows, then its human cells."""
        for _, _, tables in self._sheets:
            for table in tables:
                yield from table.rows.octets()
                yield from table.cells.octets()


def is_human(column: Column) -> bool:
    """Whether people fill it."""
    return column.question is not None or column.style is Style.HUMAN


def prose_digest(tokens: Iterable[str]) -> bytes:
    """Of a row that stands in no table: its cells from left to right, wherever they stand."""
    return row_digest(enumerate(token for token in tokens if token))


def row_noter(table: TableRows, titles: Sequence[str | None]) -> Callable[[Sequence[str]], None]:
    """Notes a row of the table, given as tokens, where the columns stand in the order of `titles`.

    A title that the table does not have, or None, is a column that somebody added: its cells count as human.
    """
    rank = dict(zip(table.columns, ranks(table.columns), strict=True))
    known = {title: at for at, title in enumerate(titles) if title in rank}
    facts = [(rank[t], at) for t, at in sorted(known.items(), key=lambda one: rank[one[0]]) if t not in table.human]
    human = [(rank[t], at) for t, at in known.items() if t in table.human]
    human += [(len(rank) + at, at) for at, title in enumerate(titles) if at not in known.values()]
    add_row, add_cell = table.rows.add, table.cells.add

    def note(tokens: Sequence[str]) -> None:
        if not any(tokens):
            return  # whoever reads the sheet cannot know that there is a row
        digest = row_digest([(number, tokens[at]) for number, at in facts])
        add_row(digest)
        for number, at in human:
            if tokens[at]:
                add_cell(_cell_digest(digest, number, tokens[at]))
        for at in range(len(titles), len(tokens)):  # typed beside the table
            if tokens[at]:
                add_cell(_cell_digest(digest, len(rank) + at, tokens[at]))

    return note


def _cell_digest(row: bytes, number: int, token: str) -> bytes:
    """Half of it tells which cell of which row, the other half what stands there."""
    half = SIZE // 2
    return row_digest([(number, row.hex())])[:half] + row_digest([(0, token)])[:half]


def cells_changed(before: Digests, after: Digests) -> int:
    """How many human cells hold something else than they did."""
    half = SIZE // 2
    mine, theirs = Counter(_each(before)), Counter(_each(after))
    gone, new = Counter[bytes](), Counter[bytes]()
    for digest, count in (mine - theirs).items():
        gone[digest[:half]] += count
    for digest, count in (theirs - mine).items():
        new[digest[:half]] += count
    return (gone | new).total()


def _each(digests: Digests) -> Iterator[bytes]:
    for piece in digests.octets():
        yield from (piece[at : at + SIZE] for at in range(0, len(piece), SIZE))


def kept_tables(facts: Mapping[str, Any], octets: Callable[[int], bytes]) -> Iterator[TableRows]:
    """The tables of a sheet as a manifest keeps them; `octets` gives the next ones of the file beside it.

    Raises ValueError where that file does not hold what the manifest says.
    """
    for table in facts["tables"]:
        rows, cells = (Digests(octets(table[number] * SIZE)) for number in ("rows", "cells"))
        if rows.hexdigest() != table["digest"] or cells.hexdigest() != table["answers"]:
            raise ValueError("the digests of the rows are not those of the manifest")
        yield TableRows(table["name"], tuple(table["columns"]), frozenset(table["human"]), rows, cells)


def _noted_prose(lines: Iterable[Line], prose: list[bytes]) -> Iterator[Line]:
    for line in lines:
        tokens = tokens_of(line.values)
        if any(tokens):
            prose.append(prose_digest(tokens))
        yield line


def _noted_rows(block: Table, table: TableRows) -> Iterator[Line]:
    note = row_noter(table, table.columns)
    width = len(table.columns)
    none = True
    for line in block.lines:
        none = False
        note(_tokens(line.values, width))
        yield line
    if none:  # the writer says so in a row of its own
        note(_tokens((block.empty,), width))


def _tokens(values: Sequence[Value], width: int) -> list[str]:
    tokens = tokens_of(values)
    return tokens + [""] * (width - len(tokens)) if len(tokens) < width else tokens
