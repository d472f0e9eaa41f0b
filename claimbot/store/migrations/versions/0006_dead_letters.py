"""Find what could not be handled or sent, and when a chat was last sent something, by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SET_ASIDE = sa.text("failure IS NOT NULL AND handled_at IS NOT NULL")
GIVEN_UP = sa.text("failure IS NOT NULL AND settled_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("outbox_chat", "outbox")
    op.create_index("outbox_chat", "outbox", ["channel", "chat", "settled_at"])
    partial_index("inbox_set_aside", "inbox", ["handled_at"], SET_ASIDE)
    partial_index("outbox_given_up", "outbox", ["settled_at"], GIVEN_UP)


def partial_index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
