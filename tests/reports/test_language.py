"""Workbooks in other languages: nothing English is left, no fact differs, and the catalogues agree with the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
import scanner
from reports.catalogue import places, variants
from reports.closest_case import examples
from reports.countries import country_of
from reports.language import choices_in_all_languages, titles_in_all_languages, words
from reports.phrases import CHOICES, COLUMNS, TRANSLATED, WITHHELD, answers, catalogue, holds_ids, sections, templates
from scanner.address import Address, Field, Form, Origin, Recipient
from scanner.decision import Status
from scanner.defect import Defect
from scanner.detector.classes import classify
from scanner.detector.context_words import CONTEXT_WORDS
from scanner.detector.points import points_of
from scanner.detector.reasons import Facts, sentences
from scanner.detector.rule_packs import rule_packs
from scanner.detector.severity import severity_of
from scanner.detector.traits import Tone, Traits
from scanner.envelope import Mark
from scanner.exposure import Affected, Identifiable, Standing, Viewer
from scanner.incident import Band, Class, Role
from scanner.policy import Gate
from tests.detector.envelopes import envelope

ROOTS = (Path(next(iter(scanner.__path__))), Path(next(iter(reports.__path__))))
DETECTOR = ("classes", "points", "severity", "reasons", "assembly", "allowlist", "grouping")
SOURCES = [
    *(ROOTS[0] / "detector" / f"{name}.py" for name in DETECTOR),
    *(ROOTS[0] / name for name in ("defect.py", "rule_pack.py", "coverage.py")),
    *(
        ROOTS[1] / f"{name}.py"
        for name in ("sentences", "figures", "blind_spots", "class_meanings", "definitions", "incident_words")
    ),
    *(ROOTS[1] / f"{name}.py" for name in ("what_is_left", "register_words", "human_cells", "closest_case", "entry")),
    *(path for path in sorted((ROOTS[1] / "sheets").glob("*.py")) if path.stem != "__init__"),
]
NOT_SHOWN = {
    "the moment of awareness has no time zone",
    "%Y-%m-%d %H:%M UTC",
    "It is no longer among the folders of the account: deleted, renamed, or shown to us no more",
}
"""What stands in these files and in no workbook; the last was said by earlier versions, and is read in other words."""

ENDINGS = [f"a@b.{one}{other}" for one, other in product(ascii_lowercase, repeat=2)]


def missed(texts: Iterator[str]) -> list[str]:
    """The sentences that no template fits, in any language."""
    found: list[str] = []

    def note(sentence: str) -> str:
        found.append(sentence)
        return sentence

    for text in texts:
        for code in TRANSLATED:
            catalogue(code).said(text, note)
    return found


# The catalogues.


def test_every_language_has_the_same_templates() -> None:
    first, *others = ({section: set(table) for section, table in sections(code).items()} for code in TRANSLATED)
    assert all(other == first for other in others)


@pytest.mark.parametrize("code", TRANSLATED)
def test_an_answer_has_the_places_of_its_template_and_no_others(code: str) -> None:
    assert {t: a for t, a in answers(code).items() if places(t) != places(a)} == {}


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_is_answered_by_nothing_and_no_text_is_untrimmed(code: str) -> None:
    assert [a for a in answers(code).values() if not a or a != a.strip()] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_an_answer_of_several_sentences_ends_as_its_template_does(code: str) -> None:
    """A full stop that is lost, or one too many, shows that a sentence was lost."""
    odd = [t for t, a in answers(code).items() if (t[-1] == ".") != (a[-1] == ".") and t[-1] not in "}"]
    assert odd == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_is_found_is_never_called_a_breach(code: str) -> None:
    """That is the lawyer's finding; a data breach has its word in every language."""
    said = " ".join(answers(code).values()).lower()
    assert [word for word in ("violation", "verletzung", "verstoß", "infraction", "breach") if word in said] == []


def test_a_title_and_a_choice_lead_back_to_one_english_word() -> None:
    for section, back in ((COLUMNS, titles_in_all_languages()), (CHOICES, choices_in_all_languages())):
        for code in TRANSLATED:
            table = sections(code)[section]
            assert len({answer.casefold() for answer in table.values()}) == len(table)
            assert {back[answer] for answer in table.values()} == set(table)
        assert all(back[word] == word for word in sections(TRANSLATED[0])[section])
        plain = {(said.casefold(), word) for said, word in back.items()}
        assert len({said for said, _ in plain}) == len(plain)  # case says nothing to whoever reads them back


def test_every_choice_has_its_word() -> None:
    words_of = set(sections(TRANSLATED[0])[CHOICES])
    assert words_of == {*map(str, Status), *map(str, Band)}


@pytest.mark.parametrize("code", TRANSLATED)
def test_names_of_sheets_are_such_as_a_link_can_hold(code: str) -> None:
    for name in sections(code)["sheets"].values():
        assert len(name) <= 31 - len(" (999)")
        assert not set(name) & set("[]:*?/\\'")


def test_english_stays_as_it_is_and_what_is_unknown_stays_english() -> None:
    assert words("en")("Handle with care") == "Handle with care"
    assert words("fr")("Page &P of &N") == "Page &P sur &N"
    assert words("de")("Something that nobody said yet.") == "Something that nobody said yet."


# What the code can say.


def _literals(path: Path) -> Iterator[str]:
    """Pieces of text in a file that look like sentences of ours: three words and more, docstrings left out."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and isinstance(node.body[0], ast.Expr)
    } | {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield from (piece.strip(" .,:;()") for piece in node.value.split("\n") if len(piece.split()) > 2)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_piece_of_a_sentence_in_the_code_is_in_a_template(path: Path) -> None:
    known = "\n".join(templates())
    pieces = [piece for text in _literals(path) for piece in text.split(". ")]
    assert [piece for piece in pieces if piece.removeprefix("1 ") not in known and piece not in NOT_SHOWN] == []


def test_every_word_of_an_enumeration_and_of_a_rule_pack_has_its_answer() -> None:
    packs = rule_packs().values()
    said = [
        *(str(each) for kind in (Class, Role, Band, Mark, Standing, Status) for each in kind),
        *(defect.sentence for defect in Defect),
        *CONTEXT_WORDS,
        *(str(country) for country in map(country_of, ENDINGS) if country.code),
        *(text for each in examples() for text in (each.name, f"There: {each.about}.")),
        *(text for pack in packs for text in (pack.title, pack.source, pack.threshold, *pack.notes)),
        *(text for pack in packs for text in (pack.method.title, pack.method.source)),
        *(
            weight.assumed
            for pack in packs
            for weight in (*pack.method.weights, pack.method.contact, pack.method.other)
        ),
    ]
    assert missed(text for text in said if text) == []


numbers = st.integers(0, 60) | st.integers(900, 2_100)
shares = st.sampled_from((0.0, 0.15, 0.3, 0.5, 0.79, 0.85, 1.0))
contexts = st.lists(st.sampled_from(sorted(CONTEXT_WORDS)), max_size=3, unique=True).map(
    lambda all_: tuple(sorted(all_))
)
traits = st.builds(
    Traits,
    people=numbers, outsiders=numbers, roles=numbers, parties=numbers, largest=shares, consumers=numbers,
    insiders=numbers, mailboxes=st.none() | numbers, messages=st.integers(1, 5), same_list=st.integers(1, 12),
    replies=st.integers(0, 5), forwards=st.integers(0, 5), added=numbers, untraced=st.integers(0, 3), cover=shares,
    known_pairs=shares, hidden=numbers, tones=st.frozensets(st.sampled_from(Tone)), contexts=contexts,
    recalled=st.booleans(), apologised=st.booleans(), batches=st.integers(0, 2), hidden_twin=st.booleans(),
    ours=st.booleans(),
)  # fmt: skip


@settings(max_examples=150)
@given(traits)
def test_all_that_is_said_of_a_class_and_its_points_is_translated(found: Traits) -> None:
    _, reasons = classify(found, Gate())
    assert missed(iter((*reasons, *(f"{point.reason} ({point.value:+,})" for point in points_of(found))))) == []


people = st.lists(
    st.builds(
        Affected,
        address=st.just("a@b.example") | st.none(), names=st.just(()),
        fields=st.sampled_from(((Field.TO,), (Field.CC,))),
        party=st.sampled_from(("b.example", "c.example")), free_mail=st.booleans(), role=st.booleans(),
        identifiable=st.sampled_from(Identifiable), seen_by_outsiders=st.just(1), seen_by_insiders=st.just(1),
        seen_by_hidden=st.just(1),
    ),
    max_size=5,
).map(tuple)  # fmt: skip


@settings(max_examples=40)
@given(people, contexts, st.integers(0, 3), st.booleans(), st.sampled_from(sorted(rule_packs())))
def test_all_that_is_said_of_a_severity_is_translated(
    affected: tuple[Affected, ...],
    told: tuple[str, ...],
    viewers: int,
    unknown: bool,
    name: str,
) -> None:
    severity = severity_of(affected * 30, told, viewers, unknown, rule_packs()[name])
    assert missed(iter((*severity.inputs, f"Assumed: {' '.join(severity.assumed)}"))) == []


entries = st.lists(
    st.builds(
        Recipient,
        st.just(Address("a", "b.example")), st.just(""), st.sampled_from((Field.TO, Field.BCC)),
        st.sampled_from(Form), st.sampled_from(Origin),
    ),
    max_size=3,
).map(tuple)  # fmt: skip
facts = st.builds(
    Facts,
    envelope=st.builds(
        lambda recipients, marks, left: envelope(recipients, marks=frozenset(marks), unparsed=left),
        entries,
        st.sets(st.sampled_from(Mark)),
        st.sampled_from(((), ("x",), ("x @ y", "@"))),
    ),
    affected=people,
    viewers=st.lists(
        st.builds(Viewer, st.just("v@w.example"), st.just(""), st.sampled_from(Field), st.sampled_from(Standing)),
        max_size=3,
    ).map(tuple),
    counted=numbers, names=st.integers(0, 2), names_counted=st.booleans(), lists=st.integers(0, 2),
    reaches_gate=st.booleans(), gate=st.just(Gate()), undated=st.booleans(),
)  # fmt: skip


@settings(max_examples=80)
@given(facts)
def test_all_that_is_said_of_a_message_is_translated(found: Facts) -> None:
    said = sentences(found)
    assert missed(iter((*said, *(f"The first message that showed people: {each}" for each in said)))) == []


def test_what_an_incident_of_several_messages_is_made_of_is_translated() -> None:
    roles = [f"{role} (2)" for role in Role]
    plurals = [f"{n} {noun}" for n, noun in product((2, 1_000), ("batches", "apologies", "replies", "recalls"))]
    said = [
        f"The incident has 1,024 messages: {', '.join(roles)}.",
        ", ".join(plurals),
        f"1 original, 2 batches\n{plurals[0]}, 1 bounce came back",
        "Copies of the message lie in 3 places.",
        "47 files left out: a.txt, b.md, c, and others. It is no mail that we know.",
        "1 file left out: a.txt. It is empty.",
        "Allowed until 2027-01-31 by Ann: they agreed",
        "It was allowed until 2026-01-31 (Ann: they agreed); that has expired, so it is open again.",
    ]
    assert missed(iter(said)) == []


def test_ids_are_no_words() -> None:
    assert holds_ids("INC-0a1b2c3d, I-ABCDEFGHIJ\nMBCC-0123456789ab-0001")
    assert not holds_ids("deadbeef")
    assert not holds_ids(f"INC-0a1b2c3d {WITHHELD}")
    assert variants(WITHHELD) == [WITHHELD]
