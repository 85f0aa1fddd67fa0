"""`missedbcc purge`: remove what is older than it need be kept, and record how much that was."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, told
from scanner.cli.lines import counted
from scanner.cli.manifests import Left, short_facts
from scanner.cli.old_files import OldFiles, old_files
from scanner.cli.options import CaseOption, ConfigOption, JsonOption
from scanner.cli.output import Output, printable
from scanner.cli.settings import settings_of
from scanner.cli.taking import taking
from scanner.config import Config
from scanner.errors import SettingsError, StoreError
from scanner.proof.file_digest import digest_of
from scanner.unattended import MOST_DAYS, Retention

if TYPE_CHECKING:
    from scanner.retention import Purgeable
    from scanner.store.purge import Purged
    from scanner.store.store import Store

_DaysOption = typer.Option(min=0, max=MOST_DAYS, metavar="DAYS", show_default="retention.* of the config")


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is to go, and from before which days."""

    found: Purgeable
    cells: frozenset[tuple[int, ...]]  # what was typed and belongs to nobody
    files: OldFiles
    elsewhere: tuple[str, ...]  # workbooks that were not written into the case folder
    today: date
    retention: Retention

    def before(self, days: int | None) -> date:
        return self.today - timedelta(days=days or 0)

    def lines(self) -> list[tuple[str, int, date]]:
        """Kind, number and day of each sort of things."""
        cleared, closed = self.before(self.retention.cleared), self.before(self.retention.closed)
        return [
            ("messages that belong to no incident", len(self.found.cleared), cleared),
            ("received messages kept as evidence", len(self.found.evidence), cleared),
            ("closed incidents", len(self.found.incidents), closed),
            ("messages of closed incidents", len(self.found.closed), closed),
            ("cells that were not taken, on nobody known", len(self.cells), closed),
            ("workbooks", len(self.files.workbooks), self.before(self.retention.workbooks)),
            ("tables beside workbooks", len(self.files.tables), self.before(self.retention.workbooks)),
            ("copies of the database from before an update", len(self.files.copies), self.today),
        ]

    @property
    def is_empty(self) -> bool:
        return not any(count for _, count, _ in self.lines())


@told()
def purge(  # noqa: PLR0913 - one parameter for each option
    *,
    case: CaseOption = None,
    config: ConfigOption = None,
    cleared: Annotated[int | None, _DaysOption] = None,
    closed: Annotated[int | None, _DaysOption] = None,
    workbooks: Annotated[int | None, _DaysOption] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and remove nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> None:
    """Remove what is older than it need be kept.

    --cleared is for messages that belong to no incident and for evidence, by the day they were sent; --closed for
    incidents that were closed, by that day, and for what was typed about incidents that the case does not know, by the
    day it was read; --workbooks for workbooks, by their run. What is to go is shown first.
    Nothing goes that an open incident rests on, no workbook that somebody has saved since it was written, and never the
    latest. The bytes are gone from the database afterwards; how much went, and when, is recorded. A purged message is
    not taken for new when a scan meets it again. Workbooks that were written elsewhere are named, and are yours to
    remove; so are copies that somebody made.
    """
    settings = settings_of(config, case=case)
    said = settings.unattended.retention
    retention = Retention(
        said.cleared if cleared is None else cleared,
        said.closed if closed is None else closed,
        said.workbooks if workbooks is None else workbooks,
    )
    if retention == Retention():
        raise SettingsError(
            "Nobody said how long anything is kept.",
            "Set [retention] in the config, or give --cleared, --closed or --workbooks with a number of days.",
        )
    folder = CaseFolder(settings.case)
    folder.must_exist()
    output = Output(json=json)
    raise typer.Exit(_purge(folder, settings, retention, output, None if dry_run else yes))


def _purge(folder: CaseFolder, settings: Config, retention: Retention, output: Output, agreed: bool | None) -> Exit:  # noqa: FBT001 - three states
    """`agreed` is whether nobody need be asked; None removes nothing."""
    from scanner.proof.manifest import rows_of  # noqa: PLC0415 - a help text must not pay for it

    today = datetime.now(UTC).date()
    with folder.opened() as store:
        plan = _plan(store, folder, retention, today)
        _show(plan, output)
        if plan.is_empty:
            output.tell("Nothing is old enough to go.")
        elif agreed is None or not (agreed or _agreed()):
            output.tell("Nothing was removed.")
        else:
            with taking(
                store, folder, settings, "purge"
            ) as held:  # nobody writes meanwhile, and what was shown is what goes
                if _plan(store, folder, retention, today) != plan:
                    raise StoreError("The case changed while you looked at this.", "Run the same command again.")
                rows = rows_of(folder.path, plan.files.workbooks)
                held.removing((*plan.files.all, *rows))
                _carry_out(store, plan, rows)
                held.leave(_left(store, plan, rows))
            output.tell("Removed, and recorded in the case.")
    output.result(Exit.CLEAN, {"case": str(folder.path)})
    return Exit.CLEAN


def due(store: Store, folder: CaseFolder, retention: Retention) -> list[tuple[str, int, date]]:
    """What `purge` would remove now with these settings: kind, number, and from before which day."""
    if retention == Retention():
        return []
    return [line for line in _plan(store, folder, retention, datetime.now(UTC).date()).lines() if line[1]]


def _plan(store: Store, folder: CaseFolder, retention: Retention, today: date) -> _Plan:
    from scanner.retention import closed_incidents, purgeable  # noqa: PLC0415 - a help text must not pay for it
    from scanner.store.purge import cells_of_nobody  # noqa: PLC0415

    found = purgeable(store, retention, closed_incidents(store), today)
    closed = None if retention.closed is None else today - timedelta(days=retention.closed)
    cells = frozenset() if closed is None else cells_of_nobody(store, closed)
    days = [days for days in (retention.cleared, retention.closed) if days is not None]
    workbooks = None if retention.workbooks is None else today - timedelta(days=retention.workbooks)
    # A copy from before an update holds what goes now, so it goes too.
    copies = today + timedelta(days=1) if found.messages or found.evidence or cells else None
    if copies is None and days:
        copies = today - timedelta(days=min(days))
    files = old_files(folder, list(store.runs()), workbooks, copies, partial(_was_read, store, folder))
    return _Plan(found, cells, files, folder.elsewhere(store), today, retention)


def _was_read(store: Store, folder: CaseFolder, workbook: Path) -> bool:
    return digest_of(workbook) in store.known_digests(folder.source_of(workbook))


def _left(store: Store, plan: _Plan, rows: Sequence[Path]) -> Left:
    """What the manifest says of it: how much went, and which files."""
    runs = [run.id for run in store.runs()]
    done = {kind: count for kind, count, _ in plan.lines()}
    if plan.elsewhere:  # how many, and not where: the paths stand in the case alone
        done["workbooks written elsewhere, not removed"] = len(plan.elsewhere)
    facts = short_facts(store.matter().name, done)
    return Left("purge", max(runs, default=0), facts, removed=(*plan.files.all, *rows))


def _show(plan: _Plan, output: Output) -> None:
    for kind, count, before in plan.lines():
        if count:
            output.data(f"{kind[0].upper()}{kind[1:]}, from before {before}: {count:,}")
        output.object("purge", {"kind": kind, "count": count, "before": before.isoformat()})
    for kind, path in plan.files.by_kind:
        output.data(printable(f"  {kind}: {path}"))
        output.object("file", {"kind": kind, "path": str(path)})
    _show_elsewhere(plan, output)
    for path in plan.files.edited:
        output.tell(f"{path} stays: it was changed, and what was typed into it was not read back yet.")
    if plan.found.undated:
        output.tell(f"{counted(plan.found.undated, 'message')} without a date: how old they are, nobody knows; kept.")
    if plan.found.needed:
        output.tell(f"{counted(plan.found.needed, 'message')} kept, since an open incident rests on them.")


def _show_elsewhere(plan: _Plan, output: Output) -> None:
    """Workbooks outside the case folder hold what goes here, so nobody may think that they are gone, too."""
    if plan.is_empty:
        return
    for place in plan.elsewhere:
        there = Path(place).is_file()
        what = "was written there" if there else "was written there, and is not there now: it was moved or removed"
        output.tell(printable(f"Not ours to delete: {place} {what}."))
        output.object("elsewhere", {"path": place, "there": there})


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise SettingsError("Nobody can be asked here.", "Look through what is shown above, then add --yes.")
    typer.echo("Remove this for ever? [y/N] ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _carry_out(store: Store, plan: _Plan, rows: Sequence[Path]) -> None:
    from scanner.store.purge import (  # noqa: PLC0415
        Purged,
        purge_answers,
        purge_cells,
        purge_evidence,
        purge_messages,
        purging,
        record,
    )

    now = datetime.now(UTC)
    lines: list[Purged] = [Purged(now, kind, count, before) for kind, count, before in plan.lines()]
    with purging(store) as connection:
        purge_messages(connection, plan.found.messages)
        purge_evidence(connection, plan.found.evidence)
        purge_answers(connection, plan.found.answers)
        purge_cells(connection, plan.cells)
        record(connection, lines)
    # The files go last: whatever ends this early, nothing is gone of which no record stands.
    for path in (*plan.files.all, *rows):
        path.unlink(missing_ok=True)
    for emptied in {path.parent for path in plan.files.tables}:
        with suppress(OSError):  # something of somebody else's lies in it
            emptied.rmdir()
