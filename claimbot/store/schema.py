"""Which version the database's schema has, and how it gets the one this claimbot works with."""

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.schema import CreateIndex
from sqlmodel import SQLModel

from claimbot.errors import SchemaOutdated
from claimbot.store import desk_tables  # noqa: F401 - its tables belong to the schema

MIGRATIONS = Path(__file__).with_name("migrations")
REVISIONS = sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/*_*.py"))
HEAD = REVISIONS[-1]
_LOCK = int.from_bytes(b"schema")


def upgrade(tx: Connection) -> None:
    """Bring the schema to this claimbot's version, all of it or nothing.

    Two processes may do so at the same time: the second finds nothing left to do.

    Raises:
        SchemaOutdated: The database is newer than this claimbot.
    """
    if tx.dialect.name == "postgresql":  # on SQLite the transaction is the only writer already
        tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if _revision(tx) == HEAD:
        return
    # Only here: Alembic takes as long to import as all the rest, and this is seldom needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")


def check(tx: Connection) -> None:
    """Return if the schema is this claimbot's.

    Raises:
        SchemaOutdated: It is older, newer, or not there at all.
    """
    found = _revision(tx)
    if found is None:
        raise SchemaOutdated("the database has no claimbot tables yet; run `claimbot db upgrade`")
    if found != HEAD:
        raise SchemaOutdated(
            f"the database's schema {found} is older than this claimbot; run `claimbot db upgrade`"
        )


def lacking(tx: Connection) -> dict[str, str | None]:
    """Return what the tables of this claimbot have and the database's lack, by name.

    Beside an index stands the statement that makes it, beside a table or a column None.  The
    tables are those whose modules were imported.
    """
    found = inspect(tx)
    there = set(found.get_table_names())
    lacks: dict[str, str | None] = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in there:
            lacks[f"table {table.name}"] = None
            continue
        columns = {column["name"] for column in found.get_columns(table.name)}
        for name in {column.name for column in table.columns} - columns:
            lacks[f"column {name} of {table.name}"] = None
        indexes = {index["name"] for index in found.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in indexes:
                statement = str(CreateIndex(index).compile(dialect=tx.dialect))
                lacks[f"index {index.name} of {table.name}"] = " ".join(statement.split())
    return lacks


def _revision(tx: Connection) -> str | None:
    """Return the version that Alembic noted in the database; None when there is none yet.

    Raises:
        SchemaOutdated: It is newer than this claimbot.
    """
    if not inspect(tx).has_table("alembic_version"):
        return None
    found = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is None or found in REVISIONS:
        return found
    raise SchemaOutdated(
        f"the database's schema {found} is newer than this claimbot; install a newer claimbot"
    )
