"""Whatever the sources can say has its words in every language: told from the code, so that it stays so."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from itertools import chain, product
from pathlib import Path

import pytest

import scanner
from reports.catalogue import Catalogue, variants
from reports.phrases import ENGLISH, SOURCES, TRANSLATED, answers, manner
from tests.reports.spoken import GAP, Spoken, calls, spoken_in, subclasses_of

ROOT = Path(next(iter(scanner.__path__)))
CONNECTORS = sorted((ROOT / "connectors").glob("*.py"))
RECORDS = {"Unreadable", "Skipped", "CursorLost", "CountsNow", "CannotTell", "SourceError"}
"""What a sentence is put into that may stand in a workbook; errors are so with all that is derived from them."""
ALSO = ("diary.py", "tracing.py", "review.py", "detector/internal.py", "detector/proposal.py", "telling/__init__.py")
"""Modules that give their sentences to others, who put them in."""
MUTE = {
    "errors.py": "It says what errors are, and no sentence.",
    "store/store.py": "It makes records of what was put into them before.",
    "cli/check_mailbox.py": "What `missedbcc check` finds is shown on the screen, and kept in no case.",
    "connectors/sent_folder_names.py": "Names of folders.",
    "telling/failure.py": "It says what the error is, and no sentence.",
}
"""Modules that fit the rule and have nothing to say in a workbook, with the reason."""

NOT_IN_A_WORKBOOK = {
    "(without a name)": "It stands for the name of a folder, which is a part of what the case knows the folder by.",
    "sent at ": "A key of a message: it stays the same in every language, as ids do.",
    "item {} of another kind": "A key of a message.",
    "item {} of the page {}": "A key of a message.",
    "To sign in, open {} and enter the code {}.": "It is said on the screen while a person waits, and kept nowhere.",
    "Connection reset by peer": "The system's words, which a workbook quotes as they are.",
    "no time zone": "It is caught in the module itself.",
    "The case changed while it was reviewed: another scan writes into it.": "It ends the report: there is no workbook.",
    "Wait until it is done, then ask for the report again.": "It ends the report: there is no workbook.",
    **dict.fromkeys(
        (
            "sentDateTime lt 1601-01-01T00:00:00Z",
            "sentDateTime {} {}{}",
            " and sentDateTime lt {}",
            "conversationId eq '{}'",
            "mail eq '{}'",
            "odata.maxpagesize={}, {}",
            "Bearer {}",
            "user={}\x01auth=Bearer {}\x01\x01",
            "n,a={},\x01auth=Bearer {}\x01\x01",
            "-----BEGIN CERTIFICATE-----",
        ),
        "It is sent to a server, or compared, and shown to nobody.",
    ),
    **dict.fromkeys(
        (
            "the service is busy or unwell; the same request may succeed later",
            "the answer took the service too long; a smaller one may succeed",
            "the answer is larger than any that we take; a smaller one may succeed",
            "the token is not accepted",
            "the application lacks a permission",
            "the mailbox is out of the application's scope",
            "there is no mailbox that can be reached",
            "the mailbox cannot be read today",
            "the item or folder is not there",
            "the delta link is forgotten",
            "what came is not of the form that the service promises",
            "the service does not understand the request",
            "empty mbox",
            "closed to us",
            "damaged or gone",
            "mail in a form that is not read",
            "no mail",
        ),
        "It explains a member of an enumeration to who reads the code; see the test that nothing asks for it.",
    ),
    **dict.fromkeys(
        (
            "When the last run ended.",
            "When the last run ended that read everything and has its workbook.",
            "How long the last run took.",
            "Its exit code: 0 clean, 1 failed, 2 settings, 3 incomplete, 4 new.",
            "Whether runs did not come as often as they should.",
            "Accounts that the last run did not read to their end.",
            "Messages that the case accounts for, in the folders of the last run.",
            "Incidents of the case.",
            "People affected, counted once.",
            "What the last run met and somebody must look at, although nothing may be missing.",
            "How many ways of telling failed after the last run.",
            "Answers typed into workbooks that wait for somebody.",
            "# HELP missedbcc_{} {}",
            "# TYPE missedbcc_{} gauge",
            "missedbcc_{}{{}} {}",
        ),
        "It explains a metric in the file of metrics.",
    ),
    "what is to be told cannot be noted in {}: {}": "It is said on standard error alone.",
}
"""What stands in these modules and in no workbook, with the reason. An entry that nobody says any more fails."""

PUT_TOGETHER = {
    " and {} {}": (
        "7 files are not read: Zq9x and 1 other. Of each: The file is empty.",
        "7 files are not read: Zq9x and 7 others. Of each: The file is empty.",
    ),
    " and {} more": ("Name it in sent_folders. The account has these folders: Zq9x and 7 more.",),
    "whose mailbox is in another tenant": (
        "Zq9x: 1 guest whose mailbox is in another tenant is left out.",
        "Zq9x: 7 guests whose mailbox is in another tenant are left out.",
    ),
    "without a mail address": (
        "Zq9x: 1 user without a mail address is left out.",
        "Zq9x: 7 users without a mail address are left out.",
    ),
    "{}: {} {}{} {} {} left out.": ("Zq9x: 7 users without a mail address are left out.",),
    "; a PFX file ends in .pfx.": ("Put both into one file: cat key.pem certificate.pem; a PFX file ends in .pfx.",),
    ", or the certificate cannot be used": (
        "The sign-in host does not know the tenant Zq9x, or the certificate cannot be used.",
    ),
    "Asking for this message breaks the connection": (
        "Asking for this message breaks the connection: The server Zq9x stopped answering.",
    ),
    "{} for {}": ("The server Zq9x refused the login of Zq9x for Zq9x: it gave no reason.",),
    "a command": ("The server refused a command: Zq9x",),
    "no folder of sent mail by today's settings": (
        "Zq9x: Zq9x is read on, since an earlier run read it, "
        "although it is no folder of sent mail by today's settings.",
    ),
    "{}: {} is read on, since an earlier run read it, although it is {}.": (
        "Zq9x: Zq9x is read on, since an earlier run read it, "
        "although it is no folder of sent mail by today's settings.",
    ),
    "{} of the messages that could not be read before can be read now.": (
        "Zq9x: Zq9x: 7 of the messages that could not be read before can be read now.",
    ),
    "no longer holds {} of the messages that the case keeps of it to judge; they stay in the case.": (
        "Zq9x: Zq9x no longer holds 7 of the messages that the case keeps of it to judge; they stay in the case.",
    ),
    "answers were not looked through for lists of ours that they quote: too large, or not to be had": (
        "Zq9x: Zq9x: answers were not looked through for lists of ours that they quote: "
        "too large, or not to be had (7).",
    ),
    "a From line and a header stand in the text of messages, but not as this file sets its messages apart; they were "
    "read as text, and may be messages": (
        "Zq9x: Zq9x: a From line and a header stand in the text of messages, but not as this file sets its messages "
        "apart; they were read as text, and may be messages (7).",
    ),
    "a stretch of zeros stands in this file, as a crash or a failing disk leaves it; messages may have stood there.": (
        "Zq9x: Zq9x: a stretch of zeros stands in this file, as a crash or a failing disk leaves it; messages may have "
        "stood there.",
    ),
    "messages that show several outsiders, but are marked as drafts or reports, were not judged": (
        "Zq9x: Zq9x: messages that show several outsiders, but are marked as drafts or reports, were not judged (7).",
    ),
    "{}: {} The next run goes on.": (
        "Zq9x: What some replies answer was not looked up: a run asks about 7 of them. The next run goes on.",
        "Zq9x: What some replies answer could not be looked up: "
        "The server Zq9x stopped answering. The next run goes on.",
        "Zq9x: What some replies answer could not be looked up: The server ended the connection: Zq9x "
        "7 further attempts failed as well. The next run goes on.",
    ),
    "The service does not accept our token, and the clock of this machine is {} {}.": tuple(
        f"The service does not accept our token, and the clock of this machine is 7 {unit} {way}."
        for unit, way in product(("days", "hours", "minutes"), ("fast", "slow"))
    ),
    "{} of {} sent messages": (
        "Not taken as internal, but also wrote 7 of 7 sent messages: Zq9x; add it with --internal if it is yours.",
    ),
    "to own_addresses in the config": (
        "Not taken as internal, but also wrote 7 of 7 sent messages: Zq9x; "
        "add it to own_addresses in the config if it is yours.",
    ),
    "with --internal": (
        "Not taken as internal, but also wrote 7 of 7 sent messages: Zq9x; add it with --internal if it is yours.",
    ),
    "Not taken as internal, but also wrote {}: {}; add it {} if it is yours.": (
        "Not taken as internal, but also wrote 7 of 7 sent messages: Zq9x; add it with --internal if it is yours.",
    ),
    "If this is not right: {}{}": (
        "If this is not right: name your domains with --internal, for example --internal company.example.",
    ),
    "the log {} cannot be written: {}": ("The log Zq9x cannot be written: Zq9x.",),
    "the metrics file {} cannot be written: {}": ("The metrics file Zq9x cannot be written: Zq9x.",),
    "the mail server {}": ("Nobody was told by mail: the mail server Zq9x failed (Zq9x).",),
    "{} failed ({})": ("Nobody was told by mail: the mail server Zq9x failed (Zq9x).",),
    "{} refused the login of [tell.mail]": (
        "Nobody was told by mail: the mail server Zq9x refused the login of [tell.mail].",
    ),
    "a login": (
        "Nobody was told by mail: the mail server Zq9x does not offer a login, and nothing is sent unprotected.",
    ),
    "STARTTLS or a login": (
        "Nobody was told by mail: the mail server Zq9x does not offer STARTTLS or a login, "
        "and nothing is sent unprotected.",
    ),
    "{} does not offer {}, and nothing is sent unprotected": (
        "Nobody was told by mail: the mail server Zq9x does not offer a login, and nothing is sent unprotected.",
    ),
    "its certificate is not trusted": (
        "Nobody was told by mail: the mail server Zq9x was left alone: its certificate is not trusted.",
    ),
    "TLS failed": ("Nobody was told by mail: the mail server Zq9x was left alone: TLS failed.",),
    "{} was left alone: {}": ("Nobody was told by mail: the mail server Zq9x was left alone: TLS failed.",),
    "{} cannot be reached ({})": ("Nobody was told by mail: the mail server Zq9x cannot be reached (Zq9x).",),
    **{
        part: (f"Nobody was told by services: Zq9x {part}.",)
        for part in (
            "holds no address of a service",
            "names a service over an unprotected connection",
            "did not take the message",
            "could not be had",
        )
    },
    "{} refused {} of {} recipients": ("Nobody was told by mail: the mail server Zq9x refused 7 of 7 recipients.",),
    "{} broke off; {} of {} may not have been told": (
        "Not everybody was told by mail: the mail server Zq9x broke off; 7 of 7 may not have been told.",
    ),
}
"""Parts of sentences, and the sentences that are made of them: these must fit. An entry that nobody says fails."""

FILLS = ("Zq9x", "7", "unknown", "The file is empty.", "")
"""What fills a gap: a text that is not ours, a number, words of ours, a sentence of ours, nothing."""
FRAMES = ("{}", "{}.", "Zq9x: {}", "Nobody was told by webhook: {}.", "Nobody was told by services: {}.")
"""What is said before and after a text of the code."""

FIX = re.compile(r"([A-Z][^:]*): ([a-z])([^=]*\.)")
"""What the number of a refused sign-in means, a colon, and the next step: these are told as two sentences."""

NOT_YET: dict[str, str] = {}
"""Sentences that are still English in other languages, with the reason. An entry that is translated by now fails."""


def speaks(path: Path) -> bool:
    """Whether a module puts a sentence into an error, a reading, a notice or the coverage."""
    names = error_names()
    return any(name in names or name == "note" or "trouble" in given for name, given in calls(path))


@cache
def error_names() -> frozenset[str]:
    return frozenset(subclasses_of({*RECORDS}, [ROOT / "errors.py", *CONNECTORS]))


@cache
def modules() -> tuple[Path, ...]:
    found = {path for path in ROOT.rglob("*.py") if speaks(path)} | {ROOT / name for name in ALSO} | {*CONNECTORS}
    return tuple(sorted(found - {ROOT / name for name in MUTE}))


@cache
def spoken() -> tuple[Spoken, ...]:
    return tuple(one for one in chain.from_iterable(map(spoken_in, modules())) if not is_name(one))


def is_name(one: Spoken) -> bool:
    """Whether it is a name that mail programs give to a folder: all of them stand in lower case in one module."""
    return one.path.stem == "folder_marks" and one.text == one.text.lower() and not one.gaps


@cache
def english(code: str) -> Catalogue:
    """The templates of a language, each answered by itself: a text that fits comes back as it is.

    It does not where a template takes words of ours for somebody's, which would leave them English.
    """
    said = {each: each for template in answers(code) for each in variants(template)}
    return Catalogue(said, manner(ENGLISH, lambda text: text if is_filling(text) else "(words of ours)"))


def fits(text: str, code: str) -> bool:
    """Whether the language has words for all of the text, or for all behind the names that it begins with."""
    behind = [text, text.removeprefix("Zq9x: "), text.removeprefix("Zq9x: Zq9x: ")]
    return any(not missed(each, code) for each in dict.fromkeys(behind))


def missed(text: str, code: str) -> list[str]:
    """What stays English, or is taken for somebody else's words."""
    found: list[str] = []

    def note(sentence: str) -> str:
        found.append(sentence)
        return sentence

    said = english(code).said(text, note)
    return found if said == text else [text]


def is_filling(text: str) -> bool:
    return re.fullmatch(r"(?:Zq9x|7|[^A-Za-z])*", text) is not None


def has_words(one: Spoken, code: str) -> bool:
    """Whether the language has words for the text with its gaps filled in one of the ways that we try."""
    if one.path.stem in ("sign_in", "oauth", "graph_token") and not one.gaps and (fix := FIX.fullmatch(one.text)):
        return all(fits(text, code) for text in (f"{fix[1]}.", f"{fix[2].upper()}{fix[3]}"))
    filled = (filled_with(one.text, fills) for fills in product(FILLS, repeat=len(one.gaps)))
    return any(fits(frame.format(text), code) for text in filled for frame in FRAMES)


def filled_with(text: str, fills: tuple[str, ...]) -> str:
    """The text with these in its gaps."""
    parts = text.split(GAP)
    return "".join(chain.from_iterable(zip(parts, (*fills, ""), strict=True)))


def key_of(one: Spoken) -> str:
    return one.text.replace(GAP, "{}")


# What the code can say.


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_of_a_source_has_its_words(code: str) -> None:
    known = NOT_IN_A_WORKBOOK.keys() | PUT_TOGETHER.keys() | NOT_YET.keys()
    missing = [str(one) for one in spoken() if key_of(one) not in known and not has_words(one, code)]
    assert missing == [], f"no template in reports/languages/{SOURCES}.{code}.toml"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_that_is_put_together_has_its_words(code: str) -> None:
    assert [text for text in chain.from_iterable(PUT_TOGETHER.values()) if not fits(text, code)] == []


def test_no_exception_is_idle() -> None:
    said = {key_of(one): one for one in spoken()}
    listed = {**NOT_IN_A_WORKBOOK, **PUT_TOGETHER, **NOT_YET}
    assert sorted(listed.keys() - said.keys()) == []
    alone = {**NOT_IN_A_WORKBOOK, **NOT_YET}
    fit = [text for text in alone if all(has_words(said[text], code) for code in TRANSLATED)]
    assert fit == []


def test_nothing_asks_an_enumeration_for_what_explains_it() -> None:
    """What `NOT_IN_A_WORKBOOK` says of these."""
    asked = re.compile(r"(?:\bconcern|\bkind|Concern\.[A-Z]+|Kind\.[A-Z]+)\.value\b")
    assert [path.name for path in CONNECTORS if asked.search(path.read_text("utf-8"))] == []


def test_a_sentence_without_a_template_is_named() -> None:
    stranger = Spoken(ROOT / "connectors" / "new.py", 7, f"The moon hides {GAP} of {GAP}.", ("count", "total"))
    assert not any(has_words(stranger, code) for code in TRANSLATED)
    assert str(stranger) == "new.py:7: The moon hides {count} of {total}."


def test_words_of_ours_are_never_taken_for_those_of_others() -> None:
    """A template that ends in a server's words would take for more of them whatever is said behind it."""
    for code in TRANSLATED:
        assert fits("The server ended the connection: Zq9x 7 further attempts failed as well.", code)
        assert not fits("The server ended the connection: Zq9x The moon hides it.", code)


# The catalogues.


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_sentence_has_one_place_in_the_catalogues(code: str) -> None:
    for name, table in own(f"{SOURCES}.{code}").items():
        others = [*own(code).values(), *(other for n, other in own(f"{SOURCES}.{code}").items() if n != name)]
        assert [text for text in table for other in others if text in other] == []
    assert not own(code).keys() & own(f"{SOURCES}.{code}").keys()


def own(name: str) -> dict[str, dict[str, str]]:
    """The sections of one file."""
    return tomllib.loads((ROOT.parent / "reports" / "languages" / f"{name}.toml").read_text("utf-8"))
