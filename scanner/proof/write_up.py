"""What a command that was killed leaves behind: a run of which no manifest tells, files that none names, half files."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from scanner.proof.manifest import (
    FOLDER,
    WITH_RUN,
    alone,
    manifests_in,
    named,
    outputs_in,
    run_in_name,
    signature_of,
    told,
)

_OURS: Final = re.compile(r"missedbcc-run-(\d{4,})(?:-redacted)?(?:-\d+)?(?:\.xlsx|-(?:csv|json|parquet))")
_SCRAP: Final = re.compile(r"\.(?:missedbcc-run|run)-\d{4,}.*\.part")
_BESIDE: Final = re.compile(r"run-(\d{4,}).*\.(?:rows|sig)")


def untold(case: Path, name: str, runs: Iterable[int]) -> list[int]:
    """The runs of the case with this name of which no manifest tells, in ascending order. Raises ReportError.

    A manifest that is damaged tells of the run whose number it has in its name.
    """
    told_of = set()
    for kept in manifests_in(case):
        if kept.facts is None:
            told_of.add(run_in_name(kept.path))
        elif kept.facts["kind"] in WITH_RUN and kept.facts.get("case") == name:
            told_of.add(kept.facts["run"])
    return sorted(number for number in runs if number not in told_of)


def unnamed(case: Path) -> list[Path]:
    """Workbooks and tables with names that we give, and what is kept of them, that no manifest names.

    Raises ReportError.
    """
    known: set[str] = set()
    for kept in manifests_in(case):
        facts = kept.facts or {}
        known.update(one["path"] for part in ("outputs", "found") for one in facts.get(part, ()))
    found: list[Path] = []
    with told(case, "written"), alone(case / FOLDER):
        found += _spared(case)
        for path in sorted(case.iterdir()):
            if _OURS.fullmatch(path.name):
                found += sorted(path.iterdir()) if path.is_dir() else [path]
    return [path for path in found if path.is_file() and named(case, path) not in known]


def clear(case: Path) -> list[Path]:
    """Take away half-made files, and what was made for a manifest that is not there; gives them. Raises ReportError.

    What could show a change to a workbook that is still there stays. Only to be called by who holds the case.
    """
    folder = case / FOLDER
    with told(folder, "written"), alone(folder):
        needed = _needed(case).union(_spared(case))
        scraps = [path for place in (case, folder) for path in sorted(place.iterdir()) if _SCRAP.fullmatch(path.name)]
        scraps += [path for path in sorted(folder.iterdir()) if _BESIDE.fullmatch(path.name) and path not in needed]
        for path in scraps:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    return scraps


def _needed(case: Path) -> set[Path]:
    """What lies beside a manifest that is there."""
    needed: set[Path] = set()
    for kept in manifests_in(case):
        needed.add(signature_of(kept.path))
        needed.update(case / one["rows"]["path"] for one in kept.outputs if "rows" in one)
        if kept.facts is None:  # what it named, nobody knows any more
            needed.update(kept.path.parent.glob(f"{kept.path.stem}*.rows"))
    return needed


def _spared(case: Path) -> list[Path]:
    """Digests of rows and signatures without a manifest, of a run with a workbook there that may be theirs.

    That is one which no manifest tells the making of.
    """
    made = {one["path"] for one in outputs_in(case)}
    names = (_OURS.fullmatch(path.name) for path in case.glob("*.xlsx") if named(case, path) not in made)
    runs = {name[1] for name in names if name}
    needed = _needed(case)
    beside = ((path, _BESIDE.fullmatch(path.name)) for path in sorted((case / FOLDER).iterdir()))
    return [path for path, name in beside if name and name[1] in runs and path not in needed]
