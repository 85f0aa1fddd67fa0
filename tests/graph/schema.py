"""Microsoft's own schema of the part of Graph that the fake plays, and whether an answer is as it says.

`graph-mail-slice.csdl` is cut from microsoftgraph/msgraph-metadata (MIT: `LICENSE-msgraph-metadata`).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # the file is our own
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("graph-mail-slice.csdl")
_NS = "{http://docs.oasis-open.org/odata/ns/edm}"
_PLAIN: dict[str, Any] = {
    "Edm.String": str,
    "Edm.Boolean": bool,
    "Edm.Int32": int,
    "Edm.Int64": int,
    "Edm.Guid": str,
    "Edm.Binary": str,
    "Edm.Date": str,
    "Edm.Duration": str,
}


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")


class Schema:
    """The types, by their names without namespace."""

    def __init__(self) -> None:
        root = ET.parse(_FILE).getroot()  # noqa: S314 - the file is our own
        self._types = {
            str(one.get("Name")): one for kind in ("EntityType", "ComplexType") for one in root.iter(f"{_NS}{kind}")
        }
        self._enums = {
            str(one.get("Name")): {str(member.get("Name")).casefold() for member in one.iter(f"{_NS}Member")}
            for one in root.iter(f"{_NS}EnumType")
        }

    def properties(self, name: str) -> dict[str, ET.Element]:
        """All properties of a type, inherited ones too."""
        kind = self._types[name]
        base = kind.get("BaseType")
        found = self.properties(_bare(base)) if base else {}
        own = [*kind.findall(f"{_NS}Property"), *kind.findall(f"{_NS}NavigationProperty")]
        return found | {str(one.get("Name")): one for one in own}

    def mistakes(self, name: str, value: dict[str, Any], at: str = "") -> Iterator[str]:
        """What is wrong with a value of a type; annotations (`@odata...`) are not looked at."""
        derived = _bare(str(value.get("@odata.type", "")))
        known = self.properties(derived if derived in self._types else name)  # the slice leaves meetings out
        for key, held in value.items():
            if "@" in key:
                continue
            if key not in known:
                yield f"{at}{name} has no {key}"
                continue
            kind = str(known[key].get("Type"))
            nullable = known[key].get("Nullable") != "false"
            many = re.fullmatch(r"Collection\((.*)\)", kind)
            if many is None:
                yield from self._one(kind, held, f"{at}{key}", nullable=nullable)
            elif not isinstance(held, list):
                yield f"{at}{key} is no list"
            else:
                for one in held:
                    yield from self._one(many[1], one, f"{at}{key}", nullable=nullable)

    def _one(self, kind: str, held: Any, at: str, *, nullable: bool) -> Iterator[str]:
        if held is None:
            if not nullable:
                yield f"{at} is null"
        elif kind == "Edm.DateTimeOffset":
            if not (isinstance(held, str) and _MOMENT.fullmatch(held)):
                yield f"{at} is no time in UTC: {held!r}"
        elif kind in _PLAIN:
            if not isinstance(held, _PLAIN[kind]) or (_PLAIN[kind] is int and isinstance(held, bool)):
                yield f"{at} is no {kind}: {held!r}"
        elif _bare(kind) in self._enums:
            if str(held).casefold() not in self._enums[_bare(kind)]:
                yield f"{at} is none of {_bare(kind)}: {held!r}"
        elif isinstance(held, dict):
            yield from self.mistakes(_bare(kind), held, f"{at}/")
        else:
            yield f"{at} is no {kind}: {held!r}"


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
