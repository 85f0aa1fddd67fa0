"""The reading of one folder: a first pass by sending time, and then what is new, by ids; each message given once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Final

import msgspec

from scanner.connectors.graph_client import IMMUTABLE, LARGEST_BATCH, Client, Lane
from scanner.connectors.graph_cursor import First, Later, behind, place_in, read_cursor, word_of
from scanner.connectors.graph_folders import Folders, GraphFolder
from scanner.connectors.graph_link import following, query, segment
from scanner.connectors.graph_listing import GoingInCircles, Listing
from scanner.connectors.graph_message import (
    Message,
    Page,
    addresses_of,
    decode_message,
    decode_page,
    moment,
    reading_of,
    second_of,
)
from scanner.connectors.graph_refusal import Concern, Refusal
from scanner.connectors.interface import Cursor, End
from scanner.envelope import Envelope, Locator, Mark, Reading, Skipped, Unreadable
from scanner.errors import SourceInterrupted

UNLISTED: Final = "sent at "
"""How the keys of messages begin that no list held, so that only the second of their sending is known."""
VANISHED: Final = "It was moved or deleted while we read."
RECEIVED: Final = "It was not written by the owner of this mailbox."
NO_MESSAGE: Final = "The folder counts it, but it is an item of another kind than a message."
_BROKEN: Final = "The service gave something else in its place than a message."
_SLOW: Final = "The service does not give this message in time, not even alone."
_FAILING: Final = "The service fails at this message whenever it is asked for, while it gives others."
_UNLISTED: Final = "The service gives no list that this message is in, however short."
_LISTED: Final = "The lists are whole now: it was moved or deleted since, or is counted by its id."
_REFUSED: Final = "The service does not understand the question for this message."
_OF_THE_MESSAGE: Final = {Concern.HEAVY: _SLOW, Concern.FORM: _BROKEN, Concern.REQUEST: _REFUSED}
_NONE_COMES: Final = "The service fails at one message after the other, so none of them is to blame."
_COSTLY: Final = frozenset({_SLOW, _FAILING})
_FAILED_IN_A_ROW: Final = 3
_TRIES_OF_ONE: Final = 3
_RESYNCS: Final = 3
_EMPTY_PAGES: Final = 200
_SENDING: Final = timedelta(minutes=1)
_DELTA_PAGE: Final = 1000
_NO_DELTA = frozenset({400, 404, 405, 501})


@dataclass(slots=True)
class FolderReading:
    """Reads one folder. `mine` are the owner's addresses, in lower case; None where all mail of the folder is read."""

    client: Client
    lane: Lane
    user: str
    account: str
    folder: GraphFolder
    select: str
    page: int = 500
    lanes: int = 1
    mine: frozenset[str] | None = None
    delta: bool = True
    folders: Folders | None = None
    _most: int = field(default=_DELTA_PAGE, init=False)
    end: End | None = field(default=None, init=False)
    """Once the folder was read to its end: its cursor may say more than that of a reading."""
    before: dict[str, str] = field(default_factory=dict, init=False)
    """Of messages that `again` gave, by their ids, the keys that they had while nobody knew their ids."""

    def read(self, after: Cursor | None) -> Iterator[tuple[Cursor, Reading]]:
        """Each message that was not given before `after`, with the cursor behind it. Raises `CursorLost`, `Refusal`."""
        self.end = None
        place = place_in(self.folder.id, after)
        if isinstance(place, First):
            seen = self._seen_before(place)
            with self.client.reading():
                yield from self._first_pass(place, seen)
            place = behind(place, seen)
            if self.folders is not None:  # that took a while: the folder may hold more by now
                self.folder = self.folders.refreshed(self.folder)
        yield from self._new(place)
        self.end = End(place.cursor(), place.present + place.others)

    def again(self, keys: Sequence[str], after: Cursor | None = None) -> Iterator[Reading]:
        """What becomes of messages, each asked for by itself by its id; no more after some in a row have failed.

        `after` is the end of the folder. Where only the second of a message is known, it says by which id the reading
        found it since; nothing is given of one that no list holds yet.
        """
        place = read_cursor(after) if after else None
        known = place if isinstance(place, Later) else Later()
        failed = 0  # in a row: each may take as long as several answers may
        for key in keys:
            if failed >= _FAILED_IN_A_ROW:
                return
            identifier = key
            if key.startswith(UNLISTED):
                second = key.removeprefix(UNLISTED)
                identifier = known.holes.get(second, "")
                if known.fell(second):
                    yield Skipped(self._locator(key), _LISTED)
            if identifier:
                reading = self._once_more(identifier, key)
                failed = failed + 1 if isinstance(reading, Unreadable) and reading.reason in _COSTLY else 0
                yield reading

    def _once_more(self, identifier: str, key: str) -> Reading:
        """What becomes of a message by its id. What does not come stays under the key that it has."""
        try:
            reading = self._reading(self.client.get(self._place(identifier), self.lane, decode_message, heavy=True))
        except Refusal as refusal:
            reading = self._answered(identifier, refusal)
        if not isinstance(reading, Envelope):
            return replace(reading, locator=self._locator(key))
        self.before[identifier] = key
        return reading

    def one(self, identifier: str) -> Message:
        """One message by its id."""
        return self.client.get(self._place(identifier), self.lane, decode_message)

    # ---- the first pass

    def _first_pass(self, place: First, seen: set[str]) -> Iterator[tuple[Cursor, Reading]]:
        given = set(place.ties)
        left = None if self.folder.total is None else self.folder.total - place.count
        listing = replace(self._listing(), lanes=self.lanes, expected=left)
        for page in listing.ascending(place.at):
            if isinstance(page, str):
                place.holes.append(page)
                place.at, place.ties = page, []
                continue
            for message in page.value:
                word = word_of(message.id)
                if word in seen or word in given:
                    continue
                seen.add(word)
                second = second_of(message)
                if second > place.at:
                    place.at, place.ties = second, [word]
                else:
                    place.ties.append(word)
                place.count += 1
                yield place.cursor(), self._reading(message)

    def _seen_before(self, place: First) -> set[str]:
        """The words of what an interrupted pass gave, listed anew: its cursor has no room for them.

        If there is more than it gave, then something was moved in meanwhile, and what was changed some time after it
        was sent is taken for new: rather twice than never.
        """
        if not place.at:
            return set()
        listed: dict[str, bool] = {}
        for page in self._listing().before(place.at, place.holes):
            listed.update((word_of(message.id), _was_touched(message)) for message in page.value)
        if len(listed) + len(place.ties) > place.count:
            return {*(word for word, touched in listed.items() if not touched), *place.ties}
        return {*listed, *place.ties}

    # ---- what is new

    def _new(self, place: Later) -> Iterator[tuple[Cursor, Reading]]:
        if self.delta:
            yield from self._drained(place)
        if self.delta:  # else all is listed
            yield from self._filled(place)
        if not self.delta or self._is_counted_otherwise(place):
            yield from self._swept(place, self.folder.total)

    def _is_counted_otherwise(self, place: Later) -> bool:
        """Whether the folder holds another number of items than we know of.

        Where it holds less, it is counted anew, since mail may have come since it was listed. A new link tells what is
        there, and nothing of what left before.
        """
        known = place.present + place.others
        if self.folder.total is None or known <= self.folder.total:
            return self.folder.total is not None and known < self.folder.total
        if self.folders is not None:
            self.folder = self.folders.refreshed(self.folder)
        return self.folder.total is not None and known > self.folder.total

    def _drained(self, place: Later) -> Iterator[tuple[Cursor, Reading]]:
        """Everything that the service tells as changed and that was not given before."""
        resyncs = empty = 0
        if not self.client.leads_to(place.link):
            place.link = ""  # of another root, or a stranger's: what was given is known without it
        whole = not place.link
        while True:
            try:
                page = self._changes(place.link or self._delta_place())
            except Refusal as refusal:
                if refusal.concern is Concern.HEAVY:
                    self.delta = False  # ids are compared instead, in pages of another make
                    return
                if not place.link and refusal.status in _NO_DELTA and refusal.concern is not Concern.MAILBOX:
                    self.delta = False  # this cloud, or this mailbox, has none: ids are compared instead
                    return
                forgotten = refusal.concern in (Concern.RESYNC, Concern.REQUEST) or refusal.status == 404
                if not place.link or not forgotten or resyncs >= _RESYNCS:
                    raise
                place.link, resyncs, whole = "", resyncs + 1, True
                continue
            yield from self._unknown(page, place)
            link = following(page.next_link or page.delta_link)
            empty = 0 if page.value else empty + 1
            if page.next_link and (link == place.link or empty >= _EMPTY_PAGES):
                raise GoingInCircles
            place.link = link if " " not in link else ""
            if not page.next_link:
                for second in place.standing if whole else ():
                    place.left(word_of(second))  # every message was told by its id
                return

    def _changes(self, link: str) -> Page:
        """A page of changes; one that is too much is asked for in halves, and so are those behind it."""
        tries = 0
        while True:
            prefer = f"odata.maxpagesize={self._most}, {IMMUTABLE}"
            try:
                return self.client.get(link, self.lane, decode_page, prefer=prefer, heavy=True)
            except Refusal as refusal:
                tries += self._most == 1
                too_much = refusal.concern is Concern.HEAVY or (refusal.concern is Concern.LARGE and self._most > 1)
                if not too_much or tries >= _TRIES_OF_ONE:
                    raise
                self._most = max(1, self._most // 2)

    def _filled(self, place: Later) -> Iterator[tuple[Cursor, Reading]]:
        """The messages of seconds that could not be listed, where they can be now."""
        failed = 0
        for second in place.standing:
            if failed >= _FAILED_IN_A_ROW:
                return
            try:
                pages = list(self._listing().second(second))
            except Refusal as refusal:
                if refusal.concern is not Concern.HEAVY:
                    raise
                failed += 1
                place.holes[second] = place.holes.pop(second)  # the others come first next time
                continue
            failed = 0
            for page in pages:
                yield from self._unknown(page, place)
            if place.stands(second):
                place.left(word_of(second))

    def _swept(self, place: Later, total: int | None) -> Iterator[tuple[Cursor, Reading]]:
        """The ids of all messages compared with those that were given; and the items that are no messages."""
        listed: set[str] = set()
        holes: list[str] = []
        for page in self._listing().everything():
            if isinstance(page, str):
                holes.append(page)
                continue
            listed.update(word_of(message.id) for message in page.value)
            listed.update(map(word_of, page.broken))  # they are there, though we cannot read them
            yield from self._unknown(page, place)
        counted = self._counted()
        if not holes:
            place.only(listed)
        if counted is None or total is None:
            return
        for number in range(place.others + 1, total - counted + 1):
            place.others = number
            yield place.cursor(), Skipped(self._locator(f"item {number} of another kind"), NO_MESSAGE)
        place.others = max(0, total - counted)
        for hole in holes:
            if hole not in place.holes and place.stands(hole):
                place.holes[hole] = ""  # a cursor of an earlier version did not say it
        fresh = [hole for hole in holes if hole not in place.holes]
        for hole in fresh[: max(0, counted - place.present)]:  # there, but nobody tells us its id
            place.stand(hole)
            yield place.cursor(), Unreadable(self._locator(f"{UNLISTED}{hole}"), _UNLISTED)

    def _unknown(self, page: Page, place: Later) -> Iterator[tuple[Cursor, Reading]]:
        """The messages of a page of ids that were not given yet, asked for twenty at a time.

        The first of a second that stands for one was given, as unreadable: what it is now, `again` says.
        """
        fresh: dict[str, Message] = {}
        for message in page.value:
            word = word_of(message.id)
            if message.removed is not None:
                place.left(word)
            elif word in place.seen:
                place.returned(word)
            else:
                fresh[message.id] = message
        for identifier in page.broken:
            if word_of(identifier) not in place.seen:
                place.add(word_of(identifier))
                yield place.cursor(), Unreadable(self._locator(identifier), _BROKEN)
        waiting = iter(fresh)
        while some := list(islice(waiting, LARGEST_BATCH)):
            places = [self._place(identifier) for identifier in some]
            answers = self.client.batch(places, self.lane, decode_message, retried=frozenset((Concern.WAIT,)))
            if len(some) == LARGEST_BATCH and all(map(_is_failure, answers)):
                raise SourceInterrupted(_NONE_COMES, "Run the same command again later: it goes on from there.")
            for identifier, answer in zip(some, answers, strict=True):
                second = second_of(fresh[identifier] if isinstance(answer, Refusal) else answer)
                if second and place.stands(second):
                    place.name(second, identifier)
                    continue
                reading = self._answered(identifier, answer)
                place.add(word_of(identifier))
                yield place.cursor(), reading

    def _answered(self, identifier: str, answer: Message | Refusal) -> Reading:
        tries = 1
        while isinstance(answer, Refusal) and answer.concern is Concern.HEAVY and tries < _TRIES_OF_ONE:
            tries += 1
            try:
                return self._reading(self.client.get(self._place(identifier), self.lane, decode_message, heavy=True))
            except Refusal as refusal:
                answer = refusal
        locator = self._locator(identifier)
        if not isinstance(answer, Refusal):
            return self._reading(answer)
        if answer.concern is Concern.ITEM:
            return Skipped(locator, VANISHED)
        if answer.concern not in _OF_THE_MESSAGE:
            raise answer
        return Unreadable(locator, _FAILING if _is_failure(answer) else _OF_THE_MESSAGE[answer.concern])

    # ---- what both need

    def _reading(self, message: Message) -> Reading:
        locator = self._locator(message.id)
        if message.removed is not None:  # what only a list of changes may hold
            return Unreadable(locator, _BROKEN)
        if self.mine is not None and not message.draft and not self._is_mine(message):
            return Skipped(locator, RECEIVED, there=True)
        return reading_of(message, locator, _SENT if self.folder.sent else _NONE)

    def _is_mine(self, message: Message) -> bool:
        return not addresses_of((message.author, message.sender)).isdisjoint(self.mine or ())

    def _locator(self, key: str) -> Locator:
        return Locator(self.account, self.folder.path, key)

    def _listing(self) -> Listing:
        return Listing(self.client, self.lane, f"{self._path()}/messages", self.select, self.page)

    def _path(self) -> str:
        return f"{self.user}/mailFolders/{segment(self.folder.id)}"

    def _place(self, identifier: str) -> str:
        return f"{self._path()}/messages/{segment(identifier)}{query(select=self.select)}"

    def _delta_place(self) -> str:
        return f"{self._path()}/messages/delta{query(select='id')}"

    def _counted(self) -> int | None:
        place = f"{self._path()}/messages{query(select='id', top=1, count='true')}"
        for _ in range(_TRIES_OF_ONE):  # without it, what is missing has no name
            try:
                return self.client.get(place, self.lane, _COUNT.decode, heavy=True).count
            except Refusal as refusal:
                if refusal.concern is not Concern.HEAVY:
                    raise
        return None


def _is_failure(answer: Message | Refusal) -> bool:
    """Whether the service failed at a message, but not at other questions."""
    return isinstance(answer, Refusal) and answer.concern is Concern.HEAVY and answer.status == 500


def _was_touched(message: Message) -> bool:
    """Whether a message was changed, or moved, later than its sending alone explains."""
    sent, modified = moment(message.sent), moment(message.modified)
    return sent is None or modified is None or modified - sent > _SENDING


class _Count(msgspec.Struct, rename={"count": "@odata.count"}):
    count: int | None = None


_COUNT = msgspec.json.Decoder(_Count)
_SENT = frozenset((Mark.SENT,))
_NONE: frozenset[Mark] = frozenset()
