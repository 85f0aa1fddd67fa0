"""`missedbcc scan`: read what is new, judge it, write the workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import typer

from reports.presentation import Presentation
from scanner.case import Outcome, Run
from scanner.cli.after import failing, finished, from_case, is_to_be_told, to_be_told
from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, stopping, told
from scanner.cli.formats import folders_of, must_not_be_in_clear, writers_of
from scanner.cli.hand_over import READ_OTHERWISE, Asked, HandedOver, hand_over, must_be_free
from scanner.cli.lines import counted, said_of
from scanner.cli.manifests import Left, facts_of, key_must_be_had
from scanner.cli.options import (
    CaseOption,
    ConfigOption,
    DecisionsOption,
    DecisionsPasswordOption,
    FormatOption,
    GateOption,
    InternalOption,
    JsonOption,
    LanguageOption,
    LogOption,
    OutputOption,
    PasswordOption,
    QuietOption,
    SourcesArgument,
)
from scanner.cli.output import JsonValue, Output, warn
from scanner.cli.password import workbook_password
from scanner.cli.progress import Tally, watching
from scanner.cli.read_back import must_be_files, named, password_of
from scanner.cli.settings import settings_of
from scanner.cli.taking import taking
from scanner.config import Config

if TYPE_CHECKING:
    from scanner.cli.sources import Sources
    from scanner.coverage import Coverage
    from scanner.store.store import Store

RESUME: Final = "What was read so far is kept in the case. Run the same command again to go on from there."
_AGAIN: Final = "Run the same command again."
_ANEW: Final = f"Nothing new was saved before that. {_AGAIN}"
STANDS: Final = "The mail was read before that, and the workbook of it stands."
_TOLD_NEXT: Final = "The next scan tells of it."
_NOT_READ: Final = "Some mail was not read: the sheet Coverage and `missedbcc status` say which."


@told(_ANEW)
def scan(  # noqa: PLR0913 - one parameter for each option
    sources: SourcesArgument = None,
    *,
    case: CaseOption = None,
    config: ConfigOption = None,
    internal: InternalOption = None,
    gate: GateOption = None,
    output: OutputOption = None,
    decisions: DecisionsOption = None,
    decisions_password: DecisionsPasswordOption = None,
    format_: FormatOption = None,
    language: LanguageOption = None,
    password: PasswordOption = None,
    log: LogOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read mail, judge it, and write the workbook.

    Mail is only read, never changed. What was read is kept in the case folder: the next scan reads what is new, and a
    scan that was stopped goes on. Each scan writes a new workbook there, missedbcc-run-0001.xlsx and so on; its path is
    all that goes to standard output.

    Decisions that people typed into earlier workbooks of the case are read back first, and stand in the new one. A
    workbook that --decisions names and that cannot be used (damaged, locked, of another case) ends the command with 2
    before any mail is read.

    Without --internal and without a config, the domains of the organisation are proposed from the mail itself, and the
    workbook says so.
    """
    from scanner.cli.sources import find_sources  # noqa: PLC0415 - connectors; a help text must not pay for them

    words = Output(json=json, quiet=quiet)
    settings = settings_of(config, case=case, internal=internal or (), gate=gate, log=log)
    presentation = Presentation(str(language or settings.language))
    wanted = Asked(output, tuple(decisions or ()), presentation=presentation)
    going_on = _GoingOn(settings)
    with stopping(going_on):
        with failing(settings):
            lock = workbook_password(password, settings.password)
            must_not_be_in_clear(format_, lock)
            wanted = replace(
                wanted,
                presentation=replace(presentation, password=lock),
                password=password_of(decisions_password, password, settings.password),
                formats=writers_of(format_),
            )
            key_must_be_had(settings)
            must_be_files(wanted.decisions)
            must_be_free(wanted, CaseFolder(settings.case))
            wanted = replace(wanted, named=named(wanted.decisions, CaseFolder(settings.case), wanted.password))
            found = find_sources(sources or (), settings, partial(_was_read, settings))
            if not found.accounts and not found.gone:
                *others, (_, last) = found.failed
                for _, error in others:
                    warn(str(error))
                    warn(error.hint)
                raise last
            result = _scan(found, settings, wanted, words, going_on)
        result.say(words)
        finished(settings, result.fields(), run=result.run, watch=result.watch)
        words.result(result.code, result.fields())
    raise typer.Exit(result.code)


def _scan(found: Sources, settings: Config, wanted: Asked, words: Output, going_on: _GoingOn) -> _Result:
    from scanner.departed import Paths  # noqa: PLC0415
    from scanner.review import review  # noqa: PLC0415
    from scanner.scan import scan as read  # noqa: PLC0415

    folder = CaseFolder(settings.case)
    folder.make()
    # To the end: what is read, shown, remembered and told of in the manifest is one state.
    with (
        folder.opened() as store,
        taking(store, folder, settings, "scan", found.accounts) as held,
    ):
        going_on.begins(store)
        to_be_told(settings, store.last_run() + 1)
        with watching(words) as watch:
            earlier = {(folder.account, folder.folder): folder.read for folder in store.coverage()}
            for word, error in found.failed:
                watch.trouble(word, error)
            paths = Paths(found.searched, found.gone, found.configured)
            run = _with_paths(read(found.accounts, settings.policy, store, watch, paths), found)
            for notice in _ignored(found):
                watch.notice(notice)
        store.save(run)
        done: HandedOver | None = None
        if run.outcome is not Outcome.FAILED:
            done = hand_over(store, folder, run.policy, wanted, words)
        result = _Result(run, watch, done, earlier)
        words.meanwhile(result.fields())
        facts = facts_of(done.case if done else review(store), run, settings, found.accounts, int(result.code))
        held.leave(Left("scan", run.id, facts, done.outputs if done else ()))
    return result


@dataclass(frozen=True, slots=True)
class _Result:
    """What a scan came to; `earlier` are the messages read by earlier runs, by account and folder."""

    run: Run
    watch: Tally
    done: HandedOver | None = None
    earlier: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def code(self) -> Exit:
        if self.done is None:
            return Exit.FAILED
        if not self.done.whole:
            return Exit.INCOMPLETE
        return Exit.EXPOSURES if self.done.to_see else Exit.CLEAN

    def fields(self) -> dict[str, JsonValue]:
        """For programs."""
        return {
            "run": self.run.id,
            "outcome": str(self.run.outcome),
            "exit_code": int(self.code),
            "workbook": None,
            **self._counts(),
            **(self.done.fields() if self.done else {}),
            "troubles": len(self.run.troubles),
        }

    def say(self, words: Output) -> None:
        """Tell it people; no addresses."""
        if self.done:
            words.data(str(self.done.workbook))
            for tables in folders_of(self.done.outputs):
                words.tell(f"The tables stand in {tables}.")
        for line in self._sentences():
            words.tell(line)

    def _sentences(self) -> list[str]:
        if self.done is None:
            return ["Nothing could be read, so there is no workbook. Correct what is said above, then scan again."]
        counts = self._counts()
        read = f"Read {counted(counts['read'], 'message')} in {counted(counts['folders'], 'folder')}"
        rest = [f"{counts[name]:,} {name}" for name in ("unreadable", "skipped", "missing") if counts[name]]
        earlier = f", {counts['read_earlier']:,} of them in earlier runs" if counts["read_earlier"] else ""
        lines = [self.done.found(), f"{read}{earlier}{'; ' if rest else ''}{', '.join(rest)}.", *self.done.notes()]
        if self.code is Exit.INCOMPLETE:
            lines.append(READ_OTHERWISE if self.done.only_stale else _NOT_READ)
        if self.done.incidents:
            lines.append("The workbook lists the people concerned: hand it to legal, and to nobody else.")
        return lines

    def _counts(self) -> dict[str, int]:
        folders = self.watch.folders
        return {
            "folders": len(folders),
            "read": sum(folder.read for folder in folders),
            "read_earlier": sum(self.earlier.get(folder, 0) for folder in self.watch.read_on),
            "unreadable": sum(folder.unreadable for folder in folders),
            "skipped": sum(count for folder in folders for _, count in folder.skipped),
            "missing": sum(folder.missing for folder in folders),
        }


class _Saved(NamedTuple):
    """What a case holds that a scan may have added: how far each folder is known, the last answer, the workbooks."""

    folders: Sequence[tuple[Coverage, str | None]]
    answers: int
    workbooks: Sequence[tuple[int, str]]

    @classmethod
    def of(cls, store: Store) -> _Saved:
        folders = [(one.coverage, one.cursor) for one in store.folders()]
        return cls(folders, store.ledger().end, store.workbooks())


class _GoingOn:
    """How to go on from a scan that is stopped: what the case holds then is compared with what it held before."""

    def __init__(self, settings: Config) -> None:
        self._settings = settings
        self._before: _Saved | None = None

    def begins(self, store: Store) -> None:
        """Only from now on the scan may save anything."""
        self._before = _Saved.of(store)

    def __call__(self) -> str:
        if self._before is None:
            return _ANEW
        saved = from_case(self._settings, _Saved.of, None)
        if saved is None:  # the case cannot be read now
            return _AGAIN
        if len(saved.workbooks) == len(self._before.workbooks):
            return _ANEW if saved == self._before else RESUME
        run, _ = saved.workbooks[-1]
        return f"{STANDS} {_TOLD_NEXT}" if is_to_be_told(self._settings, run) else STANDS


def _was_read(settings: Config, path: str) -> bool:
    """Whether an earlier run of the case read mail at or below a path; not where the case cannot be read."""
    from scanner.cli.sources import names_in  # noqa: PLC0415 - connectors; a help text must not pay for them
    from scanner.departed import earlier_at  # noqa: PLC0415

    names = names_in(settings)
    return from_case(settings, lambda store: bool(earlier_at(path, store.coverage(), names)), otherwise=False)


def _with_paths(run: Run, found: Sources) -> Run:
    """The run with what was asked for, or holds mail, and is not read: that leaves the run incomplete."""
    notices = (*run.notices, *_ignored(found))
    if not found.failed:
        return replace(run, notices=notices)
    outcome = Outcome.FAILED if run.outcome is Outcome.FAILED else Outcome.INCOMPLETE
    troubles = (*run.troubles, *(f"{word}: {error}" for word, error in found.failed))
    return replace(run, outcome=outcome, troubles=troubles, notices=notices)


def _ignored(found: Sources) -> list[str]:
    """One sentence for each reason why files beside the mail were not read."""
    reasons: dict[str, list[Path]] = {}
    for path, reason in found.ignored:
        reasons.setdefault(reason, []).append(path)
    return [
        f"{counted(len(paths), 'file')} left out: {', '.join(path.name for path in paths[:3])}"
        f"{', and others' if len(paths) > 3 else ''}. {said_of(len(paths), reason)}"
        for reason, paths in sorted(reasons.items())
    ]
