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

from reports import figures, incident_words
from reports.cells import shown
from scanner.case import Case
from scanner.coverage import ChosenBy, Coverage
from scanner.envelope import Locator, Mark
from scanner.exposure import Identifiable, Standing
from scanner.incident import Event, Incident

CHUNK = 4_096  # rows of one frame
Row = tuple[str | int | float | datetime | None, ...]

INCIDENTS = (
    "Incident",
    "First sent",
    "Last sent",
    "Author",
    "Subject",
    "Messages",
    "What they are",
    "Disclosed entries",
    "Affected people",
    "Reached, bounces taken off",
    "With a full name",
    "With part of a name",
    "Shown by name only",
    "Counted people",
    "Role accounts",
    "Parties",
    "Free-mail share",
    "Viewers",
    "Outsiders among viewers",
    "Internal among viewers",
    "Affiliates among viewers",
    "Bcc among viewers",
    "Fields",
    "Copies found",
    "Earlier ids",
    "Sensitive subjects",
    "Points",
    "Severity score",
    "Severity band",
    "Reasons",
    "Points in words",
    "How the severity was computed",
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
    "First shown",
    "Last shown",
    "Times shown",
    "Already known to",
    "Others affected",
    "Delivered",
)
TIMELINE = (
    "Incident",
    "When",
    "What",
    "Author",
    "Subject",
    "People shown",
    "Account",
    "Folder",
    "Locator",
)
CLEARED = (
    "Incident",
    "Class",
    "First sent",
    "Last sent",
    "Author",
    "Subject",
    "Messages",
    "What they are",
    "Affected people",
    "Shown by name only",
    "Parties",
    "Viewers",
    "Reasons",
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
_OF_SOME_MESSAGE = "A further copy of one of the messages; which one is not known."
_QUOTES = "Mail that came in and quotes the list."
_QUOTED = "The digest is of what is quoted there. The mailbox was not changed."


def incidents(case: Case) -> Iterator[pd.DataFrame]:
    """One row an incident."""
    return _frames(INCIDENTS, (_incident(each) for each in case.incidents()))


def affected(case: Case) -> Iterator[pd.DataFrame]:
    """One row a person and incident."""
    return _frames(AFFECTED, (row for each in case.incidents() for row in _people(each)))


def timeline(case: Case) -> Iterator[pd.DataFrame]:
    """One row an event of an incident: a message of ours, or one that came back."""
    return _frames(TIMELINE, (_event(each.id, event) for each in case.incidents() for event in each.timeline))


def cleared(case: Case) -> Iterator[pd.DataFrame]:
    """One row an incident of any other class."""
    return _frames(CLEARED, (_cleared(each) for each in case.cleared()))


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
    standing = figures.viewers_by_standing(viewers)
    severity = incident.severity
    return (
        *_head(incident),
        len(incident.exposures),
        incident_words.messages_in_short(incident),
        figures.disclosed_entries(incident),
        len(people),
        len(figures.reached(incident)),
        len(figures.named(people, Identifiable.CLEAR)),
        len(figures.named(people, Identifiable.PART)),
        len(figures.by_name_only(incident.affected)),
        figures.counted_people(incident),
        sum(person.role for person in people),
        figures.parties(incident),
        sum(person.free_mail for person in people) / len(people) if people else None,
        len(viewers),
        standing[Standing.OUTSIDER],
        standing[Standing.INTERNAL],
        standing[Standing.AFFILIATE],
        figures.hidden_viewers(viewers),
        figures.fields_of(incident.affected),
        len(figures.copies_of(incident)),
        figures.lines(incident.aliases),
        shown(", ".join(incident.contexts)),
        incident.score,
        severity.score if severity else None,
        incident_words.band_of(severity),
        figures.lines(incident.reasons),
        incident_words.points_in_words(incident),
        incident_words.severity_in_words(severity),
    )


def _head(incident: Incident) -> Row:
    first = figures.first_shown(incident)
    return (
        shown(incident.id),
        incident.first_sent,
        incident.last_sent,
        figures.author_of(first) if first else "",
        shown(first.subject) if first else "",
    )


def _people(incident: Incident) -> Iterator[Row]:
    undelivered = frozenset(incident.undelivered)
    others = len(incident.affected) - 1
    for person in incident.affected:
        yield (
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
            person.first,
            person.last,
            person.times,
            person.known_to,
            others,
            incident_words.delivered(person, undelivered),
        )


def _event(incident: str, event: Event) -> Row:
    return (
        shown(incident),
        event.when,
        str(event.role),
        shown(event.author or ""),
        shown(event.subject),
        event.shown,
        *_place(event.locator),
    )


def _cleared(incident: Incident) -> Row:
    shown_id, *head = _head(incident)
    return (
        shown_id,
        str(incident.klass),
        *head,
        len(incident.exposures),
        incident_words.messages_in_short(incident),
        len(figures.with_address(incident.affected)),
        len(figures.by_name_only(incident.affected)),
        figures.parties(incident),
        len(incident.viewers),
        figures.lines(incident.reasons),
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
    message_id, sent = (shown(envelope.message_id or ""), envelope.date) if envelope else ("", None)
    known = (shown(incident), *_place(copy.locator), message_id, sent)
    if envelope is None or not copy.was_read:
        return (*known, None, copy.digest, None, "", "", "", _said_of_further(copy))
    return (
        *known,
        envelope.received,
        envelope.digest,
        envelope.size,
        ", ".join(sorted(envelope.marks)),
        figures.lines(defect.sentence for defect in envelope.defects),
        figures.lines(f"{left.field}: {left.text}" for left in envelope.unparsed),
        f"{_QUOTES} {_QUOTED}" if Mark.QUOTED in envelope.marks else _RETRIEVED,
    )


def _said_of_further(copy: figures.Copy) -> str:
    if copy.quotes:
        return f"{_QUOTES} {_QUOTED}"
    what = _OF_SOME_MESSAGE if copy.envelope is None else _FURTHER
    return f"{what} {_RETRIEVED}" if copy.digest else f"{what} Its digest is not known."


def _place(locator: Locator) -> tuple[str, str, str]:
    return shown(locator.account), shown(locator.folder), shown(locator.key)
