"""The folders of a Graph mailbox: which of them are read, and why, for each profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from scanner.account import GraphProfile
from scanner.connectors.graph_client import Client, Lane
from scanner.connectors.graph_link import following, query, segment
from scanner.connectors.graph_refusal import Concern, Refusal
from scanner.connectors.sent_folders import is_sent_name
from scanner.coverage import ChosenBy
from scanner.errors import SourceInterrupted

_SELECT = "id,displayName,childFolderCount,totalItemCount"
_PAGE = 250
_DEEPEST = 40  # no mailbox is deeper; a service that says so goes in circles
_MOST = 100_000
_SENT, _DELETED, _RECOVERABLE = "sentitems", "deleteditems", "recoverableitemsdeletions"
_NEVER_SENT = ("drafts", "outbox")  # what lies there was not sent yet
_JUNK = "junkemail"
_NO_EVIDENCE = (*_NEVER_SENT, _DELETED, _RECOVERABLE, _JUNK)


class _Raw(
    msgspec.Struct,
    rename={
        "name": "displayName",
        "children": "childFolderCount",
        "total": "totalItemCount",
        "kind": "@odata.type",
    },
):
    id: str
    name: str | None = None
    children: int | None = None
    total: int | None = None
    kind: str | None = None


class _Page(msgspec.Struct, rename={"next_link": "@odata.nextLink"}):
    value: list[_Raw]
    next_link: str | None = None


_ONE = msgspec.json.Decoder(_Raw)
_MANY = msgspec.json.Decoder(_Page)


@dataclass(frozen=True, slots=True)
class GraphFolder:
    """A folder. `sent` says that all of it is sent mail; otherwise only what the mailbox's owner wrote is read."""

    id: str
    path: str
    total: int | None
    chosen_by: ChosenBy
    sent: bool = False
    children: int = 0

    @property
    def wanted(self) -> bool:
        """Whether it is read."""
        return self.chosen_by is not ChosenBy.NOT_SENT

    @property
    def holds_sent(self) -> bool:
        """Whether it is read for the mail that was sent from this mailbox."""
        return self.chosen_by not in (ChosenBy.NOT_SENT, ChosenBy.HISTORY)


class Folders:
    """Asks one mailbox for its folders. `user` is the path of the mailbox: `/users/{id}`, or `/me`."""

    def __init__(self, client: Client, lane: Lane, user: str) -> None:
        self._client = client
        self._lane = lane
        self._user = user

    def list(
        self,
        profile: GraphProfile,
        configured: Sequence[str] = (),
        *,
        history: bool = False,
        everywhere: bool = False,
    ) -> list[GraphFolder]:
        """The folders by path: those at the top, and below those that a profile or the config makes it look into.

        With `everywhere` it looks below all of them, and wants no more because of that.
        With `history`, all folders but those of drafts, of junk and of what was deleted are read, whoever wrote there.
        Search folders are left out: what they show lies in another folder. Raises `Refusal` for a mailbox that cannot
        be reached. In-place archives are another mailbox, which the service does not show.
        """
        known = self._well_known(profile, history=history or everywhere)
        everywhere = everywhere or profile is GraphProfile.ALL or bool(configured) or history
        found: dict[str, GraphFolder] = {}
        level = [(raw, "", "") for raw in self._children("msgfolderroot")]
        level += [(known[name], "", "") for name in (_RECOVERABLE,) if name in known]
        roles = {raw.id: name for name, raw in known.items()}
        for _ in range(_DEEPEST):
            below: list[tuple[_Raw, str, str]] = []
            for raw, above, inherited in level:
                if raw.id in found or "SearchFolder" in (raw.kind or ""):
                    continue
                role = roles.get(raw.id, inherited)
                folder = _named(raw, above, role, profile, configured, history=history)
                found[raw.id] = folder
                if raw.children and (everywhere or folder.wanted) and role not in _NEVER_SENT:
                    below.append((raw, folder.path, role))
            if not below or len(found) > _MOST:
                break
            level = list(self._next_level(below))
        return sorted(_distinct(found.values()), key=lambda folder: folder.path)

    def refreshed(self, folder: GraphFolder) -> GraphFolder:
        """The folder with the number of items that it holds now. Raises `Refusal` when it is gone."""
        place = f"{self._user}/mailFolders/{segment(folder.id)}{query(select='id,totalItemCount')}"
        return replace(folder, total=self._client.get(place, self._lane, _ONE.decode).total)

    def _well_known(self, profile: GraphProfile, *, history: bool) -> dict[str, _Raw]:
        names = [_SENT]
        if profile is not GraphProfile.SENT:
            names += [_DELETED, _RECOVERABLE, *_NEVER_SENT]
        if history:
            names += [name for name in _NO_EVIDENCE if name not in names]
        places = [f"{self._user}/mailFolders/{name}{query(select=_SELECT)}" for name in names]
        found: dict[str, _Raw] = {}
        for name, answer in zip(names, self._client.batch(places, self._lane, _ONE.decode), strict=True):
            if isinstance(answer, _Raw):
                found[name] = answer
            elif answer.concern not in (Concern.ITEM, Concern.REQUEST):
                raise answer
        return found

    def _children(self, identifier: str) -> Iterator[_Raw]:
        place = self._place(identifier)
        for _ in range(_MOST // _PAGE):
            page = self._client.get(place, self._lane, _MANY.decode)
            yield from page.value
            link = following(page.next_link)
            if not link or link == place:
                return
            place = link
        raise SourceInterrupted("The service lists the same folders again and again.")

    def _next_level(self, below: Sequence[tuple[_Raw, str, str]]) -> Iterator[tuple[_Raw, str, str]]:
        places = [self._place(raw.id) for raw, _, _ in below]
        for (raw, above, role), answer in zip(below, self._client.batch(places, self._lane, _MANY.decode), strict=True):
            if isinstance(answer, Refusal):
                if answer.concern is Concern.ITEM:
                    continue  # it went away while we looked
                raise answer
            children = answer.value if not answer.next_link else self._children(raw.id)
            yield from ((child, above, role) for child in children)

    def _place(self, identifier: str) -> str:
        options = query(select=_SELECT, top=_PAGE)
        return f"{self._user}/mailFolders/{segment(identifier)}/childFolders{options}"


def _named(
    raw: _Raw, above: str, role: str, profile: GraphProfile, configured: Sequence[str], *, history: bool
) -> GraphFolder:
    name = (raw.name or "").replace("/", "\\/") or "(without a name)"
    path = f"{above}/{name}" if above else name
    chosen_by = _chosen_by(path, role, profile, configured, history=history)
    sent = chosen_by in (ChosenBy.SPECIAL_USE, ChosenBy.NAME, ChosenBy.CONFIGURED)
    return GraphFolder(raw.id, path, raw.total, chosen_by, sent, raw.children or 0)


def _chosen_by(path: str, role: str, profile: GraphProfile, configured: Sequence[str], *, history: bool) -> ChosenBy:
    if configured and path in configured:
        return ChosenBy.CONFIGURED
    if not configured and role == _SENT:
        return ChosenBy.SPECIAL_USE
    if role in _NEVER_SENT:
        return ChosenBy.NOT_SENT
    if not configured and not role and is_sent_name(path):
        return ChosenBy.NAME  # made by another mail program beside the service's own
    if history and role not in _NO_EVIDENCE:
        return ChosenBy.HISTORY
    wide = profile is GraphProfile.ALL or (profile is GraphProfile.DELETED and role in (_DELETED, _RECOVERABLE))
    return ChosenBy.PROFILE if wide else ChosenBy.NOT_SENT


def _distinct(folders: Iterable[GraphFolder]) -> Iterator[GraphFolder]:
    """The folders with paths that differ: a service may show two of one name, and another may be called "... (2)"."""
    found = list(folders)
    names = {folder.path for folder in found}
    seen: dict[str, int] = {}
    for folder in found:
        if folder.path not in seen:
            seen[folder.path] = 1
            yield folder
            continue
        path = folder.path
        while path in names:
            seen[folder.path] += 1
            path = f"{folder.path} ({seen[folder.path]})"
        names.add(path)
        yield replace(folder, path=path)
