"""The named ways in which a message departs from its standard, each with the sentence that a report shows."""

from __future__ import annotations

from enum import StrEnum


class Defect(StrEnum):
    """What was odd about a message or a field. The value is stable: it is stored and compared between runs."""

    UNPARSED_TEXT = "unparsed-text"
    AT_COUNT = "at-count"
    UNTERMINATED = "unterminated"
    BAD_SEPARATOR = "bad-separator"
    REPAIRED_ADDRESS = "repaired-address"
    UNKNOWN_CHARSET = "unknown-charset"
    RAW_8BIT = "raw-8bit"
    NAME_WITHOUT_ADDRESS = "name-without-address"
    UNRESOLVED_ADDRESS = "unresolved-address"
    LIMIT_REACHED = "limit-reached"
    REPEATED_FIELD = "repeated-field"
    NO_DATE = "no-date"
    BAD_DATE = "bad-date"
    DATE_WITHOUT_ZONE = "date-without-zone"
    NO_MESSAGE_ID = "no-message-id"
    BAD_MESSAGE_ID = "bad-message-id"
    NO_AUTHOR = "no-author"
    SEVERAL_AUTHORS = "several-authors"
    BROKEN_HEADER_LINE = "broken-header-line"
    NO_HEADER_END = "no-header-end"
    HEADER_CUT = "header-cut"
    SYNTHETIC_MESSAGE = "synthetic-message"
    LENGTH_OF_A_LIMIT = "length-of-a-limit"

    @property
    def sentence(self) -> str:
        """One sentence for a reader who does not know mail."""
        return _SENTENCES[self]


_SENTENCES = {
    Defect.UNPARSED_TEXT: "Part of an address field could not be read as an address; the text is kept and shown.",
    Defect.AT_COUNT: "An address field holds more @ signs than addresses were read from it.",
    Defect.UNTERMINATED: "A quotation, comment or bracket in an address field is never closed.",
    Defect.BAD_SEPARATOR: "Addresses are separated by something other than one comma.",
    Defect.REPAIRED_ADDRESS: "An address was broken in two or wrapped in foreign marks, and was put together again.",
    Defect.UNKNOWN_CHARSET: "A name is encoded in a character set that is unknown or was named wrongly.",
    Defect.RAW_8BIT: "A header holds raw bytes outside ASCII without naming their character set.",
    Defect.NAME_WITHOUT_ADDRESS: "A recipient is shown by name only; the address is unknown.",
    Defect.UNRESOLVED_ADDRESS: "A recipient is shown by a directory name or local alias, not by an internet address.",
    Defect.LIMIT_REACHED: "A field is longer than the reader's limit; the part beyond it is kept as unread text.",
    Defect.REPEATED_FIELD: "A field that may stand once stands several times; all of them were read.",
    Defect.NO_DATE: "The message has no Date field.",
    Defect.BAD_DATE: "The Date field could not be read as a date.",
    Defect.DATE_WITHOUT_ZONE: "The Date field does not say its time zone; it was read as UTC.",
    Defect.NO_MESSAGE_ID: "The message has no Message-ID.",
    Defect.BAD_MESSAGE_ID: "The Message-ID is not made of two parts with an @ sign between them.",
    Defect.NO_AUTHOR: "The message does not say who wrote it.",
    Defect.SEVERAL_AUTHORS: "The From field names several people; the first is shown.",
    Defect.BROKEN_HEADER_LINE: "The header holds a line that is no field.",
    Defect.NO_HEADER_END: "The header is not ended by an empty line.",
    Defect.HEADER_CUT: "The header is longer than 8 MiB; what lies beyond was not read: recipients may be missing.",
    Defect.LENGTH_OF_A_LIMIT: "A list of recipients is exactly as long as a limit of the service; it may be cut.",
    Defect.SYNTHETIC_MESSAGE: "The server put a notice in place of a message that it could not convert.",
}
