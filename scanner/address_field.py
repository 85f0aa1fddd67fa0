"""An address field, however broken, to recipients: in linear time, with nothing dropped."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.address import Field, Recipient
from scanner.defect import Defect


@dataclass(frozen=True, slots=True)
class AddressField:
    """The reading of one address field.

    `recipients` in the order written; `rest` is the decoded text that nobody could read as an address, in order;
    `defects` each once, sorted by value.
    """

    recipients: tuple[Recipient, ...]
    rest: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()
