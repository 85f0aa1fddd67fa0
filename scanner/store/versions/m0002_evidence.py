"""Evidence from others' mail, the ids of incidents, and a fresh start for the folders: more is kept now."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From the first tables."""
    op.create_table(
        "untraced",
        sa.Column("message", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["message"], ["message.id"], name="fk_untraced_message"),
        sa.PrimaryKeyConstraint("message", name="pk_untraced"),
    )
    op.create_table(
        "received",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("date", sa.DateTime(timezone=True)),
        sa.Column("message_id", sa.Text),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_received"),
        sa.UniqueConstraint("identity", name="uq_received_identity"),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("incident", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("message", name="uq_incident_message"),
    )
    op.create_table(
        "incident_alias",
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("incident", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("alias", name="pk_incident_alias"),
    )
    op.create_index("ix_message_identity", "message", ["identity"])
    op.execute("INSERT INTO untraced (message) SELECT id FROM message")
    op.execute("UPDATE folder SET cursor = NULL")
