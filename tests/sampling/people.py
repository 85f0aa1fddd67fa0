"""The invented people of the samples: the staff of Fernhill, its customers, and other companies."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

OURS = "fernhill.example"
FREE_MAIL = (
    "freemail.example",
    "postbox.example",
    "quickmail.example",
    "courriel.example",
    "correo.example",
    "poczta.example",
    "letterbox.test",
)

# Two lists of prime length: walking along both gives 61 * 67 different pairs before one comes back.
_FIRST_NAMES = """
Aaliyah Abebe Agnieszka Aisha Alejandra Amara Anaïs Anders Anneke Antonín Aroha Ayşe Beatriz Bjørn Bogdan Bronwyn
Camille Chidi Chiara Çağla Dagmar Daiki Dilnoza Eilidh Elif Emeka Esra Faisal Fatou Femke Gábor Giorgos Hana Hannes
Ilse Iolanda Ismail Jelena João Jürgen Kamala Katarzyna Keanu Kwame Lạc Łukasz Maëlle Marit Matteo Mei Minh Nadia
Naveen Nikos Noor Olumide Paloma Pekka Quentin Rasa Zsófia
"""
_LAST_NAMES = """
Aalto Achterberg Adeyemi Ağaoğlu Alvarado Andersson Baptiste Barzani Bielak Bouchard Brandão Chukwu Cohen Çelik
D'Amico Dimitrov Đorđević Dubois Eriksen Farkas Fernández Fonseca Gallagher Ghosh Grünwald Haapala Hakimi Horváth
Ibrahim Ivanova Jankowski Jensen Kariuki Kowalczyk Kruger Laurent Lindqvist Mäkinen Mbeki Moretti Müller Nakamura
Nguyen Novák O'Sullivan Okonkwo Oyelaran Papadopoulos Pereira Petrauskas Quispe Rahman Reinholt Romano Sánchez
Šimková Silva Singh Tamihana Tanaka Ueda Vandenberghe Vasquez Wójcik Yamada Yılmaz Zieliński
"""
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_PLAIN = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ı": "i", "ß": "ss", "'": ""})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can stand in an address field.

    `party` is what the detector should take for this person's party; it is empty for the staff of Fernhill. `role`
    says that the address belongs to a function and not to a human being.
    """

    name: str
    address: str
    party: str = ""
    role: bool = False

    @property
    def bare(self) -> Person:
        """The same address without a name."""
        return Person("", self.address, self.party, self.role)


def plain(name: str) -> str:
    """A name as it becomes a local part: lower case, ASCII."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    return decomposed.encode("ascii", "ignore").decode().lower()


def staff(name: str, local_part: str = "") -> Person:
    """A colleague at Fernhill."""
    return Person(name, f"{local_part or plain(name).replace(' ', '.')}@{OURS}")


INES = staff("Ines Moreau")  # customer research
TOMASZ = staff("Tomasz Wieczorek")  # events
ADAEZE = staff("Adaeze Okafor")  # sales
HENRIK = staff("Henrik Sørensen")  # support
PRIYA = staff("Priya Raghunathan")  # people and culture
GIULIA = staff("Giulia Conti")  # purchasing
MAREK = staff("Marek Dvořák")  # projects
YUKI = staff("Yuki Tanabe")  # marketing


def _names(number: int) -> tuple[str, str]:
    return _FIRST[number % len(_FIRST)], _LAST[(number * 5 + 2) % len(_LAST)]


def consumers(count: int, start: int = 0) -> list[Person]:
    """So many private customers, each with an address at a free-mail provider: each is a party of their own."""
    found = []
    for number in range(start, start + count):
        first, last = _names(number)
        one, two = plain(first), plain(last)
        local = (f"{one}.{two}", f"{one[0]}.{two}", f"{one}{two}{60 + number % 40}", f"{two}.{one}", f"{two}_{number}")
        address = f"{local[number % len(local)]}@{FREE_MAIL[number % len(FREE_MAIL)]}"
        found.append(Person(f"{first} {last}", address, party=address))
    return found


def half_named(count: int, start: int) -> list[Person]:
    """Private customers of whom an address shows a surname, and nothing shows the first name."""
    found = []
    for number in range(start, start + count):
        first, last = _names(number)
        address = f"{plain(first)[0]}.{plain(last)}@{FREE_MAIL[number % len(FREE_MAIL)]}"
        found.append(Person("", address, party=address))
    return found


def nameless(count: int, start: int) -> list[Person]:
    """Private customers whose addresses name nobody."""
    addresses = [f"rider{number}@{FREE_MAIL[number % len(FREE_MAIL)]}" for number in range(start, start + count)]
    return [Person("", address, party=address) for address in addresses]


def employees(domain: str, count: int, start: int = 0, party: str = "") -> list[Person]:
    """So many people of one company: one party, the company's registrable domain."""
    found = []
    for number in range(start, start + count):
        first, last = _names(number)
        found.append(Person(f"{first} {last}", f"{plain(first)}.{plain(last)}@{domain}", party or domain))
    return found


def role(local_part: str, domain: str, name: str = "") -> Person:
    """A function of a company, such as info@."""
    return Person(name, f"{local_part}@{domain}", domain, role=True)
