"""A scan that was stopped in a folder that is read whole each time, and to which mail came or from which it went."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from scanner import stretch
from scanner.connectors import message_file
from scanner.envelope import Reading
from scanner.store import open_store
from tests.cli.command import message, scan


def come(box: Path) -> None:
    (box / "0.eml").write_bytes(message(0))


def go(box: Path) -> None:
    (box / "1.eml").unlink()


@pytest.mark.parametrize("changed", [come, go])
@pytest.mark.parametrize("known", [False, True])
def test_to_read_it_from_its_start_is_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool, changed: Callable[[Path], None]
) -> None:
    box = tmp_path / "Sent"
    box.mkdir()
    for number, shown in enumerate((1, 12, 12), start=1):
        (box / f"{number}.eml").write_bytes(message(number, shown))
    if known:
        scan(tmp_path, "Sent", code=4)
    read, real = count(), message_file._reading

    def stop(*given: object) -> Reading:
        if next(read) == 2:
            raise KeyboardInterrupt
        return real(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(message_file, "_reading", stop)
        patched.setattr(stretch, "_STRETCH_MESSAGES", 1)
        scan(tmp_path, "Sent", code=3)
    changed(box)
    assert "Found 2 incidents" in scan(tmp_path, "Sent", code=0 if known else 4)
    with open_store(tmp_path / "missedbcc-case" / "case.sqlite") as store:
        assert [run.alarms for run in store.runs()] == [()] * (3 if known else 2)
