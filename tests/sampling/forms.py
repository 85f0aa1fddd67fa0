"""Stories of exposures whose address fields are written in every way that mail programs have found."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.sampling.letter import Draft, Entry, Letter, exposed, letter, mailbox, people_field
from tests.sampling.people import ADAEZE, GIULIA, HENRIK, INES, MAREK, TOMASZ, YUKI, Person, consumers, employees

_FERNHILL_DN = "/O=FERNHILL/OU=EXCHANGE ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN="


def stories() -> Iterator[Letter]:
    """All of them, in the order of the README's table."""
    yield semicolons()
    yield groups()
    yield names_hold_addresses()
    yield encoded_names()
    yield encoded_list()
    yield directory_names()
    yield international()
    yield latin_one()
    yield commas_and_quotes()
    yield broken_separators()
    yield apparently_to()


def _entries(field: str, people: Sequence[Person]) -> list[Entry]:
    return [Entry(field, p.address, p.name) for p in people]


def semicolons() -> Letter:
    """What an old Outlook writes when its user types as in Outlook."""
    customers = [replace(p, name=", ".join(reversed(p.name.split(" ")))) for p in consumers(14, start=900)]
    return letter(
        Draft(
            slug="semicolons",
            what="14 customers as Surname, First name, separated by semicolons, with a zone named in letters.",
            author=ADAEZE,
            sent=(3, 10, 10, 2, -300),
            date_text="Tue, 10 Mar 2026 10:02 EST",
            subject="Your test bicycles",
            raw_fields=[("To", people_field(customers, b";") + b";")],
            raw_entries=_entries("To", customers),
            newline=b"\r\n",
            body="Please bring them back. All of them. Also the red one.\n\nAdaeze",
        ),
        exposed("14 customers stand in To, whatever separates them.", customers),
    )


def groups() -> Letter:
    """Groups with members (RFC 5322 §3.4): the name of the group hides nobody."""
    testers, press = consumers(8, start=920), employees("pedalpost.example", 2, 220)
    weekly = employees("weekly-wheel.example", 2, 230)
    value = (
        b"Beta testers: "
        + people_field(testers)
        + b";,\n Press: "
        + people_field([*press, *weekly])
        + b";,\n "
        + mailbox(YUKI)
    )
    entries = [
        *(replace(e, group="Beta testers") for e in _entries("To", testers)),
        *(replace(e, group="Press") for e in _entries("To", [*press, *weekly])),
        *_entries("To", [YUKI]),
    ]
    return letter(
        Draft(
            slug="groups",
            what="Two groups with members in To: 8 beta testers and 4 journalists.",
            author=INES,
            sent=(5, 20, 9, 9, 120),
            subject="The bell app, version 0.9",
            raw_fields=[("To", value)],
            raw_entries=entries,
            body="It rings. It even rings when it should.\n\nInes",
        ),
        exposed("The members of both groups could read one another's addresses.", [*testers, *press, *weekly]),
    )


def names_hold_addresses() -> Letter:
    """A merge took the column of the second address for the one of the name."""
    written_to, shown = consumers(7, start=940), consumers(7, start=947)
    merged = [replace(person, name=other.address) for person, other in zip(written_to, shown, strict=True)]
    entries = [
        entry
        for person, other in zip(merged, shown, strict=True)
        for entry in (Entry("To", person.address, person.name), Entry("To", other.address, origin="name"))
    ]
    return letter(
        Draft(
            slug="addresses-in-names",
            what="A merge to 7 customers that shows the addresses of 7 others where the names should be.",
            author=INES,
            sent=(9, 22, 7, 0, 120),
            subject="Second wave: tell us how you brake",
            raw_fields=[("To", people_field(merged))],
            raw_entries=entries,
            body="Five questions about brakes. Please answer before the next hill.\n\nInes",
        ),
        exposed("A display name is read by everybody: 7 people were written to, 14 were shown.", [*written_to, *shown]),
    )


def encoded_names() -> Letter:
    """Names in every encoding, with a comma inside one of them."""
    guests = consumers(9, start=27)
    extra = [
        Person("Müller, Jürgen", "j.mueller@kettenwerk.example", "kettenwerk.example"),
        Person("Łucja Żółć", "lucja@poczta.example", "lucja@poczta.example"),
        Person("Σοφία Παππά", "sofia.pappa@postbox.example", "sofia.pappa@postbox.example"),
    ]
    value = (
        people_field(guests)
        + b",\n =?iso-8859-1?Q?M=FCller,_J=FCrgen?= <j.mueller@kettenwerk.example>,\n"
        + b" =?iso-8859-2?Q?=A3ucja?= =?utf-8?B?"
        + base64.b64encode(" Żółć".encode())
        + b"?= <lucja@poczta.example>,\n "
        + mailbox(extra[2])
    )
    return letter(
        Draft(
            slug="encoded-names",
            what="12 people whose names are encoded words in three character sets, one with a comma in it.",
            author=TOMASZ,
            sent=(2, 24, 12, 30, 60),
            subject="Zaproszenie: otwarcie sezonu w Łodzi",
            raw_fields=[("Cc", value)],
            raw_entries=_entries("Cc", [*guests, *extra]),
            body="Kawa, ciasto, rowery. In this order.\n\nTomasz",
        ),
        exposed("12 people stand in Cc; names in encoded words are names all the same.", [*guests, *extra]),
    )


def encoded_list() -> Letter:
    """A home-made generator that put the list itself into encoded words."""
    people = consumers(11, start=960)
    bare = [p.bare for p in people]
    halves = (", ".join(p.address for p in bare[:6]) + ",", " " + ", ".join(p.address for p in bare[6:]))
    value = b"\n ".join(b"=?UTF-8?B?" + base64.b64encode(half.encode()) + b"?=" for half in halves)
    return letter(
        Draft(
            slug="encoded-list",
            what="11 customers in two encoded words that hold the whole list, addresses and commas.",
            author=MAREK,
            sent=(4, 14, 5, 55, 120),
            subject="Reminder: your annual check",
            raw_fields=[("To", value)],
            raw_entries=_entries("To", bare),
            body="Once a year a bicycle wants to be looked at.",
        ),
        exposed("A mail program decodes the words and shows 11 addresses.", bare),
    )


def directory_names() -> Letter:
    """An Exchange export: directory names for us, wrapped addresses and plain names for the others."""
    plain_people = consumers(7, start=980)
    wrapped = [
        Person("", "dilnoza.rahman@freemail.example", "dilnoza.rahman@freemail.example"),
        Person("Kwame Baptiste", "kwame@postbox.example", "kwame@postbox.example"),
        Person("", "petra_lind@velo-nord.example", "velo-nord.example"),
        Person("Naveen Ghosh", "naveen.ghosh@lumen.example", "lumen.example"),
    ]
    value = b",\n ".join(
        [
            people_field(plain_people),
            b"IMCEASMTP-dilnoza+2Erahman+40freemail+2Eexample@fernhill.example",
            b"Kwame Baptiste <SMTP:kwame@postbox.example>",
            b"petra_lind_velo-nord.example#EXT#@fernhill.example",
            b"Naveen Ghosh [SMTP:naveen.ghosh@lumen.example]",
            b'"Byrne, Ois\xc3\xadn" <' + _FERNHILL_DN.encode() + b"OBYRNE>",
            b"IMCEAEX-_O=FERNHILL_OU=EXCHANGE+20ADMINISTRATIVE+20GROUP_CN=RECIPIENTS_CN=LHADDAD@fernhill.example",
            b"Beatriz from the bakery",
        ]
    )
    entries = [
        *_entries("To", [*plain_people, *wrapped]),
        Entry("To", None, "Byrne, Oisín", form="directory", shown=_FERNHILL_DN + "OBYRNE"),
        Entry("To", None, form="directory", shown="LHADDAD"),
        Entry("To", None, form="name", shown="Beatriz from the bakery"),
    ]
    people = [*plain_people, *wrapped]
    verdict = exposed("11 outsiders stand there with an address, and one by a name alone.", people, named=1)
    return letter(
        Draft(
            slug="directory-names",
            what="Names as Exchange exports them: X.500, IMCEA, SMTP:, a guest account, and a name without address.",
            author=GIULIA,
            sent=(1, 29, 16, 5, 60),
            subject="Announcement: the winners of our raffle",
            raw_fields=[("To", value)],
            raw_entries=entries,
            newline=b"\r\n",
            body="You have all won a bell.\n\nGiulia",
        ),
        verdict,
    )


def international() -> Letter:
    """Domains and local parts outside ASCII, one domain spelled in both its forms."""
    written = [
        ("krüger@bäckerei-krüger.example", "xn--bckerei-krger-bfb38a.example"),
        ("theke@xn--bckerei-krger-bfb38a.example", "xn--bckerei-krger-bfb38a.example"),
        ("krüger@xn--bckerei-krger-bfb38a.example", "xn--bckerei-krger-bfb38a.example"),
        ("bartek@żółw-rowery.example", ""),
        ("mechthild@münchen-rad.example", ""),
        ("hallå@östersund-cykel.example", ""),
        ("用户@自転車.example", ""),
        ("marie@vélo-forêt.example", ""),
        ("δημήτρης@ποδήλατο.example", ""),
        ("ola@sykkel-på-hjul.example", ""),
        ("ana.lucia@bicicleta-ñandú.example", ""),
        ("zeynep@bisiklet-çarşı.example", ""),
        ("ivan@велосипед.example", ""),
    ]
    people = []
    for address, label in written:
        local, _, domain = address.partition("@")
        ascii_domain = label or domain.encode("idna").decode()
        people.append(Person("", f"{local}@{ascii_domain}", ascii_domain))
    value = b",\n ".join(address.encode() for address, _ in written)
    return letter(
        Draft(
            slug="international",
            what="12 companies' people at domains outside ASCII, in raw UTF-8; one twice, as U-label and A-label.",
            author=YUKI,
            sent=(8, 4, 13, 37, 120),
            subject="Fahrräder, vélos, велосипеды",
            raw_fields=[("To", value)],
            raw_entries=_entries("To", people),
            body="One catalogue, eleven alphabets. Well, five.\n\nYuki",
        ),
        exposed("A domain is the same in both its spellings: 12 people.", people),
    )


def latin_one() -> Letter:
    """An old program that writes its own character set and does not say which."""
    people = [replace(p, name=name) for p, name in zip(consumers(11, start=1000), _LATIN, strict=True)]
    value = b",\n ".join(f'"{p.name}" <{p.address}>'.encode("latin-1") for p in people)
    return letter(
        Draft(
            slug="latin-1",
            what="11 customers whose names are raw Latin-1 bytes.",
            author=HENRIK,
            sent=(6, 24, 18, 0, 120),
            subject="Invitation: midsummer ride",
            raw_fields=[("To", value)],
            raw_entries=_entries("To", people),
            body="Bring a blanket.\n\nHenrik",
        ),
        exposed("Eleven customers stand in To; what their names are written in changes nothing.", people),
    )


_LATIN = (
    "José Peña",
    "Zoë Ångström",
    "Jürgen Groß",
    "Renée Lefèvre",
    "Søren Ærø",
    "Inês Conceição",
    "Björn Öberg",
    "Núria Güell",
    "Þóra Jónsdóttir",
    "François Mañas",
    "Päivi Mäki",
)


def commas_and_quotes() -> Letter:
    """Everything that people type between two commas."""
    ordinary = consumers(4, start=1020)
    odd = [
        (b"Okonkwo, Chidi <chidi@freemail.example>", "chidi@freemail.example", "Okonkwo, Chidi"),
        (b"'mei.ueda@postbox.example' <mei.ueda@postbox.example>", "mei.ueda@postbox.example", ""),
        (b"nikos@kettenwerk.example (Nikos, the night shift)", "nikos@kettenwerk.example", "Nikos, the night shift"),
        (b"<@relay.freemail.example:rasa@poczta.example>", "rasa@poczta.example", ""),
        (b'"Paloma \\"Pal\\" Quispe" <paloma@correo.example>', "paloma@correo.example", 'Paloma "Pal" Quispe'),
        (b"<mailto:femke@lumen.example>", "femke@lumen.example", ""),
        (b"Elif Y. <elif@[192.0.2.7]>", "elif@[192.0.2.7]", "Elif Y."),
        (b"O'Sullivan, Emeka Jr. <emeka@quickmail.example>", "emeka@quickmail.example", "O'Sullivan, Emeka Jr."),
    ]
    domain_party = ("kettenwerk.example", "lumen.example")
    people = [
        Person(name, address, next((d for d in domain_party if address.endswith("@" + d)), address))
        for _, address, name in odd
    ]
    value = people_field(ordinary) + b",\n " + b",\n ".join(written for written, _, _ in odd)
    return letter(
        Draft(
            slug="commas-and-quotes",
            what="12 people with unquoted commas, quotes in quotes, comments, routes, mailto: and an address literal.",
            author=TOMASZ,
            sent=(7, 14, 20, 20, 120),
            subject="Re-opening: the workshop has a new roof",
            raw_fields=[("To", value)],
            raw_entries=_entries("To", [*ordinary, *people]),
            body="It keeps the rain out and the smell of oil in.\n\nTomasz",
        ),
        exposed("12 people stand in To.", [*ordinary, *people]),
    )


def broken_separators() -> Letter:
    """A list that was pasted from somewhere: hardly a comma in it, and one address cut by a fold."""
    people = [p.bare for p in consumers(13, start=1040)]
    a = [p.address.encode() for p in people]
    cut = a[5].replace(b".example", b".\n example").replace(b".test", b".\n test")
    value = b"\n ".join(
        [
            a[0],
            a[1] + b" " + a[2] + b";",
            b"<" + a[3] + b"> <" + a[4] + b">",
            cut + b",,",
            b",;" + a[6] + b";;" + a[7] + b"\t" + a[8],
        ]
    )
    value += b",\n " + b"\n ".join(a[9:12]) + b",\n <" + a[12]
    return letter(
        Draft(
            slug="broken-separators",
            what="13 pasted addresses parted by lines, blanks and doubled commas, one cut, the last bracket open.",
            author=ADAEZE,
            sent=(10, 12, 9, 45, 120),
            subject="Autumn sale",
            raw_fields=[("To", value)],
            raw_entries=_entries("To", people),
            body="Everything must go. Except the cat.\n\nAdaeze",
        ),
        exposed("13 addresses stand in To; how they are separated is a matter of taste.", people),
    )


def apparently_to() -> Letter:
    """What an old mail server made of a message that had only hidden recipients."""
    people = [p.bare for p in consumers(12, start=1060)]
    return letter(
        Draft(
            slug="apparently-to",
            what="A script's mail without To, whose 12 hidden customers an old server listed in Apparently-To.",
            author=Person("", "shop@fernhill.example"),
            sent=(2, 9, 2, 0, 0),
            date_text="Mon, 9 Feb 2026 02:00:00 GMT",
            subject="Your parcel is on its way",
            raw_fields=[("Apparently-To", people_field(people))],
            raw_entries=_entries("Apparently-To", people),
            body="It left us at two in the morning, on a bicycle.",
        ),
        exposed("Apparently-To is a field like any other: 12 customers could read it.", people),
    )
