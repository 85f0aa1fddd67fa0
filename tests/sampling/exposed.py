"""Stories of messages that showed outsiders to one another: what must be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.sampling.letter import Draft, Entry, Letter, exposed, letter, mailbox, people_field, spared
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
    role,
)

CRLF = b"\r\n"


def stories() -> Iterator[Letter]:
    """All of them, in the order of the README's table."""
    yield survey()
    yield survey_recalled()
    yield from newsletter_and_correction()
    yield support_circle()
    yield from batches()
    yield invitation()
    yield farewell()
    yield to_and_cc()
    yield resent()
    yield on_behalf()
    yield encrypted()


def _panel() -> list[Person]:
    return [person.bare for person in consumers(271)]


def survey() -> Letter:
    """The mail that this product is named for: 271 participants in To."""
    panel = _panel()
    return letter(
        Draft(
            slug="survey-invitation",
            what="A survey invitation to 271 private customers, all of them in To.",
            author=INES,
            sent=(7, 6, 9, 30, 120),
            subject="Tell us how you ride: ten minutes, one voucher",
            to=panel,
            newline=CRLF,
            body="""
Dear rider,

you told us that you would like to help us build a better bicycle light. This is your moment: ten minutes,
fourteen questions, and a voucher of 20 euros for everybody who reaches the last page.

https://survey.fernhill.example/lights

Thank you!
Ines, customer research, 01632 960 123
""",
        ),
        exposed("271 private customers stand in To; each could read the addresses of the 270 others.", panel),
    )


def survey_recalled() -> Letter:
    """Pressing "recall" sent the whole list a second time."""
    panel = _panel()
    return letter(
        Draft(
            slug="survey-recall",
            what="The recall of the survey, sent to the same 271 people, visible once more.",
            author=INES,
            sent=(7, 6, 9, 47, 120),
            subject="Recall: Tell us how you ride: ten minutes, one voucher",
            to=panel,
            newline=CRLF,
            body='Ines Moreau would like to recall the message "Tell us how you ride: ten minutes, one voucher".',
        ),
        exposed("A recall is a mail like any other: the same 271 people were shown to one another again.", panel),
    )


def newsletter_and_correction() -> Iterator[Letter]:
    """First it was done properly, and the correction an hour later was not."""
    readers = consumers(34, start=300)
    common = Draft(
        slug="newsletter-hidden",
        what="A newsletter done properly: To is the sender, the 34 readers are in Bcc.",
        author=YUKI,
        sent=(5, 12, 8, 0, 120),
        subject="Spring rides: three routes without a single hill",
        to=[YUKI],
        bcc=readers,
        body="""
Hello,

three flat routes for the first warm weekend, with a bakery at the end of each.

Yuki
""",
    )
    yield letter(common, spared("Bcc hides the readers from one another."))
    yield letter(
        replace(
            common,
            slug="newsletter-corrected",
            what="The correction of that newsletter, sent to the same 34 readers in To.",
            sent=(5, 12, 9, 5, 120),
            subject="Correction: Spring rides: three routes without a single hill",
            to=readers,
            bcc=(),
            body="Sorry: route two does have a hill. It is a small one.\n\nYuki",
        ),
        exposed("The correction shows in To the 34 readers whom the first mail had hidden.", readers),
    )


def support_circle() -> Letter:
    """Fifteen people only, but the subject says what they have in common."""
    members = consumers(15, start=340)
    return letter(
        Draft(
            slug="support-circle",
            what="15 people in Cc of a mail whose subject reveals an illness.",
            author=PRIYA,
            sent=(2, 17, 17, 15, 60),
            subject="Riding with epilepsy: our support circle meets on Thursday",
            to=[PRIYA],
            cc=members,
            body="""
Dear all,

we meet at six in the small room behind the workshop. Bring your questions for the neurologist, she will stay
until eight.

Priya
""",
        ),
        exposed("15 private people stand in Cc; being on this list says something about each of them.", members),
    )


def batches() -> Iterator[Letter]:
    """One mailing in three parts, because the server takes forty recipients at a time."""
    for number in (1, 2, 3):
        part = consumers(40, start=360 + 40 * number)
        yield letter(
            Draft(
                slug=f"price-list-part-{number}",
                what=f"Part {number} of 3 of one mailing: 40 customers in To of each part.",
                author=ADAEZE,
                sent=(3, 3, 14, 2 * number, 60),
                subject=f"New prices from April ({number}/3)",
                to=part,
                body="Dear customer,\n\nour new prices are valid from 1 April. Only bells got dearer.\n\nAdaeze",
            ),
            exposed(f"40 customers stand in To of part {number}.", part),
        )


def invitation() -> Letter:
    """A meeting shows each guest to every other guest."""
    guests = [*consumers(7, start=540), *employees("harbour-cycles.example", 3, 60), *employees("lumen.example", 2, 70)]
    people = [*guests, TOMASZ]
    calendar = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Fernhill//Samples//EN\nMETHOD:REQUEST\nBEGIN:VEVENT\n"
        "UID:test-ride-2026@fernhill.example\nDTSTAMP:20260409T100000Z\nDTSTART:20260425T080000Z\n"
        "DTEND:20260425T100000Z\nSUMMARY:Test ride by the river\nORGANIZER:mailto:tomasz.wieczorek@fernhill.example\n"
        + "".join(f"ATTENDEE;RSVP=TRUE:mailto:{guest.address}\n" for guest in guests)
        + "END:VEVENT\nEND:VCALENDAR\n"
    )
    return letter(
        Draft(
            slug="meeting-invitation",
            what="A meeting invitation with 12 customers as attendees.",
            author=TOMASZ,
            sent=(4, 9, 12, 0, 120),
            subject="Invitation: test ride by the river",
            to=people,
            marks=["calendar"],
            content_type="text/calendar; charset=utf-8; method=REQUEST",
            newline=CRLF,
            body=calendar,
        ),
        exposed("12 customers of 9 parties are attendees of one meeting; each sees the others.", guests),
    )


def farewell() -> Letter:
    """Thirty years of contacts in one field, and colleagues among them."""
    contacts = [
        *consumers(9, start=560),
        *employees("oakline.example", 4, 110),
        *employees("vitesse-velo.example", 3, 120),
        *employees("kettenwerk.example", 3, 130),
        *employees("brightwell.example", 2, 140),
        role("info", "city-council.example", "City Council"),
        role("sales", "tyres.example"),
    ]
    colleagues = [INES, TOMASZ, PRIYA, GIULIA]
    mixed = [p for trio in zip(contacts[:4], colleagues, contacts[4:8], strict=True) for p in trio] + contacts[8:]
    return letter(
        Draft(
            slug="farewell",
            what="A farewell to a whole address book: 23 outsiders, four colleagues.",
            author=HENRIK,
            sent=(8, 28, 16, 40, 120),
            subject="Farvel, and thank you for thirty years",
            to=mixed,
            body="""
Dear friends,

today I hang my apron on its hook for the last time. Write to me, visit me, and keep your chains oiled.

Henrik
""",
        ),
        exposed("21 people and two functions of 15 parties stand in To; customers among them.", contacts),
    )


def to_and_cc() -> Letter:
    """Eight here, eight there, and some of them twice in another spelling."""
    first, second = consumers(8, start=600), consumers(8, start=608)
    shouted = [replace(p, address=p.address.upper()) for p in first[:3]]
    return letter(
        Draft(
            slug="to-and-cc",
            what="8 customers in To and 8 in Cc, three of them in both, in capitals.",
            author=ADAEZE,
            sent=(6, 2, 11, 11, 120),
            subject="Your helmets have arrived",
            to=first,
            cc=[*second, *shouted],
            extra=[("X-Mozilla-Draft-Info", b"internal/draft; vcard=0; receipt=0; DSN=0; uuencode=0")],
            body="Dear customers,\n\nyour helmets are here. Please bring your head.\n\nAdaeze",
        ),
        exposed("16 different customers stand in To and Cc; capitals do not make a second person.", [*first, *second]),
    )


def resent() -> Letter:
    """The leak is in the Resent block; the message itself came from outside."""
    customers = consumers(14, start=620)
    fair = Person("Velofair Office", "office@velofair.example")
    block = people_field(customers)
    made = letter(
        Draft(
            slug="resent",
            what="A fair's notice that an employee resent to 14 customers (Resent-To).",
            author=fair,
            sent=(9, 1, 7, 30, 120),
            subject="Velofair 2026: halls and opening hours",
            to=[TOMASZ],
            body="Halls 2 and 3 are open from nine to six. Dogs are welcome in hall 3.",
            marks=["resent"],
            extra=[
                ("Resent-From", mailbox(TOMASZ)),
                ("Resent-Date", b"Tue, 1 Sep 2026 08:05:00 +0200"),
                ("Resent-Message-ID", b"<resent.20260901@fernhill.example>"),
                ("Resent-To", block),
            ],
        ),
        exposed("Tomasz resent it; the 14 customers in Resent-To could read one another's addresses.", customers),
    )
    return replace(made, entries=(*(Entry("Resent-To", p.address, p.name) for p in customers), *made.entries))


def on_behalf() -> Letter:
    """Written by an assistant in somebody else's name, with two To fields, as a home-made script does it."""
    ahead, behind = consumers(6, start=640), consumers(7, start=646)
    return letter(
        Draft(
            slug="two-to-fields",
            what="Sent on behalf of somebody by a script that writes two To fields: 6 and 7 customers.",
            author=MAREK,
            sender=Person("", "mailer@fernhill.example"),
            sent=(4, 30, 6, 0, 120),
            subject="Your repair is ready",
            raw_fields=[("To", people_field(ahead)), ("To", people_field(behind))],
            raw_entries=[Entry("To", p.address, p.name) for p in (*ahead, *behind)],
            body="Your bicycle is repaired and waits for you. It looks happy.",
        ),
        exposed("Both To fields count: 13 customers.", [*ahead, *behind]),
    )


def encrypted() -> Letter:
    """Encryption hides the text and shows the recipients."""
    partners = [*employees("notary-one.example", 1, 200), *employees("bank-two.example", 2, 201)]
    people: Sequence[Person] = [*partners, *consumers(10, start=660)]
    return letter(
        Draft(
            slug="encrypted",
            what="An encrypted mail to 13 investors: nobody else can read the text, everybody reads the list.",
            author=GIULIA,
            sent=(10, 5, 10, 0, 120),
            subject="Confidential: terms of the rider bond",
            to=people,
            marks=["encrypted"],
            content_type='application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
            body="TWFkZSB1cDogbm8gY2lwaGVyIGF0IGFsbC4=",
        ),
        exposed("The outer To field is never encrypted: 13 investors could read it.", people),
    )
