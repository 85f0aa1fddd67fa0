"""What the fake answers about one mailbox: its folders, their messages, what changed, and whole messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.graph.delta import DEFAULT_PAGE, Asked
from tests.graph.letter import raw_of
from tests.graph.mailbox import Held, Mailbox, MailFolder, User
from tests.graph.paging import delta_link
from tests.graph.query import (
    FOLDER,
    Shown,
    conditions,
    count_of,
    folder_json,
    message_json,
    no_property,
    ordered,
    selected,
)
from tests.graph.reply import Json, Refusal, Reply, Request, answer

if TYPE_CHECKING:
    from tests.graph.service import Service
    from tests.graph.signin import Grant

_DELTA = frozenset({"delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"})
_LIST_OPTIONS = frozenset({"$select", "$top", "$skip", "$skiptoken", "$filter", "$orderby", "$count"})
_DELTA_OPTIONS = frozenset({"$select", "$top", "$filter", "$orderby", "changetype"})
_FOLDER_OPTIONS = frozenset({"$select", "$top", "$skip", "$skiptoken", "$filter", "includehiddenfolders", "$count"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for one mailbox. `may_read` is whether whole messages may be shown."""

    service: Service
    mailbox: Mailbox
    request: Request
    may_read: bool

    @property
    def options(self) -> dict[str, str]:
        """The query options."""
        return self.request.options


def route(visit: Visit, rest: Sequence[str]) -> Reply:
    """The answer for what follows `/users/{id}/`."""
    if rest[0] == "messages":
        return _messages(visit, None, rest[1:])
    if rest[0] != "mailFolders":
        raise Refusal(400, "BadRequest", f"Resource not found for the segment '{rest[0]}'.")
    if len(rest) == 1:
        return _folders(visit, visit.mailbox.root)
    if rest[1] in _DELTA:
        return _folder_delta(visit)
    folder = visit.mailbox.folder(rest[1])
    if folder is None:
        raise Refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    if len(rest) == 2:
        return answer(folder_json(visit.mailbox, folder, _folder_names(visit)))
    if rest[2] == "childFolders":
        return _folders(visit, folder)
    if rest[2] == "messages":
        return _messages(visit, folder, rest[3:])
    raise Refusal(400, "BadRequest", f"Resource not found for the segment '{rest[2]}'.")


def settings(user: User, grant: Grant, reachable: bool) -> Reply:
    """`mailboxSettings` needs a right of its own."""
    if "MailboxSettings.Read" not in grant.rights:
        raise Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    if not reachable:
        raise Refusal(404, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox.")
    return answer({"userPurpose": user.purpose})


def _known_options(visit: Visit, known: frozenset[str]) -> None:
    for name in visit.options:
        if name.lower() not in known:
            raise Refusal(400, "BadRequest", f"The query option '{name}' is not supported here.")


# ---- folders


def _folder_names(visit: Visit) -> tuple[str, ...]:
    text = visit.options.get("$select")
    if text is None:
        return FOLDER
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in FOLDER:
            raise no_property(name, "Microsoft.OutlookServices.MailFolder")
    return names


def _folders(visit: Visit, parent: MailFolder) -> Reply:
    _known_options(visit, _FOLDER_OPTIONS)
    names = _folder_names(visit)
    hidden = {name.lower(): value for name, value in visit.options.items()}.get("includehiddenfolders") == "true"
    below = visit.mailbox.children(parent, hidden=hidden)
    start = visit.service.links.position(visit.request)
    size = count_of(visit.options.get("$top"), DEFAULT_PAGE, 1_000)
    content: Json = {"value": [folder_json(visit.mailbox, one, names) for one in below[start : start + size]]}
    if start + size < len(below):
        content["@odata.nextLink"] = visit.service.links.next_link(visit.request, start + size)
    return answer(content)


def _folder_delta(visit: Visit) -> Reply:
    if visit.service.cloud == "china":
        raise Refusal(400, "BadRequest", "Resource not found for the segment 'delta'.")
    names = _folder_names(visit)
    root = visit.mailbox.root
    below = [one for one in visit.mailbox.folders.values() if one is not root and not one.hidden]
    content: Json = {"value": [folder_json(visit.mailbox, one, names) for one in below]}
    content["@odata.deltaLink"] = delta_link(visit.request, "$deltatoken", "folders")
    return answer(content)


# ---- messages


def _messages(visit: Visit, folder: MailFolder | None, rest: Sequence[str]) -> Reply:
    if not rest:
        return _listed(visit, folder)
    if rest[0] in _DELTA and folder is not None:
        return _changes(visit, folder)
    found = visit.mailbox.message(rest[0])
    if found is None or (folder is not None and found[0] is not folder):
        raise Refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return _one(visit, *found, rest[1:])


def _one(visit: Visit, folder: MailFolder, held: Held, rest: Sequence[str]) -> Reply:
    if rest and not visit.may_read:
        raise Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    if held.poisonous:
        raise Refusal(504, "UnknownError")
    if rest == ["$value"]:
        return Reply(200, raw_of(held.letter), {"Content-Type": "text/plain"})
    if rest == ["attachments"]:
        return answer({"value": []})
    if rest:
        raise Refusal(400, "BadRequest", f"Resource not found for the segment '{rest[0]}'.")
    names = selected(visit.options.get("$select"), visit.service.cloud, may_read=visit.may_read)
    return answer(message_json(Shown(visit.mailbox, folder, held, visit.request.immutable), names))


def _listed(visit: Visit, folder: MailFolder | None) -> Reply:
    _known_options(visit, _LIST_OPTIONS)
    options, faults = visit.options, visit.service.faults
    names = selected(options.get("$select"), visit.service.cloud, may_read=visit.may_read)
    size = min(count_of(options.get("$top"), DEFAULT_PAGE, 1_000), faults.list_cap)
    wanted = conditions(options["$filter"]) if "$filter" in options else []
    held, homes = _held_in(visit, folder)
    chosen = ordered([one for one in held if all(c.holds(one) for c in wanted)], options.get("$orderby"), wanted)
    start = visit.service.links.position(visit.request) or _skip(options)
    page = chosen[start : start + size]
    _check_weight(visit, page)
    immutable = visit.request.immutable
    content: Json = {}
    if options.get("$count") == "true":
        content["@odata.count"] = len(chosen)
    shown = (Shown(visit.mailbox, homes(one), one, immutable) for one in page)
    content["value"] = [message_json(one, names) for one in shown]
    end = start + size
    lost = faults.loses_next_link is not None and end >= faults.loses_next_link
    if end < len(chosen) and not lost:
        content["@odata.nextLink"] = visit.service.links.next_link(visit.request, end)
    return answer(content)


def _held_in(visit: Visit, folder: MailFolder | None) -> tuple[list[Held], Callable[[Held], MailFolder]]:
    if folder is not None:
        place = folder
        return list(folder.held.values()), lambda _: place
    homes = {held.number: home for home, held in visit.mailbox.everything()}
    return [held for _, held in visit.mailbox.everything()], lambda held: homes[held.number]


def _skip(options: dict[str, str]) -> int:
    text = options.get("$skip", "0")
    if not text.isdecimal():
        raise Refusal(400, "BadRequest", "Invalid value for $skip.")
    return int(text)


def _check_weight(visit: Visit, page: Sequence[Held]) -> None:
    """A page that is too heavy, or that holds a poisonous message, never comes to an end in time."""
    heavy = visit.service.faults.heavy
    too_heavy = heavy is not None and len(page) > 1 and sum(one.letter.weight for one in page) > heavy
    if too_heavy or any(one.poisonous for one in page):
        raise Refusal(504, "UnknownError")


def _changes(visit: Visit, folder: MailFolder) -> Reply:
    service, options = visit.service, {name.lower(): value for name, value in visit.options.items()}
    if service.cloud == "china":
        raise Refusal(400, "BadRequest", "Resource not found for the segment 'delta'.")
    token = options.get("$skiptoken") or options.get("$deltatoken")
    if token == "latest":
        raise Refusal(400, "BadRequest", "$deltaToken=latest is not supported for this resource.")
    known = frozenset({"$skiptoken", "$deltatoken"}) if token else _DELTA_OPTIONS
    _known_options(visit, known)
    if options.get("$top", "1") == "0" or not options.get("$top", "1").isdecimal():
        raise Refusal(400, "BadRequest", "Invalid value for $top.")
    wish = visit.request.preferences.get("odata.maxpagesize", "")
    names = selected(visit.options.get("$select"), service.cloud, may_read=visit.may_read)
    asked = Asked(
        names, options, token, int(wish) if wish.isdecimal() and int(wish) else DEFAULT_PAGE, visit.request.immutable
    )
    told = service.delta.tell(visit.mailbox, folder, asked)
    content: Json = {"value": told.values}
    if told.done:
        content["@odata.deltaLink"] = delta_link(visit.request, "$deltatoken", told.token)
    else:
        content["@odata.nextLink"] = delta_link(visit.request, "$skiptoken", told.token)
    return answer(content)
