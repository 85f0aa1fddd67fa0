"""Stories with the counts of exposures that became known: everything in them is invented but the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.sampling.letter import Draft, Letter, delivery_report, exposed, letter, spared
from tests.sampling.people import Person, consumers, employees, half_named, nameless

FOUNDATION = "foundation.fernhill.example"
ELIN = Person("Elin Strand", f"elin.strand@{FOUNDATION}")  # programmes of the foundation
DAVID = Person("David Achebe", f"david.achebe@{FOUNDATION}")  # hearings and compensation
LUCIA = Person("Lucia Ferrari", f"lucia.ferrari@{FOUNDATION}")  # studies


def sent() -> Iterator[Letter]:
    """What the foundation sent."""
    yield from diabetes_newsletter()
    yield from mental_health()
    yield advisory_group()
    yield from exhibition()
    yield from stranded()
    yield from subsidies()
    yield from hearing()
    yield compensation()
    yield from inquiry()
    yield heart_study()


def received() -> Iterator[Letter]:
    """What came back."""
    yield from mental_health_bounces()
    yield hearing_answer()
    yield inquiry_bounce()


def _pasted(people: Sequence[Person]) -> list[Person]:
    """In the order of a sorted spreadsheet, where those who are named stand among the others."""
    return sorted(people, key=lambda person: person.address)


def _crowd(draft: Draft, because: str, people: Sequence[Person]) -> Letter:
    return replace(letter(draft, exposed(because, people)), crowded=True)


def _hidden(draft: Draft, because: str) -> Letter:
    return replace(letter(draft, spared(because)), crowded=True)


def diabetes_newsletter() -> Iterator[Letter]:
    """Sent, recalled to the same list after 19 minutes, and apologised for properly."""
    readers = _pasted([*consumers(730, start=2000), *nameless(51, start=2730)])
    first = Draft(
        slug="diabetes-newsletter",
        what="A newsletter for riders with diabetes: 781 readers in To, 730 of them with their full names.",
        author=ELIN,
        sent=(9, 1, 10, 12, 120),
        subject="Riding with diabetes: our September newsletter",
        to=readers,
        body="Dear reader,\n\nthree rides, two recipes, and one thing to keep in every saddle bag: sugar.\n\nElin",
    )
    yield _crowd(first, "781 people stand in To of a newsletter about their illness.", readers)
    yield _crowd(
        replace(
            first,
            slug="diabetes-recall",
            what="The recall, 19 minutes later, to the same 781 readers, visible once more.",
            sent=(9, 1, 10, 31, 120),
            subject="Recall: Riding with diabetes: our September newsletter",
            body="Elin Strand would like to recall the message.",
        ),
        "The recall shows all 781 people once more.",
        readers,
    )
    yield _hidden(
        replace(
            first,
            slug="diabetes-apology",
            what="The apology, correctly in Bcc.",
            sent=(9, 1, 11, 53, 120),
            subject="Our apology for this morning's newsletter",
            to=[ELIN],
            bcc=readers,
            body="We are sorry. Please delete both messages.\n\nElin",
        ),
        "Bcc hides the readers from one another.",
    )


def _riders() -> tuple[list[Person], list[Person]]:
    """The 264 people of the programme, and nine of them whose addresses no longer exist."""
    people = [*consumers(115, start=2800), *half_named(51, start=2915), *nameless(98, start=2966)]
    return people, [*people[20:23], *people[130:132], *people[200:204]]


def mental_health() -> Iterator[Letter]:
    """270 entries, 264 people, and the same again the next day."""
    people, _ = _riders()
    twice = [replace(p, address=p.address.upper()) for p in people[:6]]
    first = Draft(
        slug="mental-health-rides",
        what="A programme with 270 entries in Cc, six of them twice: 264 people, 115 named clearly and 51 in part.",
        author=ELIN,
        sent=(10, 6, 9, 0, 120),
        subject="Mental health rides: the autumn programme",
        to=[ELIN],
        cc=[*_pasted(people), *twice],
        body="Dear riders,\n\nfour rides until the end of November, all of them slow.\n\nElin",
    )
    yield _crowd(first, "264 different people stand in Cc; six stand there twice.", people)
    yield _crowd(
        replace(
            first,
            slug="mental-health-recall",
            what="The recall of the next day, with everybody in Cc again.",
            sent=(10, 7, 9, 20, 120),
            subject="Recall: Mental health rides: the autumn programme",
            body="Elin Strand would like to recall the message.",
        ),
        "The recall shows the same 264 people once more.",
        people,
    )


def mental_health_bounces() -> Iterator[Letter]:
    """Delivery reports about nine addresses: several for the first mail, and one for all of them after the recall."""
    _, gone = _riders()
    for number, lost in enumerate((gone[:3], gone[3:5], gone[5:6], gone[6:8], gone[8:]), start=1):
        yield _bounce(f"mental-health-bounce-{number}", (10, 6, 9, number, 120), ELIN, lost)
    yield _bounce("mental-health-bounce-6", (10, 7, 9, 21, 120), ELIN, gone)


def _bounce(slug: str, when: tuple[int, int, int, int, int], to: Person, lost: Sequence[Person]) -> Letter:
    noun = "one address" if len(lost) == 1 else f"{len(lost)} addresses"
    daemon = Person("Mail Delivery System", "mailer-daemon@mx.fernhill.example")
    draft = Draft(slug, f"A delivery report about {noun}.", daemon, when, subject="", body="", to=[to.bare])
    return letter(delivery_report(draft, lost), spared("A machine of ours sent it, to one of us."))


def advisory_group() -> Letter:
    """105 in Cc, of whom 65 can be told by name."""
    members = _pasted([*consumers(65, start=3100), *nameless(40, start=3165)])
    return _crowd(
        Draft(
            slug="advisory-group",
            what="An agenda to an advisory group: 105 people in Cc, 65 of them named.",
            author=ELIN,
            sent=(2, 3, 16, 5, 60),
            subject="Riders living with HIV: agenda of the advisory group",
            to=[ELIN],
            cc=members,
            body="One: the minutes. Two: the bells. Three: lunch.\n\nElin",
        ),
        "105 people stand in Cc; the subject says what they have in common.",
        members,
    )


def exhibition() -> Iterator[Letter]:
    """The same mail to the first and the second part of a list; the others were never sent."""
    for number, part in enumerate((consumers(912, start=4000), consumers(869, start=4912)), start=1):
        people = _pasted([person.bare for person in part])
        yield _crowd(
            Draft(
                slug=f"clinic-exhibition-{number}",
                what=f"Part {number} of one mailing without numbers: {len(people)} people in To.",
                author=ELIN,
                sent=(9, 6, 13, 10 * number, 120),
                subject="Draw your bicycle: an exhibition at the rehabilitation clinic",
                to=people,
                body="Dear all,\n\nsend us a drawing of the bicycle that you would like to ride again.\n\nElin",
            ),
            f"{len(people)} patients stand in To.",
            people,
        )


def stranded() -> Iterator[Letter]:
    """Three mails within two weeks to a list that grows: 13, 55 and 245 people, 265 different ones."""
    people = [person.bare for person in consumers(265, start=5800)]
    lists = (people[:13], people[:55], [*people[7:42], *people[55:]])
    for number, (day, listed) in enumerate(zip((7, 13, 20), lists, strict=True), start=1):
        yield _crowd(
            Draft(
                slug=f"stranded-riders-{number}",
                what=f"Mail {number} of three in two weeks: {len(listed)} people in To.",
                author=DAVID,
                sent=(9, day, 17, number, 120),
                subject="Stranded riders: what we need for your journey home",
                to=listed,
                body="Please answer with a copy of your passport and the place where you are now.\n\nDavid",
            ),
            f"{len(listed)} people stand in To.",
            listed,
        )


def subsidies() -> Iterator[Letter]:
    """Nine mails of one day, as many as it took."""
    people = _pasted(consumers(300, start=6100))
    for number in range(1, 10):
        part = people[number - 1 :: 9]
        yield _crowd(
            Draft(
                slug=f"repair-subsidy-{number}",
                what=f"Mail {number} of nine on one day: {len(part)} people in Cc.",
                author=LUCIA,
                sent=(6, 11, 8 + number, 7 * number % 60, 120),
                subject="Your repair subsidy: one form is missing",
                to=[LUCIA],
                cc=part,
                body="Please send us form 3. If you have sent it, please send it again.\n\nLucia",
            ),
            f"{len(part)} people stand in Cc.",
            part,
        )


def _witnesses() -> list[Person]:
    """90 people: 33 with their names, 19 whose address is their name, and 38 of whom nothing is told."""
    named, speaking = consumers(33, start=6500), employees("freemail.example", 19, start=6540)
    told = [replace(person, name="", party=person.address) for person in speaking]
    return _pasted([*named, *told, *nameless(38, start=6600)])


def hearing() -> Iterator[Letter]:
    """Properly hidden first; then the correction was not, and the request to delete it was again."""
    people = _witnesses()
    first = Draft(
        slug="witness-hearing",
        what="An invitation to 90 witnesses, all of them in Bcc.",
        author=DAVID,
        sent=(2, 27, 15, 20, 60),
        subject="Hearing of the victims of the brake accidents",
        to=[DAVID],
        bcc=people,
        body="The hearing is on 12 March at ten. Please ring 01632 960 455 if you cannot come.\n\nDavid",
    )
    yield _hidden(first, "Bcc hides the witnesses from one another.")
    yield _crowd(
        replace(
            first,
            slug="witness-hearing-corrected",
            what="The correction, with the 90 witnesses in To; 52 are named by label or address.",
            sent=(2, 27, 15, 46, 60),
            subject="Correction: Hearing of the victims of the brake accidents",
            to=people,
            bcc=(),
            body="The number is 01632 960 456.\n\nDavid",
        ),
        "The correction shows in To the 90 witnesses whom the first mail had hidden.",
        people,
    )
    yield _hidden(
        replace(
            first,
            slug="witness-hearing-deletion",
            what="The request to delete the correction, in Bcc again.",
            sent=(2, 27, 16, 30, 60),
            subject="Please delete our message of 15:46",
            body="Please delete the message, and do not answer it.\n\nDavid",
        ),
        "Bcc hides the witnesses from one another.",
    )


def hearing_answer() -> Letter:
    """One of the witnesses answers all, and adds two people whom we did not know."""
    people = _witnesses()
    answering, others = people[40], [*people[:40], *people[41:]]
    return replace(
        letter(
            Draft(
                slug="witness-hearing-answer",
                what="A witness answers all 90, and adds two more addresses.",
                author=answering,
                sent=(2, 27, 16, 2, 60),
                subject="Re: Correction: Hearing of the victims of the brake accidents",
                to=[DAVID],
                cc=[*others, *consumers(2, start=6700)],
                marks=["reply"],
                extra=[("In-Reply-To", f"<202602271546.witness-hearing-corrected@{FOUNDATION}>".encode())],
                body="You forgot two of us. I have added them.",
            ),
            spared("Somebody else sent it."),
        ),
        crowded=True,
    )


def compensation() -> Letter:
    """Three of our own stand among them: they could read the list, and are not affected."""
    people = _pasted(consumers(248, start=6800))
    ours = [LUCIA, ELIN, Person("Samuel Boateng", f"samuel.boateng@{FOUNDATION}")]
    return _crowd(
        Draft(
            slug="compensation-newsletter",
            what="A newsletter about compensation with 251 people in To, three of them our own.",
            author=DAVID,
            sent=(5, 22, 16, 45, 120),
            subject="Compensation after the brake accidents: newsletter for victims",
            to=[*people[:100], *ours, *people[100:]],
            body="Dear reader,\n\nthe fund opens in June.\n\nDavid",
        ),
        "248 outsiders stand in To beside three of our own.",
        people,
    )


def _parties() -> list[Person]:
    return [
        *consumers(41, start=7100),
        *employees("lawyers-one.example", 3, 7150),
        *employees("lawyers-two.example", 4, 7160),
        *employees("pedalpost.example", 5, 7170),
        *employees("weekly-wheel.example", 3, 7180),
    ]


def inquiry() -> Iterator[Letter]:
    """The injured, their lawyers and the press in one field; noticed after two days."""
    people = _parties()
    first = Draft(
        slug="brake-inquiry",
        what="An update on an inquiry: 56 victims, lawyers and journalists in To.",
        author=DAVID,
        sent=(3, 17, 14, 0, 60),
        subject="Inquiry into the brake accidents: update for victims and counsel",
        to=people,
        body="Dear all,\n\nthe report will be ready in April.\n\nDavid",
    )
    yield letter(first, exposed("56 people of 45 parties stand in To.", people))
    yield letter(
        replace(
            first,
            slug="brake-inquiry-recall",
            what="The recall two days later, to the same 56.",
            sent=(3, 19, 9, 0, 60),
            subject="Recall: Inquiry into the brake accidents: update for victims and counsel",
            body="David Achebe would like to recall the message.",
        ),
        exposed("The recall shows the same 56 people once more.", people),
    )


def inquiry_bounce() -> Letter:
    """One of the 56 was never reached."""
    return _bounce("brake-inquiry-bounce", (3, 17, 14, 1, 60), DAVID, _parties()[12:13])


def heart_study() -> Letter:
    """Nineteen patients, and seven of them by name."""
    patients = _pasted([*consumers(7, start=7200), *nameless(12, start=7207)])
    return letter(
        Draft(
            slug="heart-study",
            what="19 patients of a study in Cc, seven of them named.",
            author=LUCIA,
            sent=(4, 23, 11, 30, 120),
            subject="In bicicletta dopo il trapianto di cuore: prossima visita",
            to=[LUCIA],
            cc=patients,
            body="Gentili signore e signori,\n\nci vediamo giovedì alle nove.\n\nLucia",
        ),
        exposed("19 patients stand in Cc of a mail whose subject tells what was done to them.", patients),
    )
