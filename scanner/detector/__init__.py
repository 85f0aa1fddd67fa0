"""Who could see whom: the rules that turn an envelope into an exposure."""

from scanner.detector.assembly import Judged
from scanner.detector.grouping import Grouping, Plan, group
from scanner.detector.proposal import UNKNOWN_OWNER, Proposal, propose_internal
from scanner.detector.visible import RULE, Weight, detect, is_candidate, is_ours, judge, weigh

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
