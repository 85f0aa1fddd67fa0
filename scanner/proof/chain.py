"""The chain of manifests, checked: each is whole, follows the one before it, and is signed by whom it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from scanner.proof.findings import NO_RIGHT, Found, State
from scanner.proof.manifest import Kept, named, signature_of
from scanner.proof.signature import is_signed

_SHORT: Final = 16  # characters of a public key by which a reader tells it from another


def chain_found(case: Path, manifests: Sequence[Kept]) -> Iterator[Found]:
    """What is wrong with the manifests and their order; nothing where all is well."""
    expected, before = 1, None
    for kept in manifests:
        name = named(case, kept.path)
        if kept.facts is None:
            yield Found(State.DAMAGED, name, f"This manifest was changed or damaged: {kept.wrong}.")
            expected, before = expected + 1, kept
            continue
        number, previous = kept.facts.get("number"), kept.facts.get("previous")
        if not isinstance(number, int) or number < expected:
            yield Found(State.CHANGED, name, f"It says that it is number {number}, where {expected} is due.")
        elif number > expected:
            yield Found(State.MISSING, name, f"{_missing(expected, number - 1)} taken out before this one.")
            expected = number
        elif previous != (before.digest if before else None):
            after = named(case, before.path) if before else "no other"
            yield Found(State.CHANGED, name, f"It does not follow {after} as that is now: one of them was changed.")
        expected, before = expected + 1, kept


def signatures_found(case: Path, manifests: Sequence[Kept], public: str | None) -> Iterator[Found]:
    """What is wrong with the signatures. With a public key every manifest must be signed by its owner."""
    for kept in manifests:
        if kept.facts is None:
            continue
        wrong = _wrong_signature(kept, kept.facts.get("signer"), public)
        if wrong is not None:
            state, sentence = wrong
            yield Found(state, named(case, signature_of(kept.path)), sentence)


def _wrong_signature(kept: Kept, signer: object, public: str | None) -> tuple[State, str] | None:
    if not isinstance(signer, str):
        return (State.MISSING, f"{kept.path.name} is not signed.") if public else None
    try:
        signature = signature_of(kept.path).read_bytes()
    except PermissionError:
        return State.UNCHECKED, NO_RIGHT
    except OSError as error:
        return State.MISSING, f"The signature of {kept.path.name} cannot be read: {error.strerror}."
    if not is_signed(kept.octets, signature, signer):
        return State.DAMAGED, f"This is no signature of {kept.path.name} as it is now."
    if public is not None and signer != public:
        return State.CHANGED, f"{kept.path.name} is signed with another key, {signer[:_SHORT]}…."
    return None


def _missing(first: int, last: int) -> str:
    return f"Manifest {first} was" if first == last else f"Manifests {first} to {last} were"
