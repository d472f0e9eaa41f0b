"""Statements of the hot path, compiled once.

SQLite answers such a statement within a few microseconds, `Connection.execute` takes more than ten
times as long around it; so there they go to the driver directly.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Update
from sqlalchemy.exc import DBAPIError

Bind = Callable[[Any], object]


class Prepared:
    """An ``INSERT`` or ``UPDATE`` that differs from one time to the next in its values alone."""

    def __init__(
        self, make: Callable[[Connection], Insert | Update], columns: Sequence[str] = ()
    ) -> None:
        """Take how the statement is made for a database.

        Args:
            make: Makes it; the same for every connection of a kind of database.
            columns: Those of an ``INSERT``.  An ``UPDATE`` has a `bindparam` for each value, not
                called as a column is.
        """
        self._make = make
        self._columns = columns
        self._made: dict[str, Insert | Update] = {}
        self._compiled: tuple[str, Sequence[tuple[str, Bind | None]]] | None = None

    def run(self, tx: Connection, rows: Sequence[Mapping[str, object]]) -> int:
        """Execute it for each of ``rows``, of which there is one; return how many that touched.

        Raises:
            DBAPIError: As `Connection.execute` does.
        """
        if tx.dialect.name != "sqlite":
            return tx.execute(self._statement(tx), rows).rowcount
        sql, binds = self._compiled or self._compile(tx)
        values = [[bind(row[name]) if bind else row[name] for name, bind in binds] for row in rows]
        errors = tx.dialect.loaded_dbapi.Error
        cursor = tx.connection.cursor()
        try:
            if len(values) == 1:
                cursor.execute(sql, values[0])
            else:
                cursor.executemany(sql, values)
        except errors as error:
            raise DBAPIError.instance(sql, None, error, errors, dialect=tx.dialect) from error
        return cursor.rowcount

    def _statement(self, tx: Connection) -> Insert | Update:
        name = tx.dialect.name
        if name not in self._made:
            self._made[name] = self._make(tx)
        return self._made[name]

    def _compile(self, tx: Connection) -> tuple[str, Sequence[tuple[str, Bind | None]]]:
        dialect = tx.dialect
        compiled = self._statement(tx).compile(dialect=dialect, column_keys=self._columns or None)
        binds = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        self._compiled = compiled.string, binds
        return self._compiled
