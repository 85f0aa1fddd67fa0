"""The folder of one case: its database, and the names of its workbooks."""

from __future__ import annotations

import itertools
import shlex
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.errors import SettingsError, StoreError

if TYPE_CHECKING:
    from scanner.store.store import Store

_OWN: Final = 0o700
_OTHERS: Final = 0o077

# The imports inside the functions are heavy: a help text and the other commands must not pay for them.


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """A folder that holds, or will hold, one case."""

    path: Path

    @property
    def database(self) -> Path:
        """Where everything that the scans found is kept."""
        return self.path / "case.sqlite"

    @property
    def schedule(self) -> Path:
        """Where `missedbcc schedule install` remembers what it wrote."""
        return self.path / "schedule.json"

    @property
    def to_tell(self) -> Path:
        """Where a scan notes that it is to be told, until it is."""
        return self.path / "to-tell.txt"

    @property
    def open_to_others(self) -> str:
        """That others may enter the folder, by its mode; "" where they may not, or the system has no such rights."""
        if sys.platform == "win32" or not self.path.is_dir() or not self.path.stat().st_mode & _OTHERS:
            return ""
        return f"The case folder {self.path} can be entered by others; it lists the people concerned."

    @property
    def closing(self) -> str:
        """The command that shuts others out."""
        return f"chmod {_OWN:o} {shlex.quote(str(self.path))}"

    def make(self) -> None:
        """Make the folder for its owner alone, unless it is there. Raises StoreError."""
        try:
            self.path.mkdir(mode=_OWN, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The case folder {self.path} cannot be made: {error.strerror}.", "Name another place with --case."
            ) from error

    def must_exist(self) -> None:
        """Raise SettingsError where no scan has left a case."""
        if not self.database.is_file():
            raise SettingsError(
                f"There is no case in {self.path}.", "Run `missedbcc scan` first, or name the folder with --case."
            )

    def opened(self) -> AbstractContextManager[Store]:
        """The database, made or brought up to date where necessary. Raises StoreError.

        One that is empty or gone is not made anew beside manifests of its runs: that would look like the same case.
        """
        from scanner.store import open_store  # noqa: PLC0415

        self._must_not_be_emptied()
        return open_store(self.database)

    def looked_into(self) -> AbstractContextManager[Store]:
        """The database to ask and not to change, also in a folder that nobody here may write to. Raises StoreError."""
        from scanner.store.looking import looked_into  # noqa: PLC0415

        self._must_not_be_emptied()
        return looked_into(self.database)

    def is_held(self) -> bool:
        """Whether a command holds the case now, so that what is told of it may be only unfinished."""
        from scanner.store.glance import is_held  # noqa: PLC0415

        return is_held(self.database)

    def _must_not_be_emptied(self) -> None:
        held = self.database.stat().st_size if self.database.exists() else 0
        if not held and any((self.path / "manifests").glob("*.json")):
            raise StoreError(
                f"The case database {self.database} is empty or gone, and manifests of its runs lie beside it.",
                "Restore it from a backup, or name another folder with --case to begin a new case.",
            )

    def free_name(self, run: int, *, redacted: bool = False) -> Path:
        """A name for the workbook of a run that no other has or had: run-0003, then run-0003-2, and so on."""
        from scanner.proof.manifest import outputs_in  # noqa: PLC0415 - a help text must not pay for it

        had = {output["path"] for output in outputs_in(self.path)}
        first = self.path / f"missedbcc-run-{run:04}{'-redacted' if redacted else ''}.xlsx"
        others = (first.with_stem(f"{first.stem}-{number}") for number in itertools.count(2))
        return next(path for path in itertools.chain([first], others) if path.name not in had and not path.exists())

    def workbooks(self) -> list[Path]:
        """The workbooks that lie in the folder, by name; not the lock files that spreadsheet programs keep there."""
        return sorted(path for path in self.path.glob("*.xlsx") if not path.name.startswith(("~$", ".")))

    def source_of(self, workbook: Path) -> str:
        """What a workbook is remembered as: its name in this folder, or else its whole path."""
        whole = workbook.resolve()
        return whole.name if whole.parent == self.path.resolve() else str(whole)

    def elsewhere(self, store: Store) -> tuple[str, ...]:
        """The whole paths of the workbooks that were written to another place; a name in this folder bears no path."""
        return tuple(dict.fromkeys(name for _, name in store.workbooks() if "/" in name))
