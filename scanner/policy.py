"""What this organisation calls internal, and how many people are many."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum


class Ground(StrEnum):
    """Why a domain or address counts as internal."""

    CONFIGURED = "configured"
    COMMAND_LINE = "command line"
    PROPOSED = "proposed from the mailbox"


@dataclass(frozen=True, slots=True)
class InternalDomain:
    """A domain of ours, with its sub-domains. `since` and `until` are the first and last day on which it was ours."""

    domain: str  # lower case, A-label
    since: date | None = None
    until: date | None = None
    ground: Ground = Ground.CONFIGURED


@dataclass(frozen=True, slots=True)
class Gate:
    """From how many people on something counts. See the README's table of thresholds.

    `candidate`   outsiders visible in one message, from which the message is kept, so that a later change of
                  `exposure` needs no second reading of the mail
    `exposure`    affected people, role accounts not counted, from which a message becomes an incident
    `parties`     different parties that must be among them
    """

    candidate: int = 5
    exposure: int = 10
    parties: int = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a scan calls internal, affiliate and outsider, and its gates.

    `own_addresses` are internal although their domain is not, such as the owner's address at a free-mail provider.
    `affiliates` are domains that are neither strangers nor ours; they are shown, and neither affected nor counted.
    `free_mail_add` and `free_mail_remove` correct the built-in list of free-mail domains.
    """

    internal: tuple[InternalDomain, ...] = ()
    own_addresses: tuple[str, ...] = ()
    affiliates: tuple[str, ...] = ()
    free_mail_add: tuple[str, ...] = ()
    free_mail_remove: tuple[str, ...] = ()
    gate: Gate = field(default_factory=Gate)

    @property
    def knows_us(self) -> bool:
        """Whether anything is internal at all; without it everybody would be an outsider."""
        return bool(self.internal or self.own_addresses)

    @property
    def digest(self) -> str:
        """A short hash of everything above: two runs with the same digest judge alike."""
        text = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
