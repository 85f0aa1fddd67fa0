"""What earlier runs found is asked for once, in turn, and nothing depends on when."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from threading import Thread

import pytest

from scanner.detector.evidence import Wanted
from scanner.envelope import Envelope, Locator
from scanner.headers import parse_envelope
from scanner.side_by_side import Turns
from scanner.store.store import Store
from tests.test_evidence import ANSWER, GROUP, MANY, MASS, box, kept, letter, run


def test_what_earlier_runs_found_is_read_in_turn(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run(store, box([MASS], [GROUP]))
    made: list[Turns] = []
    owned: list[bool] = []
    read = Store.envelopes

    def turns() -> Turns:
        made.append(Turns())
        return made[-1]

    def watched(self: Store) -> Iterator[Envelope]:
        for one in read(self):
            owned.append(made[-1]._lock._is_owned())  # type: ignore[attr-defined]
            yield one

    monkeypatch.setattr("scanner.scan.Turns", turns)
    monkeypatch.setattr(Store, "envelopes", watched)
    run(store, box([MASS], [GROUP, ANSWER]))
    assert owned == [True]
    assert kept(store) == ["answer", "group"]


@pytest.mark.parametrize("most", [0, 11, 12, 13, 24, 100])
def test_who_asks_first_for_earlier_runs_changes_nothing(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """However full it is, and whether what this run found was saved by then."""
    monkeypatch.setattr("scanner.detector.evidence._MOST_LINKS", most)
    subjects = ["apples", "pears", "plums", "figs"]
    apples, pears, plums, figs = (
        parse_envelope(letter(name, "ann@corp.example", MANY), Locator("ann", "Sent", name)) for name in subjects
    )
    answers = set()
    for place in range(3):
        found = [apples, figs]
        wanted = Wanted(partial(iter, [*found[:place], pears, plums]))  # by age
        for candidate in found[:place]:
            wanted.add(candidate)
        wanted.recall()
        for candidate in found[place:]:
            wanted.add(candidate)
        answers.add(
            tuple(
                wanted.is_from_the_list_of(name, f"p{person}@c{person}.example", names_others=False)
                for name in subjects
                for person in range(12)
            )
        )
    assert len(answers) == 1
    if most == 100:
        assert answers == {(True,) * 48}


def test_earlier_runs_are_asked_for_once_whoever_needs_them_first(store: Store) -> None:
    run(store, box([MASS], [GROUP]))
    asked_for: list[str] = []

    def earlier() -> Iterator[Envelope]:
        asked_for.append("candidates")
        return store.envelopes()

    wanted = Wanted(earlier, store.received_ids)
    (mass,) = (one.envelope for one in store.candidates())
    wanted.add(mass)
    assert wanted.bears("mass@mail.example")
    assert asked_for == []
    threads = [Thread(target=wanted.recall) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
    assert not wanted.bears("nobody@mail.example")
    assert asked_for == ["candidates"]
    assert (wanted.ids, wanted.known) == ({"mass@mail.example"}, {"group@mail.example"})
    assert list(store.envelopes()) == [one.envelope for one in store.candidates()]
