"""The ordinary mail around the stories, and the stories that only one kind of archive can tell."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sampling.letter import Draft, Letter, exposed, letter, spared
from tests.sampling.people import (
    ADAEZE,
    GIULIA,
    HENRIK,
    INES,
    MAREK,
    PRIYA,
    TOMASZ,
    YUKI,
    Person,
    consumers,
    employees,
    staff,
)

_STAFF = (INES, TOMASZ, ADAEZE, HENRIK, PRIYA, GIULIA, MAREK, YUKI)
_SUBJECTS = (
    "Your question about the left pedal",
    "Re: Invoice 20{0:02}",
    "Lunch?",
    "Rendez-vous à l'atelier",
    "Spare parts, parcel {0}",
    "AW: Probefahrt",
    "Photographs of bicycle {0}",
    "Re: A bell that does not ring",
)
_BODIES = (
    "The left pedal turns the other way. That is normal.",
    "Paid, with thanks.",
    "At noon, by the river?",
    "Mardi à dix heures, votre vélo vous attendra.",
    "It left the house this morning.",
    "Gern, am Mittwoch ab neun.",
    "Attached in spirit; they were too large for the post.",
    "Turn it. If it still does not ring, turn it the other way.",
)


def ordinary(count: int, start: int = 0) -> Iterator[Letter]:
    """So many everyday mails to one, two or three people."""
    for number in range(start, start + count):
        kind, size = number % len(_SUBJECTS), number % 3 + 1
        people: list[Person] = consumers(1, start=1200 + number)
        people += employees("oakline.example", size - 1, start=400 + number)
        subject = _SUBJECTS[kind].format(number)
        reply = subject.startswith(("Re:", "AW:"))
        yield letter(
            Draft(
                slug=f"daily-{number:03}",
                what="Everyday mail.",
                author=_STAFF[number % len(_STAFF)],
                sent=(number % 10 + 1, number % 27 + 1, 8 + number % 10, number % 60, 60),
                subject=subject,
                to=people[:1],
                cc=people[1:],
                marks=["reply"] if reply else [],
                body=_BODIES[kind],
            ),
            spared("One to three people who were written to on purpose."),
        )


def from_traps() -> Iterator[Letter]:
    """Bodies whose lines begin as the lines that part the messages of an mbox do."""
    yield letter(
        Draft(
            slug="from-traps",
            what="12 customers in Cc; the text holds lines that begin with From, quoted and not.",
            author=YUKI,
            sent=(4, 21, 10, 0, 120),
            subject="Letters from our riders",
            to=[YUKI],
            cc=consumers(12, start=1100),
            body="""
Dear all,

From the moment I rang it, the whole street knew me.

From adaeze.okafor@fernhill.example Tue Apr 21 08:00:00 2026
To: somebody@freemail.example

>From here on it is all downhill, and that is meant well.
>>From me too.
""",
        ),
        exposed("12 customers stand in Cc.", consumers(12, start=1100)),
    )
    yield letter(
        Draft(
            slug="from-trap-header",
            what="A mail to one customer whose text looks like the header of a mail to twelve.",
            author=YUKI,
            sent=(4, 21, 11, 0, 120),
            subject="Fwd: how your message looked",
            to=consumers(1, start=1112),
            marks=["forward"],
            body="From: you\nTo: "
            + ", ".join(p.address for p in consumers(12, start=1113))
            + "\nSubject: bells\n\nDing.",
        ),
        spared("The list stands in the text, not in an address field."),
    )


def service_notice() -> Letter:
    """An old mailing that only the packed archive still holds."""
    people = consumers(30, start=1130)
    return letter(
        Draft(
            slug="recall-of-brakes",
            what="A safety notice to 30 customers in Cc, kept only in a packed archive.",
            author=HENRIK,
            sent=(1, 8, 7, 45, 60),
            subject="Important: please have your front brake checked",
            to=[staff("Support Desk", "support")],
            cc=people,
            body="Please come by this week. Walk, do not ride.\n\nHenrik",
        ),
        exposed("30 customers stand in Cc.", people),
    )


def wrong_identity() -> Letter:
    """The author's address is not ours; the folder of sent mail says who sent it."""
    people = consumers(13, start=1165)
    return letter(
        Draft(
            slug="wrong-identity",
            what="Ines wrote to 13 customers under her private address; only the sent folder shows that it is ours.",
            author=Person("Ines M.", "ines.m@letterbox.test"),
            sent=(7, 7, 21, 3, 120),
            subject="About yesterday's survey",
            to=people,
            body="You asked to be taken off the list. Done!\n\nInes",
        ),
        exposed("It lies among the sent mail: 13 customers stand in To.", people),
    )


def unread() -> Letter:
    """A mail nobody has opened yet."""
    customer = consumers(1, start=1190)[0]
    return letter(
        Draft(
            slug="unread",
            what="A customer's question, not yet opened.",
            author=customer,
            sent=(10, 30, 22, 0, 60),
            subject="Is it the left pedal or the right one?",
            to=[HENRIK, INES],
            body="I forgot.",
        ),
        spared("Somebody else sent it."),
    )
