"""Messages of Microsoft 365 as evidence: only with the right to whole messages, and what is missing names it."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

from tests.cli.command import missedbcc
from tests.graph.client import letter
from tests.graph.server import FakeGraph
from tests.proof.test_evidence import incident_of


def test_whole_messages_need_the_right_and_are_said_to_be_made_on_demand(graph: FakeGraph, tmp_path: Path) -> None:
    graph.clock.sleep(time.time() - graph.clock.now())  # so that clocks agree
    graph.signin.application.roles = ("Mail.Read", "User.Read.All")
    box = graph.tenant.person("ines")
    box.add_all(box.sent, [letter(1, outsiders=14)])
    table = {
        "type": "graph", "tenant": graph.tenant.id, "client_id": graph.signin.application.client_id,
        "secret": str(graph.secret), "authority": graph.root, "root": graph.root, "ca_file": str(graph.ca_file),
    }  # fmt: skip
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
    config = tmp_path / "missedbcc.toml"
    config.write_text(f'[organisation]\ninternal = ["contoso.test"]\n\n[account.contoso]\n{lines}')
    assert missedbcc(tmp_path, "scan").code == 4
    name = incident_of(tmp_path)
    refused = missedbcc(tmp_path, "evidence", name, "--to", "bag")
    assert (refused.code, refused.out) == (1, "")
    assert "Grant Mail.Read to the application" in refused.err
    config.write_text(config.read_text() + "whole_messages = true\n")
    ended = missedbcc(tmp_path, "evidence", name, "--to", "bag")
    assert ended.code == 0, ended.err
    with (tmp_path / "bag/data/locators.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["header_matches"], row["same_message"]) == ("not comparable", "yes")
    assert b"guest13@outside13.example" in (tmp_path / "bag" / row["file"]).read_bytes()
