"""`missedbcc check`: whether a scan would work, without reading mail, each failure with its fix."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scanner.account import Account
from scanner.cli.case_folder import CaseFolder
from scanner.cli.check_case import allow_findings, case_findings
from scanner.cli.check_mailbox import APART, failure, mailbox_findings
from scanner.cli.exits import Exit, told
from scanner.cli.finding import Finding, Level
from scanner.cli.lines import counted, said_of
from scanner.cli.options import CaseOption, ConfigOption, JsonOption, SourcesArgument
from scanner.cli.output import JsonValue, Output
from scanner.cli.settings import settings_of
from scanner.config import Config
from scanner.errors import SettingsError, SourceError
from scanner.in_order import Task, group_of, in_order

if TYPE_CHECKING:
    from scanner.connectors.expansion import Grants, Unreached

RELEASED: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""A clock before this day is wrong, and dates in the workbook would be too."""
_TIGHT: Final = 1 << 30  # bytes; a case of a large mailbox stays far below
_FULL: Final = 50 << 20
_PATIENCE: Final = 180.0  # seconds
_PATIENCE_WITH_A_TENANT: Final = 1_800.0  # all of its mailboxes are asked whether they can be reached
_NAMED: Final = 5  # mailboxes that cannot be reached, or files that are not read, for one and the same reason
_TRIED: Final = 3  # mailboxes of a tenant that are opened; all of them were asked whether they can be reached


@dataclass(frozen=True, slots=True)
class Limit:
    """How many seconds all of it may take, None for as long as it does, and when that is over (`time.monotonic`)."""

    seconds: float | None = None
    until: float = inf


@told()
def check(
    sources: SourcesArgument = None,
    *,
    case: CaseOption = None,
    config: ConfigOption = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=1,
            show_default=False,
            help="How long all of it may take; what has not answered by then has failed. [default: no limit]",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Try everything that a scan needs.

    Of each folder of sent mail only the beginning is read. For each source it says whether it can be reached, opened
    and read, which folders a scan would read and by which rule they were found, and how many messages they hold. It
    also looks at the config, the case and how old its last complete run is, the schedule, who is told, the disk and the
    clock. Each failure names its fix. The exit code is the
    one of the worst finding: 0, 1 or 2. A monitoring system that waits for it gives it a --timeout.
    """
    output = Output(json=json)
    worst = Exit.CLEAN
    limit = Limit(timeout, monotonic() + timeout) if timeout else Limit()
    for finding in _findings(sources or (), case, config, limit):
        finding.show(output)
        worst = max(worst, finding.code)
    output.result(worst, {})
    raise typer.Exit(worst)


def _findings(words: Sequence[str], case: Path | None, file: Path | None, limit: Limit) -> Iterator[Finding]:
    from scanner.cli.sources import find_sources  # noqa: PLC0415 - connectors; a help text must not pay for them

    now = datetime.now(UTC)
    yield clock_finding(now)
    try:
        config = settings_of(file)
    except SettingsError as error:
        facts: dict[str, JsonValue] = {"problems": list(error.problems)}
        yield Finding(Level.FAILED, "config", str(error), error.hint, facts, Exit.USAGE, error.problems)
        return
    config = replace(config, case=case or config.case)
    yield _config(config)
    yield from allow_findings(config, now)
    yield _case(config.case)
    yield _disk(config.case)
    yield from case_findings(config, now, limit.until)
    try:
        found = find_sources(words, config)
    except SettingsError as error:
        level, code = (Level.FAILED, Exit.USAGE) if words else (Level.WARNING, Exit.CLEAN)
        yield Finding(level, "sources", str(error), error.hint, code=code, lines=error.problems)
        return
    for word, trouble in found.failed:
        yield failure(word, trouble)
    tasks = [Task(partial(_tried, account), group_of(account), _patience(account)) for account in found.accounts]
    answers = in_order(tasks, limit.until)
    for account, findings in zip(found.accounts, answers, strict=True):
        yield from (_hanging(account, limit),) if findings is None else findings
    yield from _ignored(found.ignored)


def _ignored(ignored: Sequence[tuple[Path, str]]) -> Iterator[Finding]:
    """A line for each reason why files are not read; what a program reads has all their names."""
    alike: dict[str, list[str]] = {}
    for path, reason in ignored:
        alike.setdefault(reason, []).append(str(path))
    for reason, paths in alike.items():
        rest = f", and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
        sentence = f"{counted(len(paths), 'file is', 'files are')} not read. {said_of(len(paths), reason)}"
        facts: dict[str, JsonValue] = {"paths": [*paths]}
        yield Finding(Level.WARNING, "files", sentence, facts=facts, lines=(", ".join(paths[:_NAMED]) + rest,))


def _tried(account: Account) -> list[Finding]:
    return [*_skew(account), *account_findings(account)]


def _patience(account: Account) -> float:
    """How many seconds an account may take, beside others that are tried at the same time. A disk takes its time."""
    if account.server is not None:
        return min(_PATIENCE, account.server.mailbox_deadline)
    return inf if account.graph is None else _PATIENCE_WITH_A_TENANT


def _hanging(account: Account, limit: Limit) -> Finding:
    sentence = f"It did not answer to its end within {_patience(account):,.0f} seconds, so it was given up."
    hint = "Try again later; if it stays so slow, ask whoever runs the server. A scan has more patience."
    if limit.seconds is not None and monotonic() >= limit.until:
        sentence = f"It was not tried to its end within the {limit.seconds:,.0f} seconds that --timeout gives to all."
        hint = f"Try it by itself: missedbcc check {quote(account.name)}. {hint}"
    return Finding(Level.FAILED, account.name, sentence, hint, {"error": "ServerUnreachable"}, Exit.FAILED)


def clock_finding(now: datetime) -> Finding:
    """Whether the clock can be right."""
    if now < RELEASED:
        sentence = f"The clock says {now:%d %B %Y}, which is before this version was made."
        return Finding(Level.WARNING, "clock", sentence, "Set the clock: dates in the workbook would be wrong.")
    return Finding(Level.OK, "clock", f"It is {now:%Y-%m-%d %H:%M} UTC.")


def _config(config: Config) -> Finding:
    where = f"{config.file}: " if config.file else "No config file, which a path does not need: "
    accounts = f"{len(config.accounts)} account{'' if len(config.accounts) == 1 else 's'}"
    if config.policy.knows_us:
        return Finding(Level.OK, "config", f"{where}{accounts}.")
    sentence = f"{where}{accounts}, no internal domains; a scan proposes them from the mail."
    return Finding(Level.WARNING, "config", sentence, "Set organisation.internal, or give --internal to the scan.")


def _case(folder: Path) -> Finding:
    there = _nearest_existing(folder)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        hint = f"Make {there} writable, or name another place with --case."
        return Finding(Level.FAILED, "case", f"The case folder {folder} cannot be written.", hint, code=Exit.FAILED)
    case = CaseFolder(folder)
    if opened := case.open_to_others:
        return Finding(Level.WARNING, "case", opened, f"Run: {case.closing}")
    return Finding(Level.OK, "case", f"{folder} {'is writable' if there == folder else 'will be made'}.")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_nearest_existing(folder)).free
    facts: dict[str, JsonValue] = {"free_bytes": free}
    sentence = f"{free / (1 << 30):.1f} GiB are free for the case."
    if free < _FULL:
        return Finding(Level.FAILED, "disk", sentence, "Free some space.", facts, Exit.FAILED)
    if free < _TIGHT:
        return Finding(Level.WARNING, "disk", sentence, "A large mailbox may need more.", facts)
    return Finding(Level.OK, "disk", sentence, facts=facts)


def _nearest_existing(folder: Path) -> Path:
    absolute = folder.absolute()
    return folder if folder.exists() else next(path for path in absolute.parents if path.exists())


def account_findings(account: Account) -> Iterator[Finding]:
    """An account of one mailbox, or a tenant: what it was granted, which mailboxes it has, and one of them as a try."""
    from scanner.connectors import expand, granted  # noqa: PLC0415

    grants = None
    try:
        grants = granted(account)
        expansion = expand(account)
    except (SourceError, SettingsError) as error:
        if grants is not None:
            yield from _grants(account.name, grants, works=False)
        yield failure(account.name, error)
        return
    if grants is not None:
        yield from _grants(account.name, grants, works=bool(expansion.accounts))
    for sentence in expansion.notices:
        yield Finding(Level.WARNING, account.name, sentence.removeprefix(f"{account.name}: "))
    yield from _unreached(account.name, expansion.unreached)
    if grants is not None:
        count = len(expansion.accounts)
        facts: dict[str, JsonValue] = {"mailboxes": count, "unreached": len(expansion.unreached)}
        sentence = f"{count} mailbox{'' if count == 1 else 'es'} can be reached, {len(expansion.unreached)} cannot."
        yield Finding(Level.OK if count else Level.WARNING, account.name, sentence, facts=facts)
        if expansion.domains:
            sentence = f"The tenant's own domains are {', '.join(expansion.domains)}."
            yield Finding(Level.OK, account.name, sentence, facts={"domains": list(expansion.domains)})
    for mailbox in expansion.accounts[:_TRIED]:
        yield from mailbox_findings(mailbox)


def _grants(name: str, grants: Grants, *, works: bool) -> Iterator[Finding]:
    facts: dict[str, JsonValue] = {
        "granted": list(grants.granted),
        "missing": list(grants.missing),
        "too_much": list(grants.too_much),
    }
    if grants.missing:
        several = len(grants.missing) > 1
        missing = " and ".join(grants.missing)
        if works and not any(right.startswith("Mail.") for right in grants.granted):
            # Exchange's own roles for applications stand in no token.
            sentence = f"{missing} {'are' if several else 'is'} not among the permissions, but mailboxes can be read: "
            yield Finding(Level.OK, name, sentence + "a role in Exchange allows it.", facts=facts)
        else:
            sentence = f"The permission{'s' if several else ''} {missing} {'are' if several else 'is'} missing."
            hint = f"Grant {'them' if several else 'it'}, and give admin consent."
            if "Mail.Read" in grants.missing:
                hint = f"{hint} Without whole_messages, Mail.ReadBasic.All is enough in place of Mail.Read."
            yield Finding(Level.FAILED, name, sentence, hint, facts, Exit.FAILED)
    if grants.too_much:
        sentence = f"More was granted than a scan needs: {', '.join(grants.too_much)}."
        hint = f"Take {'it' if len(grants.too_much) == 1 else 'them'} away in the app registration"
        hint += f", and grant {' and '.join(grants.instead)} instead." if grants.instead else "."
        yield Finding(Level.WARNING, name, sentence, hint, facts)
    if not grants.missing and not grants.too_much:
        sentence = f"Exactly what a scan needs was granted: {', '.join(grants.granted)}."
        yield Finding(Level.OK, name, sentence, facts=facts)


def _unreached(name: str, unreached: Sequence[Unreached]) -> Iterator[Finding]:
    """A failure for each mailbox, and one for all those of which there is nothing else to say."""
    alike: dict[str, list[Unreached]] = {}
    for one in unreached:
        alike.setdefault(str(one.error), []).append(one)
    for several in alike.values():
        for one in several[:_NAMED]:
            yield failure(one.account, one.error)
        if rest := [one.account for one in several[_NAMED:]]:
            error = several[0].error
            finding = failure(name, error)
            sentence = f"Of {len(rest):,} more mailbox{'' if len(rest) == 1 else 'es'} the same: {error}"
            yield replace(finding, sentence=sentence, hint="", facts={**finding.facts, "mailboxes": [*rest]})


def _skew(account: Account) -> Iterator[Finding]:
    from scanner.connectors.clock import skew  # noqa: PLC0415

    ahead = skew(account)
    if ahead is not None and abs(ahead) > APART:
        side = "ahead of" if ahead > timedelta() else "behind"
        sentence = f"This clock is {abs(ahead) // timedelta(minutes=1):,} minutes {side} the server's."
        facts: dict[str, JsonValue] = {"ahead_seconds": int(ahead.total_seconds())}
        yield Finding(Level.WARNING, account.name, sentence, "Set the clock: sign-ins fail with a wrong one.", facts)
