"""The claim database: SQLite in a file, or PostgreSQL.

Every transaction of the store runs through `Database.submit` or `Database.read`.
"""

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from errno import EACCES
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from claimbot.errors import BadConfiguration
from claimbot.store.writer import Writer, Writers

T = TypeVar("T")

CONNECTIONS = 8  # kept open; as many again while there is a rush
# A server that vanished without a word is noticed after 10 s, not after the system's two hours.
AWAY_AFTER = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,  # ms
    "keepalives_idle": 10,  # s
    "keepalives_interval": 3,
    "keepalives_count": 3,
}
BUSY_TIMEOUT_MS = 5_000
SCHEMES = "'sqlite:///claimbot.db' or 'postgresql://user@host/name'"


class Database:
    """A database and its two kinds of transaction.  Safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            BadConfiguration: The URL, the file or the server cannot be used.
        """
        parsed = _parse(url)
        self._writing: Writer | Writers
        if parsed.get_backend_name() == "sqlite":
            self.engine = self._reading = _open_sqlite(parsed)
            self._writing = Writer(self.engine.execution_options(begin="BEGIN IMMEDIATE"))
        else:
            self.engine = _open_postgresql(parsed)
            self._writing = Writers(self.engine, CONNECTIONS)
            self._reading = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run ``work`` in one transaction; return what it is to return, once that is durable.

        ``work`` may be run again, as after a deadlock, so it has no effect outside its
        transaction.  When it raises, nothing is kept.
        """
        return self._writing.submit(work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one snapshot of the database; it must not write.

        It is run again when its connection was lost, as all are when the server is restarted.
        """
        try:
            return self._read(work)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._read(work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._reading.begin() as tx:
            return work(tx)

    def forget_log(self) -> None:
        """Empty SQLite's write-ahead log, which keeps what was deleted from the file itself.

        While another connection reads it stays; it is emptied when the last one closes.
        """
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Finish what waits and let go of every connection.  A second call does nothing."""
        self._writing.close()
        self.engine.dispose()


def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite database; None for one of another kind.

    Raises:
        BadConfiguration: The URL cannot be used.
    """
    parsed = _parse(url)
    return Path(parsed.database or "") if parsed.drivername == "sqlite" else None


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # its text may quote the password
        raise BadConfiguration(f"the database setting is no URL; write {SCHEMES}") from None
    if parsed.drivername not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        raise BadConfiguration(f"no database for '{parsed.drivername}'; write {SCHEMES}")
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise BadConfiguration("a database in memory loses claims; write 'sqlite:///claimbot.db'")
    if parsed.drivername == "sqlite" and (parsed.host or "?" in url):
        raise BadConfiguration("SQLite takes no host or options; write 'sqlite:///claimbot.db'")
    return parsed


def _open_sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    try:
        if not path.exists():
            _create_sqlite(path)
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
    except OSError as error:
        raise BadConfiguration(
            f"the database {path} cannot be written: {error.strerror}; "
            "make its folder, allow this user to write there, or name another file"
        ) from error
    engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=CONNECTIONS)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    try:
        engine.connect().close()
    except DBAPIError as error:
        raise BadConfiguration(
            f"the database {path} cannot be opened: {error.orig}; "
            "name another file, or restore a backup"
        ) from error
    return engine


def _create_sqlite(path: Path) -> None:
    """Make an empty database, complete before anyone sees it.

    Of two processes that switch one to WAL at the same time, SQLite refuses one as "locked"
    without waiting.  Nor may this process open and close the file besides SQLite: POSIX would
    drop the locks that another thread holds on it.
    """
    with TemporaryDirectory(prefix=path.name, dir=path.parent) as folder:
        new = Path(folder, path.name)
        connection = sqlite3.connect(new)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
        new.chmod(0o600)  # policyholders' words lie in it; the -wal and -shm files take its mode
        with suppress(FileExistsError):
            path.hardlink_to(new)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; `_begin_sqlite` does
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: NORMAL lost more than a quarter of the acknowledged transactions in a power cut, and
    # is not even faster than grouped commits.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten in the file
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes is refused as "locked" when another wrote in
    # between, however long it waits; one that begins as a writer waits its turn.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _open_postgresql(url: URL) -> Engine:
    place = f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}"
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            isolation_level="READ COMMITTED",  # what locks and looks again sees what was committed
            # What the URL says is handed on by SQLAlchemy, which knows how to split its hosts.
            connect_args={name: AWAY_AFTER[name] for name in AWAY_AFTER.keys() - url.query},
        )
        engine.connect().close()
    except ModuleNotFoundError:
        raise BadConfiguration(
            "PostgreSQL needs its driver; pip install claimbot[postgresql]"
        ) from None
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise BadConfiguration(
            f"no connection to PostgreSQL at {place}: {reason}; "
            "start the server, or correct the database setting"
        ) from None
    return engine
