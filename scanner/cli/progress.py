"""How a scan tells of itself while it goes on: a live line, plain lines, or JSON lines."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from scanner.cli.lines import folder_fields, folder_line, place
from scanner.cli.output import Output, printable, warn
from scanner.connectors.interface import Folder
from scanner.coverage import Coverage
from scanner.errors import SourceError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_EVERY: Final = 10.0  # seconds between two lines about one folder
_LOCAL_PART: Final = re.compile(r"""[^\s@<>()",;:]+@""")


def masked(sentence: str) -> str:
    """The sentence with the addresses in it hidden but for their domains: a console is no place for them."""
    return _LOCAL_PART.sub("…@", sentence)


class Tally:
    """A watch that says only what went wrong, and remembers what the summary needs."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.folders: list[Coverage] = []
        self.failed: list[tuple[str, str]] = []  # account and kind of error, as they came
        self.read_on: set[tuple[str, str]] = set()  # folders, by account, that earlier runs had begun to read
        self._started: dict[tuple[str, str], tuple[float, int]] = {}  # several folders may be read at the same time

    def account_opened(self, account: str, folders: Sequence[Folder]) -> None:
        """Nothing to say."""

    def folder_started(self, folder: Folder, already_read: int) -> None:
        """Start the clock."""
        if already_read:
            self.read_on.add((folder.account, folder.path))
        self._started[folder.account, folder.path] = monotonic(), already_read

    def progress(self, folder: Folder, read: int, candidates: int) -> None:
        """Nothing to say."""

    def folder_done(self, coverage: Coverage) -> None:
        """Remember it."""
        self.folders.append(coverage)
        self._started.pop((coverage.account, coverage.folder), None)

    def notice(self, sentence: str) -> None:
        """Nothing to say."""

    def trouble(self, account: str, error: SourceError) -> None:
        """Say it: this mail was not read."""
        self.failed.append((account, type(error).__name__))
        self.say(f"{account}: {error}")
        if error.hint:
            self.say(f"  {error.hint}")

    def say(self, line: str) -> None:
        """One line for people."""
        warn(line)

    def rate(self, folder: Folder, read: int) -> float:
        """Messages a second since the folder was started."""
        started, first = self._started.get((folder.account, folder.path), (monotonic(), read))
        return (read - first) / max(monotonic() - started, 0.001)


class Lines(Tally):
    """Plain lines on standard error: one when a folder is done, and one every ten seconds in a long one."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._next = 0.0

    def folder_started(self, folder: Folder, already_read: int) -> None:
        """Say nothing yet: most folders are done at once."""
        super().folder_started(folder, already_read)
        self._next = monotonic() + _EVERY

    def progress(self, folder: Folder, read: int, candidates: int) -> None:
        """A line, if the last one is long ago."""
        del candidates
        if monotonic() >= self._next:
            self._next = monotonic() + _EVERY
            rate = self.rate(folder, read)
            of = "" if folder.messages is None else f" of {folder.messages:,}"
            left = _left(folder, read, rate)
            self.say(
                f"{place(folder.account, folder.path)}: {read:,}{of} messages, {rate:,.0f} a second"
                + ("" if left is None else f", {_duration(left)} left")
            )

    def folder_done(self, coverage: Coverage) -> None:
        """The line about the whole folder."""
        super().folder_done(coverage)
        self.say(folder_line(coverage))

    def notice(self, sentence: str) -> None:
        """The sentence, without addresses."""
        self.say(masked(sentence))


class Live(Lines):
    """On a terminal: one line that changes while a folder is read. What is said stays above it."""

    def __init__(self, output: Output, shown: Progress) -> None:
        super().__init__(output)
        self._shown = shown
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def folder_started(self, folder: Folder, already_read: int) -> None:
        """The line appears."""
        super().folder_started(folder, already_read)
        name = printable(place(folder.account, folder.path))
        task = self._shown.add_task(name, total=folder.messages, completed=already_read, rate="")
        self._tasks[folder.account, folder.path] = task

    def progress(self, folder: Folder, read: int, candidates: int) -> None:
        """The line changes."""
        del candidates
        task = self._tasks.get((folder.account, folder.path))
        if task is not None:
            self._shown.update(task, completed=read, rate=f"{self.rate(folder, read):.0f}/s")

    def folder_done(self, coverage: Coverage) -> None:
        """The line goes away, and what became of the folder stays."""
        task = self._tasks.pop((coverage.account, coverage.folder), None)
        if task is not None:
            self._shown.remove_task(task)
        super().folder_done(coverage)

    def say(self, line: str) -> None:
        """Above the line."""
        self._shown.console.print(printable(line), markup=False, highlight=False, soft_wrap=True)


class Objects(Tally):
    """JSON lines on standard output."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._next = 0.0

    def account_opened(self, account: str, folders: Sequence[Folder]) -> None:
        """Which folders there are, and which of them are read."""
        wanted = [folder.path for folder in folders if folder.wanted]
        self.output.object("account", {"account": account, "folders": len(folders), "wanted": list(wanted)})

    def progress(self, folder: Folder, read: int, candidates: int) -> None:
        """At most one object a second."""
        if monotonic() < self._next:
            return
        self._next = monotonic() + 1
        rate = self.rate(folder, read)
        self.output.object(
            "progress",
            {
                "account": folder.account,
                "folder": folder.path,
                "read": read,
                "expected": folder.messages,
                "candidates": candidates,
                "per_second": round(rate, 1),
                "seconds_left": _left(folder, read, rate),
            },
        )

    def folder_done(self, coverage: Coverage) -> None:
        """What became of the folder."""
        super().folder_done(coverage)
        self.output.object("folder", folder_fields(coverage))

    def notice(self, sentence: str) -> None:
        """The sentence, without addresses."""
        self.output.object("notice", {"sentence": masked(sentence)})

    def trouble(self, account: str, error: SourceError) -> None:
        """What was not read, and why."""
        self.failed.append((account, type(error).__name__))
        fields = {"account": account, "error": type(error).__name__, "sentence": str(error), "hint": error.hint}
        self.output.object("trouble", {**fields})


@contextmanager
def watching(output: Output) -> Iterator[Tally]:
    """The watch that fits where the words go."""
    if output.json:
        yield Objects(output)
    elif output.quiet:
        yield Tally(output)
    elif sys.stderr.isatty():
        with _line() as shown:
            yield Live(output, shown)
    else:
        yield Lines(output)


def _line() -> Progress:
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _left(folder: Folder, read: int, rate: float) -> int | None:
    if folder.messages is None or rate <= 0:
        return None
    return round(max(0, folder.messages - read) / rate)


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
