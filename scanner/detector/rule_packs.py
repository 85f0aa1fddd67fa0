"""The rule packs that come with the package, read from `rules/*.toml`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from scanner.errors import SettingsError
from scanner.rule_pack import Method, RulePack, Weight

_ENDING: Final = ".toml"


def rule_pack_of(name: str, day: date) -> RulePack:
    """The pack of this name; without a name, the newest in force on `day` of those that are taken by default.

    A pack that is named is given whether it is in force or not; its `remarks` say so. Raises SettingsError for a name
    that no pack has, and where no pack is in force on that day.
    """
    packs = rule_packs()
    if name:
        if name not in packs:
            raise SettingsError(f'There is no rule pack "{name}".', f"{_meant(name)}The packs are {', '.join(packs)}.")
        return packs[name]
    open_packs = [pack for pack in packs.values() if pack.by_default and pack.in_force(day)]
    if not open_packs:
        raise SettingsError(f"No rule pack is in force on {day}.", f"Name one of {', '.join(packs)} as `rules`.")
    return max(open_packs, key=lambda pack: (pack.in_force_from or date.min, pack.name))


@cache
def rule_packs() -> Mapping[str, RulePack]:
    """Every pack by its name, in the order of names."""
    tables = dict(sorted(_tables().items()))
    methods = {name: _method(name, table) for name, table in tables.items() if table["kind"] == "method"}
    return {name: _pack(name, table, methods) for name, table in tables.items() if table["kind"] == "law"}


def _tables() -> dict[str, dict[str, Any]]:
    folder = files("scanner.detector") / "rules"
    return {
        file.name.removesuffix(_ENDING): tomllib.loads(file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(_ENDING)
    }


def _pack(name: str, table: Mapping[str, Any], methods: Mapping[str, Method]) -> RulePack:
    return RulePack(
        name=name,
        title=table["title"],
        in_force_from=table.get("in_force_from"),
        until=table.get("until"),
        proposal=table.get("proposal", False),
        by_default=table["by_default"],
        hours=table["hours"],
        threshold=table["threshold"],
        source=table["source"],
        notes=tuple(table["notes"]),
        method=methods[table["method"]],
    )


def _method(name: str, table: Mapping[str, Any]) -> Method:
    contexts: Mapping[str, Mapping[str, Any]] = table["contexts"]
    return Method(
        name=name,
        title=table["title"],
        source=table["source"],
        contact=_weight("", table["contact"]),
        other=_weight("", table["other"]),
        weights=tuple(_weight(context, weight) for context, weight in contexts.items()),
        **{
            key: float(value)
            for part in ("identification", "circumstances", "bands")
            for key, value in table[part].items()
        },
        many=table["flags"]["many"],
    )


def _weight(context: str, table: Mapping[str, Any]) -> Weight:
    return Weight(context, float(table["dpc"]), table.get("assumed", ""))


def _meant(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), rule_packs(), n=1)
    return f'Did you mean "{near[0]}"? ' if near else ""
