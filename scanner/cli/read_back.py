"""The reading back of decisions: which workbooks changed, what was typed into them, and what is to be said about it."""

from __future__ import annotations

import stat
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
from scanner.decision import Doubt, Kind, Question, Readback
from scanner.errors import MissedBccError, ReportError, SettingsError
from scanner.proof.file_digest import digest_of
from scanner.store.logged import Effect

if TYPE_CHECKING:
    from scanner.store.logged import Logged, Taken
    from scanner.store.store import Store


@dataclass(frozen=True, slots=True)
class Named:
    """A workbook that the person named, as it was read before any work began."""

    path: Path
    digest: str
    readback: Readback


@dataclass(frozen=True, slots=True)
class DoubtfulDate:
    """A date that was taken and is not plausible: the answer, why, and the moment that it does not go with, if any.

    That is when mail that concerns it was first sent, or, where nobody was aware yet when an authority was told, the
    other of these two dates.
    """

    answer: Logged
    doubt: Doubt
    beside: datetime | None

    def fields(self) -> dict[str, JsonValue]:
        """For programs."""
        return {
            "cell": self.answer.place,
            "of": self.answer.subject,
            "question": str(self.answer.question),
            "value": self.answer.value,
            "reason": str(self.doubt),
        }

    def sentence(self) -> str:
        """For people."""
        said = f"“{self.answer.question}” of {self.answer.subject} is {self.answer.value}"
        beside = f" ({self.beside.astimezone(UTC):%Y-%m-%d %H:%M} UTC)" if self.beside else ""
        is_told = self.answer.question is Question.AUTHORITY_TOLD
        order = f"before “aware since”{beside}" if is_told else "after an authority was told, as that is stated"
        why = {
            Doubt.AHEAD: "which is still to come",
            Doubt.TOO_EARLY: f"which is before the first message was sent{beside}",
            Doubt.TOO_OLD: "which is too long ago for mail",
            Doubt.UNAWARE: f"which is {order}",
        }[self.doubt]
        return f"{self.answer.place}: {said}, {why}. It was taken; please check it."


@dataclass(frozen=True, slots=True)
class CameBack:
    """What came of one workbook; `taken` is None where it could not be read, and `error` says why.

    It was `named`, or it has `changed` since it was written or last read, or both. `refused` counts what it holds that
    is no answer, whether that was known already or not; `odd` are the dates that were taken and are not plausible.
    """

    path: Path
    taken: Taken | None = None
    problems: tuple[str, ...] = ()
    error: MissedBccError | None = None
    named: bool = False
    changed: bool = True
    edition: int = 0
    odd: tuple[DoubtfulDate, ...] = ()

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

    @property
    def refused(self) -> int:
        """How many cells hold what is no answer."""
        return self.taken.not_taken if self.taken else 0

    @property
    def known(self) -> int:
        """How many answers it holds that were known, from this file or another."""
        return self.agreed + (self.taken.same if self.taken else 0)

    def line(self) -> str:
        """For people who named it: what was found in it."""
        if self.taken is None:
            return f"{self.path}: not read."
        conflicts = self.count(Effect.CONFLICT)
        return (
            f"{self.path} (workbook {self.edition}): {self.read - conflicts:,} new, {self.known:,} known already, "
            f"{self.refused:,} not taken, {conflicts:,} in conflict."
        )

    def fields(self) -> dict[str, JsonValue]:
        """For programs."""
        return {
            "workbook": str(self.path),
            "named": self.named,
            "edition": self.edition or None,
            "read": self.read,
            "agreed": self.agreed,
            "known": self.known,
            "refused": self.refused,
            "conflicts": self.count(Effect.CONFLICT),
            "problems": list(self.problems),
            "odd_dates": [one.fields() for one in self.odd],
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
    """Raise SettingsError, before anything is done, when a workbook that was named is not there, or is no file."""
    problems = tuple(problem for path in files if (problem := _no_file(path)))
    if problems:
        raise SettingsError("A workbook with decisions cannot be read.", "Check its path.", problems)


def _no_file(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return f"{path} is not there."
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}."
    if stat.S_ISREG(mode):
        return ""
    return f"{path} is a folder." if stat.S_ISDIR(mode) else f"{path} is no regular file, but a pipe, a device or so."


def named(files: Sequence[Path], folder: CaseFolder, password: Password) -> tuple[Named, ...]:
    """What is in the workbooks that the person named; nothing of it is taken yet.

    Raises SettingsError, before anything is done, where one cannot be used, or does not belong to the case.
    """
    if not files:
        return ()
    case = ""
    if folder.database.is_file():
        with folder.opened() as store:
            case = store.matter().name
    found, problems = [], []
    for path in files:
        try:
            found.append(_named(path, password, case))
        except MissedBccError as error:
            problems.append(f"{error} {error.hint}".strip())
    if problems:
        raise SettingsError(
            "A workbook that --decisions names cannot be used, so nothing was read back and no workbook was written.",
            "Correct that, or leave it out, then run the same command again.",
            tuple(problems),
        )
    return tuple(found)


def _named(path: Path, password: Password, case: str) -> Named:
    from reports.decisions import read_decisions  # noqa: PLC0415 - a help text must not pay for it

    try:
        digest = digest_of(path)
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}.", "Check its rights.") from error
    back = read_decisions(path, password())
    if back.case != case:
        raise _of_another_case(path)
    return Named(path, digest, back)


def read_back(store: Store, folder: CaseFolder, files: Sequence[Named | Path], password: Password) -> list[CameBack]:
    """Take what was typed into the workbooks of the case since they were written or last read, and into these files.

    What cannot be read is among the answers, and is tried again the next time. Raises StoreError.
    """
    given = {(one.path if isinstance(one, Named) else one).resolve(): one for one in files}
    results = []
    for path in _candidates(store, folder, _paths(files)):
        known = given.get(path.resolve())
        back = _read(store, folder, known if isinstance(known, Named) else path, password, named=known is not None)
        if back is not None:
            results.append(back)
    return sorted(results, key=lambda one: not one.named)


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


def say(readings: Iterable[CameBack], words: Output) -> None:
    """A line for each workbook that was read, and one for each problem and conflict; no address and no free text."""
    for reading in readings:
        if reading.error is not None:
            warn(f"{reading.error} {reading.error.hint}".strip())
        else:
            agreed = f" ({reading.agreed:,} more said what stood already)" if reading.agreed else ""
            words.tell(f"Read {new_decisions((reading,))}{agreed} from {reading.path}.")
        for problem in reading.problems:
            warn(f"{reading.path}: {problem}")
        for change in reading.taken.changes if reading.taken else ():
            if change.effect is Effect.CONFLICT:
                warn(f"{reading.path}: {_conflict(change)}")
        for odd in reading.odd:
            warn(f"{reading.path}: {odd.sentence()}")


def say_open(store: Store, folder: CaseFolder, files: Sequence[Named | Path]) -> int:
    """A line for each workbook that somebody has open, also where nothing was saved in it; gives how many there are."""
    from reports.returned_file import opened_elsewhere  # noqa: PLC0415

    paths = [path for path in _candidates(store, folder, _paths(files)) if opened_elsewhere(path)]
    for path in paths:
        warn(f"{path} is open in another program, or was when that broke off: what is not saved there was not read.")
    return len(paths)


def new_decisions(readings: Sequence[CameBack]) -> str:
    """For people: how many answers are new in all of them, and how many are in conflict instead."""
    conflicts = sum(reading.count(Effect.CONFLICT) for reading in readings)
    new = counted(sum(reading.read for reading in readings) - conflicts, "new decision")
    return f"{new} and {conflicts:,} in conflict" if conflicts else new


def counts(readings: Sequence[CameBack]) -> dict[str, int]:
    """For programs: over all workbooks."""
    return {
        "read": sum(reading.read for reading in readings),
        "conflicts": sum(reading.count(Effect.CONFLICT) for reading in readings),
        "problems": sum(len(reading.problems) for reading in readings),
        "odd_dates": sum(len(reading.odd) for reading in readings),
        "unreadable": sum(reading.error is not None for reading in readings),
    }


def _conflict(change: Logged) -> str:
    said = f"“{change.value}”" if change.question.kind is not Kind.TEXT and change.value else "something else"
    return (
        f"“{change.question}” of {change.subject}: another workbook has answered it, and that answer stands; here it "
        f"says {said}. The next workbook shows both: type the right one there, or run `missedbcc decisions --settle`."
    )


def _paths(files: Sequence[Named | Path]) -> list[Path]:
    return [one.path if isinstance(one, Named) else one for one in files]


def _candidates(store: Store, folder: CaseFolder, files: Sequence[Path]) -> Iterator[Path]:
    """Each file once: the workbooks in the case folder, those that the case wrote elsewhere, and what was named."""
    seen = set()
    for path in (*folder.workbooks(), *map(Path, folder.elsewhere(store)), *files):
        if path.resolve() not in seen and path.is_file():
            seen.add(path.resolve())
            yield path


def _read(store: Store, folder: CaseFolder, which: Named | Path, password: Password, *, named: bool) -> CameBack | None:
    """What came of one workbook; None where nobody named it and it did not change."""
    from reports.decisions import NotOurs, read_decisions  # noqa: PLC0415 - a help text must not pay for it

    path = which.path if isinstance(which, Named) else which
    source = folder.source_of(path)
    try:
        digest = which.digest if isinstance(which, Named) else digest_of(path)
        changed = digest not in store.known_digests(source)
        if not (changed or named):
            return None
        back = which.readback if isinstance(which, Named) else read_decisions(path, password())
    except NotOurs as error:
        store.mark_read(source, digest)  # told once, until it changes
        return CameBack(path, error=error, named=named)
    except OSError as error:
        refused = ReportError(f"{path} cannot be read: {error.strerror}.", "Check its rights.")
        return CameBack(path, error=refused, named=named)
    except (ReportError, SettingsError) as error:
        return CameBack(path, error=error, named=named)
    if back.case != store.matter().name:
        return CameBack(path, error=_of_another_case(path), named=named)
    taken = store.take(back, source, datetime.now(UTC))
    store.mark_read(source, digest)  # a problem is told once, and again when the file changes or is named
    problems = (*back.problems, *taken.problems)
    if taken.purged and changed:  # nothing that somebody could correct, so it is told once
        one = taken.purged == 1
        sentence = f"{counted(taken.purged, 'decision')} {'is' if one else 'are'} about what was purged from this case"
        problems = (*problems, f"{sentence}; {'it was' if one else 'they were'} not taken.")
    return CameBack(path, taken, problems, named=named, changed=changed, edition=back.edition)


def _of_another_case(path: Path) -> ReportError:
    sentence = f"{path} belongs to another case: nothing was read from it."
    return ReportError(sentence, "Name the folder of that case with --case.")
