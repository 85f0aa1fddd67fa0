"""`missedbcc verify`: whether a case is as it was written, and what changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated

import typer

from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, told
from scanner.cli.options import CaseOption, ConfigOption, DecisionsPasswordOption, JsonOption
from scanner.cli.output import JsonValue, Output, printable
from scanner.cli.read_back import password_of
from scanner.cli.settings import settings_of
from scanner.config import Config
from scanner.errors import SettingsError
from scanner.proof.findings import Found, State

_DIGEST = re.compile(r"[0-9a-f]{64}")


@told()
def verify(  # noqa: PLR0913 - one parameter for each option
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[CASE]", show_default=False, help="The case folder. [default: as --case]"),
    ] = None,
    *,
    case: CaseOption = None,
    config: ConfigOption = None,
    public_key: Annotated[
        Path | None,
        typer.Option(
            "--public-key", metavar="FILE", show_default=False,
            help="Every manifest must be signed with the key to which this public key belongs.",
        ),
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option(
            "--digest", metavar="SHA256", show_default=False,
            help="A digest that an earlier verify printed: the manifest that has it must still be there.",
        ),
    ] = None,
    decisions_password: DecisionsPasswordOption = None,
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Check a case against its manifests, and say what changed.

    Each run and each report leaves a manifest with the digest of all that it wrote and of the manifest before it. This
    looks at each manifest, its signature, each workbook and other file, the database, and what else lies in the folder,
    with one line for each. A workbook in which people filled the cells that are left to them, sorted rows or moved
    columns is not a changed one; to look into one that is encrypted takes its password, that of --decisions-password or
    of the config. Nothing is written.

    Without signatures the last manifest proves nothing against somebody who writes it anew. So the last line is its
    digest: keep that elsewhere, and give it to a later check with --digest.

    What you have no right to read is not checked, and told as that. The exit code is 0 where all is as it was written
    or only such cells were filled, 1 where anything else differs, 2 for wrong usage, and 3 where nothing differs, but
    something could not be told: it was not checked, or a running command has it in hand.
    """
    from reports.returned_file import unlocked  # noqa: PLC0415 - a help text must not pay for what these load
    from reports.workbook_check import changes  # noqa: PLC0415
    from scanner.proof.check import Wanted, check_case, open_manifests  # noqa: PLC0415
    from scanner.proof.signature import public_key_in  # noqa: PLC0415

    output = Output(json=json)
    settings = _settings(folder, case, config)
    place = settings.case
    password = password_of(decisions_password, None, settings.password)
    key = public_key_in(public_key) if public_key else None
    unlocking = (lambda path: unlocked(path, password())) if password.named else None
    states = _shown(check_case(place, changes, Wanted(key, _digest(digest), unlocking)), output)
    last = [kept.digest for kept in open_manifests(place) or ()][-1:]
    if last:
        output.data(f"The last manifest has the SHA-256 {last[0]}")
    code = _code(states)
    counts: dict[str, JsonValue] = {str(state): states[state] for state in State if states[state]}
    output.result(
        code,
        {
            "case": str(place),
            "states": counts,
            "wrong": sum(count for state, count in states.items() if not state.fine),
            "last_manifest": last[0] if last else None,
        },
    )
    raise typer.Exit(code)


def _shown(findings: Iterable[Found], output: Output) -> Counter[State]:
    """How many there were of each state; a line for each finding."""
    states: Counter[State] = Counter()
    for found in findings:
        output.data(printable(f"{found.state:11} {found.subject}: {found.sentence}"))
        counts: dict[str, JsonValue] = {name: dict(sheets) for name, sheets in found.counts.items()}
        state: dict[str, JsonValue] = {"state": str(found.state), "fine": found.state.fine}
        output.object("found", {**state, "subject": found.subject, "sentence": found.sentence, **counts})
        states[found.state] += 1
    return states


def _digest(said: str | None) -> str | None:
    wanted = said.strip().lower() if said else None
    if wanted is not None and not _DIGEST.fullmatch(wanted):
        raise SettingsError("--digest is not a SHA-256.", "It is the 64 hexadecimal digits that verify prints.")
    return wanted


def _code(states: Collection[State]) -> Exit:
    wrong = {state for state in states if not state.fine}
    if not wrong:
        return Exit.CLEAN
    return Exit.INCOMPLETE if all(state.untold for state in wrong) else Exit.FAILED


def _settings(folder: Path | None, case: Path | None, config: Path | None) -> Config:
    if folder is not None and case is not None:
        raise SettingsError("The case folder is named twice.", "Name it once, as CASE or with --case.")
    settings = settings_of(config, case=folder or case)
    place = settings.case
    if not place.is_dir():
        raise SettingsError(f"There is no case in {place}.", "Name the folder of a case.")
    if not (place / "manifests").is_dir():
        CaseFolder(place).must_exist()
    return settings
