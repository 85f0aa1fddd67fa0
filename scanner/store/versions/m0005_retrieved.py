"""When the copy at each place was read; of what was read before, nobody kept it, and so nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """From places without a time."""
    op.add_column("location", sa.Column("retrieved", sa.DateTime(timezone=True)))
