"""`missedbcc report`: the workbook again, from what earlier scans kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from scanner.case import Run
from scanner.cli.case_folder import CaseFolder, must_be_free, write
from scanner.cli.exits import Exit, told
from scanner.cli.options import CaseOption, ConfigOption, GateOption, InternalOption, JsonOption, OutputOption
from scanner.cli.output import Output
from scanner.cli.settings import settings_of
from scanner.config import Config, with_internal
from scanner.errors import SettingsError
from scanner.policy import Ground, Policy, may_have_missed

if TYPE_CHECKING:
    from scanner.store.store import Store


@told()
def report(
    *,
    case: CaseOption = None,
    config: ConfigOption = None,
    internal: InternalOption = None,
    gate: GateOption = None,
    output: OutputOption = None,
    json: JsonOption = False,
) -> None:
    """Write the workbook of a case again.

    No mail is read. With another --gate or more --internal domains, what the scans kept is judged anew. Nothing is lost
    by trying: each workbook is a new file. The exit code is 3 where the case was not read to its end, else 0.
    """
    from scanner.review import review  # noqa: PLC0415 - a help text must not pay for it

    must_be_free(output)
    settings = settings_of(config, case=case)
    folder = CaseFolder(settings.case)
    folder.must_exist()
    out = Output(json=json)
    with folder.opened() as store:
        runs = list(store.runs())
        if not runs:
            raise SettingsError(f"No scan has been begun in {folder.path}.", "Run `missedbcc scan` first.")
        policy = _policy(runs[-1], settings, internal or [], gate)
        _must_suffice(store, runs[-1].policy, policy)
        found = review(store, policy)
        workbook = write(found, output or folder.free_name(runs[-1].id))
        incidents = sum(1 for _ in found.incidents())
        whole = all(coverage.complete for coverage in found.coverage())
    code = Exit.CLEAN if whole else Exit.INCOMPLETE
    out.data(str(workbook))
    out.tell(f"{incidents} incident{'' if incidents == 1 else 's'}.")
    if not whole:
        out.tell("Some mail was not read: see the sheet Coverage, or run `missedbcc status`.")
    out.object("result", {"workbook": str(workbook), "incidents": incidents, "exit_code": int(code)})
    raise typer.Exit(code)


def _policy(last: Run, settings: Config, internal: list[str], gate: int | None) -> Policy:
    """What the config and the options say; where they are silent, what the last run was told."""
    told_last = last.policy
    if internal or settings.policy.knows_us:
        typed = [entry.domain for entry in told_last.internal if entry.ground is Ground.COMMAND_LINE]
        policy = with_internal(settings.policy, internal or typed)
    else:
        said = settings.policy if settings.file else told_last
        policy = replace(said, internal=told_last.internal, own_addresses=told_last.own_addresses)
    gates = policy.gate if gate is None else replace(policy.gate, exposure=gate)
    return replace(policy, gate=replace(gates, candidate=min(told_last.gate.candidate, gates.exposure)))


def _must_suffice(store: Store, last: Policy, policy: Policy) -> None:
    """Raise SettingsError where a message that was not kept might count now: such a workbook would hide it."""
    all_ours = all(folder.chosen_by.all_ours for folder in store.coverage())
    if may_have_missed(last, policy, all_ours=all_ours):
        raise SettingsError(
            "With these settings messages that the scans did not keep may count too.",
            "Run `missedbcc scan` with the same options: it reads again what it has to.",
        )
