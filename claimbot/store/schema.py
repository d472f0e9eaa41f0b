"""Which version the database's schema has, and how it gets the one this claimbot works with."""

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from claimbot.errors import SchemaOutdated

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
