"""What the queue in the claim database asks it, with the tables that it asks.

A statement asks for the time itself, so that nobody need ask for it before.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Index,
    Integer,
    Interval,
    String,
    Subquery,
    Update,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Field, SQLModel

from claimbot.columns import UtcDateTime
from claimbot.queues import LEASE_EXPIRED, MAX_DELIVERIES, State

TOKEN_LENGTH = 64  # characters

Clock = Callable[[], datetime] | None
Times = tuple[ColumnElement[datetime], ColumnElement[datetime]]
"""The time of a statement, and that as long after it as its parameter "after" says."""


class QueueEntry(SQLModel, table=True):
    """A claim's stay in the queue.

    ``token`` fences while the claim is leased; once it is done or was given back, it is the one
    that may say so again.  ``adjuster`` is who held the claim last.  ``reasons`` is one line of
    JSON for each delivery that came back, so that a statement can add one without reading the
    others.  ``reserved_for`` is who alone may be given it until ``reserved_until``.
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
    reserved_for: str | None = None
    reserved_until: datetime | None = Field(None, sa_type=UtcDateTime)


class QueueSkill(SQLModel, table=True):
    """A skill that an adjuster must have to be given the claim."""

    __tablename__ = "queue_skill"

    claim_id: str = Field(primary_key=True, foreign_key="queue_entry.claim_id", ondelete="CASCADE")
    skill: str = Field(primary_key=True)


entry = SQLModel.metadata.tables["queue_entry"]
skill = SQLModel.metadata.tables["queue_skill"]
_is_spent = entry.c.attempt >= MAX_DELIVERIES
_given_back = case((_is_spent, State.DEAD.value), else_=State.READY.value)
LEASE = (
    *(entry.c[name] for name in ("claim_id", "token", "adjuster", "attempt")),
    entry.c.lease_until.label("expires_at"),
)


class Statements:
    """Those of the hot path, made once: to make one takes longer than to have it answered."""

    def __init__(self, dialect: str, clock: Clock) -> None:
        """Make them for this kind of database, by its clock or the one that is given."""
        now, later = _TIMES[dialect](clock)
        self.now, self.later = now, later
        self.take = _take(now, later)
        self.take_unless_expired = _take(now, later, ~exists().where(_has_expired(now)))
        # What another transaction has locked is being healed, or just now acted upon, there.
        expired = select(entry.c.claim_id).where(_has_expired(now))
        self.heal = (
            update(entry)
            .where(entry.c.claim_id.in_(expired.with_for_update(skip_locked=True)))
            .values(
                **_giving_back(as_line(LEASE_EXPIRED)), ready_at=entry.c.lease_until, token=None
            )
        )
        mine = (
            update(entry)
            .where(
                entry.c.claim_id == bindparam("its_claim_id"),
                entry.c.token == bindparam("its_token"),
                is_in(State.LEASED),
                entry.c.lease_until > now,
            )
            .returning(*LEASE)
        )
        self.extend = mine.values(lease_until=later)
        self.ack = mine.values(state=State.DONE.value)
        self.nack = mine.values(**_giving_back(bindparam("reason")), ready_at=later)
        self.park = mine.values(
            state=State.PARKED.value, token=None, lease_until=None, attempt=entry.c.attempt - 1
        )


def _take(
    now: ColumnElement[datetime], later: ColumnElement[datetime], *provided: ColumnElement[bool]
) -> Update:
    """Return how the first ``n`` claims that are ready are leased.

    The parameter "tokens" is one for each, in one text, so that the statement is always the same.
    """
    skills = bindparam("skills", type_=String(), expanding=True)
    lacks_a_skill = exists().where(
        skill.c.claim_id == entry.c.claim_id, skill.c.skill.not_in(skills)
    )
    adjuster = bindparam("adjuster", type_=String())
    is_free = or_(
        entry.c.reserved_for.is_(None),
        entry.c.reserved_for == adjuster,
        entry.c.reserved_until <= now,
    )
    # A CTE: what locks rows there is run once, whatever the plan.
    first = (
        select(entry.c.claim_id, entry.c.due_at)
        .where(is_in(State.READY), entry.c.ready_at <= now, is_free, ~lacks_a_skill, *provided)
        .order_by(entry.c.due_at, entry.c.claim_id)
        .limit(bindparam("n", type_=Integer()))
        .with_for_update(skip_locked=True)
        .cte("first")
    )
    place = func.row_number().over(order_by=(first.c.due_at, first.c.claim_id))
    ready = select(first.c.claim_id, cast(place, Integer).label("place")).subquery("ready")
    tokens = bindparam("tokens", type_=String())
    return (
        update(entry)
        .where(entry.c.claim_id == ready.c.claim_id)
        .values(
            state=State.LEASED.value,
            adjuster=adjuster,
            token=func.substr(tokens, (ready.c.place - 1) * TOKEN_LENGTH + 1, TOKEN_LENGTH),
            attempt=entry.c.attempt + 1,
            lease_until=later,
            reserved_for=None,
            reserved_until=None,
        )
        .returning(*LEASE)
    )


def healed(now: ColumnElement[datetime]) -> Subquery:
    """Return the open claims as they will be once what has expired is healed."""
    expired = _has_expired(now)
    returned = _giving_back(as_line(LEASE_EXPIRED))
    return (
        select(
            entry.c.claim_id,
            entry.c.due_at,
            case((expired, returned["state"]), else_=entry.c.state).label("state"),
            case((expired, entry.c.lease_until), else_=entry.c.ready_at).label("ready_at"),
            case((expired, returned["reasons"]), else_=entry.c.reasons).label("reasons"),
        )
        .where(entry.c.state != literal_column(f"'{State.DONE.value}'"))
        .subquery()
    )


def is_in(state: State) -> ColumnElement[bool]:
    """Compare with a literal: a prepared plan cannot use a partial index for a parameter."""
    return entry.c.state == literal_column(f"'{state.value}'")


def _has_expired(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(is_in(State.LEASED), entry.c.lease_until <= now)


def _giving_back(reason: str | ColumnElement[str]) -> dict[str, object]:
    return {
        "state": _given_back,
        "reasons": entry.c.reasons.concat(reason),
        "lease_until": None,
    }


def as_line(reason: str) -> str:
    """Return what is added to ``reasons``."""
    return json.dumps(reason) + "\n"


def _given(clock: Callable[[], datetime]) -> ColumnElement[datetime]:
    return bindparam(None, callable_=clock, type_=UtcDateTime(), unique=True)


def _sqlite_times(clock: Clock) -> Times:
    """Go by this machine's clock, which is all that it has, to the millisecond."""
    time = partial(func.strftime, "%Y-%m-%d %H:%M:%f000", _given(clock) if clock else "now")
    return time(type_=UtcDateTime()), time(bindparam("after", type_=String()), type_=UtcDateTime())


def _postgresql_times(clock: Clock) -> Times:
    """Go by the server's clock as it was when the statement came, so that an index serves it."""
    now = _given(clock) if clock else func.statement_timestamp(type_=UtcDateTime())
    return now, now.op("+")(cast(bindparam("after", type_=String()), Interval()))


_TIMES = {"sqlite": _sqlite_times, "postgresql": _postgresql_times}
