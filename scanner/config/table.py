"""One table of a TOML file, read key by key, with every mistake noted instead of raised."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from ipaddress import IPv6Address
from pathlib import Path
from typing import Final, TypeVar

Choice = TypeVar("Choice", bound=StrEnum)

_SYNONYMS: Final = {
    "password": "secret",
    "passwd": "secret",
    "token": "secret",
    "username": "user",
    "login_name": "user",
    "server": "host",
    "hostname": "host",
    "ssl": "tls",
    "folders": "sent_folders",
    "domains": "internal",
    "accounts": "account",
    "partners": "affiliates",
    "gate": "gates",
    "thresholds": "gates",
    "rule_pack": "rules",
    "law": "rules",
    "allowed": "allow",
    "allowlist": "allow",
    "until": "expires",
    "expiry": "expires",
    "from": "author",
    "sender": "author",
    "to": "audience",
    "recipients": "audience",
    "responsible": "owner",
}
"""Keys that people write because other programs call them so, and ours."""
_YEAR: Final = 31_536_000  # seconds; far below what threads and sockets can wait for
_NO_HOST: Final = re.compile(r"[\s:/@\\\[\]]")
_NUL: Final = "\0"  # which no path, no name of a host and no variable of the environment can hold
_HOLDS_NUL: Final = "a text without the character U+0000 was expected"


class Table:
    """The values under one dotted path. Each mistake goes into `problems` as "path: sentence".

    No value is ever quoted there, because it may be a secret that was put under the wrong key. The keys that were asked
    for are the known ones, so `finish` must come after the last question.
    """

    def __init__(self, values: Mapping[str, object], path: str, problems: list[str], folder: Path) -> None:
        self._values = values
        self._path = path
        self._folder = folder
        self._known: list[str] = []
        self._missing: dict[str, str] = {}
        self.problems = problems

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def where(self, key: str) -> str:
        """The dotted path of a key, quoted where TOML would quote it."""
        bare = key.replace("-", "").replace("_", "").isalnum() and key.isascii()
        name = key if bare else f'"{key}"'
        return f"{self._path}.{name}" if self._path else name

    def complain(self, key: str, sentence: str) -> None:
        """Note one mistake."""
        self.problems.append(f"{self.where(key)}: {sentence}")

    def miss(self, key: str, sentence: str) -> None:
        """Note that a key is missing, unless `finish` finds it written wrongly: that is one mistake, not two."""
        self._missing[key] = sentence

    def text(self, key: str, default: str = "") -> str:
        """A non-empty string, or the default when the key is absent."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self._expected(key, "a text in quotes that is not empty", value)
            return default
        if _NUL in value:
            self.complain(key, _HOLDS_NUL)
            return default
        return value.strip()

    def host(self, key: str) -> str:
        """The name or the address of a server, "" when the key is absent: a scheme, a user or a port is a mistake."""
        name = self.text(key)
        if _NO_HOST.search(name) and not _is_ipv6(name):
            sentence = "the name of a server alone was expected, as mail.corp.example; port is a key by itself"
            self.complain(key, sentence)
        return name

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of non-empty strings; none when the key is absent."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._expected(key, 'a list such as ["one", "two"]', value)
            return ()
        if not all(isinstance(entry, str) and entry.strip() for entry in value):
            self.complain(key, "each entry is a text in quotes that is not empty")
            return ()
        if any(_NUL in entry for entry in value):
            self.complain(key, _HOLDS_NUL)
            return ()
        return tuple(entry.strip() for entry in value)

    def whole(self, key: str, default: int, least: int, most: int | None = None) -> int:
        """A whole number within limits."""
        value = self._take(key)
        if value is None:
            return default
        wanted = f"a whole number of at least {least}" if most is None else f"a whole number from {least} to {most}"
        if isinstance(value, bool) or not isinstance(value, int):
            self._expected(key, wanted, value)
        elif value < least or (most is not None and value > most):
            self.complain(key, f"{wanted} was expected")
        else:
            return value
        return default

    def flag(self, key: str) -> bool:
        """True or false; false when the key is absent."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self._expected(key, "true or false", value)
        return value is True

    def seconds(self, key: str, default: float) -> float:
        """A number of seconds above nought."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            self._expected(key, "a number of seconds above 0", value)
            return default
        if value > _YEAR:
            self.complain(key, f"a number of seconds of at most {_YEAR} (a year) was expected")
            return default
        return float(value)

    def day(self, key: str) -> date | None:
        """A calendar day, as TOML writes it (2024-12-31, without quotes) or as a text of the same form."""
        value = self._take(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        try:
            return date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self._expected(key, "a day such as 2024-12-31", value)
            return None

    def choice(self, key: str, kind: type[Choice], default: Choice) -> Choice:
        """One of the values of an enumeration, in any case."""
        value = self._take(key)
        if value is None:
            return default
        allowed = [str(member) for member in kind]
        if isinstance(value, str) and value.lower() in allowed:
            return kind(value.lower())
        meant = nearest(str(value), allowed)
        question = f'; did you mean "{meant}"?' if meant else ""
        self.complain(key, f"one of {', '.join(allowed)} was expected{question}")
        return default

    def path(self, key: str) -> Path | None:
        """A path; a relative one starts at the folder of the config file."""
        text = self.text(key)
        return self.resolve(text) if text else None

    def resolve(self, text: str) -> Path:
        """A path as written in this file: `~` is the home folder, a relative one starts at the file's own folder."""
        return self._folder / Path(text).expanduser()

    def table(self, key: str) -> Table | None:
        """The table below a key; None when it is absent."""
        value = self._take(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._expected(key, f"a table, such as [{self.where(key)}],", value)
            return None
        return Table(value, self.where(key), self.problems, self._folder)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every key of this table, each of which must hold a table itself."""
        for name in self._values:
            below = self.table(name)
            if below is not None:
                yield name, below

    def entries(self, key: str) -> Iterator[str | Table]:
        """The entries of a list that may hold texts and tables."""
        value = self._take(key)
        if value is None:
            return
        if not isinstance(value, list):
            self._expected(key, "a list", value)
            return
        for number, entry in enumerate(value, start=1):
            if isinstance(entry, str):
                yield entry
            elif isinstance(entry, dict):
                yield Table(entry, f"{self.where(key)}[{number}]", self.problems, self._folder)
            else:
                self.problems.append(f"{self.where(key)}[{number}]: {_mismatch('a text or a table', entry)}")

    def each(self, key: str) -> Iterator[Table]:
        """The entries of a list that holds tables alone."""
        value = self._take(key)
        if value is None:
            return
        if not isinstance(value, list):
            self._expected(key, f"a list of tables, each headed [[{self.where(key)}]],", value)
            return
        for number, entry in enumerate(value, start=1):
            if isinstance(entry, dict):
                yield Table(entry, f"{self.where(key)}[{number}]", self.problems, self._folder)
            else:
                self.problems.append(f"{self.where(key)}[{number}]: {_mismatch('a table', entry)}")

    def names(self) -> tuple[str, ...]:
        """The keys as they stand in the file; to ask for each of them is left to the caller."""
        return tuple(self._values)

    def finish(self, note: str = "") -> None:
        """Complain of every key that nobody asked for, and of the missing ones. `note` says where it is unknown."""
        for key in self._values:
            if key not in self._known:
                meant = self._meant(key)
                self._missing.pop(meant, None)
                instead = f'did you mean "{meant}"?' if meant else f"the keys here are {', '.join(self._known)}"
                self.complain(key, f"unknown key{note}; {instead}")
        for key, sentence in self._missing.items():
            self.complain(key, f"is missing: {sentence}")

    def _meant(self, key: str) -> str:
        synonym = _SYNONYMS.get(key.lower(), "")
        return synonym if synonym in self._known else nearest(key, self._known)

    def _take(self, key: str) -> object:
        if key not in self._known:
            self._known.append(key)
        return self._values.get(key)

    def _expected(self, key: str, wanted: str, found: object) -> None:
        self.complain(key, _mismatch(wanted, found))


def nearest(word: str, known: Sequence[str], alike: float = 0.6) -> str:
    """The known word that is most like this one, "" when none is; words are as like as that from 0 to 1."""
    return next(iter(difflib.get_close_matches(word.lower(), known, n=1, cutoff=alike)), "")


def _mismatch(wanted: str, found: object) -> str:
    return f"{wanted} was expected, {_kind(found)} was found"


def _kind(value: object) -> str:
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (str, "a text" if value else "an empty text"),
        (int, "a whole number"),
        (float, "a number"),
        (date, "a date"),
        (list, "a list"),
        (dict, "a table"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "something else")


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True
