"""What mail that others wrote tells: who was visible to whom before, and what came back after a message of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scanner.envelope import Locator, Mark


@dataclass(frozen=True, slots=True)
class Received:
    """The little that is kept of a message which is not a candidate: enough to be evidence, and no more.

    identity     the key that all copies of the message share (`scanner.identity`)
    date         when it was sent, aware; None when unknown
    author       canonical address; None when it names none
    people       everybody whom its visible fields show, and its author: canonical addresses, sorted, ours included
    message_id   without angle brackets; None when missing
    answers      the message ids that In-Reply-To and References name, oldest first
    subject      normalised (`scanner.detector.subjects.subject_key`), so that an answer is found without a Message-ID
    marks        what the source and the header say about it; a bounce is a REPORT
    undelivered  canonical addresses that a bounce names as not reached (RFC 3464 Final-Recipient), sorted
    """

    identity: str
    locator: Locator
    date: datetime | None
    author: str | None
    people: tuple[str, ...]
    message_id: str | None
    answers: tuple[str, ...]
    subject: str
    marks: frozenset[Mark] = frozenset()
    undelivered: tuple[str, ...] = ()
