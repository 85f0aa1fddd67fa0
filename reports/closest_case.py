"""Which published example of the European Data Protection Board is closest by its facts, and how this case differs."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reports.incident_words import DECIDES_NOTHING


@dataclass(frozen=True, slots=True)
class Example:
    """A published example: where it stands, what happened, and the conditions under which it is the closest.

    `most_people` is None where any number will do, `sensitive` where it does not matter. `identifiable` asks for at
    least one person who can be told by name.
    """

    name: str
    about: str
    most_people: int | None = None
    sensitive: bool | None = None
    identifiable: bool = False

    def fits(self, people: int, identifiable: int, *, sensitive: bool) -> bool:
        """Whether the conditions hold for so many people."""
        if self.most_people is not None and people > self.most_people:
            return False
        if self.sensitive is not None and sensitive is not self.sensitive:
            return False
        return identifiable > 0 or not self.identifiable


@cache
def examples() -> tuple[Example, ...]:
    """All examples, in the order in which they are tried."""
    table = tomllib.loads((files("reports") / "closest_cases.toml").read_text("utf-8"))
    return tuple(Example(**each) for each in table["example"])


def closest(people: int, identifiable: int, *, sensitive: bool) -> Example:
    """The example that is closest for so many people, of whom so many are told by name. It decides nothing."""
    return next(example for example in examples() if example.fits(people, identifiable, sensitive=sensitive))


def difference(example: Example, people: int, identifiable: int, viewers: int, contexts: Sequence[str]) -> str:
    """What happened there, what happened here, and that it decides nothing; a sentence a line."""
    who = "1 person was" if people == 1 else f"{people:,} people were"
    tells = f"The subject tells of {', '.join(contexts)}." if contexts else "No word of a sensitive subject was found."
    return "\n".join(
        (
            f"There: {example.about}.",
            f"Here: {who} shown in address fields, {identifiable:,} of them with a name; {viewers:,} could read them.",
            tells,
            f"See the guidelines for the outcome. {DECIDES_NOTHING}",
        )
    )
