"""What adjusters wrote down about claims, for adjusters only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from claimbot.store.desk_tables import note


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note about a claim."""

    id: int
    reference: str
    author: str
    text: str
    written_at: datetime


def add(tx: Connection, reference: str, author: str, text: str, at: datetime) -> Note:
    """Keep a note about a claim, which there must be."""
    written = {"reference": reference, "author": author, "text": text, "written_at": at}
    row = tx.execute(insert(note).values(**written).returning(note)).one()
    return Note(**row._asdict())


def of(tx: Connection, reference: str) -> list[Note]:
    """Return the notes about a claim in the order in which they were written."""
    rows = tx.execute(select(note).where(note.c.reference == reference).order_by(note.c.id))
    return [Note(**row._asdict()) for row in rows]
