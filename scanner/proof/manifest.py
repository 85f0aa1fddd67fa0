"""One manifest for each command that writes into a case: what was read by what, and the digests of what was written.

Each names the digest of the one before it, so that none can be changed or taken out without those after it telling.
What is changed in the last one tells only by its signature, or beside a digest of it that is kept elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from scanner.errors import ReportError
from scanner.proof.canonical import CanonicalValue, canonical
from scanner.proof.file_digest import file_digest
from scanner.proof.shape import has_shape
from scanner.proof.signature import SigningKey
from scanner.whole_file import whole_file

SCHEMA: Final = 1
FOLDER: Final = "manifests"
_NAME: Final = re.compile(r"run-(\d{4,})(?:-[a-z]+(?:-[a-z]+)?-(\d+))?\.json")


class Command(StrEnum):
    """What wrote into a case, or took mail out of where it lies, and so left a manifest."""

    SCAN = "scan"
    REPORT = "report"
    DECISIONS = "decisions"
    PURGE = "purge"
    EVIDENCE = "evidence"
    TELLING = "telling"
    WRITE_UP = "write-up"


WITH_RUN: Final = frozenset((Command.SCAN, Command.WRITE_UP))
"""The manifests that tell of the run itself; the others tell what was done with its case afterwards."""


@dataclass(frozen=True, slots=True)
class Output:
    """A file that was written. Of a workbook, what its sheets say (`reports.manifest`) and the digests of its rows."""

    path: Path
    kind: str
    sheets: Sequence[Mapping[str, Any]] = ()
    rows: Iterable[bytes] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A manifest file. `facts` is None where it is damaged; `wrong` says how."""

    path: Path
    digest: str
    octets: bytes
    facts: Mapping[str, Any] | None
    wrong: str = ""

    @property
    def outputs(self) -> Sequence[Mapping[str, Any]]:
        """What it says was written; nothing where it is damaged."""
        found: Sequence[Mapping[str, Any]] = (self.facts or {}).get("outputs", ())
        return found


def manifests_in(case: Path) -> list[Kept]:
    """The manifests of a case folder, in the order in which they were written. Raises ReportError."""
    folder = case / FOLDER
    with told(folder, "read"):
        names = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)] if folder.is_dir() else []
        return [read_manifest(path) for path in sorted(names, key=_place)]


def outputs_in(case: Path) -> Iterator[Mapping[str, Any]]:
    """What the manifests of a case folder say was written. Raises ReportError."""
    return (output for kept in manifests_in(case) for output in kept.outputs)


def read_manifest(path: Path) -> Kept:
    """The manifest in a file; one that is not as it was written has no facts. Raises OSError."""
    octets = path.read_bytes()
    digest = hashlib.sha256(octets).hexdigest()
    try:
        facts = json.loads(octets)
        if not isinstance(facts, dict) or canonical(facts) != octets:
            return Kept(path, digest, octets, None, "it is not in the form in which it was written")
        seal = facts.pop("seal", None)
    except (ValueError, TypeError, RecursionError):
        return Kept(path, digest, octets, None, "it is not JSON")
    if seal != hashlib.sha256(canonical(facts)).hexdigest():
        return Kept(path, digest, octets, None, "its content does not fit its own digest")
    if facts.get("schema") != SCHEMA:
        return Kept(path, digest, octets, None, "another version of missedbcc wrote it")
    if not has_shape(facts):
        return Kept(path, digest, octets, None, "it does not hold what a manifest holds")
    return Kept(path, digest, octets, facts)


@dataclass(frozen=True, slots=True)
class Writing:
    """A manifest that is to be written: of the run with this number, or of what was done with its case afterwards.

    `removed` are files that the command took away on purpose, and `found` such as lie there without a manifest.
    """

    case: Path
    run: int
    command: Command
    facts: Mapping[str, CanonicalValue]
    outputs: Sequence[Output] = ()
    removed: Sequence[Path] = ()
    database: Path | None = None
    key: SigningKey | None = field(default=None, repr=False)
    found: Sequence[Path] = ()


def write_manifest(writing: Writing) -> Kept:
    """Take the digests of what was written, and write the manifest behind the last one. Raises ReportError.

    The database must be closed by then, or its digest would be one of yesterday's.
    """
    folder = writing.case / FOLDER
    with told(folder, "written"), alone(folder):
        before = manifests_in(writing.case)
        target = _free_name(folder, writing.run, writing.command, before)
        try:
            _put_all(writing, target, before)
        except BaseException:
            if not target.exists():  # without it, nothing names what was put beside it
                for path in (signature_of(target), *(_rows_of(target, at) for at, _ in enumerate(writing.outputs, 1))):
                    path.unlink(missing_ok=True)
            raise
        return read_manifest(target)


def _put_all(writing: Writing, target: Path, before: Sequence[Kept]) -> None:
    facts: dict[str, CanonicalValue] = {
        "schema": SCHEMA,
        "number": len(before) + 1,
        "previous": before[-1].digest if before else None,
        "kind": str(writing.command),
        "run": writing.run,
        **writing.facts,
        "outputs": [_output(writing.case, target, one, at) for at, one in enumerate(writing.outputs, start=1)],
        "removed": [named(writing.case, path) for path in writing.removed],
        **({"found": [_file(writing.case, path) for path in writing.found]} if writing.found else {}),
        "database": _file(writing.case, writing.database) if writing.database else None,
        "signer": writing.key.public if writing.key else None,
    }
    facts["seal"] = hashlib.sha256(canonical(facts)).hexdigest()
    octets = canonical(facts)
    if writing.key:
        _put(signature_of(target), [writing.key.sign(octets)])
    _put(target, [octets])


def rows_of(case: Path, workbooks: Iterable[Path]) -> list[Path]:
    """The files with the digests of the rows of these workbooks. Raises ReportError."""
    names = {named(case, path) for path in workbooks}
    found = {Path(one["rows"]["path"]) for one in outputs_in(case) if "rows" in one and one["path"] in names}
    # Only what is ours: a manifest that somebody wrote may name any file.
    return sorted(case / path for path in found if path.parent == Path(FOLDER) and path.suffix == ".rows")


def signature_of(manifest: Path) -> Path:
    """Where the signature of a manifest lies."""
    return manifest.with_suffix(".sig")


def _place(path: Path) -> tuple[int, int]:
    found = _NAME.fullmatch(path.name)
    return (int(found[1]), int(found[2] or 1)) if found else (0, 0)


def run_in_name(path: Path) -> int:
    """The number of the run that a manifest has in its name; 0 for another file."""
    return _place(path)[0]


def _free_name(folder: Path, run: int, command: Command, before: Sequence[Kept]) -> Path:
    """The name of the next manifest: always behind all others, with the number of its run where that is behind them.

    What follows the scan of a run is counted on, whichever command left it. While a scan goes on, its run has none yet,
    and a case that was begun anew in a folder with manifests has another first run.
    """
    last, count = max((_place(kept.path) for kept in before), default=(0, 0))
    if run > last and command in WITH_RUN:
        return folder / (f"run-{run:04}.json" if command is Command.SCAN else f"run-{run:04}-{command}-2.json")
    return folder / f"run-{last or run:04}-{command}-{max(count, 1) + 1}.json"


def _file(case: Path, path: Path) -> dict[str, CanonicalValue]:
    found = file_digest(path)
    return {"path": named(case, path), "size": found.size, "sha256": found.sha256}


def named(case: Path, path: Path) -> str:
    """The name of a file in manifests: below the case folder from there on, elsewhere the whole path."""
    whole = Path(os.path.abspath(path))
    try:
        return whole.relative_to(os.path.abspath(case)).as_posix()
    except ValueError:
        return str(whole)


def _output(case: Path, manifest: Path, output: Output, number: int) -> dict[str, CanonicalValue]:
    said: dict[str, CanonicalValue] = {**_file(case, output.path), "kind": output.kind}
    if not output.sheets:
        return said
    rows = _rows_of(manifest, number)
    _put(rows, output.rows)
    return {**said, "sheets": [dict(sheet) for sheet in output.sheets], "rows": _file(case, rows)}


def _rows_of(manifest: Path, number: int) -> Path:
    """Where the digests of the rows of its first, second, ... output lie."""
    return manifest.with_name(f"{manifest.stem}{'' if number == 1 else f'-{number}'}.rows")


def _put(target: Path, pieces: Iterable[bytes]) -> None:
    with whole_file(target) as stream:
        stream.writelines(pieces)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a second command from writing behind the same manifest. The folder is made where necessary."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def told(folder: Path, done: str) -> Iterator[None]:
    """Turn what the operating system says into a ReportError."""
    try:
        yield
    except OSError as error:
        raise ReportError(
            f"The manifest in {folder} cannot be {done}: {error.strerror or type(error).__name__}.",
            "Correct that; `missedbcc report` writes the workbook and a manifest again.",
        ) from error
