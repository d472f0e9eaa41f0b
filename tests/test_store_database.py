"""The database is the one that was named, opened so that nothing is lost and nobody else reads."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from claimbot.errors import BadConfiguration
from claimbot.store import Store, inbox
from claimbot.store.writer import DEADLOCK_TRIES, LOST_TRIES
from tests.databases import DATABASES, POSTGRESQL, open_server, open_store
from tests.store_builders import ANN, BO, NOON, received, turn

NOBODY = "postgresql+psycopg://claims:hunter2@127.0.0.1:1/claims"  # no server listens on port 1


def refusal(url: str) -> str:
    """Return what is said of a database that cannot be used."""
    with pytest.raises(BadConfiguration) as refused:
        Store(url)
    return str(refused.value)


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("claimbot.db", "write 'sqlite:///claimbot.db' or 'postgresql://user@host/name'"),
        ("postgresql://claims:hunter2@host:port/claims", "write 'sqlite:///claimbot.db' or"),
        ("mysql://claims:hunter2@host/claims", "no database for 'mysql'; write 'sqlite:///"),
        ("sqlite+aiosqlite:///claimbot.db", "no database for 'sqlite+aiosqlite'; write"),
        ("sqlite://", "in memory loses claims; write 'sqlite:///claimbot.db'"),
        ("sqlite:///:memory:", "in memory loses claims; write 'sqlite:///claimbot.db'"),
        (NOBODY, "no connection to PostgreSQL at 127.0.0.1:1/claims"),
        (f"{NOBODY}?sslmode=hunter2", "start the server, or correct the database setting"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_in_one_line(url: str, advice: str) -> None:
    """It says what to do, and never a password."""
    said = refusal(url)

    assert advice in said
    assert "\n" not in said
    assert "hunter2" not in said.replace('sslmode value: "hunter2"', "")


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is an extra."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    assert "pip install claimbot[postgresql]" in refusal("postgresql://localhost/claims")


def test_the_first_of_several_servers_that_answers_is_used() -> None:
    """As libpq has it: a standby stands in the URL beside its primary."""
    there = open_server(POSTGRESQL).url
    hosts = ["127.0.0.1:1", f"{there.host}:{there.port or 5432}"]
    named = there.set(host=None, port=None).update_query_dict({"host": hosts})

    with closing(Store(named.render_as_string(hide_password=False))) as store:
        assert store.read(lambda tx: tx.execute(text("SELECT 1")).scalar()) == 1


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A misspelt path is not created."""
    path = tmp_path / "misspelt" / "claimbot.db"

    assert f"{path} cannot be written: No such file or directory; make its folder" in refusal(
        f"sqlite:///{path}"
    )


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """Someone else's file is not overwritten."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear insurer, " * 100)

    assert "file is not a database; name another file" in refusal(f"sqlite:///{path}")
    assert path.read_text().startswith("Dear insurer")


def test_a_file_that_may_not_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said at the start, not at the first message."""
    path = tmp_path / "claimbot.db"
    path.touch(mode=0o400)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write what it likes

    assert f"{path} cannot be written: Permission denied; make" in refusal(f"sqlite:///{path}")


def test_a_new_database_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """Nobody is refused because another is just creating it, and nothing is left beside it."""
    threads = 4
    all_ready = Barrier(threads)

    def open_and_close(_: int) -> None:
        all_ready.wait()
        Store(f"sqlite:///{tmp_path / 'claimbot.db'}").close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(open_and_close, range(threads)))

    assert [path.name for path in tmp_path.iterdir()] == ["claimbot.db"]


def test_only_the_owner_reads_the_database(tmp_path: Path) -> None:
    """Policyholders' words lie in it, and in the files that SQLite puts beside it."""
    with open_store("sqlite", tmp_path) as store:
        store.receive([received("1")], NOON)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    assert modes == {f"claimbot.db{end}": 0o600 for end in ("", "-wal", "-shm")}


def test_sqlite_keeps_what_it_confirmed_through_a_power_cut(tmp_path: Path) -> None:
    """The settings that were measured: a write-ahead log that is synchronised at every commit."""
    asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete")

    def settings(tx: Connection) -> list[object]:
        return [tx.execute(text(f"PRAGMA {name}")).scalar() for name in asked]

    with open_store("sqlite", tmp_path) as store:
        assert store.read(settings) == ["wal", 2, 1, 5000, 1]


@pytest.mark.parametrize("name", DATABASES)
def test_threads_that_write_wait_for_each_other(name: str, tmp_path: Path) -> None:
    """None is refused because another was writing."""
    threads = 8
    all_ready = Barrier(threads)

    def write(number: int) -> int:
        all_ready.wait()
        return sum(store.receive([received(f"{number}/{n}")], NOON) for n in range(10))

    with open_store(name, tmp_path) as store, ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(write, range(threads))) == threads * 10


@pytest.mark.parametrize("name", DATABASES)
def test_a_deadlock_is_tried_again(name: str, tmp_path: Path) -> None:
    """Two transactions that wait for each other both succeed in the end."""
    both_hold_one = Barrier(2)

    with open_store(name, tmp_path) as store, ThreadPoolExecutor(2) as pool:
        for key in (ANN, BO):
            store.record(turn(key))

        def move(chats: tuple[str, str]) -> int:
            tries = 0

            def work(tx: Connection) -> int:
                nonlocal tries
                tries += 1
                for chat in chats:
                    bump = "UPDATE conversation SET turn = turn + 1 WHERE chat = :chat"
                    tx.execute(text(bump), {"chat": chat})
                    if chat == chats[0] and tries == 1 and name == "postgresql":
                        both_hold_one.wait()  # SQLite lets only one begin
                return tries

            return store.write(work)

        tries = sorted(pool.map(move, [(ANN.chat, BO.chat), (BO.chat, ANN.chat)]))

        assert tries == ([1, 2] if name == "postgresql" else [1, 1])
        assert [store.open_chat(key).turn for key in (ANN, BO)] == [3, 3]


def test_a_deadlock_without_end_is_given_up(tmp_path: Path) -> None:
    """Somebody has to see it."""
    tries = []

    def work(tx: Connection) -> None:
        tries.append(tx)
        tx.execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))

    with open_store("postgresql", tmp_path) as store, pytest.raises(DBAPIError):
        store.write(work)

    assert len(tries) == DEADLOCK_TRIES


@pytest.fixture
def cut(tmp_path: Path) -> Iterator[tuple[Store, Callable[..., object]]]:
    """A store on PostgreSQL, and what cuts all its connections, as a restart of the server."""
    with open_store("postgresql", tmp_path) as beside:
        name = {"application_name": f"cut {tmp_path.name}"}
        named = make_url(beside.url).update_query_dict(name)
        find = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        ended = text(f"{find} WHERE application_name = :application_name")

        def cut_all(*_: object) -> None:
            assert beside.write(lambda tx: tx.execute(ended, name).all())

        with closing(Store(named.render_as_string(hide_password=False))) as store:
            yield store, cut_all


def test_a_server_that_was_restarted_costs_nobody_a_try(
    cut: tuple[Store, Callable[..., object]],
) -> None:
    """Whoever gets one of the connections that are no longer any good gets another for it."""
    store, cut_all = cut
    threads = 4
    all_connected = Barrier(threads, timeout=30)

    def work(tx: Connection) -> int:
        tx.execute(text("SELECT 1"))
        return all_connected.wait()

    with ThreadPoolExecutor(threads) as pool:
        for run in (store.write, store.write, store.read, store.read):
            assert sorted(pool.map(run, [work] * threads)) == [0, 1, 2, 3]
            cut_all()


def test_what_loses_its_connection_again_is_given_up(
    cut: tuple[Store, Callable[..., object]],
) -> None:
    """It may be what ends the server."""
    store, cut_all = cut
    tries: list[Connection] = []

    def work(tx: Connection) -> None:
        tries.append(tx)
        tx.execute(text("SELECT 1"))
        cut_all()
        tx.execute(text("SELECT 2"))

    for run in (store.write, store.read):
        tries.clear()
        with pytest.raises(OperationalError):
            run(work)
        assert len(tries) == LOST_TRIES


def test_a_commit_whose_answer_is_lost_is_not_tried_again(
    cut: tuple[Store, Callable[..., object]],
) -> None:
    """It may have been kept."""
    store, cut_all = cut
    tries: list[Connection] = []

    def work(tx: Connection) -> None:
        tries.append(tx)
        inbox.receive(tx, [received("1")], NOON)

    event.listen(store.engine, "commit", cut_all)
    with pytest.raises(OperationalError):
        store.write(work)

    assert len(tries) == 1


@pytest.mark.parametrize("name", DATABASES)
def test_a_database_that_fails_is_not_asked_again(name: str, tmp_path: Path) -> None:
    """Only a deadlock and a lost connection are worth another try."""
    tries = []

    def work(tx: Connection) -> None:
        tries.append(tx)
        tx.execute(text("SELECT * FROM nowhere"))

    with open_store(name, tmp_path) as store, pytest.raises(DBAPIError, match="nowhere"):
        store.write(work)

    assert len(tries) == 1


@pytest.mark.parametrize("name", DATABASES)
def test_a_read_sees_one_moment(name: str, tmp_path: Path) -> None:
    """What is written meanwhile is not there yet, so that two answers fit each other."""

    def count(tx: Connection) -> object:
        return tx.execute(text("SELECT count(*) FROM inbox")).scalar()

    def look_twice(tx: Connection) -> tuple[object, object]:
        first = count(tx)
        store.receive([received("1")], NOON)
        return first, count(tx)

    with open_store(name, tmp_path) as store:
        assert store.read(look_twice) == (0, 0)
        assert store.read(count) == 1


def test_a_server_that_is_away_skips_on_a_laptop_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No run that counts passes because half of it was left out."""
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception, match="no PostgreSQL"):
        open_server(NOBODY)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(OperationalError):
        open_server(NOBODY)


def test_a_moment_without_a_time_zone_is_refused(tmp_path: Path) -> None:
    """It names no moment."""
    with open_store("sqlite", tmp_path) as store:
        naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001 that is the mistake
        with pytest.raises(ValueError, match="has no time zone"):
            store.receive([received("1")], naive)
