"""One thing that `missedbcc check` looked at, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from scanner.cli.exits import Exit
from scanner.cli.output import JsonValue, Output, printable


class Level(StrEnum):
    """How a finding bears on a scan."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. `hint` is the fix; `lines` are details; `code` is what a scan would end with because of it."""

    level: Level
    subject: str
    sentence: str
    hint: str = ""
    facts: dict[str, JsonValue] = field(default_factory=dict)
    code: Exit = Exit.CLEAN
    lines: tuple[str, ...] = ()

    def show(self, output: Output) -> None:
        """For people a line each; for programs one object."""
        output.data(printable(f"{self.level:8} {self.subject}: {self.sentence}"))
        for line in (*self.lines, self.hint):
            if line:
                output.data(printable(f"{'':8} {line}"))
        fields: dict[str, JsonValue] = {
            "level": str(self.level),
            "subject": self.subject,
            "sentence": self.sentence,
            "hint": self.hint,
        }
        output.object("check", fields | self.facts)
