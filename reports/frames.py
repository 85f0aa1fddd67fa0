"""The tables of a case as pandas frames, a chunk of rows at a time, for the workbook and for other formats.

Every frame has dtype `object`: text is a `str` that `reports.cells.shown` has passed, a number is an `int` or `float`,
a moment is an aware `datetime`, unknown is None. Frames of one table all have the same columns; rows come in the order
of the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

import pandas as pd

from reports import figures
from reports.cells import shown
from scanner.case import Case
from scanner.coverage import ChosenBy, Coverage
from scanner.envelope import Locator
from scanner.exposure import Affected, Identifiable, Standing
from scanner.incident import Incident

CHUNK = 4_096  # rows of one frame
Row = tuple[str | int | float | datetime | None, ...]

INCIDENTS = (
    "Incident",
    "First sent",
    "Last sent",
    "Author",
    "Subject",
    "Disclosed entries",
    "Affected people",
    "Shown by name only",
    "Counted people",
    "Role accounts",
    "With a full name",
    "With part of a name",
    "Parties",
    "Free-mail share",
    "Viewers",
    "Outsiders among viewers",
    "Internal among viewers",
    "Affiliates among viewers",
    "Bcc among viewers",
    "Fields",
    "Copies found",
    "Reasons",
)
AFFECTED = (
    "Incident",
    "Address",
    "Names shown",
    "Fields",
    "Party",
    "Free-mail",
    "Role account",
    "Full name shown",
    "Seen by outsiders",
    "Seen by insiders",
    "Seen by Bcc readers",
    "Sent",
)
COVERAGE = (
    "Account",
    "Folder",
    "State",
    "Trouble and reasons for skipping",
    "Chosen by",
    "Expected",
    "Read",
    "Unreadable",
    "Skipped",
    "Missing",
    "Oldest",
    "Newest",
)
UNREADABLE = ("Account", "Folder", "Locator", "Reason")
EVIDENCE = (
    "Incident",
    "Account",
    "Folder",
    "Locator",
    "Message-ID",
    "Sent",
    "Stored",
    "SHA-256 of the header as read",
    "Size in octets",
    "Marks",
    "Defects",
    "Unread text of address fields",
    "Retrieval",
)

DIGEST_COVERS = (
    "of the header's bytes as the source gave them: of the whole header as stored; over IMAP, of the header fields "
    "that the scan asks for, as the server gave them; through Microsoft Graph, which shows no header of sent mail, of "
    "Message-ID, subject, sending time and people as the service gave them"
)
_IDENTIFIABLE = {Identifiable.CLEAR: "yes", Identifiable.PART: "in part", Identifiable.NO: "no"}
_YES = {True: "yes", False: "no"}
_RETRIEVED = f"The digest is {DIGEST_COVERS}. The mailbox was not changed."
_FURTHER = "A further copy of the same message; its size, marks and defects are not listed."


def incidents(case: Case) -> Iterator[pd.DataFrame]:
    """One row an incident."""
    return _frames(INCIDENTS, (_incident(each) for each in case.incidents()))


def affected(case: Case) -> Iterator[pd.DataFrame]:
    """One row a person and incident."""
    return _frames(AFFECTED, (_person(each, person) for each in case.incidents() for person in each.affected))


def coverage(case: Case) -> Iterator[pd.DataFrame]:
    """One row a folder."""
    return _frames(COVERAGE, (_folder(folder) for folder in case.coverage()))


def unreadable(case: Case) -> Iterator[pd.DataFrame]:
    """One row a message that could not be read."""
    return _frames(UNREADABLE, ((*_place(each.locator), shown(each.reason)) for each in case.unreadable()))


def evidence(case: Case) -> Iterator[pd.DataFrame]:
    """One row a copy of a message."""
    return _frames(EVIDENCE, (_copy(each.id, copy) for each in case.incidents() for copy in figures.copies_of(each)))


def _frames(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[pd.DataFrame]:
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK)):
        yield pd.DataFrame(chunk, columns=list(columns), dtype=object)


def _incident(incident: Incident) -> Row:
    people, viewers = figures.with_address(incident.affected), incident.viewers
    first = incident.exposures[0].envelope if incident.exposures else None
    standing = figures.viewers_by_standing(viewers)
    return (
        shown(incident.id),
        incident.first_sent,
        incident.last_sent,
        figures.author_of(first) if first else "",
        shown(first.subject) if first else "",
        figures.disclosed_entries(incident),
        len(people),
        len(figures.by_name_only(incident.affected)),
        figures.counted_people(incident),
        sum(person.role for person in people),
        len(figures.named(people, Identifiable.CLEAR)),
        len(figures.named(people, Identifiable.PART)),
        figures.parties(incident),
        sum(person.free_mail for person in people) / len(people) if people else None,
        len(viewers),
        standing[Standing.OUTSIDER],
        standing[Standing.INTERNAL],
        standing[Standing.AFFILIATE],
        figures.hidden_viewers(viewers),
        figures.fields_of(incident.affected),
        len(figures.copies_of(incident)),
        figures.lines(incident.reasons),
    )


def _person(incident: Incident, person: Affected) -> Row:
    return (
        shown(incident.id),
        shown(person.address) if person.address is not None else "(address unknown)",
        figures.lines(person.names),
        figures.fields_of((person,)),
        shown(person.party),
        _YES[person.free_mail],
        _YES[person.role],
        _IDENTIFIABLE[person.identifiable],
        person.seen_by_outsiders,
        person.seen_by_insiders,
        person.seen_by_hidden,
        incident.first_sent,
    )


def _folder(folder: Coverage) -> Row:
    skipped = [f"{count:,} skipped: {reason}" for reason, count in folder.skipped]
    trouble = figures.trouble_of(folder)
    opened = folder.chosen_by is not ChosenBy.NOT_SENT
    return (
        shown(folder.account),
        shown(folder.folder),
        figures.state_of(folder),
        figures.lines([trouble, *skipped] if trouble else skipped),
        str(folder.chosen_by) if folder.folder else "",
        ("not stated" if folder.expected is None else folder.expected) if opened else None,
        folder.read if opened else None,
        folder.unreadable if opened else None,
        sum(count for _, count in folder.skipped) if opened else None,
        folder.missing if opened else None,
        folder.oldest,
        folder.newest,
    )


def _copy(incident: str, copy: figures.Copy) -> Row:
    envelope = copy.envelope
    known = (shown(incident), *_place(copy.locator), shown(envelope.message_id or ""), envelope.date)
    if not copy.was_read:
        said = f"{_FURTHER} {_RETRIEVED}" if copy.digest else f"{_FURTHER} Its digest is not known."
        return (*known, None, copy.digest, None, "", "", "", said)
    return (
        *known,
        envelope.received,
        envelope.digest,
        envelope.size,
        ", ".join(sorted(envelope.marks)),
        figures.lines(defect.sentence for defect in envelope.defects),
        figures.lines(f"{left.field}: {left.text}" for left in envelope.unparsed),
        _RETRIEVED,
    )


def _place(locator: Locator) -> tuple[str, str, str]:
    return shown(locator.account), shown(locator.folder), shown(locator.key)
