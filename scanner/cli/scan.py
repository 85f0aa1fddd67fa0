"""`missedbcc scan`: read what is new, judge it, write the workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scanner.case import Case, Outcome, Run, read_whole
from scanner.cli.case_folder import CaseFolder, messages_of, must_be_free, write
from scanner.cli.exits import Exit, told
from scanner.cli.lines import cleared_fields, cleared_line, counted, place
from scanner.cli.options import (
    CaseOption,
    ConfigOption,
    GateOption,
    InternalOption,
    JsonOption,
    OutputOption,
    QuietOption,
    SourcesArgument,
)
from scanner.cli.output import JsonValue, Output, warn
from scanner.cli.progress import Tally, watching
from scanner.cli.settings import settings_of
from scanner.config import Config
from scanner.errors import MissedBccError, SettingsError
from scanner.incident import Class

if TYPE_CHECKING:
    from scanner.cli.sources import Sources

RESUME = "What was read so far is kept in the case. Run the same command again to go on from there."


@told(RESUME)
def scan(  # noqa: PLR0913 - one parameter for each option
    sources: SourcesArgument = None,
    *,
    case: CaseOption = None,
    config: ConfigOption = None,
    internal: InternalOption = None,
    gate: GateOption = None,
    output: OutputOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read mail, judge it, and write the workbook.

    Mail is only read, never changed. What was read is kept in the case folder: the next scan reads what is new, and a
    scan that was stopped goes on. Each scan writes a new workbook there, missedbcc-run-0001.xlsx and so on; its path is
    all that goes to standard output.

    Without --internal and without a config, the domains of the organisation are proposed from the mail itself, and the
    workbook says so.
    """
    from scanner.cli.sources import find_sources  # noqa: PLC0415 - connectors; a help text must not pay for them

    words = Output(json=json, quiet=quiet)
    try:
        must_be_free(output)
        settings = settings_of(config, case=case, internal=internal or (), gate=gate)
        found = find_sources(sources or (), settings)
        if not found.accounts:
            *others, (_, last) = found.failed
            for _, error in others:
                warn(str(error))
                warn(error.hint)
            raise last
        code = _scan(found, settings, output, words)
    except (MissedBccError, KeyboardInterrupt) as error:
        words.object("result", _ended_early(error))
        raise
    raise typer.Exit(code)


def _scan(found: Sources, settings: Config, output: Path | None, words: Output) -> Exit:
    from scanner.review import STALE, review  # noqa: PLC0415
    from scanner.scan import scan as read  # noqa: PLC0415

    folder = CaseFolder(settings.case)
    folder.make()
    with folder.opened() as store:
        with watching(words) as watch:
            earlier = {(folder.account, folder.folder): folder.read for folder in store.coverage()}
            for word, error in found.failed:
                watch.trouble(word, error)
            run = _with_paths(read(found.accounts, settings.policy, store, watch), found)
            for notice in _ignored(found):
                watch.notice(notice)
        store.save(run)
        if run.outcome is Outcome.FAILED:
            result = _Result(run, watch)
        else:
            case = review(store, run.policy)
            known = store.reported()
            case.keep_ids()
            workbook = write(case, output or folder.free_name(run.id))
            store.mark_reported(messages_of(case))
            stale = tuple(
                f"{place(one.account, one.folder)}: {STALE}" for one in case.coverage() if one.trouble == STALE
            )
            result = replace(_judged(run, watch, case, known), workbook=workbook, earlier=earlier, stale=stale)
    words.object("result", result.fields())
    if result.workbook:
        words.data(str(result.workbook))
    for line in result.sentences():
        words.tell(line)
    return result.code


@dataclass(frozen=True, slots=True)
class _Result:
    """What a scan came to.

    `people` are the affected with an address, counted once over all incidents; `below_gate` counts messages, `cleared`
    the incidents of every class but the probable exposures.
    """

    run: Run
    watch: Tally
    workbook: Path | None = None
    incidents: int = 0
    new: int = 0
    people: int = 0
    below_gate: int = 0
    cleared: Counter[Class] = field(default_factory=Counter)
    whole: bool = False
    stale: tuple[str, ...] = ()
    earlier: Mapping[tuple[str, str], int] = field(default_factory=dict)  # messages read by account and folder

    @property
    def code(self) -> Exit:
        if self.run.outcome is Outcome.FAILED:
            return Exit.FAILED
        if not self.whole:
            return Exit.INCOMPLETE
        return Exit.EXPOSURES if self.new else Exit.CLEAN

    def fields(self) -> dict[str, JsonValue]:
        """For programs."""
        return {
            "run": self.run.id,
            "outcome": str(self.run.outcome),
            "exit_code": int(self.code),
            "workbook": str(self.workbook) if self.workbook else None,
            **self._counts(),
            "incidents": self.incidents,
            "new_incidents": self.new,
            "affected_people": self.people,
            "below_gate": self.below_gate,
            "cleared": cleared_fields(self.cleared),
            "troubles": len(self.run.troubles),
        }

    def sentences(self) -> list[str]:
        """For people; no addresses."""
        if self.workbook is None:
            return ["Nothing could be read, so there is no workbook. Correct what is said above, then scan again."]
        counts = self._counts()
        read = f"Read {counted(counts['read'], 'message')} in {counted(counts['folders'], 'folder')}"
        rest = [f"{counts[name]:,} {name}" for name in ("unreadable", "skipped", "missing") if counts[name]]
        earlier = f", {counts['read_earlier']:,} of them in earlier runs" if counts["read_earlier"] else ""
        lines = [f"{read}{earlier}{'; ' if rest else ''}{', '.join(rest)}."]
        new = f", {self.new:,} of them new" if self.incidents != self.new else ""
        lines.append(
            f"Found {counted(self.incidents, 'incident')}{new}; {counted(self.people, 'person', 'people')} affected."
        )
        if self.cleared:
            lines.append(cleared_line(self.cleared, self.run.policy.gate))
        lines += self.stale
        if self.code is Exit.INCOMPLETE:
            lines.append("Some mail was not read: the sheet Coverage and `missedbcc status` say which.")
        if self.incidents:
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


def _judged(run: Run, watch: Tally, case: Case, known: frozenset[str]) -> _Result:
    incidents = list(case.incidents())
    return _Result(
        run,
        watch,
        incidents=len(incidents),
        new=sum(1 for incident in incidents if any(exposure.message not in known for exposure in incident.exposures)),
        people=len({row.address for incident in incidents for row in incident.affected if row.address is not None}),
        below_gate=case.below_gate(),
        cleared=Counter(incident.klass for incident in case.cleared()),
        whole=read_whole(case),
    )


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
        f"{', and others' if len(paths) > 3 else ''}. {reason}"
        for reason, paths in sorted(reasons.items())
    ]


def _ended_early(error: BaseException) -> dict[str, JsonValue]:
    if isinstance(error, MissedBccError):
        code = Exit.USAGE if isinstance(error, SettingsError) else Exit.FAILED
        return {"outcome": str(Outcome.FAILED), "exit_code": int(code), "error": str(error)}
    return {"outcome": str(Outcome.STOPPED), "exit_code": int(Exit.INCOMPLETE)}
