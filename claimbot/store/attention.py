"""Policyholders who wait for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from claimbot.store.chat import Chat, in_chat
from claimbot.store.tables import attention, claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Why someone waits for a person.  ``reference`` is the claim's, or the hand-over's own.

    ``detail`` is JSON.
    """

    reference: str
    reason: str
    detail: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A call for a person, until ``closed_at``."""

    id: int
    key: Chat
    attention: Attention
    raised_at: datetime
    closed_at: datetime | None


def raise_all(tx: Connection, key: Chat, calls: Sequence[Attention], at: datetime) -> None:
    """Show adjusters that a chat waits for a person."""
    rows = [
        {
            "reference": call.reference,
            "channel": key.channel,
            "chat": key.chat,
            "reason": call.reason,
            "detail": call.detail,
            "raised_at": at,
        }
        for call in calls
    ]
    if rows:
        tx.execute(insert(attention), rows)


def raise_once(tx: Connection, key: Chat, call: Attention, at: datetime) -> None:
    """Show adjusters that a chat waits for a person, if it does not for this reason already."""
    waits = select(attention.c.id).where(
        in_chat(attention, key),
        attention.c.reason == call.reason,
        attention.c.closed_at.is_(None),
    )
    if tx.execute(waits.limit(1)).first() is None:
        raise_all(tx, key, [call], at)


def close(tx: Connection, reference: str, at: datetime) -> int:
    """Close what is open under a reference and return how many calls that were."""
    closed = update(attention).where(
        attention.c.reference == reference, attention.c.closed_at.is_(None)
    )
    return tx.execute(closed.values(closed_at=at)).rowcount


def raised(tx: Connection, *, open_only: bool) -> list[Raised]:
    """Return the calls for a person, longest waiting first."""
    wanted = select(attention).order_by(attention.c.id)
    if open_only:
        wanted = wanted.where(attention.c.closed_at.is_(None))
    return [_raised(row) for row in tx.execute(wanted)]


def last(tx: Connection, reference: str) -> Raised | None:
    """Return the newest call for a person under a reference, open or closed.

    None if their chat has called under another one since: that one is about what is said now.
    """
    calls = select(attention).where(attention.c.reference == reference)
    row = tx.execute(calls.order_by(attention.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    call = _raised(row)
    newer = select(attention.c.id).where(in_chat(attention, call.key), attention.c.id > call.id)
    return call if tx.execute(newer.limit(1)).first() is None else None


def erase(tx: Connection, key: Chat) -> None:
    """Delete a chat's calls except those about a claim it sent."""
    claims = select(claim.c.reference).where(in_chat(claim, key))
    tx.execute(
        delete(attention).where(in_chat(attention, key), attention.c.reference.not_in(claims))
    )


def _raised(row: Row[*tuple[Any, ...]]) -> Raised:
    return Raised(
        id=row.id,
        key=Chat(channel=row.channel, chat=row.chat),
        attention=Attention(reference=row.reference, reason=row.reason, detail=row.detail),
        raised_at=row.raised_at,
        closed_at=row.closed_at,
    )
