"""What the queue in the claim database promises beyond the contract that every plug keeps."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.exc import StatementError
from sqlmodel import col

from claimbot.columns import UtcDateTime, database_now
from claimbot.errors import BadConfiguration
from claimbot.queues import AdjusterQueue, DeadLetter, Lease
from claimbot.queues.sql import SqlQueue, open_sql
from claimbot.queues.sql.statements import QueueEntry
from tests.queue_contract import database, outcome
from tests.queue_model import NOON

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def claims(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Make a claim database of either kind."""
    with database(request.param, tmp_path) as engine:
        yield engine


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[Engine]:
    """Make a claim database in PostgreSQL."""
    with database("postgresql", tmp_path) as engine:
        yield engine


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """Make a claim database in SQLite."""
    with database("sqlite", tmp_path) as engine:
        yield engine


def queue_at(now: datetime) -> AdjusterQueue:
    """Open the queue with a clock that stands still."""
    return SqlQueue(lambda: now)


def put(claims: Engine, *claim_ids: str) -> None:
    """Queue claims, all due at once."""
    with claims.begin() as tx:
        for claim_id in claim_ids:
            queue_at(NOON).put(tx, claim_id, due_at=NOON)


def lease_one(claims: Engine, queue: AdjusterQueue) -> Lease:
    """Lease the next claim in a transaction of its own."""
    with claims.begin() as tx:
        (lease,) = queue.lease(tx, "ann", hold=HOUR)
    return lease


def acknowledge(url: str, lease: Lease) -> object:
    """Say how the ack of a lease ends, over connections of our own."""
    engine = create_engine(url)
    with engine.begin() as tx:
        told = outcome(lambda: SqlQueue().ack(tx, lease))
    engine.dispose()
    return told


def test_the_queue_shares_the_fate_of_the_callers_transaction(claims: Engine) -> None:
    """Promise 2: a claim is queued, or decided, exactly when the caller's own writes are kept."""
    queue = queue_at(NOON)
    with claims.connect() as tx:
        queue.put(tx, "CB-1", due_at=NOON)
        tx.rollback()
        assert queue.depth(tx).ready == 0

    put(claims, "CB-1")
    lease = lease_one(claims, queue)
    with claims.connect() as tx:
        queue.ack(tx, lease)
        tx.rollback()
        assert queue.current(tx, "CB-1") == lease


def test_a_lease_fences_in_another_process(claims: Engine) -> None:
    """Promise 4, between processes: the token decides, not who remembers what."""
    put(claims, "CB-1")
    queue = SqlQueue()
    stale = lease_one(claims, queue)
    with claims.begin() as tx:
        queue.nack(tx, stale, reason="not mine")
    live = lease_one(claims, queue)
    url = claims.url.render_as_string(hide_password=False)

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        assert elsewhere.submit(acknowledge, url, stale).result() == "lease lost on CB-1"
        assert elsewhere.submit(acknowledge, url, live).result() is True

    assert acknowledge(url, stale) == "lease lost on CB-1"
    assert acknowledge(url, live) is False


def test_an_adjuster_does_not_wait_for_another_who_is_being_served(postgresql: Engine) -> None:
    """What an open transaction is handing out, or healing, is passed over at once."""
    put(postgresql, "CB-1", "CB-2", "CB-3")
    lease_one(postgresql, queue_at(NOON))
    queue = queue_at(NOON + HOUR)

    with postgresql.begin() as slow, postgresql.begin() as quick:
        healed, fresh = queue.lease(slow, "ann", hold=HOUR, n=2)
        quick.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
        (passed_on,) = queue.lease(quick, "bo", hold=HOUR)

    assert (healed.claim_id, healed.attempt) == ("CB-1", 2)
    assert (fresh.claim_id, fresh.attempt) == ("CB-2", 1)
    assert (passed_on.claim_id, passed_on.attempt) == ("CB-3", 1)


def test_what_expired_counts_as_returned_before_anyone_healed_it(claims: Engine) -> None:
    """Looking needs no write: the counts and dead letters are what a lease would find."""
    put(claims, "CB-1")
    for attempt in range(3):
        lease_one(claims, queue_at(NOON + attempt * HOUR))

    late = queue_at(NOON + 3 * HOUR)
    with claims.begin() as tx:
        assert late.depth(tx).dead == 1
        assert late.dead(tx) == [DeadLetter(claim_id="CB-1", reasons=("lease expired",) * 3)]
        assert tx.execute(select(col(QueueEntry.state))).scalar_one() == "leased"


@pytest.mark.parametrize(
    "look",
    [
        lambda queue, tx: queue.lease(tx, "ann", hold=HOUR, skills=["glass"]),
        lambda queue, tx: queue.depth(tx),
        lambda queue, tx: queue.dead(tx),
    ],
    ids=["lease", "depth", "dead"],
)
def test_years_of_decided_claims_are_not_read(
    sqlite: Engine, look: Callable[[SqlQueue, Connection], object]
) -> None:
    """Every search goes by a partial index, which decided claims are not in."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def listen(_tx, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    with sqlite.connect() as tx:
        event.listen(sqlite, "before_cursor_execute", listen)
        look(SqlQueue(), tx)
        event.remove(sqlite, "before_cursor_execute", listen)
        steps = [
            step
            for statement, parameters in asked
            for *_, step in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    assert any("INDEX queue_entry_" in step for step in steps)
    assert [s for s in steps if s.startswith("SCAN queue_entry") and "USING" not in s] == []


def test_a_lease_runs_by_the_databases_clock(claims: Engine) -> None:
    """Every process shares that; it goes on, and is in UTC."""
    put(claims, "CB-1")
    queue = SqlQueue()
    with claims.connect() as tx:
        before = database_now(tx)
        (lease,) = queue.lease(tx, "ann", hold=HOUR)
        extended = queue.extend(tx, lease, hold=2 * HOUR)
        after = database_now(tx)

    assert NOON < before <= lease.expires_at - HOUR <= extended.expires_at - 2 * HOUR <= after
    assert before.tzinfo == lease.expires_at.tzinfo == UTC


def test_a_lease_and_its_ack_are_one_statement_each(claims: Engine) -> None:
    """A server may be far away; the time, the tokens and the claims are not asked for before."""
    put(claims, "CB-1", "CB-2", "CB-3")
    queue = SqlQueue()
    asked: list[str] = []

    def listen(_tx, _cursor, statement, _parameters, _context, _many):
        asked.append(statement)

    with claims.connect() as tx:
        event.listen(claims, "before_cursor_execute", listen)
        first, _second = queue.lease(tx, "ann", hold=HOUR, n=2)
        queue.ack(tx, first)
        event.remove(claims, "before_cursor_execute", listen)

    assert len(asked) == 2


def test_a_claim_whose_hold_ends_at_once_is_leased_once(claims: Engine) -> None:
    """Also while more claims are wanted than there are; its later lease is the one given."""
    put(claims, "CB-1")
    with claims.begin() as tx:
        given = queue_at(NOON).lease(tx, "ann", hold=timedelta(), n=3)

        assert [(lease.claim_id, lease.attempt) for lease in given] == [("CB-1", 2)]


def test_an_instant_comes_back_in_utc_from_whatever_zone(claims: Engine) -> None:
    """A time is stored as the instant it names, to the microsecond."""
    summer = timezone(timedelta(hours=2))
    due_at = datetime(2024, 5, 1, 14, 0, 0, 1, tzinfo=summer)

    with claims.begin() as tx:
        SqlQueue().put(tx, "CB-1", due_at=due_at)
        kept = tx.execute(select(col(QueueEntry.due_at))).scalar_one()

    assert kept == due_at
    assert kept.tzinfo == UTC


def test_a_time_without_a_zone_is_refused(sqlite: Engine) -> None:
    """A naive time names no instant, so none is guessed."""
    with sqlite.begin() as tx, pytest.raises(StatementError, match="has no time zone"):
        SqlQueue().put(tx, "CB-1", due_at=NOON.replace(tzinfo=None))


def test_no_time_is_no_time() -> None:
    """A column that may be empty is empty both ways."""
    column, dialect = UtcDateTime(), create_engine("sqlite://").dialect

    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None


@pytest.mark.parametrize("url", ["sqlite:///./claims.db", "sqlite:///claims.db"])
def test_the_claim_database_may_be_named_in_other_words(url: str) -> None:
    """The same file is the same database."""
    engine = create_engine(f"sqlite:///{Path.cwd()}/claims.db")

    assert open_sql(url, engine).transactional


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///other.db", "not the claim database"),
        ("postgresql://ann:secret@localhost/claims", "not the claim database"),
        ("sqlite:", "no database URL"),
        ("postgresql://ann:secret@localhost:port/claims", "no database URL"),
    ],
)
def test_a_queue_in_another_database_is_refused(url: str, reason: str) -> None:
    """A transactional queue elsewhere would lose claims; the refusal tells no password."""
    with pytest.raises(BadConfiguration, match=reason) as refused:
        open_sql(url, create_engine("sqlite:///claims.db"))

    assert "secret" not in str(refused.value)
