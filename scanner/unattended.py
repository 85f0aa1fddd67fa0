"""How a case is looked after when nobody watches: how often it is scanned, who is told, what is logged and kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Final

from scanner.account import SecretReference, Tls


class Every(StrEnum):
    """How often a case is scanned."""

    DAY = "daily"
    WEEK = "weekly"
    MONTH = "monthly"


class Weekday(IntEnum):
    """The days as `datetime.date.weekday` counts them; what people and systems call them is the name's beginning."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6

    @property
    def short(self) -> str:
        """Mon, Tue, ..."""
        return self.name[:3].capitalize()


_LONGEST = {Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7), Every.MONTH: timedelta(days=31)}


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a case is scanned: local time, on a weekday where weekly, on a day from 1 to 28 where monthly."""

    every: Every = Every.WEEK
    weekday: Weekday = Weekday.MONDAY
    day: int = 1
    at: time = time(6, 0)

    @property
    def longest(self) -> timedelta:
        """The longest time between two runs that come as they should."""
        return _LONGEST[self.every]

    def overdue(self, last: datetime, now: datetime) -> bool:
        """Whether a run was missed: one may begin late, or take long, by half a period, at most by two days."""
        return now - last > self.longest + min(self.longest / 2, timedelta(days=2))

    def after(self, now: datetime) -> datetime:
        """The next moment, in the zone of `now`; daylight saving is left to the system that starts the run."""
        moment = now.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        while moment <= now or not self._is_due(moment):
            moment += timedelta(days=1)
        return moment

    def _is_due(self, moment: datetime) -> bool:
        if self.every is Every.WEEK:
            return moment.weekday() == self.weekday
        return self.every is Every.DAY or moment.day == self.day

    def __str__(self) -> str:
        at = f"at {self.at:%H:%M}"
        if self.every is Every.WEEK:
            return f"every {self.weekday.name.capitalize()} {at}"
        return f"every day {at}" if self.every is Every.DAY else f"on day {self.day} of every month {at}"


@dataclass(frozen=True, slots=True)
class MailChannel:
    """A mail server that takes summaries, and to whom each goes: a message of its own for every recipient.

    `secret` is the password, None where the server asks for none. Without TLS nothing is sent.
    """

    host: str
    sender: str
    recipients: tuple[str, ...]
    port: int = 465  # RFC 8314 §7.3
    tls: Tls = Tls.IMPLICIT
    user: str = ""
    secret: SecretReference | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """An https address that takes summaries as JSON. The address is a secret: who knows it can post there."""

    url: SecretReference
    token: SecretReference | None = None
    ca_file: Path | None = None


class When(StrEnum):
    """After which runs people are told."""

    ALWAYS = "always"
    NEEDED = "needed"  # something new, incomplete, failed or missed


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told after a run. `services` are addresses of the notification library; `deadline` is in seconds."""

    mail: MailChannel | None = None
    webhook: WebhookChannel | None = None
    services: tuple[SecretReference, ...] = ()
    when: When = When.ALWAYS
    workbook: bool = False  # whether the summary says where the workbook lies
    deadline: float = 60.0


@dataclass(frozen=True, slots=True)
class Metrics:
    """The file that Prometheus' textfile collector reads, and what the case is called in it ("": as its folder)."""

    file: Path
    case: str = ""


MOST_DAYS: Final = 365_000
"""That things may be kept: a thousand years, since a calendar has an end."""


@dataclass(frozen=True, slots=True)
class Retention:
    """After how many days things may be purged; None is never.

    `cleared` counts from the sending of a message that belongs to no incident, and of evidence; `closed` from the day
    an incident was closed; `workbooks` from the run that wrote one.
    """

    cleared: int | None = None
    closed: int | None = None
    workbooks: int | None = None


@dataclass(frozen=True, slots=True)
class Unattended:
    """All of it, as one config says it."""

    cadence: Cadence | None = None
    telling: Telling | None = None
    log: Path | None = None
    metrics: Metrics | None = None
    retention: Retention = field(default_factory=Retention)

    @property
    def secrets(self) -> tuple[SecretReference, ...]:
        """Every reference that telling needs."""
        telling = self.telling or Telling()
        mail = (telling.mail.secret,) if telling.mail else ()
        hook = (telling.webhook.url, telling.webhook.token) if telling.webhook else ()
        return tuple(one for one in (*mail, *hook, *telling.services) if one is not None)
