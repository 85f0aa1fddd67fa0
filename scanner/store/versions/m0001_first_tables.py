"""The first tables: runs, folders, candidates with their keys and places, and what could not be read."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "policy",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policy"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("sources", sa.JSON, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("troubles", sa.JSON, nullable=False),
        sa.Column("notices", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.digest"], name="fk_run_policy"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_table(
        "folder",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("chosen_by", sa.Text, nullable=False),
        sa.Column("expected", sa.Integer),
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("unreadable", sa.Integer, nullable=False),
        sa.Column("skipped", sa.JSON, nullable=False),
        sa.Column("oldest", sa.DateTime(timezone=True)),
        sa.Column("newest", sa.DateTime(timezone=True)),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("gone", sa.Integer, nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("reading", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.digest"], name="fk_folder_policy"),
        sa.PrimaryKeyConstraint("id", name="pk_folder"),
        sa.UniqueConstraint("account", "path", name="uq_folder_account"),
    )
    op.create_table(
        "unreadable",
        sa.Column("folder", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["folder"], ["folder.id"], name="fk_unreadable_folder"),
        sa.PrimaryKeyConstraint("folder", "key", name="pk_unreadable"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("date", sa.DateTime(timezone=True)),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("reported", sa.Boolean, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_table(
        "further",
        sa.Column("message", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["message"], ["message.id"], name="fk_further_message"),
        sa.PrimaryKeyConstraint("message", "number", name="pk_further"),
    )
    op.create_table(
        "message_key",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("message", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["message"], ["message.id"], name="fk_message_key_message"),
        sa.PrimaryKeyConstraint("key", "message", name="pk_message_key"),
    )
    op.create_index("ix_message_key_message", "message_key", ["message"])
    op.create_table(
        "location",
        sa.Column("folder", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("reading", sa.Integer, nullable=False),
        sa.Column("message", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["folder"], ["folder.id"], name="fk_location_folder"),
        sa.ForeignKeyConstraint(["message"], ["message.id"], name="fk_location_message"),
        sa.PrimaryKeyConstraint("folder", "key", "reading", name="pk_location"),
    )
    op.create_index("ix_location_message", "location", ["message"])
