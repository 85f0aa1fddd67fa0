"""The order of incidents within a class: points, each with the sentence that says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.detector.traits import Tone, Traits
from scanner.incident import Point

_SIZES: Final = ((100, 50), (50, 40), (30, 30), (20, 20), (10, 10))
_MANY_SENDS: Final = 8
_MANY_COLLEAGUES: Final = 20


def points_of(traits: Traits) -> tuple[Point, ...]:
    """All terms that apply, in a fixed order; their sum orders incidents of one class, before the number of people."""
    return (*_size(traits), *_novelty(traits), *_words(traits), *_list(traits), *_belongings(traits))


def _size(traits: Traits) -> Iterator[Point]:
    for least, value in _SIZES:
        if traits.people >= least:
            yield Point(value, f"{traits.people:,} people were shown: {least:,} or more.")
            return


def _novelty(traits: Traits) -> Iterator[Point]:
    """Pairs that no mail of others shows together; only a list of two or more has pairs."""
    if traits.outsiders < 2:
        return
    new = 1 - traits.known_pairs
    said = f"{new:.0%} of the pairs among them never stood together in mail that others wrote."
    if new >= 0.8:
        yield Point(15, said)
    elif new >= 0.5:
        yield Point(8, said)
    elif new < 0.3:
        yield Point(-15, said)


def _words(traits: Traits) -> Iterator[Point]:
    consumers = traits.consumers / traits.people if traits.people else 0.0
    personal = Tone.PERSONAL in traits.tones
    if Tone.BULK in traits.tones:
        yield Point(10, "The subject holds words of bulk mail.")
    elif Tone.WORK in traits.tones:
        yield Point(-10, "The subject speaks of work among colleagues.")
    if personal:
        yield Point(-15, "The subject speaks of private life.")
    if consumers >= 0.5 and personal:
        yield Point(-5, f"{consumers:.0%} of them have free-mail addresses, and the subject speaks of private life.")
    elif consumers >= (0.5 if Tone.BULK in traits.tones else 0.8):  # below it may be a circle of friends and colleagues
        yield Point(20, f"{consumers:.0%} of them are consumers with free-mail addresses.")
    if traits.contexts:
        yield Point(25, f"The subject is sensitive: {', '.join(traits.contexts)}.")


def _list(traits: Traits) -> Iterator[Point]:
    if traits.replies and traits.replies == traits.messages:
        yield Point(-30, "Every message is a reply.")
    if traits.largest >= 0.8:
        yield Point(-25, f"{traits.largest:.0%} of them belong to one organisation.")
    elif traits.largest >= 0.5:
        yield Point(-10, f"{traits.largest:.0%} of them belong to one organisation.")
    if traits.cover >= 0.8:
        yield Point(-15, f"{traits.cover:.0%} of them stood together in one earlier message by an outsider.")
    if traits.same_list >= _MANY_SENDS:
        yield Point(-10, f"{traits.same_list:,} messages in a row went to nearly the same list.")


def _belongings(traits: Traits) -> Iterator[Point]:
    if traits.insiders >= _MANY_COLLEAGUES:
        yield Point(5, f"{traits.insiders:,} colleagues stood on the list too.")
    if traits.recalled or traits.apologised:
        what = "An apology" if traits.apologised else "A recall"
        yield Point(15, f"{what} belongs to it: the sender noticed.")
    if traits.hidden_twin:
        yield Point(10, "The same audience was in Bcc in another message: the sender meant to hide it.")
    if traits.batches:
        yield Point(10, "It was sent in batches, to other people each time.")
