"""A case folder beside its manifests: what is as it was written, what people filled in, what was changed or is gone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from scanner.errors import MissedBccError, ReportError
from scanner.proof.chain import chain_found, signatures_found
from scanner.proof.file_digest import FileDigest, file_digest
from scanner.proof.findings import NO_RIGHT, Changes, Comparing, Found, State
from scanner.proof.manifest import FOLDER, Command, Kept, manifests_in, named, signature_of
from scanner.store.glance import glance, is_held

DATABASE: Final = "case.sqlite"
_LOG: Final = f"{DATABASE}-wal"
_BESIDE: Final = frozenset((DATABASE, _LOG, f"{DATABASE}-shm", f"{DATABASE}.lock", "schedule.json", "to-tell.txt"))
"""What commands keep in the folder without a digest: it changes with every run, or no fact of the case is in it."""
_COPY: Final = re.compile(rf"{re.escape(DATABASE)}\.before-\w+")  # the database as it was before an update
_COMPOUND: Final = bytes.fromhex("d0cf11e0a1b11ae1")  # MS-CFB §2.2: what an encrypted workbook begins with
_CLOSED: Final = "It was changed, and is encrypted: what changed in it cannot be told."
_PURGED: Final = "It was purged, as a later manifest says."
_WHY: Final = "It was stopped before it could write one, or its manifest was taken away, or an earlier version made it."
_WHOSE: Final = (
    "What wrote them was stopped before it could write one, or its manifest was taken away, or somebody put them there."
)
_LEFT: Final = "No manifest tells what it was when it was written: none was, or it was taken away or damaged;"
_NO_RIGHT_TO_ROWS: Final = "you have no right to read the digests of its rows. Get that right, or let its owner check."
_NO_RIGHT_TO_MANIFESTS: Final = (
    "You have no right to read all of the manifests, so nothing was checked. Get that right, or let their owner check."
)
_RESTORE: Final = "Restore it from a backup, or move it away and scan again."
_OFFICE: Final = ("~$", ".~lock.")  # how Excel and LibreOffice mark a file that somebody has open


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be checked beside the files, each None where it is not asked.

    `public` is the key (hexadecimal) with whose private part every manifest must be signed; `digest` that of a manifest
    which must be among them. `unlocking` gives what is in an encrypted workbook; it raises MissedBccError.
    """

    public: str | None = None
    digest: str | None = None
    unlocking: Callable[[Path], IO[bytes]] | None = None


def check_case(case: Path, comparing: Comparing, wanted: Wanted | None = None) -> Iterator[Found]:
    """One line for each thing that was looked at. Nothing is written. Raises ReportError."""
    state = _Case(case)  # before anything is read: a command may end at any time from here on
    asked = wanted or Wanted()
    manifests = open_manifests(case)
    if manifests is None:
        yield Found(State.UNCHECKED, FOLDER, _NO_RIGHT_TO_MANIFESTS)
        return
    if not manifests:
        asks = asked.public is not None or asked.digest is not None
        begun = asks or not _nothing_begun(case)
        yield state.settled(Found(State.MISSING, FOLDER, _NONE) if begun else Found(State.NOTE, FOLDER, _NOT_BEGUN))
    wrong = [*chain_found(case, manifests), *signatures_found(case, manifests, asked.public)]
    yield from wrong
    if manifests and not wrong:
        yield Found(State.AS_WRITTEN, FOLDER, _whole(manifests))
    yield from _written_up(case, manifests)
    if asked.digest is not None and asked.digest not in {kept.digest for kept in manifests}:
        yield Found(State.MISSING, FOLDER, f"No manifest has the digest {asked.digest}: one was changed or taken away.")
    removed = {name for kept in manifests for name in (kept.facts or {}).get("removed", ())}
    for kept in manifests:
        for output in kept.outputs:
            yield from _rows_found(case, output, removed)
            if output["path"] in removed and not (case / output["path"]).exists():
                yield Found(State.AS_WRITTEN, output["path"], _PURGED)
            else:
                yield state.settled(_output_found(case, output, comparing, asked))
        for file in (kept.facts or {}).get("found", ()):
            yield state.settled(_left_found(case, file, removed))
    if manifests:
        # One without a database is of a command that leaves it as it is.
        telling = [kept for kept in manifests if kept.facts is None or kept.facts["database"] is not None]
        told = {kept.facts["run"] for kept in manifests if kept.facts}
        yield from map(state.settled, _database_found(case, [*manifests[:1], *telling][-1], told))
    yield from map(state.settled, _unknown(case, manifests))


def open_manifests(case: Path) -> list[Kept] | None:
    """The manifests in the order of their writing; None where one has no right to read them all. Raises ReportError."""
    try:
        return manifests_in(case)
    except ReportError as error:
        if isinstance(error.__cause__, PermissionError):
            return None
        raise


_NONE: Final = (
    "There is no manifest: no command has come to its end here, they were taken away, or an earlier version wrote all "
    "that lies here."
)


_NOT_BEGUN: Final = (
    "There is no manifest, and none is missing: the database is sound and tells of no run. A scan was stopped before "
    "it read anything, so nothing was found or cleared here."
)


def _nothing_begun(case: Path) -> bool:
    """Whether the database says that no run was ever begun; one that is empty or damaged says nothing."""
    try:
        seen = glance(case / DATABASE)
    except OSError:
        return False
    return seen.sound and not seen.runs


class _Case:
    """Whether a command is at work in the case, so that what looks wrong may only be unfinished."""

    def __init__(self, case: Path) -> None:
        self._case = case
        self._before = self._manifests()

    def settled(self, found: Found) -> Found:
        """The same, where it is fine or nobody is at work; else a line that says so."""
        if found.state.fine or not self._is_in_use():
            return found
        sentence = f"{found.sentence} But a command has the case, or had it a moment ago: check again when it is done."
        return Found(State.IN_USE, found.subject, sentence, found.counts)

    def _is_in_use(self) -> bool:
        return is_held(self._case / DATABASE) or self._manifests() != self._before

    def _manifests(self) -> set[str]:
        return {path.name for path in (self._case / FOLDER).glob("*.json")}


def _whole(manifests: list[Kept]) -> str:
    count = "1 manifest" if len(manifests) == 1 else f"{len(manifests):,} manifests, each behind the one before"
    signers = [str(kept.facts["signer"]) for kept in manifests if kept.facts and kept.facts.get("signer")]
    if not signers:
        return f"{count}. None is signed."
    keys = f"the key {signers[0]}" if len({*signers}) == 1 else f"{len({*signers})} different keys"
    signed = "All are" if len(signers) == len(manifests) else f"{len(signers):,} of them are"
    return f"{count}. {'It is' if len(manifests) == 1 else signed} signed with {keys}."


def _written_up(case: Path, manifests: Iterable[Kept]) -> Iterator[Found]:
    """Runs and other commands that left no manifest, as the one says that was written for them later."""
    for kept in manifests:
        if kept.facts is not None and kept.facts["kind"] == Command.WRITE_UP:
            why = _WHY if "outcome" in kept.facts else _WHOSE  # of a run, or of files
            sentence = f"Run {kept.facts['run']} {kept.facts.get('note')}. {why}"
            yield Found(State.NOTE, named(case, kept.path), sentence)


def _left_found(case: Path, said: Mapping[str, Any], removed: Set[str]) -> Found:
    """A file that lay there when a manifest was written that did not make it."""
    name = said["path"]
    try:
        now, was = file_digest(case / name), FileDigest(said["size"], said["sha256"])
    except FileNotFoundError:
        if name in removed:
            return Found(State.AS_WRITTEN, name, _PURGED)
        return Found(State.MISSING, name, "It is no longer there.")
    except OSError as error:
        return _unread(name, error)
    if now == was:
        return Found(State.NOTE, name, f"{_LEFT} every octet is as it was found.")
    return Found(State.CHANGED, name, f"{_LEFT} it was changed since: {_sizes(was, now)}.")


def _output_found(case: Path, output: Mapping[str, Any], comparing: Comparing, wanted: Wanted) -> Found:
    name, path = output["path"], case / output["path"]
    try:
        now = file_digest(path)
    except FileNotFoundError:
        return Found(State.MISSING, name, "It is no longer there.")
    except OSError as error:
        return _unread(name, error)
    was = FileDigest(output["size"], output["sha256"])
    if now == was:
        return Found(State.AS_WRITTEN, name, "Every octet is as it was written.")
    if "sheets" in output:
        return _workbook_found(case, output, comparing, wanted)
    return Found(State.CHANGED, name, f"It was changed: {_sizes(was, now)}.")


def _workbook_found(case: Path, output: Mapping[str, Any], comparing: Comparing, wanted: Wanted) -> Found:
    name, path = output["path"], case / output["path"]
    workbook: Path | IO[bytes] = path
    try:
        if _is_closed(path):
            if wanted.unlocking is None:
                return Found(State.CHANGED, name, f"{_CLOSED} Say where its password is kept: --decisions-password.")
            try:
                workbook = wanted.unlocking(path)
            except MissedBccError as error:
                return Found(State.CHANGED, name, f"{_CLOSED} {error} {error.hint}".strip())
        return _compared(name, comparing(workbook, output["sheets"], case / output["rows"]["path"]))
    except ReportError as error:
        return Found(State.DAMAGED, name, str(error))
    except PermissionError:
        return Found(State.UNCHECKED, name, f"It was changed; in which rows cannot be told: {_NO_RIGHT_TO_ROWS}")
    except (OSError, ValueError):
        return Found(
            State.CHANGED, name, "It was changed; in which rows cannot be told without the digests of its rows."
        )


def _rows_found(case: Path, output: Mapping[str, Any], removed: Set[str]) -> Iterator[Found]:
    """The file with the digests of a workbook's rows, where something is wrong with it."""
    said = output.get("rows")
    if said is None or (said["path"] in removed and not (case / said["path"]).exists()):
        return
    try:
        if file_digest(case / said["path"]) != FileDigest(said["size"], said["sha256"]):
            yield Found(State.DAMAGED, said["path"], "This file, with the digests of the rows, was changed.")
    except FileNotFoundError as error:
        yield Found(State.MISSING, said["path"], f"This file, with the digests of the rows: {error.strerror}.")
    except OSError as error:
        yield _unread(said["path"], error, "It holds the digests of the rows. ")


def _unread(name: str, error: OSError, before: str = "") -> Found:
    """A file that cannot be read, which is damage only where the disk says so."""
    if isinstance(error, PermissionError):
        return Found(State.UNCHECKED, name, f"{before}{NO_RIGHT}")
    return Found(State.DAMAGED, name, f"{before}It cannot be read: {error.strerror}.")


def _is_closed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_COMPOUND)) == _COMPOUND


def _compared(name: str, found: Changes) -> Found:
    counts = {"facts": dict(found.facts), "answers": dict(found.answers)}
    answers = f"{_each(found.answers, 'human cell')} filled in or changed"
    wrong = [f"{_each(found.facts, 'row')} changed"] if found.facts else []
    wrong += [f"the sheet {title} is gone" for title in found.missing]
    wrong += [f"the sheet {title} was added" for title in found.added]
    by = f" Its properties name “{found.saved_by}” as the program that saved it." if found.saved_by else ""
    if wrong:
        also = f" Besides, {answers}." if found.answers else ""
        return Found(State.CHANGED, name, f"Facts were changed: {'; '.join(wrong)}.{also}{by}", counts)
    if found.answers:
        return Found(State.FILLED, name, f"{answers}; the facts are unchanged.{by}", counts)
    if found.saved_by:
        return Found(State.SAVED, name, f"Every cell says what it said.{by}", counts)
    sentence = "Every cell says what it said, but its octets differ, and its properties name no other program."
    return Found(State.CHANGED, name, sentence, counts)


def _each(sheets: Mapping[str, int], noun: str) -> str:
    return ", ".join(
        f"{count:,} {noun}{'' if count == 1 else 's'} on {title}" for title, count in sheets.items() if count
    )


def _sizes(was: FileDigest, now: FileDigest) -> str:
    if was.size == now.size:
        return f"other octets, {now.size:,} as before"
    return f"{now.size:,} octets in place of {was.size:,}"


def _database_found(case: Path, last: Kept, told: Set[int]) -> Iterator[Found]:
    said = (last.facts or {}).get("database")
    if last.facts is None or said is None:
        yield _database_untold(case, named(case, last.path))
        return
    path = case / said["path"]
    try:
        now = file_digest(path)
        same = now == FileDigest(said["size"], said["sha256"]) and not _log_size(case)
        seen = glance(path)  # what was damaged before the last manifest was written is still damaged
    except FileNotFoundError:
        yield Found(State.MISSING, said["path"], "It is no longer there.")
        return
    except OSError as error:
        yield _unread(said["path"], error)
        return
    if not seen.sound:
        since = "Every octet is as the last manifest says, but it" if same else "It was changed since, and"
        yield Found(State.DAMAGED, said["path"], f"{since} is damaged. {_RESTORE}")
        return
    if same:
        yield Found(State.AS_WRITTEN, said["path"], "Every octet is as the last manifest says.")
        return
    later = [(number, outcome) for number, outcome in seen.runs if number not in told]
    yield Found(State.CHANGED, said["path"], f"It was changed after {named(case, last.path)}, {_by(later)}.")


def _database_untold(case: Path, manifest: str) -> Found:
    sentence = f"What it was like is not known, since {manifest} does not tell it"
    try:
        sound = glance(case / DATABASE).sound
    except FileNotFoundError:
        return Found(State.MISSING, DATABASE, f"{sentence}. It is no longer there.")
    except OSError as error:
        return _unread(DATABASE, error, f"{sentence}. ")
    if not sound:
        return Found(State.DAMAGED, DATABASE, f"{sentence}. It is damaged.")
    return Found(State.CHANGED, DATABASE, f"{sentence}.")


def _by(later: list[tuple[int, str | None]]) -> str:
    if not later:
        return "and no run that it tells of did it"
    runs = [f"run {number} ({outcome or 'killed, or still running'})" for number, outcome in later]
    return f"by {', '.join(runs)}, which left no manifest"


def _log_size(case: Path) -> int:
    try:
        return (case / _LOG).stat().st_size
    except FileNotFoundError:
        return 0


def _unknown(case: Path, manifests: Iterable[Kept]) -> Iterator[Found]:
    known = {f"{FOLDER}/{kept.path.name}" for kept in manifests} | _BESIDE
    for kept in manifests:
        facts = kept.facts or {}
        if facts.get("signer"):
            known.add(f"{FOLDER}/{signature_of(kept.path).name}")
        for output in (*kept.outputs, *facts.get("found", ())):
            known |= {output["path"], output["rows"]["path"] if "rows" in output else output["path"]}
    closed: list[OSError] = []
    for folder, below, names in os.walk(case, onerror=closed.append):
        below.sort()
        here = Path(folder).relative_to(case)
        for name in sorted(names):
            path = (here / name).as_posix()
            if path not in known and not name.startswith(_OFFICE) and not _COPY.fullmatch(path):
                yield Found(State.UNKNOWN, path, "No manifest names this file.")
    for error in closed:
        yield _unread(named(case, Path(str(error.filename))), error)
