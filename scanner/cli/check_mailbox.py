"""What `missedbcc check` finds in one mailbox: its folders, whether they can be read, and what the login may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from scanner.account import Account
from scanner.cli.exits import Exit
from scanner.cli.finding import Finding, Level
from scanner.cli.lines import counted, place
from scanner.cli.output import JsonValue
from scanner.envelope import Envelope, Reading, Unreadable
from scanner.errors import NoSentFolder, SettingsError, SourceError

if TYPE_CHECKING:
    from scanner.connectors.interface import Cursor, Folder, Mailbox

APART: Final = timedelta(minutes=5)  # between two clocks; sign-ins bear no more (RFC 7519 §4.1.4)
_PROBED: Final = 3  # messages of a folder that are tried: one that is broken says nothing of the others
_READ_RIGHT = "Ask whoever runs the server to let this login read the folder; over IMAP that is the right r on it."
_WHOLE = "Look whether it is whole and of the kind that the config says; a scan would count its mail as unreadable."


def mailbox_findings(account: Account) -> Iterator[Finding]:
    """Its folders and by which rule they are read, a try of each, and the rights on them; or why there is nothing."""
    from scanner.connectors import open_mailbox  # noqa: PLC0415

    folders: list[Folder] = []
    tried: dict[str, list[Finding]] = {}
    rights: list[Finding] = []
    try:
        with open_mailbox(account) as mailbox:
            folders = list(mailbox.folders())
            wanted = [folder for folder in folders if folder.wanted]
            for folder in wanted:  # the right to list a folder is not the right to read it
                tried[folder.path] = list(_tried(account, folder, mailbox.read(folder)))
            rights = list(_rights(account.name, mailbox, wanted))
    except (SourceError, SettingsError) as error:
        yield from (finding for findings in tried.values() for finding in findings)
        yield failure(account.name, error)
        return
    if not wanted:
        missing = NoSentFolder("The account opened, but no folder of sent mail was found.", "Name it in sent_folders.")
        yield failure(account.name, missing)
    for folder in wanted:
        yield from tried[folder.path]
        if not any(finding.level is Level.FAILED for finding in tried[folder.path]):
            yield _readable(account.name, folder)
    yield from rights
    if len(folders) > len(wanted):
        yield Finding(Level.OK, account.name, f"{_others(len(folders) - len(wanted))} not read.")


def failure(subject: str, error: SourceError | SettingsError) -> Finding:
    """An error as a finding, with the code that a scan would end with."""
    code = Exit.USAGE if isinstance(error, SettingsError) else Exit.FAILED
    return Finding(Level.FAILED, subject, str(error), error.hint, {"error": type(error).__name__}, code)


def _readable(name: str, folder: Folder) -> Finding:
    count = "messages not counted yet" if folder.messages is None else counted(folder.messages, "message")
    facts: dict[str, JsonValue] = {
        "folder": folder.path,
        "messages": folder.messages,
        "chosen_by": str(folder.chosen_by),
    }
    return Finding(Level.OK, name, f"{_named(name, folder)}{count} ({folder.chosen_by}).", facts=facts)


def _named(name: str, folder: Folder) -> str:
    """The folder and a colon, "" where it is the account itself."""
    where = place(name, folder.path).removeprefix(name).removeprefix(": ")
    return f"{where}{': ' if where else ''}"


def _others(number: int) -> str:
    return f"{counted(number, 'other folder')} {'is' if number == 1 else 'are'}"


def _tried(account: Account, folder: Folder, readings: Iterable[tuple[Cursor, Reading]]) -> Iterator[Finding]:
    """Whether one of the first messages can be read. That all of them cannot is a failure."""
    unreadable: list[Unreadable] = []
    for _, reading in islice(readings, _PROBED):
        if isinstance(reading, Unreadable):
            unreadable.append(reading)
        if isinstance(reading, Envelope):
            yield from _in_the_past(account.name, reading)
            break
    else:
        if unreadable:
            yield _closed(account, folder, unreadable)
        return
    if unreadable:
        sentence = f"{_named(account.name, folder)}a message cannot be read: {unreadable[0].reason}"
        hint = "A scan would read the others and be incomplete; `missedbcc status` then says which."
        yield Finding(Level.WARNING, account.name, sentence, hint, {"folder": folder.path})


def _closed(account: Account, folder: Folder, unreadable: Sequence[Unreadable]) -> Finding:
    number = len(unreadable)
    which = "the first message" if number == 1 else f"the first {number} messages"
    sentence = f"{_named(account.name, folder)}{which} cannot be read: {unreadable[0].reason}"
    facts: dict[str, JsonValue] = {"folder": folder.path, "messages": folder.messages, "error": "Unreadable"}
    hint = _WHOLE if account.server is None else _READ_RIGHT
    return Finding(Level.FAILED, account.name, sentence, hint, facts, Exit.FAILED)


def _in_the_past(name: str, envelope: Envelope) -> Iterator[Finding]:
    """A message that the server took in later than now shows that one of the clocks is wrong."""
    arrived = envelope.received
    if arrived and arrived > datetime.now(UTC) + APART:
        sentence = f"The server dates a message {arrived.astimezone(UTC):%Y-%m-%d %H:%M} UTC, which is to come."
        yield Finding(Level.WARNING, name, sentence, "Set the clock of this machine, if it is not the server's.")


def _rights(name: str, mailbox: Mailbox, wanted: Sequence[Folder]) -> Iterator[Finding]:
    """What the login may do with the folders beyond reading: no fault, since a mailbox is mostly the login's own."""
    from scanner.connectors.interface import TellsRights  # noqa: PLC0415

    if not isinstance(mailbox, TellsRights):
        return
    alike: dict[str | None, list[str]] = {}
    for folder in wanted:
        alike.setdefault(mailbox.rights(folder), []).append(folder.path)
    for rights, paths in alike.items():
        yield _allowed(name, rights, paths)


def _allowed(name: str, rights: str | None, paths: Sequence[str]) -> Finding:
    from scanner.connectors.imap_rights import NEEDED, beyond_need  # noqa: PLC0415

    folders = ", ".join(paths[:_PROBED]) + (f" and {len(paths) - _PROBED:,} more" if len(paths) > _PROBED else "")
    facts: dict[str, JsonValue] = {"folders": [*paths], "rights": rights, "too_much": None}
    if rights is None:
        sentence = "the server does not say what the login may do there, so whether it is too much cannot be told."
        return Finding(Level.OK, name, f"{folders}: {sentence}", facts=facts)
    more = beyond_need(rights)
    facts["too_much"] = [*more]
    if not more:
        return Finding(
            Level.OK, name, f"{folders}: the login may read there, and nothing more ({rights}).", facts=facts
        )
    sentence = (
        f"{folders}: the login may do more there than read: {', '.join(more)}, of the rights {rights} (RFC 4314)."
    )
    hint = f"That is usual where the mailbox is its own; on somebody else's, {' and '.join(NEEDED)} are enough."
    return Finding(Level.OK, name, sentence, hint, facts)
