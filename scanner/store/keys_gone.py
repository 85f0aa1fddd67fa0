"""What is left of purged messages: counts, and hashes of their keys, by which a scan that meets one again knows it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scanner.store.chunks import chunks
from scanner.store.tables import Moment, matter, metadata

_PERSON = b"missedbcc purged"

purged_key = sa.Table("purged_key", metadata, sa.Column("key", sa.Text, primary_key=True))

# What was purged, and when: no ids, no people.
purge = sa.Table(
    "purge",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
)


def hashed(key: str, secret: bytes) -> str:
    """What stays of a key: a hash with the secret of the case (32 bytes), of the hash without it.

    Earlier versions kept the latter, and it is all that they left to go on from.
    """
    bare = hashlib.blake2b(key.encode(), digest_size=16, person=_PERSON).hexdigest()
    return hashlib.blake2b(bare.encode(), digest_size=16, key=secret, person=_PERSON).hexdigest()


def secret_of(connection: Connection) -> bytes:
    """The secret of the case."""
    return bytes(connection.scalar(sa.select(matter.c.secret)) or b"")


def answers_until(subject: str, edition: int) -> str:
    """The key of what was decided on one incident or person in workbooks up to this edition."""
    return f"answers on {subject} until edition {edition}"


def cell_of_nobody(typed: str, question: str, value: str, edition: int) -> str:
    """The key of what was typed into one workbook and belongs to no incident that the case knows."""
    return f"{question} of {typed} in edition {edition}: {value}"


def gone(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of the keys that belonged to a purged message."""
    if connection.scalar(sa.select(sa.exists(sa.select(purged_key.c.key)))) is not True or not keys:
        return set()  # nearly every case, at the cost of one question a batch
    secret = secret_of(connection)
    by_hash = {hashed(key, secret): key for key in keys}
    found: set[str] = set()
    for chunk in chunks(sorted(by_hash)):
        found |= {
            by_hash[one] for one in connection.scalars(sa.select(purged_key.c.key).where(purged_key.c.key.in_(chunk)))
        }
    return found
