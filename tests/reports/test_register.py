"""What people decided, as the sheets show it: nothing typed is lost, and nothing of theirs is computed for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reports import write_workbook
from reports.decisions import read_decisions
from reports.extent import extent
from reports.human_cells import conflict_sentence
from reports.questions import mark, title_of
from reports.register_words import NOT_AWARE, deadline, found_by_the_tool, rules
from reports.what_is_left import left_to_decide, news_sentence, severity_sentence
from scanner.decision import Conflict, Decisions, Novelty, Question, RefusedAnswer, WhyRefused
from scanner.detector.rule_packs import rule_pack_of
from tests.reports import example, tables

AWARE = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
INCIDENT = "INC-00000004"
PERSON = example.full_case().person_id(str(example.mailing().affected[0].address))


def case_with(answers: Mapping[str, Mapping[Question, str]], *conflicts: Conflict) -> example.ExampleCase:
    return replace(example.full_case(), held_decisions=Decisions(answers, conflicts))


def read_back_at(answers: Mapping[Question, str], read: datetime) -> example.ExampleCase:
    """The example with these answers on one incident, which were the last that were read back."""
    times = {(INCIDENT, question): read for question in answers}
    return replace(example.full_case(), held_decisions=Decisions({INCIDENT: answers}, read=times, read_back=read))


def row(case: example.ExampleCase, module: str, of: str = INCIDENT) -> dict[str, Any]:
    return next(each for each in tables.rows(case, module) if of in (each.get("Incident"), each.get("Person")))


DECIDED = case_with(
    {
        INCIDENT: {
            Question.STATUS: "confirmed",
            Question.OWNER: "Ines",
            Question.AWARE_SINCE: AWARE.isoformat(),
            Question.AUTHORITY_TOLD: "2026-11-21",
            Question.BAND: "very high",
            Question.CAUSE: "=1+1",
        },
        PERSON: {Question.PERSON_TOLD: "2026-11-22", Question.PERSON_ANSWER: "Thanks"},
    },
    Conflict(INCIDENT, Question.OWNER, "Ines", "Tom", 3, AWARE),
    Conflict(PERSON, Question.PERSON_ANSWER, "Thanks", "", 3, AWARE),
)


def test_the_answers_that_stand_are_filled_in() -> None:
    decided = row(DECIDED, "decisions")
    assert (decided[title_of(Question.STATUS)], decided[title_of(Question.OWNER)]) == ("confirmed", "Ines")
    assert (decided[title_of(Question.BAND)], decided["Band that stands"]) == ("very high", "very high")
    assert decided["Answers read back"] == 6
    of_register = row(DECIDED, "incidents")
    assert of_register[title_of(Question.AWARE_SINCE)] == AWARE
    assert of_register[title_of(Question.AUTHORITY_TOLD)] == datetime(2026, 11, 21, tzinfo=UTC)
    assert of_register[title_of(Question.CAUSE)] == "=1+1"
    assert (of_register["Status"], of_register["Band that stands"]) == ("confirmed", "very high")
    assert of_register["Severity band"] == row(example.full_case(), "incidents")["Severity band"]
    person = row(DECIDED, "affected_people", PERSON)
    assert person[title_of(Question.PERSON_TOLD)] == datetime(2026, 11, 22, tzinfo=UTC)
    assert person["Status of the incidents"] == "confirmed"


def test_an_answer_stands_in_one_cell_alone() -> None:
    asked = [
        column.question
        for module in ("incidents", "affected_people", "decisions", "viewers", "person_and_message")
        for column in tables.table(DECIDED, module).columns
        if column.question is not None
    ]
    assert sorted(asked) == sorted(Question)
    assert row(DECIDED, "decisions", "INC-00000001")[title_of(Question.STATUS)] is None


def test_a_conflict_is_shown_where_it_is_answered() -> None:
    said = row(DECIDED, "decisions")["Conflict"]
    assert said == (
        "For legal: owner: “Ines” stands; workbook 3, read at 2026-11-20 09:30 UTC, has “Tom”. "
        "Type the right one into that column, not into this one."
    )
    assert "has an empty cell" in row(DECIDED, "affected_people", PERSON)["Conflict"]
    assert row(DECIDED, "decisions", "INC-00000001")["Conflict"] == ""
    assert "an empty cell stands" in conflict_sentence(Conflict(INCIDENT, Question.NOTE, "", "x", 2, AWARE))


def test_what_was_decided_about_stays_on_its_sheet_whatever_became_of_it() -> None:
    allowed = next(example.full_case().cleared())
    case = case_with(
        {
            allowed.id: {Question.STATUS: "closed", Question.NOTE: "theirs"},
            "INC-0000GONE": {Question.BAND: "high"},
            "P-0000000000": {Question.PERSON_NOTE: "moved away"},
            PERSON: {Question.PERSON_NOTE: "still there"},
        },
        Conflict("INC-00CONFLICT", Question.NOTE, "", "x", 2, AWARE),
    )
    lines = list(tables.table(case, "decisions").lines)
    found = len(list(case.incidents()))
    assert [line.values[0] for line in lines[found:]] == [allowed.id, "INC-0000GONE", "INC-00CONFLICT"]
    assert [bool(line.links) for line in lines] == [True] * found + [False] * 3
    kept = row(case, "decisions", allowed.id)
    assert (kept[title_of(Question.STATUS)], kept[title_of(Question.NOTE)]) == ("closed", "theirs")
    assert (kept["What is new"], kept["Answers read back"]) == (str(allowed.klass), 2)
    gone = row(case, "decisions", "INC-0000GONE")
    assert (gone["What is new"], gone["Affected people"], gone["Band that stands"]) == (
        "on no other sheet",
        None,
        "high",
    )
    assert "an empty cell stands" in row(case, "decisions", "INC-00CONFLICT")["Conflict"]
    above = [str(line.values[0]) for line in tables.prose(case, "decisions")]
    assert len(above) == len(tables.prose(example.full_case(), "decisions"))
    assert any("Answers on 1 person stay in the case" in sentence for sentence in above)
    assert not any("stay in the case" in str(line.values[0]) for line in tables.prose(DECIDED, "decisions"))


def test_the_deadline_is_counted_from_when_a_human_knew_and_from_nothing_else() -> None:
    pack = example.full_case().rule_pack
    assert row(DECIDED, "incidents")["Deadline"] == AWARE + timedelta(hours=72)
    assert row(example.full_case(), "incidents")["Deadline"] == NOT_AWARE == deadline(None, pack)
    assert deadline(datetime(9999, 12, 31, tzinfo=UTC), pack) == "later than any calendar"


@pytest.mark.parametrize(
    ("aware", "told", "said"),
    [
        # The last run began at 2026-11-21 08:00:01.
        ("2026-11-18T07:59:59+00:00", "", "passed at the last run or reading back"),
        ("2026-11-18T08:00:01+00:00", "", "not passed at the last run or reading back"),
        ("2026-11-10T08:00:00+00:00", "2026-11-13", "an authority was told on its day or before"),
        ("2026-11-10T08:00:00+00:00", "2026-11-14", "an authority was told on a later day"),
        ("2026-11-20T08:00:00+00:00", "2026-11-21", "an authority was told on its day or before"),
        (
            "2026-11-20T08:00:00+00:00",
            "2026-11-22",
            "the day stated for telling an authority is later than the last run or reading back",
        ),
        (
            "2026-11-10T08:00:00+00:00",
            "2026-11-22",
            "the day stated for telling an authority is later than the last run or reading back",
        ),
        ("9999-12-31T00:00:00+00:00", "", "not passed at the last run or reading back"),
        ("", "2026-11-13", ""),
    ],
)
def test_a_deadline_is_compared_with_times_of_the_case_and_with_no_clock(aware: str, told: str, said: str) -> None:
    answers = {Question.AWARE_SINCE: aware, Question.AUTHORITY_TOLD: told}
    case = case_with({INCIDENT: {question: answer for question, answer in answers.items() if answer}})
    assert row(case, "incidents")["State of the deadline"] == said
    left = dict(left_to_decide(case, tables.findings(case)))
    passed = said == "passed at the last run or reading back"
    assert left.get("Deadlines passed", "").startswith("1 incident, at the last run or reading back") is passed


def test_the_deadline_of_a_settled_incident_alarms_nobody() -> None:
    settled = {Question.STATUS: "false alarm", Question.AWARE_SINCE: "2026-11-10T08:00:00+00:00"}
    case = case_with({INCIDENT: settled})
    assert row(case, "incidents")["State of the deadline"] == "settled; no authority is stated to have been told"
    assert "Deadlines passed" not in dict(left_to_decide(case, tables.findings(case)))
    told = case_with({INCIDENT: settled | {Question.AUTHORITY_TOLD: "2026-11-11"}})
    assert row(told, "incidents")["State of the deadline"] == "an authority was told on its day or before"


def test_what_was_answered_in_the_register_is_listed_when_the_incident_left_it() -> None:
    allowed = next(example.full_case().cleared())
    case = case_with(
        {
            allowed.id: {Question.CAUSE: "A slip", Question.AWARE_SINCE: AWARE.isoformat()},
            "INC-0000GONE": {Question.MEASURES: "Told the team", Question.STATUS: "closed"},
            "INC-0000NOTE": {Question.NOTE: "stands above"},
            INCIDENT: {Question.CAUSE: "stands on Incidents"},
        }
    )
    first, second = tables.rows(case, "decisions", 1)
    assert (first["Incident"], first["What it is now"]) == (allowed.id, str(allowed.klass))
    assert (first[title_of(Question.CAUSE)], first[title_of(Question.AWARE_SINCE)]) == ("A slip", AWARE)
    assert first[title_of(Question.MEASURES)] is None
    assert (second["Incident"], second["What it is now"]) == ("INC-0000GONE", "on no other sheet")
    assert second[title_of(Question.MEASURES)] == "Told the team"
    assert [column.question for column in tables.table(case, "decisions", 1).columns if column.question]
    with pytest.raises(IndexError):
        tables.table(DECIDED, "decisions", 1)


def test_answers_off_the_register_are_read_back_as_they_stand(tmp_path: Path) -> None:
    answered = {Question.CAUSE: "A slip", Question.STATUS: "closed", Question.AUTHORITY_TOLD: "2026-11-21"}
    back = read_decisions(write_workbook(case_with({"INC-0000GONE": answered}), tmp_path / "book.xlsx"))
    assert back.problems == ()
    said = [(one.question, one.value) for one in back.answers if one.subject == "INC-0000GONE"]
    assert {question: value for question, value in said if value} == answered
    assert len(said) == len({question for question, _ in said}), "one cell for each question"


def test_an_echo_of_a_decision_says_where_it_is_typed() -> None:
    told = case_with({INCIDENT: {Question.PEOPLE_TOLD: "2026-11-22"}})
    assert row(told, "incidents")["People told on (from Decisions)"] == "2026-11-22"
    assert row(told, "incidents", "INC-00000001")["People told on (from Decisions)"] == "not stated"


def test_rules_name_their_law_and_what_came_before_it() -> None:
    known = extent(example.full_case())
    said = rules(example.full_case().rule_pack, datetime(2017, 1, 1, tzinfo=UTC), known)
    assert "72 hours from when a human knew" in said
    assert "It was sent before 2018-05-25" in said
    assert "\n" not in rules(example.full_case().rule_pack, AWARE, known)
    proposal = rule_pack_of("digital-omnibus-proposal", AWARE.date())
    assert "is a proposal and in force nowhere" in rules(proposal, AWARE, known)


def test_when_the_tool_found_it_is_said_as_far_as_it_is_known() -> None:
    known, first = extent(example.full_case()), datetime(2026, 11, 14, 8, 0, 1, tzinfo=UTC)
    assert found_by_the_tool(None, known) == "at the latest 2026-11-21 08:00 UTC"
    assert found_by_the_tool(first, known) == first
    once = extent(replace(example.full_case(), held_runs=(example.run(1),)))
    assert found_by_the_tool(None, once) == first
    assert found_by_the_tool(None, extent(replace(example.full_case(), held_runs=()))) == "unknown"


@pytest.mark.parametrize("novelty", Novelty)
def test_when_the_tool_found_it_does_not_move_with_later_runs(novelty: Novelty) -> None:
    first = datetime(2026, 11, 14, 8, 0, 1, tzinfo=UTC)
    case = replace(example.full_case(), held_novelty={INCIDENT: novelty}, held_found={INCIDENT: first})
    later = replace(case, held_runs=(*case.held_runs, example.run(3)))
    assert row(case, "incidents")["Found by the tool"] == row(later, "incidents")["Found by the tool"] == first
    unknown = row(replace(later, held_novelty={INCIDENT: Novelty.KNOWN}, held_found={}), "incidents")
    assert unknown["Found by the tool"] == "at the latest 2026-11-28 08:00 UTC"


def test_what_is_new_and_left_is_counted() -> None:
    case = replace(DECIDED, held_novelty={INCIDENT: Novelty.REOPENED, "INC-00000001": Novelty.KNOWN})
    facts = tables.findings(case).facts
    assert news_sentence(facts) == "4 incidents: 2 new, 0 changed, 1 reopened, 1 known."
    assert severity_sentence(facts, case.decisions()).endswith("Of 1 of them people set the band.")
    left = dict(left_to_decide(case, tables.findings(case)))
    assert left["Incidents by status"] == "3 open, 1 confirmed."
    assert left["Not yet settled"] == "4 incidents; the oldest is INC-00000001, first sent 2020-07-21 14:03 UTC."
    assert left["Without “aware since”"].startswith("3 of them")
    assert "The first deadline" not in left  # an authority was told of the only one
    assert left["In conflict"].startswith("2 answers")
    waiting = case_with({INCIDENT: {Question.AWARE_SINCE: AWARE.isoformat()}})
    said = dict(left_to_decide(waiting, tables.findings(waiting)))["The first deadline"]
    assert said.startswith("2026-11-23 09:30 UTC, of INC-00000004")


@pytest.mark.parametrize(
    ("settled", "by_status", "unaware"),
    [
        (3, "1 open, 3 false alarms.", "1 of them: its deadline is not computed."),
        (1, "3 open, 1 false alarm.", "3 of them: their deadline is not computed."),
    ],
)
def test_what_is_counted_agrees_with_its_number(settled: int, by_status: str, unaware: str) -> None:
    incidents = example.full_case().held_incidents[:settled]
    case = case_with({each.id: {Question.STATUS: "false alarm"} for each in incidents})
    left = dict(left_to_decide(case, tables.findings(case)))
    assert (left["Incidents by status"], left["Without “aware since”"]) == (by_status, unaware)


def test_a_day_to_come_on_which_an_authority_will_be_told_ends_no_waiting() -> None:
    planned = {Question.AWARE_SINCE: "2026-11-01T09:30:00+00:00", Question.AUTHORITY_TOLD: "2031-01-01"}
    case = case_with({INCIDENT: planned})
    left = dict(left_to_decide(case, tables.findings(case)))
    assert left["The first deadline"].startswith("2026-11-04 09:30 UTC, of INC-00000004")
    told = case_with({INCIDENT: {**planned, Question.AUTHORITY_TOLD: "2026-11-02"}})
    assert "The first deadline" not in dict(left_to_decide(told, tables.findings(told)))


def test_an_authority_told_between_the_last_run_and_the_reading_back_was_told() -> None:
    said = {Question.AWARE_SINCE: "2026-11-20T09:30:00+00:00", Question.AUTHORITY_TOLD: "2026-11-25"}
    case = read_back_at(said, datetime(2026, 11, 27, 9, 0, tzinfo=UTC))
    assert "The first deadline" not in dict(left_to_decide(case, tables.findings(case)))
    assert row(case, "incidents")["State of the deadline"] == "an authority was told on a later day"


def test_a_day_that_was_to_come_at_the_last_run_and_when_it_was_read_back_is_a_plan() -> None:
    said = {Question.AWARE_SINCE: "2026-11-20T09:30:00+00:00", Question.AUTHORITY_TOLD: "2026-11-25"}
    case = read_back_at(said, datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    assert dict(left_to_decide(case, tables.findings(case)))["The first deadline"].startswith("2026-11-23 09:30 UTC")
    assert row(case, "incidents")["State of the deadline"] == (
        "the day stated for telling an authority is later than the last run or reading back"
    )


@pytest.mark.parametrize(
    ("read", "passed"),
    [
        (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), False),  # before the last run, which began at 2026-11-21 08:00:01
        (datetime(2026, 11, 23, 9, 30, tzinfo=UTC), False),  # the very moment
        (datetime(2026, 11, 23, 9, 30, 1, tzinfo=UTC), True),
    ],
)
def test_a_deadline_that_passed_after_the_last_run_had_passed_when_answers_were_read_back(
    read: datetime, passed: bool
) -> None:
    case = read_back_at({Question.AWARE_SINCE: "2026-11-20T09:30:00+00:00"}, read)
    left = dict(left_to_decide(case, tables.findings(case)))
    assert ("Deadlines passed" in left) is passed
    said = "passed at the last run or reading back"
    assert row(case, "incidents")["State of the deadline"] == (said if passed else f"not {said}")


IN_DOUBT = "counted from what is doubted: see the column Conflict on Decisions"


@pytest.mark.parametrize("year", [1970, 2001, 2062])
def test_what_is_doubted_leads_nobody_and_is_said_to_be_doubted(year: int) -> None:
    typed = f"{year}-11-20T09:30:00+00:00"
    read, other = datetime(2026, 11, 21, 9, 0, tzinfo=UTC), "INC-00000001"
    aware = Question.AWARE_SINCE
    doubted = read_back_at({aware: typed}, read)
    assert row(doubted, "incidents")["State of the deadline"] == IN_DOUBT
    assert row(doubted, "incidents")["Deadline"] == datetime.fromisoformat(typed) + timedelta(hours=72)
    assert "Please check" in row(doubted, "decisions")["Conflict"]
    left = dict(left_to_decide(doubted, tables.findings(doubted)))
    assert not {"The first deadline", "Deadlines passed"} & left.keys()
    assert left["Deadlines in doubt"].startswith(
        "1 incident, INC-00000004 first in the register: “aware since” is not plausible as it is stated"
    )
    answers = {INCIDENT: {aware: typed}, other: {aware: "2026-11-20T09:30:00+00:00"}}
    decisions = Decisions(answers, read=dict.fromkeys([(INCIDENT, aware), (other, aware)], read), read_back=read)
    both = replace(example.full_case(), held_decisions=decisions)
    left = dict(left_to_decide(both, tables.findings(both)))
    assert left["The first deadline"].startswith(f"2026-11-23 09:30 UTC, of {other}")
    assert left["Deadlines in doubt"].startswith("1 incident")


def test_what_is_not_doubted_is_not_said_to_be() -> None:
    read = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    case = read_back_at({Question.AWARE_SINCE: "2026-11-20T09:30:00+00:00"}, read)
    assert "Deadlines in doubt" not in dict(left_to_decide(case, tables.findings(case)))


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({Question.AUTHORITY_TOLD: "2026-11-20"}, IN_DOUBT),  # on which day of the deadline, nobody can tell
        ({Question.STATUS: "closed"}, "settled; no authority is stated to have been told"),
        (
            {Question.AUTHORITY_TOLD: "2031-01-01"},
            "the day stated for telling an authority is later than the last run or reading back",
        ),
    ],
)
def test_a_doubted_time_is_of_no_account_to_what_is_not_counted_from_it(
    others: Mapping[Question, str], said: str
) -> None:
    read = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    case = read_back_at({Question.AWARE_SINCE: "2001-11-20T09:30:00+00:00", **others}, read)
    assert row(case, "incidents")["State of the deadline"] == said


@pytest.mark.parametrize("why", WhyRefused)
def test_what_was_typed_and_not_taken_is_counted_for_whatever_reason(why: WhyRefused) -> None:
    refusal = RefusedAnswer(INCIDENT, Question.STATUS, "closed", "Decisions!F7", 3, AWARE, why)
    case = replace(example.full_case(), held_decisions=Decisions({}, (), (refusal,)))
    assert dict(left_to_decide(case, tables.findings(case)))["Typed and not taken"].startswith("1 answer: see")


def test_a_settled_incident_is_not_left() -> None:
    closed = {each.id: {Question.STATUS: "closed"} for each in example.full_case().held_incidents}
    case = case_with(closed)
    left = dict(left_to_decide(case, tables.findings(case)))
    assert (left["Incidents by status"], left["Not yet settled"]) == ("4 closed.", "None.")


@pytest.mark.parametrize(("edition", "said"), [(7, "are read back by the ids"), (0, "no decisions are read back")])
def test_the_mark_and_how_decisions_come_back_stand_above_them(edition: int, said: str) -> None:
    case = replace(example.full_case(), edition=edition)
    above = [line.values[0] for line in tables.prose(case, "decisions")]
    assert above[0] == mark(case.id, edition) == f"MBCC-0123456789ab-000{edition}"
    assert any(said in str(line) for line in above)
    first = {line.values[0]: line.values[1] for line in tables.prose(case, "read_me_first") if len(line.values) > 1}
    assert first["This workbook"] == above[0]
    assert said in str(first["How decisions come back"])
