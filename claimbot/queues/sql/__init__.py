"""The queue in the claim database: SQLite and PostgreSQL, in the caller's transaction.

Time is the database's clock: it is the one clock that every process shares.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Update,
    and_,
    delete,
    func,
    insert,
    make_url,
    or_,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError

from claimbot.columns import insert_new
from claimbot.errors import BadConfiguration, LeaseLost
from claimbot.queues import DeadLetter, Depth, Lease, State
from claimbot.queues.sql.statements import (
    LEASE,
    TOKEN_LENGTH,
    Statements,
    as_line,
    entry,
    healed,
    is_in,
    skill,
)


class SqlQueue:
    """Two tables.  Every change is one statement whose WHERE is the right to make it."""

    transactional = True

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        """Go by this clock instead of the database's."""
        self._clock = clock
        self._made: dict[str, Statements] = {}

    def put(
        self, tx: Connection, claim_id: str, *, due_at: datetime, skills: Sequence[str] = ()
    ) -> bool:
        added = tx.execute(
            insert_new(tx, entry)
            .values(
                claim_id=claim_id,
                state=State.READY.value,
                due_at=due_at,
                ready_at=self._for(tx).now,
                attempt=0,
                reasons="",
            )
            .returning(entry.c.claim_id)
        ).all()
        if added and skills:
            asked = [{"claim_id": claim_id, "skill": name} for name in sorted(set(skills))]
            tx.execute(insert(skill), asked)
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
        statements = self._for(tx)
        tokens = [secrets.token_hex(TOKEN_LENGTH // 2) for _ in range(n)]
        taken: dict[str, Lease] = {}

        def take(statement: Update) -> None:
            missing = tokens[len(taken) :]
            said = {"n": len(missing), "tokens": "".join(missing), "skills": [*skills]}
            rows = tx.execute(statement, said | {"adjuster": adjuster, "after": _seconds(hold)})
            taken.update((row.token, Lease(**row._asdict())) for row in rows)

        # Mostly nothing has expired and a claim is ready: that is one statement.
        if tokens:
            take(statements.take_unless_expired)
        if len(taken) < len(tokens):
            tx.execute(statements.heal)
            take(statements.take)
        # One whose hold ran out in between is there twice, and its second lease is the live one.
        leases = (taken[token] for token in tokens if token in taken)
        return list({lease.claim_id: lease for lease in leases}.values())

    def current(self, tx: Connection, claim_id: str) -> Lease | None:
        return next(iter(self._live(tx, entry.c.claim_id == claim_id)), None)

    def find(self, tx: Connection, token: str) -> Lease | None:
        return next(iter(self._live(tx, entry.c.token == token)), None)

    def held(self, tx: Connection, adjuster: str) -> list[Lease]:
        return self._live(tx, entry.c.adjuster == adjuster)

    def _live(self, tx: Connection, is_wanted: ColumnElement[bool]) -> list[Lease]:
        is_live = and_(is_in(State.LEASED), entry.c.lease_until > self._for(tx).now)
        first = select(*LEASE).order_by(entry.c.lease_until, entry.c.claim_id)
        return [Lease(**row._asdict()) for row in tx.execute(first.where(is_wanted, is_live))]

    def extend(self, tx: Connection, lease: Lease, *, hold: timedelta) -> Lease:
        extended = self._change(tx, lease, self._for(tx).extend, after=_seconds(hold))
        return replace(lease, expires_at=extended.expires_at)

    def ack(self, tx: Connection, lease: Lease) -> bool:
        return self._end(tx, lease, self._for(tx).ack, (State.DONE,))

    def nack(
        self, tx: Connection, lease: Lease, *, reason: str, delay: timedelta = timedelta()
    ) -> bool:
        said = {"after": _seconds(delay), "reason": as_line(reason)}
        return self._end(tx, lease, self._for(tx).nack, (State.READY, State.DEAD), **said)

    def park(self, tx: Connection, lease: Lease) -> None:
        self._change(tx, lease, self._for(tx).park)

    def unpark(
        self,
        tx: Connection,
        claim_id: str,
        *,
        prefer: str | None = None,
        within: timedelta = timedelta(),
    ) -> bool:
        statements = self._for(tx)
        ready = {"state": State.READY.value, "ready_at": statements.now}
        unparked = tx.execute(
            update(entry)
            .where(entry.c.claim_id == claim_id, is_in(State.PARKED))
            .values(**ready, reserved_for=prefer, reserved_until=statements.later),
            {"after": _seconds(within)},
        )
        return unparked.rowcount == 1

    def expedite(self, tx: Connection, claim_id: str, *, due_at: datetime) -> bool:
        expedited = tx.execute(
            update(entry)
            .where(entry.c.claim_id == claim_id, entry.c.due_at > due_at, ~is_in(State.DONE))
            .values(due_at=due_at)
        )
        return expedited.rowcount == 1

    def forget(self, tx: Connection, claim_id: str) -> None:
        tx.execute(delete(skill).where(skill.c.claim_id == claim_id))
        tx.execute(delete(entry).where(entry.c.claim_id == claim_id))

    def dead(self, tx: Connection) -> list[DeadLetter]:
        seen = healed(self._for(tx).now).c
        rows = tx.execute(
            select(seen.claim_id, seen.reasons)
            .where(seen.state == State.DEAD.value)
            .order_by(seen.due_at, seen.claim_id)
        )
        return [
            DeadLetter(claim_id=claim_id, reasons=tuple(map(json.loads, lines.splitlines())))
            for claim_id, lines in rows
        ]

    def redrive(self, tx: Connection, claim_id: str) -> bool:
        tx.execute(self._for(tx).heal)
        redriven = tx.execute(
            update(entry)
            .where(entry.c.claim_id == claim_id, is_in(State.DEAD))
            .values(state=State.READY.value, ready_at=self._for(tx).now, attempt=0, reasons="")
        )
        return redriven.rowcount == 1

    def depth(self, tx: Connection) -> Depth:
        now = self._for(tx).now
        seen = healed(now).c
        waits = seen.state == State.READY.value
        is_ready = and_(waits, seen.ready_at <= now)
        counts = tx.execute(
            select(
                func.count().filter(is_ready).label("ready"),
                func.count().filter(waits, seen.ready_at > now).label("delayed"),
                func.count().filter(seen.state == State.LEASED.value).label("leased"),
                func.count().filter(seen.state == State.PARKED.value).label("parked"),
                func.count().filter(seen.state == State.DEAD.value).label("dead"),
                func.min(seen.ready_at).filter(is_ready).label("oldest_ready"),
            )
        ).one()
        return Depth(**counts._asdict())

    def _end(
        self, tx: Connection, lease: Lease, how: Update, into: Sequence[State], **said: object
    ) -> bool:
        """End a lease; False when it was this that ended it and brought the claim ``into`` these.

        Raises:
            LeaseLost: The lease is not live, or not the claim's.
        """
        try:
            self._change(tx, lease, how, **said)
        except LeaseLost:
            done = select(entry.c.claim_id).where(
                entry.c.claim_id == lease.claim_id,
                entry.c.token == lease.token,
                or_(*map(is_in, into)),
            )
            if tx.execute(done).one_or_none() is None:
                raise
            return False
        return True

    def _change(self, tx: Connection, lease: Lease, how: Update, **said: object) -> Row[Any]:
        """Change a claim by right of a live lease on it, and return that.

        Raises:
            LeaseLost: The lease is not live, or not the claim's.
        """
        which = {"its_claim_id": lease.claim_id, "its_token": lease.token}
        changed = tx.execute(how, which | said).one_or_none()
        if changed is None:
            raise LeaseLost(lease.claim_id)
        return changed

    def _for(self, tx: Connection) -> Statements:
        name = tx.dialect.name
        if name not in self._made:
            self._made[name] = Statements(name, self._clock)
        return self._made[name]


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


def _seconds(time: timedelta) -> str:
    """Return a span as both databases read it."""
    return f"{time.total_seconds():f} seconds"
