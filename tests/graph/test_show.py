"""The show of the big tenant, with a small one: the command, faults, and the workbook of the same mail in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import missedbcc
from tests.graph.big_tenant import BigTenant
from tests.graph.fixtures import ServeGraph
from tests.graph.show import NotShown, Show
from tests.graph.workbooks import differences


@pytest.mark.parametrize(("people", "messages", "unreachable"), [(12, 2_000, 8), (6, 600, 0)])
def test_a_tenant_and_the_same_mail_in_files_give_the_same_workbook(
    serve_graph: ServeGraph,
    tmp_path: Path,
    people: int,
    messages: int,
    unreachable: int,
) -> None:
    big = BigTenant(people, messages, unreachable=unreachable)
    fake = serve_graph(big.tenant())
    fake.faults.rate = 0.05
    show = Show(fake, big, tmp_path, missedbcc)
    show.run()
    assert [line.partition(":")[0] for line in show.lines].count("workbooks") == 2
    assert fake.service.throttle.impatient == []


def test_a_difference_is_found(serve_graph: ServeGraph, tmp_path: Path) -> None:
    big = BigTenant(people=6, messages=600, unreachable=0)
    show = Show(serve_graph(big.tenant()), big, tmp_path, missedbcc)
    show.run()
    before, after = sorted((tmp_path / "tenant").glob("*.xlsx"))[0], sorted((tmp_path / "archive").glob("*.xlsx"))[-1]
    found = differences(before, after)
    assert any(line.startswith("Incidents, row") for line in found)
    assert any("Messages read" in line for line in found)


def test_a_message_that_one_of_them_lacks_is_not_passed_over(serve_graph: ServeGraph, tmp_path: Path) -> None:
    big = BigTenant(people=6, messages=600, unreachable=0)
    fake = serve_graph(big.tenant())
    box = fake.tenant.mailbox(next(iter(fake.tenant.users.values())))
    box.delete(next(iter(box.sent.held.values())))
    with pytest.raises(NotShown, match="599 messages were read, not 600"):
        Show(fake, big, tmp_path, missedbcc).run()
