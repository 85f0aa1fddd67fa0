"""The shape of a manifest: whether what is looked up in it when a case is verified is there, and of the right kind.

A seal says that a manifest is as its writer left it; it does not say that the writer was this program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_Test = Callable[[Any], bool]
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_HEXADECIMAL: Final = re.compile(r"(?:[0-9a-f]{2})+")


def has_shape(facts: Mapping[str, Any]) -> bool:
    """Whether `scanner.proof.check` and `reports.workbook_check` can read these facts without a surprise."""
    return _MANIFEST(facts) and _each(_OF_FILE)(facts.get("found", [])) and _or_none(_text)(facts.get("note"))


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _path(value: Any) -> bool:
    return isinstance(value, str) and value != "" and "\0" not in value


def _digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _row(value: Any) -> bool:
    return isinstance(value, str) and _HEXADECIMAL.fullmatch(value) is not None


def _each(test: _Test) -> _Test:
    return lambda value: isinstance(value, list) and all(map(test, value))


def _or_none(test: _Test) -> _Test:
    return lambda value: value is None or test(value)


def _with(**tests: _Test) -> _Test:
    return lambda value: (
        isinstance(value, Mapping) and all(name in value and test(value[name]) for name, test in tests.items())
    )


def _output(value: Any) -> bool:
    if not _OF_FILE(value):
        return False
    return _WORKBOOK(value) if "sheets" in value or "rows" in value else True


_FILE_TESTS: Final[Mapping[str, _Test]] = {"path": _path, "size": _count, "sha256": _digest}
_OF_FILE: Final = _with(**_FILE_TESTS)
_TABLE: Final = _with(
    name=_text, columns=_each(_text), human=_each(_text), rows=_count, digest=_text, cells=_count, answers=_text
)
_SHEET: Final = _with(title=_text, prose=_each(_row), tables=_each(_TABLE))
_WORKBOOK: Final = _with(sheets=_each(_SHEET), rows=_OF_FILE)
_MANIFEST: Final = _with(
    kind=_text,
    run=_count,
    outputs=_each(_output),
    removed=_each(_path),
    database=_or_none(_OF_FILE),
    signer=_or_none(_text),
)
