"""What is to run, when, and what of it is written where: the same for every scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from scanner.errors import SettingsError
from scanner.unattended import Cadence

ROOT: Final = "root"
"""The user of a system-wide service that reads the mailboxes of others."""


class System(StrEnum):
    """The schedulers that we know."""

    USER = "systemd-user"
    SYSTEM = "systemd"
    CRON = "cron"
    LAUNCHD = "launchd"
    WINDOWS = "windows"

    @property
    def spreads(self) -> bool:
        """Whether what we write lets it begin up to half an hour later, so that neighbours do not all begin at once."""
        return self in (System.USER, System.SYSTEM, System.WINDOWS)


@dataclass(frozen=True, slots=True)
class Job:
    """A scan that runs by itself. All paths are absolute.

    `name` is that of the timer and of every file. `command` is the program and its words. `writable` are the folders in
    which the scan writes. `credentials` are names with the files that systemd reads them from. `run_as` is the user of
    a system-wide service, which must have one; "" for the others, which run as whoever installs them.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    case: Path
    cadence: Cadence
    writable: tuple[Path, ...] = ()
    credentials: tuple[tuple[str, Path], ...] = ()
    run_as: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that ends in a file and that somebody else has chosen."""
        paths = (self.folder, self.case, *self.writable, *(path for _, path in self.credentials))
        return (*self.command, *map(str, paths), self.run_as)


@dataclass(frozen=True, slots=True)
class Plan:
    """What installing a job comes to.

    `files` are whole files, `block` the lines for the user's crontab. `start` and `stop` are commands that make the
    system take notice; where `by_hand` is set, they are told and not run. `notes` are sentences for people.
    """

    system: System
    name: str
    files: tuple[tuple[Path, bytes], ...] = ()
    block: str = ""
    start: tuple[tuple[str, ...], ...] = ()
    stop: tuple[tuple[str, ...], ...] = ()
    by_hand: bool = False
    notes: tuple[str, ...] = ()


MARK = "Written by `missedbcc schedule install`; `missedbcc schedule remove` takes it away."


def refuse(job: Job, letters: str, system: str) -> None:
    """Raise SettingsError where a text holds a character that the system's files cannot carry."""
    for text in job.texts:
        if any(not letter.isprintable() or letter in letters for letter in text):
            shown = "".join(letter if letter.isprintable() else "?" for letter in text)
            raise SettingsError(
                f"{shown} holds a character that {system} cannot carry.", "Rename the file or folder, or link to it."
            )
