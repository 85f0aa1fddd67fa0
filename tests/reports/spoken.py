"""What a module can say: its pieces of text as they stand in the code, with gaps where something is put in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GAP: Final = "\x00"
"""Where the code puts something in."""

_WORD: Final = re.compile(r"[A-Za-z]{2}")
_LOOKED_FOR: Final = frozenset(
    ("startswith", "endswith", "partition", "rpartition", "removeprefix", "removesuffix", "replace", "split", "rsplit")
)
_CLEANED: Final = frozenset(("strip", "lstrip", "rstrip", "encode", "compile", "search", "match", "sub"))
_LOGGED: Final = frozenset(("debug", "info", "warning", "error"))
"""Functions and methods whose texts are looked for in others, or are for a log."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text of the code. `gaps` are the expressions that fill it, in their order; `text` has a GAP for each."""

    path: Path
    line: int
    text: str
    gaps: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = self.text
        for gap in self.gaps:
            text = text.replace(GAP, "{" + gap + "}", 1)
        return f"{self.path.name}:{self.line}: {text}"


def spoken_in(path: Path) -> list[Spoken]:
    """The texts of a module that have several words; no docstrings, patterns, lines of a log, comparisons."""
    collector = _Collector(path)
    collector.visit(ast.parse(path.read_text("utf-8")))
    return collector.found


def calls(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """The last part of the name of each function that a module calls, and the names of the arguments given by name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield _name_of(node.func), frozenset(keyword.arg for keyword in node.keywords if keyword.arg)


def subclasses_of(names: set[str], paths: list[Path]) -> set[str]:
    """These classes and all that the modules derive from them."""
    bases = {
        node.name: {_name_of(base) for base in node.bases}
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    known = set(names)
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    return known


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class _Collector(ast.NodeVisitor):
    def __init__(self, path: Path) -> None:
        self._path = path
        self.found: list[Spoken] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """What is compared is not said."""

    def visit_Call(self, node: ast.Call) -> None:
        if _name_of(node.func) not in _LOOKED_FOR | _CLEANED | _LOGGED:
            self.generic_visit(node)
        else:
            self.visit(node.func)  # as in f"{one} {other}".strip()

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            count = node.value.count("{}")
            self._keep(node, node.value.replace("{}", GAP), ("",) * count)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._keep(node, *_joined(node))
        self._within(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Add) and _is_text(node):
            self._keep(node, *_joined(node))
            self._within(node)
        else:
            self.generic_visit(node)

    def _within(self, node: ast.expr) -> None:
        """What fills the gaps of a text may have texts itself."""
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    self.visit(part.value)
        elif isinstance(node, ast.BinOp):
            self._within(node.left)
            self._within(node.right)
        elif not isinstance(node, ast.Constant):
            self.visit(node)

    def _keep(self, node: ast.expr, text: str, gaps: tuple[str, ...]) -> None:
        if _WORD.search(text) and len(text.split()) > 1:
            self.found.append(Spoken(self._path, node.lineno, text, gaps))


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _joined(node: ast.expr) -> tuple[str, tuple[str, ...]]:
    """The text of an expression that puts texts together, and what fills its gaps."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value, ()
    if isinstance(node, ast.JoinedStr):
        parts = [_joined(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values]
        # What is put in is a gap even where it is a text itself, as a number in its format is.
        told = [
            (GAP, (ast.unparse(part.value),)) if isinstance(part, ast.FormattedValue) else known
            for part, known in zip(node.values, parts, strict=True)
        ]
        return "".join(text for text, _ in told), tuple(gap for _, gaps in told for gap in gaps)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        (left, before), (right, after) = _joined(node.left), _joined(node.right)
        return left + right, before + after
    return GAP, (ast.unparse(node),)
