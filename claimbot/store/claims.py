"""Claims that were sent, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, delete, insert, select, tuple_, update

from claimbot.claim import Claim, Flag, Photo
from claimbot.codec import dump, load
from claimbot.columns import insert_new
from claimbot.errors import NoSuchClaim, ReferenceTaken
from claimbot.store.chat import Chat
from claimbot.store.tables import claim, claim_file


class Status(StrEnum):
    """How far a claim is, whoever holds it just now."""

    QUEUED = "queued"
    ASKED = "asked"  # waits for the policyholder's answer to an adjuster
    DECIDED = "decided"


class FileKind(StrEnum):
    """What a claim holds a file as."""

    PHOTO = "photo"
    FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClaim:
    """A claim, the chat it came from, and what became of it."""

    key: Chat
    claim: Claim
    status: Status
    due_at: datetime
    decided_at: datetime | None
    decision: str | None


def submit(tx: Connection, key: Chat, new: Claim, due_at: datetime) -> None:
    """Keep a new claim; photos that another claim has are flagged.

    Raises:
        ReferenceTaken: Another claim has its reference.
    """
    kept = _flagged(tx, new)
    added = insert_new(tx, claim).values(
        reference=kept.reference,
        channel=key.channel,
        chat=key.chat,
        body=dump(kept),
        status=Status.QUEUED.value,
        priority=kept.priority.value,
        submitted_at=kept.submitted_at,
        due_at=due_at,
    )
    if tx.execute(added).rowcount != 1:
        raise ReferenceTaken(kept.reference)
    _keep_files(tx, kept)


def amend(tx: Connection, now: Claim) -> None:
    """Keep a claim to which the policyholder added something, in the place of what it was.

    Raises:
        NoSuchClaim: It was never submitted.
    """
    kept = _flagged(tx, now)
    values = {"body": dump(kept), "priority": kept.priority.value}
    _change(tx, kept.reference, values)
    tx.execute(delete(claim_file).where(claim_file.c.reference == kept.reference))
    _keep_files(tx, kept)


def set_status(tx: Connection, reference: str, status: Status) -> None:
    """Say how far a claim is.

    Raises:
        NoSuchClaim: No claim has this reference.
    """
    _change(tx, reference, {"status": status.value})


def decide(tx: Connection, reference: str, decision: str, at: datetime) -> bool:
    """Close a claim; False, with no effect, when it was decided before.

    Raises:
        NoSuchClaim: No claim has this reference.
    """
    undecided = (claim.c.reference == reference) & (claim.c.status != Status.DECIDED.value)
    values = {"status": Status.DECIDED.value, "decision": decision, "decided_at": at}
    if tx.execute(update(claim).where(undecided).values(**values)).rowcount == 1:
        return True
    find(tx, reference)
    return False


def find(tx: Connection, reference: str) -> StoredClaim:
    """Return a claim.

    Raises:
        NoSuchClaim: No claim has this reference.
    """
    row = tx.execute(select(claim).where(claim.c.reference == reference)).one_or_none()
    if row is None:
        raise NoSuchClaim(reference)
    return _stored(row)


def newest(
    tx: Connection, *, status: Status | None, limit: int, before: str | None
) -> list[StoredClaim]:
    """Return up to ``limit`` claims, last submitted first, from after the one called ``before``.

    Raises:
        NoSuchClaim: No claim is called ``before``.
    """
    place = tuple_(claim.c.submitted_at, claim.c.reference)
    wanted = select(claim).order_by(claim.c.submitted_at.desc(), claim.c.reference.desc())
    if status is not None:
        wanted = wanted.where(claim.c.status == status.value)
    if before is not None:
        last = find(tx, before).claim
        wanted = wanted.where(place < (last.submitted_at, last.reference))
    return [_stored(row) for row in tx.execute(wanted.limit(limit))]


def _change(tx: Connection, reference: str, values: dict[str, str]) -> None:
    changed = update(claim).where(claim.c.reference == reference).values(**values)
    if tx.execute(changed).rowcount != 1:
        raise NoSuchClaim(reference)


def _flagged(tx: Connection, new: Claim) -> Claim:
    """Return the claim with every photo flagged that another claim has too."""
    names = [photo.sha256 for photo in new.photos]
    elsewhere = select(claim_file.c.sha256).where(
        claim_file.c.sha256.in_(names), claim_file.c.reference != new.reference
    )
    seen = set(tx.execute(elsewhere).scalars())
    return replace(new, photos=tuple(_flag(photo, seen) for photo in new.photos))


def _flag(photo: Photo, seen: set[str]) -> Photo:
    flag = Flag.SEEN_IN_ANOTHER_CLAIM
    if photo.sha256 not in seen or flag in photo.flags:
        return photo
    return replace(photo, flags=(*photo.flags, flag))


def _keep_files(tx: Connection, new: Claim) -> None:
    files: Sequence[tuple[FileKind, str]] = [
        *((FileKind.PHOTO, photo.sha256) for photo in new.photos),
        *((FileKind.FORM, page.sha256) for page in new.form),
    ]
    rows = [
        {
            "reference": new.reference,
            "position": position,
            "sha256": sha256,
            "kind": kind.value,
        }
        for position, (kind, sha256) in enumerate(files)
    ]
    if rows:
        tx.execute(insert(claim_file), rows)


def _stored(row: Row[*tuple[object, ...]]) -> StoredClaim:
    return StoredClaim(
        key=Chat(channel=row.channel, chat=row.chat),
        claim=load(Claim, row.body),
        status=Status(row.status),
        due_at=row.due_at,
        decided_at=row.decided_at,
        decision=row.decision,
    )
