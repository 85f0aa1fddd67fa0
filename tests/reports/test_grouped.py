"""Incidents of several messages: each number counts people once, and each copy stands with its own message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from reports import figures, write_workbook
from reports.incident_words import band_of, messages_in_short, points_in_words, severity_in_words
from scanner.envelope import Mark
from scanner.exposure import Identifiable
from scanner.incident import Band, Class, Event, Incident, Role
from tests.reports import example, tables

MAILING = example.mailing()
FIRST, SECOND, APOLOGY = MAILING.exposures


def row_of(incident: Incident) -> dict[str, object]:
    return next(tables.rows(case_of(incident), "incidents"))


def evidence_of(incident: Incident) -> list[dict[str, object]]:
    return list(tables.rows(case_of(incident), "evidence"))


def case_of(incident: Incident) -> example.ExampleCase:
    return replace(example.full_case(), held_incidents=(incident,))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return load_workbook(write_workbook(example.full_case(), tmp_path_factory.mktemp("grouped") / "full.xlsx"))


def test_the_four_numbers_count_entries_people_reached_and_named() -> None:
    row = row_of(MAILING)
    shown = [each for exposure in MAILING.exposures for each in exposure.affected]
    assert row["Disclosed entries"] == sum(len(each.fields) for each in shown) == 72
    assert row["Affected people"] == 40
    assert row["Reached, bounces taken off"] == 39
    clear = [each for each in MAILING.affected if each.identifiable is Identifiable.CLEAR]
    assert row["With a full name"] == len(clear) == 18


def test_people_of_several_messages_are_counted_once() -> None:
    assert sum(exposure.counted for exposure in MAILING.exposures) == 54
    assert figures.counted_people(MAILING) == sum(not each.role for each in MAILING.affected) == 36
    assert figures.parties(MAILING) == len({each.party for each in MAILING.affected})


def test_people_shown_by_name_only_count_where_one_message_counts_them() -> None:
    nameless = replace(example.hostile_incident().affected[-1], party="only a name")
    for counts in (0, 1):
        first = replace(FIRST, affected=(*FIRST.affected, nameless), counted=FIRST.counted + counts)
        several = replace(MAILING, exposures=(first, SECOND, APOLOGY), affected=(*MAILING.affected, nameless))
        assert figures.counted_people(several) == 36 + counts
        assert figures.parties(several) == figures.parties(MAILING) + counts


def test_entries_are_those_of_whom_the_message_itself_affects() -> None:
    """A colleague's party of one in another message shows nobody to anybody, although they are affected elsewhere."""
    alone = replace(SECOND, affected=())
    assert figures.disclosed_entries(replace(MAILING, exposures=(FIRST, alone))) == figures.disclosed_entries(
        replace(MAILING, exposures=(FIRST,))
    )


def test_a_copy_stands_with_the_message_it_is_of() -> None:
    rows = evidence_of(MAILING)
    assert [row["Folder"] for row in rows] == ["Sent", "Copies/1", "Sent", "Copies/2", "Sent", "INBOX"]
    first, copy, second, other, _, quotation = rows
    assert copy["Message-ID"] == first["Message-ID"]
    assert other["Message-ID"] == second["Message-ID"] != first["Message-ID"]
    assert (other["Sent"], other["SHA-256 of the header as read"]) == (second["Sent"], "b" * 64)
    assert quotation["Message-ID"] == ""
    assert [row["How it was found"] for row in rows] == [
        *("read", "further copy", "read", "further copy", "read"),
        "quotation in mail that came in",
    ]


def test_each_copy_has_the_time_at_which_it_was_read() -> None:
    first, *_, quotation = MAILING.locations
    when = example.MAILING + timedelta(days=900)
    case = replace(case_of(MAILING), held_retrieved={first: when, quotation: when + timedelta(days=7)})
    rows = list(tables.rows(case, "evidence"))
    unknown = "not recorded (read by an earlier version)"
    assert [row["Retrieved"] for row in rows] == [when, *[unknown] * 4, when + timedelta(days=7)]


def test_a_copy_is_told_by_its_digest_where_its_message_is_not_known() -> None:
    digests = (*MAILING.digests[:3], SECOND.envelope.digest, "b" * 64, "c" * 64)
    rows = evidence_of(replace(MAILING, digests=digests, holds=()))
    assert [row["Folder"] for row in rows] == ["Sent", "Sent", "Copies/1", "Sent", "Copies/2", "INBOX"]
    assert rows[2]["Message-ID"] == rows[1]["Message-ID"]
    for row in rows[4:]:
        assert (row["Message-ID"], row["Sent"]) == ("", "unknown")
        assert row["How it was found"] == "further copy of one of the messages, which one is not known"


def test_what_was_read_out_of_a_quotation_has_no_digest_of_a_header() -> None:
    envelope = replace(FIRST.envelope, marks=frozenset({Mark.QUOTED}))
    only = replace(MAILING, exposures=(replace(FIRST, envelope=envelope),))
    assert evidence_of(only)[0]["How it was found"] == "quotation in mail that came in"


def test_a_first_message_known_from_a_quotation_alone_is_called_quoted() -> None:
    envelope = replace(FIRST.envelope, marks=frozenset({Mark.QUOTED}))
    only = replace(MAILING, exposures=(replace(FIRST, envelope=envelope), SECOND, APOLOGY))
    parts = [row["What the message is"] for row in tables.rows(case_of(only), "person_and_message")]
    assert list(dict.fromkeys(parts)) == ["quoted", "batch", "apology"]
    events = [row["What"] for row in tables.rows(case_of(only), "timeline")]
    assert events == ["quoted", "bounce", "batch", "reply", "apology"]
    assert row_of(only)["What they are"] == "1 quoted, 1 batch, 1 apology\n1 reply, 1 bounce came back"
    twice = replace(only, exposures=only.exposures[:1] * 2, roles=(Role.ORIGINAL,) * 2, timeline=())
    assert messages_in_short(twice) == "2 quoted"


def test_the_message_that_showed_somebody_names_the_incident() -> None:
    twin = replace(SECOND, affected=())
    row = row_of(replace(MAILING, exposures=(twin, APOLOGY), roles=(Role.HIDDEN_TWIN, Role.APOLOGY)))
    assert row["Subject"] == "Apologies: your treatment dates"
    assert row["First sent"] == example.MAILING + timedelta(minutes=10)


def test_messages_are_told_in_short() -> None:
    assert messages_in_short(MAILING) == "1 original, 1 batch, 1 apology\n1 reply, 1 bounce came back"
    several = replace(MAILING, roles=(Role.ORIGINAL, Role.BATCH, Role.BATCH), timeline=())
    assert messages_in_short(several) == "1 original, 2 batches"
    said = messages_in_short(replace(MAILING, exposures=MAILING.exposures * 6, roles=(*Role, *Role), timeline=()))
    for word in ("originals", "recalls", "apologies", "re-exposures", "replies", "bounces", "hidden twins"):
        assert f"2 {word}" in said
    assert messages_in_short(replace(MAILING, roles=(), timeline=())) == ""


def test_points_are_sentences_with_their_number() -> None:
    assert points_in_words(MAILING).split("\n") == [
        "36 people were shown: 30 or more. (+30)",
        "The subject is sensitive: health. (+25)",
        "The subject speaks of work among colleagues. (-10)",
    ]
    assert row_of(MAILING)["Points"] == 45


def test_severity_shows_its_factors_what_was_assumed_and_a_near_edge() -> None:
    assert MAILING.severity is not None
    near = replace(MAILING.severity, near_edge=Band.MEDIUM)
    said = severity_in_words(near)
    for begin in ("Data 4:", "Identification ", "Circumstances ", "Score 4 x ", "Assumed: "):
        assert f"\n{begin}" in f"\n{said}"
    assert "a small change of one factor would make it medium" in said
    assert said.endswith("It informs; it decides nothing.")
    assert band_of(near) == f"{near.band}, close to medium"
    assert "close" not in band_of(replace(near, near_edge=None))
    none = row_of(replace(MAILING, severity=None))
    assert (none["Severity score"], none["Severity band"]) == (None, "")
    assert none["How the severity was computed"] == "not computed"


def test_the_score_is_shown_with_its_fraction(book: Workbook) -> None:
    sheet = book["Incidents"]
    column = [cell.value for cell in sheet[2]].index("Severity score") + 1
    cells = [sheet.cell(row, column) for row in range(3, sheet.max_row + 1)]
    assert all(cell.number_format.startswith("0.00") for cell in cells)
    assert cells[-1].value == MAILING.severity.score if MAILING.severity else None


def test_a_person_has_first_last_times_and_what_is_known_of_delivery() -> None:
    rows = {row["Address"]: row for row in tables.rows(case_of(MAILING), "affected_people")}
    first = rows[FIRST.affected[0].address]
    assert (first["First shown"], first["Last shown"]) == (example.MAILING, example.MAILING + timedelta(hours=2))
    assert (first["Times shown"], first["Already known to"]) == (2, 3)
    failed = [address for address, row in rows.items() if row["Delivered"] == "no"]
    assert failed == list(MAILING.undelivered)
    assert {row["Delivered"] for row in rows.values()} == {"no", "not known to have failed"}


def test_the_timeline_has_every_event_in_its_order(book: Workbook) -> None:
    header, *rows = book["Timeline"].iter_rows(values_only=True)
    ours = [dict(zip(header, row, strict=True)) for row in rows if row[0] == MAILING.id]
    assert [row["What"] for row in ours] == ["original", "bounce", "batch", "reply", "apology"]
    assert [row["People shown"] for row in ours] == [20, 0, 20, 0, 20]
    assert ours == sorted(ours, key=lambda row: str(row["When"]))
    assert len(rows) == sum(len(each.timeline) for each in example.full_case().held_incidents)
    assert ours[0]["Subject"] == "Your treatment dates (1/2)"
    assert [row["Not reached: addresses"] for row in ours] == [None, MAILING.undelivered[0], None, None, None]
    assert ours[1]["Not reached: persons"] == example.full_case().person_id(MAILING.undelivered[0])


def test_more_people_than_fit_are_told_by_their_number() -> None:
    many = replace(MAILING, undelivered=tuple(f"reader{number}@freemail.example" for number in range(1_050)))
    bounce = list(tables.rows(case_of(many), "timeline"))[1]
    assert bounce["Not reached: addresses"].split("\n")[-2:] == ["reader39@freemail.example", "and 1,010 more"]


def test_an_event_of_a_hostile_stranger_stays_text() -> None:
    event = Event(None, Role.REPLY, "x", FIRST.envelope.locator, None, "=1+1\u202e")
    (row,) = tables.rows(case_of(replace(MAILING, timeline=(event,))), "timeline")
    assert row["Subject"] == "=1+1\\u202e"
    assert row["When"] == "unknown"


def test_what_was_cleared_has_a_row_with_its_class_and_reasons(book: Workbook) -> None:
    sheet = book["Considered and cleared"]
    header, *rows = [[cell.value for cell in row] for row in sheet[sheet.tables["ConsideredAndCleared"].ref]]
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["Class"] for row in found] == ["standing group", "hidden properly", "below the gate"]
    assert [row["Incident"] for row in found] == [each.id for each in example.cleared_incidents()]
    assert found[0]["Subject"] == "=1+1"
    assert found[2]["First sent"] == "unknown"
    assert all(row["Reasons"] for row in found)
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


def test_each_class_is_counted_and_explained_first(book: Workbook) -> None:
    said = {row[0].value: str(row[1].value) for row in book["Read me first"].iter_rows() if row[0].value}
    counts = {klass: said[klass.value.capitalize()].partition(".")[0] for klass in Class if klass is not Class.PROBABLE}
    assert {klass: count for klass, count in counts.items() if count != "0"} == {
        Class.STANDING_GROUP: "1",
        Class.HIDDEN: "1",
        Class.BELOW_GATE: "1",
    }
    assert "It informs; it decides nothing." in said["Facts, not law"]


def test_ids_that_were_given_before_are_kept() -> None:
    assert row_of(MAILING)["Earlier ids"] == "INC-0000000b\nINC-0000000c"


def test_somebody_reached_in_one_incident_counts_as_reached(tmp_path: Path) -> None:
    other = replace(MAILING, id="INC-00000009", undelivered=())
    case = replace(example.full_case(), held_incidents=(MAILING, other))
    sheet = load_workbook(write_workbook(case, tmp_path / "x.xlsx"))["Read me first"]
    said = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert said["of them reached, bounces taken off"] == said["Affected people, each once"] == 40
