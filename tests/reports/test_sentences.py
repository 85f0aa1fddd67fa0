"""What the workbook says in words: no sentence says more than the case knows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from reports import write_workbook
from reports.class_meanings import CLASS_MEANINGS
from reports.figures import fields_of, named, trouble_of
from reports.sentences import (
    allowed_sentence,
    bounces_sentence,
    cleared_sentence,
    coverage_sentence,
    gate_sentence,
    period_sentence,
)
from reports.summary import Findings, Reading, extent, totals
from scanner.address import Field
from scanner.case import Outcome
from scanner.coverage import STALE, ChosenBy, Coverage
from scanner.defect import Defect
from scanner.envelope import Unparsed
from scanner.exposure import Identifiable
from scanner.incident import Class
from scanner.policy import Allowed, Gate, Policy
from tests.reports import example, tables

FOLDER = Coverage("research", "Sent", ChosenBy.NAME, 100, 100, finished=True)
NAMELESS = example.hostile_incident().affected[-1]


def findings(case: example.ExampleCase) -> Findings:
    return Findings(totals(case), extent(case), 100)


@pytest.mark.parametrize(
    ("read", "unreadable", "said"),
    [
        (
            97,
            0,
            "3 messages are missing: counted by the source and not handed out by it; which ones they are is not known.",
        ),
        (99, 0, "1 message is missing: counted by the source and not handed out by it; which one it is is not known."),
        (99, 1, "1 message could not be read; see the list of them below."),
        (100, 0, ""),
    ],
)
def test_a_missing_message_is_not_called_unreadable(read: int, unreadable: int, said: str) -> None:
    assert trouble_of(replace(FOLDER, read=read, unreadable=unreadable)) == said


def test_missing_and_unreadable_are_both_said() -> None:
    said = trouble_of(replace(FOLDER, read=90, unreadable=4))
    assert "4 messages could not be read" in said
    assert "6 messages are missing" in said


def test_all_mail_means_the_folders_that_were_searched() -> None:
    archive = Coverage("research", "Archive", ChosenBy.NOT_SENT, None)
    second = replace(FOLDER, folder="Sent 2", read=98, skipped=(("it is a draft", 2),))
    case = replace(example.clean_case(), held_coverage=(archive, FOLDER, second))
    assert coverage_sentence(extent(case)) == (
        "All mail in the 2 folders searched was read: 198 messages, none unreadable, none missing, 2 skipped "
        "(reasons on the sheet Coverage). 1 other folder was not searched."
    )


def test_nothing_found_in_part_of_the_mail_is_said_of_that_part() -> None:
    case = replace(example.clean_case(), held_runs=(example.run(1, Outcome.INCOMPLETE),))
    assert findings(case).none_found == "No probable exposure was found; not all mail was read."
    assert findings(example.clean_case()).none_found == "No probable exposure was found."
    assert findings(case).none_cleared == "Nothing else was considered; not all mail was read."


def test_mail_that_was_read_with_other_settings_was_read() -> None:
    known = extent(example.stale_case())
    assert (known.reading, known.only_stale, known.incomplete_folders) == (Reading.INCOMPLETE, True, 0)
    assert coverage_sentence(known) == (
        "All mail was read, but that of 1 folder with other settings: messages that were not kept then may count with "
        "those of this workbook. Scan again with these. There may be exposures that this workbook does not show."
    )
    lacks = "messages that were not kept may count with these settings."
    assert findings(example.stale_case()).none_found == f"No probable exposure was found; {lacks}"
    assert findings(example.stale_case()).none_cleared == f"Nothing else was considered; {lacks}"


@pytest.mark.parametrize(
    "case",
    [
        example.stale_case(replace(FOLDER, folder="Sent 2", read=90)),
        replace(example.clean_case(), held_coverage=(replace(FOLDER, read=90, trouble=STALE),)),
        replace(example.stale_case(), held_runs=(example.run(1, Outcome.STOPPED),)),
    ],
    ids=["another folder", "the same folder", "the run"],
)
def test_where_mail_was_not_read_as_well_it_is_not_said_to_be(case: example.ExampleCase) -> None:
    known = extent(case)
    assert not known.only_stale
    assert coverage_sentence(known).startswith("Not all mail was read")
    assert "1 folder read with other settings" in coverage_sentence(known)
    assert findings(case).none_found == "No probable exposure was found; not all mail was read."


def test_what_was_cleared_is_counted_and_nothing_is_promised() -> None:
    policy = Policy(gate=Gate(candidate=5, exposure=10, parties=2, sensitive=3))
    said = cleared_sentence(policy, Counter({Class.HIDDEN: 2, Class.BELOW_GATE: 10}))
    assert said.startswith("12 incidents of other classes, each listed with its reasons")
    assert "would show" not in said
    nothing = cleared_sentence(policy, Counter())
    assert nothing.endswith("named 5 outsiders or more (3 where its subject is sensitive).")
    plain = cleared_sentence(Policy(gate=Gate(candidate=5, exposure=3, sensitive=3)), Counter())
    assert plain.endswith("named 3 outsiders or more.")


def test_the_gate_says_where_it_is_lower() -> None:
    assert "at least 10 counted people, or 3 where its subject is sensitive, of at least 2" in gate_sentence(Policy())
    assert "sensitive" not in gate_sentence(Policy(gate=Gate(exposure=3, sensitive=3)))


def test_every_class_is_explained_in_the_order_of_the_classes() -> None:
    assert list(CLASS_MEANINGS) == list(Class)
    assert all(sentence.endswith(".") for sentence in CLASS_MEANINGS.values())


@pytest.mark.parametrize(
    ("chosen_by", "said"),
    [
        (ChosenBy.NAME, "No folder of received mail was read, so no bounce and no answer can be known."),
        (ChosenBy.HISTORY, "1 folder that may hold mail which came in was read."),
        (ChosenBy.ARCHIVE, "1 folder that may hold mail which came in was read."),
    ],
)
def test_no_bounce_is_claimed_to_be_absent_where_none_could_be_seen(chosen_by: ChosenBy, said: str) -> None:
    case = replace(example.clean_case(), held_coverage=(replace(FOLDER, chosen_by=chosen_by),))
    assert bounces_sentence(extent(case)) == said


def test_an_allowance_names_its_owner_and_its_end() -> None:
    entry = Allowed(
        "Public list of dealers", "Ines", date(2027, 1, 31), author="@corp.example", audience=("a.example",)
    )
    said = allowed_sentence(entry)
    assert said == "author @corp.example, everybody at a.example: Public list of dealers (Ines, until 2027-01-31)"


def test_a_date_is_the_senders() -> None:
    assert period_sentence(extent(example.clean_case())).endswith("by the Date fields (senders' clocks).")


def test_bcc_is_no_field_in_which_somebody_was_shown() -> None:
    both = replace(NAMELESS, fields=(Field.TO, Field.BCC, Field.RESENT_BCC))
    assert fields_of((both,)) == "To"
    case = replace(
        example.full_case(), held_incidents=(replace(example.full_case().held_incidents[2], affected=(both,)),)
    )
    for sheet in ("affected_people", "incidents"):
        assert [row["Fields"] for row in tables.rows(case, sheet)] == ["To"]


def test_people_shown_by_name_only_are_counted_apart() -> None:
    incident = example.full_case().held_incidents[2]
    people = (*incident.affected, NAMELESS, replace(NAMELESS, names=("Other Name",), party="name other"))
    case = replace(example.full_case(), held_incidents=(replace(incident, affected=people),))
    row = next(tables.rows(case, "incidents"))
    assert (row["Affected people"], row["Shown by name only"]) == (14, 2)
    assert row["Free-mail share"] == sum(person.free_mail for person in incident.affected) / 14
    assert (totals(case).people, totals(case).names) == (14, 2)
    assert len(list(tables.rows(case, "affected_people"))) == 16


def test_names_are_counted_as_the_reasons_count_them() -> None:
    person = replace(example.person(1), identifiable=Identifiable.CLEAR, role=False)
    others = (replace(person, role=True), replace(person, address=None))
    assert named((person, *others), Identifiable.CLEAR) == (person,)
    incident = replace(example.full_case().held_incidents[2], affected=(person, *others))
    case = replace(example.full_case(), held_incidents=(incident,))
    assert next(tables.rows(case, "incidents"))["With a full name"] == 1
    assert totals(case).with_full_name == 1


def test_the_workbook_draws_no_conclusion_and_orders_no_deletion(tmp_path: Path) -> None:
    book = load_workbook(write_workbook(example.full_case(), tmp_path / "full.xlsx"))
    text = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)
    for claim in ("dentifiable", "be identified", "rightly", "no longer needed", "private persons", "mail in scope"):
        assert claim not in text
    assert "keep or delete it by your own rules" in text
    assert "the sender's clock" in text


def test_what_the_digest_covers_is_said_above_the_rows_and_defined(tmp_path: Path) -> None:
    book = load_workbook(write_workbook(example.full_case(), tmp_path / "full.xlsx"))
    defined = {row[0].value: row[1].value for row in book["Read me first"].iter_rows()}
    over_imap = "over IMAP, of the header fields that the scan asks for, as the server gave them"
    assert over_imap in str(defined["SHA-256 of the header as read"])
    above = [row[0].value for row in book["Evidence"].iter_rows(max_row=2)]
    assert "the digest is of its header as the source gave it" in str(above[0])
    assert "2026-11-14 08:00 UTC" in str(above[1])
    assert "the column Retrieved says when each copy was first read" in str(above[1])
    assert "had been read" in str(defined["Retrieved"])


def test_a_copy_without_a_digest_says_so() -> None:
    incident = replace(example.full_case().held_incidents[0], digests=())
    rows = list(tables.rows(replace(example.full_case(), held_incidents=(incident,)), "evidence"))
    assert [row["SHA-256 of the header as read"] for row in rows[1:]] == ["", ""]
    assert [row["How it was found"] for row in rows[1:]] == ["further copy; no digest known"] * 2


# Where people may be missing.

LIMITS = (Defect.HEADER_CUT, Defect.LENGTH_OF_A_LIMIT)
MISSING = "more people may be affected than are counted and listed."


def with_envelope(**changes: Any) -> example.ExampleCase:
    """One mailing, of whose message this is said."""
    incident = example.mailing()
    first, *others = incident.exposures
    first = replace(first, envelope=replace(first.envelope, **changes))
    return replace(example.clean_case(), held_incidents=(replace(incident, exposures=(first, *others)),))


@pytest.mark.parametrize(
    "changes",
    [{"unparsed": (Unparsed(Field.TO, "p7@d7.test, p8@"),)}, *({"defects": (defect,)} for defect in LIMITS)],
    ids=str,
)
def test_where_people_may_be_missing_it_is_said_wherever_they_are_counted_or_listed(changes: dict[str, Any]) -> None:
    case = with_envelope(**changes)
    said = [str(line.values) for module in ("read_me_first", "affected_people") for line in tables.prose(case, module)]
    assert ["Of 1 message in 1 incident, part" in one and MISSING in one for one in said].count(True) == 2
    assert list(tables.rows(case, "affected_people")) == list(tables.rows(with_envelope(), "affected_people")) != []


def test_where_everything_was_read_nobody_is_said_to_be_missing() -> None:
    case = with_envelope(defects=(Defect.BAD_DATE,))
    said = [str(line.values) for module in ("read_me_first", "affected_people") for line in tables.prose(case, module)]
    assert not [one for one in said if "missing" in one and "People" in one]
