"""A tenant as large as wanted, made as it is read: the same numbers give the same mail, as Graph and as mbox files."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from tests.graph.letter import Letter, raw_of
from tests.graph.mailbox import Mailbox, Tenant, User, user_id
from tests.graph.people import Person

DOMAIN = "contoso.test"
_FIRST = datetime(2024, 1, 2, 8, 0, tzinfo=UTC)
_SPAN_DAYS = 700
_NAMES = ("Ada", "Bela", "Chloé", "Dov", "Elif", "Femi", "Gül", "Hana", "Inés", "Jörg", "Kofi", "Léa", "Mei", "Noor")
_PROVIDERS = ("freemail.example", "postbox.example", "quickmail.example", "letterbox.test")
_SUBJECTS = ("Your appointment", "Invoice", "Grüße aus der Werkstatt", "Minutes", "Delivery note", "Summer closing")
_EXPOSURES = 0.01
_ANSWERS = 0.25


@dataclass(frozen=True)
class BigTenant:
    """`people` mailboxes with `messages` sent ones in all, unevenly spread; every tenth mailbox is a shared one.

    `unreachable` adds users whose mailbox nobody can read: guests, some on the premises, some without one.
    """

    people: int = 200
    messages: int = 100_000
    seed: int = 7
    unreachable: int = 12

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many messages each person sent: the first ones most, and all together exactly `messages`."""
        shares = [1 / (5 + place) for place in range(self.people)]
        counts = [int(self.messages * share / sum(shares)) for share in shares]
        counts[0] += self.messages - sum(counts)
        return tuple(counts)

    def principal(self, person: int) -> str:
        """The address of a person, which is the name of the mailbox."""
        return f"person{person:04d}@{DOMAIN}"

    def tenant(self) -> Tenant:
        """The directory; no mailbox is filled before it is opened."""
        tenant = Tenant()
        for person in range(self.people):
            address = self.principal(person)
            shared = person % 10 == 9
            user = User(
                user_id(address),
                f"Person {person}",
                address,
                address,
                (f"SMTP:{address}", f"smtp:p{person}@contoso.onmicrosoft.test"),
                enabled=not shared,
                licensed=not shared,
                purpose="shared" if shared else "user",
            )
            tenant.add_user(user, lambda box, person=person: self.fill(box, person))  # type: ignore[misc]
        for number in range(self.unreachable):
            tenant.add_user(_unreachable(number))
        return tenant

    def fill(self, box: Mailbox, person: int) -> None:
        """The mail of one person: sent items, some of them filed below, and a little that came in."""
        times = [self.sent(person, place) for place in range(self.counts[person])]
        filed = len(times) // 5
        below = box.add_folder("2024", parent=box.sent)
        box.add_lazy(below, times[:filed], lambda place: self.letter(person, place))
        box.add_lazy(box.sent, times[filed:], lambda place: self.letter(person, filed + place))
        box.add_lazy(box.known("inbox"), times[:3], lambda place: self._incoming(person, place))

    def sent(self, person: int, place: int) -> datetime:
        """When a person sent the message at a place: in order, and no two of one person in the same minute."""
        step = timedelta(days=_SPAN_DAYS) / max(1, self.counts[person])
        moment = _FIRST + place * step + timedelta(seconds=37 * person)
        return moment.replace(microsecond=0)

    def letter(self, person: int, place: int) -> Letter:
        """The message at a place of a person's sent mail."""
        draw = random.Random(f"{self.seed}/{person}/{place}")  # noqa: S311 - invented mail
        exposing = draw.random() < _EXPOSURES
        size = draw.randrange(15, 60) if exposing else draw.choice((1, 1, 1, 2, 2, 3))
        outside = [self._outsider(draw) for _ in range(size)]
        inside = [Person(None, self.principal(draw.randrange(self.people)))] if draw.random() < 0.3 else []
        author = self.principal(person)
        answers = place > 0 and not exposing and draw.random() < _ANSWERS
        return Letter(
            subject=f"{'Re: ' if answers else ''}{draw.choice(_SUBJECTS)} {person}/{place}",
            sent=self.sent(person, place),
            author=Person(f"Person {person}", author),
            to=tuple(dict.fromkeys(outside)),
            cc=tuple(inside),
            bcc=(Person(None, f"archive@{DOMAIN}"),) if draw.random() < 0.05 else (),
            message_id=f"<{person}.{place}.{self.seed}@{DOMAIN}>",
            references=(f"<{person}.{place - 1}.{self.seed}@outside.example>",) if answers else (),
        )

    def letters(self, person: int) -> Iterator[Letter]:
        """Everything that a person sent, oldest first."""
        return (self.letter(person, place) for place in range(self.counts[person]))

    def write_mboxes(self, folder: Path) -> list[Path]:
        """The same sent mail as files in mboxrd form, one a person, by principal name."""
        files = []
        for person in range(self.people):
            file = folder / f"{self.principal(person)}.mbox"
            with file.open("wb") as written:
                for letter in self.letters(person):
                    written.write(b"From - Thu Jan  1 00:00:00 1970\n")
                    written.write(raw_of(letter).replace(b"\r\n", b"\n") + b"\n")
            files.append(file)
        return files

    def _outsider(self, draw: random.Random) -> Person:
        number = draw.randrange(20_000)
        name = f"{_NAMES[number % len(_NAMES)]} {number}"
        if number % 3:
            return Person(name, f"guest{number}@{_PROVIDERS[number % len(_PROVIDERS)]}")
        return Person(name if number % 2 else None, f"contact{number}@company{number % 500}.example")

    def _incoming(self, person: int, place: int) -> Letter:
        return Letter(
            subject=f"Question {person}/{place}",
            sent=self.sent(person, place),
            author=Person("Guest", f"guest{place}@freemail.example"),
            to=(Person(None, self.principal(person)),),
            message_id=f"<in.{person}.{place}@freemail.example>",
        )


def _unreachable(number: int) -> User:
    """In turn a guest, a user of a server on the premises, a user without mailbox, and one without any address."""
    kind = number % 4
    if kind == 0:
        principal = f"guest{number}_freemail.example#EXT#@{DOMAIN}"
        return User(user_id(principal), "Guest", principal, f"guest{number}@freemail.example", guest=True)
    principal = f"away{number}@{DOMAIN}"
    mail = None if kind == 3 else principal
    proxies = () if mail is None else (f"SMTP:{mail}",)
    return User(user_id(principal), "Away", principal, mail, proxies, mailbox=kind == 1, on_premises=kind == 1)
