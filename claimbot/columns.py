"""What SQLite and PostgreSQL do alike only if they are asked each in its own way."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, DateTime, Dialect, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides, also on SQLite, which knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 the signature is SQLAlchemy's
    ) -> datetime | None:
        """Return the same moment in UTC, so that SQLite's text sorts as time does."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 the signature is SQLAlchemy's
    ) -> datetime | None:
        """Return the moment that was kept."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_NOW: dict[str, ColumnElement[datetime]] = {
    "sqlite": func.strftime("%Y-%m-%d %H:%M:%f000", "now", type_=UtcDateTime()),
    "postgresql": func.clock_timestamp(type_=UtcDateTime()),
}


def database_now(tx: Connection) -> datetime:
    """Return the time of the database's clock: on SQLite this machine's, to the millisecond."""
    return tx.execute(select(_NOW[tx.dialect.name])).scalar_one()


def insert(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an ``INSERT`` that can be told what to do about a row that is there."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


def insert_new(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an ``INSERT`` that passes over rows that are there and counts those that were not."""
    return insert(tx, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
