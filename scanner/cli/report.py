"""`missedbcc report`: the workbook again, from what earlier scans kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import typer

from scanner.case import Run, read_whole
from scanner.cli.case_folder import CaseFolder, must_be_free, write
from scanner.cli.exits import Exit, told
from scanner.cli.lines import cleared_fields, cleared_line, counted, place
from scanner.cli.options import CaseOption, ConfigOption, GateOption, InternalOption, JsonOption, OutputOption
from scanner.cli.output import Output
from scanner.cli.settings import settings_of
from scanner.config import Config, with_internal
from scanner.errors import SettingsError
from scanner.policy import Ground, Policy


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
    by trying: each workbook is a new file. The exit code is 3 where the case was not read to its end, or was read with
    settings under which messages were not kept that count now (more internal domains can make more mail yours), else 0.
    """
    from scanner.review import STALE, review  # noqa: PLC0415 - a help text must not pay for it

    must_be_free(output)
    settings = settings_of(config, case=case)
    folder = CaseFolder(settings.case)
    folder.must_exist()
    out = Output(json=json)
    with folder.opened() as store, store.scanning():
        runs = list(store.runs())
        if not runs:
            raise SettingsError(f"No scan has been begun in {folder.path}.", "Run `missedbcc scan` first.")
        policy = _policy(runs[-1], settings, internal or [], gate)
        found = review(store, policy)
        if gate is None and not internal:  # what is only tried names nothing for ever
            found.keep_ids()
        workbook = write(found, output or folder.free_name(runs[-1].id))
        incidents = sum(1 for _ in found.incidents())
        cleared = Counter(incident.klass for incident in found.cleared())
        whole = read_whole(found)
        stale = [place(one.account, one.folder) for one in found.coverage() if one.trouble == STALE]
    code = Exit.CLEAN if whole else Exit.INCOMPLETE
    out.data(str(workbook))
    out.tell(f"{counted(incidents, 'incident')}.")
    if cleared:
        out.tell(cleared_line(cleared, policy.gate))
    for name in stale:
        out.tell(f"{name}: {STALE}")
    if not whole:
        out.tell("Some mail was not read: see the sheet Coverage, or run `missedbcc status`.")
    out.object(
        "result",
        {
            "workbook": str(workbook),
            "incidents": incidents,
            "cleared": cleared_fields(cleared),
            "exit_code": int(code),
        },
    )
    raise typer.Exit(code)


def _policy(last: Run, settings: Config, internal: list[str], gate: int | None) -> Policy:
    """What the config says; where it is silent, what the last run was told. The options are added to it."""
    told_last = last.policy
    if settings.policy.knows_us:
        typed = [entry.domain for entry in told_last.internal if entry.ground is Ground.COMMAND_LINE]
        policy = with_internal(settings.policy, [*typed, *internal])
    else:
        said = settings.policy if settings.file else told_last
        known = replace(said, internal=told_last.internal, own_addresses=told_last.own_addresses)
        policy = with_internal(known, internal)
    gates = policy.gate if gate is None else replace(policy.gate, exposure=gate)
    return replace(policy, gate=replace(gates, candidate=min(told_last.gate.candidate, gates.exposure)))
