"""Keep where a photo was taken, and what is found in one after its claim was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("photo", sa.Column("place", sa.Text(), nullable=True))
    op.create_table(
        "finding",
        sa.Column("reference", sa.Text(), sa.ForeignKey("claim.reference"), primary_key=True),
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("flag", sa.Text(), primary_key=True),
        sa.Column("detail", sa.Text(), nullable=False),
    )
