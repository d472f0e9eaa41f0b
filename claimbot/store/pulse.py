"""Whether the database can be written: one row, counted up."""

from sqlalchemy import Connection, text

_BEAT = text(
    "INSERT INTO pulse (id, beats) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET beats = pulse.beats + 1"
)


def beat(tx: Connection) -> None:
    """Write what was not there before: SQLite does not write again what is there already."""
    tx.execute(_BEAT)
