"""The mail of the fake: mailboxes of folders of messages that come, move and go, and what each folder remembers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from tests.graph.letter import Letter, moment

Source = Letter | Callable[[], Letter]

WELL_KNOWN = {
    "inbox": "Inbox",
    "sentitems": "Sent Items",
    "drafts": "Drafts",
    "deleteditems": "Deleted Items",
    "junkemail": "Junk Email",
    "outbox": "Outbox",
    "archive": "Archive",
    "recoverableitemsdeletions": "Deletions",
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Held:
    """A message in a folder. `number` never changes; `moves` counts how often it changed its folder.

    What a page of ids needs is here, so that it makes no lazy letter; `kind` is the letter's.
    """

    number: int
    sent: str
    received: str
    modified: str
    source: Source
    moves: int = 0
    poisonous: bool = False
    kind: str = ""

    @property
    def letter(self) -> Letter:
        """What the message says; a lazy one is made anew each time."""
        return self.source if isinstance(self.source, Letter) else self.source()


@dataclass(slots=True)
class Change:
    """Something happened to a message of a folder."""

    number: int
    moves: int
    removed: bool


@dataclass(slots=True)
class MailFolder:
    """A folder, with every change that it saw. `role` is its well-known name, "" for the others."""

    id: str
    name: str
    role: str = ""
    parent: str = ""
    hidden: bool = False
    search: bool = False
    held: dict[int, Held] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    other_items: int = 0
    """Items of other kinds, which `totalItemCount` counts and no listing shows."""

    def noted(self, held: Held, *, removed: bool = False) -> None:
        """Remember a change."""
        self.changes.append(Change(held.number, held.moves, removed))


@dataclass(frozen=True, slots=True)
class User:
    """An object of the directory. `mailbox` says whether Exchange Online holds one for it."""

    id: str
    name: str
    principal: str
    mail: str | None
    proxies: tuple[str, ...] = ()
    enabled: bool = True
    licensed: bool = True
    guest: bool = False
    mailbox: bool = True
    on_premises: bool = False
    purpose: str = "user"


class Mailbox:
    """One user's mail. Messages are numbered from 1 in the order in which they came.

    `number` tells the mailboxes apart that a user had one after the other: no id of one occurs in another.
    """

    def __init__(self, user: User, *, awkward_ids: bool = False, number: int = 1) -> None:
        self.user = user
        self.number = number
        self._awkward = awkward_ids
        self._stem = _stem(user.id if number == 1 else f"{user.id} {number}")
        self.folders: dict[str, MailFolder] = {}
        self._numbers, self._folder_numbers = count(1), count()
        self.root = self.add_folder("Top of Information Store", role="msgfolderroot")
        for role, name in WELL_KNOWN.items():
            self.add_folder(name, role=role, parent=self.root, hidden=role.startswith("recoverable"))

    def add_folder(
        self, name: str, *, role: str = "", parent: MailFolder | None = None, hidden: bool = False, search: bool = False
    ) -> MailFolder:
        """A new folder, below the root if nothing else is said."""
        above = "" if role == "msgfolderroot" else (parent or self.root).id
        folder = MailFolder(self._folder_id(next(self._folder_numbers)), name, role, above, hidden, search)
        self.folders[folder.id] = folder
        return folder

    def delete_folder(self, folder: MailFolder) -> None:
        """The folder is gone with its messages, and nothing gets its id again."""
        del self.folders[folder.id]

    def folder(self, name: str) -> MailFolder | None:
        """A folder by its id (case-sensitive) or well-known name (not case-sensitive)."""
        found = self.folders.get(name)
        if found is None:
            found = next((one for one in self.folders.values() if one.role and one.role == name.lower()), None)
        return found

    @property
    def sent(self) -> MailFolder:
        """Sent items."""
        return self.known("sentitems")

    def known(self, role: str) -> MailFolder:
        """A well-known folder."""
        return next(one for one in self.folders.values() if one.role == role)

    def children(self, folder: MailFolder, *, hidden: bool = False) -> list[MailFolder]:
        """The folders directly below."""
        return [one for one in self.folders.values() if one.parent == folder.id and (hidden or not one.hidden)]

    def add(self, folder: MailFolder, letter: Letter, *, received: datetime | None = None) -> Held:
        """A message arrives."""
        when = moment(received or letter.sent)
        held = Held(next(self._numbers), moment(letter.sent), when, when, letter, kind=letter.kind)
        folder.held[held.number] = held
        folder.noted(held)
        return held

    def add_all(self, folder: MailFolder, letters: Iterable[Letter]) -> list[Held]:
        """Messages arrive, one after the other."""
        return [self.add(folder, letter) for letter in letters]

    def add_lazy(self, folder: MailFolder, sent: Sequence[datetime], source: Callable[[int], Letter]) -> None:
        """Messages whose letters are made only when a page shows them; `source` takes the place in `sent`."""
        for place, when in enumerate(sent):
            text = moment(when)
            held = Held(next(self._numbers), text, text, text, _later(source, place))
            folder.held[held.number] = held
            folder.noted(held)

    def move(self, held: Held, target: MailFolder) -> None:
        """Another folder gets it, under another default id; the sent date stays."""
        self.delete(held)
        held.moves += 1
        target.held[held.number] = held
        target.noted(held)

    def delete(self, held: Held) -> None:
        """The message is gone from its folder."""
        folder = self.home(held)
        del folder.held[held.number]
        folder.noted(held, removed=True)

    def touch(self, held: Held, when: datetime) -> None:
        """Somebody flagged it: its modified date and its place among the changes are new."""
        held.modified = moment(when)
        self.home(held).noted(held)

    def home(self, held: Held) -> MailFolder:
        """The folder that a message lies in."""
        return next(folder for folder in self.folders.values() if held.number in folder.held)

    def message(self, key: str) -> tuple[MailFolder, Held] | None:
        """A message by either of its ids, anywhere in the mailbox."""
        for folder in self.folders.values():
            for held in folder.held.values():
                if key in (self.immutable_id(held.number), self.default_id(held)):
                    return folder, held
        return None

    def everything(self) -> Iterator[tuple[MailFolder, Held]]:
        """All messages of all folders but search folders."""
        for folder in self.folders.values():
            if not folder.search:
                yield from ((folder, held) for held in folder.held.values())

    def immutable_id(self, number: int) -> str:
        """The id that survives moves. Neighbours may differ in nothing but the case of one letter."""
        return self._id(f"AAkALgAAAAAAHYQDEapm-{self._stem}_{_spelled(number)}AAA=")

    def default_id(self, held: Held) -> str:
        """The id that changes with each move."""
        return self.former_id(held.number, held.moves)

    def former_id(self, number: int, moves: int) -> str:
        """The default id that a message had after so many moves."""
        return self._id(f"AAMkADEz-{self._stem}{_spelled(moves)}_{_spelled(number)}AAA=")

    def _folder_id(self, number: int) -> str:
        return self._id(f"AQMkADAw-{self._stem}_F{_spelled(number)}AAA=")

    def _id(self, plain: str) -> str:
        return plain.replace("-", "/").replace("_", "+") if self._awkward else plain


class Tenant:
    """A directory with its users, groups and domains. Mailboxes are made when somebody opens them."""

    def __init__(self, tenant_id: str = "8f2c1d9e-0000-4000-8000-00000000aaaa", *, awkward_ids: bool = False) -> None:
        self.id = tenant_id
        self.awkward_ids = awkward_ids
        """Whether ids hold slashes and plus signs, so that a client has to percent-encode them."""
        self.users: dict[str, User] = {}
        self.groups: dict[str, tuple[str, ...]] = {}
        self.domains: dict[str, bool] = {"contoso.test": True, "contoso.onmicrosoft.test": False}
        """Verified domains, and whether they are used for mail by default."""
        self._names: dict[str, str] = {}
        self._makers: dict[str, Callable[[Mailbox], None]] = {}
        self._mailboxes: dict[str, Mailbox] = {}

    def add_user(self, user: User, fill: Callable[[Mailbox], None] | None = None) -> User:
        """A user; `fill` puts the mail in when the mailbox is first asked for."""
        self.users[user.id] = user
        self._names[user.id.lower()] = self._names[user.principal.lower()] = user.id
        if fill:
            self._makers[user.id] = fill
        return user

    def person(self, name: str, fill: Callable[[Mailbox], None] | None = None) -> Mailbox:
        """An ordinary user of the default domain, by the first part of the address, and the mailbox."""
        address = f"{name}@contoso.test"
        user = User(user_id(address), name.title(), address, address, (f"SMTP:{address}",))
        self.add_user(user, fill)
        return self.mailbox(user)

    def user(self, key: str) -> User | None:
        """A user by id or principal name, in any case."""
        found = self._names.get(key.lower())
        return self.users[found] if found else None

    def mailbox(self, user: User) -> Mailbox:
        """The mail of a user."""
        box = self._mailboxes.get(user.id)
        if box is None:
            box = Mailbox(user, awkward_ids=self.awkward_ids)
            if fill := self._makers.get(user.id):
                fill(box)
            self._mailboxes[user.id] = box
        return box

    def new_mailbox(self, user: User) -> Mailbox:
        """The mailbox of a user was removed, and an empty one made in its place."""
        box = Mailbox(user, awkward_ids=self.awkward_ids, number=self.mailbox(user).number + 1)
        self._mailboxes[user.id] = box
        return box


def user_id(seed: str) -> str:
    """A directory id that depends on nothing but the seed."""
    digest = hashlib.sha256(seed.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _later(source: Callable[[int], Letter], place: int) -> Callable[[], Letter]:
    return lambda: source(place)


def _stem(seed: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(seed.encode()).digest()[:9]).decode()


def _spelled(number: int) -> str:
    text = ""
    while True:
        number, place = divmod(number, len(_LETTERS))
        text = _LETTERS[place] + text
        if not number:
            return text.rjust(4, "A")
