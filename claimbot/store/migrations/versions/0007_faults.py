"""Count our own failures apart from those of what we need."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("inbox", "outbox"):
        op.add_column(table, sa.Column("faults", sa.Integer(), nullable=False, server_default="0"))
