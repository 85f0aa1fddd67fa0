"""How fast a Graph mailbox is read, beside a bare client that fetches and decodes the very same pages.

    python -m tests.benchmarks.bench_graph [--messages 20000] [--rounds 5] [--page 500] [--lanes 2] [--delay 0]

The service runs in a process of its own and answers from memory, so that its own work does not count. Each round reads
the mailbox with the connector, then asks for the same addresses with `requests` and `json` and looks at nothing. The
figures are medians of the rounds: messages a second by wall clock and by processor time of this process, and requests
for 1,000 messages. `--lanes` is how many requests may be in flight for the mailbox, and `--delay` how many milliseconds
the service takes for each page of messages: the real one takes hundreds. No test fails by them.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import re
import ssl
import statistics
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

from scanner.account import Account, GraphMailbox, GraphSignIn, GraphTenant, Proof, SecretKind, SecretReference
from scanner.connectors import open_mailbox
from scanner.envelope import Envelope
from tests.authority import Authority

_START = datetime(2024, 1, 2, 8, 0, tzinfo=UTC)
_FOLDER = "AQMkFolder="
_DELTA_PAGE = 200
TENANT = "8f2c1d9e-0000-4000-8000-00000000aaaa"


class Pages:
    """The answers of the service, made once: to a listing, to a delta round, and to what is asked around them."""

    def __init__(self, root: str, messages: int, page: int) -> None:
        self.root = root
        self.page = page
        values = [_message(number) for number in range(messages)]
        self._each = [json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() for value in values]
        ids = [{"@odata.etag": value["@odata.etag"], "id": value["id"]} for value in values]
        self._told = self._chain(ids, _DELTA_PAGE, "delta")
        self._folder = {
            "id": _FOLDER, "displayName": "Sent Items", "childFolderCount": 0, "totalItemCount": messages,
        }  # fmt: skip

    def _chain(self, values: list[dict[str, Any]], size: int, kind: str) -> list[bytes]:
        made = []
        place = f"{self.root}/v1.0/users/u/mailFolders/{_FOLDER}/messages"
        for start in range(0, len(values), size):
            content: dict[str, Any] = {
                "@odata.context": f"{self.root}/v1.0/$metadata",
                "value": values[start : start + size],
            }
            following = f"{place}?kind={kind}&part={start // size + 1}"
            if start + size < len(values):
                content["@odata.nextLink"] = following
            elif kind == "delta":
                content["@odata.deltaLink"] = following
            made.append(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
        return made

    def _window(self, begin: int, end: int) -> bytes:
        """The page of the messages of a window; the link leads to the window that is left of it."""
        last = min(end, begin + self.page)
        body = b'{"@odata.context":"' + self.root.encode() + b'/v1.0/$metadata","value":['
        body += b",".join(self._each[begin:last]) + b"]"
        if last < end:
            link = (
                f"{self.root}/v1.0/users/u/mailFolders/{_FOLDER}/messages?orderby&ge%20{_when(last)}&lt%20{_when(end)}"
            )
            body += b',"@odata.nextLink":"' + link.encode() + b'"'
        return body + b"}"

    def answer(self, path: str) -> bytes:
        """The body of the answer to a request."""
        part = re.search(r"kind=delta&part=(\d+)", path)
        if part:
            return self._told[int(part[1])]
        if "orderby" in path:
            return self._window(_place(path, "ge", 0), _place(path, "lt", len(self._each)))
        host = f"{self.root}/{TENANT}"
        found = {"issuer": f"{host}/v2.0", "token_endpoint": f"{host}/token", "authorization_endpoint": host}
        others: dict[str, dict[str, Any]] = {
            "/token": {"token_type": "Bearer", "expires_in": 3599, "access_token": "e30.e30.x"},
            "openid-configuration": found,
            "$batch": {"responses": [{"id": "0", "status": 200, "body": self._folder}]},
            "childFolders": {"value": [self._folder]},
        }
        known = next((content for name, content in others.items() if name in path), None)
        if known is None and "/messages" in path:
            return self._told[0]
        return json.dumps(known or self._folder).encode()


def _message(number: int) -> dict[str, Any]:
    """An ordinary message: to three people, now and then to a hundred."""
    people = [_person(f"Guest {place}", f"guest{(number * 7 + place) % 9000}@outside{place % 40}.example")
              for place in range(100 if number % 100 == 99 else 3)]  # fmt: skip
    ours = _person("Ines Moreau", "ines@contoso.test")
    moment = _when(number)
    key = b64encode(f"{number:0>84}".encode()).decode().rstrip("=")
    return {
        "@odata.etag": f'W/"CQAAABYAAAA{number}"',
        "id": f"AAkALgAA{key}",
        "internetMessageId": f"<offer.{number}@contoso.test>",
        "subject": f"Offer {number}: what we spoke about",
        "sentDateTime": moment,
        "receivedDateTime": moment,
        "isDraft": False,
        "from": ours,
        "sender": ours,
        "toRecipients": people,
        "ccRecipients": [],
        "bccRecipients": [],
        "conversationIndex": "AQHZ0123456789abcdefghijklmnopqr",
    }


def _when(number: int) -> str:
    return (_START + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(path: str, operator: str, otherwise: int) -> int:
    """The number of the first message that was sent at or after the time beside an operator."""
    found = re.search(rf"{operator}%20([0-9TZ:-]+)", path)
    if found is None:
        return otherwise
    minutes = (datetime.fromisoformat(found[1]) - _START).total_seconds() / 60
    return min(max(0, math.ceil(minutes)), otherwise or sys.maxsize)


def _person(name: str, address: str) -> dict[str, Any]:
    return {"emailAddress": {"name": name, "address": address}}


def serve(pipe: Connection, files: tuple[Path, Path], options: argparse.Namespace) -> None:
    """Answer until the process is ended; the port goes through the pipe, and so does the count of requests."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._send()

        def _send(self) -> None:
            if "/messages" in self.path and "/delta" not in self.path:
                time.sleep(options.delay / 1_000)
            body = pages.answer(self.path)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is that of http.server
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    pages = Pages(f"https://localhost:{server.server_address[1]}", options.messages, options.page)
    pipe.send(pages.root)
    server.serve_forever()


def by_connector(account: Account) -> tuple[int, list[str]]:
    """Read the mailbox; the messages read, and the addresses that were asked for."""
    asked: list[str] = []
    count = 0
    original = requests.Session.send

    def send(self: requests.Session, request: requests.PreparedRequest, **named: Any) -> requests.Response:
        if request.method == "GET" and "/messages" in str(request.url):
            asked.append(str(request.url))
        return original(self, request, **named)

    requests.Session.send = send  # type: ignore[method-assign]
    try:
        with open_mailbox(account) as mailbox:
            for folder in mailbox.folders():
                if folder.wanted:
                    count += sum(isinstance(reading, Envelope) for _, reading in mailbox.read(folder))
    finally:
        requests.Session.send = original  # type: ignore[method-assign]
    return count, asked


def by_bare_client(asked: list[str], ca_file: Path) -> int:
    """Fetch and decode the same pages, and do nothing else."""
    count = 0
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(ca_file)
        for url in asked:
            found = session.get(url, headers={"Authorization": "Bearer e30.e30.x"}).json()["value"]
            count += len(found) if "delta" not in url else 0
    return count


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, and the seconds by the clock on the wall and by the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - processor


def main(arguments: list[str]) -> None:
    """Run the rounds and say the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--page", type=int, default=500)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--delay", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        authority = Authority(folder)
        ours, theirs = multiprocessing.Pipe()
        spawned = multiprocessing.get_context("spawn")
        files = authority.certificate("localhost")
        process = spawned.Process(target=serve, args=(theirs, files, options), daemon=True)
        process.start()
        try:
            _rounds(ours.recv(), folder, authority.file, options)
        finally:
            process.terminate()
            process.join(5)


def _rounds(root: str, folder: Path, ca_file: Path, options: argparse.Namespace) -> None:
    secret = folder / "secret"
    secret.touch(0o600)
    secret.write_text("invented")
    reference = SecretReference(SecretKind.FILE, str(secret))
    sign_in = GraphSignIn(TENANT, "bench", Proof.SECRET, reference, authority=root, root=root, ca_file=ca_file)
    tenant = GraphTenant(sign_in, page=options.page, in_flight_per_mailbox=options.lanes)
    account = Account("bench", "graph", graph=tenant, mailbox=GraphMailbox("u", ("ines@contoso.test",)))
    by_connector(account)  # modules, connection and token are there from now on
    rows = []
    asked: list[str] = []
    for _ in range(options.rounds):
        (count, asked), wall, processor = timed(partial(by_connector, account))
        bare, bare_wall, bare_processor = timed(partial(by_bare_client, asked, ca_file))
        if not count == options.messages <= bare:  # windows meet in one message, which comes in both
            raise SystemExit(f"{count} and {bare} messages were read, not {options.messages}")
        rows.append((wall, processor, bare_wall, bare_processor))
    wall, processor, bare_wall, bare_processor = (statistics.median(column) for column in zip(*rows, strict=True))
    messages = options.messages
    sys.stdout.write(
        f"connector    {messages / wall:9,.0f} messages/s   {messages / processor:9,.0f} by processor time\n"
        f"bare client  {messages / bare_wall:9,.0f} messages/s   {messages / bare_processor:9,.0f} by processor time\n"
        f"share        {bare_wall / wall:9.0%}              {bare_processor / processor:9.0%}\n"
        f"requests     {len(asked) / messages * 1000:9.1f} for 1,000 messages\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
