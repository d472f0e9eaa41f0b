"""The one thread that writes to SQLite: a commit serves all that waited for it."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from claimbot.store import Store, database, inbox
from tests.databases import open_store
from tests.store_builders import NOON, received


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite."""
    with open_store("sqlite", tmp_path) as store:
        yield store


@contextmanager
def held_up(store: Store) -> Iterator[None]:
    """Keep the writer busy, so that what is handed in meanwhile shares the next commit."""
    busy, enough = Event(), Event()

    def hold(_: Connection) -> None:
        busy.set()
        enough.wait()

    holding = store.submit(hold)
    busy.wait()
    try:
        yield
    finally:
        enough.set()
        holding.result()


def keep(name: str) -> Callable[[Connection], int]:
    """Return work that keeps a message."""
    return lambda tx: inbox.receive(tx, [received(name)], NOON)


def keep_and_fail(name: str) -> Callable[[Connection], int]:
    """Return work that keeps a message, and then finds something wrong."""

    def work(tx: Connection) -> int:
        keep(name)(tx)
        raise ValueError(name)

    return work


def kept(store: Store) -> int:
    """Return how many messages are kept."""
    return int(store.read(lambda tx: tx.execute(text("SELECT count(*) FROM inbox")).scalar_one()))


def test_what_waits_is_committed_together(store: Store) -> None:
    """One sync of the disk for all of it."""
    commits: list[Connection] = []
    with held_up(store):
        waiting = [store.submit(keep(str(number))) for number in range(20)]
        event.listen(store.engine, "commit", commits.append)

    assert [done.result() for done in waiting] == [1] * 20
    assert len(commits) == 2  # that of who held the others up, and theirs
    assert kept(store) == 20


def test_work_that_fails_takes_no_other_along(store: Store) -> None:
    """Of it nothing is kept; of its neighbours everything, once."""
    with held_up(store):
        waiting = [
            store.submit(work(name))
            for name, work in (
                ("1", keep),
                ("2", keep_and_fail),
                ("3", keep),
                ("4", keep_and_fail),
                ("5", keep_and_fail),
            )
        ]

    assert [done.result() for done in (waiting[0], waiting[2])] == [1, 1]
    for done, name in zip((waiting[1], *waiting[3:]), "245", strict=True):
        with pytest.raises(ValueError, match=name):
            done.result()
    assert kept(store) == 2


def test_what_failed_because_of_another_that_failed_is_right_after_all(store: Store) -> None:
    """Neither saw anything that is not kept in the end."""

    def keep_it_first(tx: Connection) -> int:
        if not inbox.receive(tx, [received("the same")], NOON):
            raise ValueError("not the first")
        return 1

    with held_up(store):
        refused = store.submit(keep_and_fail("the same"))
        first = store.submit(keep_it_first)

    assert first.result() == 1
    with pytest.raises(ValueError, match="the same"):
        refused.result()
    assert kept(store) == 1


def test_a_database_that_cannot_be_written_fails_all_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes later is not held up by it."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 1)
    with (
        open_store("sqlite", tmp_path) as store,
        closing(sqlite3.connect(tmp_path / "claimbot.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        waiting = [store.submit(keep(str(number))) for number in range(3)]
        for done in waiting:
            with pytest.raises(OperationalError, match="locked"):
                done.result()
        other.rollback()

        assert store.receive([received("1")], NOON) == 1


def test_work_that_nobody_waits_for_any_more_is_not_done(store: Store) -> None:
    """Unless it was begun."""
    with held_up(store):
        given_up: Future[int] = store.submit(keep("1"))
        assert given_up.cancel()

    with pytest.raises(CancelledError):
        given_up.result()
    assert store.receive([received("2")], NOON) == 1
    assert kept(store) == 1


def test_work_cannot_wait_for_other_work(store: Store) -> None:
    """It would wait for itself."""
    with pytest.raises(RuntimeError, match="cannot wait"):
        store.write(lambda _: store.receive([received("1")], NOON))


def test_a_store_that_is_closed_has_finished_what_waited(store: Store) -> None:
    """And takes no more."""
    with held_up(store):
        waiting = store.submit(keep("1"))
    store.close()

    assert waiting.done()
    assert kept(store) == 1
    with pytest.raises(RuntimeError, match="closed"):
        store.receive([received("2")], NOON)
    store.close()


def test_a_statement_that_fails_is_the_database_s_error(store: Store) -> None:
    """Also one that goes to the driver directly."""
    store.write(lambda tx: tx.execute(text("DROP TABLE inbox")))

    with pytest.raises(OperationalError, match="no such table"):
        store.receive([received("1")], NOON)
