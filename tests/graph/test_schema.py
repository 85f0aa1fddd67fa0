"""The fake's good answers are as Microsoft's own schema says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.graph.big_tenant import BigTenant
from tests.graph.client import IMMUTABLE, Client, letter, letters
from tests.graph.letter import letter_of
from tests.graph.people import Person
from tests.graph.schema import Schema
from tests.graph.server import FakeGraph

SAMPLES = Path(__file__).parents[2] / "sample_mailboxes" / "eml"
SCHEMA = Schema()


@pytest.fixture
def client(graph: FakeGraph) -> Client:
    graph.signin.application.roles = ("Mail.Read", "User.Read.All", "Group.Read.All", "Domain.Read.All")
    box = graph.tenant.person("ines")
    box.add_all(box.sent, letters(5))
    box.add_all(box.sent, [letter_of(file.read_bytes()) for file in sorted(SAMPLES.glob("*.eml"))[:40]])
    odd = (Person("Jo", "/O=EXCHANGELABS/CN=JO"), Person("name only", None))
    box.add(box.sent, letter(90, to=odd, kind="eventMessageRequest"))
    box.add_folder("2024", parent=box.sent)
    box.add_folder("Found", search=True)
    graph.tenant.groups["g"] = (box.user.id,)
    for user in BigTenant(people=3, messages=3).tenant().users.values():
        graph.tenant.add_user(user)
    return Client(graph)


def test_the_schema_is_read_with_what_is_inherited() -> None:
    assert {"id", "subject", "toRecipients", "receivedDateTime", "changeKey"} <= {*SCHEMA.properties("message")}


@pytest.mark.parametrize(
    ("place", "kind", "least"),
    [
        ("users/ines@contoso.test/messages?$top=100", "message", 40),
        ("users/ines@contoso.test/mailFolders/sentitems/messages?$top=100", "message", 40),
        ("users/ines@contoso.test/mailFolders/sentitems/messages/delta", "message", 40),
        ("users/ines@contoso.test/messages?$select=internetMessageHeaders,uniqueBody,flag", "message", 40),
        ("users/ines@contoso.test/mailFolders", "mailFolder", 5),
        ("users/ines@contoso.test/mailFolders/sentitems/childFolders", "mailFolder", 1),
        ("users", "user", 10),
        ("users?$select=id,userPrincipalName,mail,proxyAddresses,userType,accountEnabled,assignedPlans", "user", 10),
        ("groups/g/transitiveMembers/microsoft.graph.user", "user", 1),
        ("domains", "domain", 2),
    ],
)  # fmt: skip
def test_good_answers_are_as_the_schema_says(client: Client, place: str, kind: str, least: int) -> None:
    found = client.all(place, IMMUTABLE)
    assert len(found) >= least
    mistakes = [mistake for value in found for mistake in SCHEMA.mistakes(kind, value)]
    assert mistakes == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("message", {"id": "x", "colour": "red"}),
        ("message", {"id": "x", "subject": 5}),
        ("message", {"id": "x", "isDraft": "no"}),
        ("message", {"id": "x", "sentDateTime": "2026-01-01"}),
        ("message", {"id": "x", "toRecipients": {}}),
        ("message", {"id": "x", "toRecipients": [{"emailAddress": {"adress": "a@b.example"}}]}),
        ("message", {"id": "x", "importance": "urgent"}),
        ("mailFolder", {"id": "x", "totalItemCount": True}),
    ],
)
def test_a_mistake_is_found(kind: str, value: dict[str, object]) -> None:
    assert [*SCHEMA.mistakes(kind, value)]
