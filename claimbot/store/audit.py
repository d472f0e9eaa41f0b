"""Who did what, in a chain of hashes: a row that is changed, moved or taken out shows.

What the chain cannot show by itself is that its last rows are missing, or that all of it from a
row on was written anew: note down `Verdict.head` elsewhere, and `verify` looks for it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from claimbot.store.tables import audit, clean

BEGINNING = "0" * 64  # what the first row has for a previous hash
_LOCK = int.from_bytes(b"audit")
READ_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that was done, and to what.

    ``detail`` is JSON: counts, references and reasons, never a policyholder's words.
    """

    actor: str
    action: str
    subject: str
    detail: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry in its place in the chain."""

    id: int
    at: datetime
    entry: Entry
    previous_hash: str
    hash: str


class Damage(StrEnum):
    """What is wrong with a link."""

    CHANGED = "changed"
    MISPLACED = "misplaced"  # it was moved, or the row before it was, or is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What `verify` found: how many rows, the last hash, and what is wrong with which row.

    ``has_noted`` tells whether the hash that was noted down before is in the chain.
    """

    rows: int
    head: str
    broken: tuple[tuple[int, Damage], ...]
    has_noted: bool = True

    @property
    def is_sound(self) -> bool:
        """Tell whether nothing was tampered with."""
        return self.has_noted and not self.broken


def hold_chain(tx: Connection) -> None:
    """Be the only one to add to the chain until the transaction ends.

    Last in a transaction, or before anything that another may hold while it waits for the chain.
    """
    if tx.dialect.name == "postgresql":  # on SQLite every writer is the only one
        tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def append(tx: Connection, entries: Iterable[Entry], at: datetime) -> None:
    """Add entries to the end of the chain, in their order."""
    waiting = list(entries)
    if not waiting:
        return
    hold_chain(tx)
    last = select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)
    previous = tx.execute(last).scalar() or BEGINNING
    for entry in waiting:
        now = _hash(previous, at, entry)
        tx.execute(
            insert(audit).values(
                at=at,
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject,
                detail=entry.detail,
                previous_hash=previous,
                hash=now,
            )
        )
        previous = now


def links(tx: Connection) -> Iterator[Link]:
    """Return the chain from its beginning; read it inside the transaction."""
    rows = tx.execute(_chain, execution_options={"yield_per": READ_AT_ONCE})
    return map(_link, rows)


def about(tx: Connection, subject: str) -> list[Link]:
    """Return what was done to a claim or a chat, first things first."""
    return list(map(_link, tx.execute(_chain.where(audit.c.subject == subject))))


def verify(tx: Connection, noted: str = "") -> Verdict:
    """Follow the chain from its beginning and say where it is broken.

    ``noted``, if it was noted down, is what was its `Verdict.head` once.
    """
    rows, head = 0, BEGINNING
    has_noted = noted in {"", BEGINNING}
    broken: list[tuple[int, Damage]] = []
    for link in links(tx):
        if link.hash != _hash(link.previous_hash, link.at, link.entry):
            broken.append((link.id, Damage.CHANGED))
        if link.previous_hash != head:
            broken.append((link.id, Damage.MISPLACED))
        rows, head = rows + 1, link.hash
        has_noted = has_noted or link.hash == noted
    return Verdict(rows=rows, head=head, broken=tuple(broken), has_noted=has_noted)


_chain = select(audit).order_by(audit.c.id)


def _link(row: Row[*tuple[Any, ...]]) -> Link:
    entry = Entry(actor=row.actor, action=row.action, subject=row.subject, detail=row.detail)
    return Link(id=row.id, at=row.at, entry=entry, previous_hash=row.previous_hash, hash=row.hash)


def _hash(previous: str, at: datetime, entry: Entry) -> str:
    said = (entry.actor, entry.action, entry.subject, entry.detail)
    row = [previous, at.astimezone(UTC).isoformat(), *(clean(text) for text in said)]
    return sha256(json.dumps(row).encode()).hexdigest()
