"""How far a folder was read, as text, however much of it is gone."""

from __future__ import annotations

from scanner.connectors.graph_cursor import Later, read_cursor, word_of
from tests.growth import assert_linear


def test_a_cursor_a_reading_costs_no_sorting_each_time() -> None:
    def work(size: int) -> None:
        gone = [word_of(f"gone {number}") for number in range(size)]
        place = Later(gone={*gone}, seen={*gone}, before="".join(gone))
        for number in range(size):
            place.add(word_of(f"new {number}"))
            place.cursor()

    assert_linear(work, 100)


def test_the_text_follows_what_is_gone_and_what_came_back() -> None:
    place = Later()
    for name in "abc":
        place.add(word_of(name))
    place.cursor()
    place.left(word_of("a"))
    place.left(word_of("stranger"))
    assert _gone(place) == {word_of("a")}
    place.returned(word_of("a"))
    assert _gone(place) == set()
    place.only({word_of("b")})
    assert _gone(place) == {word_of("a"), word_of("c")}
    place.add(word_of("c"))
    assert _gone(place) == {word_of("a")}


def _gone(place: Later) -> set[str]:
    read = read_cursor(place.cursor())
    assert isinstance(read, Later)
    assert (read.gone, read.seen) == (place.gone, place.seen)
    return read.gone
