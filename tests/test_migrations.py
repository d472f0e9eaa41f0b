"""The database's schema comes from the migrations, and is the one that the code works with."""

from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import claimbot.queues.sql
from claimbot.errors import SchemaOutdated
from claimbot.store import Store, schema
from tests.databases import DATABASES, empty_database
from tests.store_builders import NOON, received

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])  # the imports take longer than the upgrades


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store on an empty database."""
    with empty_database(request.param, tmp_path) as url:
        store = Store(url)
        yield store
        store.close()


def upgrade(url: str) -> None:
    """Do what `claimbot db upgrade` does, in a process of its own."""
    store = Store(url)
    store.upgrade()
    store.close()


def tables(store: Store) -> dict[str, list[str]]:
    """Return the names of the tables and of their indexes."""

    def look(tx: Connection) -> dict[str, list[str]]:
        found = inspect(tx)
        return {
            table: sorted(str(index["name"]) for index in found.get_indexes(table))
            for table in found.get_table_names()
        }

    return store.read(look)


def set_version(store: Store, version: str) -> None:
    """Say that the database was made by another claimbot."""
    stamp = text("UPDATE alembic_version SET version_num = :version")
    store.write(lambda tx: tx.execute(stamp, {"version": version}))


def test_the_migrations_make_the_tables_that_the_code_names(store: Store) -> None:
    """The store's and the queue's: nothing is missing, different or left over."""
    assert claimbot.queues.sql.QueueEntry.__tablename__ in SQLModel.metadata.tables
    store.upgrade()

    def differences(tx: Connection) -> object:
        return compare_metadata(MigrationContext.configure(tx), SQLModel.metadata)

    assert store.read(differences) == []


def test_the_versions_are_those_that_alembic_knows() -> None:
    """They are read from the file names, so that a start need not import Alembic."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)

    assert sorted(script.revision for script in scripts.walk_revisions()) == schema.REVISIONS
    assert scripts.get_current_head() == schema.HEAD


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(store: Store) -> None:
    """`serve` may upgrade at every start."""
    store.upgrade()
    store.receive([received("1")], NOON)

    store.upgrade()

    store.check_schema()
    assert store.counts().inbox_waiting == 1


def test_an_empty_database_asks_for_an_upgrade(store: Store) -> None:
    """It says what to do."""
    with pytest.raises(SchemaOutdated, match="no claimbot tables yet; run `claimbot db upgrade`"):
        store.check_schema()


def test_an_older_schema_asks_for_an_upgrade(store: Store) -> None:
    """It says what to do."""
    store.upgrade()
    set_version(store, "0001")

    with pytest.raises(SchemaOutdated, match=r"0001 is older .* run `claimbot db upgrade`"):
        store.check_schema()


def test_a_newer_schema_is_left_alone(store: Store) -> None:
    """An older claimbot neither works with it nor upgrades it."""
    store.upgrade()
    set_version(store, "9999")

    for ask in (store.check_schema, store.upgrade):
        with pytest.raises(SchemaOutdated, match=r"9999 is newer .* install a newer claimbot"):
            ask()


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(store: Store) -> None:
    """All migrations are one transaction, also on SQLite."""
    store.write(lambda tx: tx.execute(text("CREATE TABLE queue_skill (id INTEGER)")))
    was = tables(store)

    with pytest.raises(DBAPIError, match="queue_skill"):
        store.upgrade()

    assert tables(store) == was


@pytest.mark.parametrize("name", DATABASES)
def test_processes_that_upgrade_at_once_do_it_once(name: str, tmp_path: Path) -> None:
    """A service that is started twice finds its tables, whoever was first."""
    with empty_database(name, tmp_path) as url:
        at_once = [PROCESSES.Process(target=upgrade, args=(url,)) for _ in range(3)]
        for process in at_once:
            process.start()
        for process in at_once:
            process.join()

        assert [process.exitcode for process in at_once] == [0, 0, 0]

        store = Store(url)
        store.check_schema()
        store.close()
