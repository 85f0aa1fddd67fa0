"""How well an entry names a person."""

from __future__ import annotations

import pytest

from scanner.detector.naming import identifiable, is_person
from scanner.exposure import Identifiable

CLEAR, PART, NO = Identifiable.CLEAR, Identifiable.PART, Identifiable.NO


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna Berg", CLEAR),
        ("Berg, Anna", CLEAR),
        ("'Anna Berg'", CLEAR),
        ("Dr. Anna von Berg", CLEAR),
        ("Anna Berg (Muster GmbH)", CLEAR),
        ("Muster GmbH - Anna Berg", CLEAR),
        ("ben carter", CLEAR),
        ("Łukasz Wójcik", CLEAR),
        ("Анна Петрова", CLEAR),
        ("अनिता शर्मा", CLEAR),
        ("佐藤 健", CLEAR),
        ("김민준", CLEAR),
        ("佐藤", PART),
        ("Anna", PART),
        ("A. Berg", PART),
        ("Frau Berg", PART),
        ("von Berg", PART),
        ("Muster GmbH", NO),
        ("Sales Team", NO),
        ("Kunde 17", NO),
        ("Customer", NO),
        ("anna@firm.example", NO),
        ("A. B.", NO),
        ("123 456", NO),
        ("to each of the many readers of our letter", NO),
        ("", NO),
        ("|", NO),
    ],
)
def test_by_display_name(name: str, expected: Identifiable) -> None:
    assert identifiable([name], "x17") is expected


@pytest.mark.parametrize(
    ("local_part", "expected"),
    [
        ("anna.berg", CLEAR),
        ("anna_berg", CLEAR),
        ("Anna.Berg77", CLEAR),
        ("anna.m.berg", CLEAR),
        ("anna.berg+news", CLEAR),
        ("a.berg", PART),
        ("berg", PART),
        ("jean-luc", PART),
        ("anna.sales", PART),
        ("kunde17", NO),
        ("x", NO),
        ("jb", NO),
        ("info", NO),
        ("customer.service", NO),
        ("a.b", NO),
        ("", NO),
    ],
)
def test_by_local_part(local_part: str, expected: Identifiable) -> None:
    assert identifiable([], local_part) is expected


def test_the_best_of_all_names_decides() -> None:
    assert identifiable(["Customer", "Anna Berg"], "x17") is CLEAR
    assert identifiable(["Customer"], "anna.berg") is CLEAR


def test_a_role_account_is_a_persons_only_under_a_persons_name() -> None:
    assert is_person(["Anna Berg"], "firm.example")
    assert not is_person(["Firm Travel"], "firm-travel.example")
    assert not is_person(["Anna"], "firm.example")
    assert not is_person(["Sales Team"], "firm.example")
    assert not is_person([], "firm.example")
