"""What is to be delivered: in order within a chat, and never before it was recorded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from claimbot.columns import insert_new
from claimbot.store.chat import Chat, in_chat
from claimbot.store.prepared import Prepared
from claimbot.store.tables import outbox, shorten


class Kind(StrEnum):
    """What delivering a parcel means."""

    SAY = "say"  # body: an Outbound; send it to the chat
    ENQUEUE = "enqueue"  # body: a claim reference and its due_at; put the claim in the queue
    UNPARK = "unpark"  # body: a claim reference and who asked; make the claim ready in the queue
    EXPEDITE = "expedite"  # body: a claim reference and its due_at; make it due by then there
    DISCARD = "discard"  # body: SHA-256 names; delete what nobody refers to from the photo store
    INSPECT = "inspect"  # body: a claim reference and an extra; let that look at the claim's files


TAKEN_APART = (Kind.DISCARD, Kind.INSPECT)
"""What `take` leaves to those that ask for it, or adds one of."""

NOBODY_WAITS_FOR = (*TAKEN_APART, Kind.UNPARK, Kind.EXPEDITE)
"""What may take long or fail for long without holding up what its chat is to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Something to be delivered; ``body`` is JSON.

    ``tries`` counts the times that failed, ``faults`` those that were our own code's failures.
    """

    id: int
    key: Chat
    kind: Kind
    body: str
    tries: int
    faults: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What goes into the outbox; ``dedup_key`` names it for ever."""

    dedup_key: str
    kind: Kind
    body: str
    forget: bool = False


_earlier = outbox.alias("earlier")
is_open = outbox.c.settled_at.is_(None)
_is_first_of_its_chat = ~exists().where(
    _earlier.c.channel == outbox.c.channel,
    _earlier.c.chat == outbox.c.chat,
    _earlier.c.settled_at.is_(None),
    _earlier.c.id < outbox.c.id,
    # Bytes that cannot be deleted now wait alone; whoever is hurt must be answered.
    _earlier.c.kind.not_in([kind.value for kind in NOBODY_WAITS_FOR]),
)
_due = (
    select(
        *(
            outbox.c[name]
            for name in (
                *("id", "channel", "chat", "kind", "body"),
                *("tries", "faults", "created_at"),
            )
        )
    )
    .where(
        is_open,
        or_(outbox.c.not_before.is_(None), outbox.c.not_before <= bindparam("now")),
        _is_first_of_its_chat,
    )
    .order_by(outbox.c.id)
    .limit(bindparam("limit"))
)
_post = Prepared(
    lambda tx: insert_new(tx, outbox),
    columns=("dedup_key", "channel", "chat", "kind", "body", "created_at", "tries", "forget"),
)


def post(tx: Connection, key: Chat, postings: Sequence[Posting], at: datetime) -> None:
    """Put what is to be delivered behind what the chat still waits for; a repeat does nothing."""
    rows = [
        {
            "dedup_key": posting.dedup_key,
            "channel": key.channel,
            "chat": key.chat,
            "kind": posting.kind.value,
            "body": posting.body,
            "created_at": at,
            "tries": 0,
            "forget": posting.forget,
        }
        for posting in postings
    ]
    if rows:
        _post.run(tx, rows)


def outgoing(tx: Connection, now: datetime, limit: int) -> list[Parcel]:
    """Return each chat's first undelivered parcel if it is due, oldest first."""
    return [_parcel(row) for row in tx.execute(_due, {"now": now, "limit": limit})]


def take(
    tx: Connection,
    now: datetime,
    limit: int,
    hold: timedelta,
    channels: Collection[str] | None = None,
    *,
    gap: timedelta = timedelta(),
    discards: bool = True,
) -> list[Parcel]:
    """Return what `outgoing` does but inspections, and keep it from other relays for ``hold``.

    ``channels`` are those whose messages are wanted; None is all of them.  A message is put off
    for as long as its chat was sent another less than ``gap`` before, by whichever relay.

    If there is room left, one order to delete bytes is added where ``discards`` are wanted: many
    at once, and a photo store that is slow, would leave no room to the messages.
    """
    wanted: ColumnElement[bool] = outbox.c.kind.not_in([kind.value for kind in TAKEN_APART])
    if channels is not None:
        wanted &= or_(outbox.c.channel.in_(channels), outbox.c.kind != Kind.SAY.value)
    taken: list[Parcel] = []
    while len(taken) < limit:
        found = _take(tx, now, limit - len(taken), hold, wanted)
        early = _early(tx, found, now, gap) if gap else {}
        for parcel_id, said_at in early.items():
            put_off = update(outbox).where(called(parcel_id))
            tx.execute(put_off.values(not_before=said_at + gap))
        taken += (parcel for parcel in found if parcel.id not in early)
        if not early:
            break
    if discards and len(taken) < limit:
        taken += _take(tx, now, 1, hold, outbox.c.kind == Kind.DISCARD.value)
    return taken


def take_inspections(tx: Connection, now: datetime, limit: int, hold: timedelta) -> list[Parcel]:
    """Return the inspections that are due, and keep them from other relays for ``hold``.

    They are asked for by themselves: many that wait leave a relay's room to the messages.
    """
    return _take(tx, now, limit, hold, outbox.c.kind == Kind.INSPECT.value)


def _take(
    tx: Connection, now: datetime, limit: int, hold: timedelta, wanted: ColumnElement[bool]
) -> list[Parcel]:
    locked = _due.where(wanted).with_for_update(skip_locked=True)
    taken = [_parcel(row) for row in tx.execute(locked, {"now": now, "limit": limit})]
    if taken:
        held = outbox.c.id.in_([parcel.id for parcel in taken])
        tx.execute(update(outbox).where(held).values(not_before=now + hold))
    return taken


def _early(
    tx: Connection, parcels: Sequence[Parcel], now: datetime, gap: timedelta
) -> dict[int, datetime]:
    """Return those of the messages whose chat was sent one just now, and when that was."""
    messages = [parcel.id for parcel in parcels if parcel.kind is Kind.SAY]
    said = outbox.alias("said")
    found = (
        select(outbox.c.id, func.max(said.c.settled_at).label("said_at"))
        .join(said, (said.c.channel == outbox.c.channel) & (said.c.chat == outbox.c.chat))
        .where(
            outbox.c.id.in_(messages),
            said.c.kind == Kind.SAY.value,
            said.c.settled_at > now - gap,
            said.c.settled_at < now + gap,  # what lies further ahead was said by another clock
        )
        .group_by(outbox.c.id)
    )
    return {row.id: row.said_at for row in tx.execute(found)} if messages else {}


def _parcel(row: Row[*tuple[object, ...]]) -> Parcel:
    return Parcel(
        id=row.id,
        key=Chat(channel=row.channel, chat=row.chat),
        kind=Kind(row.kind),
        body=row.body,
        tries=row.tries,
        faults=row.faults,
        created_at=row.created_at,
    )


def settle(
    tx: Connection, which: ColumnElement[bool], at: datetime, failure: str | None = None
) -> None:
    """Close open parcels: delivered, or given up because of ``failure``."""
    tx.execute(delete(outbox).where(which, is_open, outbox.c.forget))
    kept = update(outbox).where(which, is_open)
    tx.execute(kept.values(settled_at=at, failure=failure and shorten(failure)))


def give_up(tx: Connection, parcel_id: int, at: datetime, failure: str) -> None:
    """Deliver a parcel never: that was the last try."""
    tx.execute(update(outbox).where(called(parcel_id), is_open).values(tries=outbox.c.tries + 1))
    settle(tx, called(parcel_id), at, failure)


def retry(
    tx: Connection, parcel_id: int, not_before: datetime, failure: str, *, is_ours: bool = False
) -> None:
    """Deliver a parcel later; what its chat waits for after it waits with it."""
    tx.execute(
        update(outbox)
        .where(outbox.c.id == parcel_id, is_open)
        .values(
            tries=outbox.c.tries + 1,
            faults=outbox.c.faults + int(is_ours),
            not_before=not_before,
            failure=shorten(failure),
        )
    )


def called(parcel_id: int) -> ColumnElement[bool]:
    """Return the condition that a row is this parcel."""
    return outbox.c.id == parcel_id


def unsaid(key: Chat) -> ColumnElement[bool]:
    """Return the condition that a row is a message this chat was not sent yet."""
    return in_chat(outbox, key) & is_open & (outbox.c.kind == Kind.SAY.value)


def erase(tx: Connection, key: Chat) -> None:
    """Delete everything a chat was or would be told; what else is open is forgotten once done."""
    is_work = is_open & (outbox.c.kind != Kind.SAY.value)
    tx.execute(delete(outbox).where(in_chat(outbox, key), ~is_work))
    tx.execute(update(outbox).where(in_chat(outbox, key)).values(forget=True))
