"""Keep the adjuster queue."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "queue_entry",
        sa.Column("claim_id", sa.String(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.Column("adjuster", sa.String(), nullable=True),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
    )
    for name, columns, where in (
        ("queue_entry_ready", ["due_at", "claim_id"], "state = 'ready'"),
        ("queue_entry_leased", ["lease_until"], "state = 'leased'"),
        ("queue_entry_open", ["state"], "state <> 'done'"),
    ):
        rows = sa.text(where)
        op.create_index(name, "queue_entry", columns, sqlite_where=rows, postgresql_where=rows)
    entry = sa.ForeignKey("queue_entry.claim_id", ondelete="CASCADE")
    op.create_table(
        "queue_skill",
        sa.Column("claim_id", sa.String(), entry, primary_key=True),
        sa.Column("skill", sa.String(), primary_key=True),
    )
