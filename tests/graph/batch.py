"""Many requests in one: `$batch`, whose parts fail on their own and come back in any order."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.graph.reply import Json, Refusal, Reply, Request, answer

if TYPE_CHECKING:
    from tests.graph.service import Service

MOST = 20


def run_batch(outer: Request, service: Service) -> Reply:
    """Run the parts one by one; the outer status says nothing about theirs."""
    try:
        parts: list[Json] = json.loads(outer.body)["requests"]
    except (ValueError, KeyError, TypeError):
        raise Refusal(400, "BadRequest", "Invalid batch payload format.") from None
    if not 1 <= len(parts) <= MOST:
        raise Refusal(400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}.")
    if len({part.get("id") for part in parts}) < len(parts):
        raise Refusal(400, "BadRequest", "Request ids must be unique.")
    answers: dict[str, Json] = {}
    for part in parts:
        failed = [one for one in part.get("dependsOn", ()) if answers.get(one, {}).get("status", 500) >= 400]
        answers[part["id"]] = _failed(part) if failed else _run(part, outer, service)
    found = list(answers.values())
    if service.faults.batch_shuffled:
        found = found[1::2] + found[::2]
    return answer({"responses": found})


def _run(part: Json, outer: Request, service: Service) -> Json:
    url = str(part.get("url", ""))
    split = urlsplit(url)
    if split.scheme or split.netloc:
        raise Refusal(400, "BadRequest", "The url of a batch request has to be relative.")
    headers = {name.lower(): str(value) for name, value in part.get("headers", {}).items()}
    headers |= {name: outer.headers[name] for name in ("authorization", "host") if name in outer.headers}
    inner = Request(str(part.get("method", "GET")), "/v1.0/" + split.path.lstrip("/"), split.query, headers, inner=True)
    reply = service.reply(inner)
    return {"id": part["id"], "status": reply.status, "headers": dict(reply.headers), "body": _body(reply)}


def _body(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        return base64.b64encode(reply.body).decode()


def _failed(part: Json) -> Json:
    content = {"error": {"code": "FailedDependency", "message": "A request that this one depends on failed."}}
    return {"id": part["id"], "status": 424, "headers": {}, "body": content}
