"""The rule of the visible recipients: a message of ours that showed outsiders to one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from operator import attrgetter

from scanner.address import Field, Form
from scanner.detector.audience import Audience, Person, audience_of, sending_of
from scanner.detector.contexts import contexts_of
from scanner.detector.internal import Border, deciding_day, sending_day
from scanner.detector.naming import identifiable, is_person
from scanner.detector.parties import Parties
from scanner.detector.reasons import Facts, sentences
from scanner.detector.roles import is_list, is_role
from scanner.envelope import Envelope, Mark, Reading
from scanner.exposure import Affected, Exposure, Standing, Viewer
from scanner.policy import Gate, Policy

RULE = "visible-recipients"

# Looked up once: members of an enumeration are slow to reach in a loop (Python 3.11).
_DRAFT, _REPORT, _SENT = Mark.DRAFT, Mark.REPORT, Mark.SENT
_NAME, _OUTSIDER = Form.NAME, Standing.OUTSIDER
_FIELD_ORDER = {where: (not where.visible, rank) for rank, where in enumerate(Field)}
_BARE = "'\"<>() "


class _Yardstick:
    """What is worked out once for a policy."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.border = Border(policy)
        self.parties = Parties(policy)
        self.enough, self.sensitive = policy.gate.kept


class _LastYardstick:
    """Remembers the yardstick of the policy that was asked for last; forgetting it would cost time and nothing else.

    Policies are told apart by identity: to hash one of many domains for each message costs more than to judge it.
    """

    def __init__(self) -> None:
        self._made: _Yardstick | None = None

    def __call__(self, policy: Policy) -> _Yardstick:
        made = self._made
        if made is None or made.policy is not policy:
            made = self._made = _Yardstick(policy)
        return made


_yardstick = _LastYardstick()


class Weight(Enum):
    """What becomes of a message before it is judged."""

    LIGHT = "it shows too few outsiders, or is not ours"
    UNSENT = "it shows enough of them, but is marked as a draft or a report, and does not lie among sent mail"
    CANDIDATE = "it is worth keeping"


# Looked up once, like the marks.
_LIGHT, _UNSENT, _CANDIDATE = Weight.LIGHT, Weight.UNSENT, Weight.CANDIDATE


def is_candidate(envelope: Envelope, policy: Policy) -> bool:
    """Whether a message is worth keeping: ours, sent, and with enough different outsiders (see `weigh`)."""
    return weigh(envelope, policy) is _CANDIDATE


def weigh(envelope: Envelope, policy: Policy) -> Weight:
    """Whether a message is a candidate, or would be one if its marks did not say that it was never sent.

    It is one when its visible fields show `gate.candidate` different outsiders or more; when that many stand in Bcc,
    since a sibling may show whom this one hid; and when they show `gate.sensitive` of them and its subject tells
    something sensitive. Role accounts, and people shown by name only, count here; so does each @ in the text of a
    visible address field that could not be read, since an address may stand there. Costs next to nothing for a message
    with few recipients.
    """
    yardstick = _yardstick(policy)
    border, enough, few = yardstick.border, yardstick.enough, yardstick.sensitive
    if not envelope.has_room_for(few, border.inside):
        return _LIGHT
    roomy = few == enough or envelope.has_room_for(enough, border.inside)
    if not (roomy or _is_sensitive(envelope, policy)):
        return _LIGHT
    day = deciding_day(envelope, border)
    sending = sending_of(envelope, border, day)
    if not (sending.original or sending.resent):
        return _LIGHT
    many = roomy and (_shows(envelope, border, day, enough) or _hides(envelope, border, day, enough))
    if not many and (few == enough or not (_shows(envelope, border, day, few) and _is_sensitive(envelope, policy))):
        return _LIGHT
    return _UNSENT if _was_not_sent(envelope.marks) else _CANDIDATE


def is_ours(envelope: Envelope, policy: Policy) -> bool:
    """Whether we sent it: by its folder or author, and not a draft or report that lies elsewhere."""
    border = _yardstick(policy).border
    sending = sending_of(envelope, border, deciding_day(envelope, border))
    return (sending.original or sending.resent) and not _was_not_sent(envelope.marks)


def _is_sensitive(envelope: Envelope, policy: Policy) -> bool:
    return bool(contexts_of(envelope.topic, policy.sensitive_words))


def _shows(envelope: Envelope, border: Border, day: date | None, enough: int) -> bool:
    """Whether the visible fields show so many different outsiders."""
    if envelope.unparsed:
        enough -= sum(left.text.count("@") for left in envelope.unparsed if left.field.visible)
    if enough <= 0:
        return True
    seen: set[str] = set()
    for address, name, field, form, _, _, text in envelope.recipients:
        if not field.visible:
            continue
        if address is None:
            if form is _NAME:
                seen.add(text or name)
        elif border.standing(address, day) is _OUTSIDER:
            seen.add(address.canonical)
        if len(seen) >= enough:
            return True
    return False


def _hides(envelope: Envelope, border: Border, day: date | None, enough: int) -> bool:
    """Whether so many different outsiders stand in fields that nobody sees."""
    hidden = (entry.address for entry in envelope.recipients if not entry.visible and entry.address is not None)
    seen = {address.canonical for address in hidden if border.standing(address, day) is Standing.OUTSIDER}
    return len(seen) >= enough


def _was_not_sent(marks: frozenset[Mark]) -> bool:
    # Programs that send a draft may leave its flag on the copy: lying among the sent mail says more than any mark.
    return _SENT not in marks and (_DRAFT in marks or _REPORT in marks)


def detect(readings: Iterable[Reading], policy: Policy) -> Iterator[Exposure]:
    """The exposure of each candidate among the readings, in their order, those below the gate too.

    What cannot be read, what is not ours and what was not sent gives nothing. An exposure below the gate may hold
    no affected person at all (colleagues of one company only).
    """
    for reading in readings:
        if isinstance(reading, Envelope) and is_candidate(reading, policy):
            yield judge(reading, policy)


def judge(envelope: Envelope, policy: Policy) -> Exposure:
    """One message of ours, judged by who was shown to whom.

    An outsider is affected when their address was shown to an outsider of another party, in a visible field or hidden
    in Bcc. Role accounts and distribution lists are affected, flagged and not counted. An address inside a display name
    was shown; whether the message was sent to it, the header does not tell. It is never counted as a reader, but who
    stands beside it is affected as if it were one: programs that write a whole list into one name send to all of it.

    People shown by name only have no address that could tell their side of the border. Their rows are kept when the
    list went to an outsider at all; the gate counts them only when there are no more of them than of affected people
    with an address from at least two parties: then the list is mostly one of outsiders. In a list that is mostly
    names, such as a mail program writes for colleagues, they may all be ours. They are never counted as readers.
    """
    yardstick = _yardstick(policy)
    audience = audience_of(envelope, yardstick.border, yardstick.parties)
    tally = _tally(audience)
    lists = frozenset(key for key, person in audience.people.items() if is_list(person.address))
    affected = [
        _affected(key, person, tally, is_list_address=key in lists)
        for key, person in audience.people.items()
        if person.shown and person.standing is Standing.OUTSIDER and tally.strangers_of(person)
    ]
    counted, parties_counted = _count(affected)
    named = _named(audience, tally)
    names_count = bool(named) and len(named) <= counted and parties_counted >= 2
    if names_count:
        counted, parties_counted = counted + len(named), parties_counted + len(named)
    rows = tuple(sorted(affected + named, key=lambda row: (row.address is None, row.key)))
    viewers = _viewers(audience)
    reaches = _reaches(policy.gate, counted, parties_counted)
    facts = Facts(
        envelope=envelope,
        affected=rows,
        viewers=viewers,
        counted=counted,
        names_counted=names_count,
        names=len(audience.names),
        lists=len(lists),
        reaches_gate=reaches,
        gate=policy.gate,
        undated=yardstick.border.dated and sending_day(envelope) is None,
    )
    return Exposure(
        rule=RULE,
        message=envelope.identity,
        envelope=envelope,
        affected=rows,
        viewers=viewers,
        parties=len({row.party for row in rows if row.address is not None}) + (len(named) if names_count else 0),
        counted=counted,
        reaches_gate=reaches,
        reasons=sentences(facts),
    )


@dataclass(slots=True)
class _Tally:
    """How many could read the list, in all and by party, so that no pair of people is ever looked at."""

    outsiders: int
    insiders: int
    hidden: int
    hidden_outsiders: int
    perhaps: int
    by_party: Counter[str]
    hidden_by_party: Counter[str]
    perhaps_by_party: Counter[str]

    def strangers_of(self, person: Person) -> int:
        """Outsiders of other parties who could read the list, or perhaps could."""
        party = person.party
        ours = self.by_party[party] + self.hidden_by_party[party] + self.perhaps_by_party[party]
        return self.outsiders + self.hidden_outsiders + self.perhaps - ours


def _tally(audience: Audience) -> _Tally:
    by_party: Counter[str] = Counter()
    hidden_by_party: Counter[str] = Counter()
    perhaps_by_party: Counter[str] = Counter()
    insiders = sum(any(field.visible for field in fields) for fields in audience.internal_text.values())
    hidden = len(audience.internal_text) - insiders
    for person in audience.people.values():
        if person.standing is Standing.OUTSIDER:
            if person.sent:
                by_party[person.party] += 1
            elif person.hidden:
                hidden_by_party[person.party] += 1
            elif person.named:
                perhaps_by_party[person.party] += 1
        elif person.sent:
            insiders += 1
        elif person.hidden:
            hidden += 1
    outside_hidden = hidden_by_party.total()
    return _Tally(
        outsiders=by_party.total(),
        insiders=insiders,
        hidden=hidden + outside_hidden,
        hidden_outsiders=outside_hidden,
        perhaps=perhaps_by_party.total(),
        by_party=by_party,
        hidden_by_party=hidden_by_party,
        perhaps_by_party=perhaps_by_party,
    )


def _affected(key: str, person: Person, tally: _Tally, *, is_list_address: bool) -> Affected:
    address = person.address
    names = tuple(sorted(name for name in person.names if name.strip(_BARE).casefold() != key))
    role = is_list_address or (is_role(address.local_part) and not is_person(names, address.domain))
    return Affected(
        address=key,
        names=names,
        fields=_in_order(person.fields),
        party=person.party,
        free_mail=person.free_mail,
        role=role,
        identifiable=identifiable(names, address.local_part),
        seen_by_outsiders=tally.outsiders - tally.by_party[person.party],
        seen_by_insiders=tally.insiders,
        seen_by_hidden=tally.hidden - tally.hidden_by_party[person.party],
    )


def _named(audience: Audience, tally: _Tally) -> list[Affected]:
    if not (tally.outsiders or tally.hidden_outsiders):
        return []
    return [
        Affected(
            address=None,
            names=tuple(sorted(spellings)),
            fields=_in_order(fields),
            party=name,
            free_mail=False,
            role=False,
            identifiable=identifiable(spellings, ""),
            seen_by_outsiders=tally.outsiders,
            seen_by_insiders=tally.insiders,
            seen_by_hidden=tally.hidden,
        )
        for name, (spellings, fields) in audience.names.items()
    ]


def _count(affected: list[Affected]) -> tuple[int, int]:
    people = [row.party for row in affected if not row.role]
    return len(people), len(set(people))


def _reaches(gate: Gate, counted: int, parties: int) -> bool:
    return counted >= gate.exposure and parties >= gate.parties


def _viewers(audience: Audience) -> tuple[Viewer, ...]:
    viewers = [
        Viewer(
            address=key,
            name=max(person.names, key=lambda name: (len(name), name), default=""),
            field=_in_order(person.fields)[0],
            standing=person.standing,
        )
        for key, person in audience.people.items()
        if person.reads
    ]
    viewers += [
        Viewer(text, "", _in_order(fields)[0], Standing.INTERNAL) for text, fields in audience.internal_text.items()
    ]
    return tuple(sorted(viewers, key=attrgetter("address", "field")))


def _in_order(fields: set[Field]) -> tuple[Field, ...]:
    if len(fields) == 1:
        return tuple(fields)
    return tuple(sorted(fields, key=_FIELD_ORDER.__getitem__))
