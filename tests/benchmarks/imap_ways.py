"""The two sides of the comparison over IMAP, each run as a process of its own that loads only what it needs.

python -m tests.benchmarks.imap_ways PORT USER PASSWORD CA_FILE scan
python -m tests.benchmarks.imap_ways PORT USER PASSWORD CA_FILE plain BATCH FIELDS
"""

from __future__ import annotations

import ssl
import sys
import tempfile
from pathlib import Path


def plain(port: int, user: str, password: str, ca_file: str, batch: int, fields: str) -> int:
    """The header fields that the connector asks for, by imapclient alone; gives the number of messages."""
    from imapclient import IMAPClient  # noqa: PLC0415 - measured: each side loads what it needs

    item = f"BODY.PEEK[HEADER.FIELDS ({fields})]"
    fetched = 0
    with IMAPClient("localhost", port, ssl_context=ssl.create_default_context(cafile=ca_file)) as client:
        client.login(user, password)
        client.select_folder("Sent", readonly=True)
        uids = client.search("ALL")
        for start in range(0, len(uids), batch):
            fetched += len(client.fetch(uids[start : start + batch], [item]))
    return fetched


def whole_scan(port: int, user: str, password: str, ca_file: str) -> int:
    """Envelopes, candidates and the store; gives the number of messages read."""
    from scanner.account import Account, ImapServer, SecretKind, SecretReference  # noqa: PLC0415
    from scanner.policy import InternalDomain, Policy  # noqa: PLC0415
    from scanner.scan import Silent, scan  # noqa: PLC0415
    from scanner.store import open_store  # noqa: PLC0415

    secret = SecretReference(SecretKind.COMMAND, f"printf {password}")
    server = ImapServer("localhost", user, port=port, secret=secret, ca_file=Path(ca_file))
    policy = Policy(internal=(InternalDomain("acme.test"),))
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "case.db") as store:
        scan([Account("bench", "imap", server=server)], policy, store, Silent())
        return sum(coverage.read for coverage in store.coverage())


if __name__ == "__main__":
    port, user, password, ca_file, way, *rest = sys.argv[1:]
    if way == "scan":
        count = whole_scan(int(port), user, password, ca_file)
    else:
        count = plain(int(port), user, password, ca_file, int(rest[0]), rest[1])
    sys.stdout.write(str(count))
