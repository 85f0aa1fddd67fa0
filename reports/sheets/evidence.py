"""The sheet *Evidence*: where each message lies, and the digest by which it can be recognised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from reports import figures
from reports.cells import shown
from reports.extent import Extent
from reports.layout import Column, Holds, Line, Prose, Sheet, Style, Table, Value
from reports.sentences import moment
from reports.summary import EVIDENCE_ABOVE, Findings
from scanner.case import Case
from scanner.envelope import Mark

TITLE: Final = "Evidence"
DIGEST: Final = "SHA-256 of the header as read"
COLUMNS: Final = (
    Column("Incident", 17, Style.LINK),
    Column("Account", 22, holds=Holds.PERSONAL),
    Column("Folder", 15, holds=Holds.PERSONAL),
    Column("Locator", 20, Style.CODE, Holds.PERSONAL),
    Column("Message-ID", 34, Style.CODE, Holds.PERSONAL),
    Column("Sent", 21, Style.DATE, Holds.SAID),
    Column("Stored", 21, Style.DATE),
    Column("Retrieved", 21, Style.DATE, Holds.SAID),
    Column(DIGEST, 36, Style.CODE),
    Column("Size in octets", 10, Style.NUMBER),
    Column("Marks", 10, holds=Holds.SAID),
    Column("Defects", 26, holds=Holds.SAID),
    Column("Unread text of address fields", 26, holds=Holds.PERSONAL),
    Column("How it was found", 21, holds=Holds.SAID),
)
READ: Final = "read"
FURTHER: Final = "further copy"
OF_SOME_MESSAGE: Final = "further copy of one of the messages, which one is not known"
QUOTES: Final = "quotation in mail that came in"
NOT_RECORDED: Final = "not recorded (read by an earlier version)"
_NO_DIGEST: Final = "no digest known"
_MEANS: Final = (
    "Read: the digest is of its header as the source gave it. Further copy: the same message elsewhere, of which size, "
    "marks and defects are not listed. Quotation: the digest is of what is quoted."
)


def sheet(case: Case, findings: Findings) -> Sheet:
    """Every copy of every message of an incident."""
    head = (Line((_MEANS,), {0: Style.NOTE}), Line((_when(findings.extent),), {0: Style.NOTE}))
    table = Table("Evidence", COLUMNS, _lines(case, findings), findings.none_found)
    return Sheet(
        TITLE,
        (Prose(head), table),
        frozen_rows=EVIDENCE_ABOVE + 1,
        frozen_columns=1,
        repeat_from=EVIDENCE_ABOVE + 1,
    )


def _when(extent: Extent) -> str:
    if extent.read_from is None or extent.read_to is None:
        return "The mailboxes were not changed."
    return (
        f"The mailboxes were not changed. The reading took place from {moment(extent.read_from)} to "
        f"{moment(extent.read_to)}; the column Retrieved says when each copy was first read."
    )


def _lines(case: Case, findings: Findings) -> Iterator[Line]:
    for incident in case.incidents():
        known_as = shown(incident.id)
        links = findings.link_to_incident(known_as)
        retrieved = case.retrieved(incident)
        for copy in figures.copies_of(incident):
            yield Line((known_as, *_copy(copy, retrieved.get(copy.locator))), links=links)


def _copy(copy: figures.Copy, retrieved: datetime | None) -> tuple[Value, ...]:
    envelope, at, read = copy.envelope, copy.locator, retrieved or NOT_RECORDED
    place = (shown(at.account), shown(at.folder), shown(at.key))
    if envelope is None:
        what = QUOTES if copy.quotes else OF_SOME_MESSAGE
        return (*place, "", "unknown", None, read, copy.digest, None, "", "", "", _with_digest(what, copy.digest))
    message = (shown(envelope.message_id or ""), envelope.date or "unknown")
    if not copy.was_read:
        return (*place, *message, None, read, copy.digest, None, "", "", "", _with_digest(FURTHER, copy.digest))
    return (
        *place,
        *message,
        envelope.received,
        read,
        envelope.digest,
        envelope.size,
        ", ".join(sorted(envelope.marks)),
        figures.lines(defect.sentence for defect in envelope.defects),
        figures.lines(f"{left.field}: {left.text}" for left in envelope.unparsed),
        QUOTES if Mark.QUOTED in envelope.marks else READ,
    )


def _with_digest(what: str, digest: str) -> str:
    return what if digest else f"{what}; {_NO_DIGEST}"
