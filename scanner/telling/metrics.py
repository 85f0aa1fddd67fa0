"""The figures of the last run in the text format of Prometheus, for the textfile collector of its node exporter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from scanner.case import Alarm
from scanner.telling.failure import CannotTell
from scanner.telling.summary import Summary
from scanner.whole_file import whole_file

_MODE: Final = 0o644  # the collector is another user; the file names nobody
_INCIDENTS: Final = {
    "incidents": "all",
    "new": "new",
    "known": "known",
    "changed": "changed",
    "reopened": "reopened",
}
_WAITING: Final = {"open_conflicts": "conflict", "open_refusals": "not_taken"}
_MESSAGES: Final = ("read", "unreadable", "skipped", "missing")


def exposition(summary: Summary, complete: datetime | None, failed: int = 0) -> str:
    """The whole file (text format 0.0.4).

    `complete` is when the last run ended that read everything and has its workbook, None where none ever did. `failed`
    is how many ways of telling failed.
    """
    counts = summary.counts
    incidents = {state: counts[name] for name, state in _INCIDENTS.items() if name in counts}
    messages = {state: counts[state] for state in _MESSAGES if state in counts}
    waiting = {state: counts[name] for name, state in _WAITING.items() if name in counts}
    gauges: list[tuple[str, str, str, Mapping[str, float]]] = [
        ("run_timestamp_seconds", "When the last run ended.", "", {"": summary.finished.timestamp()}),
        (
            "complete_run_timestamp_seconds",
            "When the last run ended that read everything and has its workbook.",
            "",
            {"": complete.timestamp()} if complete else {},
        ),
        ("run_duration_seconds", "How long the last run took.", "", {"": summary.seconds}),
        (
            "run_exit_code",
            "Its exit code: 0 clean, 1 failed, 2 settings, 3 incomplete, 4 new.",
            "",
            {"": summary.exit_code},
        ),
        ("run_late", "Whether runs did not come as often as they should.", "", {"": int(bool(summary.late))}),
        ("accounts_not_read", "Accounts that the last run did not read to their end.", "", {"": len(summary.gaps)}),
        (
            "alarms",
            "What the last run met and somebody must look at, although nothing may be missing.",
            "kind",
            {str(alarm): summary.alarms.get(alarm, 0) for alarm in Alarm if alarm is not Alarm.NOT_TOLD},
        ),
        ("not_told", "How many ways of telling failed after the last run.", "", {"": failed}),
        ("open_answers", "Answers typed into workbooks that wait for somebody.", "state", waiting),
        ("messages", "Messages that the case accounts for, in the folders of the last run.", "state", messages),
        ("incidents", "Incidents of the case.", "state", incidents),
        (
            "affected_people",
            "People affected, counted once.",
            "",
            {"": counts["affected_people"]} if "affected_people" in counts else {},
        ),
    ]
    lines = [line for gauge in gauges for line in _gauge(summary.case, *gauge)]
    return "\n".join([*lines, ""])


def _gauge(case: str, name: str, words: str, label: str, values: Mapping[str, float]) -> Iterator[str]:
    if not values:
        return
    yield f"# HELP missedbcc_{name} {words}"
    yield f"# TYPE missedbcc_{name} gauge"
    for state, value in values.items():
        labels = f'case="{_escaped(case)}"' + (f',{label}="{state}"' if label else "")
        yield f"missedbcc_{name}{{{labels}}} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write(file: Path, text: str) -> None:
    """Put the text in the place of the file at once: the collector never meets half of it. Raises CannotTell."""
    try:
        with whole_file(file, _MODE) as stream:  # which begins under a name that the collector passes by
            stream.write(text.encode())
    except OSError as error:
        raise CannotTell(f"the metrics file {file} cannot be written: {error.strerror}") from None
