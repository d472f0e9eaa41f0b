"""A driver for SQLAlchemy in the place of `sqlite3`: SQLite by way of apsw, on any VFS.

`sqlite3` cannot name a VFS, and apsw brings a library of its own, so the engine speaks to that
one.  What the pysqlite dialect and the store ask of a driver is here, and no more.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import apsw
import pytest
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

Values = Sequence[Any]

COUNTED = ("INSERT", "UPDATE", "DELETE")  # statements of which `sqlite3` says how many rows


class Driver:
    """A module of the Python Database API 2.0, as SQLAlchemy uses one.

    Its errors are those of `sqlite3`, which code may catch by name.
    """

    paramstyle = "qmark"
    sqlite_version_info = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    Binary = memoryview
    Error = sqlite3.Error
    DatabaseError = sqlite3.DatabaseError
    DataError = sqlite3.DataError
    IntegrityError = sqlite3.IntegrityError
    InterfaceError = sqlite3.InterfaceError
    InternalError = sqlite3.InternalError
    NotSupportedError = sqlite3.NotSupportedError
    OperationalError = sqlite3.OperationalError
    ProgrammingError = sqlite3.ProgrammingError

    def __init__(self, vfs: str | None = None) -> None:
        """Keep the files of every connection by way of the VFS of this name, or SQLite's own."""
        self._vfs = vfs

    def connect(self, path: str, **_: object) -> "Connected":
        """Open a database; any thread may use the connection."""
        return Connected(path, self._vfs)


class Connected:
    """A connection, in autocommit until something says BEGIN."""

    isolation_level: str | None = None

    def __init__(self, path: str, vfs: str | None) -> None:
        with _told_as_sqlite3():
            self.sqlite = apsw.Connection(path, vfs=vfs)

    def cursor(self) -> "Cursor":
        """Return a new cursor."""
        return Cursor(self.sqlite)

    def commit(self) -> None:
        """End the transaction, if there is one."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        self._end("ROLLBACK")

    def close(self) -> None:
        """Close the files."""
        self.sqlite.close()

    def create_function(
        self,
        name: str,
        narg: int,
        func: Callable[..., Any],
        *,
        deterministic: bool,
    ) -> None:
        """Let SQL call a function."""
        self.sqlite.create_scalar_function(name, func, narg, deterministic=deterministic)

    def _end(self, statement: str) -> None:
        if self.sqlite.in_transaction:
            self.cursor().execute(statement)


class Cursor:
    """Statements and what they returned, of which everything is read at once."""

    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self._connection = connection
        self._rows: Iterator[Any] = iter(())

    @property
    def lastrowid(self) -> int:
        """Return the number of the row that this connection inserted last."""
        return self._connection.last_insert_rowid()

    def execute(self, statement: str, values: Values = ()) -> None:
        """Run one statement."""
        self._run(statement, lambda cursor: cursor.execute(statement, values))

    def executemany(self, statement: str, rows: Iterable[Values]) -> None:
        """Run one statement for each of ``rows``."""
        self._run(statement, lambda cursor: cursor.executemany(statement, rows))

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        return next(self._rows, None)

    def fetchmany(self, size: int = arraysize) -> list[Any]:
        """Return up to ``size`` further rows."""
        return [row for _, row in zip(range(size), self._rows, strict=False)]

    def fetchall(self) -> list[Any]:
        """Return all further rows."""
        return list(self._rows)

    def close(self) -> None:
        """Do nothing: everything was read."""

    def _run(self, statement: str, run: Callable[[apsw.Cursor], Iterable[Any]]) -> None:
        cursor = self._connection.cursor()
        cursor.exec_trace = self._begins
        before = self._connection.total_changes()
        with _told_as_sqlite3():
            self._rows = iter(list(run(cursor)))
        changed = self._connection.total_changes() - before
        self.rowcount = changed if statement.startswith(COUNTED) else -1

    def _begins(self, cursor: apsw.Cursor, _statement: str, _values: object) -> bool:
        # Before the first row: once the last was read, apsw cannot tell any more.
        columns = cursor.get_description()
        self.description = tuple((name, *[None] * 6) for name, *_ in columns) or None
        return True


@contextmanager
def _told_as_sqlite3() -> Iterator[None]:
    """Raise apsw's errors as those that `sqlite3` has for them."""
    try:
        yield
    except apsw.Error as error:
        kind = (
            sqlite3.IntegrityError
            if isinstance(error, apsw.ConstraintError)
            else sqlite3.OperationalError
        )
        told = kind(str(error))
        told.sqlite_errorcode = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
        raise told from error


@contextmanager
def driving(driver: Driver) -> Iterator[None]:
    """Let every engine for SQLite that is made meanwhile use this driver."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLiteDialect_pysqlite, "import_dbapi", lambda: driver)
        yield
