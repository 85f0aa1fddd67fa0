"""Which messages of the stories are one incident, what it is, and whom it concerns: written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.sampling.letter import Letter, digest_of

_PROBABLE = "probable exposure"


@dataclass(frozen=True, slots=True)
class Told:
    """One incident. It is named by the story of its first message.

    `course` holds its messages and what came back, oldest first: story and role. `people` are the affected, those shown
    by name alone included; `named` how many of them are named clearly, in part and not at all, where a story is about
    that. `viewers` are outsiders and colleagues who could read the list, likewise. `undelivered` counts those whom a
    bounce names.
    """

    course: tuple[tuple[str, str], ...]
    people: int
    klass: str = _PROBABLE
    contexts: tuple[str, ...] = ()
    named: tuple[int, int, int] | None = None
    viewers: tuple[int, int] | None = None
    undelivered: int = 0

    @property
    def name(self) -> str:
        """The story of the first message."""
        return self.course[0][0]


def _one(story: str, people: int, klass: str = _PROBABLE, contexts: tuple[str, ...] = ()) -> Told:
    return Told(((story, "original"),), people, klass, contexts)


def _course(*told: str) -> tuple[tuple[str, str], ...]:
    """Each as `story: role`."""
    return tuple((story, role) for story, _, role in (one.partition(": ") for one in told))


_LETTERS = (
    Told(
        _course(
            "survey-invitation: original", "bounce: bounce", "survey-recall: recall", "outsider-replies-all: reply"
        ),
        271,
        undelivered=1,
    ),
    Told(_course("newsletter-hidden: hidden twin", "newsletter-corrected: correction"), 34),
    _one("support-circle", 15, contexts=("health",)),
    Told(_course("price-list-part-1: original", "price-list-part-2: batch", "price-list-part-3: batch"), 120),
    _one("meeting-invitation", 12),
    _one("farewell", 23),
    _one("to-and-cc", 16),
    _one("resent", 14),
    _one("two-to-fields", 13),
    _one("encrypted", 13),
    _one("from-traps", 12),
    _one("recall-of-brakes", 30),
    _one("wrong-identity", 13),
    _one("semicolons", 14),
    _one("groups", 12),
    _one("addresses-in-names", 14),
    _one("encoded-names", 12),
    _one("encoded-list", 11),
    _one("directory-names", 12),
    _one("international", 12),
    _one("latin-1", 11),
    _one("commas-and-quotes", 12),
    _one("broken-separators", 13),
    _one("apparently-to", 12),
    _one("one-customer", 0, "one organisation"),
    _one("plus-tags", 0, "one organisation"),
    _one("supplier-desks", 14, "role addresses"),
    _one("project-thread", 9, "below the gate"),
    _one("nine-neighbours", 9, "below the gate"),
    Told(_course("undisclosed: hidden twin", "undisclosed-german: hidden twin"), 0, "hidden properly"),
)
_PUBLISHED = (
    Told(
        _course("diabetes-newsletter: original", "diabetes-recall: recall", "diabetes-apology: apology"),
        781,
        contexts=("health",),
        named=(730, 0, 51),
    ),
    Told(
        _course(
            "mental-health-rides: original",
            *(f"mental-health-bounce-{number}: bounce" for number in range(1, 6)),
            "mental-health-recall: recall",
            "mental-health-bounce-6: bounce",
        ),
        264,
        contexts=("health",),
        named=(115, 51, 98),
        undelivered=9,
    ),
    Told(_course("advisory-group: original"), 105, contexts=("health",), named=(65, 0, 40)),
    Told(_course("clinic-exhibition-1: original", "clinic-exhibition-2: batch"), 1781, contexts=("health",)),
    Told(
        _course("stranded-riders-1: original", "stranded-riders-2: batch", "stranded-riders-3: batch"),
        265,
    ),
    Told(
        _course("repair-subsidy-1: original", *(f"repair-subsidy-{number}: batch" for number in range(2, 10))),
        300,
    ),
    Told(
        _course(
            "witness-hearing: hidden twin",
            "witness-hearing-corrected: correction",
            "witness-hearing-answer: reply",
            "witness-hearing-deletion: recall",
        ),
        90,
        contexts=("testimony",),
        named=(52, 0, 38),
    ),
    Told(_course("compensation-newsletter: original"), 248, contexts=("testimony",), viewers=(248, 3)),
    Told(
        _course("brake-inquiry: original", "brake-inquiry-bounce: bounce", "brake-inquiry-recall: recall"),
        56,
        contexts=("testimony",),
        undelivered=1,
    ),
    Told(_course("heart-study: original"), 19, contexts=("health",), named=(7, 0, 12)),
)
_OFFICE = (
    _one("council-stand", 14, "standing group"),
    _one("harvest-ride-answer", 15, "reply to an inherited list"),
    _one("bell-tower-answer", 18),
    _one("answer-without-question", 15, "reply to an inherited list"),
    _one("barbecue", 12, "personal circle"),
    _one("bridge-lights", 12, "few parties"),
    Told(
        _course("riders-panel-1: original", *(f"riders-panel-{number}: re-exposure" for number in range(2, 6))),
        12,
        "running series",
    ),
    _one("velofair-roster", 16, "allowed"),
    _one("night-ride-roster", 18),
    Told(_course("open-workshop: original", "open-workshop-colleague: re-exposure"), 20),
    Told(_course("vouchers: original", "vouchers-apology: apology"), 22),
    _one("tandem-day-quoted", 14),
)
INCIDENTS = (*_LETTERS, *_PUBLISHED, *_OFFICE)


def places(incidents: Iterable[Told] = INCIDENTS) -> Mapping[str, Mapping[str, str]]:
    """Of each story that belongs to an incident: which, of what class, and its role there."""
    return {
        story: {"incident": told.name, "class": told.klass, "role": role}
        for told in incidents
        for story, role in told.course
    }


def readings(stories: Mapping[str, Letter], incidents: Iterable[Told] = INCIDENTS) -> Iterator[dict[str, object]]:
    """The expected reading of each incident; the addresses come from the stories, the figures from the table."""
    for told in incidents:
        shown = {address for story, _ in told.course for address in stories[story].verdict.affected}
        expected: dict[str, object] = {
            "incident": told.name,
            "class": told.klass,
            "contexts": list(told.contexts),
            "people": told.people,
            "addresses": digest_of(shown if told.people else ()),
            "course": [{"story": story, "role": role} for story, role in told.course],
            "undelivered": told.undelivered,
        }
        if told.named:
            degrees = zip(("clear", "part", "no"), told.named, strict=True)
            expected["named"] = {degree: count for degree, count in degrees if count}
        if told.viewers:
            expected["viewers"] = dict(zip(("outsider", "internal"), told.viewers, strict=True))
        yield expected
