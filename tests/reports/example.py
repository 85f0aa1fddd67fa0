"""An invented case: a mail to 271 people, a small one with hostile names, and a reading with gaps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone

from scanner.address import Address, Field, Recipient
from scanner.case import Outcome, Run
from scanner.coverage import STALE, ChosenBy, Coverage
from scanner.decision import Decisions, Novelty
from scanner.defect import Defect
from scanner.detector.rule_packs import rule_pack_of
from scanner.detector.severity import severity_of
from scanner.envelope import Envelope, Locator, Mark, Unparsed, Unreadable
from scanner.exposure import Affected, Exposure, Identifiable, Standing, Viewer
from scanner.incident import Class, Event, Incident, Point, Role
from scanner.policy import Ground, InternalDomain, Policy
from scanner.rule_pack import RulePack
from tests.reports.hostile import HOSTILE

OURS = "handset.example"


@dataclass(frozen=True)
class ExampleCase:
    """A case made of lists; it satisfies `scanner.case.Case`."""

    policy: Policy
    held_incidents: tuple[Incident, ...] = ()
    held_coverage: tuple[Coverage, ...] = ()
    held_unreadable: tuple[Unreadable, ...] = ()
    held_runs: tuple[Run, ...] = ()
    held_below: int = 0
    held_cleared: tuple[Incident, ...] = ()
    held_decisions: Decisions = field(default_factory=Decisions)
    held_novelty: Mapping[str, Novelty] = field(default_factory=dict)
    held_found: Mapping[str, datetime] = field(default_factory=dict)
    held_retrieved: Mapping[Locator, datetime] = field(default_factory=dict)
    edition: int = 1
    id: str = "0123456789ab"

    @property
    def rule_pack(self) -> RulePack:
        return rule_pack_of("", date(2026, 11, 21))

    def decisions(self) -> Decisions:
        return self.held_decisions

    def novelty(self, incident: Incident) -> Novelty:
        return self.held_novelty.get(incident.id, Novelty.NEW)

    def found_on(self, incident: Incident) -> datetime | None:
        found = self.held_found.get(incident.id)
        if found is None and self.novelty(incident) is Novelty.NEW:
            return max((run.started for run in self.held_runs), default=None)
        return found

    def retrieved(self, incident: Incident) -> Mapping[Locator, datetime]:
        return {place: when for place, when in self.held_retrieved.items() if place in incident.locations}

    def person_id(self, key: str) -> str:
        return f"P-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"

    def incidents(self) -> Iterator[Incident]:
        return iter(self.held_incidents)

    def cleared(self) -> Iterator[Incident]:
        return iter(self.held_cleared)

    def below_gate(self) -> int:
        return self.held_below

    def coverage(self) -> Iterator[Coverage]:
        return iter(self.held_coverage)

    def unreadable(self) -> Iterator[Unreadable]:
        return iter(self.held_unreadable)

    def runs(self) -> Iterator[Run]:
        return iter(self.held_runs)


def person(number: int, *, readers: int = 280, name: str | None = None) -> Affected:
    """The affected person with this number; every third is a consumer, every ninth a role account."""
    free_mail, role = number % 3 != 0, number % 9 == 0
    domain = "freemail.example" if free_mail else f"company{number % 40}.example"
    address = f"{'info' if role else 'first.last'}{number}@{domain}"
    shown_name = f"First{number} Last{number}" if name is None else name
    return Affected(
        address=address,
        names=(shown_name,) if shown_name and not role else (),
        fields=(Field.TO,) if number % 5 else (Field.TO, Field.CC),
        party=address if free_mail else domain,
        free_mail=free_mail,
        role=role,
        identifiable=Identifiable.NO if role else (Identifiable.CLEAR if number % 2 else Identifiable.PART),
        seen_by_outsiders=readers - 10,
        seen_by_insiders=9,
        seen_by_hidden=1,
    )


def envelope(people: tuple[Affected, ...], locator: Locator, subject: str, sent: datetime | None) -> Envelope:
    """A message that shows these people in the fields that they name."""
    recipients = []
    for each in people:
        local_part, _, domain = (each.address or "").rpartition("@")
        address = Address(local_part, domain) if each.address else None
        name = each.names[0] if each.names else ""
        recipients += [Recipient(address, name, field) for field in each.fields]
    return Envelope(
        locator=locator,
        message_id=f"{locator.key}.{len(people)}@mail.{OURS}",
        in_reply_to=(),
        references=(),
        date=sent,
        author=Address("research", OURS),
        author_name="User research",
        sender=None,
        subject=subject,
        recipients=tuple(recipients),
        digest=hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest(),
        size=18_231,
        received=sent + timedelta(seconds=2) if sent else None,
        marks=frozenset({Mark.SENT}),
    )


def incident(number: int, people: tuple[Affected, ...], message: Envelope, copies: int = 1) -> Incident:
    """One message with these people; one insider and one Bcc reader saw it too."""
    viewers = (
        *(
            Viewer(each.address or each.party, each.names[0] if each.names else "", each.fields[0], Standing.OUTSIDER)
            for each in people
        ),
        Viewer(f"team@{OURS}", "The team", Field.CC, Standing.INTERNAL),
        Viewer("observer@partner.example", "Observer", Field.BCC, Standing.AFFILIATE),
    )
    counted = sum(not each.role for each in people)
    parties = len({each.party for each in people})
    reasons = (
        f"{len(people)} outsiders of {parties} different parties stood in To and Cc, visible to one another.",
        f"{sum(each.free_mail for each in people)} of them use a free-mail address.",
        "The message lay in a folder of sent mail.",
    )
    exposure = Exposure("visible-outsiders", f"m{number}", message, people, viewers, parties, counted, True, reasons)
    places = tuple(replace(message.locator, folder=f"Copies/{i}") for i in range(1, copies))
    digests = (message.digest, *(str(i) * 64 for i in range(1, copies)))
    shown = tuple(replace(each, first=message.date, last=message.date) for each in people)
    return Incident(
        f"INC-{number:08x}",
        (exposure,),
        (message.locator, *places),
        shown,
        viewers,
        reasons,
        digests,
        holds=(exposure.message,) * copies,
        roles=(Role.ORIGINAL,),
        timeline=(_event(exposure, Role.ORIGINAL),),
        points=(Point(15, "100% of the pairs among them never stood together in mail that others wrote."),),
        severity=severity_of(people, (), len(viewers), False, rule_pack_of("", date(2026, 11, 21))),
    )


def _event(exposure: Exposure, role: Role) -> Event:
    message = exposure.envelope
    author = message.author.canonical if message.author else None
    return Event(message.date, role, exposure.message, message.locator, author, message.subject, len(exposure.affected))


MAILING = datetime(2024, 2, 5, 9, 0, tzinfo=UTC)


def mailing() -> Incident:
    """A mailing in two batches and a visible apology; one bounce and one answer came back, and somebody quoted it."""
    first, second = tuple(person(i) for i in range(400, 420)), tuple(person(i) for i in range(420, 440))
    subjects = ("Your treatment dates (1/2)", "Your treatment dates (2/2)", "Apologies: your treatment dates")
    parts = [
        incident(10 + i, people, envelope(people, Locator("clinic", "Sent", f"9:{i}"), subject, sent))
        for i, (people, subject, sent) in enumerate(
            (
                (first, subjects[0], MAILING),
                (second, subjects[1], MAILING + timedelta(minutes=10)),
                (first, subjects[2], MAILING + timedelta(hours=2)),
            )
        )
    ]
    exposures = tuple(part.exposures[0] for part in parts)
    roles = (Role.ORIGINAL, Role.BATCH, Role.APOLOGY)
    inbox = Locator("clinic", "INBOX", "7:41")
    came_back = (
        Event(MAILING + timedelta(minutes=1), Role.BOUNCE, "b1", replace(inbox, key="7:40"), None, "undeliverable"),
        Event(MAILING + timedelta(hours=1), Role.REPLY, "b2", inbox, first[1].address, "your treatment dates (1/2)"),
    )
    again = {each.key: replace(each, last=MAILING + timedelta(hours=2), times=2) for each in parts[0].affected}
    affected = tuple(again.get(each.key, each) for each in (*again.values(), *parts[1].affected))
    affected = (replace(affected[0], known_to=3), *affected[1:])
    copies = (("Copies/1", "a" * 64, exposures[0].message), ("Copies/2", "b" * 64, exposures[1].message))
    return replace(
        parts[0],
        id="INC-00000004",
        exposures=exposures,
        locations=(
            *(each.envelope.locator for each in exposures),
            *(Locator("clinic", folder, "1") for folder, _, _ in copies),
            inbox,
        ),
        digests=(*(each.envelope.digest for each in exposures), *(digest for _, digest, _ in copies), "c" * 64),
        holds=(*(each.message for each in exposures), *(message for _, _, message in copies), "quotation"),
        affected=affected,
        viewers=tuple({viewer.address: viewer for part in parts for viewer in part.viewers}.values()),
        roles=roles,
        timeline=tuple(sorted((*map(_event, exposures, roles), *came_back), key=lambda event: event.when or MAILING)),
        points=(
            Point(30, "36 people were shown: 30 or more."),
            Point(-10, "The subject speaks of work among colleagues."),
            Point(25, "The subject is sensitive: health."),
        ),
        severity=severity_of(affected, ("health",), 42, False, rule_pack_of("", date(2026, 11, 21))),
        contexts=("health",),
        aliases=("INC-0000000b", "INC-0000000c"),
        undelivered=(str(first[3].address),),
    )


def cleared_incidents() -> tuple[Incident, ...]:
    """A standing group with a hostile subject, people in Bcc, and too few people."""
    few = tuple(person(i, readers=24) for i in range(500, 507))
    group = envelope(few, Locator("research", "Sent Items", "8:1"), "=1+1", datetime(2021, 4, 1, 9, tzinfo=UTC))
    undated = replace(group, locator=Locator("research", "Sent Items", "8:2"), subject="Hello", date=None)
    return (
        replace(incident(20, few, group), klass=Class.STANDING_GROUP),
        replace(incident(21, (), group), klass=Class.HIDDEN, roles=(Role.HIDDEN_TWIN,)),
        replace(incident(22, few, undated), klass=Class.BELOW_GATE),
    )


def policy(ground: Ground = Ground.PROPOSED) -> Policy:
    """Two internal domains, the second for some years only."""
    return Policy(
        internal=(
            InternalDomain(OURS, ground=ground),
            InternalDomain("handset-labs.example", date(2015, 1, 1), date(2022, 12, 31), Ground.CONFIGURED),
        ),
        own_addresses=("founder@freemail.example",),
        affiliates=("partner.example",),
        free_mail_add=("freemail.example",),
    )


def run(number: int = 1, outcome: Outcome | None = Outcome.COMPLETE, troubles: tuple[str, ...] = ()) -> Run:
    """A run of four minutes in November 2026."""
    started = datetime(2026, 11, 14, 8, 0, 1, tzinfo=UTC) + timedelta(days=7 * (number - 1))
    return Run(
        id=number,
        started=started,
        finished=started + timedelta(minutes=4, seconds=13) if outcome else None,
        version="0.1.0",
        policy=policy(),
        rules=("visible-outsiders",),
        sources=("research", "press office"),
        outcome=outcome,
        troubles=troubles,
        notices=("The folder “Sent” of “press office” holds 3 messages fewer than at the run before.",)
        if number > 1
        else (),
    )


def hostile_incident() -> Incident:
    """A small message whose recipients' names attack spreadsheets and readers."""
    people = tuple(person(1_000 + i, readers=45, name=name) for i, name in enumerate(HOSTILE))
    nameless = replace(people[0], address=None, names=("Only A Name",), party="only a name")
    message = envelope(people, Locator("press office", "Sent", "=1+1"), '=HYPERLINK("https://evil.example/")', None)
    broken = replace(
        message,
        message_id=None,
        unparsed=(Unparsed(Field.TO, "someone at nowhere; @@"), Unparsed(Field.CC, "=2+5 \u202e")),
        defects=(Defect.NO_MESSAGE_ID, Defect.NO_DATE, Defect.UNPARSED_TEXT),
    )
    return incident(3, (*people, nameless), broken)


def full_case() -> ExampleCase:
    """Four incidents, found in mail that was not all readable, and three that were cleared."""
    paris = timezone(timedelta(hours=2))
    many = tuple(person(i) for i in range(271))
    few = tuple(person(i, readers=24) for i in range(300, 314))
    survey = envelope(
        many,
        Locator("research", "Sent Items", "1593612000:4711"),
        "Invitation to our user study",
        datetime(2020, 7, 21, 16, 3, 25, tzinfo=paris),
    )
    lunch = envelope(
        few,
        Locator("press office", "Gesendete Elemente", "77:12"),
        "Press lunch on Thursday: directions and menu",
        datetime(2023, 3, 2, 9, 30, tzinfo=UTC),
    )
    unreadable = tuple(
        Unreadable(
            Locator("press office", "Sent", f"77:{900 + i}"),
            "The server announced the message and did not deliver it.",
        )
        for i in range(12)
    )
    coverage = (
        Coverage("press office", "Archive/2019", ChosenBy.NOT_SENT, None),
        Coverage(
            "press office",
            "Gesendete Elemente",
            ChosenBy.NAME,
            4_120,
            4_118,
            0,
            (("it vanished while we read", 2),),
            datetime(2017, 1, 3, 8, tzinfo=UTC),
            datetime(2026, 11, 20, 17, tzinfo=UTC),
            finished=True,
        ),
        Coverage(
            "press office",
            "Sent",
            ChosenBy.SPECIAL_USE,
            1_000,
            700,
            12,
            (),
            datetime(2021, 1, 3, 8, tzinfo=UTC),
            datetime(2024, 5, 20, 17, tzinfo=UTC),
            trouble="The connection to mail.handset.example broke and could not be opened again.",
        ),
        Coverage("research", "Drafts", ChosenBy.NOT_SENT, None),
        Coverage(
            "research",
            "Sent Items",
            ChosenBy.SPECIAL_USE,
            15_301,
            15_301,
            0,
            (),
            datetime(2014, 5, 1, 8, tzinfo=UTC),
            datetime(2026, 11, 20, 17, tzinfo=UTC),
            finished=True,
        ),
    )
    trouble = "The account “press office” was interrupted: the connection broke and could not be opened again."
    return ExampleCase(
        policy(),
        (incident(1, many, survey, copies=3), hostile_incident(), incident(2, few, lunch), mailing()),
        coverage,
        unreadable,
        (run(1, Outcome.STOPPED), run(2, Outcome.INCOMPLETE, (trouble,))),
        held_below=37,
        held_cleared=cleared_incidents(),
    )


def clean_case() -> ExampleCase:
    """Everything was read and nothing was found."""
    folder = Coverage(
        "research",
        "Sent Items",
        ChosenBy.SPECIAL_USE,
        15_301,
        15_301,
        oldest=datetime(2014, 5, 1, 8, tzinfo=UTC),
        newest=datetime(2026, 11, 20, 17, tzinfo=UTC),
        finished=True,
    )
    return ExampleCase(policy(Ground.CONFIGURED), held_coverage=(folder,), held_runs=(run(),))


def failed_case() -> ExampleCase:
    """The only account refused the login, so nothing was read."""
    trouble = "The server mail.handset.example refused the login for the account “research”."
    return ExampleCase(Policy(), held_runs=(run(1, Outcome.FAILED, (trouble,)),))


def stale_case(*folders: Coverage) -> ExampleCase:
    """These folders, and one that was read whole, but for other settings than those of the case."""
    clean = clean_case()
    return replace(clean, held_coverage=(*folders, *(replace(one, trouble=STALE) for one in clean.held_coverage)))
