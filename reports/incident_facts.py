"""What several sheets tell of one incident, worked out once from its record and kept without its people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from reports import figures, incident_words
from reports.countries import Country, country_of
from scanner.decision import Novelty
from scanner.exposure import Identifiable, Standing
from scanner.incident import Incident, Severity


@dataclass(frozen=True, slots=True)
class Facts:
    """One incident in figures and words. Words of strangers are as they came; who writes them into a cell shows them.

    `people` counts those with an address and `names` those shown by name only; `clear`, `part` and `roles` are among
    the first. `lacking` are messages that may name more people than were read from them. `hidden` are viewers in
    Bcc. `months` counts messages that showed somebody by `2024-03` of their date.
    """

    id: str
    aliases: tuple[str, ...]
    novelty: Novelty
    found_on: datetime | None
    first_sent: datetime | None
    last_sent: datetime | None
    author: str
    subject: str
    messages: int
    lacking: int
    what: str
    fields: str
    entries: int
    people: int
    reached: int
    clear: int
    part: int
    names: int
    roles: int
    free_mail: int
    counted: int
    parties: int
    viewers: dict[Standing, int]
    hidden: int
    countries: Counter[Country]
    contexts: tuple[str, ...]
    severity: Severity | None
    score: int
    points: str
    reasons: tuple[str, ...]
    months: Counter[str]
    copies: int

    @property
    def identifiable(self) -> int:
        """How many can be told by name: in full, or in part."""
        return self.clear + self.part

    @property
    def all_viewers(self) -> int:
        """Everybody who could read it."""
        return sum(self.viewers.values())


def facts_of(incident: Incident, novelty: Novelty, found_on: datetime | None) -> Facts:
    """One pass over its people."""
    people = figures.with_address(incident.affected)
    first = figures.first_shown(incident)
    return Facts(
        id=incident.id,
        aliases=incident.aliases,
        novelty=novelty,
        found_on=found_on,
        first_sent=incident.first_sent,
        last_sent=incident.last_sent,
        author=figures.author_of(first) if first else "",
        subject=first.subject if first else "",
        messages=len(incident.exposures),
        lacking=sum(figures.may_lack_people(exposure.envelope) for exposure in incident.exposures),
        what=incident_words.messages_in_short(incident),
        fields=figures.fields_of(incident.affected),
        entries=figures.disclosed_entries(incident),
        people=len(people),
        reached=len(figures.reached(incident)),
        clear=len(figures.named(people, Identifiable.CLEAR)),
        part=len(figures.named(people, Identifiable.PART)),
        names=len(figures.by_name_only(incident.affected)),
        roles=sum(person.role for person in people),
        free_mail=sum(person.free_mail for person in people),
        counted=figures.counted_people(incident),
        parties=figures.parties(incident),
        viewers=figures.viewers_by_standing(incident.viewers),
        hidden=figures.hidden_viewers(incident.viewers),
        countries=Counter(country_of(person.address) for person in people),
        contexts=incident.contexts,
        severity=incident.severity,
        score=incident.score,
        points=incident_words.points_in_words(incident),
        reasons=incident.reasons,
        months=_months(incident),
        copies=len(figures.copies_of(incident)),
    )


def _months(incident: Incident) -> Counter[str]:
    dates = (exposure.envelope.date for exposure in incident.exposures if exposure.affected)
    return Counter(month_of(date) for date in dates)


def month_of(date: datetime | None) -> str:
    """The month in UTC, `2024-03`; "unknown" without a date."""
    if date is None:
        return "unknown"
    try:
        return date.astimezone(UTC).strftime("%Y-%m")
    except OverflowError:
        return f"{date.year:04}-{date.month:02}"
