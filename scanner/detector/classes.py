"""What an incident is, told from its figures, with the sentences that say why it is that and not the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scanner.detector.traits import Tone, Traits
from scanner.incident import Class
from scanner.policy import Gate

Verdict = tuple[Class, tuple[str, ...]]

MOSTLY: Final = 0.8
"""The share from which a list is that of one organisation, of roles, or of people who stood together before."""
CROWD: Final = 40
"""People from whom on neither private words nor few parties explain a list."""
FEW_PARTIES: Final = 8
FEW_PEOPLE: Final = 25
SMALL: Final = 20
"""People up to whom a list without telling words may be a private circle, or talk among colleagues."""
OFTEN: Final = 4
"""Messages to the same list that make a series."""
SOME_CONSUMERS: Final = 0.3
A_FEW_CONSUMERS: Final = 0.1
FEW_PRIVATE: Final = 3
MANY_ABOUT: Final = 10
"""People from whom on a sensitive subject counts, whoever they are; below, some of them must be consumers."""
_PUBLIC: Final = frozenset((Tone.BULK, Tone.WORK))
_NOTICED: Final = frozenset((Tone.RECALL, Tone.APOLOGY))


def classify(traits: Traits, gate: Gate) -> tuple[Class, tuple[str, ...]]:
    """The class of an incident, and the sentences that say why; none holds a name or an address.

    The first rule that applies decides; each stands in the order in which it may be told.
    """
    for rule in _RULES:
        verdict = rule(traits, gate)
        if verdict is not None:
            return verdict
    return Class.PROBABLE, _why_probable(traits, gate)


def _not_ours(traits: Traits, gate: Gate) -> Verdict | None:
    del gate
    return None if traits.ours else (Class.NOT_OURS, ("None of the messages was written by us.",))


def _hidden(traits: Traits, gate: Gate) -> Verdict | None:
    del gate
    if traits.outsiders or not traits.hidden:
        return None
    return Class.HIDDEN, (f"{_many(traits.hidden, 'outsider')} in Bcc, none of them visible to another.",)


def _roles(traits: Traits, gate: Gate) -> Verdict | None:
    need = _need(traits, gate)
    if traits.people >= need or traits.outsiders < need or traits.roles < MOSTLY * traits.outsiders:
        return None
    return Class.ROLES, (
        f"{traits.roles:,} of the {_many(traits.outsiders, 'address', 'addresses')} belong to functions or lists, "
        "not to people.",
    )


def _below_gate(traits: Traits, gate: Gate) -> Verdict | None:
    need = _need(traits, gate)
    if traits.people < need:
        lowered = " where the subject is sensitive" if _is_sensitive(traits) else ""
        return Class.BELOW_GATE, (
            f"{_many(traits.people, 'person', 'people')} could be seen by others; the gate is {need:,}{lowered}.",
        )
    if traits.mailboxes is not None and traits.mailboxes < need:
        return Class.BELOW_GATE, (
            f"The {traits.people:,} addresses are those of {_many(traits.mailboxes, 'person', 'people')}, with tags "
            "behind a plus sign.",
        )
    if traits.parties < gate.parties:
        return Class.BELOW_GATE, (
            f"The people belong to {_many(traits.parties, 'party', 'parties')}; the gate is {gate.parties:,}.",
        )
    return None


def _one_organisation(traits: Traits, gate: Gate) -> Verdict | None:
    if traits.outsiders < _need(traits, gate):
        return None
    inside = round(traits.largest * traits.outsiders)
    if traits.largest < MOSTLY or traits.outsiders - inside >= gate.exposure:
        return None
    rest = f", and fewer than {gate.exposure:,} do not" if inside < traits.outsiders else ""
    return Class.ONE_ORGANISATION, (
        f"{inside:,} of the {_many(traits.outsiders, 'outsider')} belong to one organisation{rest}.",
    )


def _inherited(traits: Traits, gate: Gate) -> Verdict | None:
    if traits.replies < traits.messages or traits.added >= gate.exposure:
        return None
    every = "The message is a reply" if traits.messages == 1 else f"All {traits.messages:,} messages are replies"
    if not traits.untraced:
        return Class.INHERITED, (
            f"{every} to a list that somebody else began; at most {_many(traits.added, 'outsider')} "
            f"{'was' if traits.added == 1 else 'were'} added to it at once.",
        )
    if Tone.BULK in traits.tones and traits.people >= CROWD:
        return None
    return Class.INHERITED, (
        f"{every}, and {'its' if traits.messages == 1 else 'their'} list is presumed to be that of what was answered.",
        f"The beginning of the conversation was not found for {traits.untraced:,} of "
        f"{_many(traits.replies, 'reply', 'replies')}.",
    )


def _standing_group(traits: Traits, gate: Gate) -> Verdict | None:
    together = round(traits.cover * traits.outsiders)
    others = traits.outsiders - together
    if traits.cover >= MOSTLY and others < gate.exposure:
        return Class.STANDING_GROUP, (
            f"{together:,} of the {_many(traits.outsiders, 'outsider')} stood together in one earlier message that an "
            "outsider wrote.",
        )
    if together >= others < gate.exposure and Tone.BULK not in traits.tones and not traits.contexts:
        return Class.STANDING_GROUP, (
            f"{together:,} of the {_many(traits.outsiders, 'outsider')} stood together in one earlier message that an "
            f"outsider wrote; fewer than {gate.exposure:,} joined them, and the subject holds no words of bulk mail.",
        )
    if traits.known_pairs < MOSTLY:
        return None
    return Class.STANDING_GROUP, (
        f"Of all pairs among the {_many(traits.outsiders, 'outsider')}, {traits.known_pairs:.0%} stood together in "
        "earlier messages that outsiders wrote.",
    )


def _personal(traits: Traits, gate: Gate) -> Verdict | None:
    """A private circle has friends at home; many consumers and nobody else are customers."""
    del gate
    if _is_plain(traits) or traits.tones & (_PUBLIC | _NOTICED):
        return None
    share = _consumers(traits)
    who = f"{traits.consumers:,} of the {traits.people:,} people are consumers"
    mixed = A_FEW_CONSUMERS <= share < MOSTLY or (share >= MOSTLY and traits.people < FEW_PEOPLE)
    if Tone.PERSONAL in traits.tones and mixed:
        return Class.PERSONAL, (
            f"The subject speaks of private life, and holds no words of bulk mail or of work; {who}.",
        )
    if traits.forwards == traits.messages and share >= SOME_CONSUMERS and traits.people < FEW_PEOPLE:
        return Class.PERSONAL, (
            f"Something was passed on; {who}, fewer than {FEW_PEOPLE:,} in all, and the subject holds no words of bulk "
            "mail or of work.",
        )
    return None


def _few_parties(traits: Traits, gate: Gate) -> Verdict | None:
    del gate
    if _is_plain(traits) or traits.people >= FEW_PEOPLE:
        return None
    people = f"{_many(traits.people, 'person', 'people')} of {_many(traits.parties, 'party', 'parties')}"
    work, bulk = Tone.WORK in traits.tones, Tone.BULK in traits.tones
    if traits.parties <= FEW_PARTIES and (work or not bulk or traits.parties <= FEW_PARTIES // 2):
        return Class.FEW_PARTIES, (
            f"Only {people}: at most {FEW_PARTIES:,} parties and fewer than {FEW_PEOPLE:,} people.",
        )
    if work and not bulk and traits.people < SMALL and _consumers(traits) < SOME_CONSUMERS:
        return Class.FEW_PARTIES, (
            f"Only {people}, few of them consumers, and the subject speaks of work among colleagues.",
        )
    return None


def _series(traits: Traits, gate: Gate) -> Verdict | None:
    del gate
    if _is_plain(traits) or traits.people >= FEW_PEOPLE or traits.same_list < OFTEN:
        return None
    if Tone.BULK in traits.tones or _consumers(traits) >= SOME_CONSUMERS:
        return None  # what customers get again and again is no excuse for having shown them
    return Class.SERIES, (
        f"{traits.same_list:,} messages in a row went to nearly the same list of fewer than {FEW_PEOPLE:,} people.",
    )


_RULES: Final[tuple[Callable[[Traits, Gate], Verdict | None], ...]] = (
    _not_ours,
    _hidden,
    _roles,
    _one_organisation,
    _below_gate,
    _inherited,
    _standing_group,
    _personal,
    _few_parties,
    _series,
)


def _why_probable(traits: Traits, gate: Gate) -> tuple[str, ...]:
    """Why it is reported, and why what speaks for an ordinary message does not explain it."""
    reasons = [
        f"{_many(traits.people, 'person', 'people')} of {_many(traits.parties, 'party', 'parties')} could see "
        f"{'the others of their batch' if traits.batches else 'one another'}, and nothing shows that they knew each "
        "other or that somebody else had made the list."
    ]
    if traits.replies == traits.messages:
        reasons.append(
            f"A reply added {traits.added:,} outsiders who were on no earlier list; the gate is {gate.exposure:,}."
            if traits.added >= gate.exposure
            else "It is a reply whose beginning was not found, but its words are those of bulk mail."
        )
    if traits.cover > 0:
        reasons.append(
            f"{round(traits.cover * traits.outsiders):,} of the {traits.outsiders:,} outsiders stood together in one "
            "earlier message by an outsider: too few to call the others a part of that group."
        )
    if Tone.PERSONAL in traits.tones:
        reasons.append(f"The subject speaks of private life, but {_despite(traits, CROWD)}.")
    elif traits.parties <= FEW_PARTIES:
        reasons.append(f"There are few parties, but {_despite(traits, FEW_PEOPLE)}.")
    elif traits.same_list >= OFTEN:
        reasons.append(
            f"{traits.same_list:,} messages in a row went to nearly the same list, but {_despite(traits, FEW_PEOPLE)}."
        )
    return tuple(reasons)


def _despite(traits: Traits, crowd: int) -> str:
    """Why an excuse does not hold; it does for fewer people than `crowd`."""
    if traits.contexts:
        return "it tells something sensitive of those on the list"
    if traits.hidden_twin:
        return "the same people stood in Bcc in another message"
    if traits.people < crowd and Tone.BULK in traits.tones:
        return "there are words of bulk mail"
    if traits.people < crowd and Tone.WORK in traits.tones:
        return "there are words of work too"
    return f"there are {traits.people:,} people"


def _is_plain(traits: Traits) -> bool:
    """Whether no excuse holds: a crowd, a sensitive subject, or people whom the sender hid in another message."""
    return traits.people >= CROWD or _is_sensitive(traits) or traits.hidden_twin


def _need(traits: Traits, gate: Gate) -> int:
    return min(gate.sensitive, gate.exposure) if _is_sensitive(traits) else gate.exposure


def _is_sensitive(traits: Traits) -> bool:
    """Whether the subject tells something of everybody on the list.

    Of a few business contacts it tells what they work on: a hospital that is built, furniture for children.
    """
    private = traits.consumers >= FEW_PRIVATE or _consumers(traits) >= SOME_CONSUMERS
    return bool(traits.contexts) and (private or traits.people >= MANY_ABOUT)


def _consumers(traits: Traits) -> float:
    return traits.consumers / traits.people if traits.people else 0.0


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"
