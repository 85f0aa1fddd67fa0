"""The command that makes a scorer's report: what it reads from a corpus folder, and what it says of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.labelled_corpus import count_domains, policy_of, report

CONFIG = {
    "internal_domains": [{"domain": "company.example"}, {"domain": "bought.example", "since": "2023-05-01"}],
    "affiliates": ["haulier.example"],
    "freemail": ["freemail.example"],
    "mailboxes": {"jo": {"sent": "[Mail]/Sent", "address": "jo@company.example"}},
    "not_sent_folders": ["Drafts"],
}
PEOPLE = [f"someone{number}@freemail.example" for number in range(12)]


def message(to: str, *, message_id: str | None, day: int) -> str:
    lines = [
        f"From jo@company.example Fri Mar {day:2} 12:00:00 2024",
        "From: Jo <jo@company.example>",
        f"To: {to}",
        f"Date: Fri, {day} Mar 2024 12:00:00 +0000",
        "Subject: Survey",
        *([f"Message-ID: <{message_id}>"] if message_id else []),
        "",
        "Dear customer",
        "",
        "",
    ]
    return "\n".join(lines)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    ordinary = message("one@firm.example", message_id="plain@company.example", day=1)
    leak = message(", ".join(PEOPLE), message_id="leak@company.example", day=15)
    nameless = message(", ".join([*PEOPLE, "more@firm.example"]), message_id=None, day=22)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    for name, content in {
        "[Mail]_Sent": ordinary + leak + nameless,
        "Archive_2024": leak,
        "Drafts": message(", ".join(PEOPLE), message_id="draft@company.example", day=8),
    }.items():
        file = tmp_path / "jo" / f"{name}.mbox"
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)
    return tmp_path


def test_each_message_is_named_by_its_place_and_its_id_if_it_has_one(corpus: Path) -> None:
    told = report(corpus)
    (incident,) = told["incidents"]  # the list of the second week is that of the first, and one more
    assert incident["messages"] == [
        {"mailbox": "jo", "folder": "Archive/2024", "index": 0, "message_id": "<leak@company.example>"},
        {"mailbox": "jo", "folder": "[Mail]/Sent", "index": 1, "message_id": "<leak@company.example>"},
        {"mailbox": "jo", "folder": "[Mail]/Sent", "index": 2},
    ]
    assert incident["affected"] == sorted([*PEOPLE, "more@firm.example"])
    assert (incident["category"], incident["roles"]) == ("probable exposure", ["original", "re-exposure"])
    assert told["cleared"] == []


def test_the_rules_to_beat_count_each_message_by_itself(corpus: Path) -> None:
    rows = report(corpus, rule=len, least=13)["incidents"]
    assert [(row["score"], len(row["messages"])) for row in rows] == [(13, 1)]
    assert [row["score"] for row in report(corpus, rule=count_domains, least=1)["incidents"]] == [2, 1]


def test_the_same_mail_in_the_shape_of_graph_gives_the_same_incident(corpus: Path) -> None:
    def graph(day: int, name: str | None, people: list[str], folder: str = "[Mail]/Sent") -> dict[str, object]:
        return {
            "id": f"AAMk{day}",
            "internetMessageId": name,
            "subject": "Survey",
            "sentDateTime": f"2024-03-{day:02}T12:00:00Z",
            "parentFolder": folder,
            "from": {"emailAddress": {"name": "Jo", "address": "jo@company.example"}},
            "toRecipients": [{"emailAddress": {"name": one, "address": one}} for one in people],
        }

    rows = [
        graph(15, "<leak@company.example>", PEOPLE),
        graph(22, None, [*PEOPLE, "more@firm.example"]),
        graph(8, "<draft@company.example>", PEOPLE, "Drafts"),
    ]
    (corpus / "graph").mkdir()
    (corpus / "graph" / "jo.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (there,) = report(corpus, graph=True)["incidents"]
    (here,) = report(corpus)["incidents"]
    same = ("fingerprint", "affected", "category", "roles", "score")
    assert [there[key] for key in same] == [here[key] for key in same]


def test_the_policy_is_what_the_customer_would_configure() -> None:
    policy = policy_of(CONFIG)
    assert [(entry.domain, str(entry.since)) for entry in policy.internal] == [
        ("company.example", "None"),
        ("bought.example", "2023-05-01"),
    ]
    assert (policy.affiliates, policy.free_mail_add) == (("haulier.example",), ("freemail.example",))


def test_the_command_writes_the_report_and_refuses_a_folder_that_is_no_corpus(corpus: Path) -> None:
    def run(folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.labelled_corpus", str(folder)],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=Path(__file__).parents[2],
            check=False,
        )

    written = run(corpus)
    assert written.returncode == 0
    assert json.loads(written.stdout) == report(corpus)
    refused = run(corpus / "jo")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "usage" in refused.stderr
