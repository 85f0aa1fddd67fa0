"""What `scan` and `report` do alike: read decisions back, judge, write the workbook, and remember what it showed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reports.extent import extent
from reports.presentation import PLAIN, Presentation
from scanner.case import read_whole
from scanner.cli.case_folder import CaseFolder
from scanner.cli.doubts import with_doubts
from scanner.cli.formats import Tables
from scanner.cli.lines import cleared_fields, cleared_line, counted, place
from scanner.cli.manifests import other_output, workbook_output
from scanner.cli.output import JsonValue, warn
from scanner.cli.output import Output as Words
from scanner.cli.read_back import CameBack, Named, Password, counts, read_back, say, say_open, unread
from scanner.decision import Decisions, Novelty
from scanner.errors import ReportError, SettingsError
from scanner.incident import Class
from scanner.policy import Policy
from scanner.proof.file_digest import digest_of

if TYPE_CHECKING:
    from scanner.proof.manifest import Output
    from scanner.review import StoredCase
    from scanner.store.showings import Showing
    from scanner.store.store import Store


READ_OTHERWISE: Final = (
    "All mail was read, some of it with other settings: `missedbcc scan` with these settings keeps what may count now."
)
"""What is said where nothing else lacks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for.

    `decisions` are workbooks that came back by another way than the case folder. A `trial` shows other settings: it
    names nothing for ever and takes no decisions. `formats` are further files beside the workbook; `named` is what was
    found in `decisions` before any work began.
    """

    output: Path | None = None
    decisions: tuple[Path, ...] = ()
    password: Password = field(default_factory=lambda: Password(None))
    presentation: Presentation = PLAIN
    trial: bool = False
    formats: tuple[Tables, ...] = ()
    named: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was written, and what it shows.

    `people` are the affected with an address, counted once over all incidents; `below_gate` counts messages, `cleared`
    the incidents of every class but the probable exposures; `stale` are folders that were read with other settings,
    `only_stale` whether nothing else keeps it from being `whole`, and `outputs` every file that was written.
    """

    case: StoredCase
    workbook: Path
    readings: tuple[CameBack, ...] = ()
    news: Counter[Novelty] = field(default_factory=Counter)
    people: int = 0
    below_gate: int = 0
    cleared: Counter[Class] = field(default_factory=Counter)
    stale: tuple[str, ...] = ()
    whole: bool = False
    only_stale: bool = False
    outputs: tuple[Output, ...] = ()

    @property
    def incidents(self) -> int:
        """How many are reported."""
        return self.news.total()

    @property
    def to_see(self) -> int:
        """How many of them are not as they were when they were last shown."""
        return self.incidents - self.news[Novelty.KNOWN]

    def fields(self) -> dict[str, JsonValue]:
        """For programs."""
        return {
            "workbook": str(self.workbook),
            "edition": self.case.edition,
            "incidents": self.incidents,
            **{str(novelty): self.news[novelty] for novelty in Novelty},
            "affected_people": self.people,
            "below_gate": self.below_gate,
            "cleared": cleared_fields(self.cleared),
            "decisions": {**counts(self.readings)},
            **open_counts(self.case.decisions()),
        }

    def found(self) -> str:
        """For people: what is new comes first."""
        order = (Novelty.NEW, Novelty.REOPENED, Novelty.CHANGED, Novelty.KNOWN)
        news = ", ".join(f"{one}: {self.news[one]:,}" for one in order if self.news[one]).capitalize()
        return (
            f"{news if self.to_see else 'Nothing new'}. Found {counted(self.incidents, 'incident')}; "
            f"{counted(self.people, 'person', 'people')} affected."
        )

    def notes(self) -> list[str]:
        """For people: what else there is to say about it."""
        cleared = [cleared_line(self.cleared, self.case.policy.gate)] if self.cleared else []
        return [*cleared, *self.stale]


def open_counts(decisions: Decisions) -> dict[str, int]:
    """For programs: how many answers wait for somebody, as `missedbcc decisions` calls them."""
    return {"open_conflicts": len(decisions.conflicts), "open_refusals": len(decisions.refusals)}


def open_answers(decisions: Decisions) -> Iterator[str]:
    """For people: how many answers are in conflict or not taken, and the next step; nothing where there are none."""
    found = [(len(decisions.conflicts), "answer", "in conflict"), (len(decisions.refusals), "cell", "not taken")]
    said = [f"{counted(count, noun)} {what}" for count, noun, what in found if count]
    if said:
        yield (
            f"Open: {' and '.join(said)}. The columns Conflict say which: type the right answers beside them, or run "
            "`missedbcc decisions --settle`."
        )


def must_be_free(wanted: Asked, folder: CaseFolder) -> None:
    """Raise SettingsError, before anything is read, where --output cannot be written or would replace a file."""
    path = wanted.output
    if path is None:
        return
    if path.is_dir():
        raise SettingsError(
            f"{path} is a folder: --output names the workbook itself.", f"Write for example {path / 'for-legal.xlsx'}."
        )
    if path.suffix.lower() != ".xlsx":
        raise SettingsError(
            f"{path} does not end in .xlsx: --output names the workbook, which is an Excel workbook in any case.",
            f"Write for example {path.with_name(path.stem + '.xlsx')}; --format writes tables of other forms too.",
        )
    for tables in wanted.formats:
        if tables.folder(path).exists():
            raise SettingsError(
                f"{tables.folder(path)}, where the tables of {path} belong, is there already; it is never overwritten.",
                "Give another name with --output, or move it away.",
            )
    if path.exists():
        raise SettingsError(
            f"{path} is there already, and {_may_hold(path, wanted, folder)}, so it is never overwritten.",
            "Give another name with --output, or move the file away.",
        )
    if not path.parent.is_dir():
        raise SettingsError(
            f"The workbook cannot be written to {path}: there is no folder {path.parent}.",
            "Make the folder, or give another name with --output.",
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise SettingsError(
            f"The workbook cannot be written to {path}: no right to write in {path.parent}.",
            "Give a name in a folder of your own with --output.",
        )


def _may_hold(path: Path, wanted: Asked, folder: CaseFolder) -> str:
    """What is known of the decisions in a file that stands in the way."""
    number: int | None = None
    if path.is_file() and folder.database.is_file():
        with folder.opened() as store:
            number = unread(store, folder, path, wanted.password)
    if not number:
        return "a workbook may hold decisions"
    return f"it holds {counted(number, 'decision')} that {'was' if number == 1 else 'were'} not read back"


def hand_over(store: Store, folder: CaseFolder, policy: Policy, wanted: Asked, words: Words) -> HandedOver:
    """Read back, judge, write, remember: in this order, so that a workbook that fails counts as not shown.

    Raises ReportError, StoreError.
    """
    from reports import write_workbook  # noqa: PLC0415 - a help text must not pay for it
    from reports.manifest import Ledger  # noqa: PLC0415
    from scanner.review import review  # noqa: PLC0415

    taken = read_back(store, folder, wanted.named, wanted.password)
    case = review(store, policy)
    readings = tuple(with_doubts(taken, case))
    say(readings, words)
    say_open(store, folder, wanted.named)
    for line in open_answers(case.decisions()):
        warn(line)  # also where nobody watches: each scan, until somebody decides
    workbook = wanted.output or folder.free_name(case.run, redacted=wanted.presentation.redacted)
    source = folder.source_of(workbook)
    if not wanted.trial:
        case.keep_ids()
        case.begin_edition(datetime.now(UTC), source)
    ledger = Ledger()
    write_workbook(case, workbook, wanted.presentation, ledger)
    done, shown = _looked_at(case, workbook, readings)
    if wanted.trial:
        store.mark_read(source, _digest(workbook))
    else:
        store.finish_edition(case.edition, _digest(workbook), shown)
    others = [path for tables in wanted.formats for path in tables.write(case, workbook)]
    return replace(done, outputs=(workbook_output(workbook, ledger), *map(other_output, others)))


def _looked_at(case: StoredCase, workbook: Path, readings: tuple[CameBack, ...]) -> tuple[HandedOver, list[Showing]]:
    """What the workbook shows, in numbers, and of each incident what is remembered: of all that is or was reported."""
    from scanner.store.showings import Showing  # noqa: PLC0415

    news: Counter[Novelty] = Counter()
    cleared: Counter[Class] = Counter()
    people: set[str] = set()
    shown: list[Showing] = []
    for incident in case.incidents():
        news[case.novelty(incident)] += 1
        people.update(row.address for row in incident.affected if row.address is not None)
        shown.append(Showing.of(incident, case.run))
    for incident in case.cleared():
        cleared[incident.klass] += 1
        if incident.klass is Class.ALLOWED:
            shown.append(Showing.of(incident, case.run))
    stale = tuple(f"{place(one.account, one.folder)}: {one.trouble}" for one in case.coverage() if one.stale)
    done = HandedOver(case, workbook, readings, news, len(people), case.below_gate(), cleared, stale, read_whole(case))
    return replace(done, only_stale=extent(case).only_stale), shown


def _digest(workbook: Path) -> str:
    try:
        return digest_of(workbook)
    except OSError as error:
        raise ReportError(
            f"The workbook {workbook} was written and cannot be read again: {error.strerror}.",
            "Check the disk and the rights of its folder, then write the report again; the scan is kept.",
        ) from error
