"""Envelopes and policies as the bytes and texts that the database keeps, and back, exactly."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, TypeVar, cast

from scanner.address import Address, Field, Form, Origin, Recipient
from scanner.defect import Defect
from scanner.envelope import Envelope, Locator, Mark, Resent, Unparsed
from scanner.errors import StoreError
from scanner.policy import Allowed, Gate, Ground, InternalDomain, Policy
from scanner.store.engine import RESTORE

FORMAT = 2
"""The number that each kept envelope begins with; a new layout gets a new number and keeps the reader of the old.

Format 1 was compressed, and its columns were always lists: to write it took six times as long.
"""

_BETWEEN = "\n"  # what stands in no ordinary name or address
_Column = list[Any] | str
_INTERNET, _WRITTEN = Form.INTERNET, Origin.ADDRESS  # members of an enumeration are slow to find
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FIELDS = {field.value: field for field in Field}
# What reading back what we wrote raises where others changed it.
_CHANGED = (ValueError, TypeError, LookupError, AttributeError, RecursionError, zlib.error)
K = TypeVar("K")
T = TypeVar("T")


def sound(read: Callable[[K], T]) -> Callable[[K], T]:
    """The same reader of a kept record; raises StoreError where the record is not as it was written."""

    @wraps(read)
    def read_sound(kept: K) -> T:
        try:
            return read(kept)
        except _CHANGED as error:
            raise StoreError("The case database is damaged: a record is not as it was written.", RESTORE) from error

    return read_sound


def to_bytes(envelope: Envelope) -> bytes:
    """The envelope as JSON. Lone surrogates survive: they are written as UTF-8 with `surrogatepass`."""
    facts = [
        FORMAT,
        [envelope.locator.account, envelope.locator.folder, envelope.locator.key],
        envelope.message_id,
        envelope.in_reply_to,
        envelope.references,
        from_moment(envelope.date),
        _address(envelope.author),
        envelope.author_name,
        _address(envelope.sender),
        envelope.subject,
        _recipients(envelope.recipients),
        envelope.digest,
        envelope.size,
        from_moment(envelope.received),
        [[from_moment(block.date), _address(block.author), block.message_id] for block in envelope.resent],
        sorted(envelope.marks),
        envelope.defects,
        [[rest.field, rest.text] for rest in envelope.unparsed],
    ]
    return _JSON.encode(facts).encode("utf-8", "surrogatepass")


@sound
def to_envelope(kept: bytes) -> Envelope:
    """The envelope that `to_bytes` was given."""
    text = kept if kept.startswith(b"[") else zlib.decompress(kept)
    facts: list[Any] = json.loads(text.decode("utf-8", "surrogatepass"))
    return Envelope(
        locator=Locator(*facts[1]),
        message_id=facts[2],
        in_reply_to=tuple(facts[3]),
        references=tuple(facts[4]),
        date=to_moment(facts[5]),
        author=_to_address(facts[6]),
        author_name=facts[7],
        sender=_to_address(facts[8]),
        subject=facts[9],
        recipients=tuple(_to_recipients(*facts[10])),
        digest=facts[11],
        size=facts[12],
        received=to_moment(facts[13]),
        resent=tuple(Resent(to_moment(when), _to_address(who), key) for when, who, key in facts[14]),
        marks=frozenset(map(Mark, facts[15])),
        defects=tuple(map(Defect, facts[16])),
        unparsed=tuple(Unparsed(_FIELDS[field], text) for field, text in facts[17]),
    )


def policy_to_text(policy: Policy) -> str:
    """The policy as JSON with sorted keys: equal policies give equal texts."""
    return json.dumps(asdict(policy), ensure_ascii=False, sort_keys=True, default=str)


@sound
def to_policy(text: str) -> Policy:
    """The policy that `policy_to_text` was given."""
    facts: dict[str, Any] = json.loads(text)
    return Policy(
        internal=tuple(_to_internal(entry) for entry in facts["internal"]),
        own_addresses=tuple(facts["own_addresses"]),
        affiliates=tuple(facts["affiliates"]),
        free_mail_add=tuple(facts["free_mail_add"]),
        free_mail_remove=tuple(facts["free_mail_remove"]),
        gate=Gate(**facts["gate"]),
        sensitive_words=tuple((context, word) for context, word in facts.get("sensitive_words", ())),
        allowed=tuple(_to_allowed(entry) for entry in facts.get("allowed", ())),
        rule_pack=facts.get("rule_pack", ""),
    )


def _to_allowed(facts: dict[str, Any]) -> Allowed:
    return Allowed(**facts | {"expires": date.fromisoformat(facts["expires"]), "audience": tuple(facts["audience"])})


def utc(moment: datetime) -> datetime:
    """The moment in UTC; at the two ends of the calendar, where UTC has no such day, its own clock taken as UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def from_moment(moment: datetime | None) -> str | None:
    """The moment with its zone, ISO 8601."""
    return moment.isoformat() if moment else None


def to_moment(text: str | None) -> datetime | None:
    """The moment that `from_moment` was given."""
    return datetime.fromisoformat(text) if text else None


def _address(address: Address | None) -> list[str] | None:
    return [address.local_part, address.domain] if address else None


def _to_address(parts: list[str] | None) -> Address | None:
    return Address(*parts) if parts else None


def _recipients(entries: Sequence[Recipient]) -> list[object]:
    """Recipients as columns: local parts, domains, names, fields; then, by position, what is other than ordinary."""
    if not entries:
        return [[], [], [], [], {}]
    addresses, names, fields, forms, origins, groups, texts = zip(*entries, strict=True)
    size = len(entries)
    special: dict[int, object] = {}
    if any(groups) or any(texts) or forms.count(_INTERNET) < size or origins.count(_WRITTEN) < size:
        special = {
            place: (entry.form, entry.origin, entry.group, entry.text)
            for place, entry in enumerate(entries)
            if entry.group or entry.text or entry.form is not _INTERNET or entry.origin is not _WRITTEN
        }
    local_parts, domains = zip(*[address or (None, None) for address in addresses], strict=True)
    return [_column(local_parts), _column(domains), _column(names), _column(fields), special]


def _column(values: Sequence[str | None]) -> object:
    """Its values as one text with line breaks between them, which is written much faster than a list, if it can be."""
    if None in values:
        return values
    text = _BETWEEN.join(cast("Sequence[str]", values))
    return text if text.count(_BETWEEN) == len(values) - 1 else values


def _values(column: _Column) -> list[Any]:
    return column.split(_BETWEEN) if isinstance(column, str) else column


def _to_recipients(
    local_parts: _Column,
    domains: _Column,
    names: _Column,
    fields: _Column,
    special: dict[str, tuple[str, str, str, str]],
) -> Iterator[Recipient]:
    columns = zip(_values(local_parts), _values(domains), _values(names), _values(fields), strict=True)
    for place, (local_part, domain, name, field) in enumerate(columns):
        address = None if domain is None else Address(local_part, domain)
        if special and str(place) in special:
            form, origin, group, text = special[str(place)]
            yield Recipient(address, name, _FIELDS[field], Form(form), Origin(origin), group, text)
        else:
            yield Recipient(address, name, _FIELDS[field])


def _to_internal(facts: dict[str, Any]) -> InternalDomain:
    since, until = facts["since"], facts["until"]
    return InternalDomain(
        domain=facts["domain"],
        since=date.fromisoformat(since) if since else None,
        until=date.fromisoformat(until) if until else None,
        ground=Ground(facts["ground"]),
    )
