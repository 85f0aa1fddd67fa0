"""A whole address field at once, when everybody in it is written as nearly all mail writes people."""

from __future__ import annotations

import re
from operator import itemgetter

from scanner.address import Address, Field, Form, Origin, Recipient
from scanner.at_count import holds_one_address
from scanner.ordinary_address import QUOTED, ordinary_name

# What follows is a part of what `scanner.ordinary_address` and the scanner read one by one, with the same result.
_SPACE = r"[ \t\r\n]*+"
# Local parts that may stand for something else: encapsulated or directory names, and what servers make up.
_ODD_START = (
    r"[iI](?:[mM][cC][eE]|[nN][vV][aA])|[mM][iI][sS][sS]|[uU][nN](?:[eE][xX]|[dD][iI]|[lL][iI]|[sS][pP]|[kK][nN])"
    r"|[hH][iI][dD]|[rR][eE][cC][iI]|[sS][uU][pP][pP][rR]|[bB][lL][iI][nN]|[cCdDgGoOsSuU](?:[nNuUcC]|[iI][dD])?="
)
_LOCAL_PART = rf"(?!{_ODD_START})[A-Za-z0-9][A-Za-z0-9!$%&'*+/=^_`{{|}}~.-]*+(?<!\.)"
_DOMAIN = r"[A-Za-z0-9-]++\.[A-Za-z0-9.-]++(?<!\.)"
_NAME_SIGNS = r"A-Za-z0-9 !#$%&*+./?^_`{|}~-"  # in a name each of them stands for itself
_QUOTED_NAME = rf"[A-Za-z0-9][,;:()\[\]{_NAME_SIGNS}]*+(?<! )"
_NAME = rf"[A-Za-z0-9][{_NAME_SIGNS}]*+"
_PHRASE = r'[^\s"<>,;:()\\@\[\]][^"<>,;:()\\@\[\]]*+'
_ODD_NAME = rf"{QUOTED}{_SPACE}|'[^\s\"<>,;:()\\\[\]]++ |{_PHRASE}(?>(?:,{_SPACE}{_PHRASE}){{0,3}})"
# The last alternative takes whatever is left, so that a list is either read as a whole or seen to be refused.
_PEOPLE = re.compile(
    rf'(?:(?:"({_QUOTED_NAME})" (?=<)|({_NAME})(?=<)|({_ODD_NAME})(?=<)|)(?:(<)|)({_LOCAL_PART})@({_DOMAIN})(?(4)>)'
    rf'{_SPACE}(?:[,;]{_SPACE}|\Z|\(([^()\\"@]*+)\){_SPACE}(?:[,;]{_SPACE}|\Z))|.+)',
    re.DOTALL,
)
_BARE = re.compile(rf"(?:({_LOCAL_PART})@({_DOMAIN})(?:,{_SPACE}|[ \t\r\n]++(?:,{_SPACE}|)|\Z)|.+)", re.DOTALL)
_MARKS = ('""', "''")
_ADDRESS = re.compile(rf"({_LOCAL_PART})@({_DOMAIN})")
_ODD = itemgetter(2)
_BLANKS = re.compile(r" {2,}+")

_INTERNET, _WRITTEN = Form.INTERNET, Origin.ADDRESS  # members of an enumeration are slow to find


class _Refused(Exception):
    """Somebody in the list has to be looked at alone."""


def people_of(text: str, field: Field) -> list[Recipient] | None:
    """Everybody in an ASCII list with commas or semicolons, None when anything about it is not ordinary.

    Nobody in it is in a group, since a colon may only stand in a quoted name.
    """
    if "  " in text:  # white space means nothing between people, and a single space in a name
        text = _BLANKS.sub(" ", text)
    if ".." in text:
        return None
    found = _PEOPLE.findall(text)
    if not found[-1][4]:
        return None
    signs = text.count("@") - len(found)
    if signs and signs != "".join(map(_ODD, found)).count("@"):
        return None  # it cannot be: the count shares nothing with the pattern
    new = tuple.__new__
    try:
        return [
            new(
                Recipient,
                (
                    who := new(Address, (local_part, domain.lower())),
                    _odd_name(quoted, name or odd, comment, who) if odd or comment else quoted or name.rstrip(),
                    field,
                    _INTERNET,
                    _WRITTEN,
                    "",
                    "",
                ),
            )
            for quoted, name, odd, _, local_part, domain, comment in found
        ]
    except _Refused:
        return None


def bare_people_of(text: str, field: Field) -> list[Recipient] | None:
    """Everybody in an ASCII list of addresses with commas or white space between, None when it holds anything else."""
    if ".." in text:
        return None
    found = _BARE.findall(text)
    if not found[-1][0] or text.count("@") != len(found):
        return None
    new = tuple.__new__
    return [
        new(Recipient, (new(Address, (local_part, domain.lower())), "", field, _INTERNET, _WRITTEN, "", ""))
        for local_part, domain in found
    ]


def plain_address(spec: str) -> Address | None:
    """The address that is written `spec`, None when it is none or may mean something else."""
    found = _ADDRESS.fullmatch(spec)
    if found is None or ".." in spec:
        return None
    return tuple.__new__(Address, (found[1], found[2].lower()))


def _odd_name(quoted: str, name: str, comment: str, address: Address) -> str:
    """The name of somebody as shown, from what stands before the bracket and in the comment behind."""
    written = f'"{quoted}"' if quoted else name.rstrip()
    if "@" in written:
        marks = written[0] + written[-1]
        if marks in _MARKS and not comment and written.strip("'\"").lower() == address.canonical:
            return ""  # Outlook repeats the address where there is no name
        if marks != '""' or not holds_one_address(f"{written}<{address.addr_spec}>".encode()):
            raise _Refused
    shown = ordinary_name(written, comment, address)
    if shown is None:
        raise _Refused
    return shown
