"""Who could see whom: the rules that turn an envelope into an exposure."""

from scanner.detector.grouping import group
from scanner.detector.proposal import UNKNOWN_OWNER, Proposal, propose_internal
from scanner.detector.visible import RULE, Weight, detect, is_candidate, weigh

RULES: tuple[str, ...] = (RULE,)
"""The names of all rules that `detect` applies, as they stand in `Exposure.rule`."""

__all__ = [
    "RULES",
    "UNKNOWN_OWNER",
    "Proposal",
    "Weight",
    "detect",
    "group",
    "is_candidate",
    "propose_internal",
    "weigh",
]
