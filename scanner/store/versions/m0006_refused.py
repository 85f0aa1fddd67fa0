"""In which cell an answer was typed, so that one that was not understood can be shown with its place."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """From answers without a place."""
    op.add_column("answer", sa.Column("place", sa.Text))
