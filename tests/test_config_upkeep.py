"""What the config says of runs that nobody watches, and the mistakes in it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from scanner.account import SecretKind, SecretReference, Tls
from scanner.config import parse_config
from scanner.errors import SettingsError
from scanner.unattended import (
    Cadence,
    Every,
    MailChannel,
    Metrics,
    Retention,
    Telling,
    Unattended,
    WebhookChannel,
    Weekday,
    When,
)

FILE = Path("/etc/missedbcc/missedbcc.toml")
MAIL = '[tell.mail]\nhost = "smtp.corp.example"\nfrom = "scan@corp.example"\nto = ["sec@corp.example"]\n'


def env(name: str) -> SecretReference:
    return SecretReference(SecretKind.ENVIRONMENT, name)


def test_nothing_is_told_logged_or_purged_by_itself() -> None:
    assert parse_config("", FILE).unattended == Unattended()
    assert Unattended().retention == Retention(None, None, None)


def test_every_table_is_read() -> None:
    text = """
        [schedule]
        every = "weekly"
        weekday = "Thu"
        time = "5:30"
        [tell]
        when = "needed"
        workbook = true
        deadline = 20
        services = ["env:CHAT", "file:chat.url"]
        [tell.mail]
        host = "smtp.corp.example"
        tls = "starttls"
        user = "scan"
        secret = "env:MAIL"
        from = "scan@corp.example"
        to = ["sec@corp.example", "legal@corp.example", "sec@corp.example"]
        ca_file = "ca.pem"
        [tell.webhook]
        url = "env:HOOK"
        token = "env:TOKEN"
        [log]
        file = "log.jsonl"
        [metrics]
        file = "/var/lib/node/missedbcc.prom"
        case = "sales"
        [retention]
        cleared = 90
        closed = 365
        workbooks = 0
        """
    unattended = parse_config(text, FILE).unattended
    chat = SecretReference(SecretKind.FILE, "/etc/missedbcc/chat.url")
    mail = MailChannel(
        "smtp.corp.example", "scan@corp.example", ("sec@corp.example", "legal@corp.example"), 587, Tls.STARTTLS,
        "scan", env("MAIL"), FILE.parent / "ca.pem",
    )  # fmt: skip
    hook = WebhookChannel(env("HOOK"), env("TOKEN"))
    assert unattended == Unattended(
        Cadence(Every.WEEK, Weekday.THURSDAY, 1, time(5, 30)),
        Telling(mail, hook, (env("CHAT"), chat), When.NEEDED, workbook=True, deadline=20),
        FILE.parent / "log.jsonl",
        Metrics(Path("/var/lib/node/missedbcc.prom"), "sales"),
        Retention(90, 365, 0),
    )
    assert unattended.secrets == (env("MAIL"), env("HOOK"), env("TOKEN"), env("CHAT"), chat)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[schedule]\nevery = "week"\n', 'schedule.every: one of daily, weekly, monthly was expected'),
        ('[schedule]\nweekday = "mo"\n', "schedule.weekday: a weekday such as monday was expected"),
        ('[schedule]\ntime = "24:00"\n', "schedule.time: a time of day such as 06:00 was expected"),
        ('[schedule]\nevery = "daily"\nweekday = "mon"\n', "schedule.weekday: means something only where every"),
        ("[schedule]\nday = 3\n", "schedule.day: means something only where every is monthly"),
        ("[tell]\n", "tell.mail: is missing: at least one of mail, webhook and services"),
        (MAIL.replace("host", "server"), 'tell.mail.server: unknown key; did you mean "host"?'),
        (MAIL.replace('"sec@corp.example"', ""), "tell.mail.to: at least one address was expected"),
        (MAIL.replace('"sec@corp.example"', '"Sec <sec@corp.example>"'), "tell.mail.to: a whole address"),
        (MAIL.replace('["sec@corp.example"]', '"sec@corp.example"'), "tell.mail.to: a list such as"),
        (MAIL + 'user = "scan"\n', "tell.mail.secret: is missing: it goes with user"),
        (MAIL.replace('"smtp.corp', '"smtps://smtp.corp'), "tell.mail.host: the name of a server alone was expected"),
        (MAIL.replace("smtp.corp.example", "smtp.corp.example:465"), "tell.mail.host: the name of a server alone was"),
        (MAIL + 'secret = "env:X"\n', "tell.mail.user: is missing: it goes with secret"),
        (MAIL + 'user = "u"\nsecret = "hunter2"\n', "tell.mail.secret: says where the secret is kept"),
        (MAIL + 'tls = "none"\n', "tell.mail.tls: one of implicit, starttls was expected"),
        ('[tell.webhook]\nurl = "https://hook.example/x"\n', "tell.webhook.url: says where the secret is kept"),
        ("[tell.webhook]\n", "tell.webhook.url: is missing: where the address is kept"),
        ('[tell]\nservices = ["slack://x/y"]\n', "tell.services: says where the secret is kept"),
        ("[log]\n", "log.file: is missing"),
        ('[metrics]\nfile = "a.txt"\n', "metrics.file: must end in .prom"),
        ("[retention]\ncleared = -1\n", "retention.cleared: a whole number from 0 to 365000 was expected"),
        ("[retention]\nclosed = 999_999_999\n", "retention.closed: a whole number from 0 to 365000 was expected"),
        (f"[tell]\ndeadline = {10**20}\nservices = ['env:X']\n", "tell.deadline: a number of seconds of at most"),
        ('[log]\nfile = "a\\u0000b"\n', "log.file: a text without the character U+0000"),
        ('[tell]\nservices = ["env:a\\u0000b"]\n', "tell.services: a text without the character U+0000"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_without_its_value(text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_config(text, FILE)
    assert any(one.startswith(problem) for one in caught.value.problems), caught.value.problems
    assert len(caught.value.problems) == 1
    assert "hunter2" not in repr(caught.value.problems)


NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("cadence", "following"),
    [
        (Cadence(), datetime(2026, 11, 30, 6, tzinfo=UTC)),
        (Cadence(weekday=Weekday.WEDNESDAY), datetime(2026, 12, 2, 6, tzinfo=UTC)),
        (Cadence(weekday=Weekday.WEDNESDAY, at=time(12, 1)), datetime(2026, 11, 25, 12, 1, tzinfo=UTC)),
        (Cadence(Every.DAY), datetime(2026, 11, 26, 6, tzinfo=UTC)),
        (Cadence(Every.MONTH, day=28), datetime(2026, 11, 28, 6, tzinfo=UTC)),
        (Cadence(Every.MONTH, day=25), datetime(2026, 12, 25, 6, tzinfo=UTC)),
    ],
)
def test_the_next_run_is_known(cadence: Cadence, following: datetime) -> None:
    assert cadence.after(NOW) == following


@pytest.mark.parametrize(("every", "days"), [(Every.DAY, 1.5), (Every.WEEK, 9), (Every.MONTH, 33)])
def test_a_run_is_missed_once_more_than_the_grace_is_gone(every: Every, days: float) -> None:
    cadence = Cadence(every)
    assert not cadence.overdue(NOW - timedelta(days=days), NOW)
    assert cadence.overdue(NOW - timedelta(days=days, minutes=1), NOW)


def test_a_cadence_reads_as_a_phrase() -> None:
    phrases = [str(Cadence()), str(Cadence(Every.DAY)), str(Cadence(Every.MONTH, day=3))]
    assert phrases == ["every Monday at 06:00", "every day at 06:00", "on day 3 of every month at 06:00"]
