"""Leases that their adjuster ended: a word that is said twice does the same once.

Of a lease that ran out there is nothing here: what is said under it is refused.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, insert, select

from claimbot.store.desk_tables import ended_lease


class Deed(StrEnum):
    """How an adjuster ended a lease."""

    ACCEPTED = "accepted"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedLease:
    """A lease that is over, and how it ended."""

    token: str
    reference: str
    adjuster: str
    deed: Deed


def keep(tx: Connection, ended: EndedLease) -> None:
    """Keep how a lease ended, which it does once."""
    tx.execute(
        insert(ended_lease).values(
            token=ended.token,
            reference=ended.reference,
            adjuster=ended.adjuster,
            deed=ended.deed.value,
        )
    )


def find(tx: Connection, token: str) -> EndedLease | None:
    """Return how the lease with this token ended, if its adjuster ended it."""
    return _one(tx, ended_lease.c.token == token)


def acceptance(tx: Connection, reference: str) -> EndedLease | None:
    """Return the lease under which a claim was accepted, if it was."""
    is_it = ended_lease.c.reference == reference
    return _one(tx, is_it & (ended_lease.c.deed == Deed.ACCEPTED.value))


def _one(tx: Connection, which: ColumnElement[bool]) -> EndedLease | None:
    row = tx.execute(select(ended_lease).where(which)).one_or_none()
    if row is None:
        return None
    return EndedLease(
        token=row.token, reference=row.reference, adjuster=row.adjuster, deed=Deed(row.deed)
    )
