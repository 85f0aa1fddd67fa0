"""The reading back of decisions: which workbooks changed, what was typed into them, and what is to be said about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.account import SecretReference
from scanner.cli.case_folder import CaseFolder
from scanner.cli.lines import counted
from scanner.cli.output import JsonValue, Output, warn
from scanner.cli.password import ASK, reference_at
from scanner.decision import Kind
from scanner.errors import MissedBccError, ReportError, SettingsError
from scanner.proof.file_digest import digest_of
from scanner.store.answers import Effect

if TYPE_CHECKING:
    from scanner.store.answers import Logged, Taken
    from scanner.store.store import Store


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one workbook that had changed; `taken` is None where it could not be read, and `error` says why."""

    path: Path
    taken: Taken | None = None
    problems: tuple[str, ...] = ()
    error: MissedBccError | None = None

    def count(self, *effects: Effect) -> int:
        """How many answers had one of these effects."""
        return self.taken.count(*effects) if self.taken else 0

    @property
    def read(self) -> int:
        """How many answers it holds that nobody had read before; those that say what stood already are not new."""
        return self.count(*Effect) - self.agreed

    @property
    def agreed(self) -> int:
        """How many answers say what stood already."""
        return self.count(Effect.AGREED)

    def fields(self) -> dict[str, JsonValue]:
        """For programs."""
        return {
            "workbook": str(self.path),
            "read": self.read,
            "agreed": self.agreed,
            "conflicts": self.count(Effect.CONFLICT),
            "problems": list(self.problems),
            "error": str(self.error) if self.error else None,
        }


class Password:
    """A password that is fetched when it is first needed, and not kept where it could be shown."""

    def __init__(self, reference: SecretReference | None) -> None:
        self._reference = reference

    @property
    def named(self) -> bool:
        """Whether anybody said where it is kept."""
        return self._reference is not None

    @cached_property
    def _text(self) -> str:
        from scanner.connectors.credentials import secret_of  # noqa: PLC0415 - connectors; a help text must not pay

        return secret_of(self._reference) if self._reference else ""

    def __call__(self) -> str:
        """The password, "" where none was named. Raises SettingsError."""
        return self._text


def password_of(named: str | None, lock: str | None, configured: SecretReference | None) -> Password:
    """What opens locked workbooks: what was named for it, else what locks the new one. Raises SettingsError."""
    if named is None and lock not in (None, ASK):
        named = lock
    return Password(reference_at(named, "--decisions-password") if named else configured)


def must_be_files(files: Sequence[Path]) -> None:
    """Raise SettingsError, before anything is done, when a workbook that was named is not there."""
    missing = tuple(str(path) for path in files if not path.is_file())
    if missing:
        raise SettingsError("A workbook with decisions is not there.", "Check its path.", missing)


def read_back(store: Store, folder: CaseFolder, files: Sequence[Path], password: Password) -> list[Reading]:
    """Take what was typed into the workbooks of the case, and into these files, since they were written or last read.

    What cannot be read is among the answers, and is tried again the next time. Raises StoreError.
    """
    readings = []
    for path in _candidates(store, folder, files):
        reading = _read(store, folder, path, password)
        if reading is not None:
            readings.append(reading)
    return readings


def unread(store: Store, folder: CaseFolder, path: Path, password: Password) -> int | None:
    """How many answers a workbook holds that were not read back; None where nobody can tell."""
    from reports.decisions import read_decisions  # noqa: PLC0415

    try:
        back = read_decisions(path, password())
    except (ReportError, SettingsError):
        return None
    if back.case != store.matter().name:
        return None
    return len(store.would_take(back, folder.source_of(path), datetime.now(UTC)).changes)


def say(readings: Iterable[Reading], words: Output) -> None:
    """A line for each workbook that was read, and one for each problem and conflict; no address and no free text."""
    for reading in readings:
        if reading.error is not None:
            warn(f"{reading.error} {reading.error.hint}".strip())
        else:
            agreed = f" ({reading.agreed:,} more said what stood already)" if reading.agreed else ""
            words.tell(f"Read {counted(reading.read, 'new decision')}{agreed} from {reading.path}.")
        for problem in reading.problems:
            warn(f"{reading.path}: {problem}")
        for change in reading.taken.changes if reading.taken else ():
            if change.effect is Effect.CONFLICT:
                warn(f"{reading.path}: {_conflict(change)}")


def counts(readings: Sequence[Reading]) -> dict[str, int]:
    """For programs: over all workbooks."""
    return {
        "read": sum(reading.read for reading in readings),
        "conflicts": sum(reading.count(Effect.CONFLICT) for reading in readings),
        "problems": sum(len(reading.problems) for reading in readings),
        "unreadable": sum(reading.error is not None for reading in readings),
    }


def _conflict(change: Logged) -> str:
    said = f"“{change.value}”" if change.question.kind is not Kind.TEXT and change.value else "something else"
    return (
        f"“{change.question}” of {change.subject}: another workbook has answered it, and that answer stands; here it "
        f"says {said}. The next workbook shows both: type the right one there, or run `missedbcc decisions --settle`."
    )


def _candidates(store: Store, folder: CaseFolder, files: Sequence[Path]) -> Iterator[Path]:
    """Each file once: the workbooks in the case folder, those that the case wrote elsewhere, and what was named."""
    seen = set()
    for path in (*folder.workbooks(), *map(Path, store.workbooks_elsewhere()), *files):
        if path.resolve() not in seen and path.is_file():
            seen.add(path.resolve())
            yield path


def _read(store: Store, folder: CaseFolder, path: Path, password: Password) -> Reading | None:
    from reports.decisions import NotOurs, read_decisions  # noqa: PLC0415 - a help text must not pay for it

    source = folder.source_of(path)
    try:
        digest = digest_of(path)
        if digest in store.known_digests(source):
            return None
        back = read_decisions(path, password())
    except NotOurs as error:
        store.mark_read(source, digest)  # told once, until it changes
        return Reading(path, error=error)
    except OSError as error:
        return Reading(path, error=ReportError(f"{path} cannot be read: {error.strerror}.", "Check its rights."))
    except (ReportError, SettingsError) as error:
        return Reading(path, error=error)
    if back.case != store.matter().name:
        sentence = f"{path} belongs to another case: nothing was read from it."
        return Reading(path, error=ReportError(sentence, "Name the folder of that case with --case."))
    taken = store.take(back, source, datetime.now(UTC))
    problems = (*back.problems, *taken.problems)
    store.mark_read(source, digest)  # a problem is told once, and again when the file changes
    if taken.purged:  # nothing that somebody could correct, so it is told once
        one = taken.purged == 1
        sentence = f"{counted(taken.purged, 'decision')} {'is' if one else 'are'} about what was purged from this case"
        problems = (*problems, f"{sentence}; {'it was' if one else 'they were'} not taken.")
    return Reading(path, taken, problems)
