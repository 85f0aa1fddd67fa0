"""Members written the short way, for the tests of what groups, names and classes them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import UTC, datetime

from scanner.detector.contexts import contexts_of
from scanner.detector.member import Member
from scanner.detector.subjects import subject_key, tones_of

START = datetime(2024, 3, 15, 9, 0, tzinfo=UTC).timestamp()
HOUR, DAY = 3_600.0, 86_400.0


def member(
    name: str,
    people: Iterable[int],
    *,
    after: float | None = 0.0,
    subject: str = "Notice",
    writer: str = "ann@company.example",
    hidden: Iterable[int] = (),
    message_id: str | None = None,
    answers: tuple[str, ...] = (),
    reply: bool = False,
    quoted: bool = False,
) -> Member:
    """A message of ours to these people, some seconds after the start; None is without a date."""
    shown = array("I", sorted(set(people)))
    return Member(
        message=name,
        when=None if after is None else START + after,
        writers=(writer,),
        written=subject,
        subject=subject_key(subject),
        shown=shown,
        counted=shown,
        hidden=array("I", sorted(set(hidden))),
        insiders=0,
        message_id=message_id,
        answers=answers,
        tones=tones_of(subject),
        contexts=contexts_of(subject),
        reply=reply,
        forward=False,
        quoted=quoted,
        ours=True,
    )
