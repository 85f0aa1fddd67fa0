"""Who could see whom: the rules that turn an envelope into an exposure."""

from importlib import import_module
from typing import TYPE_CHECKING

from scanner.detector.internal import UNKNOWN_OWNER
from scanner.detector.visible import RULE, Weight, detect, is_candidate, is_ours, judge, weigh

if TYPE_CHECKING:
    from scanner.detector.assembly import Judged
    from scanner.detector.grouping import Grouping, Plan, group
    from scanner.detector.proposal import Proposal, propose_internal

RULES: tuple[str, ...] = (RULE,)
"""The names of all rules that `detect` applies, as they stand in `Exposure.rule`."""

__all__ = [
    "RULES",
    "UNKNOWN_OWNER",
    "Grouping",
    "Judged",
    "Plan",
    "Proposal",
    "Weight",
    "detect",
    "group",
    "is_candidate",
    "is_ours",
    "judge",
    "propose_internal",
    "weigh",
]

_LATER = {
    "Judged": "assembly",
    "Grouping": "grouping",
    "Plan": "grouping",
    "group": "grouping",
    "Proposal": "proposal",
    "propose_internal": "proposal",
}
"""The module of each name that the reading of mail does not need: loaded when the name is asked for."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    return found
