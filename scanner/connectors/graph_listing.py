"""The first pass through a folder: its messages in the order of sending, from any place on, around what is broken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from scanner.connectors.graph_ahead import Asked
from scanner.connectors.graph_client import Client, Lane
from scanner.connectors.graph_lanes import Plan, Window, latest_of, text_of
from scanner.connectors.graph_link import following, query
from scanner.connectors.graph_message import Page, decode_page, moment, second_of
from scanner.connectors.graph_refusal import Concern, Refusal
from scanner.errors import SourceInterrupted

_BEGINNING: Final = "1900-01-01T00:00:00Z"
_TRIES_OF_ONE: Final = 3  # a page of one message that takes too long is asked for so often before it is passed over
_PAGES_WITHOUT_NEWS: Final = 50
_GOOD_PAGES: Final = 4  # after so many smaller pages, larger ones are tried again
_HOLES_IN_A_ROW: Final = 20
_WORTH_IT: Final = 4  # pages: for less, windows are not worth their requests
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
    """Asks for the messages of one folder. `place` is the path of its messages.

    `lanes` is how many pages may be asked for at a time, where the other mailboxes leave room, and `expected` how many
    messages the folder is said to hold.
    """

    client: Client
    lane: Lane
    place: str
    select: str
    page: int
    lanes: int = 1
    expected: int | None = None

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
                for page in self._onward(at, operator, size):
                    yield page
                    good, holes = good + 1, 0
                    at, operator = max(at, latest_of(page)), "ge"
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
                    raise _not_in_time()

    def before(self, until: str, holes: Collection[str]) -> Iterator[Page]:
        """The ids and dates of the messages that were sent before a second, without those of the holes."""
        for page in replace(self, select=_LIGHT, page=1000).ascending(""):
            if isinstance(page, str):
                if page >= until:
                    return
                continue
            yield Page([one for one in page.value if second_of(one) < until and second_of(one) not in holes])
            if latest_of(page) >= until:
                return

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

    def second(self, at: str) -> Iterator[Page]:
        """The ids and dates of the messages that were sent in this second."""
        begin = moment(at)
        end = text_of(begin + timedelta(seconds=1)) if begin else at
        return self._pages(self._window(at, "ge", before=end, select=_LIGHT))

    def _window(self, at: str, operator: str, *, before: str = "", size: int = 1000, select: str = "") -> str:
        span = f"sentDateTime {operator} {at}" + (f" and sentDateTime lt {before}" if before else "")
        return f"{self.place}{query(select=select or self.select, filter=span, orderby='sentDateTime', top=size)}"

    # ---- pages

    def _onward(self, at: str, operator: str, size: int) -> Iterator[Page]:
        """The pages from a second on: along the links, or in several windows of time where there is room for it."""
        given, edge = 0, ""
        while True:
            page: Page | None = None
            for page in self._pages(self._window(edge or at, operator, size=size), split=self._split(size, given)):
                given += len(page.value)
                yield page
            if page is None or not page.next_link:
                return
            plan = Plan(latest_of(page), size)
            edge = yield from self._by_windows(plan, page)
            if not edge:
                return
            operator, self.lanes = "ge", 1 if plan.wasteful else self.lanes

    def _split(self, size: int, given: int) -> Callable[[Page], bool] | None:
        """Whether to leave the links behind a page, for windows of time. None where nothing is asked for ahead."""
        if size < self.page:
            return None  # the service is slow already

        def split(page: Page) -> bool:
            nonlocal given
            given += len(page.value)
            left = self.page * _WORTH_IT if self.expected is None else self.expected - given
            dates = {second_of(message) for message in page.value} - {""}
            return len(dates) > 1 and left >= self.page * _WORTH_IT and self._room() > 1

        return split

    def _room(self) -> int:
        return 1 if self.lane.crowded else self.client.share(self.lanes)

    def _by_windows(self, plan: Plan, page: Page) -> Generator[Page, None, str]:
        """What lies behind a page, a window at a time, while the next windows are asked for.

        Gives the second from which to follow the links once more, because there is no room any longer, or the windows
        hold too little; "" at the end.
        """
        plan.learn(Window(min(second_of(message) for message in page.value), plan.edge), page)
        waiting: deque[tuple[Window, Asked[Page]]] = deque()
        while True:
            self._fill(waiting, plan)
            if not waiting:
                return plan.edge
            window, asked = waiting.popleft()
            page = asked.answer()
            plan.learn(window, page)
            link = following(page.next_link)
            if link and plan.turn_back(window, page):
                waiting.clear()
                link = ""
            self._fill(waiting, plan)  # asked for while this page is judged
            yield page
            if link:
                yield from self._pages(link, split=_never)

    def _fill(self, waiting: deque[tuple[Window, Asked[Page]]], plan: Plan) -> None:
        room = self._room()
        while room > 1 and plan.edge and len(waiting) < room and not plan.wasteful:
            window = plan.next()
            place = self._window(window.begin, "ge", before=window.end, size=self.page)
            waiting.append((window, Asked(partial(self._page_at, place))))

    def _page_at(self, place: str) -> Page:
        page = self.client.get(place, self.lane, decode_page, heavy=True)
        _without_tombstones(page)
        return page

    def _pages(self, first: str, *, split: Callable[[Page], bool] | None = None) -> Iterator[Page]:
        """The page at a place, and those that its links lead to; the last one may have a link when it says `split`.

        With `split`, from the second page on the next page is asked for while one is judged.
        """
        place, idle, known = first, 0, {first}
        newest: set[str] = set()
        asked: Asked[Page] | None = None
        while True:
            page = asked.answer() if asked else self._page_at(place)
            place = following(page.next_link)
            if not place or (split is not None and split(page)):
                yield page
                return
            before, newest = newest, {message.id for message in page.value}
            idle = idle + 1 if newest <= before else 0
            if place in known or idle >= _PAGES_WITHOUT_NEWS:
                yield page
                raise GoingInCircles
            ahead = split is not None and len(known) > 1
            known = {place} | (known if len(known) < 10_000 else set())
            asked = Asked(partial(self._page_at, place)) if ahead else None
            yield page

    def _poisoned(self, at: str) -> str:
        """The second of the message that cannot be listed, which is the first behind those of `at` that came.

        If its id can be listed, that says when it was sent; else windows that grow and then halve find it. Raises
        `SourceInterrupted` when not even the window between two seconds comes: it is empty, so no message is to blame.
        """
        if self._first_of(at, "", self.select) is not None:
            return at  # what follows comes, so it was sent in the same second as the last message that came
        light = self._first_of(at, "", _LIGHT)
        if light is not None:
            return max(at, latest_of(light))
        start = moment(at) or datetime(1900, 1, 1, tzinfo=UTC)
        limit = datetime.now(UTC) + timedelta(days=366) - start
        good, bad = timedelta(seconds=1), timedelta(hours=1)
        if all(self._first_of(at, text_of(start + good), _LIGHT) is None for _ in range(_TRIES_OF_ONE)):
            raise _not_in_time()
        while bad < limit and self._first_of(at, text_of(start + bad), _LIGHT) is not None:
            good, bad = bad, min(bad * 4, limit)
        while bad - good > timedelta(seconds=1):
            middle = good + timedelta(seconds=int((bad - good).total_seconds()) // 2)
            if self._first_of(at, text_of(start + middle), _LIGHT) is None:
                bad = middle
            else:
                good = middle
        return text_of(start + good)

    def _first_of(self, at: str, before: str, select: str) -> Page | None:
        """The first message sent after the second `at`; None when it does not come in time."""
        try:
            place = self._window(at, "gt", before=before, size=1, select=select)
            return self.client.get(place, self.lane, decode_page, heavy=True)
        except Refusal as refusal:
            if refusal.concern is not Concern.HEAVY:
                raise
            return None


def _not_in_time() -> SourceInterrupted:
    return SourceInterrupted(
        "The service does not give these messages in time, one by one or together.",
        "Run the same command again later: it goes on from there.",
    )


def _without_tombstones(page: Page) -> None:
    """Only lists of changes have them. Elsewhere too they name what is not in the folder: the counts will show it."""
    if any(message.removed is not None for message in page.value):
        page.value = [message for message in page.value if message.removed is None]


def _never(_: Page) -> bool:
    return False
