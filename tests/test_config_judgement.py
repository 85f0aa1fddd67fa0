"""The settings by which the mail is judged: gates, sensitive words, the allowlist and the rule pack."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanner.config import parse_config, with_internal
from scanner.detector.contexts import contexts_of
from scanner.errors import SettingsError
from scanner.policy import Allowed, Gate, Policy

FILE = Path("/etc/mail/missedbcc.toml")
ALLOW = '[[allow]]\nreason = "They agreed"\nowner = "events team"\nexpires = 2027-01-31\n'


def policy_of(text: str) -> Policy:
    return parse_config(text, FILE).policy


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        parse_config(text, FILE)
    return caught.value.problems


def test_everything_that_judges_is_read() -> None:
    policy = policy_of(
        """
        rules = "UK-GDPR-2021"
        [gates]
        candidate = 4
        exposure = 8
        parties = 3
        sensitive = 2
        [sensitive.words]
        health = ["tinnitus*", "hearing group"]
        Sexual_Life = ["kink*"]
        "secret agents" = ["blue circle"]
        [[allow]]
        reason = "Attendees agreed to be listed"
        owner = "events team"
        expires = 2027-01-31
        incident = "A1B2C3"
        author = "Events@Corp.Example"
        subject = "forum"
        audience = ["Firm.example", "@shop.example"]
        [[allow]]
        reason = "The press list is public"
        owner = "press office"
        expires = "2026-12-31"
        author = "@Press.Corp.example"
        """
    )
    assert policy == Policy(
        gate=Gate(4, 8, 3, 2),
        sensitive_words=(
            ("health", "tinnitus*"),
            ("health", "hearing group"),
            ("sexual life", "kink*"),
            ("secret agents", "blue circle"),
        ),
        allowed=(
            Allowed(
                reason="Attendees agreed to be listed",
                owner="events team",
                expires=date(2027, 1, 31),
                incident="A1B2C3",
                author="events@corp.example",
                subject="forum",
                audience=("firm.example", "shop.example"),
            ),
            Allowed(
                reason="The press list is public",
                owner="press office",
                expires=date(2026, 12, 31),
                author="@press.corp.example",
            ),
        ),
        rule_pack="uk-gdpr-2021",
    )
    assert contexts_of("Blue circle: tinnitus evening", policy.sensitive_words) == ("health", "secret agents")


def test_nothing_of_it_is_needed() -> None:
    assert policy_of("") == Policy()
    assert policy_of("[gates]\n[sensitive]\n") == Policy()
    assert Policy().gate == Gate(candidate=5, exposure=10, parties=2, sensitive=3)


def test_a_low_gate_takes_the_sensitive_one_with_it() -> None:
    assert policy_of("[gates]\ncandidate = 2\nexposure = 2\n").gate == Gate(2, 2, 2, 2)


def test_two_policies_that_judge_differently_have_different_digests() -> None:
    texts = ["", "[gates]\nsensitive = 4\n", 'rules = "gdpr-2018"\n', ALLOW + 'incident = "x"\n',
             '[sensitive.words]\nhealth = ["tinnitus"]\n']  # fmt: skip
    assert len({policy_of(text).digest for text in texts}) == len(texts)


ALLOW_MISTAKES = [
    ("", "incident: is missing: at least one of incident, author, subject, audience says what is allowed"),
    ('incidnt = "x"\n', 'incidnt: unknown key; did you mean "incident"?'),
    ('sender = "@corp.example"\nsubject = "x"\n', 'sender: unknown key; did you mean "author"?'),
    ('subject = ""\n', "subject: a text in quotes that is not empty was expected, an empty text was found"),
    ('author = "events"\n', "author: a whole address such as events@corp.example, or a domain as @corp.example"),
    ('author = "@corp"\n', "author: a whole address such as events@corp.example, or a domain as @corp.example"),
    ('audience = "firm.example"\n', 'audience: a list such as ["one", "two"] was expected, a text was found'),
    ('audience = ["a@firm.example"]\n', "audience: each entry is a domain name such as corp.example"),
]


@pytest.mark.parametrize(("text", "problem"), ALLOW_MISTAKES)
def test_each_mistake_in_an_allowlist_entry_has_its_sentence(text: str, problem: str) -> None:
    assert problems_of(ALLOW + text) == (f"allow[1].{problem}",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[allow]]\nincident = "x"\n[[allow]]\nincident = "y"\n', 6),
        (ALLOW.replace("reason", "because") + 'incident = "x"\n', 2),
        (ALLOW.replace("expires", "until") + 'incident = "x"\n', 1),
        (ALLOW.replace("2027-01-31", "2027-01-31T10:00:00") + 'incident = "x"\n', 1),
        (ALLOW.replace("2027-01-31", '"next year"') + 'incident = "x"\n', 1),
    ],
)
def test_reason_owner_and_expiry_are_needed(text: str, problem: int) -> None:
    assert len(problems_of(text)) == problem


def test_what_is_missing_says_what_it_is_for() -> None:
    assert problems_of('[[allow]]\nincident = "x"\n') == (
        "allow[1].reason: is missing: why it is allowed",
        "allow[1].owner: is missing: who answers for it",
        "allow[1].expires: is missing: the last day on which it is allowed, such as 2027-01-31",
    )
    assert problems_of(ALLOW.replace("expires", "until") + 'incident = "x"\n') == (
        'allow[1].until: unknown key; did you mean "expires"?',
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            ALLOW.replace("[[allow]]", "[allow]"),
            "allow: a list of tables, each headed [[allow]], was expected, a table was found",
        ),
        ('allow = ["x"]\n', "allow[1]: a table was expected, a text was found"),
        ("allowlist = []\n", 'allowlist: unknown key; did you mean "allow"?'),
        ("[gate]\nsensitive = 3\n", 'gate: unknown key; did you mean "gates"?'),
        ("[gates]\nsensitive = 1\n", "gates.sensitive: a whole number of at least 2 was expected"),
        (
            "[gates]\nsensitive = 11\n",
            "gates.sensitive: must not be above exposure: a sensitive subject lowers the gate",
        ),
        ("[gates]\nsensitiv = 3\n", 'gates.sensitiv: unknown key; did you mean "sensitive"?'),
        ('[sensitive]\nhealth = ["x"]\n', "sensitive.health: unknown key; the keys here are words"),
        ('[sensitive.words]\nhelth = ["tinnitus"]\n', 'sensitive.words.helth: did you mean "health"?'),
        ('[sensitive.words]\n"" = ["tinnitus"]\n', 'sensitive.words."": the name of the context is empty'),
        (
            "[sensitive.words]\nhealth = 3\n",
            'sensitive.words.health: a list such as ["one", "two"] was expected, a whole number was found',
        ),
        (
            '[sensitive.words]\nhealth = ["a*"]\n',
            "sensitive.words.health: each entry is a word or phrase; one with a * has at least 3 letters",
        ),
        (
            '[sensitive.words]\nhealth = ["12 *"]\n',
            "sensitive.words.health: each entry is a word or phrase; one with a * has at least 3 letters",
        ),
        (
            'rules = "gdpr2018"\n',
            'rules: one of digital-omnibus-proposal, gdpr-2018, uk-gdpr-2021 was expected; did you mean "gdpr-2018"?',
        ),
        ("rules = 72\n", "rules: a text in quotes that is not empty was expected, a whole number was found"),
        ('law = "gdpr-2018"\n', 'law: unknown key; did you mean "rules"?'),
    ],
)
def test_each_other_mistake_has_its_sentence(text: str, problem: str) -> None:
    assert problem in problems_of(text)


def test_no_value_is_repeated() -> None:
    told = " ".join(
        problems_of(f'rules = "hunter2"\n{ALLOW}author = "hunter2"\n[sensitive.words]\nhelth = ["hunter2"]\n')
    )
    assert "hunter2" not in told
    assert told.count(":") >= 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'internal = ["corp.example", "gmail.com"]',
            "internal: anybody can have an address there: name the addresses in own_addresses, or the domain in "
            "free_mail.remove",
        ),
        (
            'affiliates = ["post.example"]\nfree_mail = { add = ["post.example"] }',
            "affiliates: anybody can have an address there: name the addresses in own_addresses, or the domain in "
            "free_mail.remove",
        ),
        (
            'internal = [{ domain = "co.uk", since = 2020-01-01 }]',
            "internal: a registry sells the names below it, so it is nobody's own: name the domains that are meant",
        ),
    ],
)
def test_a_domain_that_would_hide_strangers_is_refused(text: str, problem: str) -> None:
    assert problems_of(f"[organisation]\n{text}\n") == (f"organisation.{problem}",)


@pytest.mark.parametrize(
    "domain", ["corp.co.uk", "github.io", "onmicrosoft.com", "tenant.onmicrosoft.com", "corp.example"]
)
def test_a_domain_that_somebody_owns_is_taken(domain: str) -> None:
    assert [entry.domain for entry in policy_of(f'[organisation]\ninternal = ["{domain}"]\n').internal] == [domain]


def test_a_provider_that_is_ours_is_taken_off_the_list_of_providers() -> None:
    text = '[organisation]\ninternal = ["gmail.com"]\n[organisation.free_mail]\nremove = ["gmail.com"]\n'
    assert [entry.domain for entry in policy_of(text).internal] == ["gmail.com"]


def test_the_command_line_is_held_to_the_same() -> None:
    with pytest.raises(SettingsError) as caught:
        with_internal(Policy(), ["corp.example", "gmail.com", "co.uk", "corp"])
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "--internal gmail.com",
        "--internal co.uk",
        "--internal corp",
    ]
