"""Which version the database's schema has, and how it gets the one this claimbot works with."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from claimbot.errors import SchemaOutdated

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = int.from_bytes(b"schema")


def upgrade(tx: Connection) -> None:
    """Bring the schema to this claimbot's version, all of it or nothing.

    Two processes may do so at the same time: the second finds nothing left to do.

    Raises:
        SchemaOutdated: The database is newer than this claimbot.
    """
    if tx.dialect.name == "postgresql":  # on SQLite the transaction is the only writer already
        tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    config = _config()
    _refuse_newer(tx, ScriptDirectory.from_config(config))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")


def check(tx: Connection) -> None:
    """Return if the schema is this claimbot's.

    Raises:
        SchemaOutdated: It is older, newer, or not there at all.
    """
    scripts = ScriptDirectory.from_config(_config())
    _refuse_newer(tx, scripts)
    found = _revision(tx)
    if found is None:
        raise SchemaOutdated("the database has no claimbot tables yet; run `claimbot db upgrade`")
    if found != scripts.get_current_head():
        raise SchemaOutdated(
            f"the database's schema {found} is older than this claimbot; run `claimbot db upgrade`"
        )


def _refuse_newer(tx: Connection, scripts: ScriptDirectory) -> None:
    found = _revision(tx)
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise SchemaOutdated(
            f"the database's schema {found} is newer than this claimbot; install a newer claimbot"
        )


def _revision(tx: Connection) -> str | None:
    return MigrationContext.configure(tx).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
