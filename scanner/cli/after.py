"""What follows a scan: people are told, a line is logged, figures are written; the scan itself is not touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from scanner.case import Alarm, Outcome, Run
from scanner.cli.case_folder import CaseFolder
from scanner.cli.cut_short import Met, Untold, begun_since, met_by
from scanner.cli.exits import Exit, code_of
from scanner.cli.lateness import Punctuality, cadence_of
from scanner.cli.manifests import Left, short_facts
from scanner.cli.output import JsonValue, warn
from scanner.cli.taking import taking
from scanner.cli.unwritten import lacks_one, with_workbook
from scanner.config import Config
from scanner.coverage import Coverage
from scanner.errors import CaseHeld, MissedBccError, StoreError
from scanner.telling.failure import CannotTell
from scanner.telling.pending import ToTell
from scanner.unattended import Telling, Unattended

if TYPE_CHECKING:
    from scanner.cli.progress import Tally
    from scanner.store.store import Store
    from scanner.telling import Summary
    from scanner.telling.log import AccountLine

_STOPPED_SECONDS: Final = 5.0  # that telling may take after Ctrl-C: who stops a program wants it to stop
_Answer = TypeVar("_Answer")
_NAMELESS: Final = "case"


class failing:  # noqa: N801 - read as a word
    """Around the work of a scan: whatever ends it early is told as `finished` tells, and goes on its way."""

    def __init__(self, settings: Config) -> None:
        self._settings = settings
        self._begun = datetime.now(UTC)

    def __enter__(self) -> failing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if error is not None:
            stopped = isinstance(error, KeyboardInterrupt)
            fields: dict[str, JsonValue] = {
                "outcome": str(Outcome.STOPPED if stopped else Outcome.FAILED),
                "exit_code": int(code_of(error)),
            }
            finished(self._settings, fields, error=error, begun=self._begun)
        return False


def finished(
    settings: Config,
    fields: Mapping[str, JsonValue],
    *,
    run: Run | None = None,
    watch: Tally | None = None,
    error: BaseException | None = None,
    begun: datetime | None = None,
) -> None:
    """Tell, log and measure a scan that has ended, well or not, as the config says.

    `fields` are those of its result. Where it ended early, `run` and `watch` are None, `error` is why, and it
    was `begun` then. What could not be told is said on standard error and kept among the notices of the run; nothing
    is raised because of it.
    """
    wanted = settings.unattended
    if late := _late(settings, run, begun or datetime.now(UTC)):
        warn(late)
        if run is not None:
            _note(settings, run, (late,), "lateness noted")
    if not (wanted.telling or wanted.log or wanted.metrics):
        return
    runs = _runs(settings)
    if isinstance(error, CaseHeld):
        begun = None  # what began since is the run of another
        if runs and runs[-1].outcome is None:  # the scan that has the case tells what comes of it
            wanted = replace(wanted, telling=None, metrics=None)
    met = Met(tuple(watch.folders), tuple(watch.failed)) if watch else Met()
    if run is None and begun and (run := begun_since(runs, begun)):
        met = from_case(settings, partial(met_by, run=run), met)
        fields = {**fields, **met.counts()}
    accounts = _accounts(settings, run, met)
    summary = _summary(settings, fields, run, error, runs, accounts)
    with _struck_out(settings, run):
        failures = _told(settings, wanted, summary, accounts, error)
        for sentence in failures:
            warn(sentence)
        if failures and (run or runs):
            _note(settings, run or runs[-1], failures, "not told", Alarm.NOT_TOLD)


@contextmanager
def _struck_out(settings: Config, run: Run | None) -> Iterator[None]:
    """Around the telling of a run, and of those before it of which nobody was told: it has begun, and it is done."""
    to_tell = ToTell(CaseFolder(settings.case).to_tell)
    if run:
        _marked(partial(to_tell.begun, run.id))
    yield
    if run:
        _marked(partial(to_tell.told, run.id))


def to_be_told(settings: Config, run: int) -> None:
    """Note, where the config tells anybody, that the run which is about to begin is to be told by it or by the next.

    Only to be called by who holds the case.
    """
    wanted = settings.unattended
    if wanted.telling or wanted.log or wanted.metrics:
        _marked(partial(ToTell(CaseFolder(settings.case).to_tell).due, run))


def is_to_be_told(settings: Config, run: int) -> bool:
    """Whether a run that has ended is still to be told, so that the next one tells it."""
    return run in ToTell(CaseFolder(settings.case).to_tell).runs()


def _told(
    settings: Config,
    wanted: Unattended,
    summary: Summary,
    accounts: Sequence[AccountLine],
    error: BaseException | None,
) -> list[str]:
    """Tell, log and measure; a sentence for each way that failed."""
    from scanner.telling import tell  # noqa: PLC0415 - most runs tell nobody
    from scanner.telling.log import append, log_lines  # noqa: PLC0415
    from scanner.telling.metrics import exposition, write  # noqa: PLC0415

    failures: list[str] = []
    complete = Punctuality.of(from_case(settings, with_workbook, [])).complete
    if wanted.metrics:  # first, since the others may take long
        failures += _tried(partial(write, wanted.metrics.file, exposition(summary, complete)))
    if wanted.telling:
        failures += tell(summary, _in_time(wanted.telling, error))
    if wanted.log:
        failures += _tried(partial(append, wanted.log, log_lines(summary, accounts, len(failures))))
    if wanted.metrics and failures:
        _tried(partial(write, wanted.metrics.file, exposition(summary, complete, len(failures))))
    return failures


def case_name(settings: Config) -> str:
    """What the case is called before others: as the config says, else as its folder, where that is no address."""
    from scanner.telling.summary import is_plain  # noqa: PLC0415

    metrics = settings.unattended.metrics
    name = (metrics.case if metrics else "") or settings.case.absolute().name
    return name if is_plain(name) else _NAMELESS


def _late(settings: Config, run: Run | None, begun: datetime) -> str:
    """That runs before this one did not come, or were never complete; "" where nobody said how often they should be.

    Where the scan ended early, and `run` is None, those before it are those that began before it was `begun`.
    """
    cadence = cadence_of(settings)
    if cadence is None:
        return ""
    earlier = [one for one in _runs(settings) if (one.id < run.id if run else one.started < begun)]
    return Punctuality.of(earlier).before(cadence, run.started if run else begun)


def _summary(
    settings: Config,
    fields: Mapping[str, JsonValue],
    run: Run | None,
    error: BaseException | None,
    runs: Sequence[Run],
    accounts: Iterable[AccountLine],
) -> Summary:
    from scanner.telling import Gap, Summary, counts_in  # noqa: PLC0415
    from scanner.telling.reason import reason_of  # noqa: PLC0415

    now = datetime.now(UTC)
    earlier = [one for one in runs if run is None or one.id < run.id]
    punctuality = Punctuality.of(earlier)
    workbooks: dict[int, str] = from_case(settings, lambda store: dict(store.workbooks()), {})
    untold = Untold(workbooks, ToTell(CaseFolder(settings.case).to_tell).runs())
    written = error is not None and run is not None and run.id in workbooks
    before = untold.before(earlier) if run else []
    begun = run.started if run else now
    ended = (run.finished if run else None) or now
    code, workbook = fields.get("exit_code"), fields.get("workbook")
    shown = settings.unattended.telling and settings.unattended.telling.workbook
    return Summary(
        case=case_name(settings),
        run=run.id if run else None,
        outcome=str(fields.get("outcome", Outcome.FAILED)),
        exit_code=code if isinstance(code, int) else int(Exit.FAILED),
        finished=ended,
        seconds=max(0.0, (ended - begun).total_seconds()),
        counts=counts_in(fields),
        gaps=tuple(Gap(one.account, one.error) for one in accounts if one.outcome != Outcome.COMPLETE),
        late=punctuality.before(cadence_of(settings), begun),
        missed=punctuality.missed(cadence_of(settings), begun),
        workbook=workbook if shown and isinstance(workbook, str) else "",
        error="" if error is None or isinstance(error, KeyboardInterrupt) else type(error).__name__,
        reason="" if error is None or isinstance(error, KeyboardInterrupt) else reason_of(error, written=written),
        alarms=_alarms([*before, run]) if run else {},
        unwritten=run is not None and lacks_one(run, workbooks),
        before=untold.sentence(before) if run else "",
        written=written,
        untold_incidents=_untold_incidents(settings, [*before, run] if run and written else before),
    )


def _untold_incidents(settings: Config, untold: Sequence[Run]) -> int:
    """How many incidents workbooks of these runs showed as new or changed, which the next run takes for known."""
    numbers = {one.id for one in untold}
    if not numbers:
        return 0
    return from_case(settings, lambda store: len(store.showings(max(numbers) + 1).shown_by(numbers)), 0)


def _alarms(untold: Iterable[Run]) -> Mapping[Alarm, int]:
    """Those of the runs of which nobody was told yet; that telling failed stands in a sentence of its own."""
    return Counter(alarm for run in untold for alarm in run.alarms if alarm is not Alarm.NOT_TOLD)


def _accounts(settings: Config, run: Run | None, met: Met) -> list[AccountLine]:
    """What became of each account of the run, by its label, in the order of the labels."""
    from scanner.telling import labels_of  # noqa: PLC0415
    from scanner.telling.log import AccountLine  # noqa: PLC0415

    folders: dict[str, list[Coverage]] = {name: [] for name in (run.sources if run else ())}
    for folder in met.folders:
        folders.setdefault(folder.account, []).append(folder)
    failed = dict(reversed(met.failed))
    labels = labels_of({*folders, *failed}, {account.name for account in settings.accounts})
    lines = []
    for name, label in sorted(labels.items(), key=lambda item: _by_number(item[1])):
        own = folders.get(name, [])
        if not own and name not in failed and any(other.startswith(f"{name}/") for other in labels):
            continue  # a tenant whose mailboxes are accounts of their own
        read = sum(folder.read for folder in own)
        complete = name not in failed and all(folder.complete for folder in own)
        lines.append(
            AccountLine(
                label,
                str(Outcome.COMPLETE if complete else Outcome.INCOMPLETE if read else Outcome.FAILED),
                len(own),
                read,
                sum(folder.unreadable for folder in own),
                sum(count for folder in own for _, count in folder.skipped),
                sum(folder.missing for folder in own),
                failed.get(name, ""),
            )
        )
    return lines


def _by_number(label: str) -> tuple[bool, int, str]:
    word, _, number = label.rpartition(" ")
    return (True, int(number), word) if word and number.isdigit() else (False, 0, label)


def _in_time(telling: Telling, error: BaseException | None) -> Telling:
    if isinstance(error, KeyboardInterrupt):
        return replace(telling, deadline=min(telling.deadline, _STOPPED_SECONDS))
    return telling


def _tried(way: Callable[[], None]) -> list[str]:
    try:
        way()
    except CannotTell as failure:
        sentence = str(failure)
        return [f"{sentence[0].upper()}{sentence[1:]}."]
    return []


def _marked(way: Callable[[], None]) -> None:
    for sentence in _tried(way):
        warn(sentence)


def _runs(settings: Config) -> list[Run]:
    return from_case(settings, lambda store: list(store.runs()), [])


def from_case(settings: Config, question: Callable[[Store], _Answer], otherwise: _Answer) -> _Answer:
    """What the case says; `otherwise` where there is none, or where it cannot be read: the scan has told that."""
    folder = CaseFolder(settings.case)
    with suppress(StoreError):
        if folder.database.is_file():
            with folder.opened() as store:
                return question(store)
    return otherwise


def _note(settings: Config, run: Run, sentences: Sequence[str], word: str, alarm: Alarm | None = None) -> None:
    """Keep these with the run, and their count under this word, where no other command has taken the case meanwhile."""
    folder = CaseFolder(settings.case)
    with suppress(MissedBccError), folder.opened() as store, taking(store, folder, settings, "telling") as held:
        kept = next((one for one in store.runs() if one.id == run.id), run)
        alarms = (*kept.alarms, alarm) if alarm else kept.alarms
        store.save(replace(kept, notices=(*kept.notices, *sentences), alarms=alarms))
        held.leave(Left("telling", run.id, short_facts(store.matter().name, {word: len(sentences)})))
