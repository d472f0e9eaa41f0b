"""The queue in the claim database: SQLite and PostgreSQL, in the caller's transaction.

Time is the database's clock: it is the one clock that every process shares.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Index,
    String,
    Subquery,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import ArgumentError
from sqlmodel import Field, SQLModel

from claimbot.columns import UtcDateTime, insert_new
from claimbot.errors import BadConfiguration, LeaseLost
from claimbot.queues import LEASE_EXPIRED, MAX_DELIVERIES, DeadLetter, Depth, Lease, State


class QueueEntry(SQLModel, table=True):
    """A claim's stay in the queue.

    ``token`` fences while the claim is leased; while it is done, it is the one that may repeat its
    ack.  ``adjuster`` is who held the claim last.  ``reasons`` is one line of JSON for each
    delivery that came back, so that a statement can add one without reading the others.
    """

    __tablename__ = "queue_entry"
    __table_args__ = tuple(
        Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
        for name, columns, where in (
            ("queue_entry_ready", ("due_at", "claim_id"), "state = 'ready'"),
            ("queue_entry_leased", ("lease_until",), "state = 'leased'"),
            ("queue_entry_open", ("state",), "state <> 'done'"),
        )
    )

    claim_id: str = Field(primary_key=True)
    state: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    ready_at: datetime = Field(sa_type=UtcDateTime)
    attempt: int
    reasons: str
    adjuster: str | None = None
    token: str | None = None
    lease_until: datetime | None = Field(None, sa_type=UtcDateTime)


class QueueSkill(SQLModel, table=True):
    """A skill that an adjuster must have to be given the claim."""

    __tablename__ = "queue_skill"

    claim_id: str = Field(primary_key=True, foreign_key="queue_entry.claim_id", ondelete="CASCADE")
    skill: str = Field(primary_key=True)


_entry = SQLModel.metadata.tables["queue_entry"]
_skill = SQLModel.metadata.tables["queue_skill"]
_is_spent = _entry.c.attempt >= MAX_DELIVERIES
_given_back = case((_is_spent, State.DEAD.value), else_=State.READY.value)
_NOW: dict[str, ColumnElement[datetime]] = {
    "sqlite": func.strftime("%Y-%m-%d %H:%M:%f000", "now", type_=UtcDateTime()),
    "postgresql": func.clock_timestamp(type_=UtcDateTime()),
}


def database_now(tx: Connection) -> datetime:
    """Return the time of the database's clock: on SQLite this machine's, to the millisecond."""
    return tx.execute(select(_NOW[tx.dialect.name])).scalar_one()


class SqlQueue:
    """Two tables.  Every change is one statement whose WHERE is the right to make it."""

    transactional = True

    def __init__(self, clock: Callable[[Connection], datetime] = database_now) -> None:
        self._clock = clock

    def put(
        self, tx: Connection, claim_id: str, *, due_at: datetime, skills: Sequence[str] = ()
    ) -> bool:
        added = tx.execute(
            insert_new(tx, _entry)
            .values(
                claim_id=claim_id,
                state=State.READY.value,
                due_at=due_at,
                ready_at=self._clock(tx),
                attempt=0,
                reasons="",
            )
            .returning(_entry.c.claim_id)
        ).all()
        if added and skills:
            asked = [{"claim_id": claim_id, "skill": skill} for skill in sorted(set(skills))]
            tx.execute(insert(_skill), asked)
        return bool(added)

    def lease(
        self,
        tx: Connection,
        adjuster: str,
        *,
        hold: timedelta,
        n: int = 1,
        skills: Sequence[str] = (),
    ) -> list[Lease]:
        now = self._clock(tx)
        # Heal first, also when nothing has expired: it is a write, so that on SQLite nobody else
        # can take a claim between our reading and our writing.
        self._heal(tx, now)
        lacks_a_skill = exists().where(
            _skill.c.claim_id == _entry.c.claim_id, _skill.c.skill.not_in(list(skills))
        )
        ready = tx.execute(
            select(_entry.c.claim_id, _entry.c.attempt)
            .where(_is(State.READY), _entry.c.ready_at <= now, ~lacks_a_skill)
            .order_by(_entry.c.due_at, _entry.c.claim_id)
            .limit(max(n, 0))
            .with_for_update(skip_locked=True)
        ).all()
        leases = [
            Lease(
                claim_id=claim_id,
                token=secrets.token_hex(32),
                adjuster=adjuster,
                attempt=attempt + 1,
                expires_at=now + hold,
            )
            for claim_id, attempt in ready
        ]
        for lease in leases:
            tx.execute(
                update(_entry)
                .where(_entry.c.claim_id == lease.claim_id)
                .values(
                    state=State.LEASED.value,
                    adjuster=adjuster,
                    token=lease.token,
                    attempt=lease.attempt,
                    lease_until=lease.expires_at,
                )
            )
        return leases

    def current(self, tx: Connection, claim_id: str) -> Lease | None:
        return self._live(tx, _entry.c.claim_id == claim_id)

    def find(self, tx: Connection, token: str) -> Lease | None:
        return self._live(tx, _entry.c.token == token)

    def _live(self, tx: Connection, is_wanted: ColumnElement[bool]) -> Lease | None:
        now = self._clock(tx)
        row = tx.execute(
            select(
                _entry.c.claim_id,
                _entry.c.token,
                _entry.c.adjuster,
                _entry.c.attempt,
                _entry.c.lease_until.label("expires_at"),
            ).where(is_wanted, _is(State.LEASED), _entry.c.lease_until > now)
        ).one_or_none()
        return row and Lease(**row._asdict())

    def extend(self, tx: Connection, lease: Lease, *, hold: timedelta) -> Lease:
        now = self._clock(tx)
        self._change(tx, lease, now, lease_until=now + hold)
        return replace(lease, expires_at=now + hold)

    def ack(self, tx: Connection, lease: Lease) -> None:
        try:
            self._change(tx, lease, self._clock(tx), state=State.DONE.value)
        except LeaseLost:
            acked = select(_entry.c.claim_id).where(
                _entry.c.claim_id == lease.claim_id,
                _entry.c.token == lease.token,
                _is(State.DONE),
            )
            if tx.execute(acked).one_or_none() is None:
                raise

    def nack(
        self, tx: Connection, lease: Lease, *, reason: str, delay: timedelta = timedelta()
    ) -> None:
        now = self._clock(tx)
        self._change(tx, lease, now, **_giving_back(reason), ready_at=now + delay)

    def park(self, tx: Connection, lease: Lease) -> None:
        uncounted = _entry.c.attempt - 1
        self._change(
            tx,
            lease,
            self._clock(tx),
            state=State.PARKED.value,
            token=None,
            lease_until=None,
            attempt=uncounted,
        )

    def unpark(self, tx: Connection, claim_id: str) -> bool:
        unparked = tx.execute(
            update(_entry)
            .where(_entry.c.claim_id == claim_id, _is(State.PARKED))
            .values(state=State.READY.value, ready_at=self._clock(tx))
        )
        return unparked.rowcount == 1

    def dead(self, tx: Connection) -> list[DeadLetter]:
        healed = _healed(self._clock(tx)).c
        rows = tx.execute(
            select(healed.claim_id, healed.reasons)
            .where(healed.state == State.DEAD.value)
            .order_by(healed.due_at, healed.claim_id)
        )
        return [
            DeadLetter(claim_id=claim_id, reasons=tuple(map(json.loads, lines.splitlines())))
            for claim_id, lines in rows
        ]

    def redrive(self, tx: Connection, claim_id: str) -> bool:
        now = self._clock(tx)
        self._heal(tx, now)
        redriven = tx.execute(
            update(_entry)
            .where(_entry.c.claim_id == claim_id, _is(State.DEAD))
            .values(state=State.READY.value, ready_at=now, attempt=0, reasons="")
        )
        return redriven.rowcount == 1

    def depth(self, tx: Connection) -> Depth:
        now = self._clock(tx)
        healed = _healed(now).c
        waits = healed.state == State.READY.value
        is_ready = and_(waits, healed.ready_at <= now)
        counts = tx.execute(
            select(
                func.count().filter(is_ready).label("ready"),
                func.count().filter(waits, healed.ready_at > now).label("delayed"),
                func.count().filter(healed.state == State.LEASED.value).label("leased"),
                func.count().filter(healed.state == State.PARKED.value).label("parked"),
                func.count().filter(healed.state == State.DEAD.value).label("dead"),
                func.min(healed.ready_at).filter(is_ready).label("oldest_ready"),
            )
        ).one()
        return Depth(**counts._asdict())

    def _heal(self, tx: Connection, now: datetime) -> None:
        """Give back what is held under a lease that has run out."""
        # What another transaction has locked is being healed, or just now acted upon, there.
        expired = select(_entry.c.claim_id).where(_has_expired(now))
        tx.execute(
            update(_entry)
            .where(_entry.c.claim_id.in_(expired.with_for_update(skip_locked=True)))
            .values(**_giving_back(LEASE_EXPIRED), ready_at=_entry.c.lease_until)
        )

    def _change(self, tx: Connection, lease: Lease, now: datetime, **values: object) -> None:
        """Change a claim by right of a live lease on it.

        Raises:
            LeaseLost: The lease is not live, or not the claim's.
        """
        changed = tx.execute(
            update(_entry)
            .where(
                _entry.c.claim_id == lease.claim_id,
                _entry.c.token == lease.token,
                _is(State.LEASED),
                _entry.c.lease_until > now,
            )
            .values(**values)
        )
        if changed.rowcount != 1:
            raise LeaseLost(lease.claim_id)


def open_sql(url: str, engine: Engine) -> SqlQueue:
    """Open the queue in the claim database; ``url`` says again which that is.

    Raises:
        BadConfiguration: It names another database, where no transaction of ours could reach.
    """
    try:
        named = make_url(url)
    except (ArgumentError, ValueError):  # its message may hold a password
        raise BadConfiguration("QUEUE is no database URL; write it as DATABASE is") from None
    if _place(named) != _place(engine.url):
        raise BadConfiguration(
            f"the queue {named.render_as_string()} is not the claim database "
            f"{engine.url.render_as_string()}; leave QUEUE unset to queue in the claim database"
        )
    return SqlQueue()


def _place(url: URL) -> tuple[object, ...]:
    if url.get_backend_name() == "sqlite":
        return ("sqlite", Path(url.database or ":memory:").resolve())
    return (url.get_backend_name(), url.host, url.port, url.database)


def _is(state: State) -> ColumnElement[bool]:
    """Compare with a literal: a prepared plan cannot use a partial index for a parameter."""
    return _entry.c.state == literal(state.value, String(), literal_execute=True)


def _has_expired(now: datetime) -> ColumnElement[bool]:
    return and_(_is(State.LEASED), _entry.c.lease_until <= now)


def _giving_back(reason: str) -> dict[str, object]:
    return {
        "state": _given_back,
        "reasons": _entry.c.reasons.concat(json.dumps(reason) + "\n"),
        "token": None,
        "lease_until": None,
    }


def _healed(now: datetime) -> Subquery:
    """Return the open claims as they will be once what has expired is healed."""
    expired = _has_expired(now)
    returned = _giving_back(LEASE_EXPIRED)
    return (
        select(
            _entry.c.claim_id,
            _entry.c.due_at,
            case((expired, returned["state"]), else_=_entry.c.state).label("state"),
            case((expired, _entry.c.lease_until), else_=_entry.c.ready_at).label("ready_at"),
            case((expired, returned["reasons"]), else_=_entry.c.reasons).label("reasons"),
        )
        .where(_entry.c.state != literal(State.DONE.value, String(), literal_execute=True))
        .subquery()
    )
