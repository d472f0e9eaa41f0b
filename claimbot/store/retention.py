"""What is not kept for ever: photos that no claim came of, and chats in which nothing is open.

A draft is not among it: its conversation wakes up when it is time, and erases itself.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    delete,
    exists,
    or_,
    select,
    tuple_,
)

from claimbot.store import (
    attention,
    audit,
    claims,
    conversations,
    files,
    inbox,
    outbox,
    questions,
    tables,
)
from claimbot.store.chat import Chat, in_chat
from claimbot.store.claims import Status
from claimbot.store.outbox import Kind, Posting
from claimbot.store.tables import claim, claim_file, conversation, photo

READ_AT_ONCE = 500  # rows; to look at so many takes some milliseconds
GRACE = timedelta(days=1)  # for a worker to wake the conversations that are due
ACTOR = "retention"

Place = tuple[str, ...]
BEGINNING: Place = ()
"""Where reading begins; a place is the key of the row that was read last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Chats that there is something to do for, and where to read on; ``None`` at the end."""

    chats: tuple[Chat, ...]
    then: Place | None


def silent(tx: Connection, place: Place, now: datetime, keep: timedelta) -> Page:
    """Return which of the next conversations are over, and were silent for longer than ``keep``.

    Those that have a draft, a message that was not handled or not sent, a claim that nobody took
    on or a call for a person that nobody closed are not over.
    """
    rows, then = _next(tx, conversation, place, conversation.c.updated_at)
    keys = [Chat(channel=row[0], chat=row[1]) for row, at in rows if at < now - keep]
    over = [key for key in keys if _is_any(tx, in_chat(conversation, key), _is_over(now, keep))]
    return Page(chats=tuple(over), then=then)


def unused(tx: Connection, place: Place, before: datetime) -> Page:
    """Return whose of the next photos came before a moment, and are in no draft and no claim."""
    rows, then = _next(tx, photo, place, photo.c.received_at)
    old = [row for row, at in rows if at < before]
    # Most photos are a claim's.  Of all at once that is found out quickly, the rest of a few.
    with_claims = (
        select(claim.c.channel, claim.c.chat, claim_file.c.sha256)
        .join(claim_file, claim_file.c.reference == claim.c.reference)
        .where(claim_file.c.sha256.in_([sha256 for _, _, sha256 in old]))
    )
    claimed = {tuple(row) for row in tx.execute(with_claims)} if old else set()
    keys = {Chat(channel=row[0], chat=row[1]): None for row in old if row not in claimed}
    over = [key for key in keys if _is_any(tx, in_chat(photo, key), _is_unused(before))]
    return Page(chats=tuple(over), then=then)


def forget_silent(
    tx: Connection, key: Chat, fingerprint: str, now: datetime, keep: timedelta
) -> bool:
    """Forget a chat but for the claims it sent, if `silent` still finds it; tell whether it did.

    Args:
        tx: The transaction.
        key: The chat.
        fingerprint: The chat's, which takes too long to make within a transaction.
        now: The moment.
        keep: For how long after its last turn a conversation is kept.
    """
    # Also holds off a worker that is about to record a turn: it finds the conversation gone.
    over = delete(conversation).where(in_chat(conversation, key), _is_over(now, keep))
    if tx.execute(over).rowcount != 1:
        return False
    outbox.post(tx, key, forget_chat(tx, key, inbox.is_handled, now), now)
    audit.append(tx, [audit.Entry(actor=ACTOR, action="chat erased", subject=fingerprint)], now)
    return True


def forget_unused(tx: Connection, key: Chat, at: datetime, before: datetime) -> int:
    """Forget those of a chat's photos that `unused` finds, and return how many those were."""
    over = delete(photo).where(in_chat(photo, key), _is_unused(before))
    names = tx.execute(over.returning(photo.c.sha256)).scalars().all()
    outbox.post(tx, key, _discard(key, files.unreferenced(tx, names), at), at)
    return len(names)


def forget_chat(
    tx: Connection, key: Chat, messages: ColumnElement[bool], at: datetime
) -> list[Posting]:
    """Forget a chat but for the claims it sent; of its inbox, the ``messages``.

    Return the orders, to be put into the outbox, to delete the bytes that nobody refers to any
    more, and to give those claims back that waited for an answer in it.
    """
    # The inbox first, as a turn does: a chat's first turn that is just being recorded is waited
    # for there, and forgotten here.
    inbox.blank(tx, key, messages, at)
    conversations.forget(tx, key)
    outbox.erase(tx, key)
    attention.erase(tx, key)
    return [*_give_back(tx, key), *_discard(key, files.erase(tx, key), at)]


def _give_back(tx: Connection, key: Chat) -> list[Posting]:
    """Wait for no answer that would not be known for one any more."""
    waits = in_chat(claim, key) & (claim.c.status == Status.ASKED.value)
    postings = []
    for reference in tx.execute(select(claim.c.reference).where(waits)).scalars().all():
        claims.set_status(tx, reference, Status.QUEUED)
        revision = claims.find(tx, reference).revision
        body = {"reference": reference, "adjuster": questions.asker(tx, reference)}
        name = f"unpark:{reference}:{revision}"
        postings.append(
            Posting(dedup_key=name, kind=Kind.UNPARK, body=json.dumps(body), forget=True)
        )
    return postings


def _discard(key: Chat, names: tuple[str, ...], at: datetime) -> list[Posting]:
    if not names:
        return []
    name = f"{key.channel}:{key.chat}:discard:{at.isoformat()}"
    return [Posting(dedup_key=name, kind=Kind.DISCARD, body=json.dumps(names), forget=True)]


def _next(
    tx: Connection, table: Table, place: Place, moment: Column[datetime]
) -> tuple[list[tuple[Place, datetime]], Place | None]:
    """Return the keys of the next rows, each with a moment, and where to read on."""
    key = tuple(table.primary_key.columns)
    rows = select(*key, moment).order_by(*key).limit(READ_AT_ONCE)
    if place:
        rows = rows.where(tuple_(*key) > place)
    found = [(tuple(row)[:-1], row[-1]) for row in tx.execute(rows)]
    return found, found[-1][0] if len(found) == READ_AT_ONCE else None


def _is_any(tx: Connection, *conditions: ColumnElement[bool]) -> bool:
    return tx.execute(select(exists().where(*conditions))).scalar_one()


def _is_over(now: datetime, keep: timedelta) -> ColumnElement[bool]:
    at_rest = or_(conversation.c.wake_at.is_(None), conversation.c.wake_at < now - GRACE)
    unsent = exists().where(
        _same_chat(tables.outbox, conversation),
        outbox.is_open,
        tables.outbox.c.kind == Kind.SAY.value,
    )
    undecided = exists().where(
        _same_chat(claim, conversation), claim.c.status != Status.DECIDED.value
    )
    return and_(
        conversation.c.updated_at < now - keep,
        at_rest,
        ~_has_waiting(conversation),
        ~unsent,
        ~undecided,
        ~exists().where(_same_chat(tables.attention, conversation), _is_open_call),
    )


def _is_unused(before: datetime) -> ColumnElement[bool]:
    """Return the condition that a photo may be forgotten.

    A conversation and a call hold photos by their SHA-256, which stands in their JSON.
    """
    held = exists().where(
        _same_chat(conversation, photo), conversation.c.state.contains(photo.c.sha256)
    )
    awaited = exists().where(
        _same_chat(tables.attention, photo),
        _is_open_call,
        tables.attention.c.detail.contains(photo.c.sha256),
    )
    # A photo of a message that is just being handled is in no conversation yet.
    return and_(
        photo.c.received_at < before, ~files.is_claimed, ~held, ~awaited, ~_has_waiting(photo)
    )


_is_open_call = tables.attention.c.closed_at.is_(None)


def _has_waiting(table: FromClause) -> ColumnElement[bool]:
    return exists().where(_same_chat(tables.inbox, table), inbox.is_waiting)


def _same_chat(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(one.c.channel == other.c.channel, one.c.chat == other.c.chat)
