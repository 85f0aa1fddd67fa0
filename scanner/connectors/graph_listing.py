"""The first pass through a folder: its messages in the order of sending, from any place on, around what is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner.connectors.graph_client import Client, Lane
from scanner.connectors.graph_link import following, query
from scanner.connectors.graph_message import Message, Page, decode_page, moment
from scanner.connectors.graph_refusal import Concern, Refusal
from scanner.errors import SourceInterrupted

_BEGINNING: Final = "1900-01-01T00:00:00Z"
_TRIES_OF_ONE: Final = 3  # a page of one message that takes too long is asked for so often before it is passed over
_PAGES_WITHOUT_NEWS: Final = 50
_GOOD_PAGES: Final = 4  # after so many smaller pages, larger ones are tried again
_HOLES_IN_A_ROW: Final = 20
_WHOLE_SECOND: Final = len(_BEGINNING)
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"
_LIGHT: Final = "id,sentDateTime,lastModifiedDateTime"


class GoingInCircles(SourceInterrupted):
    """The service gives the same pages again and again."""

    def __init__(self) -> None:
        super().__init__(
            "The service gives the same pages again and again, so the reading of the folder was ended.",
            "Run the same command again: it goes on from there.",
        )


@dataclass(slots=True)
class Listing:
    """Asks for the messages of one folder. `place` is the path of its messages."""

    client: Client
    lane: Lane
    place: str
    select: str
    page: int

    def ascending(self, after: str) -> Iterator[Page | str]:
        """Pages in the order of sending time, from the second `after` on ("" from the beginning).

        Messages of that very second come again. A `str` in place of a page is a second that the service cannot list:
        not even a single message of it comes in time. The next pages then begin behind it.
        """
        at, operator, size = after or _BEGINNING, "ge", self.page
        tries = holes = 0
        while True:
            begun, good = at, 0
            try:
                for page in self._pages(self._window(at, operator, size=size)):
                    yield page
                    good, holes = good + 1, 0
                    at, operator = max(at, _latest(page)), "ge"
                    if size < self.page and good >= _GOOD_PAGES and at > begun:
                        break
                else:
                    return
            except Refusal as refusal:
                if refusal.concern is not Concern.HEAVY and not (refusal.concern is Concern.LARGE and size > 1):
                    raise
                tries = tries + 1 if size == 1 and at == begun else 0
                size = max(1, size // 2)
            else:
                size = min(self.page, size * 2)
            if tries >= _TRIES_OF_ONE:
                at, operator, tries, holes = self._poisoned(at), "gt", 0, holes + 1
                yield at
                if holes >= _HOLES_IN_A_ROW:
                    raise SourceInterrupted(
                        "The service does not give these messages in time, one by one or together.",
                        "Run the same command again later: it goes on from there.",
                    )

    def before(self, until: str, holes: Sequence[str]) -> Iterator[Page]:
        """The ids and dates of the messages that were sent before a second, without those of the holes."""
        at, operator = _BEGINNING, "ge"
        for hole in sorted(hole for hole in holes if hole < until):
            yield from self._pages(self._window(at, operator, before=hole, select=_LIGHT))
            at, operator = hole, "gt"
        yield from self._pages(self._window(at, operator, before=until, select=_LIGHT))

    def everything(self) -> Iterator[Page | str]:
        """The ids and dates of all messages, those without a sending time too, as long as nothing is poisonous.

        Then a `str` stands for each second that cannot be listed, and messages may come twice.
        """
        try:
            yield from self._pages(f"{self.place}{query(select=_LIGHT, top=1000)}")
        except Refusal as refusal:
            if refusal.concern is not Concern.HEAVY:
                raise
            yield from replace(self, select=_LIGHT, page=1000).ascending("")

    def _window(self, at: str, operator: str, *, before: str = "", size: int = 1000, select: str = "") -> str:
        span = f"sentDateTime {operator} {at}" + (f" and sentDateTime lt {before}" if before else "")
        return f"{self.place}{query(select=select or self.select, filter=span, orderby='sentDateTime', top=size)}"

    def _pages(self, first: str) -> Iterator[Page]:
        place, idle, known = first, 0, {first}
        newest: set[str] = set()
        while True:
            page = self.client.get(place, self.lane, decode_page, heavy=True)
            _without_tombstones(page)
            yield page
            place = following(page.next_link)
            if not place:
                return
            before, newest = newest, {message.id for message in page.value}
            idle = idle + 1 if newest <= before else 0
            if place in known or idle >= _PAGES_WITHOUT_NEWS:
                raise GoingInCircles
            known = {place} | (known if len(known) < 10_000 else set())

    def _poisoned(self, at: str) -> str:
        """The second of the message that cannot be listed, which is the first behind those of `at` that came.

        If its id can be listed, that says when it was sent; else windows that grow and then halve find it.
        """
        if self._first_of(at, "", self.select) is not None:
            return at  # what follows comes, so it was sent in the same second as the last message that came
        light = self._first_of(at, "", _LIGHT)
        if light is not None:
            return max(at, _latest(light))
        start = moment(at) or datetime(1900, 1, 1, tzinfo=UTC)
        limit = datetime.now(UTC) + timedelta(days=366) - start
        good, bad = timedelta(0), timedelta(hours=1)
        while bad < limit and self._first_of(at, _text(start + bad), _LIGHT) is not None:
            good, bad = bad, min(bad * 4, limit)
        while bad - good > timedelta(seconds=1):
            middle = good + timedelta(seconds=int((bad - good).total_seconds()) // 2)
            if self._first_of(at, _text(start + middle), _LIGHT) is None:
                bad = middle
            else:
                good = middle
        return _text(start + good)

    def _first_of(self, at: str, before: str, select: str) -> Page | None:
        """The first message sent after the second `at`; None when it does not come in time."""
        try:
            place = self._window(at, "gt", before=before, size=1, select=select)
            return self.client.get(place, self.lane, decode_page, heavy=True)
        except Refusal as refusal:
            if refusal.concern is not Concern.HEAVY:
                raise
            return None


def _without_tombstones(page: Page) -> None:
    """Only lists of changes have them. Elsewhere too they name what is not in the folder: the counts will show it."""
    if any(message.removed is not None for message in page.value):
        page.value = [message for message in page.value if message.removed is None]


def _text(when: datetime) -> str:
    return when.astimezone(UTC).strftime(_FORM)


def _latest(page: Page) -> str:
    return max((second_of(message) for message in page.value), default="")


def second_of(message: Message) -> str:
    """The second in which a message was sent, as filters want it; "" when that is unknown."""
    sent = message.sent or ""
    if len(sent) == _WHOLE_SECOND and sent[-1] == "Z" and sent > _BEGINNING:
        return sent  # as the service writes it: most of the time of a pass would go into reading and writing it anew
    when = moment(sent)
    return _text(when) if when else ""
