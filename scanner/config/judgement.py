"""The tables [gates], [sensitive] and [[allow]] and the key `rules`: by what the mail is judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.config.domains import address_of, domain_name, read_domains
from scanner.config.table import Table, nearest
from scanner.policy import Allowed, Gate

_CONDITIONS: Final = ("incident", "author", "subject", "audience")
_LEAST_STEM: Final = 3  # letters before or after a *; fewer would count half the dictionary
_ALIKE: Final = 0.8  # how like a built-in name a new context may be; above it, it is a slip


def read_gate(table: Table | None) -> Gate:
    """The table [gates]."""
    usual = Gate()
    if table is None:
        return usual
    exposure = table.whole("exposure", usual.exposure, 2)
    gate = Gate(
        candidate=table.whole("candidate", usual.candidate, 2),
        exposure=exposure,
        parties=table.whole("parties", usual.parties, 1),
        sensitive=table.whole("sensitive", min(usual.sensitive, exposure), 2),
    )
    table.finish()
    if table.problems:
        return gate
    if gate.candidate > gate.exposure:
        table.complain("candidate", "must not be above exposure: messages between the two would be lost")
    if gate.sensitive > gate.exposure:
        table.complain("sensitive", "must not be above exposure: a sensitive subject lowers the gate")
    return gate


def read_rules(root: Table) -> str:
    """The key `rules`: the name of a rule pack, "" for the newest that is in force."""
    name = root.text("rules").lower()
    if not name:
        return ""
    from scanner.detector.rule_packs import rule_packs  # noqa: PLC0415 - read from files, and few settings name one

    if name in rule_packs():
        return name
    meant = nearest(name, tuple(rule_packs()))
    question = f'; did you mean "{meant}"?' if meant else ""
    root.complain("rules", f"one of {', '.join(rule_packs())} was expected{question}")
    return ""


def read_sensitive(table: Table | None) -> tuple[tuple[str, str], ...]:
    """The table [sensitive.words]: a list of words for each context, those of the package or others."""
    if table is None:
        return ()
    words = table.table("words")
    table.finish()
    return tuple(_words(words)) if words else ()


def _words(table: Table) -> Iterator[tuple[str, str]]:
    from scanner.detector.contexts import context_names, words_of  # noqa: PLC0415 - a list of words that few extend

    for key in table.names():
        context = " ".join(key.casefold().replace("_", " ").replace("-", " ").split())
        if context not in context_names():
            meant = nearest(context, context_names(), _ALIKE)
            if meant or not context:
                table.complain(key, f'did you mean "{meant}"?' if meant else "the name of the context is empty")
                continue
        for entry in table.texts(key):
            letters = sum(map(len, words_of(entry)))
            if not letters or ("*" in entry and entry.isascii() and letters < _LEAST_STEM):
                table.complain(key, f"each entry is a word or phrase; one with a * has at least {_LEAST_STEM} letters")
                break
            yield context, entry


def read_allowed(root: Table) -> tuple[Allowed, ...]:
    """The tables [[allow]]: exposures that somebody answers for."""
    return tuple(entry for table in root.each("allow") if (entry := _allowed(table)))


def _allowed(table: Table) -> Allowed | None:
    before = len(table.problems)
    reason = _required(table, "reason", "why it is allowed")
    owner = _required(table, "owner", "who answers for it")
    expires = table.day("expires")
    if "expires" not in table:
        table.miss("expires", "the last day on which it is allowed, such as 2027-01-31")
    author = table.text("author")
    entry = {
        "incident": table.text("incident"),
        "author": _author(table, author),
        "subject": table.text("subject"),
    }
    audience = read_domains(table, "audience")
    if not any(key in table for key in _CONDITIONS):
        table.miss(_CONDITIONS[0], f"at least one of {', '.join(_CONDITIONS)} says what is allowed")
    table.finish()
    if expires is None or len(table.problems) > before:
        return None
    return Allowed(reason, owner, expires, audience=audience, **entry)


def _author(table: Table, text: str) -> str:
    if not text:
        return ""
    domain = domain_name(text) if text.startswith("@") else None
    author = f"@{domain}" if domain else address_of(text)
    if not author:
        table.complain("author", "a whole address such as events@corp.example, or a domain as @corp.example")
    return author


def _required(table: Table, key: str, meaning: str) -> str:
    if key not in table:
        table.miss(key, meaning)
    return table.text(key)
