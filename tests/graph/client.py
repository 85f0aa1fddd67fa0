"""A bare client for the fake's own tests: it asks, follows links as they are, and hides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

import requests
from msal import ConfidentialClientApplication

from tests.graph.letter import Letter
from tests.graph.people import Person
from tests.graph.reply import Json
from tests.graph.server import FakeGraph

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
IMMUTABLE = 'IdType="ImmutableId"'


class Client:
    """Signs in with real msal and keeps one connection."""

    def __init__(self, fake: FakeGraph) -> None:
        self.fake = fake
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(fake.ca_file)
        self.session.headers["Authorization"] = f"Bearer {token(fake)}"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def get(self, path: str, prefer: str = "", **headers: str) -> requests.Response:
        """What a path below the version gives, or an absolute link."""
        url = path if path.startswith("https:") else f"{self.fake.root}/v1.0/{path.lstrip('/')}"
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.get(url, headers=({"Prefer": prefer} if prefer else {}) | more, timeout=10)

    def ok(self, path: str, prefer: str = "") -> Json:
        """The content of a good answer."""
        found = self.get(path, prefer)
        assert found.status_code == 200, found.text
        held: Json = found.json()
        return held

    def pages(self, path: str, prefer: str = "") -> Iterator[Json]:
        """Every page, to the last."""
        link: str | None = path
        while link:
            content = self.ok(link, prefer)
            yield content
            link = content.get("@odata.nextLink")

    def all(self, path: str, prefer: str = "") -> list[Json]:
        """Every value of every page."""
        return [value for content in self.pages(path, prefer) for value in content["value"]]

    def refused(self, path: str, prefer: str = "", **headers: str) -> tuple[int, str]:
        """Status and code of a bad answer."""
        found = self.get(path, prefer, **headers)
        assert found.status_code >= 400, found.text
        return found.status_code, found.json()["error"]["code"]

    def batch(self, *parts: Json) -> list[Json]:
        """The answers of a batch."""
        found = self.session.post(f"{self.fake.root}/v1.0/$batch", json={"requests": list(parts)}, timeout=10)
        assert found.status_code == 200, found.text
        answers: list[Json] = found.json()["responses"]
        return answers


def token(fake: FakeGraph) -> str:
    """An access token that real msal fetched with the application's secret."""
    answer = answered(fake, min(fake.signin.application.secrets))
    given: str = answer["access_token"]
    return given


def answered(fake: FakeGraph, credential: Any, client_id: str | None = None) -> dict[str, Any]:
    """What msal says when a new application asks for a token."""
    session = requests.Session()
    session.trust_env = False
    session.verify = str(fake.ca_file)
    with session:
        application = ConfidentialClientApplication(
            client_id or fake.signin.application.client_id,
            authority=f"{fake.root}/{fake.tenant.id}",
            client_credential=credential,
            http_client=session,
            instance_discovery=False,
        )
        found: dict[str, Any] = application.acquire_token_for_client(scopes=[fake.scope])
    return found


def letters(count: int, *, outsiders: int = 3, start: int = 0) -> list[Letter]:
    """Ordinary mail to outsiders, a minute apart."""
    return [letter(number, outsiders=outsiders) for number in range(start, start + count)]


def letter(number: int, *, outsiders: int = 3, **changes: Any) -> Letter:
    """One of them."""
    values: dict[str, Any] = {
        "subject": f"Offer {number}",
        "sent": START + timedelta(minutes=number),
        "author": Person("Ines Moreau", "ines@contoso.test"),
        "to": tuple(Person(f"Guest {place}", f"guest{place}@outside{place}.example") for place in range(outsiders)),
        "message_id": f"<offer.{number}@contoso.test>",
    }
    return Letter(**{**values, **changes})
