"""One message that showed outsiders to one another, and each person it showed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner.address import Field
from scanner.envelope import Envelope


class Standing(StrEnum):
    """On which side of the organisation's border an address lies."""

    INTERNAL = "internal"
    AFFILIATE = "affiliate"
    OUTSIDER = "outsider"


class Identifiable(StrEnum):
    """Whether the entry names a person: both names (clear), one of them (part), or neither (no)."""

    CLEAR = "clear"
    PART = "part"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Affected:
    """One outsider whose address was shown to somebody outside their own party.

    `address` is canonical; None for a person shown by name only, whose address is unknown. `names` are all display
    names shown. `party` is a company domain, or the address itself where each person is a party of their own.
    `seen_by_outsiders`, `seen_by_insiders`, `seen_by_hidden` count the other people who could read it; the sender is
    not counted, and neither are colleagues of the same party. `first` and `last` are when the address was shown, over
    `times` messages; `known_to` is how many of the other affected people had seen it before, in mail that others wrote.
    """

    address: str | None
    names: tuple[str, ...]
    fields: tuple[Field, ...]
    party: str
    free_mail: bool
    role: bool
    identifiable: Identifiable
    seen_by_outsiders: int
    seen_by_insiders: int
    seen_by_hidden: int
    first: datetime | None = None
    last: datetime | None = None
    times: int = 1
    known_to: int = 0

    @property
    def key(self) -> str:
        """What this person is counted by: the address, or the name where no address is known."""
        return self.address if self.address is not None else f"name:{self.party}"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who could read the list: To, Cc, Bcc and internal people too. `field` is where they stand themselves."""

    address: str
    name: str
    field: Field
    standing: Standing


@dataclass(frozen=True, slots=True)
class Exposure:
    """One message that showed outsiders to one another: a technical fact.

    `rule` names the rule that found it. `message` is the key that all copies of the message share (`scanner.identity`).
    `reasons` are sentences that a lawyer can read. `counted` is how many of the affected the gate counts (people, not
    role accounts); `reaches_gate` is whether they are enough for an incident under the policy it was judged by.
    """

    rule: str
    message: str
    envelope: Envelope
    affected: tuple[Affected, ...]
    viewers: tuple[Viewer, ...]
    parties: int
    counted: int
    reaches_gate: bool
    reasons: tuple[str, ...]
