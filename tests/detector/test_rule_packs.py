"""The rule packs that come with the package: which one is taken when, and that they state facts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.resources import files

import pytest

from scanner.detector.contexts import context_names
from scanner.detector.rule_packs import rule_pack_of, rule_packs
from scanner.errors import SettingsError

TODAY = date(2026, 11, 22)


def test_without_a_name_the_newest_in_force_is_taken() -> None:
    assert rule_pack_of("", TODAY).name == "gdpr-2018"
    assert rule_pack_of("", date(2018, 5, 25)).name == "gdpr-2018"


def test_before_any_law_there_is_none() -> None:
    with pytest.raises(SettingsError, match="No rule pack is in force on 2018-05-24"):
        rule_pack_of("", date(2018, 5, 24))


@pytest.mark.parametrize(
    ("name", "hours", "threshold"),
    [("gdpr-2018", 72, "risk"), ("uk-gdpr-2021", 72, "risk"), ("digital-omnibus-proposal", 96, "high risk")],
)
def test_a_pack_is_taken_by_name(name: str, hours: int, threshold: str) -> None:
    pack = rule_pack_of(name, TODAY)
    assert (pack.name, pack.hours, pack.threshold) == (name, hours, threshold)


def test_a_proposal_is_never_in_force_and_says_so() -> None:
    pack = rule_pack_of("digital-omnibus-proposal", TODAY)
    assert not pack.in_force(TODAY)
    assert pack.remarks(TODAY, TODAY) == (
        "Digital Omnibus proposal to change Regulation (EU) 2016/679 is a proposal and in force nowhere; it was named "
        "in the settings.",
    )


def test_a_message_older_than_the_law_is_remarked() -> None:
    pack = rule_pack_of("gdpr-2018", TODAY)
    assert pack.remarks(date(2018, 5, 25), TODAY) == ()
    assert pack.remarks(None, TODAY) == ()
    (remark,) = pack.remarks(date(2018, 5, 24), TODAY)
    assert "before 2018-05-25, when other rules" in remark


def test_a_pack_outside_its_time_is_remarked() -> None:
    assert "not in force on 2020-12-31" in rule_pack_of("uk-gdpr-2021", TODAY).remarks(None, date(2020, 12, 31))[0]


def test_a_wrong_name_is_told_with_the_nearest() -> None:
    with pytest.raises(SettingsError) as caught:
        rule_pack_of("gdpr2018", TODAY)
    assert caught.value.hint == (
        'Did you mean "gdpr-2018"? The packs are digital-omnibus-proposal, gdpr-2018, uk-gdpr-2021.'
    )


def test_the_deadline_counts_from_the_moment_a_human_states() -> None:
    pack = rule_pack_of("", TODAY)
    aware = datetime(2026, 3, 27, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    assert pack.deadline(aware) == datetime(2026, 3, 30, 9, 30, tzinfo=UTC)
    assert rule_pack_of("digital-omnibus-proposal", TODAY).deadline(aware) - pack.deadline(aware) == timedelta(hours=24)
    with pytest.raises(ValueError, match="no time zone"):
        pack.deadline(datetime(2026, 3, 27, 10, 30))  # noqa: DTZ001 - that is the mistake


def test_every_built_in_context_has_a_weight_of_its_own() -> None:
    for pack in rule_packs().values():
        assert {weight.context for weight in pack.method.weights} == set(context_names())
        assert all(1 <= weight.dpc <= 4 for weight in (*pack.method.weights, pack.method.contact, pack.method.other))


def test_the_files_state_no_legal_conclusion() -> None:
    conclusion = re.compile(
        r"\b(?:must|shall|obliged|obligation|duty|required?|needs? to|have to|has to|breach|unlawful|illegal|"
        r"infring\w*|violat\w*|liable|fined?)\b",
        re.IGNORECASE,
    )
    texts = [file.read_text("utf-8") for file in (files("scanner.detector") / "rules").iterdir()]
    assert len(texts) == 4
    assert [conclusion.findall(text) for text in texts] == [[]] * 4
