"""Stories that need a whole mailbox to be told apart: what others wrote before, what came back, what was repeated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.sampling.letter import Draft, Letter, exposed, letter, spared
from tests.sampling.people import (
    ADAEZE,
    GIULIA,
    HENRIK,
    INES,
    MAREK,
    TOMASZ,
    YUKI,
    Person,
    consumers,
    employees,
)

_OUTSIDE = spared("Somebody else sent it.")


def sent() -> Iterator[Letter]:
    """What the office sent."""
    yield council_stand()
    yield harvest_answer()
    yield bell_tower_answer()
    yield answer_to_nothing()
    yield barbecue()
    yield bridge_lights()
    yield from riders_panel()
    yield from rosters()
    yield from open_workshop()
    yield from vouchers()


def received() -> Iterator[Letter]:
    """What lies in its inbox."""
    yield council_convened()
    yield harvest_ride()
    yield bell_tower()
    yield tandem_day()


def _by(author: Person, to: Sequence[Person], slug: str, what: str, sent: tuple[int, int, int, int, int]) -> Draft:
    return Draft(slug, what, author, sent, subject="", body="", to=to)


def _answering(draft: Draft, earlier: Letter) -> Draft:
    named = f"<{earlier.message_id}>".encode()
    subject = earlier.subject if earlier.subject.startswith("Re: ") else f"Re: {earlier.subject}"
    return replace(draft, subject=subject, marks=["reply"], extra=[("In-Reply-To", named), ("References", named)])


def _dealers() -> list[Person]:
    return [person for number in range(1, 15) for person in employees(f"wheels-{number:02}.example", 1, 7300 + number)]


def council_convened() -> Letter:
    """The dealers know one another: one of them wrote to all."""
    chair, *others = _dealers()
    draft = _by(
        chair,
        [*others, INES],
        "council-convened",
        "A dealer writes to the thirteen others of their council, and to us.",
        (1, 14, 9, 0, 60),
    )
    return letter(replace(draft, subject="Dealers' council: Velofair", body="Who brings the coffee?"), _OUTSIDE)


def council_stand() -> Letter:
    """Not an answer, but to the same people."""
    dealers = _dealers()
    draft = _by(INES, dealers, "council-stand", "Our mail to the fourteen dealers of that council.", (2, 4, 9, 0, 60))
    return letter(
        replace(draft, subject="Dealers' council: our stand in hall 3", body="It is the one with the bells.\n\nInes"),
        exposed("14 dealers stand in To, but a dealer had shown them to one another before.", dealers),
    )


def harvest_ride() -> Letter:
    """A customer plans a ride with her friends, and with us."""
    first, *others = consumers(15, start=7400)
    draft = _by(
        first, [*others, TOMASZ], "harvest-ride", "A customer writes to 14 friends and to us.", (9, 3, 18, 0, 120)
    )
    return letter(replace(draft, subject="Harvest ride, who joins?", body="Bring apples."), _OUTSIDE)


def harvest_answer() -> Letter:
    """Tomasz answers all of them, and nobody else."""
    first, *others = consumers(15, start=7400)
    draft = _by(TOMASZ, [first], "harvest-ride-answer", "Our answer to all 15 of them.", (9, 4, 8, 0, 120))
    return letter(
        replace(_answering(draft, harvest_ride()), cc=others, body="I do.\n\nTomasz"),
        exposed(
            "15 people stand in To and Cc, but it was one of them who had shown them to one another.", [first, *others]
        ),
    )


def bell_tower() -> Letter:
    """Six people who know one another."""
    first, *others = consumers(6, start=7430)
    draft = _by(
        first, [*others, ADAEZE], "bell-tower", "A customer writes to five friends and to us.", (5, 5, 9, 0, 120)
    )
    return letter(replace(draft, subject="A bell from the old tower", body="Would you repair it?"), _OUTSIDE)


def bell_tower_answer() -> Letter:
    """An answer to a list that somebody else began, with twelve people whom nobody had written to."""
    known, strangers = consumers(6, start=7430), consumers(12, start=7440)
    draft = _by(
        ADAEZE,
        known[:1],
        "bell-tower-answer",
        "Our answer to these six, with twelve other customers added in Cc.",
        (5, 6, 9, 0, 120),
    )
    return letter(
        replace(
            _answering(draft, bell_tower()), cc=[*known[1:], *strangers], body="We would. Who has one, too?\n\nAdaeze"
        ),
        exposed("Twelve customers were added to a list of six that a customer had begun.", [*known, *strangers]),
    )


def answer_to_nothing() -> Letter:
    """An answer to a message that nobody has kept."""
    people = [*consumers(6, start=7460), *employees("oakline.example", 6, 7470), *employees("lumen.example", 3, 7480)]
    named = b"<lost-4812@oakline.example>"
    return letter(
        Draft(
            slug="answer-without-question",
            what="An answer to 15 people; what it answers was not kept.",
            author=MAREK,
            sent=(8, 11, 10, 0, 120),
            subject="Re: Cobblestones in the harbour",
            to=people,
            marks=["reply"],
            extra=[("In-Reply-To", named), ("References", named)],
            body="Agreed.\n\nMarek",
        ),
        exposed("15 people stand in To of an answer: their list is presumed to be that of the question.", people),
    )


def barbecue() -> Letter:
    """Private mail of an employee."""
    friends = consumers(12, start=7500)
    draft = _by(HENRIK, friends, "barbecue", "A colleague invites twelve friends to his garden.", (6, 18, 19, 0, 120))
    return letter(
        replace(draft, subject="Barbecue in our garden on Saturday", body="Bring a chair.\n\nHenrik"),
        exposed("Twelve friends stand in To: the subject is private.", friends),
    )


def bridge_lights() -> Letter:
    """Twelve people who build one thing together."""
    team = [
        *employees("lumen.example", 4, 7520),
        *employees("kettenwerk.example", 4, 7530),
        *employees("harbour-cycles.example", 4, 7540),
    ]
    draft = _by(MAREK, team, "bridge-lights", "Drawings for twelve people of three firms.", (3, 25, 9, 0, 60))
    return letter(
        replace(draft, subject="Lights for the harbour bridge: drawings", body="Sheet 4 is new.\n\nMarek"),
        exposed("Twelve people stand in To, of three firms only.", team),
    )


def riders_panel() -> Iterator[Letter]:
    """A panel that meets every month: five letters to the same twelve people."""
    firms = [person for number in range(9) for person in employees(f"panel-{number}.example", 1, 7570 + number)]
    panel = [*consumers(3, start=7560), *firms]
    for number, month in enumerate(("February", "March", "April", "May", "June"), start=1):
        draft = _by(
            INES, panel, f"riders-panel-{number}", f"What the panel does in {month}.", (number + 1, 2, 9, 0, 60)
        )
        yield letter(
            replace(draft, subject=f"Riders' panel in {month}", body="One: bells.\n\nInes"),
            exposed("Twelve people stand in To, as every month.", panel),
        )


def rosters() -> Iterator[Letter]:
    """Two lists that somebody answers for in the config; for one of them the day has passed."""
    exhibitors = [p for number in range(16) for p in employees(f"stand-{number:02}.example", 1, 7600 + number)]
    draft = _by(
        TOMASZ,
        exhibitors,
        "velofair-roster",
        "A list to 16 exhibitors, who agreed to it in their contract.",
        (1, 26, 9, 0, 60),
    )
    yield letter(
        replace(draft, subject="Velofair roster 2026: notice to exhibitors", body="Here you all are.\n\nTomasz"),
        exposed("16 exhibitors stand in To; an entry of the config allows it.", exhibitors),
    )
    riders = consumers(18, start=7620)
    draft = _by(
        TOMASZ, riders, "night-ride-roster", "A list to 18 riders; what allowed it has expired.", (8, 13, 9, 0, 120)
    )
    yield letter(
        replace(draft, subject="Night ride roster: registration is closed", body="Bring lights.\n\nTomasz"),
        exposed("18 riders stand in To; the entry of the config that allowed it has expired.", riders),
    )


def open_workshop() -> Iterator[Letter]:
    """A colleague answers all, and shows the list once more."""
    guests = consumers(20, start=7650)
    draft = _by(YUKI, guests, "open-workshop", "An invitation to 20 customers in To.", (5, 26, 9, 0, 120))
    first = letter(
        replace(draft, subject="Invitation: open workshop in June", body="Dear customer,\n\ndo come.\n\nYuki"),
        exposed("20 customers stand in To.", guests),
    )
    yield first
    draft = _by(HENRIK, [YUKI], "open-workshop-colleague", "A colleague answers all 20.", (5, 26, 11, 0, 120))
    yield letter(
        replace(_answering(draft, first), cc=guests, body="I shall bake.\n\nHenrik"),
        exposed("The answer of a colleague shows the 20 customers once more.", guests),
    )


def vouchers() -> Iterator[Letter]:
    """The apology is as visible as what it apologises for."""
    buyers = consumers(22, start=7680)
    draft = _by(GIULIA, buyers, "vouchers", "Vouchers for 22 customers in To.", (11, 3, 9, 0, 60))
    yield letter(
        replace(draft, subject="Your voucher for the winter sale", body="Dear customer,\n\n10 euros.\n\nGiulia"),
        exposed("22 customers stand in To.", buyers),
    )
    draft = _by(GIULIA, buyers, "vouchers-apology", "The apology to the same 22, visible again.", (11, 3, 9, 40, 60))
    yield letter(
        replace(draft, subject="Sorry for the open list of addresses", body="That should not happen.\n\nGiulia"),
        exposed("An apology is a mail like any other: the same 22 customers were shown again.", buyers),
    )


def tandem_day() -> Letter:
    """No copy of our mail was kept, but a customer's answer quotes it with everybody in To."""
    guests = consumers(14, start=7710)
    listed = "; ".join(f"{person.name} <{person.address}>" for person in guests)
    draft = _by(
        guests[3], [YUKI], "tandem-day-quoted", "A customer's answer quotes a mail of ours to 14.", (6, 9, 8, 0, 120)
    )
    answers = [("In-Reply-To", b"<202606080900.tandem-day@fernhill.example>")]
    body = (
        "With pleasure. But why can I see everybody's address?\n\n-----Original Message-----\n"
        f"From: {YUKI.name} <{YUKI.address}>\nSent: Monday, 8 June 2026 09:00\nTo: {listed}\n"
        "Subject: Invitation: tandem day\n\nDear customer,\n\nbring somebody who trusts you.\n\nYuki"
    )
    return letter(
        replace(draft, subject="Re: Invitation: tandem day", marks=["reply"], extra=answers, body=body),
        spared("Somebody else sent it; the list of ours that it quotes shows 14 customers.", guests),
    )
