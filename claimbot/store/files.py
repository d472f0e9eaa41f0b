"""Which chat sent which file, and what was measured of it; the bytes are in the photo store."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, select, text, union

from claimbot.columns import insert_new
from claimbot.store.chat import Chat, in_chat
from claimbot.store.tables import claim, claim_file, photo


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


def keep(tx: Connection, key: Chat, file: KeptFile, at: datetime) -> None:
    """Keep that a chat sent a file; a second call does nothing."""
    tx.execute(
        insert_new(tx, photo).values(
            channel=key.channel,
            chat=key.chat,
            sha256=file.sha256,
            facts=file.facts,
            media_type=file.media_type,
            size=file.size,
            place=file.place,
            received_at=at,
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
    claimed = (
        select(claim_file.c.sha256)
        .join(claim, claim.c.reference == claim_file.c.reference)
        .where(in_chat(claim, key))
    )
    erased = in_chat(photo, key) & photo.c.sha256.not_in(claimed)
    names = tx.execute(select(photo.c.sha256).where(erased)).scalars().all()
    tx.execute(delete(photo).where(erased))
    return unreferenced(tx, names)
