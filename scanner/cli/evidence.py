"""`missedbcc evidence`: the original messages of an incident, in a bag that carries their digests."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.account import Account
from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import Exit, told
from scanner.cli.lines import counted
from scanner.cli.manifests import Left, key_must_be_had, leave_manifest, short_facts
from scanner.cli.options import CaseOption, ConfigOption, JsonOption, SourcesArgument
from scanner.cli.output import Output, warn
from scanner.cli.settings import settings_of
from scanner.config import Config
from scanner.errors import SettingsError, SourceError

if TYPE_CHECKING:
    from scanner.incident import Incident
    from scanner.proof.evidence import Gone

_ID = re.compile(r"I-[A-Z0-9]{6,12}")
_RESUME = "No bag was written. Run the same command again."


@told(_RESUME)
def evidence(
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Its id in the workbook, or a former one.")],
    sources: SourcesArgument = None,
    *,
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", show_default=False, help="The folder to make; a new or empty one.")
    ],
    case: CaseOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Fetch the original messages of an incident.

    They are fetched byte for byte from where the scans found them: every message, every copy, and what came back. They
    go into a bag (BagIt, RFC 8493): data/messages, with data/incident.json, data/locators.csv, and the SHA-256 of each
    file. Each message is compared with the digest that the scan took of its header. The mailbox is not changed.

    Without a SOURCE, mail is looked for in the accounts of the config and at the paths that were scanned. Microsoft 365
    gives whole messages only where Mail.Read was granted and whole_messages is set in the config.

    What cannot be had is told, and listed in data/missing.csv; the exit code is then 3. It is 1 where nothing can be
    had, and 2 for an id that no incident has. A bag holds mail: keep it as you keep the mailbox. The case keeps a
    manifest that says what was fetched, with the SHA-256 of the bag's tagmanifest-sha256.txt.
    """
    from scanner.proof.bag import TAGS, must_be_free  # noqa: PLC0415 - a help text must not pay for what it loads
    from scanner.proof.evidence import bag_incident  # noqa: PLC0415
    from scanner.proof.file_digest import digest_of  # noqa: PLC0415

    output = Output(json=json)
    output.meanwhile({"incident": incident, "bag": None})
    _must_be_one(sources or ())
    settings = settings_of(config, case=case)
    folder = CaseFolder(settings.case)
    folder.must_exist()
    _must_be_outside(to, folder)
    must_be_free(to)
    key_must_be_had(settings)
    wanted, matter, run = _wanted(folder, incident)
    output.meanwhile({"incident": wanted.id, "bag": None})
    with closing(_Missing(output)) as missing:
        bagged = bag_incident(wanted, _Sources(sources or (), settings), to, missing)
    result: dict[str, int] = {"messages": bagged.messages, "places": bagged.places, "missing": len(bagged.gone)}
    facts = short_facts(matter, result) | {"incident": wanted.id, "bag": digest_of(to / TAGS)}
    leave_manifest(folder, settings, Left("evidence", run, facts, reads_only=True))
    code = Exit.INCOMPLETE if bagged.gone else Exit.CLEAN
    output.data(str(to))
    messages, places = counted(bagged.messages, "message"), counted(bagged.places, "place")
    output.tell(f"{messages} from {places}{f'; {len(bagged.gone):,} could not be had' if bagged.gone else ''}.")
    output.result(code, {"incident": wanted.id, "bag": str(to), **result})
    raise typer.Exit(code)


class _Missing:
    """Says what could not be had: of messages that one reason keeps from us, the first, and then how many more."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._reasons: Counter[tuple[str, str]] = Counter()

    def __call__(self, gone: Gone) -> None:
        """Take one."""
        where = gone.place.locator
        self._output.object("missing", {"locator": str(where), "reason": gone.reason})
        self._reasons[where.account, gone.reason] += 1
        if self._reasons[where.account, gone.reason] == 1:
            warn(gone.reason if str(where) in gone.reason else f"{where}: {gone.reason}")

    def close(self) -> None:
        """Say how many more there were."""
        for (account, _), count in self._reasons.items():
            if count > 1:
                warn(f"{account}: {counted(count - 1, 'more message')}, for the same reason.")


def _must_be_one(sources: Sequence[str]) -> None:
    """Raise SettingsError where a second incident is named: it would be taken for a source."""
    if any(_ID.fullmatch(word.strip().upper()) and not Path(word).exists() for word in sources):
        raise SettingsError("A bag holds one incident.", "Run the command once for each, with a --to of its own.")


def _must_be_outside(bag: Path, folder: CaseFolder) -> None:
    """Raise SettingsError for a bag in the case folder: `verify` would take all in it for strange files."""
    if bag.resolve().is_relative_to(folder.path.resolve()):
        raise SettingsError(
            f"{bag} is in the case folder {folder.path}, which holds no mail.", "Name a folder elsewhere with --to."
        )


def _wanted(folder: CaseFolder, name: str) -> tuple[Incident, str, int]:
    """The incident with this id, or that has had it; the name of the case, and its last run. Raises SettingsError."""
    from scanner.review import review  # noqa: PLC0415

    asked = name.strip().upper()
    names: list[str] = []
    with folder.opened() as store:
        case = review(store)
        for incidents in (case.incidents, case.cleared):
            for found in incidents():
                own = (found.id, *found.aliases)
                if asked in (one.upper() for one in own):
                    return found, store.matter().name, max((run.id for run in store.runs()), default=0)
                names += own
    close = difflib.get_close_matches(asked, names, n=3, cutoff=0.4)
    hint = f"Did you mean {', '.join(close)}?" if close else "The ids stand on the sheet Incidents of the workbook."
    raise SettingsError(f"No incident of {folder.path} has the id {name}.", hint)


class _Sources:
    """Finds the account of a locator: by its name, behind a tenant, by the last part of its path, or at its path."""

    def __init__(self, words: Sequence[str], settings: Config) -> None:
        from scanner.cli.sources import find_sources  # noqa: PLC0415

        self._asked = bool(words)
        self._accounts = {account.name: account for account in settings.accounts} if not words else {}
        if words:
            found = find_sources(words, settings)
            for word, error in found.failed:
                warn(f"{word}: {error}")
            self._accounts = {account.name: account for account in found.accounts}
        self._expanded = False

    def __call__(self, name: str) -> Account | None:
        """The account, or None."""
        if name not in self._accounts and not self._expanded and not self._is_path(name):
            self._expand()
        if name in self._accounts and not self._stands_for_many(self._accounts[name]):
            return self._accounts[name]
        return self._named_like(name) if self._asked else self._at(name)

    def _is_path(self, name: str) -> bool:
        return not self._asked and Path(name).exists()

    def _stands_for_many(self, account: Account) -> bool:
        return account.graph is not None and account.mailbox is None

    def _expand(self) -> None:
        """Ask the tenants among the accounts for their mailboxes, once."""
        from scanner.connectors import expand  # noqa: PLC0415

        self._expanded = True
        for account in [*self._accounts.values()]:
            if not self._stands_for_many(account):
                continue
            try:
                found = expand(account)
            except (SourceError, SettingsError) as error:
                warn(f"{account.name}: {error}")
                warn(error.hint)
                continue
            self._accounts |= {mailbox.name: mailbox for mailbox in found.accounts}
            for one in found.unreached:
                warn(f"{one.account}: {one.error}")

    def _named_like(self, name: str) -> Account | None:
        """The one archive among those named whose path ends as this one does: it was moved."""
        last = Path(name).name
        alike = [one for one in self._accounts.values() if one.path is not None and one.path.name == last]
        return alike[0] if len(alike) == 1 else None

    def _at(self, name: str) -> Account | None:
        """The archive at the path that an account of the command line has as its name."""
        from scanner.connectors.discover import discover  # noqa: PLC0415

        try:
            found = discover(Path(name)).accounts if Path(name).exists() else ()
        except (SourceError, SettingsError):
            return None
        return next((account for account in found if account.name == name), None)
