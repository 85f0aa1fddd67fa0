"""A case beside its manifests: every change is found and told, and what people fill in is none."""

from __future__ import annotations

import json
import random
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from reports.workbook_check import changes
from scanner.case import Run
from scanner.policy import Policy
from scanner.proof.canonical import canonical
from scanner.proof.check import DATABASE, Wanted, check_case
from scanner.proof.findings import Found, State
from scanner.proof.signature import public_key_in
from scanner.store import open_store
from tests.proof.cases import Made, make
from tests.reports.test_manifest import human

FLIPS = 200


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("plain") / "case")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("signed") / "case", signed=True)


@pytest.fixture
def copy(plain: Made, tmp_path: Path) -> Made:
    return Made(Path(shutil.copytree(plain.folder, tmp_path / "case")), plain.key)


@pytest.fixture
def signed_copy(signed: Made, tmp_path: Path) -> Made:
    return Made(Path(shutil.copytree(signed.folder, tmp_path / "signed")), signed.key)


def wanted(made: Made) -> Wanted:
    return Wanted(public_key_in(made.public))


def sealed(path: Path, **changed: object) -> None:
    """Change a manifest as somebody would who knows how it is made."""
    facts: dict[str, Any] = json.loads(path.read_bytes()) | changed
    facts.pop("seal")
    facts["seal"] = sha256(canonical(facts)).hexdigest()
    path.write_bytes(canonical(facts))


def test_all_is_as_it_was_written(plain: Made, signed: Made) -> None:
    assert plain.wrong() == []
    assert signed.wrong() == signed.wrong(wanted(signed)) == []
    assert {one.subject for one in signed.found()} == {"manifests", *(f"book-{n}.xlsx" for n in (1, 2, 3)), DATABASE}


def test_the_files_are_for_their_owner_alone(signed: Made) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (signed.folder / "manifests").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((signed.folder / "manifests").stat().st_mode) == 0o700
    assert signed.key is not None
    assert stat.S_IMODE(signed.key.stat().st_mode) == 0o600


def test_two_hundred_flipped_bytes_are_two_hundred_findings(signed_copy: Made) -> None:
    chance = random.Random(20261122)  # noqa: S311 - the same bytes in every run
    files = [
        path
        for pattern in ("book-*.xlsx", "manifests/run-*", DATABASE)
        for path in sorted(signed_copy.folder.glob(pattern))
    ]
    missed = []
    for number in range(FLIPS):
        file = files[number % len(files)]
        octets = file.read_bytes()
        place, bit = chance.randrange(len(octets)), 1 << chance.randrange(8)
        file.write_bytes(octets[:place] + bytes([octets[place] ^ bit]) + octets[place + 1 :])
        named = file.relative_to(signed_copy.folder).as_posix()
        if named not in {subject for _, subject in signed_copy.wrong()}:
            missed.append((named, place, bit))
        file.write_bytes(octets)
    assert missed == []
    assert signed_copy.wrong() == []


@pytest.mark.parametrize("name", ["book-2.xlsx", "manifests/run-0003.json", "manifests/run-0001.rows", DATABASE])
@pytest.mark.parametrize("spoil", [lambda o: o[:-1], lambda o: o + b"\n", lambda o: o[: len(o) // 2], lambda o: b""])
def test_what_is_cut_or_has_grown_is_found(copy: Made, name: str, spoil: Callable[[bytes], bytes]) -> None:
    file = copy.folder / name
    file.write_bytes(spoil(file.read_bytes()))
    assert name in {subject for _, subject in copy.wrong()}


def test_exchanged_files_are_both_found(copy: Made) -> None:
    one, other = copy.folder / "book-1.xlsx", copy.folder / "book-2.xlsx"
    other.write_bytes(other.read_bytes() + b" ")
    before = one.read_bytes(), other.read_bytes()
    one.write_bytes(before[1])
    other.write_bytes(before[0])
    assert (State.CHANGED, "book-1.xlsx") in copy.wrong()


@pytest.mark.parametrize("number", [1, 2])
def test_a_manifest_taken_out_of_the_middle_is_told(copy: Made, number: int) -> None:
    (copy.folder / f"manifests/run-{number:04}.json").unlink()
    found = copy.found()
    assert found[0].state is State.MISSING
    assert found[0].sentence == f"Manifest {number} was taken out before this one."
    assert (State.UNKNOWN, f"book-{number}.xlsx") in copy.wrong()


def test_the_last_manifest_taken_away_leaves_files_that_none_names(copy: Made) -> None:
    last = copy.folder / "manifests/run-0003.json"
    digest = sha256(last.read_bytes()).hexdigest()
    last.unlink()
    wrong = copy.wrong(Wanted(digest=digest))
    assert {(State.UNKNOWN, "book-3.xlsx"), (State.MISSING, "manifests"), (State.CHANGED, DATABASE)} <= {*wrong}


def test_manifests_in_another_order_are_told(copy: Made) -> None:
    one, other = copy.folder / "manifests/run-0001.json", copy.folder / "manifests/run-0002.json"
    before = one.read_bytes(), other.read_bytes()
    one.write_bytes(before[1])
    other.write_bytes(before[0])
    assert {"manifests/run-0001.json", "manifests/run-0002.json"} <= {subject for _, subject in copy.wrong()}


def test_an_earlier_manifest_written_anew_breaks_the_chain(copy: Made) -> None:
    sealed(copy.folder / "manifests/run-0002.json", exit_status=0)
    assert (State.CHANGED, "manifests/run-0003.json") in copy.wrong()


def test_the_last_manifest_written_anew_is_found_by_its_signature_or_by_a_digest_kept_elsewhere(
    copy: Made, signed_copy: Made
) -> None:
    for made in (copy, signed_copy):
        kept = (made.folder / "manifests/run-0003.json").read_bytes()
        sealed(made.folder / "manifests/run-0003.json", exit_status=0)
        digest = sha256(kept).hexdigest()
        assert (State.MISSING, "manifests") in made.wrong(Wanted(digest=digest))
    assert (State.DAMAGED, "manifests/run-0003.sig") in signed_copy.wrong()


def facts_of(made: Made) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((made.folder / "manifests/run-0003.json").read_bytes())
    return facts


def places(value: object, *place: str | int) -> Iterator[tuple[str | int, ...]]:
    """The place of every value inside another; of lists the first."""
    yield place
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, *place, name)
    elif isinstance(value, list) and value:
        yield from places(value[0], *place, 0)


@pytest.mark.parametrize("other", [None, 7, -1, True, "x", "a\0b", [], [None], {}, {"path": "x"}])
def test_whatever_stands_in_a_sealed_manifest_is_a_finding_and_no_fault(copy: Made, other: object) -> None:
    before = facts_of(copy)
    file = copy.folder / "manifests/run-0003.json"
    for name in ("outputs", "removed", "database", "signer", "run", "number", "previous"):
        for place in places(before[name], name):
            facts: Any = json.loads(json.dumps(before))
            inside = facts
            for step in place[:-1]:
                inside = inside[step]
            if inside[place[-1]] == other:
                continue
            inside[place[-1]] = other
            sealed(file, **facts)
            found = copy.found()
            assert found, place


@pytest.mark.parametrize("name", ["outputs", "removed", "database", "run"])
def test_a_sealed_manifest_of_another_shape_is_damaged(copy: Made, name: str) -> None:
    sealed(copy.folder / "manifests/run-0003.json", **{name: {"a": 1}})
    found = {one.subject: one for one in copy.found()}["manifests/run-0003.json"]
    assert found.state is State.DAMAGED
    assert "it does not hold what a manifest holds" in found.sentence


def test_a_case_without_a_signature_does_not_pass_for_a_signed_one(copy: Made, signed: Made) -> None:
    assert len(copy.wrong(wanted(signed))) == 3


def test_a_stranger_s_key_is_told(signed_copy: Made, tmp_path: Path) -> None:
    stranger = make(tmp_path / "other", runs=1, signed=True)
    wrong = signed_copy.wrong(wanted(stranger))
    assert {state for state, _ in wrong} == {State.CHANGED}
    assert len(wrong) == 3


def test_a_signature_taken_away_is_told(signed_copy: Made) -> None:
    (signed_copy.folder / "manifests/run-0002.sig").unlink()
    assert signed_copy.wrong() == [(State.MISSING, "manifests/run-0002.sig")]


def test_filled_cells_are_no_change_and_facts_are(copy: Made) -> None:
    book = load_workbook(copy.folder / "book-1.xlsx")
    sheet = book["Incidents"]
    sheet.cell(*human(sheet)).value = "in review"
    book.save(copy.folder / "book-1.xlsx")
    found = {one.subject: one for one in copy.found()}["book-1.xlsx"]
    assert found.state is State.FILLED
    assert found.sentence.startswith("1 human cell on Incidents filled in or changed; the facts are unchanged.")
    assert copy.wrong() == []
    sheet.cell(human(sheet)[0], 2).value = "never"
    book.save(copy.folder / "book-1.xlsx")
    found = {one.subject: one for one in copy.found()}["book-1.xlsx"]
    assert found.state is State.CHANGED
    assert "Facts were changed: 1 row on Incidents changed. Besides, 1 human cell" in found.sentence


def test_a_file_that_no_manifest_names_is_told_and_an_open_office_is_not(copy: Made) -> None:
    (copy.folder / "notes.txt").write_text("x")
    (copy.folder / ".~lock.book-1.xlsx#").write_text("x")
    (copy.folder / "~$book-1.xlsx").write_text("x")
    assert copy.wrong() == [(State.UNKNOWN, "notes.txt")]


def test_a_schedule_and_a_copy_from_before_an_update_are_no_strangers(copy: Made) -> None:
    (copy.folder / "schedule.json").write_text("{}")
    (copy.folder / f"{DATABASE}.before-0003").write_bytes(b"x")
    assert copy.wrong() == []
    (copy.folder / "below").mkdir()
    for name in ("schedule.json", f"{DATABASE}.before-0003"):
        (copy.folder / "below" / name).write_bytes(b"x")
    assert len(copy.wrong()) == 2


def test_a_run_that_was_killed_is_named(copy: Made) -> None:
    with open_store(copy.folder / DATABASE) as store:
        store.begin(Run(0, datetime(2026, 11, 22, tzinfo=UTC), None, "0.1.0", Policy(), (), ()))
    before = {path: path.stat().st_mtime_ns for path in copy.folder.rglob("*")}
    found = next(one for one in copy.found() if one.subject == DATABASE)
    assert "by run 4 (killed, or still running), which left no manifest" in found.sentence
    assert {path: path.stat().st_mtime_ns for path in copy.folder.rglob("*")} == before


def test_what_is_not_merged_yet_is_told(copy: Made) -> None:
    with open_store(copy.folder / DATABASE) as store:
        store.begin(Run(0, datetime(2026, 11, 22, tzinfo=UTC), None, "0.1.0", Policy(), (), ()))
        assert (copy.folder / f"{DATABASE}-wal").stat().st_size
        found = next(one for one in copy.found() if one.subject == DATABASE)
    assert "by run 4" in found.sentence


def test_a_report_follows_its_run(copy: Made) -> None:
    kept = copy.run(report=True)
    assert kept.path.name == "run-0003-report-2.json"
    assert copy.run(report=True).path.name == "run-0003-report-3.json"
    assert copy.run().path.name == "run-0004.json"
    assert copy.wrong() == []


def test_a_case_without_manifests_is_not_fine(copy: Made) -> None:
    shutil.rmtree(copy.folder / "manifests")
    assert (State.MISSING, "manifests") in copy.wrong()


def test_a_case_in_which_nothing_was_begun_misses_no_manifest(tmp_path: Path) -> None:
    with open_store(tmp_path / DATABASE):
        pass

    def found_in(folder: Path, wanted: Wanted | None = None) -> list[Found]:
        return list(check_case(folder, changes, wanted))

    (found,) = found_in(tmp_path)
    assert (found.state, found.state.fine) == (State.NOTE, True)
    assert "tells of no run" in found.sentence
    for asked in (Wanted(public="0" * 64), Wanted(digest="0" * 64)):
        assert State.MISSING in {one.state for one in found_in(tmp_path, asked)}
    (tmp_path / "missedbcc-run-0001.xlsx").write_bytes(b"x")
    assert {one.state for one in found_in(tmp_path)} == {State.NOTE, State.UNKNOWN}
    (tmp_path / "missedbcc-run-0001.xlsx").unlink()
    with open_store(tmp_path / DATABASE) as store:
        store.begin(Run(0, datetime(2026, 11, 22, tzinfo=UTC), None, "0.1.0", Policy(), (), ()))
    assert [one.state for one in found_in(tmp_path)] == [State.MISSING]
    (tmp_path / DATABASE).write_bytes(b"")
    assert [one.state for one in found_in(tmp_path)] == [State.MISSING]


def test_a_manifest_behind_a_damaged_one_is_written_all_the_same(copy: Made) -> None:
    (copy.folder / "manifests/run-0002.json").write_bytes(b"{")
    copy.run()
    assert {s for _, s in copy.wrong()} == {
        "manifests/run-0002.json", "manifests/run-0003.json", "manifests/run-0002.rows", "book-2.xlsx"
    }  # fmt: skip


def test_a_case_that_moved_is_the_same(copy: Made) -> None:
    moved = Made(copy.folder.rename(copy.folder.with_name("elsewhere")), None)
    assert moved.wrong() == []
