"""Everybody who stands on some candidate, each as a small number: lists of people are compared by the thousand."""

from __future__ import annotations

from scanner.address import Address
from scanner.detector.parties import Parties
from scanner.detector.roles import is_list, is_role
from scanner.exposure import Affected


class People:
    """Outsiders by number, in the order in which they were first met, with what is the same in every message."""

    def __init__(self, parties: Parties) -> None:
        self._parties = parties
        self._numbers: dict[str, int] = {}
        self._spellings: dict[str, str] = {}  # one text for each party, however many people it has
        self.keys: list[str] = []
        self.party: list[str] = []
        self.free_mail = bytearray()
        self.role = bytearray()  # 1 until somebody shows the person's name beside the address

    def __len__(self) -> int:
        return len(self.keys)

    def of(self, person: Affected) -> int:
        """The number of somebody affected, with or without an address."""
        known = self._numbers.get(person.key)
        if known is None:
            return self._enter(person.key, person.party, free_mail=person.free_mail, role=person.role)
        if not person.role:
            self.role[known] = 0
        return known

    def of_address(self, canonical: str) -> int:
        """The number of somebody of whom nothing but the canonical address is known."""
        known = self._numbers.get(canonical)
        if known is not None:
            return known
        address = Address.of(canonical)
        party, free_mail = self._parties.of(address)
        return self._enter(canonical, party, free_mail=free_mail, role=is_list(address) or is_role(address.local_part))

    def known(self, canonical: str) -> int | None:
        """The number of somebody who has one."""
        return self._numbers.get(canonical)

    def _enter(self, key: str, party: str, *, free_mail: bool, role: bool) -> int:
        number = self._numbers[key] = len(self.keys)
        self.keys.append(key)
        self.party.append(key if party == key else self._spellings.setdefault(party, party))
        self.free_mail.append(free_mail)
        self.role.append(role)
        return number
