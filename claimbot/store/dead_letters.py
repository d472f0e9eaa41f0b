"""Messages that could not be handled and answers that could not be sent, for people to see.

The claims that came back too often are the adjuster queue's own dead letters.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Select, Table, delete, func, insert, select

from claimbot.store.outbox import Kind
from claimbot.store.tables import claim, inbox, outbox

_NAME = re.compile(r"(message|answer)-(\d{1,18})")


class Direction(StrEnum):
    """Which way it was going."""

    MESSAGE = "message"  # from the policyholder; set aside
    ANSWER = "answer"  # to the policyholder; given up


@dataclass(frozen=True, slots=True)
class Name:
    """What people call one: ``message-12``."""

    direction: Direction
    number: int

    def __str__(self) -> str:
        return f"{self.direction}-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message that was set aside, or an answer that was given up.

    ``reference`` is the claim's that its chat sent last, if there is one.  ``since`` is when it
    was tried last, ``tries`` how often it was in all, and ``failure`` why it was for nothing.
    """

    name: Name
    channel: str
    reference: str | None
    since: datetime
    tries: int
    failure: str


_is_set_aside = inbox.c.handled_at.is_not(None) & inbox.c.failure.is_not(None)
_is_given_up = outbox.c.settled_at.is_not(None) & outbox.c.failure.is_not(None)
_is_lost = {
    Direction.MESSAGE: _is_set_aside,
    Direction.ANSWER: _is_given_up & (outbox.c.kind == Kind.SAY.value),
}
_kept_in: dict[Direction, Table] = {Direction.MESSAGE: inbox, Direction.ANSWER: outbox}


def undelivered(tx: Connection) -> list[Undelivered]:
    """Return what was set aside or given up, longest ago first."""
    found = [
        Undelivered(
            name=Name(direction, row.id),
            channel=row.channel,
            reference=row.reference,
            since=row.since,
            tries=row.tries,
            failure=row.failure,
        )
        for direction in Direction
        for row in tx.execute(_lost(direction))
    ]
    return sorted(found, key=lambda one: one.since)


def count(tx: Connection) -> dict[Direction, int]:
    """Return how many messages were set aside, and how many answers given up."""
    return {
        direction: tx.execute(
            select(func.count()).select_from(_kept_in[direction]).where(_is_lost[direction])
        ).scalar_one()
        for direction in Direction
    }


def parse_name(text: str) -> Name | None:
    """Return the name that someone typed, or None if it is not one."""
    typed = _NAME.fullmatch(text.strip().lower())
    return Name(Direction(typed[1]), int(typed[2])) if typed else None


def requeue(tx: Connection, name: Name, at: datetime) -> bool:
    """Let it be handled or sent again, after what its chat waits for; False when there is none.

    It gets another number, as order within a chat is the order of the numbers, and counts as new.
    """
    table = _kept_in[name.direction]
    which = (table.c.id == name.number) & _is_lost[name.direction]
    row = tx.execute(delete(table).where(which).returning(table)).one_or_none()
    if row is None:
        return False
    begin, end = _times(name.direction)
    anew = {begin: at, end: None, "tries": 0, "faults": 0, "not_before": None, "failure": None}
    kept = {column: value for column, value in row._asdict().items() if column != "id"}
    tx.execute(insert(table).values(**kept | anew))
    return True


def _times(direction: Direction) -> tuple[str, str]:
    """Return the columns that say since when it is there, and when it was done with."""
    if direction is Direction.MESSAGE:
        return "received_at", "handled_at"
    return "created_at", "settled_at"


def _lost(direction: Direction) -> Select[tuple[object, ...]]:
    table = _kept_in[direction]
    since = table.c[_times(direction)[1]]
    sent = (
        select(claim.c.reference)
        .where(claim.c.channel == table.c.channel, claim.c.chat == table.c.chat)
        .order_by(claim.c.submitted_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        table.c.id,
        table.c.channel,
        sent.label("reference"),
        since.label("since"),
        table.c.tries,
        table.c.failure,
    ).where(_is_lost[direction])
