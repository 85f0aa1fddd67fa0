"""The same messages through Microsoft Graph: the recipients of the bytes, but for what Exchange itself leaves out."""

from __future__ import annotations

import json
from pathlib import Path

from scanner.address import Field, Recipient
from scanner.connectors import open_mailbox
from scanner.envelope import Envelope
from tests.connectors.many_forms import COUNT, many_forms
from tests.connectors.test_every_source import direct, recipients_of
from tests.graph.letter import letter_of
from tests.graph.server import FakeGraph

SAMPLES = Path(__file__).parents[2] / "sample_mailboxes/eml"
KEPT = frozenset({Field.TO, Field.CC, Field.BCC})
"""The recipient table of Exchange knows no others: Resent fields and Apparently-To are lost."""


def _shown(recipients: tuple[Recipient, ...]) -> list[tuple[str, str]]:
    """Who stands in which field; groups and names are compared elsewhere."""
    return sorted(
        (entry.field.value, entry.address.canonical if entry.address else entry.text)
        for entry in recipients
        if entry.field in KEPT
    )


def test_the_recipients_are_those_of_the_bytes(graph: FakeGraph) -> None:
    box = graph.tenant.person("us")
    box.add_all(box.sent, map(letter_of, many_forms()))
    found = recipients_of(graph.account("us@contoso.test"))
    assert len(found) == COUNT
    assert {name: _shown(entries) for name, entries in found.items()} == {
        name: _shown(entries) for name, entries in direct().items()
    }
    lost = {entry.field for entries in direct().values() for entry in entries} - KEPT
    assert lost == {Field.RESENT_TO, Field.APPARENTLY_TO}
    plain = [name for name, entries in found.items() if entries == direct()[name]]
    assert len(plain) >= 300, "those without groups and odd names agree in every detail"


def test_the_samples_show_whom_their_headers_show(graph: FakeGraph) -> None:
    """Read through Graph, each sample shows the addresses that were written beside it, and has the same head."""
    box = graph.tenant.person("us")
    letters = {}
    for file in sorted(SAMPLES.glob("*.eml")):
        held = box.add(box.sent, letter_of(file.read_bytes(), draft=file.stem == "draft"))
        letters[box.immutable_id(held.number)] = file
    different = set()
    with open_mailbox(graph.account("us@contoso.test")) as mailbox:
        for folder in mailbox.folders():
            if not folder.wanted:
                continue
            for _, reading in mailbox.read(folder):
                assert isinstance(reading, Envelope)
                file = letters.pop(reading.locator.key)
                beside = json.loads(file.with_suffix(".json").read_text("utf-8"))["envelope"]
                assert reading.message_id == beside["message_id"]
                assert reading.subject == beside["subject"]
                assert (reading.author and reading.author.addr_spec) == beside["author"]
                expected = {(one["field"], one["address"]) for one in beside["recipients"] if one.get("address")}
                found = {(one.field.value, one.address.addr_spec) for one in reading.recipients if one.address}
                if found != expected:
                    different.add((file.stem, frozenset(field for field, _ in expected ^ found)))
                if any(Field(field) in KEPT for field, _ in expected - found):
                    assert reading.unparsed, "what is no address any more is shown all the same"
    assert letters == {}
    assert different == {
        ("apparently-to", frozenset({"Apparently-To"})),
        ("resent", frozenset({"Resent-To"})),
        ("broken-separators", frozenset({"To"})),  # Exchange makes two people without a comma one with an odd name
    }
