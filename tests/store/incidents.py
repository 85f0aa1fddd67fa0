"""Invented incidents for the tests of what was shown."""

from __future__ import annotations

from dataclasses import replace

from scanner.exposure import Affected, Exposure, Identifiable
from scanner.incident import Class, Incident
from tests.store.mail import envelope


def person(name: str) -> Affected:
    address = f"{name}@freemail.example"
    return Affected(address, (), (), address, True, False, Identifiable.NO, 11, 0, 0)


def message(identity: str, *people: str) -> Exposure:
    shown = tuple(map(person, people or ("ann", "bob")))
    return Exposure("visible-outsiders", identity, envelope(), shown, (), 2, 2, True, ())


def incident(*exposures: Exposure, name: str = "I-ONE", klass: Class = Class.PROBABLE) -> Incident:
    affected = {one.key: one for exposure in exposures for one in exposure.affected}
    return replace(Incident(name, exposures, (), tuple(affected.values()), (), ()), klass=klass)
