"""The config file: what it means, and every mistake in it named at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanner.account import Login, SecretKind, SecretReference, Tls
from scanner.config import Config, domain_name, find_config, load_config, parse_config, with_internal
from scanner.config.reference import REFERENCE
from scanner.errors import SettingsError
from scanner.policy import Gate, Ground, InternalDomain, Policy

FILE = Path("/etc/mail/missedbcc.toml")
IMAP = '[account.sales]\ntype = "imap"\nhost = "imap.corp.example"\nuser = "sales"\n'
SECRET = 'secret = "env:SALES_PASSWORD"\n'
APPLICATION = '[account.sales.oauth]\nauthority = "https://login.example/tenant"\nclient_id = "app"\n'


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        parse_config(text, FILE)
    return caught.value.problems


def test_an_empty_file_is_the_default() -> None:
    assert parse_config("", FILE) == Config(file=FILE)


def test_every_part_of_the_policy_is_read() -> None:
    policy = parse_config(
        """
        [organisation]
        internal = ["Corp.Example", { domain = "old.example", since = 2019-01-01, until = "2024-12-31" },
                    "ü.example"]
        own_addresses = ["Owner@Freemail.Example"]
        affiliates = ["@partner.example"]
        [organisation.free_mail]
        add = ["freemail.example"]
        remove = ["corp.test"]
        [gates]
        candidate = 4
        exposure = 8
        parties = 3
        """,
        FILE,
    ).policy
    assert policy == Policy(
        internal=(
            InternalDomain("corp.example"),
            InternalDomain("old.example", date(2019, 1, 1), date(2024, 12, 31)),
            InternalDomain("xn--tda.example"),
        ),
        own_addresses=("owner@freemail.example",),
        affiliates=("partner.example",),
        free_mail_add=("freemail.example",),
        free_mail_remove=("corp.test",),
        gate=Gate(4, 8, 3),
    )


def test_an_imap_account_with_every_key() -> None:
    (account,) = parse_config(
        """
        [account."boss of sales"]
        type = "imap"
        host = "imap.corp.example"
        user = "master"
        secret = "file:secrets/master"
        port = 1143
        tls = "STARTTLS"
        login = "plain"
        act_as = "boss"
        master_separator = "*"
        ca_file = "ca.pem"
        sent_folders = ["Verschickt"]
        connect_timeout = 5
        read_timeout = 6.5
        command_deadline = 7
        mailbox_deadline = 90
        """,
        FILE,
    ).accounts
    server = account.server
    assert server is not None
    assert (account.name, account.scheme, account.sent_folders) == ("boss of sales", "imap", ("Verschickt",))
    assert (server.host, server.user, server.port, server.tls) == ("imap.corp.example", "master", 1143, Tls.STARTTLS)
    assert server.secret == SecretReference(SecretKind.FILE, "/etc/mail/secrets/master")
    assert (server.login, server.act_as, server.master_separator) == (Login.PLAIN, "boss", "*")
    assert server.ca_file == Path("/etc/mail/ca.pem")
    assert (server.connect_timeout, server.read_timeout, server.command_deadline) == (5.0, 6.5, 7.0)
    assert server.mailbox_deadline == 90.0


@pytest.mark.parametrize(("tls", "port"), [("implicit", 993), ("starttls", 143)])
def test_the_port_follows_the_protection(tls: str, port: int) -> None:
    (account,) = parse_config(f'{IMAP}{SECRET}tls = "{tls}"\n', FILE).accounts
    assert account.server is not None
    assert account.server.port == port


def test_an_application_of_exchange_online() -> None:
    (account,) = parse_config(
        IMAP
        + 'login = "xoauth2"\n[account.sales.oauth]\nauthority = "https://login.example/tenant"\n'
        + 'client_id = "app"\ncertificate = "file:~/app.pem"\n',
        FILE,
    ).accounts
    assert account.server is not None
    client = account.server.oauth
    assert client is not None
    assert (client.authority, client.client_id, client.secret) == ("https://login.example/tenant", "app", None)
    assert client.certificate == SecretReference(SecretKind.FILE, str(Path.home() / "app.pem"))


def test_archives_and_the_case_start_at_the_file(tmp_path: Path) -> None:
    file = tmp_path / "missedbcc.toml"
    file.write_text('[case]\nfolder = "matter"\n[account.old]\ntype = "maildir"\npath = "archive"\n')
    config = load_config(file)
    assert config.case == tmp_path / "matter"
    assert [(a.name, a.scheme, a.path) for a in config.accounts] == [("old", "maildir", tmp_path / "archive")]


def test_three_mistakes_are_three_problems_with_the_nearest_right_keys() -> None:
    assert problems_of(
        '[organisation]\ninternl = ["corp.example"]\n[gates]\nexposure = "ten"\n'
        '[account.sales]\ntype = "imap"\nhots = "imap.corp.example"\nuser = "sales"\nsecret = "env:X"\n'
    ) == (
        "gates.exposure: a whole number of at least 2 was expected, a text was found",
        'organisation.internl: unknown key; did you mean "internal"?',
        'account.sales.hots: unknown key for type imap; did you mean "host"?',
    )


NAMING = "a credential of systemd is named by letters, digits, dots, hyphens and underscores"
RING = "a secret in a keyring is named by service and user, keyring:SERVICE/USER"
HOST = "host: the name of a server alone was expected, as mail.corp.example; port is a key by itself"
IMAP_MISTAKES = [
    ("", f"secret: is missing: where the password is kept, {REFERENCE}"),
    ('secret = "credential:../mail"\n', f"secret: {NAMING}"),
    ('secret = "credential:.mail"\n', f"secret: {NAMING}"),
    ('secret = "keyring:mail"\n', f"secret: {RING}"),
    ('secret = "keyring:/anna"\n', f"secret: {RING}"),
    (SECRET + 'tls = "none"\n', "tls: one of implicit, starttls was expected"),
    (SECRET + "port = 70000\n", "port: a whole number from 1 to 65535 was expected"),
    (SECRET + "port = true\n", "port: a whole number from 1 to 65535 was expected, true or false was found"),
    (SECRET + "read_timeout = 0\n", "read_timeout: a number of seconds above 0 was expected, a whole number was found"),
    (SECRET + 'master_separator = "*"\n', "master_separator: needs act_as, the mailbox to open"),
    (SECRET + APPLICATION + 'secret = "env:X"\n', "secret: stands beside oauth; keep one of them"),
    (APPLICATION + 'secret = "env:X"\n', "login: must be xoauth2 or oauthbearer where oauth is given"),
    ('login = "xoauth2"\n' + APPLICATION, "oauth.secret: exactly one of secret and certificate is needed"),
    (
        'login = "xoauth2"\n' + APPLICATION.replace("https", "http") + 'secret = "env:X"\n',
        "oauth.authority: must begin with https://",
    ),
]


@pytest.mark.parametrize(("text", "problem"), IMAP_MISTAKES)
def test_each_mistake_in_an_imap_account_has_its_sentence(text: str, problem: str) -> None:
    assert problems_of(IMAP + text) == (f"account.sales.{problem}",)


@pytest.mark.parametrize("name", ["imaps://imap.corp.example", "imap.corp.example:993", "ann@imap", "a b", "[::1]"])
def test_a_server_is_named_without_scheme_user_and_port(name: str) -> None:
    assert problems_of(IMAP.replace("imap.corp.example", name) + SECRET) == (f"account.sales.{HOST}",)


@pytest.mark.parametrize("name", ["::1", "192.0.2.7", "localhost", "mail.exämple.example", "fe80::1%eth0"])
def test_a_server_may_be_an_address(name: str) -> None:
    (account,) = parse_config(IMAP.replace("imap.corp.example", name) + SECRET, FILE).accounts
    assert account.server is not None
    assert account.server.host == name


ARCHIVE_MISTAKES = [
    ("x = 1\n", ": a table, such as [account.x], was expected, a whole number was found"),
    ('[account.x]\nhost = "h"\n', ".type: is missing: one of imap, mbox, maildir, eml, graph"),
    ('[account.x]\ntype = "imp"\n', '.type: one of imap, mbox, maildir, eml, graph was expected; did you mean "imap"?'),
    ('[account.x]\ntype = "mbox"\n', ".path: is missing: where the mail lies"),
    (
        '[account.x]\ntype = "mbox"\npath = "p"\nport = 1\n',
        ".port: unknown key for type mbox; the keys here are type, path, sent_folders",
    ),
]


@pytest.mark.parametrize(("text", "problem"), ARCHIVE_MISTAKES)
def test_each_mistake_in_an_archive_has_its_sentence(text: str, problem: str) -> None:
    assert problems_of("[account]\n" + text) == (f"account.x{problem}",)


ORGANISATION_MISTAKES = [
    ('internal = "corp.example"', "internal: a list was expected, a text was found"),
    ("internal = [3]", "internal[1]: a text or a table was expected, a whole number was found"),
    (
        'internal = ["a@corp.example"]',
        "internal: each entry is a domain name such as corp.example; a single address belongs in own_addresses",
    ),
    (
        'internal = [{ domain = "a.example", from = 2020-01-01 }]',
        "internal[1].from: unknown key; the keys here are domain, since, until",
    ),
    (
        'internal = [{ domain = "a.example", since = 2020-01-02, until = 2020-01-01 }]',
        "internal[1].until: lies before since",
    ),
    (
        'internal = [{ domain = "a.example", since = "soon" }]',
        "internal[1].since: a day such as 2024-12-31 was expected, a text was found",
    ),
    ("internal = [{}]", "internal[1].domain: is missing: the domain that was ours"),
    ('own_addresses = ["owner"]', "own_addresses: each entry is a whole address such as owner@freemail.example"),
    ("affiliates = [1]", "affiliates: each entry is a text in quotes that is not empty"),
    ("affiliates = 1", 'affiliates: a list such as ["one", "two"] was expected, a whole number was found'),
]


@pytest.mark.parametrize(("text", "problem"), ORGANISATION_MISTAKES)
def test_each_mistake_about_the_organisation_has_its_sentence(text: str, problem: str) -> None:
    assert problems_of(f"[organisation]\n{text}\n") == (f"organisation.{problem}",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[acount.x]\n", 'acount: unknown key; did you mean "account"?'),
        (
            "[gates]\ncandidate = 9\nexposure = 8\n",
            "gates.candidate: must not be above exposure: messages between the two would be lost",
        ),
        (
            "[case]\nfolder = 3\n",
            "case.folder: a text in quotes that is not empty was expected, a whole number was found",
        ),
    ],
)
def test_each_other_mistake_has_its_sentence(text: str, problem: str) -> None:
    assert problems_of(text) == (problem,)


@pytest.mark.parametrize(
    "line",
    ['secret = "hunter2"', 'password = "hunter2"', 'secret = "plain:hunter2"', 'login = "hunter2"', "port = 'hunter2'"],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_config(f"{IMAP}{line}\n", FILE)
    told = " ".join((str(caught.value), caught.value.hint, *caught.value.problems))
    assert "hunter2" not in told
    assert "account.sales." in told


def test_a_key_that_other_programs_use_is_known_to_mean_ours() -> None:
    assert problems_of(f'{IMAP}password = "env:X"\n') == (
        'account.sales.password: unknown key for type imap; did you mean "secret"?',
    )


def test_broken_toml_is_told_with_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "missedbcc.toml"
    file.write_text("[gates]\nexposure = \n")
    with pytest.raises(SettingsError, match=r"not valid TOML: .*line 2, column 12"):
        load_config(file)


def test_a_file_in_another_charset_and_a_missing_one_are_told(tmp_path: Path) -> None:
    file = tmp_path / "missedbcc.toml"
    file.write_bytes(b'[case]\nfolder = "f\xfcr"\n')
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        load_config(file)
    with pytest.raises(SettingsError, match="There is no config file"):
        load_config(tmp_path / "other.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_config(tmp_path)


def test_a_file_that_an_editor_began_with_a_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "missedbcc.toml"
    file.write_bytes(b'\xef\xbb\xbf[case]\nfolder = "sales"\n')
    assert load_config(file).case == tmp_path / "sales"


def test_the_usual_file_is_found_when_it_is_there(tmp_path: Path) -> None:
    assert find_config(None, tmp_path) is None
    (tmp_path / "missedbcc.toml").touch()
    assert find_config(None, tmp_path) == tmp_path / "missedbcc.toml"
    assert find_config(Path("given.toml"), tmp_path) == Path("given.toml")


def test_domains_of_the_command_line_are_added_once() -> None:
    policy = with_internal(
        Policy(internal=(InternalDomain("corp.example"),)), ["Corp.example", "new.example", "new.example."]
    )
    assert policy.internal == (
        InternalDomain("corp.example"),
        InternalDomain("new.example", ground=Ground.COMMAND_LINE),
    )
    with pytest.raises(SettingsError) as caught:
        with_internal(Policy(), ["corp", "fine.example", "a b.example"])
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CORP.example.", "corp.example"),
        ("*.corp.example", "corp.example"),
        ("@corp.example", "corp.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("corp", None),
        ("", None),
        ("a..example", None),
        ("x@corp.example", None),
        ("\u2024.example", None),
        ("-\u00fc.example", None),
        ("a" * 64 + ".example", None),
    ],
)
def test_a_domain_name_is_brought_to_one_form(text: str, name: str | None) -> None:
    assert domain_name(text) == name


def test_the_look_of_workbooks_is_read() -> None:
    config = parse_config('[report]\nlanguage = "fr"\npassword = "file:workbook.password"\n', FILE)
    assert config.language == "fr"
    assert config.password == SecretReference(SecretKind.FILE, "/etc/mail/workbook.password")
    assert parse_config("", FILE).password is None


def test_a_password_of_workbooks_in_the_config_is_never_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_config('[report]\npassword = "battery 7 stapler"\n', FILE)
    (problem,) = caught.value.problems
    assert "never what it is" in problem
    assert "battery" not in f"{caught.value} {problem}"
