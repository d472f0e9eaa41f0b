"""What adjusters asked policyholders about claims that were sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from claimbot.store.desk_tables import question

KEPT_FOR_ASKER = timedelta(hours=1)  # a claim that is answered; then it is anyone's


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a claim.

    ``slot`` is the photo that is wanted anew, from 1; ``answered_at`` is when the first answer
    joined the claim.
    """

    id: int
    reference: str
    adjuster: str
    text: str
    slot: int | None
    asked_at: datetime
    answered_at: datetime | None


def add(
    tx: Connection, reference: str, adjuster: str, text: str, at: datetime, *, slot: int | None
) -> Question:
    """Keep what an adjuster asked about a claim, which there must be."""
    asked = {"reference": reference, "adjuster": adjuster, "text": text, "slot": slot}
    row = tx.execute(insert(question).values(**asked, asked_at=at).returning(question)).one()
    return Question(**row._asdict())


def asker(tx: Connection, reference: str) -> str | None:
    """Return who asked last what is still open about a claim, if anything is."""
    newest = select(question.c.adjuster).where(_is_open(reference)).order_by(question.c.id.desc())
    return tx.execute(newest.limit(1)).scalar()


def answered(tx: Connection, reference: str, at: datetime) -> str | None:
    """Note that what was asked about a claim is answered; return who asked last.

    None, with no effect, when no question about it is open.
    """
    adjuster = asker(tx, reference)
    if adjuster is not None:
        tx.execute(update(question).where(_is_open(reference)).values(answered_at=at))
    return adjuster


def of(tx: Connection, reference: str) -> list[Question]:
    """Return what was asked about a claim, in that order."""
    about = select(question).where(question.c.reference == reference)
    return [Question(**row._asdict()) for row in tx.execute(about.order_by(question.c.id))]


def _is_open(reference: str) -> ColumnElement[bool]:
    return (question.c.reference == reference) & question.c.answered_at.is_(None)
