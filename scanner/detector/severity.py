"""How severe an exposure is by the method of a rule pack: every factor, where it comes from, and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from scanner.exposure import Affected, Identifiable
from scanner.incident import Band, Severity
from scanner.rule_pack import Method, RulePack, Weight

CAVEAT: Final = "The score informs a decision; it does not make one."

_USUAL: Final = (
    "Names are judged by their form; nobody checked whether they are real.",
    "Nobody passed the list on or published it, nothing was changed or lost, and nobody meant harm; each would add.",
)


class _Part(NamedTuple):
    """One factor, where it comes from, and what is assumed with it."""

    value: float
    told: str
    assumed: tuple[str, ...] = ()


def severity_of(
    affected: Sequence[Affected],
    contexts: Sequence[str],
    viewers: int,
    unknown_viewers: bool,  # noqa: FBT001 - a fact beside the number, not a switch
    rules: RulePack,
) -> Severity:
    """The computation for one incident. It informs; it decides nothing, and no sentence says what a law asks for.

    `affected` are its people, once each; role accounts among them are left out, since they identify nobody. `contexts`
    are the sensitive subjects; the heaviest counts. `viewers` are all who are known to have been able to read the
    list, and `unknown_viewers` says that more could: a distribution list among them, or a public archive.
    """
    method = rules.method
    people = [person for person in affected if not person.role]
    levels = [_level(person, method) for person in people]
    data = _data(contexts, method)
    ease = _ease(people, levels, len(affected) - len(people), method)
    circumstances = _circumstances(viewers, method, unknown=unknown_viewers)
    score = data.value * ease.value + circumstances.value
    band = _band(score, method)
    computed = f"Score {data.value:g} x {ease.value:g} + {circumstances.value:g} = {score:g}, {band}: {method.source}."
    easier = sum(level > ease.value for level in levels)
    worst = data.value * max(levels, default=0) + circumstances.value
    subset = (f"For {_people(easier)} identification is easier: {worst:g}, {_band(worst, method)}, for them alone.",)
    many = (f"More than {method.many} people are affected: the method flags that, and the score stays.",)
    return Severity(
        dpc=data.value,
        ei=ease.value,
        cb=circumstances.value,
        score=score,
        band=band,
        inputs=(
            *(data.told, ease.told, circumstances.told, computed),
            *(subset if easier else ()),
            *(many if len(people) > method.many else ()),
        ),
        assumed=(*data.assumed, *circumstances.assumed, *_USUAL),
        near_edge=_near_edge(score, method),
    )


def _data(contexts: Sequence[str], method: Method) -> _Part:
    if not contexts:
        told = f"Data {method.contact.dpc:g}: a list of contacts; no word of a sensitive subject was found."
        return _Part(method.contact.dpc, told, _said(method.contact))
    weights = [(context, method.weight(context)) for context in sorted(set(contexts))]
    heaviest = max(weight.dpc for _, weight in weights)
    named = ", ".join(f"{context} ({weight.dpc:g})" for context, weight in weights)
    told = f"Data {heaviest:g}: what was read for words of a sensitive subject has those of {named}."
    assumed = dict.fromkeys(said for _, weight in weights if weight.dpc == heaviest for said in _said(weight))
    return _Part(heaviest, told, tuple(assumed))


def _said(weight: Weight) -> tuple[str, ...]:
    return (weight.assumed,) if weight.assumed else ()


def _level(person: Affected, method: Method) -> float:
    if person.identifiable is Identifiable.NO:
        return method.nameless
    if person.identifiable is Identifiable.PART:
        return method.part
    return method.clear if person.free_mail or person.address is None else method.clear_with_employer


def _ease(people: Sequence[Affected], levels: Sequence[float], roles: int, method: Method) -> _Part:
    """The highest level that a share of the people reach: the median would hide a quarter who are easily known."""
    reached = method.nameless
    for level in sorted(set(levels)):
        if sum(other >= level for other in levels) >= method.share * len(levels):
            reached = level
    full = sum(person.identifiable is Identifiable.CLEAR for person in people)
    part = sum(person.identifiable is Identifiable.PART for person in people)
    employed = sum(level == method.clear_with_employer for level in levels)
    told = (
        f"Identification {reached:g}: of {_people(len(people))}, {full} are named in full ({employed} of them with a "
        f"company's address), {part} in part and {len(people) - full - part} not at all; it is the highest level that "
        f"at least {method.share:.0%} of them reach."
    )
    left_out = f" Role accounts left out: {roles}." if roles else ""
    return _Part(reached, told + left_out)


def _circumstances(viewers: int, method: Method, *, unknown: bool) -> _Part:
    if unknown:
        others = "and a number of others that is not known"
        return _Part(
            method.unknown, f"Circumstances {method.unknown:g}: {viewers:,} could read it or a batch, {others}."
        )
    if viewers <= 0:
        return _Part(method.nobody, f"Circumstances {method.nobody:g}: nobody is known to have been able to read it.")
    told = f"Circumstances {method.known:g}: {viewers:,} could read it or a batch, all of them known."
    return _Part(method.known, told, ("Behind each address that could read it there is one reader.",))


def _band(score: float, method: Method) -> Band:
    bands = ((method.very_high, Band.VERY_HIGH), (method.high, Band.HIGH), (method.medium, Band.MEDIUM))
    return next((band for edge, band in bands if score >= edge), Band.LOW)


def _near_edge(score: float, method: Method) -> Band | None:
    for edge in (method.medium, method.high, method.very_high):
        if edge - method.near <= score < edge:
            return _band(edge, method)
        if edge <= score <= edge + method.near:
            return _band(edge - method.near, method)
    return None


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
