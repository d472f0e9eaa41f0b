"""Claims that were sent, and what became of them."""

import sys
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    false,
    select,
    tuple_,
    update,
)

from claimbot.claim import ANSWER_WITHIN, Claim, Finding, Flag, Photo, Priority
from claimbot.codec import dump, load
from claimbot.columns import insert_new
from claimbot.errors import NoSuchClaim, ReferenceTaken, RevisionConflict
from claimbot.reference import parse_reference
from claimbot.store import findings, sightings
from claimbot.store.chat import Chat, in_chat
from claimbot.store.tables import claim


class Status(StrEnum):
    """How far a claim is, whoever holds it just now."""

    QUEUED = "queued"
    ASKED = "asked"  # waits for the policyholder's answer to an adjuster
    DECIDED = "decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClaim:
    """A claim, the chat it came from, and what became of it.

    ``revision`` counts its changes from 1; what is found in its files later is none.
    """

    key: Chat
    claim: Claim
    status: Status
    due_at: datetime
    decided_at: datetime | None
    decision: str | None
    revision: int = 1
    findings: tuple[Finding, ...] = ()


def submit(tx: Connection, key: Chat, new: Claim, due_at: datetime) -> StoredClaim:
    """Keep a new claim, and return it as it is kept; photos that another claim has are flagged.

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
    return StoredClaim(
        key=key,
        claim=kept,
        status=Status.QUEUED,
        due_at=due_at,
        decided_at=None,
        decision=None,
    )


def amend(tx: Connection, now: Claim) -> StoredClaim:
    """Keep a claim to which the policyholder added something, in the place of what it was.

    It waits for no answer any more.  What is there already is read with `hold` first.

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
    waits = claim.c.status == Status.ASKED.value
    status = case((waits, Status.QUEUED.value), else_=claim.c.status)
    values = {"body": dump(kept), "policy_number": kept.policy_number, "status": status}
    _change(tx, kept.reference, values)
    sightings.keep(tx, kept)
    return find(tx, kept.reference)


def set_status(tx: Connection, reference: str, status: Status) -> None:
    """Say how far a claim is.

    Raises:
        NoSuchClaim: No claim has this reference.
    """
    _change(tx, reference, {"status": status.value})


def set_priority(
    tx: Connection, reference: str, priority: Priority, *, if_revision: int | None = None
) -> StoredClaim:
    """Say how soon an adjuster has to look at a claim; it is never due later than it was.

    Args:
        tx: The transaction.
        reference: The claim's.
        priority: What it is from now on; the one that it has changes nothing.
        if_revision: Only this one is to be changed; None is whichever there is.

    Raises:
        NoSuchClaim: No claim has this reference.
        RevisionConflict: It is another one.
    """
    was = hold(tx, reference)
    if if_revision not in {None, was.revision}:
        raise RevisionConflict(reference, was.revision)
    if priority == was.claim.priority:
        return was
    now = replace(was.claim, priority=priority)
    due_at = min(was.due_at, now.submitted_at + ANSWER_WITHIN[priority])
    _change(tx, reference, {"body": dump(now), "priority": priority.value, "due_at": due_at})
    return find(tx, reference)


def decide(tx: Connection, reference: str, decision: str, at: datetime) -> bool:
    """Close a claim; False, with no effect, when it was decided before.

    Raises:
        NoSuchClaim: No claim has this reference.
    """
    undecided = (claim.c.reference == reference) & (claim.c.status != Status.DECIDED.value)
    values = {
        "status": Status.DECIDED.value,
        "decision": decision,
        "decided_at": at,
        "revision": claim.c.revision + 1,
    }
    if tx.execute(update(claim).where(undecided).values(**values)).rowcount == 1:
        return True
    find(tx, reference)
    return False


def find(tx: Connection, reference: str) -> StoredClaim:
    """Return a claim.

    Raises:
        NoSuchClaim: No claim has this reference.
    """
    return _found(tx, reference, select(claim))


def hold(tx: Connection, reference: str) -> StoredClaim:
    """Return a claim that nobody else changes before the transaction ends.

    Raises:
        NoSuchClaim: No claim has this reference.
    """
    return _found(tx, reference, select(claim).with_for_update())


def asked_in(tx: Connection, key: Chat) -> str | None:
    """Return which claim of a chat waits for an answer, if one does.

    Whoever asks about another of them waits for this transaction to end.
    """
    mine = select(claim.c.reference, claim.c.status).where(in_chat(claim, key))
    for row in tx.execute(mine.order_by(claim.c.reference).with_for_update()):
        if row.status == Status.ASKED.value:
            return str(row.reference)
    return None


def newest(
    tx: Connection, *, status: Status | None, limit: int, before: str | None, text: str = ""
) -> list[StoredClaim]:
    """Return up to ``limit`` claims, last submitted first, from after the one called ``before``.

    ``text``, if there is any, is a claim's reference or what its policy number begins with, as
    people type them.

    Raises:
        NoSuchClaim: No claim is called ``before``.
    """
    place = tuple_(claim.c.submitted_at, claim.c.reference)
    wanted = select(claim).order_by(claim.c.submitted_at.desc(), claim.c.reference.desc())
    if status is not None:
        wanted = wanted.where(claim.c.status == status.value)
    if text:
        wanted = wanted.where(_is_called(tx, text))
    if before is not None:
        last = find(tx, before).claim
        wanted = wanted.where(place < (last.submitted_at, last.reference))
    rows = tx.execute(wanted.limit(limit)).all()
    found = findings.of_each(tx, [row.reference for row in rows])
    return [_stored(row, found.get(row.reference, ())) for row in rows]


def _found(tx: Connection, reference: str, claims: Select[*tuple[object, ...]]) -> StoredClaim:
    row = tx.execute(claims.where(claim.c.reference == reference)).one_or_none()
    if row is None:
        raise NoSuchClaim(reference)
    return _stored(row, findings.of(tx, reference))


def _is_called(tx: Connection, text: str) -> ColumnElement[bool]:
    reference = parse_reference(text)
    if reference is not None:
        return claim.c.reference == reference
    typed = unicodedata.normalize("NFKC", text).upper()
    begins = "".join(character for character in typed if character.isalnum())
    if not begins:
        return false()
    number = claim.c.policy_number
    if tx.dialect.name == "sqlite":  # which uses an index for this, and not for LIKE
        return and_(number >= begins, number < begins + chr(sys.maxunicode))
    return number.startswith(begins)


def _change(tx: Connection, reference: str, values: Mapping[str, object]) -> None:
    changed = update(claim).where(claim.c.reference == reference)
    if tx.execute(changed.values(revision=claim.c.revision + 1, **values)).rowcount != 1:
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
        revision=row.revision,
        findings=found,
    )
