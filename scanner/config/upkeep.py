"""The tables [schedule], [tell], [log], [metrics] and [retention]: what happens when nobody watches."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Final

from scanner.account import SecretReference, Tls
from scanner.config.domains import address_of
from scanner.config.reference import REFERENCE, read_secret, secret_in
from scanner.config.table import Table
from scanner.unattended import (
    MOST_DAYS,
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

_STARTTLS_PORT: Final = 587  # RFC 6409 §3.1
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")


def read_unattended(root: Table) -> Unattended:
    """Every table of them; each may be absent. Mistakes are noted in the table's problems."""
    return Unattended(
        _cadence(root.table("schedule")),
        _telling(root.table("tell")),
        _log(root.table("log")),
        _metrics(root.table("metrics")),
        _retention(root.table("retention")),
    )


def weekday_of(text: str) -> Weekday | None:
    """A weekday by its English name or at least three letters of it; None when it is none."""
    word = text.strip().upper()
    return next((day for day in Weekday if len(word) > 2 and day.name.startswith(word)), None)


def clock_of(text: str) -> time | None:
    """A time of day such as 06:00; None when it is none."""
    found = _CLOCK.fullmatch(text.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def _cadence(table: Table | None) -> Cadence | None:
    if table is None:
        return None
    usual = Cadence()
    every = table.choice("every", Every, usual.every)
    weekday, at = table.text("weekday"), table.text("time")
    cadence = Cadence(
        every, weekday_of(weekday) or usual.weekday, table.whole("day", usual.day, 1, 28), clock_of(at) or usual.at
    )
    if weekday and weekday_of(weekday) is None:
        table.complain("weekday", "a weekday such as monday was expected")
    if at and clock_of(at) is None:
        table.complain("time", "a time of day such as 06:00 was expected")
    for key, wanted in (("weekday", Every.WEEK), ("day", Every.MONTH)):
        if key in table and every is not wanted:
            table.complain(key, f"means something only where every is {wanted}")
    table.finish()
    return cadence


def _telling(table: Table | None) -> Telling | None:
    if table is None:
        return None
    usual = Telling()
    telling = Telling(
        mail=_mail(table.table("mail")),
        webhook=_webhook(table.table("webhook")),
        services=_services(table),
        when=table.choice("when", When, usual.when),
        workbook=table.flag("workbook"),
        deadline=table.seconds("deadline", usual.deadline),
    )
    if not any(key in table for key in ("mail", "webhook", "services")):
        table.complain("mail", "is missing: at least one of mail, webhook and services says who is told")
    table.finish()
    return telling


def _services(table: Table) -> tuple[SecretReference, ...]:
    found = [secret_in(table, "services", text) for text in table.texts("services")]
    return tuple(one for one in found if one is not None)


def _mail(table: Table | None) -> MailChannel | None:
    if table is None:
        return None
    tls = table.choice("tls", Tls, Tls.IMPLICIT)
    before = len(table.problems)
    for key, meaning in (
        ("host", "the mail server"),
        ("from", "the sender"),
        ("to", 'a list: ["security@corp.example"]'),
    ):
        if key not in table:
            table.miss(key, meaning)
    channel = MailChannel(
        host=table.host("host"),
        sender=_address(table, "from", table.text("from")),
        recipients=tuple(dict.fromkeys(_address(table, "to", text) for text in table.texts("to"))),
        port=table.whole("port", _STARTTLS_PORT if tls is Tls.STARTTLS else 465, 1, 65535),
        tls=tls,
        user=table.text("user"),
        secret=read_secret(table, "secret"),
        ca_file=table.path("ca_file"),
    )
    if "to" in table and not channel.recipients and len(table.problems) == before:
        table.complain("to", "at least one address was expected")
    if ("user" in table) != ("secret" in table):
        present, absent = ("user", "secret") if "user" in table else ("secret", "user")
        table.miss(absent, f"it goes with {present}")
    table.finish()
    return channel


def _address(table: Table, key: str, text: str) -> str:
    """An address for an SMTP envelope; domains outside ASCII as A-labels. Its local part stays as it is written."""
    if not text:
        return ""
    canonical = address_of(text)
    local_part = text.strip().rpartition("@")[0]
    if not canonical or not local_part.isascii() or any(letter in local_part for letter in '<>()[]\\,;:"@ '):
        table.complain(key, "a whole address such as security@corp.example was expected")
        return ""
    return f"{local_part}@{canonical.rpartition('@')[2]}"


def _webhook(table: Table | None) -> WebhookChannel | None:
    if table is None:
        return None
    if "url" not in table:
        table.miss("url", f"where the address is kept, {REFERENCE}")
    url, token, ca_file = read_secret(table, "url"), read_secret(table, "token"), table.path("ca_file")
    table.finish()
    return WebhookChannel(url, token, ca_file) if url else None


def _log(table: Table | None) -> Path | None:
    if table is None:
        return None
    file = table.path("file")
    if "file" not in table:
        table.miss("file", "where the lines go")
    table.finish()
    return file


def _metrics(table: Table | None) -> Metrics | None:
    if table is None:
        return None
    file, case = table.path("file"), table.text("case")
    if "file" not in table:
        table.miss("file", "a file in the folder of the textfile collector, such as missedbcc.prom")
    elif file and file.suffix != ".prom":
        table.complain("file", "must end in .prom: the collector reads no others")
    table.finish()
    return Metrics(file, case) if file else None


def _retention(table: Table | None) -> Retention:
    if table is None:
        return Retention()
    days = {key: table.whole(key, -1, 0, MOST_DAYS) for key in ("cleared", "closed", "workbooks")}
    table.finish()
    return Retention(**{key: value for key, value in days.items() if value >= 0})
