"""Stories of ordinary mail that looks like an exposure and is none: what must be left alone."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sampling.letter import Draft, Letter, delivery_report, letter, spared
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
    staff,
)


def stories() -> Iterator[Letter]:
    """All of them, in the order of the README's table."""
    yield one_customer()
    yield project()
    yield nine_strangers()
    yield from undisclosed()
    yield all_hands()
    yield suppliers()
    yield mailing_list()
    yield draft()
    yield plus_tags()
    yield colleague_out_of_office()
    yield outsider_reply()
    yield bounce()


def one_customer() -> Letter:
    """Sixteen people, one company: they know each other."""
    buyers = [
        *employees("nord.oakline.example", 8, 80, party="oakline.example"),
        *employees("sud.oakline.example", 8, 90, party="oakline.example"),
    ]
    return letter(
        Draft(
            slug="one-customer",
            what="A reply to all 16 people of one customer, who write from two sub-domains of one company.",
            author=ADAEZE,
            sent=(1, 20, 15, 0, 60),
            subject="Re: Fleet order 4711",
            to=buyers[:1],
            cc=buyers[1:],
            marks=["reply"],
            extra=[("In-Reply-To", b"<fleet-4711@oakline.example>"), ("References", b"<fleet-4711@oakline.example>")],
            body="All forty bicycles leave us on Monday. The bells follow on Tuesday.\n\nAdaeze",
        ),
        spared("All 16 work for one company: nobody was shown to a stranger."),
    )


def project() -> Letter:
    """Nine people of four firms who have written to each other for months; one domain only looks like ours."""
    team = [
        *employees("kettenwerk.example", 3, 130),
        *employees("lumen.example", 2, 70),
        *employees("harbour-cycles.example", 2, 60),
        *employees("fernhill.example.partners.test", 2, 150, party="partners.test"),
    ]
    ours = [GIULIA, TOMASZ, HENRIK, staff("Leila Haddad"), staff("Oisín Byrne")]
    chain = b"\n ".join(f"<dock-{number}@kettenwerk.example>".encode() for number in range(1, 10))
    return letter(
        Draft(
            slug="project-thread",
            what="The tenth mail of a project in which four firms work together.",
            author=MAREK,
            sent=(3, 19, 10, 20, 60),
            subject="AW: Charging dock: drawings, revision G",
            to=team[:4],
            cc=[*ours, *team[4:]],
            marks=["reply"],
            extra=[("In-Reply-To", b"<dock-9@kettenwerk.example>"), ("References", chain)],
            body="Revision G is the one with the hole on the left. Please delete F, where it is on the right.\n\nMarek",
        ),
        spared("Nine people of four firms stay below the gate of ten.", team),
    )


def nine_strangers() -> Letter:
    """One below the gate; kept as a candidate, so that the gate can be lowered later."""
    neighbours = consumers(9, start=700)
    return letter(
        Draft(
            slug="nine-neighbours",
            what="Nine private people in To: one fewer than the gate.",
            author=TOMASZ,
            sent=(4, 1, 9, 0, 120),
            subject="Noise on Saturday",
            to=neighbours,
            body="Dear neighbours,\n\nforty bells ring on Saturday at ten. Then never again.\n\nTomasz",
        ),
        spared("Nine private people stay below the gate of ten; a lower gate would find them.", neighbours),
    )


def undisclosed() -> Iterator[Letter]:
    """An empty group is what a good mail program writes when everybody is in Bcc."""
    readers = consumers(25, start=720)
    yield letter(
        Draft(
            slug="undisclosed",
            what="25 readers in Bcc, and an empty group in To.",
            author=YUKI,
            sent=(6, 15, 8, 0, 120),
            subject="Summer opening hours",
            raw_fields=[("To", b"undisclosed-recipients:;")],
            bcc=readers,
            body="In August we open at eleven. Ring us before: +44 20 7946 0018.\n\nYuki",
        ),
        spared("The group is empty and Bcc is hidden."),
    )
    yield letter(
        Draft(
            slug="undisclosed-german",
            what="The same from a German mail program, whose group name is an encoded word.",
            author=YUKI,
            sent=(6, 15, 8, 30, 120),
            subject="Öffnungszeiten im Sommer",
            raw_fields=[("To", b"=?utf-8?Q?Verborgene_Empf=C3=A4nger?=: ;")],
            bcc=readers,
            body="Im August öffnen wir um elf. Bis halb elf sind wir im Fluss.\n\nYuki",
        ),
        spared("The group is empty and Bcc is hidden."),
    )


def all_hands() -> Letter:
    """Everybody in the company, and nobody else."""
    names = employees("fernhill.example", 30, 300)
    workshop = employees("workshop.fernhill.example", 20, 340)
    everybody = [Person(p.name, p.address) for p in (*names, *workshop)]
    return letter(
        Draft(
            slug="all-hands",
            what="A mail to 50 colleagues, 20 of them at a sub-domain of ours.",
            author=PRIYA,
            sent=(5, 4, 9, 0, 120),
            subject="Cake at three",
            to=everybody,
            body="There is cake. Aroha is forty. Be quick.\n\nPriya",
        ),
        spared("All 50 are internal, sub-domains included."),
    )


def suppliers() -> Letter:
    """Fourteen desks, and no human being among them."""
    desks = ("info", "sales", "orders", "office", "contact", "service", "support")
    names = ("steel", "spokes", "saddles", "bells", "lamps", "chains", "grips")
    more = ("racks", "locks", "pumps", "tubes", "rims", "hubs", "pedals")
    shops = [role(desk, f"{name}.example") for half in (names, more) for desk, name in zip(desks, half, strict=True)]
    return letter(
        Draft(
            slug="supplier-desks",
            what="A call for offers to the info@ and sales@ desks of 14 suppliers.",
            author=GIULIA,
            sent=(1, 12, 8, 15, 60),
            subject="Call for offers: parts for the 2027 season",
            to=shops,
            body="Please send us your prices until the end of the month. In euros, not in flowers.\n\nGiulia",
        ),
        spared("14 addresses of functions: people are what the gate counts.", shops),
    )


def mailing_list() -> Letter:
    """One address, whoever reads it."""
    group = Person("Fair exhibitors", "exhibitors@lists.velofair.example", "velofair.example")
    return letter(
        Draft(
            slug="mailing-list",
            what="A mail to one mailing list with hundreds of readers.",
            author=TOMASZ,
            sent=(2, 2, 13, 0, 60),
            subject="Who shares a van to Velofair?",
            to=[group],
            marks=["list"],
            extra=[("List-Id", b"Fair exhibitors <exhibitors.lists.velofair.example>")],
            body="We have room for two tandems and one adult.\n\nTomasz",
        ),
        spared("A list shows one address; its readers are not named."),
    )


def draft() -> Letter:
    """It would have been an exposure, had anybody pressed the button."""
    customers = consumers(22, start=760)
    return letter(
        Draft(
            slug="draft",
            what="A draft with 22 customers in To that was never sent.",
            author=ADAEZE,
            sent=(3, 2, 18, 59, 60),
            subject="New prices from April (draft, do not send yet)",
            to=customers,
            marks=["draft"],
            extra=[("X-Unsent", b"1")],
            body="Dear customer,\n\nour new price list",
        ),
        spared("A draft was sent to nobody."),
    )


def plus_tags() -> Letter:
    """Twelve addresses, one tester."""
    tags = [Person("", f"robin.vale+{number:02}@testlab.example", "testlab.example") for number in range(1, 13)]
    return letter(
        Draft(
            slug="plus-tags",
            what="A test mail to twelve +tags of one tester.",
            author=MAREK,
            sent=(9, 14, 11, 0, 120),
            subject="[TEST] please ignore",
            to=tags,
            body="Lorem ipsum, but on two wheels.",
        ),
        spared("All twelve belong to one company."),
    )


def colleague_out_of_office() -> Letter:
    """An automatic answer to one person."""
    customer = consumers(1, start=800)
    return letter(
        Draft(
            slug="out-of-office",
            what="An out-of-office answer to one customer.",
            author=HENRIK,
            sent=(7, 20, 3, 12, 120),
            subject="Out of office: a question about bells",
            to=customer,
            marks=["automatic"],
            extra=[("Auto-Submitted", b"auto-replied")],
            body="I am at the sea until August. The bells are in good hands.\n\nHenrik",
        ),
        spared("One recipient."),
    )


def outsider_reply() -> Letter:
    """A customer answers all; the list is in the header of a mail that we did not write."""
    panel = [person.bare for person in consumers(40)]
    angry, others = consumers(1)[0], panel[1:]
    quoted = "\n".join(f"> {line}" for line in ("To: " + ", ".join(p.address for p in others[:6]), "", "Dear rider,"))
    return letter(
        Draft(
            slug="outsider-replies-all",
            what="A customer's reply to 39 people whose addresses she read in the survey, as it arrived in our inbox.",
            author=angry,
            sent=(7, 6, 10, 2, 120),
            subject="Re: Tell us how you ride: ten minutes, one voucher",
            to=[INES],
            cc=others,
            marks=["reply"],
            extra=[("In-Reply-To", b"<202607060930.survey-invitation@fernhill.example>")],
            body=f"Why can I read everybody's address? And they mine?\n\nOn 6 July Ines wrote:\n{quoted}",
        ),
        spared("Somebody else sent it."),
    )


def bounce() -> Letter:
    """A report about one address that does not exist."""
    daemon = Person("Mail Delivery System", "mailer-daemon@mx.freemail.example")
    what = "A delivery report about one address of the survey, as it arrived in our inbox."
    draft = Draft("bounce", what, daemon, (7, 6, 9, 31, 120), subject="", body="", to=[INES.bare])
    return letter(delivery_report(draft, consumers(1, start=70)), spared("Somebody else sent it, to one of us."))
