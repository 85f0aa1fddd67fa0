"""R1 and R3: the command is killed at, or fails in, each call that changes a file, and is run again to its end.

    LD_PRELOAD=nth_call.so python -m tests.faults.writes FOLDER ACTION STEP SCENARIOS

`measure` compiles the library and starts this. Prints what came of it as JSON.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from scanner.decision import Question
from scanner.review import review
from scanner.store import open_store
from tests.cli.command import LOADED, ended, mail, message, start
from tests.cli.test_round_trip import typed
from tests.faults.figure import Figure

SOURCE = Path(__file__).with_name("nth_call.c")
ACTIONS = {"killed": 1, "input or output error": 2, "disk full": 3, "quota exceeded": 4, "read-only": 5}
_HEAVY = ("scanner", "reports", "sqlalchemy", "openpyxl", "alembic", "lxml", "typer", "rich")
_CASE = "missedbcc-case"
_ENDED = (0, 4)  # everything was read
_TOLD = (*_ENDED, 1, 3)


def compiler() -> str | None:
    """A C compiler, where there is one."""
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def sampled(fault: str, share: float) -> tuple[int, int]:
    """Of how many calls one is hit, and in how many scenarios: a share of 1 is 1,000 kills, or 300 failures a kind."""
    return max(1, round((7 if fault == "killed" else 20) / share)), 20


def measure(fault: str, step: int, scenarios: int, seconds: float = 14_000) -> Figure:
    """Each `step`th call of so many scenarios, within so many seconds; the command must recover from all."""
    figure = Figure(f"R{1 if fault == 'killed' else 3} {fault} at a call that changes a file", changed=None)
    with tempfile.TemporaryDirectory(prefix="mbfault") as folder:
        library = Path(folder) / "nth_call.so"
        subprocess.run(
            [compiler() or "cc", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"], check=True, timeout=600
        )
        command = [sys.executable, "-m", "tests.faults.writes", folder, fault, str(step), str(scenarios)]
        environment = {**os.environ, "LD_PRELOAD": str(library)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode:
        figure.wrong.append(done.stderr[-500:])
        return figure
    told = json.loads(done.stdout.splitlines()[-1])
    figure.cases, figure.also, figure.wrong = told["points"], f"{told['hit']} took effect", told["wrong"]
    for sentence in told["sentences"]:
        figure.hear(sentence, fault)
    for case, whole, found in told["different"]:
        figure.compare(whole, found, case)
    return figure


# ---- in the process whose calls fail


def _scenarios(count: int) -> Iterator[tuple[str, list[int], list[int]]]:
    """Name, outsiders of the letters of a first run that is left alone, and of those that the second run meets.

    Between the two, somebody types decisions into the workbook.
    """
    for number in range(count):
        first = [] if number % 2 == 0 else [12] * (3 + number)
        yield f"scenario {number}", first, [1, 12, 30, 2, 14, 1][: 2 + number % 5] * (1 + number // 4)


def _command(folder: Path, point: int, action: int) -> tuple[int, int, str]:
    """The command in a child; its exit code (-9 for killed), its calls, and what it said last."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _in_child(folder, point, action, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        calls = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), int(calls or b"0"), (folder / "err").read_text("utf-8", "replace")


def _in_child(folder: Path, point: int, action: int, writing: int) -> None:
    from scanner.cli import main  # noqa: PLC0415 - the parent has loaded it

    os.chdir(folder)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.argv = ["missedbcc", "scan", "Sent.mbox", "--internal", "corp.example"]
    library = ctypes.CDLL(None)
    library.faults_arm(ctypes.c_long(point), action)
    code = 1
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    calls = library.faults_count()
    library.faults_arm(0, 0)
    sys.stderr.flush()
    os.write(writing, str(calls).encode())
    os._exit(code)


def _told(folder: Path) -> list[str]:
    """What the case holds, and what the last workbook is: each place once."""
    with closing(sqlite3.connect(folder / _CASE / "case.sqlite")) as database:
        answers = database.execute("SELECT subject, question, value FROM answer WHERE effect = 'taken'").fetchall()
    with open_store(folder / _CASE / "case.sqlite") as store:
        found = [f"{one.identity} {place}" for one in store.candidates() for place in one.locations]
        found += [f"{one.id} {len(one.affected)}" for one in review(store).incidents()]
        return [*map(str, answers), *found, *(f"{one.folder} {one.read} {one.finished}" for one in store.coverage())]


def _prepared(folder: Path, first: list[int], then: list[int]) -> None:
    folder.mkdir()
    if first:
        mail(folder / "Sent.mbox", first)
        _command(folder, 0, 0)
        (book,) = (folder / _CASE).glob("*.xlsx")
        typed(book, (Question.STATUS, "Closed"), (Question.NOTE, "They agreed."))
    with (folder / "Sent.mbox").open("ab") as box:
        for number, outsiders in enumerate(then, start=len(first)):
            box.write(b"From sales@corp.example Mon Jul  6 10:00:00 2020\n" + message(number, outsiders) + b"\n")


def _load(folder: Path) -> None:
    """Load what the command loads, once for all children: that is half of the time of each."""
    folder.mkdir()
    mail(folder / "Sent.mbox", [12])
    said = ended(start(folder, "scan", "Sent.mbox", "--internal", "corp.example", program=LOADED)).err
    for name in said.splitlines()[-1].split():
        if name.partition(".")[0] in _HEAVY:
            importlib.import_module(name)


def main(root: Path, fault: str, step: int, scenarios: int) -> None:
    """All points of all scenarios."""
    _load(root / "loaded")
    report: dict[str, list[object]] = {"wrong": [], "sentences": [], "different": []}
    points = hit = 0
    for name, first, then in _scenarios(scenarios):
        whole_folder, fresh = root / "whole", root / "fresh"
        _prepared(fresh, first, then)
        shutil.copytree(fresh, whole_folder)
        _, calls, _ = _command(whole_folder, 0, 0)
        whole = _told(whole_folder)
        for point in range(1, calls + 1, step):
            folder, about = root / "case", f"{name}, call {point} of {calls}"
            shutil.copytree(fresh, folder)
            code, _, said = _command(folder, point, ACTIONS[fault])
            points, hit = points + 1, hit + (code not in _ENDED)
            if code != -9:
                if code not in _TOLD or "Traceback" in said:
                    report["wrong"].append(f"{about}: code {code}: {said[-300:]}")
                elif code not in _ENDED:
                    report["sentences"].append(_sentence(said))
            again, _, said = _command(folder, 0, 0)
            if again not in _ENDED:
                report["wrong"].append(f"{about}: the next run ended with {again}: {said[-300:]}")
            elif (found := _told(folder)) != whole:
                report["different"].append((about, whole, found))
            elif not _workbooks(folder):
                report["wrong"].append(f"{about}: no whole workbook")
            shutil.rmtree(folder)
        shutil.rmtree(whole_folder)
        shutil.rmtree(fresh)
    sys.stdout.write(json.dumps({"points": points, "hit": hit, **report}) + "\n")


def _sentence(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("  ")]
    return lines[-1].removeprefix("Error: ") if lines else ""


def _workbooks(folder: Path) -> bool:
    """Whether each workbook in the case is whole."""
    books = list((folder / _CASE).glob("*.xlsx"))
    return bool(books) and all(zipfile.ZipFile(book).testzip() is None for book in books)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
