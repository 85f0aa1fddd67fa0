"""What people decided, the workbooks that they typed it into, and what was shown of each incident."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From the tables without decisions. What a workbook has shown already counts as known."""
    matter = op.create_table(
        "matter",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_matter"),
    )
    op.bulk_insert(matter, [{"id": 1, "name": secrets.token_hex(6), "secret": secrets.token_bytes(32)}])
    op.create_table(
        "edition",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("written", sa.DateTime(timezone=True), nullable=False),
        sa.Column("baseline", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_edition"),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("typed", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("read", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
    )
    op.create_table(
        "reading",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_reading"),
    )
    op.create_table(
        "shown",
        sa.Column("incident", sa.Text, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("klass", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("incident", "run", name="pk_shown"),
    )
    op.execute(
        "INSERT INTO shown (incident, run, facts, klass) "
        "SELECT DISTINCT identity, 0, '', 'probable exposure' FROM message WHERE reported"
    )
    op.drop_column("message", "reported")
