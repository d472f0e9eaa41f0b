"""Which chat sent which file, and what was measured of it; the bytes are in the photo store."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, text, union

from claimbot.columns import database_now, insert
from claimbot.errors import BeingDiscarded
from claimbot.store.chat import Chat, in_chat
from claimbot.store.tables import attention, claim, claim_file, discarding, photo

# Three requests to S3, one after the other, each given up within 25 s however slowly it is
# answered, begun within 30 s; beyond, whoever deletes has died.
LONGEST_DELETION = timedelta(minutes=2)


_NOT_OVER = "its bytes are being deleted; try again in a moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file that was sent, of ``size`` bytes; the photo store has them, or is about to.

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

    Raises:
        BeingDiscarded: Its bytes are being deleted, and might be after they are put.
    """
    new = insert(tx, photo).values(
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
    # After the row: who is about to `mark` the file was waited for there, and is seen here.
    is_it = discarding.c.sha256 == file.sha256
    marked_at = tx.execute(select(discarding.c.marked_at).where(is_it)).scalar()
    if marked_at is None:
        return
    if abs(database_now(tx) - marked_at) < LONGEST_DELETION:
        raise BeingDiscarded(_NOT_OVER)
    tx.execute(delete(discarding).where(is_it))


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


def mark(tx: Connection, sha256: str) -> datetime | None:
    """Mark a file's bytes as being deleted; None, with no effect, when somebody refers to it.

    Until `unmark`, nobody begins to refer to it and nobody else deletes it.  A mark that is older
    than `LONGEST_DELETION` is that of someone who died: it is anyone's to take over or to lift.

    Raises:
        BeingDiscarded: Somebody else is at it.
    """
    if tx.dialect.name == "postgresql":  # on SQLite every writer is the only one
        # Whose row is not committed yet is waited for, and seen; who comes later sees the mark.
        tx.execute(text("LOCK TABLE photo IN SHARE MODE"))
    if not unreferenced(tx, [sha256]):
        return None
    now = database_now(tx)
    new = insert(tx, discarding).values(sha256=sha256, marked_at=now)
    marked = new.on_conflict_do_update(
        index_elements=discarding.primary_key.columns,
        set_={"marked_at": now},
        where=_is_abandoned(now),
    )
    if tx.execute(marked.returning(discarding.c.sha256)).first() is None:
        raise BeingDiscarded(_NOT_OVER)
    return now


def unmark(tx: Connection, sha256: str, marked_at: datetime) -> None:
    """Lift a mark, unless somebody took it over, once the bytes are gone."""
    is_it = (discarding.c.sha256 == sha256) & (discarding.c.marked_at == marked_at)
    tx.execute(delete(discarding).where(is_it))


def lift_old_marks(tx: Connection) -> None:
    """Lift what was marked by someone who died and what nobody came back for."""
    tx.execute(delete(discarding).where(_is_abandoned(database_now(tx))))


def _is_abandoned(now: datetime) -> ColumnElement[bool]:
    """Return the condition that who marked has died; a clock may have been set back since."""
    at = discarding.c.marked_at
    return or_(at <= now - LONGEST_DELETION, at >= now + LONGEST_DELETION)


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
