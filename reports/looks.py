"""Which words of a cell make it stand out, whoever types them."""

from __future__ import annotations

from typing import Final

from reports.layout import Style
from reports.register_words import DOUBTED, PASSED
from scanner.decision import Novelty, Status
from scanner.incident import Band

BANDS: Final = {
    str(Band.VERY_HIGH): Style.ALERT,
    str(Band.HIGH): Style.ALERT,
    str(Band.LOW): Style.GOOD,
}
STATUS: Final = {
    str(Status.OPEN): Style.ALERT,
    str(Status.CLOSED): Style.GOOD,
    str(Status.FALSE_ALARM): Style.GOOD,
}
NEWS: Final = {
    str(Novelty.NEW): Style.ALERT,
    str(Novelty.CHANGED): Style.ALERT,
    str(Novelty.REOPENED): Style.ALERT,
}
COVERAGE: Final = {
    "complete": Style.GOOD,
    "incomplete": Style.ALERT,
    "not read": Style.ALERT,
}
DEADLINE: Final = {PASSED: Style.ALERT, DOUBTED: Style.ALERT}
CONFIDENCE: Final = {"likely": Style.GOOD}
DELIVERED: Final = {"no": Style.ALERT, "not known": Style.TEXT}
