"""A case to which something was done: a file taken away, swapped, put in, or played in from another case."""

from __future__ import annotations

import fcntl
import shutil
import threading
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import IO

import pytest

from reports.workbook_check import changes
from scanner.case import Run
from scanner.policy import Policy
from scanner.proof.check import DATABASE, Wanted, check_case
from scanner.proof.findings import State
from scanner.proof.manifest import Kept, manifests_in
from scanner.proof.signature import public_key_in
from scanner.store import open_store
from tests.proof.cases import Made, make


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Made]:
    """Two cases that are signed with one key."""
    folder = tmp_path_factory.mktemp("two")
    one = make(folder / "case", runs=2, signed=True)
    other = Made(folder / "other", one.key)
    other.folder.mkdir()
    other.run()
    other.run()
    return one, other


@pytest.fixture
def case(two: tuple[Made, Made], tmp_path: Path) -> Made:
    return Made(Path(shutil.copytree(two[0].folder, tmp_path / "case")), two[0].key)


def files(made: Made) -> dict[str, bytes]:
    found = {
        path.relative_to(made.folder).as_posix(): path.read_bytes()
        for path in sorted(made.folder.rglob("*"))
        if path.is_file()
    }
    return {name: octets for name, octets in found.items() if not name.endswith(".lock")}


def wrong(made: Made) -> set[str]:
    return {subject for _, subject in made.wrong(Wanted(public_key_in(made.public)))}


def test_every_file_that_is_taken_away_is_missed(case: Made) -> None:
    for name, octets in files(case).items():
        (case.folder / name).unlink()
        missed = f"book-{Path(name).stem[-1]}.xlsx" if name.endswith(".json") else name  # what none names any more
        assert missed in wrong(case), name
        (case.folder / name).write_bytes(octets)
    assert wrong(case) == set()


def test_every_two_files_that_are_swapped_are_both_found(case: Made) -> None:
    before = files(case)
    pairs = [pair for pair in combinations(before, 2) if before[pair[0]] != before[pair[1]]]
    assert len(pairs) > len(before)
    for one, other in pairs:
        (case.folder / one).write_bytes(before[other])
        (case.folder / other).write_bytes(before[one])
        assert {one, other} <= wrong(case)
        (case.folder / one).write_bytes(before[one])
        (case.folder / other).write_bytes(before[other])
    assert wrong(case) == set()


@pytest.mark.parametrize("cut", [0, 1, 63, -1])
def test_every_file_that_is_cut_is_found(case: Made, cut: int) -> None:
    for name, octets in files(case).items():
        (case.folder / name).write_bytes(octets[:cut])
        assert name in wrong(case), name
        (case.folder / name).write_bytes(octets)


@pytest.mark.parametrize(
    ("runs", "where"), [("1", "manifests/run-0002.json"), ("2", "manifests/run-0002.json"), ("12", DATABASE)]
)
def test_manifests_of_another_case_are_found_though_the_same_key_signed_them(
    two: tuple[Made, Made], case: Made, runs: str, where: str
) -> None:
    """They are sound, and the workbooks are those that they name: what does not fit is the chain, or the database."""
    other = files(two[1])
    for run in runs:
        for ending in ("json", "sig", "rows"):
            name = f"manifests/run-000{run}.{ending}"
            (case.folder / name).write_bytes(other[name])
    assert where in wrong(case)


def test_a_manifest_played_in_behind_the_last_is_found(two: tuple[Made, Made], case: Made) -> None:
    other = files(two[1])
    for ending in ("json", "sig", "rows"):
        (case.folder / f"manifests/run-0003.{ending}").write_bytes(other[f"manifests/run-0002.{ending}"])
    assert "manifests/run-0003.json" in wrong(case)


@pytest.mark.parametrize(
    "name", ["x", "missedbcc-run-0009.xlsx", "manifests/run-0009.rows", "manifests/run-0009.sig", "below/book-1.xlsx"]
)
def test_a_file_that_is_put_in_is_found(case: Made, name: str) -> None:
    (case.folder / name).parent.mkdir(exist_ok=True)
    (case.folder / name).write_bytes(b"x")
    assert case.wrong() == [(State.UNKNOWN, name)]


def test_while_a_command_has_the_case_what_it_may_have_in_hand_is_in_use(case: Made) -> None:
    before = {path: path.stat().st_mtime_ns for path in case.folder.rglob("*")}
    with open_store(case.folder / DATABASE) as store, store.scanning():
        store.begin(Run(0, datetime(2026, 11, 22, tzinfo=UTC), None, "0.1.0", Policy(), (), ()))
        (case.folder / ".missedbcc-run-0003.xlsx.abc.part").write_bytes(b"x")
        (case.folder / "manifests/run-0001.sig").write_bytes(b"x")
        found = {one.subject: one for one in case.found() if not one.state.fine}
        assert {name: str(one.state) for name, one in found.items()} == {
            DATABASE: "in use", ".missedbcc-run-0003.xlsx.abc.part": "in use", "manifests/run-0001.sig": "damaged",
        }  # fmt: skip
        assert found[DATABASE].sentence.endswith("check again when it is done.")
    (case.folder / ".missedbcc-run-0003.xlsx.abc.part").unlink()
    assert {str(state) for state, _ in case.wrong()} == {"changed", "damaged"}
    assert before.keys() <= {*case.folder.rglob("*")}


def test_a_case_whose_first_command_is_still_at_work_is_in_use_and_lacks_manifests_after_that(case: Made) -> None:
    shutil.rmtree(case.folder / "manifests")
    with open_store(case.folder / DATABASE) as store, store.scanning():
        assert {str(one.state) for one in case.found() if one.subject == "manifests"} == {"in use"}
    assert {str(one.state) for one in case.found() if one.subject == "manifests"} == {"missing"}


def test_a_command_that_ends_while_its_lines_are_told_leaves_nothing_unknown(case: Made) -> None:
    told = check_case(case.folder, changes)
    assert next(told).state is State.AS_WRITTEN
    case.run(report=True)
    assert {one.state for one in told if not one.state.fine} == {State.IN_USE}


def test_a_command_that_ends_once_the_manifests_are_read_leaves_nothing_unknown(
    case: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_report(folder: Path) -> list[Kept]:
        kept = manifests_in(folder)
        case.run(report=True)
        return kept

    monkeypatch.setattr("scanner.proof.check.manifests_in", read_then_report)
    assert {state for state, _ in case.wrong()} == {State.IN_USE}


def test_a_look_at_a_case_takes_it_from_nobody(case: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wants the case waits out the instant for which verify has a part of its lock."""
    monkeypatch.setattr("scanner.store.store._PATIENCE", 240.0)  # however busy this machine is
    let_go: list[bool] = []

    def end_the_look(lock: IO[bytes]) -> None:
        let_go.append(True)
        fcntl.flock(lock, fcntl.LOCK_UN)

    with open_store(case.folder / DATABASE) as store:
        with store.scanning():
            pass
        with (case.folder / f"{DATABASE}.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            look = threading.Timer(0.1, end_the_look, (lock,))
            look.start()
            with store.scanning():
                assert let_go
            look.join()
