"""What came of many faults of one kind: cases, and what was lost, doubled, unclear or changed in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

_WORDS = re.compile(r"[A-Z].{15,400}", re.DOTALL)
_CODE = re.compile(r"Traceback|_ssl\.c|Error\(|Exception|\bNone\b|0x[0-9a-f]{6}")
_HEAD = ("fault", "cases", "lost", "doubled", "unclear", "mailbox changed", "also")


@dataclass
class Figure:
    """One line of the table. `lost` and `doubled` count messages, `unclear` sentences, `changed` mailboxes."""

    fault: str
    cases: int = 0
    lost: int = 0
    doubled: int = 0
    unclear: int = 0
    changed: int | None = 0  # None where there is no server whose state could be compared
    also: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def row(self) -> str:
        """The figure as a row of the table."""
        changed = "" if self.changed is None else self.changed
        return row(self.fault, self.cases, self.lost, self.doubled, self.unclear, changed, self.also)

    @property
    def good(self) -> bool:
        """Whether there were cases, and nothing was wrong in any."""
        return self.cases > 0 and not (self.lost or self.doubled or self.unclear or self.changed or self.wrong)

    def compare(self, truth: Iterable[str], found: Iterable[str], case: object) -> None:
        """Count what is in the one and not in the other, and what was found more than once."""
        counted, wanted = Counter(found), set(truth)
        if not wanted:
            self.wrong.append(f"{case}: there was nothing to find, so nothing was compared")
        lost = len(wanted - set(counted))
        doubled = sum(times - 1 for times in counted.values()) + len(set(counted) - wanted)
        self.lost += lost
        self.doubled += doubled
        if lost or doubled:
            self.wrong.append(f"{case}: {lost} lost, {doubled} doubled")

    def hear(self, sentence: str, case: object) -> None:
        """A sentence that a person is told: it must be one, and not the inside of a program."""
        if _WORDS.match(sentence) is None or _CODE.search(sentence):
            self.unclear += 1
            self.wrong.append(f"{case}: {sentence!r}")


def row(*cells: object) -> str:
    """One row of the table."""
    return f"| {' | '.join(map(str, cells))} |\n"


HEAD = row(*_HEAD) + row(*("---" for _ in _HEAD))
"""What stands above the first row."""
