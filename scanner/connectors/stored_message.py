"""A message found in an archive, to a reading: an envelope, or why it cannot be one."""

from __future__ import annotations

from scanner.defect import Defect
from scanner.envelope import Locator, Mark, Reading, Unreadable
from scanner.header_block import HeaderBlock
from scanner.headers import envelope_of


def reading_of(block: HeaderBlock, locator: Locator, size: int | None, marks: frozenset[Mark]) -> Reading:
    """The envelope; Unreadable when not one field that we know stands in the header.

    Such a header is that of a damaged file (zeros, or something else in place of the mail), and an envelope without
    recipients would count as read.
    """
    if (
        not block.looked
        and not block.first
        and (Defect.BROKEN_HEADER_LINE in block.defects or not block.octets.strip())
    ):
        return Unreadable(locator, "No header field can be found in it: it is empty, damaged, or no message at all.")
    return envelope_of(block, locator, size=size, marks=marks)


def storable(name: str) -> str:
    """A file name as text that can be stored and printed: octets that are no UTF-8 are shown by their numbers."""
    if name.isascii():
        return name
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
