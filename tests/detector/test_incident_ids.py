"""Ids stay, whatever is found later and wherever it was found."""

from __future__ import annotations

from scanner.detector.incident_ids import Named, named
from scanner.incident import Registry
from tests.detector.members import HOUR, member

FIRST = member("first", range(30))
LATER = member("later", range(30), after=HOUR)
EARLIER = member("earlier", range(30), after=-HOUR, subject="Another")


def _only(groups: list[list[object]], registry: Registry | None = None) -> Named:
    (name,) = named(groups, registry or Registry())  # type: ignore[arg-type]
    return name


def test_an_id_is_made_of_author_minute_and_subject() -> None:
    same = member("of-another-source", range(12), after=30)  # half a minute, fewer people: a damaged copy
    assert _only([[FIRST]]) == _only([[same]])
    others = [
        member("a", range(30), after=60),
        member("b", range(30), writer="ben@company.example"),
        member("c", range(30), subject="Something else"),
    ]
    assert len({_only([[one]]).id for one in (FIRST, *others)}) == 4


def test_a_message_without_a_date_is_named_by_its_identity() -> None:
    assert _only([[member("x", range(30), after=None)]]) != _only([[member("y", range(30), after=None)]])


def test_what_is_found_later_does_not_change_the_id() -> None:
    given = _only([[FIRST]])
    registry = Registry({"first": given.id})
    assert _only([[EARLIER, FIRST, LATER]], registry) == given


def test_incidents_that_become_one_keep_the_oldest_id_and_the_others_as_aliases() -> None:
    registry = Registry({"later": "I-OLD", "first": "I-NEW"}, {"I-OLDER": "I-NEW"})
    assert _only([[FIRST, LATER]], registry) == Named("I-OLD", ("I-NEW", "I-OLDER"))


def test_of_an_incident_that_falls_apart_the_first_part_keeps_the_id() -> None:
    registry = Registry({"first": "I-ONE", "later": "I-ONE"})
    first, second = named([[FIRST], [LATER]], registry)
    assert first.id == "I-ONE" != second.id


def test_two_incidents_never_share_an_id() -> None:
    twin = member("twin", range(50, 80))
    first, second = named([[FIRST], [twin]], Registry())
    assert first.id != second.id


def test_an_alias_is_never_given_anew() -> None:
    new = _only([[FIRST]])
    assert _only([[FIRST]], Registry({}, {new.id: "I-OTHER"})).id != new.id


def test_ids_that_were_given_once_are_never_given_to_others_however_often_incidents_part() -> None:
    registry = Registry()
    seen: dict[str, str] = {}
    for together in (False, True, False, True, False, True, False):
        groups = [[FIRST, LATER]] if together else [[FIRST], [LATER]]
        names = named(groups, registry)
        given = [(member.message, name) for members, name in zip(groups, names, strict=True) for member in members]
        ids = {message: name.id for message, name in given}
        aliases = {**registry.aliases, **{alias: name.id for name in names for alias in name.aliases}}
        assert not set(ids.values()) & aliases.keys()  # what became part of another is nobody's id
        assert ids["first"] == seen.setdefault("first", ids["first"])
        registry = Registry(ids, aliases)


def test_a_quotation_hands_its_id_down_and_names_nothing_new() -> None:
    quoted = member("quoted", range(30), after=-HOUR, quoted=True)
    assert _only([[quoted, FIRST]], Registry({"quoted": "I-QUOTED"})).id == "I-QUOTED"
    assert _only([[quoted, FIRST]]) == _only([[FIRST]])
    assert _only([[quoted]]) != _only([[FIRST]])
