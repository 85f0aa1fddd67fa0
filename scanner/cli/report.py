"""`missedbcc report`: the workbook again, from what earlier scans kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import typer

from reports.presentation import Presentation
from scanner.case import Run
from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, told
from scanner.cli.formats import folders_of, must_not_be_in_clear, writers_of
from scanner.cli.hand_over import READ_OTHERWISE, Asked, hand_over, must_be_free
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
    OutputOption,
    PasswordOption,
    RedactedOption,
)
from scanner.cli.output import Output
from scanner.cli.password import workbook_password
from scanner.cli.read_back import must_be_files, named, password_of
from scanner.cli.settings import settings_of
from scanner.cli.taking import taking
from scanner.config import Config, with_internal
from scanner.errors import SettingsError
from scanner.policy import Ground, Policy

_NOT_READ: Final = "Some mail was not read: see the sheet Coverage, or run `missedbcc status`."


@told()
def report(  # noqa: PLR0913 - one parameter for each option
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
    redacted: RedactedOption = False,
    password: PasswordOption = None,
    json: JsonOption = False,
) -> None:
    """Write the workbook of a case again.

    No mail is read. Decisions that people typed into earlier workbooks of the case are read back first. With another
    --gate or more --internal domains, what the scans kept is judged anew. Nothing is lost by trying: each workbook is a
    new file, and one that only tries other settings takes no decisions. A workbook that --decisions names and that
    cannot be used (damaged, locked, of another case) ends the command with 2 before anything is read back or written;
    one in the case folder is told, and tried again the next time. The exit code is 3 where the case was not read
    to its end, or was read with settings under which messages were not kept that count now (more internal domains can
    make more mail yours), else 0.
    """
    settings = settings_of(config, case=case)
    trial = gate is not None or bool(internal)
    lock = workbook_password(password, settings.password)
    must_not_be_in_clear(format_, lock, redacted=redacted)
    wanted = Asked(
        output,
        tuple(decisions or ()),
        password_of(decisions_password, password, settings.password),
        Presentation(str(language or settings.language), redacted=redacted, password=lock),
        trial,
        writers_of(format_, redacted=redacted),
    )
    must_be_files(wanted.decisions)
    key_must_be_had(settings)
    folder = CaseFolder(settings.case)
    folder.must_exist()
    must_be_free(wanted, folder)
    wanted = replace(wanted, named=named(wanted.decisions, folder, wanted.password))
    words = Output(json=json)
    with folder.opened() as store, taking(store, folder, settings, "report") as held:
        runs = list(store.runs())
        if not runs:
            raise SettingsError(f"No scan has been begun in {folder.path}.", "Run `missedbcc scan` first.")
        done = hand_over(store, folder, _policy(runs[-1], settings, internal or [], gate), wanted, words)
        code = Exit.CLEAN if done.whole else Exit.INCOMPLETE
        facts = facts_of(done.case, runs[-1], settings, (), int(code))
        held.leave(Left("report", runs[-1].id, facts, done.outputs))
    words.data(str(done.workbook))
    for tables in folders_of(done.outputs):
        words.tell(f"The tables stand in {tables}.")
    for line in (done.found(), *done.notes()):
        words.tell(line)
    if not done.whole:
        words.tell(READ_OTHERWISE if done.only_stale else _NOT_READ)
    words.result(code, done.fields())
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
