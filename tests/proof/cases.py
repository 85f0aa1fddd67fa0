"""A case folder with runs, workbooks and manifests, made without a mailbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from reports import write_workbook
from reports.manifest import Ledger
from reports.workbook_check import changes
from scanner.account import SecretKind, SecretReference
from scanner.case import Outcome, Run
from scanner.policy import Policy
from scanner.proof.check import DATABASE, Wanted, check_case
from scanner.proof.findings import Found, State
from scanner.proof.manifest import Command, Kept, Output, Writing, write_manifest
from scanner.proof.run_facts import Came, run_facts
from scanner.proof.signature import make_key, signing_key_of
from scanner.store import open_store
from tests.reports import example

CASE = example.full_case()


@dataclass(frozen=True)
class Made:
    folder: Path
    key: Path | None

    @property
    def public(self) -> Path:
        assert self.key is not None
        return self.key.with_name(f"{self.key.name}.pub")

    def run(self, *, report: bool = False, finished: bool = True) -> Kept:
        """One more run, or a report on the last one."""
        with open_store(self.folder / DATABASE) as store:
            runs = list(store.runs())
            if report:
                run = runs[-1]
            else:
                run = store.begin(
                    Run(0, datetime(2026, 11, 22, tzinfo=UTC), None, "0.1.0", Policy(), (), ("sent.mbox",))
                )
                if finished:
                    run = replace(run, finished=datetime(2026, 11, 22, 1, tzinfo=UTC), outcome=Outcome.COMPLETE)
                    store.save(run)
        number = len(list(self.folder.glob("*.xlsx"))) + 1
        ledger = Ledger()
        workbook = write_workbook(CASE, self.folder / f"book-{number}.xlsx", ledger=ledger)
        facts = run_facts(run, CASE.id, Came({"probable exposure": 2}, 4), CASE.coverage(), CASE.rule_pack, ())
        outputs = (Output(workbook, "workbook", ledger.facts(), ledger.octets()),)
        key = signing_key_of(SecretReference(SecretKind.FILE, str(self.key))) if self.key else None
        command = Command.REPORT if report else Command.SCAN
        return write_manifest(Writing(self.folder, run.id, command, facts, outputs, (), self.folder / DATABASE, key))

    def found(self, wanted: Wanted | None = None) -> list[Found]:
        return list(check_case(self.folder, changes, wanted))

    def wrong(self, wanted: Wanted | None = None) -> list[tuple[State, str]]:
        return [(one.state, one.subject) for one in self.found(wanted) if not one.state.fine]


def make(folder: Path, *, runs: int = 3, signed: bool = False) -> Made:
    """A case with as many runs; its key lies beside the folder."""
    key = folder.parent / f"{folder.name}.pem" if signed else None
    if key:
        make_key(key)
    made = Made(folder, key)
    folder.mkdir()
    for _ in range(runs):
        made.run()
    return made
