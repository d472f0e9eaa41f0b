"""The rows of the adjusters' side, beside those of `tables`."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from claimbot.columns import UtcDateTime
from claimbot.store.tables import NUMBERED, BigId, CleanText, table


class NoteRow(SQLModel, table=True):
    """What an adjuster wrote down about a claim, for adjusters only."""

    __tablename__ = "note"
    __table_args__ = (Index("note_reference", "reference", "id"), NUMBERED)

    id: int = Field(primary_key=True, sa_type=BigId)
    reference: str = Field(foreign_key="claim.reference", sa_type=CleanText)
    author: str = Field(sa_type=CleanText)
    text: str = Field(sa_type=CleanText)
    written_at: datetime = Field(sa_type=UtcDateTime)


class QuestionRow(SQLModel, table=True):
    """What an adjuster asked a policyholder about a sent claim.

    ``slot`` is the photo they want anew, from 1.  ``answered_at`` is when the first answer joined
    the claim.
    """

    __tablename__ = "question"
    __table_args__ = (Index("question_reference", "reference", "id"), NUMBERED)

    id: int = Field(primary_key=True, sa_type=BigId)
    reference: str = Field(foreign_key="claim.reference", sa_type=CleanText)
    adjuster: str = Field(sa_type=CleanText)
    text: str = Field(sa_type=CleanText)
    slot: int | None
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(sa_type=UtcDateTime)


class EndedLeaseRow(SQLModel, table=True):
    """A lease that its adjuster ended, so that who says so again is answered alike.

    ``deed`` is `store.ended_leases.Deed`.
    """

    __tablename__ = "ended_lease"
    __table_args__ = (Index("ended_lease_reference", "reference"),)

    token: str = Field(primary_key=True, sa_type=CleanText)
    reference: str = Field(foreign_key="claim.reference", sa_type=CleanText)
    adjuster: str = Field(sa_type=CleanText)
    deed: str = Field(sa_type=CleanText)


class TokenRow(SQLModel, table=True):
    """A bearer token of the API: its SHA-256, and the scopes it has, separated by spaces."""

    __tablename__ = "token"
    __table_args__ = (
        Index("token_hash", "hash", unique=True),
        Index("token_name", "name", unique=True),
        NUMBERED,
    )

    id: int = Field(primary_key=True, sa_type=BigId)
    name: str = Field(sa_type=CleanText)
    hash: str = Field(sa_type=CleanText)
    scopes: str = Field(sa_type=CleanText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)


class AnsweredRow(SQLModel, table=True):
    """What a POST with an ``Idempotency-Key`` was answered, so that a repeat is answered alike.

    ``answer``, JSON, is ``None`` for as long as the first is being answered.
    """

    __tablename__ = "answered"
    __table_args__ = (Index("answered_at_moment", "asked_at"),)

    token_id: int = Field(primary_key=True, foreign_key="token.id", sa_type=BigInteger)
    key: str = Field(primary_key=True, sa_type=CleanText)
    request_hash: str = Field(sa_type=CleanText)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answer: str | None = Field(sa_type=CleanText)


class DeliveryRow(SQLModel, table=True):
    """An event of a claim that a sink is to be told of.

    ``event_id`` is ``reference:revision``, the same for every sink and every try.  ``settled_at``
    is when the sink confirmed it, or when it was given up if ``failure`` says why.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("delivery_event", "sink", "event_id", unique=True),
        Index("delivery_reference", "reference"),
        Index(
            "delivery_waiting",
            *("sink", "id"),
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index(
            "delivery_dead",
            *("sink", "id"),
            sqlite_where=text("settled_at IS NOT NULL AND failure IS NOT NULL"),
            postgresql_where=text("settled_at IS NOT NULL AND failure IS NOT NULL"),
        ),
        NUMBERED,
    )

    id: int = Field(primary_key=True, sa_type=BigId)
    sink: str = Field(sa_type=CleanText)
    event_id: str = Field(sa_type=CleanText)
    event_type: str = Field(sa_type=CleanText)
    reference: str = Field(sa_type=CleanText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    tries: int
    not_before: datetime | None = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(sa_type=UtcDateTime)
    failure: str | None = Field(sa_type=CleanText)


class SinkRow(SQLModel, table=True):
    """A sink that refuses for good what it is sent, until somebody enables it again."""

    __tablename__ = "sink"

    name: str = Field(primary_key=True, sa_type=CleanText)
    disabled_at: datetime = Field(sa_type=UtcDateTime)
    reason: str = Field(sa_type=CleanText)


note = table("note")
question = table("question")
ended_lease = table("ended_lease")
token = table("token")
answered = table("answered")
delivery = table("delivery")
sink = table("sink")
