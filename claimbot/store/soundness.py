"""Whether what the database holds is still what was written."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from claimbot.store.tables import claim_file

FINDINGS = 100  # that SQLite tells of at most; a file with more is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFile:
    """A photo or a form of a claim; ``id`` is its row's."""

    id: int
    reference: str
    sha256: str
    kind: str


def damages(tx: Connection) -> list[str]:
    """Return what is wrong with the database's file, one sentence each; it reads all of it.

    PostgreSQL looks after its own files, and checks every reference when it is written.
    """
    if tx.dialect.name != "sqlite":
        return []
    whole = tx.execute(text(f"PRAGMA integrity_check({FINDINGS})")).scalars()
    found = [finding for finding in whole if finding != "ok"]
    for table, row, parent, _ in tx.execute(text("PRAGMA foreign_key_check")):
        found.append(f"row {row} of {table} belongs to a {parent} that is not there")
    return found


def files_after(tx: Connection, last: int, limit: int) -> Sequence[ClaimFile]:
    """Return up to ``limit`` files of claims whose ids are above ``last``, in order."""
    columns = (claim_file.c.id, claim_file.c.reference, claim_file.c.sha256, claim_file.c.kind)
    wanted = select(*columns).where(claim_file.c.id > last).order_by(claim_file.c.id)
    return [ClaimFile(**row._asdict()) for row in tx.execute(wanted.limit(limit))]
