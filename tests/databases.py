"""A database of its own for a test, on every engine that the store runs on."""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, create_engine, func, inspect, make_url, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema, DropSchema

from claimbot.store import Store

DATABASES = ("sqlite", "postgresql")
POSTGRESQL = os.environ.get(
    "CLAIMBOT_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)


@contextmanager
def empty_database(name: str, folder: Path) -> Iterator[str]:
    """Give the URL of a database without tables."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'claimbot.db'}"
        return
    schema = f"test_{uuid4().hex}"
    server = _server()
    with server.begin() as tx:
        tx.execute(CreateSchema(schema))
    try:
        yield (
            make_url(POSTGRESQL)
            .update_query_dict({"options": f"-csearch_path={schema}"})
            .render_as_string(hide_password=False)
        )
    finally:
        with server.begin() as tx:
            tx.execute(DropSchema(schema, cascade=True))


@contextmanager
def open_store(name: str, folder: Path) -> Iterator[Store]:
    """Give a store whose tables are there and empty.

    They are made once: migrating anew takes longer than most tests.
    """
    if name == "sqlite":
        path = folder / "claimbot.db"
        path.touch(mode=0o600)
        path.write_bytes(_migrated_file())
        store = Store(f"sqlite:///{path}")
    else:
        url, empty = _migrated_schema()
        store = Store(url)
        store.write(lambda tx: tx.execute(text(empty)))
    try:
        yield store
    finally:
        store.close()


def is_waited_for(store: Store, tx: Connection) -> bool:
    """Tell whether another transaction waits for this one to end, on PostgreSQL."""
    pid = tx.execute(select(func.pg_backend_pid())).scalar_one()
    waits = text("SELECT true FROM pg_stat_activity WHERE :pid = ANY (pg_blocking_pids(pid))")
    return bool(store.read(lambda other: other.execute(waits, {"pid": pid}).all()))


def open_server(url: str) -> Engine:
    """Connect to PostgreSQL; a server that is away fails in CI and skips elsewhere."""
    server = create_engine(url, poolclass=NullPool)
    try:
        server.connect().close()
    except OperationalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL: {error.orig}")
    return server


@cache
def _server() -> Engine:
    return open_server(POSTGRESQL)


@cache
def _migrated_file() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "claimbot.db")
        _migrate(f"sqlite:///{path}")
        return path.read_bytes()


@cache
def _migrated_schema() -> tuple[str, str]:
    """Return the URL and the statement that empties its tables."""
    opened = empty_database("postgresql", Path())
    url = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)
    names = [name for name in _migrate(url) if name != "alembic_version"]
    return url, f"TRUNCATE {', '.join(names)} RESTART IDENTITY"


def _migrate(url: str) -> list[str]:
    store = Store(url)
    store.upgrade()
    names = store.read(lambda tx: inspect(tx).get_table_names())
    store.close()
    return names
