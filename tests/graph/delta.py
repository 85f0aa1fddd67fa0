"""The delta engine: what changed in a folder since a token, told as badly as the real service tells it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from itertools import count
from threading import Lock

from tests.graph.faults import Faults
from tests.graph.mailbox import Change, Held, Mailbox, MailFolder
from tests.graph.query import Shown, conditions, message_json
from tests.graph.reply import Json, Refusal

DEFAULT_PAGE = 10


@dataclass(frozen=True, slots=True)
class _State:
    """What a token stands for: what is still to be told of this round, and from where the next one starts."""

    folder: str
    names: tuple[str, ...]
    pending: tuple[Change, ...]
    position: int
    following: int  # the sequence up to which this round tells everything
    pages: int
    capped: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A delta request: the first of a round (`token` None), or one that follows a link."""

    names: tuple[str, ...]
    options: dict[str, str]
    token: str | None
    page: int
    immutable: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A page. `token` goes into the next link, or into the delta link when the round is `done`."""

    values: list[Json]
    token: str
    done: bool


class DeltaEngine:
    """All tokens ever given. Each page makes a new one; how many old ones stay good is up to the faults."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._generations = count(500)
        self._states: dict[str, dict[int, _State]] = {}
        self._lock = Lock()

    def tell(self, mailbox: Mailbox, folder: MailFolder, asked: Asked) -> Told:
        """The next page of a round."""
        with self._lock:
            state = self._begin(folder, asked) if asked.token is None else self._recall(folder, asked)
            return self._page(mailbox, folder, state, asked)

    def _begin(self, folder: MailFolder, asked: Asked) -> _State:
        numbers = self._wanted(folder, asked)
        cap = None
        if "$filter" in asked.options:
            cap = self._faults.delta_filter_cap
        if (top := asked.options.get("$top")) is not None:
            cap = min(int(top), cap or int(top))  # the trap: it is no page size
        pending = tuple(Change(number, 0, removed=False) for number in numbers[:cap])
        if self._faults.delta_shuffled:
            pending = tuple(sorted(pending, key=lambda change: zlib.crc32(str(change.number).encode())))
        return _State(folder.id, asked.names, pending, 0, self._horizon(folder), 0, cap is not None)

    def _horizon(self, folder: MailFolder) -> int:
        return max(0, len(folder.changes) - self._faults.delta_lag)

    def _wanted(self, folder: MailFolder, asked: Asked) -> list[int]:
        options = asked.options
        order = options.get("$orderby")
        if order not in (None, "receivedDateTime desc", "receivedDateTime+desc"):
            raise Refusal(400, "BadRequest", "Only receivedDateTime desc is supported.")
        held: list[Held] = list(folder.held.values())
        late = {change.number for change in folder.changes[self._horizon(folder) :]}
        held = [one for one in held if one.number not in late]
        if "$filter" in options:
            wanted = conditions(options["$filter"])
            if any(c.name != "receivedDateTime" or c.operator not in ("ge", "gt") for c in wanted):
                raise Refusal(400, "BadRequest", "Only receivedDateTime ge or gt is supported.")
            held = [one for one in held if all(condition.holds(one) for condition in wanted)]
        held.sort(key=lambda one: (one.received, one.number), reverse=True)
        return [one.number for one in held]

    def _recall(self, folder: MailFolder, asked: Asked) -> _State:
        known = self._states.get(folder.id, {})
        generation = int(asked.token) if asked.token and asked.token.isdecimal() else -1
        kept = self._faults.delta_generations
        highest = max(known, default=0)
        if kept is not None and generation < highest - kept + 1:
            raise _forgotten(generation, highest)
        state = known.get(generation)
        if state is None:
            raise _forgotten(generation, highest)
        if state.position < 0:  # a delta link: a new round
            return self._since(folder, state, asked)
        return state

    def _since(self, folder: MailFolder, state: _State, asked: Asked) -> _State:
        horizon = self._horizon(folder)
        last: dict[int, Change] = {}
        for change in folder.changes[state.following : horizon]:
            last.pop(change.number, None)
            last[change.number] = change
        before = {change.number: not change.removed for change in folder.changes[: state.following]}
        left = {change.number for change in folder.changes[:horizon] if change.removed}
        pending = []
        for number, change in last.items():
            if change.removed and not before.get(number, False):
                continue  # came and went between two rounds
            returned = not change.removed and number in left
            if returned and asked.immutable and self._faults.delta_misses_returned:
                continue
            pending.append(change)
        return replace(state, pending=tuple(pending), position=0, following=horizon, pages=0, capped=False)

    def _page(self, mailbox: Mailbox, folder: MailFolder, state: _State, asked: Asked) -> Told:
        faults = self._faults
        start, size = state.position, min(asked.page, faults.delta_page)
        if state.capped:
            size = min(size, DEFAULT_PAGE)
        pages = state.pages + 1
        empty = bool(faults.delta_empty) and pages % faults.delta_empty == 1 % faults.delta_empty
        end = start if empty else min(len(state.pending), start + size)
        shown = list(state.pending[start:end])
        if faults.delta_doubles and start and not empty:
            shown.insert(0, state.pending[start - 1])
        values = [self._value(mailbox, folder, item, asked, state.names) for item in shown]
        done = end >= len(state.pending) and not empty
        position = -1 if done else end
        generation = next(self._generations)
        self._states.setdefault(folder.id, {})[generation] = replace(
            state, pending=() if done else state.pending, position=position, pages=pages
        )
        return Told(values, str(generation), done)

    def _value(
        self, mailbox: Mailbox, folder: MailFolder, change: Change, asked: Asked, names: tuple[str, ...]
    ) -> Json:
        number = change.number
        held = folder.held.get(number)
        if held is None or change.removed:
            key = mailbox.immutable_id(number) if asked.immutable else mailbox.former_id(number, change.moves)
            return {"@removed": {"reason": "deleted"}, "id": key}
        return message_json(Shown(mailbox, folder, held, asked.immutable), names)


def _forgotten(generation: int, highest: int) -> Refusal:
    message = f"The sync state generation is not found; generation={generation};[highest={highest}]"
    return Refusal(410, "SyncStateNotFound", message)
