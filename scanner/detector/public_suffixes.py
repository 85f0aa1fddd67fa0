"""The public suffix list, read as far as it is needed: the rules of one top-level domain at a time."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

_REGISTRIES_BEGIN = "// ===BEGIN ICANN DOMAINS==="
_REGISTRIES_END = "// ===END ICANN DOMAINS==="


def suffixes(top: str) -> Any:
    """The rules for what lies below a top-level domain (an A-label), as a PublicSuffixList.

    Each rule ends with its own top-level domain, so that the other rules never fit. To make the whole list ready took
    longer than to read a small archive.
    """
    return _below(top, registries_alone=False)


def registries(top: str) -> Any:
    """The same without the rules of hosting services."""
    return _below(top, registries_alone=True)


def _below(top: str, *, registries_alone: bool) -> Any:
    # What mail calls a top-level domain may be anything: all that have no rules share one list without any.
    return _made_of(top if top in _rules()[registries_alone] else "", registries_alone=registries_alone)


@cache
def _made_of(top: str, *, registries_alone: bool) -> Any:
    rules = _rules()[registries_alone].get(top, [])
    return import_module("publicsuffixlist").PublicSuffixList(rules, accept_encoded_idn=False)


@cache
def _rules() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """All rules, and those of registries, by top-level domain: as they are written, and with A-labels."""
    every: defaultdict[str, list[str]] = defaultdict(list)
    theirs: defaultdict[str, list[str]] = defaultdict(list)
    of_registries = False
    for line in Path(import_module("publicsuffixlist").PSLFILE).read_text("utf-8").split("\n"):
        if line.startswith("//") or not line:
            of_registries = (of_registries or line == _REGISTRIES_BEGIN) and line != _REGISTRIES_END
            continue
        written = line.split(" ", 1)[0].rstrip().lower()
        for rule in (written,) if written.isascii() else (written, _with_a_labels(written)):
            top = rule[rule.rfind(".") + 1 :]
            every[top].append(rule)
            if of_registries:
                theirs[top].append(rule)
    return every, theirs


def _with_a_labels(rule: str) -> str:
    exception = "!" if rule.startswith("!") else ""
    return exception + rule.removeprefix("!").encode("idna").decode("ascii")
