"""Exposures that have one cause and one audience, the people they concern, and what is to be thought of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scanner.envelope import Locator
from scanner.exposure import Affected, Exposure, Viewer


class Class(StrEnum):
    """What an incident is, as far as the mail tells. Every class is kept and can be shown; the first is reported."""

    PROBABLE = "probable exposure"
    STANDING_GROUP = "standing group"
    INHERITED = "reply to an inherited list"
    PERSONAL = "personal circle"
    FEW_PARTIES = "few parties"
    SERIES = "running series"
    ONE_ORGANISATION = "one organisation"
    ROLES = "role addresses"
    ALLOWED = "allowed"
    HIDDEN = "hidden properly"
    NOT_OURS = "not sent by us"
    BELOW_GATE = "below the gate"


class Role(StrEnum):
    """What a message is within its incident."""

    ORIGINAL = "original"
    BATCH = "batch"  # the same mailing to other people
    RECALL = "recall"
    CORRECTION = "correction"  # the same mailing again, to people who had it
    APOLOGY = "apology"
    RE_EXPOSURE = "re-exposure"  # the list shown once more, by us, in another message
    REPLY = "reply"  # an answer to the list, by us or by somebody who had it
    BOUNCE = "bounce"
    HIDDEN_TWIN = "hidden twin"  # the same audience in Bcc: the sender knew how


class Band(StrEnum):
    """The four bands of the ENISA method."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very high"


@dataclass(frozen=True, slots=True)
class Point:
    """One term of the order within a class: how much, and the sentence that says why."""

    value: int
    reason: str


@dataclass(frozen=True, slots=True)
class Severity:
    """The ENISA computation `dpc` x `ei` + `cb` (2013), with what it rests on. It informs; it decides nothing.

    `dpc` is the data processing context (1 to 4), `ei` the ease of identification (0.25 to 1), `cb` the circumstances.
    `inputs` say where each factor comes from, `assumed` what nobody could know from the mail, `near_edge` which other
    band a small change would give (None further than 0.25 from an edge).
    """

    dpc: float
    ei: float
    cb: float
    score: float
    band: Band
    inputs: tuple[str, ...]
    assumed: tuple[str, ...] = ()
    near_edge: Band | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an incident's timeline: a message of ours, or one that came back.

    `message` is the identity. `shown` counts the affected people whom it showed; 0 for what only answers, or hides its
    recipients. `author` is canonical, None when unknown.
    """

    when: datetime | None
    role: Role
    message: str
    locator: Locator
    author: str | None
    subject: str
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause, one audience.

    `id` never changes once given, and `aliases` are ids that were given before incidents became one. `exposures` are
    its messages, oldest first, each message once, and `roles`, in the same order, what each is. `locations` are all
    places where copies of them were found, and, in the same order, `digests` are those of the copies that lie there and
    `holds` the identities of the messages they are copies of: a message that is not among the exposures repeats one.
    `affected` and `viewers` hold each person once, whichever message or copy names them; `undelivered` are the affected
    whom a bounce names. `reasons` are sentences: first why it has its class. `points` order incidents of one class, and
    `contexts` are the sensitive subjects that lower the gate.
    """

    id: str
    exposures: tuple[Exposure, ...]
    locations: tuple[Locator, ...]
    affected: tuple[Affected, ...]
    viewers: tuple[Viewer, ...]
    reasons: tuple[str, ...]
    digests: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    klass: Class = Class.PROBABLE
    roles: tuple[Role, ...] = ()
    timeline: tuple[Event, ...] = ()
    points: tuple[Point, ...] = ()
    severity: Severity | None = None
    contexts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    undelivered: tuple[str, ...] = ()

    @property
    def score(self) -> int:
        """The sum of the points."""
        return sum(point.value for point in self.points)

    @property
    def first_sent(self) -> datetime | None:
        """When the earliest message was sent; None when no message carries a readable date."""
        return min((e.envelope.date for e in self.exposures if e.envelope.date), default=None)

    @property
    def last_sent(self) -> datetime | None:
        """When the latest message was sent; None when no message carries a readable date."""
        return max((e.envelope.date for e in self.exposures if e.envelope.date), default=None)


@dataclass(frozen=True, slots=True)
class Registry:
    """The ids that were given: of each message, in the order in which they were given, and of old ids the new one."""

    ids: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
