"""The query options that the fake understands: which properties there are, which filters work, what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.graph.letter import recipient_json
from tests.graph.mailbox import Held, Mailbox, MailFolder
from tests.graph.reply import Json, Refusal

CLOUDS = ("global", "usgov", "china")
_MISSING = {
    "global": frozenset[str](),
    "usgov": frozenset({"conversationIndex"}),
    "china": frozenset({"conversationIndex", "internetMessageHeaders", "flag"}),
}
NEEDS_READ = frozenset({"body", "bodyPreview", "uniqueBody"})
_ELSEWHERE = frozenset({"microsoft.graph.eventMessage/meetingMessageType"})

FOLDER = (
    "id",
    "displayName",
    "parentFolderId",
    "childFolderCount",
    "unreadItemCount",
    "totalItemCount",
    "isHidden",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with everything that its properties depend on."""

    mailbox: Mailbox
    folder: MailFolder
    held: Held
    immutable: bool

    @property
    def key(self) -> str:
        """The id of the asked kind."""
        held = self.held
        return self.mailbox.immutable_id(held.number) if self.immutable else self.mailbox.default_id(held)


def _from(shown: Shown) -> Any:
    author = shown.held.letter.author
    return recipient_json(author) if author else None


def _sender(shown: Shown) -> Any:
    letter = shown.held.letter
    who = letter.sender or letter.author
    return recipient_json(who) if who else None


def _headers(shown: Shown) -> Any:
    return [{"name": name, "value": value} for name, value in shown.held.letter.headers]


_PROPERTIES: dict[str, Callable[[Shown], Any]] = {
    "id": lambda s: s.key,
    "createdDateTime": lambda s: s.held.received,
    "lastModifiedDateTime": lambda s: s.held.modified,
    "changeKey": lambda s: f"CQAAABYAAAA{s.held.number}",
    "categories": lambda s: [],
    "receivedDateTime": lambda s: s.held.received,
    "sentDateTime": lambda s: s.held.sent,
    "hasAttachments": lambda s: False,
    "internetMessageId": lambda s: s.held.letter.message_id,
    "subject": lambda s: s.held.letter.subject,
    "bodyPreview": lambda s: "Invented.",
    "importance": lambda s: "normal",
    "parentFolderId": lambda s: s.folder.id,
    "conversationId": lambda s: s.held.letter.conversation,
    "conversationIndex": lambda s: s.held.letter.conversation_index,
    "isDeliveryReceiptRequested": lambda s: None,
    "isReadReceiptRequested": lambda s: False,
    "isRead": lambda s: True,
    "isDraft": lambda s: s.held.letter.draft,
    "webLink": lambda s: "https://outlook.example/",
    "inferenceClassification": lambda s: "focused",
    "body": lambda s: {"contentType": "text", "content": "Invented."},
    "uniqueBody": lambda s: {"contentType": "text", "content": "Invented."},
    "sender": _sender,
    "from": _from,
    "toRecipients": lambda s: [recipient_json(one) for one in s.held.letter.to],
    "ccRecipients": lambda s: [recipient_json(one) for one in s.held.letter.cc],
    "bccRecipients": lambda s: [recipient_json(one) for one in s.held.letter.bcc],
    "replyTo": lambda s: [recipient_json(one) for one in s.held.letter.reply_to],
    "flag": lambda s: {"flagStatus": "notFlagged"},
    "internetMessageHeaders": _headers,
}
_OF_THE_FOLDER = frozenset(
    {"id", "createdDateTime", "lastModifiedDateTime", "changeKey", "receivedDateTime", "sentDateTime", "parentFolderId"}
)
"""Properties that need no letter."""
_ON_REQUEST = frozenset({"internetMessageHeaders", "uniqueBody"})


def selected(text: str | None, cloud: str, *, may_read: bool) -> tuple[str, ...]:
    """The properties of a message that an answer shows; a name that the cloud does not have is refused."""
    if text is None:
        left_out = _MISSING[cloud] | _ON_REQUEST | (frozenset() if may_read else NEEDS_READ)
        return tuple(name for name in _PROPERTIES if name not in left_out)
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name in _ELSEWHERE:
            continue
        if name not in _PROPERTIES or name in _MISSING[cloud]:
            raise no_property(name, "Microsoft.OutlookServices.Message")
        if name in NEEDS_READ and not may_read:
            raise Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return names


def no_property(name: str, kind: str) -> Refusal:
    """A name in `$select` that the type does not have."""
    return Refusal(400, "RequestBroker-ParseUri", f"Could not find a property named '{name}' on type '{kind}'.")


def message_json(shown: Shown, names: Sequence[str]) -> Json:
    """A message with the chosen properties; its tag and id are there without being asked for."""
    content: Json = {}
    held = shown.held
    if held.kind:
        content["@odata.type"] = f"#microsoft.graph.{held.kind}"
    content["@odata.etag"] = f'W/"CQAAABYAAAA{held.number}"'
    content["id"] = shown.key
    if not _OF_THE_FOLDER.issuperset(names):
        # A lazy letter is made once for all its properties.
        held = Held(held.number, held.sent, held.received, held.modified, held.letter, held.moves)
        shown = Shown(shown.mailbox, shown.folder, held, shown.immutable)
        if "internetMessageHeaders" in names and (shown.folder.role == "sentitems" or _filed_sent(shown)):
            names = [name for name in names if name != "internetMessageHeaders"]
    for name in names:
        if name in _PROPERTIES:
            content[name] = _PROPERTIES[name](shown)
    return content


def _filed_sent(shown: Shown) -> bool:
    author = shown.held.letter.author
    return author is not None and author.address == shown.mailbox.user.mail


def folder_json(mailbox: Mailbox, folder: MailFolder, names: Iterable[str]) -> Json:
    """A folder with the chosen properties."""
    content: Json = {"@odata.type": "#microsoft.graph.mailSearchFolder"} if folder.search else {}
    held: Json = {
        "id": folder.id,
        "displayName": folder.name,
        "parentFolderId": folder.parent or folder.id,
        "childFolderCount": len(mailbox.children(folder)),
        "unreadItemCount": 0,
        "totalItemCount": len(folder.held) + folder.other_items,
        "isHidden": folder.hidden,
    }
    return content | {name: held[name] for name in ("id", *names)}


# ---- filters

_CONDITION = re.compile(
    r"(?P<name>[A-Za-z]+(?:/[A-Za-z]+)*) (?P<operator>eq|ne|ge|gt|le|lt) "
    r"(?P<value>'(?:[^']|'')*'|true|false|[0-9TZ:.+-]+)\Z"
)
_ORDERED = ("sentDateTime", "receivedDateTime", "lastModifiedDateTime", "createdDateTime", "subject")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "ge": lambda a, b: bool(a >= b),
    "gt": lambda a, b: bool(a > b),
    "le": lambda a, b: bool(a <= b),
    "lt": lambda a, b: bool(a < b),
}
_VALUES: dict[str, Callable[[Held], Any]] = {
    "sentDateTime": lambda h: h.sent,
    "receivedDateTime": lambda h: h.received,
    "createdDateTime": lambda h: h.received,
    "lastModifiedDateTime": lambda h: h.modified,
    "subject": lambda h: h.letter.subject,
    "conversationId": lambda h: h.letter.conversation,
    "internetMessageId": lambda h: h.letter.message_id,
    "isDraft": lambda h: h.letter.draft,
    "from/emailAddress/address": lambda h: h.letter.author.address if h.letter.author else None,
    "sender/emailAddress/address": lambda h: h.letter.sender.address if h.letter.sender else None,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a filter."""

    name: str
    operator: str
    value: str | bool

    def holds(self, held: Held) -> bool:
        """Whether a message passes."""
        return _OPERATORS[self.operator](_VALUES[self.name](held), self.value)


def conditions(text: str) -> list[Condition]:
    """A filter: comparisons joined by `and`, dates unquoted and in UTC."""
    found = []
    for part in re.split(r" and (?=(?:[^']*'[^']*')*[^']*\Z)", text.strip()):
        match = _CONDITION.match(part.strip())
        if match is None or match["name"] not in _VALUES:
            raise Refusal(400, "BadRequest", f"Invalid filter clause: {part!r}.")
        name, value = match["name"], match["value"]
        dated = name.endswith("DateTime")
        if dated and not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\Z", value):
            raise Refusal(400, "BadRequest", f"The date {value!r} is not a DateTimeOffset in UTC.")
        plain = value == "true" if value in ("true", "false") else value.strip("'").replace("''", "'")
        if dated and isinstance(plain, str):
            plain = plain.split(".")[0].removesuffix("Z") + "Z"
        found.append(Condition(name, match["operator"], plain))
    return found


def ordered(items: list[Held], order: str | None, wanted: list[Condition]) -> list[Held]:
    """In the asked order; newest first when none is asked. An order that the filter does not lead with is refused."""
    if order is None:
        return sorted(items, key=lambda held: (held.received, held.number), reverse=True)
    fields = [part.split() for part in order.split(",")]
    names = [part[0] for part in fields]
    if wanted:
        leading: list[str] = []
        for condition in wanted:
            if condition.name not in leading:
                leading.append(condition.name)
        if leading[: len(names)] != names:
            message = "The restriction or sort order is too complex for this operation."
            raise Refusal(400, "InefficientFilter", message)
    for name, *direction in reversed(fields):
        if name not in _ORDERED or direction not in ([], ["asc"], ["desc"]):
            raise Refusal(400, "BadRequest", f"Cannot order by {name!r}.")
        items = sorted(items, key=_VALUES[name], reverse=direction == ["desc"])
    return items


def count_of(text: str | None, default: int, most: int) -> int:
    """`$top`, within its bounds."""
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise Refusal(400, "BadRequest", f"Invalid value for $top: it must be between 1 and {most}.")
    return int(text)
