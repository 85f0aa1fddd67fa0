"""How long we wait for a server, and when we give up."""

from __future__ import annotations

import pytest

from scanner.connectors.retry import Patience, suggested_wait
from scanner.errors import SourceInterrupted

LOST = SourceInterrupted("The line broke.")


def patience(naps: list[float], jitter: float = 1.0, **settings: float) -> Patience:
    made = Patience(sleep=naps.append, jitter=lambda: jitter)
    for name, value in settings.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(("jitter", "expected"), [(1.0, [1, 2, 4, 8, 16]), (0.0, [0.5, 1, 2, 4, 8])])
def test_waits_double_and_end(jitter: float, expected: list[float]) -> None:
    naps: list[float] = []
    waiting = patience(naps, jitter)
    for _ in range(5):
        waiting.wait(LOST, "Read up to 7.")
    with pytest.raises(SourceInterrupted, match=r"The line broke\. 5 further attempts failed as well\. Read up to 7\."):
        waiting.wait(LOST, "Read up to 7.")
    assert naps == expected


def test_no_wait_is_longer_than_the_longest() -> None:
    naps: list[float] = []
    waiting = patience(naps, longest=3.0)
    for _ in range(5):
        waiting.wait(LOST, "")
    assert max(naps) == 3.0


def test_a_wait_is_told_with_whose_it_is_once_and_which_attempt_follows(caplog: pytest.LogCaptureFixture) -> None:
    waiting = Patience(sleep=lambda _: None, jitter=lambda: 1.0, named="mail.test")
    waiting.wait(LOST, "")
    waiting.wait(SourceInterrupted("The server mail.test broke off."), "")
    assert [record.getMessage() for record in caplog.records] == [
        "mail.test: The line broke. Waiting 1 seconds before attempt 2.",
        "The server mail.test broke off. Waiting 2 seconds before attempt 3.",
    ]


def test_a_wait_names_the_account_since_several_may_wait_for_one_host(caplog: pytest.LogCaptureFixture) -> None:
    waiting = Patience(sleep=lambda _: None, jitter=lambda: 1.0, named="mail.test", account="sales")
    waiting.wait(LOST, "")
    waiting.wait(SourceInterrupted("The server mail.test broke off."), "")
    waiting.wait(SourceInterrupted("The account sales is busy at mail.test."), "")
    assert [record.getMessage() for record in caplog.records] == [
        "sales: mail.test: The line broke. Waiting 1 seconds before attempt 2.",
        "sales: The server mail.test broke off. Waiting 2 seconds before attempt 3.",
        "The account sales is busy at mail.test. Waiting 4 seconds before attempt 4.",
    ]


def test_progress_begins_the_count_anew() -> None:
    naps: list[float] = []
    waiting = patience(naps)
    for _ in range(20):
        waiting.wait(LOST, "")
        waiting.progress()
    assert naps == [1.0] * 20


def test_a_wait_that_the_server_names_is_kept_or_ends_the_reading() -> None:
    naps: list[float] = []
    patience(naps).wait(SourceInterrupted("Throttled.", retry_after=300.0), "")
    assert naps == [300.0]
    with pytest.raises(SourceInterrupted, match="700 seconds") as caught:
        patience(naps).wait(SourceInterrupted("Throttled.", retry_after=700.0), "")
    assert caught.value.retry_after == 700.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("BAD Request is throttled. Suggested Backoff Time: 299962 milliseconds", 299.962),
        ("suggested backoff time: 5 seconds", 5.0),
        ("Request is throttled.", None),
    ],
)
def test_the_wait_is_read_from_the_servers_words(text: str, seconds: float | None) -> None:
    assert suggested_wait(text) == seconds
