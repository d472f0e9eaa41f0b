"""Which chat sent which file, and what was measured of it; the bytes are in the photo store."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, exists, or_, select, text, union
from sqlalchemy.dialects import postgresql, sqlite

from claimbot.store.chat import Chat, in_chat
from claimbot.store.tables import attention, claim, claim_file, photo


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file of which the photo store has the bytes, ``size`` of them.

    ``facts`` is JSON, ``None`` for what is not a photo; ``place``, where it was taken, is too.
    """

    sha256: str
    facts: str | None
    media_type: str
    size: int
    place: str | None = None


_its_claims = select(claim.c.reference).where(
    claim.c.channel == photo.c.channel, claim.c.chat == photo.c.chat
)
is_claimed = or_(
    exists().where(claim_file.c.sha256 == photo.c.sha256, claim_file.c.reference.in_(_its_claims)),
    # What came for a claim after it was sent: the call for a person names it.
    exists().where(
        attention.c.channel == photo.c.channel,
        attention.c.chat == photo.c.chat,
        attention.c.reference.in_(_its_claims),
        attention.c.detail.contains(photo.c.sha256),
    ),
)
"""The condition that a claim of the chat that sent it has a file, or was sent it afterwards."""


def keep(tx: Connection, key: Chat, file: KeptFile, at: datetime) -> None:
    """Keep that a chat sent a file; when it did before, only the date is new.

    The date has to be: what was sent long ago and not used is about to be forgotten.
    """
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    new = insert(photo).values(
        channel=key.channel,
        chat=key.chat,
        sha256=file.sha256,
        facts=file.facts,
        media_type=file.media_type,
        size=file.size,
        place=file.place,
        received_at=at,
    )
    tx.execute(
        new.on_conflict_do_update(
            index_elements=photo.primary_key.columns,
            set_={"received_at": new.excluded.received_at},
            where=photo.c.received_at < new.excluded.received_at,
        )
    )


_known = select(*(photo.c[field.name] for field in fields(KeptFile)))


def find(tx: Connection, sha256: str) -> KeptFile | None:
    """Return what is known of a file, whoever sent it."""
    kept = tx.execute(
        _known.where(photo.c.sha256 == sha256).order_by(photo.c.received_at).limit(1)
    ).one_or_none()
    return None if kept is None else KeptFile(**kept._asdict())


def sent_by(tx: Connection, key: Chat, names: Sequence[str]) -> dict[str, KeptFile]:
    """Return what is known of those of the SHA-256 ``names`` that a chat sent."""
    sent = tx.execute(_known.where(in_chat(photo, key), photo.c.sha256.in_(names)))
    return {row.sha256: KeptFile(**row._asdict()) for row in sent}


def hold(tx: Connection) -> None:
    """Let nobody begin to refer to a file until the transaction ends."""
    if tx.dialect.name == "postgresql":  # on SQLite every writer is the only one
        tx.execute(text("LOCK TABLE photo IN SHARE MODE"))


def unreferenced(tx: Connection, names: Sequence[str]) -> tuple[str, ...]:
    """Return those of the SHA-256 ``names`` that no chat and no claim refers to."""
    referenced = union(
        select(photo.c.sha256).where(photo.c.sha256.in_(names)),
        select(claim_file.c.sha256).where(claim_file.c.sha256.in_(names)),
    )
    used = set(tx.execute(referenced).scalars())
    return tuple(sorted(set(names) - used))


def erase(tx: Connection, key: Chat) -> tuple[str, ...]:
    """Forget a chat's files except its claims'; return those that nobody refers to any more."""
    erased = delete(photo).where(in_chat(photo, key), ~is_claimed)
    names = tx.execute(erased.returning(photo.c.sha256)).scalars().all()
    return unreferenced(tx, names)
