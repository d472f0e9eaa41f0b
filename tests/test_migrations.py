"""The database's schema comes from the migrations, and is the one that the code works with."""

import json
from collections.abc import Iterator
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import claimbot.queues.sql.statements
from claimbot.channels.telegram import updates
from claimbot.codec import dump
from claimbot.errors import SchemaOutdated
from claimbot.store import Store, claims, schema
from tests.databases import DATABASES, empty_database
from tests.store_builders import ANN, NOON, claim, received

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


def configured(tx: Connection | None = None) -> Config:
    """Return what Alembic needs to know."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.attributes["connection"] = tx
    return config


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
    assert claimbot.queues.sql.statements.QueueEntry.__tablename__ in SQLModel.metadata.tables
    store.upgrade()

    def differences(tx: Connection) -> object:
        return compare_metadata(MigrationContext.configure(tx), SQLModel.metadata)

    assert store.read(differences) == []


def test_the_versions_are_those_that_alembic_knows() -> None:
    """They are read from the file names, so that a start need not import Alembic."""
    scripts = ScriptDirectory.from_config(configured())

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


def test_what_was_tried_before_our_failures_were_counted_had_none(store: Store) -> None:
    """Nobody knows any more; what waits gets all its tries."""
    store.write(lambda tx: command.upgrade(configured(tx), "0006"))
    waiting = {"channel": ANN.channel, "chat": ANN.chat, "at": NOON.isoformat()}
    said = text(
        "INSERT INTO inbox (channel, message_id, chat, payload, received_at, tries)"
        " VALUES (:channel, '1', :chat, '{}', :at, 2)"
    )
    answered = text(
        "INSERT INTO outbox (dedup_key, channel, chat, kind, body, created_at, tries, forget)"
        " VALUES ('1', :channel, :chat, 'say', '{}', :at, 2, false)"
    )
    store.write(lambda tx: [tx.execute(statement, waiting) for statement in (said, answered)])

    store.upgrade()

    message, parcel = store.open_chat(ANN).waiting[0], store.outgoing(NOON, limit=1)[0]
    assert (message.tries, message.faults) == (parcel.tries, parcel.faults) == (2, 0)


def test_a_message_from_before_an_upgrade_is_known_after_it(store: Store) -> None:
    """Telegram delivers again what it was not told in time that we have; it is handled once."""
    store.write(lambda tx: command.upgrade(configured(tx), "0008"))
    was_kept = text(
        "INSERT INTO inbox (channel, message_id, chat, payload, received_at, tries, faults)"
        " VALUES ('telegram', :hash, '1', :payload, :at, 0, 0)"
    )
    update: dict[str, object] = {"update_id": 7}
    its_hash = sha256(b"7").hexdigest()
    row = {"hash": its_hash, "payload": json.dumps(update), "at": NOON.isoformat()}
    store.write(lambda tx: tx.execute(was_kept, row))

    store.upgrade()

    assert store.receive([updates.received(update)], NOON) == 0


@pytest.mark.parametrize(
    "payload", ["no JSON", "[" * 100_000, "[7]", "null", '{"update_id": "7"}']
)
def test_a_message_that_is_no_update_holds_up_no_upgrade(store: Store, payload: str) -> None:
    """It keeps its hash."""
    store.write(lambda tx: command.upgrade(configured(tx), "0008"))
    was_kept = text(
        "INSERT INTO inbox (channel, message_id, chat, payload, received_at, tries, faults)"
        " VALUES ('telegram', 'its hash', '1', :payload, :at, 0, 0)"
    )
    row = {"payload": payload, "at": NOON.isoformat()}
    store.write(lambda tx: tx.execute(was_kept, row))

    store.upgrade()

    kept = store.read(lambda tx: tx.execute(text("SELECT message_id FROM inbox")).scalars().all())
    assert kept == ["its hash"]


def test_claims_from_before_an_upgrade_are_found_by_their_policy_number(store: Store) -> None:
    """However many there are; one that cannot be read has none, and keeps nobody from the rest."""
    store.write(lambda tx: command.upgrade(configured(tx), "0009"))
    old = [claim(f"CB-{number:04}", policy_number=f"{number:09}") for number in range(1_001)]
    rows = [{"reference": one.reference, "body": dump(one), "at": NOON.isoformat()} for one in old]
    rows[5]["body"] = "{"
    sent = text(
        "INSERT INTO claim"
        " (reference, channel, chat, body, status, priority, submitted_at, due_at)"
        " VALUES (:reference, 'telegram', '1', :body, 'queued', 'normal', :at, :at)"
    )
    store.write(lambda tx: tx.execute(sent, rows))

    store.upgrade()

    def called(number: str) -> list[str]:
        found = store.read(
            lambda tx: claims.newest(tx, status=None, limit=9, before=None, text=number)
        )
        return [stored.claim.reference for stored in found]

    assert called("000000000") == ["CB-0000"]
    assert called("000001000") == ["CB-1000"]
    assert called("000000005") == []
    assert store.claim("CB-1000").revision == 1


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
