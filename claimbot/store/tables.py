"""The rows in which the store keeps its values.

A row is how a value is kept, never the value: the store's methods take and return dataclasses.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

from claimbot import likeness
from claimbot.columns import UtcDateTime

FAILURE_KEPT = 1_000  # characters: a reason, not a page that a proxy answered with


class CleanText(TypeDecorator[str]):
    """Text of any length that every database takes.

    PostgreSQL refuses U+0000 and both refuse a lone surrogate; strangers send both.  JSON is kept
    in it too: ``jsonb`` refuses an escaped U+0000 and does not return the text that was hashed.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 the signature is SQLAlchemy's
    ) -> str | None:
        """Return the text with what cannot be kept replaced."""
        return None if value is None else clean(value)


class BigId(TypeDecorator[int]):
    """A 64-bit number drawn by the database; SQLite draws one for plain ``INTEGER`` only."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[int]:
        """Return the type this database numbers rows with."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


def clean(value: str) -> str:
    """Return text without what a database cannot keep: lone surrogates and U+0000."""
    if value.isascii() and "\0" not in value:  # most of it, many times a second
        return value
    return value.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def shorten(failure: str) -> str:
    """Return as much of a reason as is worth keeping."""
    return failure[:FAILURE_KEPT]


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


NUMBERED = {"sqlite_autoincrement": True}
"""An id is never drawn twice: a late answer about a deleted row must not hit another one."""

NONE_YET = {"server_default": "0"}


class InboxRow(SQLModel, table=True):
    """A message as a channel delivered it.

    ``tries`` and ``faults`` are those of `conversations.Waiting`.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("inbox_message", "channel", "message_id", unique=True),
        _partial("inbox_waiting", "id", where="handled_at IS NULL"),
        _partial("inbox_waiting_in_chat", "channel", "chat", "id", where="handled_at IS NULL"),
        Index("inbox_chat", "channel", "chat"),
        _partial(
            "inbox_set_aside", "handled_at", where="failure IS NOT NULL AND handled_at IS NOT NULL"
        ),
        NUMBERED,
    )

    id: int = Field(primary_key=True, sa_type=BigId)
    channel: str = Field(sa_type=CleanText)
    message_id: str = Field(sa_type=CleanText)
    chat: str = Field(sa_type=CleanText)
    payload: str = Field(sa_type=CleanText)
    received_at: datetime = Field(sa_type=UtcDateTime)
    handled_at: datetime | None = Field(sa_type=UtcDateTime)
    tries: int
    faults: int = Field(sa_column_kwargs=NONE_YET)
    not_before: datetime | None = Field(sa_type=UtcDateTime)
    failure: str | None = Field(sa_type=CleanText)


class ConversationRow(SQLModel, table=True):
    """A conversation between two turns.  ``shard`` spreads chats over partitions some day."""

    __tablename__ = "conversation"
    __table_args__ = (_partial("conversation_wake_at", "wake_at", where="wake_at IS NOT NULL"),)

    channel: str = Field(primary_key=True, sa_type=CleanText)
    chat: str = Field(primary_key=True, sa_type=CleanText)
    shard: int
    turn: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=CleanText)
    wake_at: datetime | None = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PhotoRow(SQLModel, table=True):
    """A file that a chat sent; its bytes lie in the photo store under their SHA-256.

    ``place`` is `claim.Place` as JSON, kept apart from the facts so that nothing shows it that
    shows those.
    """

    __tablename__ = "photo"
    __table_args__ = (Index("photo_sha256", "sha256"),)

    channel: str = Field(primary_key=True, sa_type=CleanText)
    chat: str = Field(primary_key=True, sa_type=CleanText)
    sha256: str = Field(primary_key=True, sa_type=CleanText)
    facts: str | None = Field(sa_type=CleanText)
    place: str | None = Field(sa_type=CleanText)
    media_type: str = Field(sa_type=CleanText)
    size: int = Field(sa_type=BigInteger)
    received_at: datetime = Field(sa_type=UtcDateTime)


class DiscardingRow(SQLModel, table=True):
    """A file whose bytes are being deleted; ``marked_at`` is the database's time."""

    __tablename__ = "discarding"

    sha256: str = Field(primary_key=True, sa_type=CleanText)
    marked_at: datetime = Field(sa_type=UtcDateTime)


class ClaimRow(SQLModel, table=True):
    """A claim that was sent; ``body`` is `claim.Claim` as JSON.

    ``revision`` counts, from 1, what others are told of: sent, added to, decided.
    """

    __tablename__ = "claim"
    __table_args__ = (
        Index("claim_submitted_at", "submitted_at", "reference"),
        Index("claim_status", "status", "submitted_at", "reference"),
        Index("claim_chat", "channel", "chat"),
        Index(
            "claim_policy_number",
            "policy_number",
            postgresql_ops={"policy_number": "text_pattern_ops"},  # serves LIKE too
        ),
    )

    reference: str = Field(primary_key=True, sa_type=CleanText)
    revision: int
    policy_number: str = Field(sa_type=CleanText)
    channel: str = Field(sa_type=CleanText)
    chat: str = Field(sa_type=CleanText)
    body: str = Field(sa_type=CleanText)
    status: str = Field(sa_type=CleanText)
    priority: str = Field(sa_type=CleanText)
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(sa_type=UtcDateTime)
    decision: str | None = Field(sa_type=CleanText)


class ClaimFileRow(SQLModel, table=True):
    """A file of a claim, so that another claim that has it, or what looks like it, is found.

    ``picture`` is how it looks, ``None`` for what is no photo or could not be looked at.
    """

    __tablename__ = "claim_file"
    __table_args__ = (
        Index("claim_file_reference", "reference"),
        Index("claim_file_sha256", "sha256", "id"),
        Index("claim_file_picture", "picture", "id"),
    )

    id: int = Field(primary_key=True, sa_type=BigId)
    reference: str = Field(foreign_key="claim.reference", sa_type=CleanText)
    sha256: str = Field(sa_type=CleanText)
    kind: str = Field(sa_type=CleanText)
    picture: int | None = Field(foreign_key="picture.id", sa_type=BigInteger)


class FindingRow(SQLModel, table=True):
    """Something that was found in a file of a claim after the claim was sent."""

    __tablename__ = "finding"

    reference: str = Field(primary_key=True, foreign_key="claim.reference", sa_type=CleanText)
    sha256: str = Field(primary_key=True, sa_type=CleanText)
    flag: str = Field(primary_key=True, sa_type=CleanText)
    detail: str = Field(sa_type=CleanText)


class AttentionRow(SQLModel, table=True):
    """Someone who waits for a person, until an adjuster closes it."""

    __tablename__ = "attention"
    __table_args__ = (
        _partial("attention_open", "id", where="closed_at IS NULL"),
        Index("attention_chat", "channel", "chat"),
        Index("attention_reference", "reference", "id"),
        NUMBERED,
    )

    id: int = Field(primary_key=True, sa_type=BigId)
    reference: str = Field(sa_type=CleanText)
    channel: str = Field(sa_type=CleanText)
    chat: str = Field(sa_type=CleanText)
    reason: str = Field(sa_type=CleanText)
    detail: str = Field(sa_type=CleanText)
    raised_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(sa_type=UtcDateTime)


class OutboxRow(SQLModel, table=True):
    """Something to be delivered, in order within its chat.

    ``settled_at`` is when it was delivered, or given up if ``failure`` says why.  A row to
    ``forget`` is deleted then.  ``tries`` and ``faults`` are those of `outbox.Parcel`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_dedup_key", "dedup_key", unique=True),
        _partial("outbox_waiting", "id", where="settled_at IS NULL"),
        _partial("outbox_waiting_in_chat", "channel", "chat", "id", where="settled_at IS NULL"),
        Index("outbox_chat", "channel", "chat", "settled_at"),
        _partial(
            "outbox_given_up", "settled_at", where="failure IS NOT NULL AND settled_at IS NOT NULL"
        ),
        NUMBERED,
    )

    id: int = Field(primary_key=True, sa_type=BigId)
    dedup_key: str = Field(sa_type=CleanText)
    channel: str = Field(sa_type=CleanText)
    chat: str = Field(sa_type=CleanText)
    kind: str = Field(sa_type=CleanText)
    body: str = Field(sa_type=CleanText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(sa_type=UtcDateTime)
    tries: int
    faults: int = Field(sa_column_kwargs=NONE_YET)
    not_before: datetime | None = Field(sa_type=UtcDateTime)
    failure: str | None = Field(sa_type=CleanText)
    forget: bool


class AuditRow(SQLModel, table=True):
    """One link of the audit chain.  ``previous_hash`` is unique: the chain cannot fork."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_previous_hash", "previous_hash", unique=True),
        Index("audit_subject", "subject"),
        NUMBERED,
    )

    id: int = Field(primary_key=True, sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(sa_type=CleanText)
    action: str = Field(sa_type=CleanText)
    subject: str = Field(sa_type=CleanText)
    detail: str = Field(sa_type=CleanText)
    previous_hash: str = Field(sa_type=CleanText)
    hash: str = Field(sa_type=CleanText)


class PulseRow(SQLModel, table=True):
    """The only row of its table: how often it was seen whether the database can be written."""

    __tablename__ = "pulse"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    beats: int = Field(sa_type=BigInteger)


BAND_COLUMNS = tuple(f"band_{number}" for number in range(likeness.BANDS))
picture = Table(
    "picture",
    SQLModel.metadata,
    Column("id", BigId, primary_key=True),
    Column("phash", LargeBinary, nullable=False),
    *(Column(name, Integer, nullable=False) for name in BAND_COLUMNS),
    Index("picture_phash", "phash", unique=True),
    *(Index(f"picture_{name}", name) for name in BAND_COLUMNS),
)
"""What the photos of claims look like: each hash once, however many photos have it.

So a logo that ten thousand claims hold is one row that a search meets.  The bands are
`likeness.keys`.
"""


def table(name: str) -> Table:
    """Return the table of a row."""
    return SQLModel.metadata.tables[name]


inbox = table("inbox")
conversation = table("conversation")
photo = table("photo")
discarding = table("discarding")
claim = table("claim")
claim_file = table("claim_file")
finding = table("finding")
attention = table("attention")
outbox = table("outbox")
audit = table("audit")
