"""What sinks are to be told of claims: written with what happened, told later.

A delivery is open until its sink confirmed it or it was given up.  What a disabled sink is to be
told stays open until somebody enables it.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from claimbot.columns import insert_new
from claimbot.store.claims import Status, StoredClaim
from claimbot.store.desk_tables import delivery, sink
from claimbot.store.tables import claim, shorten


class EventType(StrEnum):
    """What can happen to a claim that sinks are told of."""

    SUBMITTED = "claim.submitted"
    AMENDED = "claim.amended"
    ASKED = "claim.asked"
    DECIDED = "claim.decided"


Announce = Callable[[Connection, EventType, StoredClaim], None]
"""Tell the sinks of what became of a claim, in the transaction in which it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event that a sink is to be told of, or was.

    ``failure`` is why it was not when that was tried last; with ``settled_at``, it was given up.
    """

    id: int
    sink: str
    event_id: str
    event_type: str
    reference: str
    created_at: datetime
    tries: int
    not_before: datetime | None
    settled_at: datetime | None
    failure: str | None

    @property
    def state(self) -> str:
        """Return ``waiting``, ``confirmed`` or ``dead``."""
        if self.settled_at is None:
            return "waiting"
        return "dead" if self.failure else "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkState:
    """How a sink is doing.  ``reason`` says why it is disabled, with ``disabled_at``."""

    name: str
    waiting: int = 0
    dead: int = 0
    oldest_waiting: datetime | None = None
    disabled_at: datetime | None = None
    reason: str = ""

    @property
    def disabled(self) -> bool:
        """Tell whether it is told nothing, having refused for good."""
        return self.disabled_at is not None


_is_open = delivery.c.settled_at.is_(None)
_is_dead = delivery.c.settled_at.is_not(None) & delivery.c.failure.is_not(None)
_is_undecided = claim.c.status != Status.DECIDED.value


def announce(
    tx: Connection,
    sinks: Collection[str],
    event_type: str,
    reference: str,
    *,
    revision: int,
    at: datetime,
) -> None:
    """Tell sinks, by and by, what happened to a claim.  What they were told of is not repeated."""
    rows = [_row(name, event_type, reference, revision, at) for name in sinks]
    if rows:
        tx.execute(insert_new(tx, delivery), rows)


def _row(
    sink_name: str, event_type: str, reference: str, revision: int, at: datetime
) -> dict[str, object]:
    return {
        "sink": sink_name,
        "event_id": f"{reference}:{revision}",
        "event_type": event_type,
        "reference": reference,
        "created_at": at,
        "tries": 0,
    }


def take(
    tx: Connection, sink_name: str, now: datetime, limit: int, hold: timedelta
) -> list[Delivery]:
    """Return what a sink is to be told now, oldest first, and keep it from others for ``hold``."""
    due = or_(delivery.c.not_before.is_(None), delivery.c.not_before <= now)
    wanted = select(delivery).where(_is_for(sink_name), due).order_by(delivery.c.id).limit(limit)
    taken = [_delivery(row) for row in tx.execute(wanted.with_for_update(skip_locked=True))]
    if taken:
        held = update(delivery).where(_among(one.id for one in taken))
        tx.execute(held.values(not_before=now + hold))
    return taken


def next_due(tx: Connection, sink_name: str, now: datetime) -> datetime | None:
    """Return the first moment after ``now`` at which there is something to tell a sink."""
    later = select(func.min(delivery.c.not_before)).where(
        _is_for(sink_name), delivery.c.not_before > now
    )
    return tx.execute(later).scalar()


def confirm(tx: Connection, ids: Collection[int], at: datetime) -> None:
    """Note that a sink took these; of one that was given up meanwhile, too."""
    told = update(delivery).where(_among(ids))
    tx.execute(told.values(settled_at=at, failure=None, tries=delivery.c.tries + 1))


def put_off(tx: Connection, delivery_id: int, not_before: datetime, failure: str) -> None:
    """Tell a sink later: this try failed."""
    tx.execute(
        update(delivery)
        .where(delivery.c.id == delivery_id, _is_open)
        .values(
            tries=delivery.c.tries + 1, not_before=not_before, failure=shorten(failure or "failed")
        )
    )


def give_up(tx: Connection, delivery_id: int, at: datetime, failure: str) -> None:
    """Tell a sink never, unless somebody says so: that was the last try."""
    put_off(tx, delivery_id, at, failure)
    ended = update(delivery).where(delivery.c.id == delivery_id, _is_open)
    tx.execute(ended.values(settled_at=at))


def release(tx: Connection, ids: Collection[int]) -> None:
    """Let others tell at once what was taken and not tried."""
    tx.execute(update(delivery).where(_among(ids), _is_open).values(not_before=None))


def disable(tx: Connection, sink_name: str, at: datetime, reason: str) -> None:
    """Tell a sink nothing until somebody enables it."""
    enable(tx, sink_name)
    tx.execute(insert(sink).values(name=sink_name, disabled_at=at, reason=shorten(reason)))


def enable(tx: Connection, sink_name: str) -> bool:
    """Tell a sink again, first of all what waits for it; False when it was not disabled."""
    return tx.execute(delete(sink).where(sink.c.name == sink_name)).rowcount == 1


def redeliver(tx: Connection, sink_name: str, event_id: str | None = None) -> int:
    """Tell a sink once more of an event, or of all that were given up; return how many."""
    which = _is_dead if event_id is None else delivery.c.event_id == event_id
    again = update(delivery).where(delivery.c.sink == sink_name, which)
    anew = {"settled_at": None, "not_before": None, "failure": None, "tries": 0}
    return tx.execute(again.values(**anew)).rowcount


def watch(tx: Connection, sink_name: str, before: datetime, now: datetime, last_try: int) -> int:
    """Tell a sink of the undecided claims that it does not know of; return how many.

    Those are the ones it was never told of, having been configured later, and those that were
    given up; each is tried once and no more, so that it stays a dead letter to be seen.

    Args:
        tx: The transaction.
        sink_name: The sink.
        before: Claims that were submitted, and deliveries that were given up, until then.
        now: The moment.
        last_try: How many tries to count for them.
    """
    undecided = select(claim.c.reference).where(_is_undecided, claim.c.submitted_at <= before)
    again = update(delivery).where(
        delivery.c.sink == sink_name,
        _is_dead,
        delivery.c.settled_at <= before,
        delivery.c.reference.in_(undecided),
    )
    revived = tx.execute(again.values(settled_at=None, not_before=None, tries=last_try)).rowcount
    told = exists().where(delivery.c.sink == sink_name, delivery.c.reference == claim.c.reference)
    unknown = tx.execute(
        select(claim.c.reference, claim.c.revision)
        .where(_is_undecided, claim.c.submitted_at <= before, ~told)
        .order_by(claim.c.submitted_at, claim.c.reference)
    ).all()
    rows = [
        _row(sink_name, EventType.SUBMITTED, row.reference, row.revision, now) for row in unknown
    ]
    if rows:
        tx.execute(insert_new(tx, delivery), rows)
    return revived + len(rows)


def log(
    tx: Connection, sink_name: str, *, limit: int, before: int | None = None
) -> list[Delivery]:
    """Return up to ``limit`` deliveries of a sink, newest first, from after the one ``before``."""
    wanted = select(delivery).where(delivery.c.sink == sink_name)
    if before is not None:
        wanted = wanted.where(delivery.c.id < before)
    rows = tx.execute(wanted.order_by(delivery.c.id.desc()).limit(limit))
    return [_delivery(row) for row in rows]


def states(tx: Connection, sinks: Collection[str] = ()) -> list[SinkState]:
    """Return how each sink is doing: ``sinks`` first, then those that are no longer configured."""
    waiting = {
        row.sink: row
        for row in tx.execute(
            select(
                delivery.c.sink,
                func.count().label("number"),
                func.min(delivery.c.created_at).label("oldest"),
            )
            .where(_is_open)
            .group_by(delivery.c.sink)
        )
    }
    lost = (
        select(delivery.c.sink, func.count().label("number"))
        .where(_is_dead)
        .group_by(delivery.c.sink)
    )
    dead = {row.sink: row.number for row in tx.execute(lost)}
    disabled = {row.name: row for row in tx.execute(select(sink))}
    names = dict.fromkeys([*sinks, *sorted({*waiting, *dead, *disabled})])
    found = []
    for name in names:
        waits, off = waiting.get(name), disabled.get(name)
        found.append(
            SinkState(
                name=name,
                waiting=waits.number if waits else 0,
                dead=dead.get(name, 0),
                oldest_waiting=waits.oldest if waits else None,
                disabled_at=off.disabled_at if off else None,
                reason=off.reason if off else "",
            )
        )
    return found


def _is_for(sink_name: str) -> ColumnElement[bool]:
    """Return the condition that a row is open and for this sink, which is not disabled."""
    is_disabled = exists().where(sink.c.name == delivery.c.sink)
    return and_(delivery.c.sink == sink_name, _is_open, ~is_disabled)


def _among(ids: Iterable[int]) -> ColumnElement[bool]:
    return delivery.c.id.in_(list(ids))


def _delivery(row: Row[*tuple[object, ...]]) -> Delivery:
    return Delivery(**row._mapping)  # noqa: SLF001 it is SQLAlchemy's public name
