"""The big tenant: exactly so many messages, the same each time, made as they are read, in both of its forms."""

from __future__ import annotations

import json
import mailbox
import subprocess
import sys
import tracemalloc
from pathlib import Path

from tests.graph.big_tenant import BigTenant
from tests.graph.client import Client
from tests.graph.fixtures import ServeGraph

SMALL = BigTenant(people=12, messages=240)


def test_the_numbers_are_exact_and_the_mail_is_the_same_each_time() -> None:
    assert sum(SMALL.counts) == 240
    assert len(SMALL.counts) == 12
    assert SMALL.counts[0] > 2 * SMALL.counts[-1] > 0
    assert list(SMALL.letters(3)) == list(BigTenant(people=12, messages=240).letters(3))
    assert list(SMALL.letters(3)) != list(BigTenant(people=12, messages=240, seed=8).letters(3))
    times = [letter.sent.replace(second=0) for letter in SMALL.letters(0)]
    assert times == sorted({*times})


def test_a_tenant_costs_nothing_before_it_is_read() -> None:
    tracemalloc.start()
    tenant = BigTenant(people=200, messages=100_000).tenant()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(tenant.users) == 212
    assert size < 2_000_000


def test_both_forms_hold_the_same_mail(serve_graph: ServeGraph, tmp_path: Path) -> None:
    fake = serve_graph(SMALL.tenant())
    served: dict[str, tuple[str, int]] = {}
    with Client(fake) as client:
        for person in range(SMALL.people):
            place = f"users/{SMALL.principal(person)}/mailFolders/sentitems"
            below = client.all(f"{place}/childFolders")[0]["id"]
            found = client.all(f"{place}/messages?$top=50")
            found += client.all(f"users/{SMALL.principal(person)}/mailFolders/{below}/messages?$top=50")
            served |= {one["internetMessageId"]: (one["subject"], len(one["toRecipients"])) for one in found}
    kept: dict[str, tuple[str, int]] = {}
    for file in SMALL.write_mboxes(tmp_path):
        box = mailbox.mbox(file, create=False)
        kept |= {one["Message-ID"]: (_plain(one["Subject"]), one["To"].count("@")) for one in box}
        box.close()
    assert len(kept) == 240
    assert {key: (_plain(subject), count) for key, (subject, count) in served.items()} == kept


def _plain(subject: str) -> str:
    """Enough of a subject to compare it: its number is never encoded, unless the whole is."""
    return "encoded" if "=?" in subject or not subject.isascii() else subject


def test_some_users_have_no_mailbox_that_can_be_read() -> None:
    users = SMALL.tenant().users.values()
    away = [user for user in users if user.guest or user.on_premises or not user.mailbox]
    assert len(away) == 12 - 3 + 3
    assert sum(not user.licensed and user.mailbox for user in users) == 1


def test_a_process_serves_it_for_others() -> None:
    command = [sys.executable, "-m", "tests.graph", "--people", "2", "--messages", "4"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        settings = json.loads(running.stdout.readline())
        assert Path(settings["ca_file"]).exists()
        assert settings["root"].startswith("https://localhost:")
        running.communicate(timeout=20)
    assert running.returncode == 0
    assert not Path(settings["ca_file"]).exists()
