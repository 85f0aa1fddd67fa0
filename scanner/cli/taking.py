"""A case taken for one command, which leaves a manifest however it ends; what was killed before is written up first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.account import Account
from scanner.cli.case_folder import CaseFolder
from scanner.cli.exits import code_of
from scanner.cli.manifests import Left, facts_written_up, leave_manifest, short_facts, stopped_facts
from scanner.cli.output import warn
from scanner.config import Config
from scanner.errors import MissedBccError

if TYPE_CHECKING:
    from scanner.cli.manifests import Facts
    from scanner.store.store import Store

_FILLING: Final = ("scan", "report")  # which write who is concerned into the folder
_LATER: Final = "The next command that takes the case writes up what this one did."


@contextmanager
def taking(
    store: Store, folder: CaseFolder, settings: Config, command: str, accounts: Sequence[Account] = ()
) -> Iterator[Held]:
    """Hold the case for a command, to the end of the block, in which it leaves its manifest.

    What was left without a manifest, by a command that was killed, is written up first. Where an error or a signal ends
    the block early, the manifest says that. `accounts` are those whose mail is read. Raises StoreError, ReportError.
    """
    with store.scanning():
        if command in _FILLING and (opened := folder.open_to_others):
            warn(f"{opened} Run: {folder.closing}")
        held = Held(store, folder, settings, command, accounts)
        held.write_up()
        try:
            yield held
        except BaseException as error:
            held.end_early(error)
            raise


class Held:
    """A case that one command holds."""

    def __init__(
        self, store: Store, folder: CaseFolder, settings: Config, command: str, accounts: Sequence[Account]
    ) -> None:
        self._store = store
        self._folder = folder
        self._settings = settings
        self._command = command
        self._accounts = accounts
        self._earlier = store.last_run()
        self._going: tuple[Path, ...] = ()
        self._left = False

    def leave(self, left: Left) -> None:
        """Write the manifest of the command: what it writes into the case after that is in none. Raises ReportError."""
        self._store.come_to_rest()
        leave_manifest(self._folder, self._settings, left)
        self._left = True

    def removing(self, files: Iterable[Path]) -> None:
        """Tell which files are about to be taken away: where that ends early, the manifest names those that went."""
        self._going = tuple(files)

    def write_up(self) -> None:
        """Leave a manifest for each run that left none, and for files of ours that none names."""
        from scanner.proof.write_up import clear, unnamed, untold  # noqa: PLC0415 - a help text must not pay for it

        if not self._earlier:
            return
        case = self._store.matter().name
        runs = {run.id: run for run in self._store.runs()}
        without = untold(self._folder.path, case, runs)
        files, scraps = unnamed(self._folder.path), clear(self._folder.path)
        by = f"run {self._earlier + 1}" if self._command == "scan" else f"missedbcc {self._command}"
        for number in without:
            facts = facts_written_up(self._store, runs[number], by)
            last = number == without[-1]
            self._write_up(number, facts, files if last else (), scraps if last else ())
        if not without and (files or scraps):
            facts = short_facts(case, {}) | {"note": f"is followed by files that no manifest names; written up by {by}"}
            self._write_up(self._earlier, facts, files, scraps)

    def _write_up(self, run: int, facts: Facts, files: Sequence[Path], scraps: Sequence[Path]) -> None:
        self._store.come_to_rest()
        leave_manifest(self._folder, self._settings, Left("write-up", run, facts, removed=scraps, found=files))

    def end_early(self, error: BaseException) -> None:
        """Leave the manifest of a command that an error or a signal ends; where that fails, it is said and no more."""
        if self._left:
            return
        try:
            self._leave_early(error)
        except MissedBccError as failed:
            # What prevents it, as a full disk does, may be what ended the command, and that is told anyway.
            warn(_LATER if str(failed) == str(error) else f"{failed} {_LATER}")

    def _leave_early(self, error: BaseException) -> None:
        from scanner.proof.write_up import unnamed  # noqa: PLC0415

        runs = list(self._store.runs())
        if not runs or (self._command == "scan" and runs[-1].id == self._earlier):
            return  # nothing was begun
        facts = stopped_facts(self._store, runs[-1], self._settings, self._accounts, int(code_of(error)))
        facts["error"] = None if isinstance(error, KeyboardInterrupt) else type(error).__name__
        gone = tuple(path for path in self._going if not path.exists())
        self.leave(Left(self._command, runs[-1].id, facts, removed=gone, found=unnamed(self._folder.path)))
