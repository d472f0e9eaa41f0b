"""What the store holds, for people: the transcript of a chat, and numbers for the gauges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from claimbot.store import dead_letters
from claimbot.store.chat import Chat, in_chat
from claimbot.store.claims import Status
from claimbot.store.dead_letters import Direction
from claimbot.store.outbox import Kind
from claimbot.store.tables import attention, claim, inbox, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a transcript: ``body`` as the channel delivered it, or an ``Outbound``.

    ``settled_at`` is when it was handled, or sent; ``failure`` is why it was, or is, not.
    """

    at: datetime
    inbound: bool
    body: str
    settled_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much waits, since when, and how many claims there are of each status.

    ``undelivered`` are the messages that were set aside and the answers that were given up.
    """

    inbox_waiting: int
    inbox_oldest: datetime | None
    outbox_waiting: int
    outbox_oldest: datetime | None
    attention_open: int
    undelivered: Mapping[Direction, int]
    claims: Mapping[Status, int]


def transcript(tx: Connection, key: Chat) -> list[Line]:
    """Return what was said in a chat, both sides, in time order."""
    heard = tx.execute(
        select(inbox.c.received_at, inbox.c.payload, inbox.c.handled_at, inbox.c.failure)
        .where(in_chat(inbox, key))
        .order_by(inbox.c.id)
    )
    said = tx.execute(
        select(outbox.c.created_at, outbox.c.body, outbox.c.settled_at, outbox.c.failure)
        .where(in_chat(outbox, key), outbox.c.kind == Kind.SAY.value)
        .order_by(outbox.c.id)
    )
    lines = [
        Line(at=at, inbound=inbound, body=body, settled_at=settled_at, failure=failure)
        for inbound, rows in ((True, heard), (False, said))
        for at, body, settled_at, failure in rows
    ]
    return sorted(lines, key=lambda line: line.at)


def counts(tx: Connection) -> Counts:
    """Count what waits now."""
    inbox_waiting, inbox_oldest = tx.execute(
        select(func.count(), func.min(inbox.c.received_at)).where(inbox.c.handled_at.is_(None))
    ).one()
    outbox_waiting, outbox_oldest = tx.execute(
        select(func.count(), func.min(outbox.c.created_at)).where(outbox.c.settled_at.is_(None))
    ).one()
    attention_open = tx.execute(
        select(func.count()).select_from(attention).where(attention.c.closed_at.is_(None))
    ).scalar_one()
    by_status = tx.execute(select(claim.c.status, func.count()).group_by(claim.c.status))
    return Counts(
        inbox_waiting=inbox_waiting,
        inbox_oldest=inbox_oldest,
        outbox_waiting=outbox_waiting,
        outbox_oldest=outbox_oldest,
        attention_open=attention_open,
        undelivered=dead_letters.count(tx),
        claims=dict.fromkeys(Status, 0) | {Status(status): n for status, n in by_status},
    )
