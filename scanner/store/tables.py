"""The tables of the case database, and the column types that SQLite and PostgreSQL read alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from scanner.store.facts import utc

SCHEMA = "0007"
"""The newest revision that this version knows; revisions are numbered so that a greater text is a newer one."""

_UNSTORABLE = re.compile("[\x00\x1a\ud800-\udfff]")
_ESCAPED = re.compile("\x1a([0-9a-f]{4})")


class AnyText(TypeDecorator[str]):
    """Text of any characters.

    NUL and lone surrogates (file names that are no UTF-8), which databases refuse, are written as U+001A and four
    hexadecimal digits.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        return value and _UNSTORABLE.sub(lambda found: f"\x1a{ord(found[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """From the database."""
        return value and _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        return None if value is None else utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """From the database; SQLite gives it back without its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


policy = sa.Table(
    "policy",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("facts", AnyText, nullable=False),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("started", Moment, nullable=False),
    sa.Column("finished", Moment),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("policy", sa.Text, sa.ForeignKey("policy.digest"), nullable=False),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("troubles", sa.JSON, nullable=False),
    sa.Column("notices", sa.JSON, nullable=False),
)

# `reading` counts how often the folder was begun at its first message; places found by an earlier reading and not by
# the present one are places where a message lay, and lies no more.
folder = sa.Table(
    "folder",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("account", AnyText, nullable=False),
    sa.Column("path", AnyText, nullable=False),
    sa.Column("chosen_by", sa.Text, nullable=False),
    sa.Column("expected", sa.Integer),
    sa.Column("read", sa.Integer, nullable=False),
    sa.Column("unreadable", sa.Integer, nullable=False),
    sa.Column("skipped", sa.JSON, nullable=False),
    sa.Column("oldest", Moment),
    sa.Column("newest", Moment),
    sa.Column("trouble", AnyText, nullable=False),
    sa.Column("finished", sa.Boolean, nullable=False),
    sa.Column("gone", sa.Integer, nullable=False),
    sa.Column("cursor", AnyText),
    sa.Column("policy", sa.Text, sa.ForeignKey("policy.digest"), nullable=False),
    sa.Column("reading", sa.Integer, nullable=False),
    sa.UniqueConstraint("account", "path"),
)

unreadable = sa.Table(
    "unreadable",
    metadata,
    sa.Column("folder", sa.Integer, sa.ForeignKey("folder.id"), primary_key=True),
    sa.Column("key", AnyText, primary_key=True),
    sa.Column("reason", AnyText, nullable=False),
)

# A candidate, whatever the number of its copies. `identity` is the one under which it was first kept, and never
# changes; `facts` is the envelope of the copy that says most.
message = sa.Table(
    "message",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("identity", sa.Text, nullable=False, index=True),
    sa.Column("date", Moment),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("facts", sa.LargeBinary, nullable=False),
)

# The copies of a message that say what the one in its own row does not, or are recognised by other keys.
further = sa.Table(
    "further",
    metadata,
    sa.Column("message", sa.Integer, sa.ForeignKey("message.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("facts", sa.LargeBinary, nullable=False),
)

# Every key under which a copy of the message is found; see `scanner.identity.Keys`. Different messages may share one.
message_key = sa.Table(
    "message_key",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("message", sa.Integer, sa.ForeignKey("message.id"), primary_key=True, index=True),
)

# `reading` is the last one that found the message here; below 0 where a later one did not, and told so.
# `retrieved` is when the batch with this copy was saved, at its first reading; NULL where nobody kept it.
location = sa.Table(
    "location",
    metadata,
    sa.Column("folder", sa.Integer, sa.ForeignKey("folder.id"), primary_key=True),
    sa.Column("key", AnyText, primary_key=True),
    sa.Column("reading", sa.Integer, primary_key=True),
    sa.Column("message", sa.Integer, sa.ForeignKey("message.id"), nullable=False, index=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("retrieved", Moment),
)

# Replies among the candidates of which nobody has asked the source yet what they answer.
untraced = sa.Table(
    "untraced",
    metadata,
    sa.Column("message", sa.Integer, sa.ForeignKey("message.id"), primary_key=True),
)

# Messages that are no candidates and prove something about those that are; each once, wherever its copies lie.
received = sa.Table(
    "received",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("identity", sa.Text, nullable=False, unique=True),
    sa.Column("date", Moment),
    sa.Column("message_id", AnyText),
    sa.Column("facts", sa.LargeBinary, nullable=False),
)

# The incident that a message was shown in, by the message's identity; rows stand in the order in which ids were given.
incident = sa.Table(
    "incident",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("message", sa.Text, nullable=False, unique=True),
    sa.Column("incident", sa.Text, nullable=False),
)

# What became of the id of an incident that is part of another now.
incident_alias = sa.Table(
    "incident_alias",
    metadata,
    sa.Column("alias", sa.Text, primary_key=True),
    sa.Column("incident", sa.Text, nullable=False),
)

# One row: what tells this case from every other, and the secret from which the ids of its people are made.
matter = sa.Table(
    "matter",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),
)

# A workbook that can come back. It shows the answers up to the row `baseline`. `digest` is of the file as it was
# written; it is empty while it is being written, and stays so when that fails.
edition = sa.Table(
    "edition",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("written", Moment, nullable=False),
    sa.Column("baseline", sa.Integer, nullable=False),
    sa.Column("name", AnyText, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

# What people typed, in the order in which it was read; rows are never changed. `typed` is the id that stood in the
# workbook, `subject` the one that it had become; `effect` is what the answer did (scanner.store.logged.Effect), and
# `place` the cell, which was not always kept.
answer = sa.Table(
    "answer",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subject", AnyText, nullable=False),
    sa.Column("typed", AnyText, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("value", AnyText, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("source", AnyText, nullable=False),
    sa.Column("read", Moment, nullable=False),
    sa.Column("effect", sa.Text, nullable=False),
    sa.Column("place", AnyText),
)

# In which state a workbook was last read to its end without a problem.
reading = sa.Table(
    "reading",
    metadata,
    sa.Column("source", AnyText, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
)

# What a workbook showed of an incident, where that is not what was shown before: a digest of its facts, and its class.
# Run 0 stands for the time before this was kept; its rows are named by messages.
shown = sa.Table(
    "shown",
    metadata,
    sa.Column("incident", sa.Text, primary_key=True),
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("klass", sa.Text, nullable=False),
)

schema_version = sa.Table(  # as Alembic makes it, so that Alembic finds it
    "alembic_version",
    metadata,
    sa.Column("version_num", sa.String(32), primary_key=True),
)
