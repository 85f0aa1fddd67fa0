"""A mailbox of Microsoft 365, read through Microsoft Graph with the least right that works, and never changed."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from scanner.account import Account, GraphCloud, GraphMailbox, GraphTenant
from scanner.connectors.graph_client import client_of, explained
from scanner.connectors.graph_folders import Folders, GraphFolder
from scanner.connectors.graph_link import following, query, segment
from scanner.connectors.graph_message import Message, decode_message, decode_page, reading_of, select_for
from scanner.connectors.graph_reading import FolderReading
from scanner.connectors.graph_refusal import Concern, Refusal, as_source_error
from scanner.connectors.interface import Cursor, End, Folder, no_such_folder
from scanner.coverage import ChosenBy
from scanner.envelope import Envelope, Locator, Mark, Reading
from scanner.errors import AccessDenied, NoSentFolder, SettingsError, SourceError

THREAD_PAGE, THREAD_PAGES = 50, 20  # messages of a conversation that are looked at: a thousand
SENT = frozenset((Mark.SENT,))


@contextmanager
def open(account: Account) -> Iterator[GraphAccount]:  # noqa: A001 - the name that every connector has
    """One mailbox of a tenant. Nothing is asked yet; connections are shared with the tenant's other mailboxes."""
    if account.graph is None:
        raise SettingsError(f"The account {account} names no tenant.", "Set tenant and client_id.")
    mailbox = account.mailbox
    if mailbox is None:
        raise SettingsError(f"The account {account} stands for several mailboxes.", "Expand it first.")
    yield GraphAccount(account, account.graph, mailbox)


class GraphAccount:
    """One mailbox. Locator keys are immutable ids (case-sensitive). Not thread-safe; several may be read at a time."""

    def __init__(self, account: Account, tenant: GraphTenant, mailbox: GraphMailbox) -> None:
        self.account = account.name
        self._tenant = tenant
        self._mailbox = mailbox
        self._mine = frozenset(address.casefold() for address in mailbox.addresses)
        self._configured = account.sent_folders
        self._history = account.history
        self._client = client_of(tenant)
        self._lane = self._client.lane_of(mailbox.user, tenant.in_flight_per_mailbox)
        self._lane.rest.account = account.name
        self._lane.until = time.monotonic() + tenant.mailbox_deadline
        self._user = f"/users/{segment(mailbox.user)}" if mailbox.user else "/me"
        nothing = query(select="id", filter="sentDateTime lt 1601-01-01T00:00:00Z", top=1)
        self._lane.control = f"{self._user}/messages{nothing}"  # no message can spoil an answer without any
        self._asking = Folders(self._client, self._lane, self._user)
        self._folders: dict[str, GraphFolder] = {}
        self._ends: dict[str, End] = {}
        self._before: dict[str, str] = {}
        self._select = select_for(tenant.sign_in.cloud)

    def folders(self) -> Iterator[Folder]:
        """The folders, search folders left out; `NoSentFolder` after them when none is wanted.

        Below a folder that is not read, others are listed only where the profile or the config asks for all of them.
        `messages` counts items of other kinds too: the reading says how many those are.
        """
        listed = self._list()
        for folder in listed:
            yield Folder(self.account, folder.path, folder.total, folder.chosen_by)
        if not any(folder.holds_sent for folder in listed):
            raise NoSentFolder(
                f"No folder of sent mail was found in {self.account}.",
                'Name it in the config: sent_folders = ["..."], as one of: '
                + ", ".join(folder.path for folder in listed[:20])
                + ".",
            )

    def passed_over(self, paths: Container[str]) -> Iterator[Folder]:
        """Folders below one that is not read any more, and those for recovery, which an earlier profile made it read.

        It takes as many questions as the profile of all folders, and is asked where an earlier run read more alone.
        """
        with explained():
            listed = self._asking.list(self._tenant.profile, self._configured, history=self._history, everywhere=True)
        for folder in listed:
            if folder.path in paths and folder.path not in self._folders:
                self._folders[folder.path] = folder
                yield Folder(self.account, folder.path, folder.total, folder.chosen_by)

    def read(self, folder: Folder, after: Cursor | None = None) -> Iterator[tuple[Cursor, Reading]]:
        """Each message once: in the order of sending the first time, then what is new in the order it is told.

        A message that is moved within the mailbox keeps its id; one that left the folder and came back is not given
        again. What the service cannot give is `Unreadable`, and does not keep us from the rest. Raises `CursorLost`
        when another folder bears the name now.
        """
        reading = self._reading_of(folder)
        with explained():
            yield from reading.read(after)
        if reading.end is not None:
            self._ends[folder.path] = reading.end

    def again(self, folder: Folder, keys: Sequence[str]) -> Iterator[Reading]:
        """Messages that could not be read, asked for by their ids.

        Of one that no list held only the second is known: `read` lists that again, and what it found is asked for here.
        So this is to be called behind a `read` to the end of the folder; before, nothing is given of such messages.
        """
        reading, end = self._reading_of(folder), self._ends.get(folder.path)
        self._before = reading.before
        with explained():
            yield from reading.again(keys, end.cursor if end else None)

    def key_before(self, locator: Locator) -> str:
        """The key under which a message that `again` gave had been told as unreadable."""
        return self._before.get(locator.key, locator.key)

    def _reading_of(self, folder: Folder) -> FolderReading:
        named = self._named(folder.path)
        if folder.chosen_by is not named.chosen_by:  # it is read on as it was before the settings changed
            named = replace(named, chosen_by=folder.chosen_by, sent=folder.chosen_by.all_ours)
        return FolderReading(
            client=self._client,
            lane=self._lane,
            user=self._user,
            account=self.account,
            folder=named,
            select=self._select,
            page=self._tenant.page,
            lanes=self._tenant.in_flight_per_mailbox,
            mine=None if named.sent or named.chosen_by is ChosenBy.HISTORY else self._mine,
            delta=self._tenant.sign_in.cloud is not GraphCloud.CHINA,
            folders=self._asking,
        )

    def caught_up(self, folder: Folder) -> End | None:
        """The cursor behind a folder that was read to its end; it knows the link for what is new."""
        return self._ends.get(folder.path)

    def thread(self, envelope: Envelope) -> Iterator[Reading]:
        """The earlier messages of its conversation, wherever they lie in this mailbox; drafts are no messages yet.

        A conversation is what Exchange takes for one (`conversationId`). In-Reply-To and References would name the
        message that was answered, but Mail.ReadBasic does not show them, and copies in sent items have none. So a reply
        under a new subject may begin a conversation of its own, and what only other people's mailboxes hold is not
        found. Of a longer conversation, a thousand messages are looked at, whichever the service gives first.
        """
        with explained():
            own = self._message(envelope.locator, "id,conversationId,sentDateTime")
            if own is None or not own.conversation:
                return
            found = list(self._conversation(own.conversation))
        folders = {folder.id: folder for folder in self._folders.values() or self._list()}
        before = sorted((message for message in found if _is_before(message, own)), key=lambda m: m.sent or "")
        for message in before:
            folder = folders.get(message.parent or "")
            path = folder.path if folder else message.parent or ""
            marks = SENT if folder and folder.sent else frozenset()
            yield reading_of(message, Locator(self.account, path, message.id), marks)

    def raw(self, locator: Locator) -> bytes:
        """The message in RFC 5322 form, which the service makes on demand: no two makings need to be equal.

        Needs Mail.Read, so it must be switched on: `whole_messages` in the config.
        """
        if not self._tenant.whole_messages:
            raise AccessDenied(
                "Reading whole messages is not switched on for this tenant.",
                "Grant Mail.Read to the application and set whole_messages = true in the config.",
            )
        try:
            place = f"{self._user}/messages/{segment(locator.key)}/$value"
            return self._client.whole(place, self._lane)
        except Refusal as refusal:
            if refusal.concern is Concern.SCOPE:
                raise AccessDenied(
                    f"The application may not read whole messages. {refusal}",
                    "Grant Mail.Read to the application and give admin consent, or set whole_messages = false.",
                ) from None
            if refusal.concern is Concern.ITEM:
                raise SourceError(f"The message {locator} cannot be had. {refusal}", "It was deleted since.") from None
            raise as_source_error(refusal) from None

    def _list(self) -> list[GraphFolder]:
        with explained():
            listed = self._asking.list(self._tenant.profile, self._configured, history=self._history)
        self._folders = {folder.path: folder for folder in listed}
        return listed

    def _named(self, path: str) -> GraphFolder:
        if path not in self._folders:
            self._list()
        if path not in self._folders:
            raise no_such_folder(self.account, path)
        return self._folders[path]

    def _conversation(self, name: str) -> Iterator[Message]:
        """Its messages in the order of the service, which is none to rely on: it takes no order beside this filter."""
        condition = "conversationId eq '" + name.replace("'", "''") + "'"
        options = query(select=self._select + ",parentFolderId", filter=condition, top=THREAD_PAGE)
        place = f"{self._user}/messages{options}"
        for _ in range(THREAD_PAGES):
            page = self._client.get(place, self._lane, decode_page)
            yield from page.value
            place = following(page.next_link)
            if not place:
                return

    def _message(self, locator: Locator, select: str) -> Message | None:
        place = f"{self._user}/messages/{segment(locator.key)}{query(select=select)}"
        try:
            return self._client.get(place, self._lane, decode_message)
        except Refusal as refusal:
            if refusal.concern is not Concern.ITEM:
                raise
            return None


def _is_before(message: Message, own: Message) -> bool:
    return message.id != own.id and not message.draft and (message.sent or "") <= (own.sent or "~")
