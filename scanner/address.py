"""Who a message was sent to: addresses, the fields they stand in, and the people whose address is unknown."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Field(StrEnum):
    """The destination fields (RFC 5322 §3.6.3), their resent twins (§3.6.6) and old sendmail's Apparently-To."""

    TO = "To"
    CC = "Cc"
    BCC = "Bcc"
    RESENT_TO = "Resent-To"
    RESENT_CC = "Resent-Cc"
    RESENT_BCC = "Resent-Bcc"
    APPARENTLY_TO = "Apparently-To"

    @property
    def visible(self) -> bool:
        """Whether every recipient of the message can read this field: all but the Bcc fields."""
        return self is not _BCC and self is not _RESENT_BCC


# Names of the module are found several times faster than members of an enumeration; this is asked for each recipient.
_BCC = Field.BCC
_RESENT_BCC = Field.RESENT_BCC


class Form(StrEnum):
    """What kind of thing stands where an address should."""

    INTERNET = "internet"  # local-part@domain
    DIRECTORY = "directory"  # an X.500 or Notes name: somebody in a directory that we cannot ask
    LOCAL = "local"  # an alias without a domain
    NAME = "name"  # a name and nothing else: a person whose address is unknown


class Origin(StrEnum):
    """Where the address was found."""

    ADDRESS = "address"  # where an address belongs: this person was sent the message
    NAME = "name"  # inside a display name or comment: shown to everybody, but not sent the message


# Tuples, because there are as many of these two records as there are people in a mailbox: made, compared and hashed
# in C, each costs a quarter of what a dataclass does.


class Address(NamedTuple):
    """An internet address (RFC 5322 §3.4.1 addr-spec).

    `local_part` is as written, unquoted where the quotes change nothing. `domain` is lower case and in A-label form
    (RFC 5890), or a literal such as `[192.0.2.1]`.
    """

    local_part: str
    domain: str

    @classmethod
    def of(cls, canonical: str) -> Address:
        """The address that a canonical one names; of a text without an @ the domain is all there is."""
        local_part, _, domain = canonical.rpartition("@")
        return cls(local_part, domain)

    @property
    def addr_spec(self) -> str:
        """The address as a person would type it: local-part@domain."""
        return f"{self.local_part}@{self.domain}"

    @property
    def canonical(self) -> str:
        """The form in which two spellings of one address are equal: all lower case. Tags and dots are kept."""
        return f"{self.local_part.casefold()}@{self.domain}"


class Recipient(NamedTuple):
    """One entry of a destination field.

    `address` is None when no internet address stands there; then `form` says what does and `text` holds it as written.
    `name` is the decoded display name or comment, "" when there is none. `group` is the name of the RFC 5322 group that
    the entry stands in, "" outside one.
    """

    address: Address | None
    name: str
    field: Field
    form: Form = Form.INTERNET
    origin: Origin = Origin.ADDRESS
    group: str = ""
    text: str = ""

    @property
    def visible(self) -> bool:
        """Whether the other recipients can read this entry."""
        return self.field is not _BCC and self.field is not _RESENT_BCC
