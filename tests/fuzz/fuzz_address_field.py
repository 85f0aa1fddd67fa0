"""Looks for bytes that make the address reader raise, stall, or lose an address (needs the package atheris).

    python -m tests.fuzz.fuzz_address_field [CORPUS] [-max_total_time=900] [-max_len=400] [-dict=...]

A loss is a plain address with white space, commas or brackets around it that is neither the
address of a recipient nor in the rest. Everything found is printed; a crash file of libFuzzer holds the bytes.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import FunctionType

from scanner.address import Field
from scanner.address_field import AddressField, read_address_field
from scanner.encoded_word import split_encoded

_FUZZER = "atheris"
_PLAIN = re.compile(r"(?<![^\s,;<>])[a-z0-9]+@[a-z0-9]+(?:\.[a-z0-9]+)+(?![^\s,;<>]|\s*[\r\n])")
_SLOWEST = 0.05  # seconds for some hundred bytes
_FIELDS = tuple(Field)


_MODULES = (
    "ordinary_address",
    "ordinary_list",
    "address_words",
    "address_entries",
    "address_scanner",
    "at_count",
    "encoded_word",
    "special_address",
    "address_field",
)


def _functions(names: Mapping[str, object], module: str) -> Iterator[FunctionType]:
    """The functions and methods that a module defines."""
    for value in list(names.values()):
        if getattr(value, "__module__", "") != module:
            continue
        if isinstance(value, FunctionType):
            yield value
        elif isinstance(value, type):
            yield from _functions(vars(value), module)


def check(value: bytes) -> AddressField:
    """Read one field, and raise AssertionError when a law is broken."""
    begin = time.process_time()
    result = read_address_field(value, _FIELDS[len(value) % len(_FIELDS)])
    spent = time.process_time() - begin
    if spent > _SLOWEST + len(value) * 2e-5:
        raise AssertionError(f"slow: {spent:.3f} s for {len(value)} bytes")
    where = [r.address.canonical if r.address else r.text.casefold() for r in result.recipients]
    kept = " \n".join([*where, *result.rest]).casefold()
    raw = value.replace(b"\0", b"")
    plain = _PLAIN.findall(raw.decode("latin-1"))
    for piece in split_encoded(raw)[0]:
        plain += _PLAIN.findall(piece.text) if piece.encoded else []
    for address in plain:
        if address not in kept:
            raise AssertionError(f"lost: {address!r}")
    if tuple(sorted(set(result.defects))) != result.defects or not all(isinstance(text, str) for text in result.rest):
        raise AssertionError(f"malformed: {result!r}")
    for recipient in result.recipients:
        f"{recipient.name}{recipient.group}{recipient.text}{recipient.address}".encode()
        if recipient.address is None and not recipient.text:
            raise AssertionError(f"nobody: {recipient!r}")
        if recipient.address is not None and re.search(r"[\r\n]", recipient.address.addr_spec):
            raise AssertionError(f"line end in an address: {recipient!r}")
    return result


def main() -> None:
    """Instrument the reader and let libFuzzer drive it."""
    atheris = import_module(_FUZZER)  # not among the dependencies: nobody needs it but for this
    for name in _MODULES:
        for function in _functions(vars(sys.modules[f"scanner.{name}"]), f"scanner.{name}"):
            atheris.instrument_func(function)
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
