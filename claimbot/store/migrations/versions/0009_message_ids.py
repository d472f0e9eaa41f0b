"""Call Telegram's messages by the number of their update, no longer by the hash of that.

The numbers grow, so that a new one lies beside the last in the index; hashes lie anywhere, and
each would be another page to be read and written.  What was erased keeps its hash: no payload
tells the number any more.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

AT_ONCE = 1_000  # messages

inbox = sa.table("inbox", sa.column("id"), *map(sa.column, ("channel", "message_id", "payload")))


def upgrade() -> None:
    tx = op.get_bind()
    kept = sa.select(inbox.c.id, inbox.c.payload).where(
        inbox.c.channel == "telegram", inbox.c.payload != ""
    )
    change = (
        sa.update(inbox)
        .where(inbox.c.id == sa.bindparam("its_id"))
        .values(message_id=sa.bindparam("its_number"))
    )
    last = 0
    while found := tx.execute(
        kept.where(inbox.c.id > last).order_by(inbox.c.id).limit(AT_ONCE)
    ).all():
        last = found[-1].id
        numbers = {row.id: _number(row.payload) for row in found}
        changes = [
            {"its_id": row_id, "its_number": str(number)}
            for row_id, number in numbers.items()
            if number is not None
        ]
        if changes:
            tx.execute(change, changes)


def _number(payload: str) -> int | None:
    """Return the update's number; None of what is no update: that keeps its hash, too."""
    try:
        update = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if type(number) is int else None
