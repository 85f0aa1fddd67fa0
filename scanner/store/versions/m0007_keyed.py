"""Hashes of what was purged, with the secret of the case: without it, nobody can try a message or an answer on them.

The copy of the database that is made before an update keeps the bare ones. `status` says so, and the next `purge`,
whatever it is for, removes the copy.
"""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_PERSON = b"missedbcc purged"


def upgrade() -> None:
    """From hashes without the secret, which are hashed once more: what they are of is gone."""
    connection = op.get_bind()
    purged = sa.table("purged_key", sa.column("key", sa.Text))
    matter = sa.table("matter", sa.column("secret", sa.LargeBinary))
    secret = bytes(connection.scalar(sa.select(matter.c.secret)) or b"")
    bare = connection.scalars(sa.select(purged.c.key)).all()
    rows = [
        {"key": hashlib.blake2b(one.encode(), digest_size=16, key=secret, person=_PERSON).hexdigest()} for one in bare
    ]
    if rows:
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # not every SQLite is built so: octets would stay
        connection.execute(sa.delete(purged))
        connection.execute(purged.insert(), rows)
