"""Who could see whom: the rules that turn an envelope into an exposure."""

from scanner.detector.grouping import group
from scanner.detector.proposal import Proposal, propose_internal
from scanner.detector.visible import RULE, detect, is_candidate

RULES: tuple[str, ...] = (RULE,)
"""The names of all rules that `detect` applies, as they stand in `Exposure.rule`."""

__all__ = ["RULES", "Proposal", "detect", "group", "is_candidate", "propose_internal"]
