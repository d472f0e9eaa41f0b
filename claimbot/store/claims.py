"""Claims that were sent, and what became of them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, select, tuple_, update

from claimbot.claim import Claim, Finding, Flag, Photo
from claimbot.codec import dump, load
from claimbot.columns import insert_new
from claimbot.errors import NoSuchClaim, ReferenceTaken
from claimbot.store import findings, sightings
from claimbot.store.chat import Chat
from claimbot.store.tables import claim


class Status(StrEnum):
    """How far a claim is, whoever holds it just now."""

    QUEUED = "queued"
    ASKED = "asked"  # waits for the policyholder's answer to an adjuster
    DECIDED = "decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClaim:
    """A claim, the chat it came from, and what became of it."""

    key: Chat
    claim: Claim
    status: Status
    due_at: datetime
    decided_at: datetime | None
    decision: str | None
    findings: tuple[Finding, ...] = ()


def submit(tx: Connection, key: Chat, new: Claim, due_at: datetime) -> None:
    """Keep a new claim; photos that another claim has are flagged.

    Raises:
        ReferenceTaken: Another claim has its reference.
    """
    kept = _flagged(tx, new)
    added = insert_new(tx, claim).values(
        reference=kept.reference,
        revision=1,
        policy_number=kept.policy_number,
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
    sightings.keep(tx, kept)


def amend(tx: Connection, now: Claim) -> None:
    """Keep a claim to which the policyholder added something, in the place of what it was.

    Raises:
        NoSuchClaim: It was never submitted.
    """
    # The claim before the audit's chain, which `sightings.find` holds: an adjuster who decides on
    # the claim at this moment has it, and waits for the chain.
    hold = update(claim).where(claim.c.reference == now.reference)
    body = tx.execute(hold.values(priority=now.priority.value).returning(claim.c.body)).scalar()
    if body is None:
        raise NoSuchClaim(now.reference)
    was = load(Claim, body)
    flagged = {photo.sha256 for photo in was.photos if Flag.SEEN_IN_ANOTHER_CLAIM in photo.flags}
    kept = _flagged(tx, now, flagged)
    _change(tx, kept.reference, {"body": dump(kept)})
    sightings.keep(tx, kept)


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
    return _stored(row, findings.of(tx, reference))


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
    rows = tx.execute(wanted.limit(limit)).all()
    found = findings.of_each(tx, [row.reference for row in rows])
    return [_stored(row, found.get(row.reference, ())) for row in rows]


def _change(tx: Connection, reference: str, values: dict[str, str]) -> None:
    changed = update(claim).where(claim.c.reference == reference).values(**values)
    if tx.execute(changed).rowcount != 1:
        raise NoSuchClaim(reference)


def _flagged(tx: Connection, new: Claim, before: Collection[str] = ()) -> Claim:
    """Return the claim with what other claims have of its photos, and those photos flagged.

    Those of the SHA-256 names ``before`` stay flagged, whatever became of the other claim.
    """
    found = sightings.find(tx, new.reference, new.photos)
    seen = {sighting.sha256 for sighting in found}.union(before)
    return replace(new, photos=tuple(_flag(photo, seen) for photo in new.photos), sightings=found)


def _flag(photo: Photo, seen: Collection[str]) -> Photo:
    flag = Flag.SEEN_IN_ANOTHER_CLAIM
    if photo.sha256 not in seen or flag in photo.flags:
        return photo
    return replace(photo, flags=(*photo.flags, flag))


def _stored(row: Row[*tuple[object, ...]], found: tuple[Finding, ...]) -> StoredClaim:
    return StoredClaim(
        key=Chat(channel=row.channel, chat=row.chat),
        claim=load(Claim, row.body),
        status=Status(row.status),
        due_at=row.due_at,
        decided_at=row.decided_at,
        decision=row.decision,
        findings=found,
    )
