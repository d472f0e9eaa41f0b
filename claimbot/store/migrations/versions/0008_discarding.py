"""Keep whose bytes are just being deleted, so that nobody begins to refer to them meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "discarding",
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
    )
