"""What requests with an ``Idempotency-Key`` were answered, so that a repeat does nothing anew."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, update

from claimbot.columns import insert_new
from claimbot.store.desk_tables import answered

KEPT = timedelta(hours=24)
ANSWERED_WITHIN = timedelta(minutes=1)  # whoever takes longer died; no request waits for so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was there before; ``answer`` is None while it is being answered."""

    request_hash: str
    answer: str | None


def begin(
    tx: Connection, token_id: int, key: str, request_hash: str, at: datetime
) -> Asked | None:
    """Note that a request is being answered; or return the one that had this key before."""
    dead = answered.c.answer.is_(None) & (answered.c.asked_at < at - ANSWERED_WITHIN)
    tx.execute(delete(answered).where(answered.c.asked_at < at - KEPT))
    tx.execute(delete(answered).where(_asked(token_id, key) & dead))
    added = insert_new(tx, answered).values(
        token_id=token_id, key=key, request_hash=request_hash, asked_at=at
    )
    if tx.execute(added).rowcount == 1:
        return None
    row = tx.execute(select(answered).where(_asked(token_id, key))).one()
    return Asked(request_hash=row.request_hash, answer=row.answer)


def finish(tx: Connection, token_id: int, key: str, answer: str) -> None:
    """Keep what a request was answered; ``answer`` is JSON, and says nothing of a policyholder."""
    tx.execute(update(answered).where(_asked(token_id, key)).values(answer=answer))


def forget(tx: Connection, token_id: int, key: str) -> None:
    """Let a request come again: it failed, and changed nothing."""
    tx.execute(delete(answered).where(_asked(token_id, key)))


def _asked(token_id: int, key: str) -> ColumnElement[bool]:
    return (answered.c.token_id == token_id) & (answered.c.key == key)
