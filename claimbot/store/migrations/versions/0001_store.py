"""Keep messages, conversations, claims and the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

UNHANDLED = sa.text("handled_at IS NULL")
UNSETTLED = sa.text("settled_at IS NULL")
ASLEEP = sa.text("wake_at IS NOT NULL")
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    inbox()
    outbox()
    conversations()
    claims()
    people()


def inbox() -> None:
    op.create_table(
        "inbox",
        number("id"),
        text("channel"),
        text("message_id"),
        text("chat"),
        text("payload"),
        moment("received_at"),
        moment("handled_at", nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        moment("not_before", nullable=True),
        text("failure", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("inbox_message", "inbox", ["channel", "message_id"], unique=True)
    op.create_index("inbox_chat", "inbox", ["channel", "chat"])
    partial_index("inbox_waiting", "inbox", ["id"], UNHANDLED)
    partial_index("inbox_waiting_in_chat", "inbox", ["channel", "chat", "id"], UNHANDLED)


def outbox() -> None:
    op.create_table(
        "outbox",
        number("id"),
        text("dedup_key"),
        text("channel"),
        text("chat"),
        text("kind"),
        text("body"),
        moment("created_at"),
        moment("settled_at", nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        moment("not_before", nullable=True),
        text("failure", nullable=True),
        sa.Column("forget", sa.Boolean(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_dedup_key", "outbox", ["dedup_key"], unique=True)
    op.create_index("outbox_chat", "outbox", ["channel", "chat"])
    partial_index("outbox_waiting", "outbox", ["id"], UNSETTLED)
    partial_index("outbox_waiting_in_chat", "outbox", ["channel", "chat", "id"], UNSETTLED)


def conversations() -> None:
    op.create_table(
        "conversation",
        text("channel", primary_key=True),
        text("chat", primary_key=True),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        text("state"),
        moment("wake_at", nullable=True),
        moment("updated_at"),
    )
    partial_index("conversation_wake_at", "conversation", ["wake_at"], ASLEEP)
    op.create_table(
        "photo",
        text("channel", primary_key=True),
        text("chat", primary_key=True),
        text("sha256", primary_key=True),
        text("facts", nullable=True),
        text("media_type"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        moment("received_at"),
    )
    op.create_index("photo_sha256", "photo", ["sha256"])


def claims() -> None:
    op.create_table(
        "claim",
        text("reference", primary_key=True),
        text("channel"),
        text("chat"),
        text("body"),
        text("status"),
        text("priority"),
        moment("submitted_at"),
        moment("due_at"),
        moment("decided_at", nullable=True),
        text("decision", nullable=True),
    )
    op.create_index("claim_chat", "claim", ["channel", "chat"])
    op.create_index("claim_status", "claim", ["status", "submitted_at", "reference"])
    op.create_index("claim_submitted_at", "claim", ["submitted_at", "reference"])
    op.create_table(
        "claim_file",
        sa.Column("reference", sa.Text(), sa.ForeignKey("claim.reference"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        text("sha256"),
        text("kind"),
    )
    op.create_index("claim_file_sha256", "claim_file", ["sha256"])


def people() -> None:
    op.create_table(
        "attention",
        number("id"),
        text("reference"),
        text("channel"),
        text("chat"),
        text("reason"),
        text("detail"),
        moment("raised_at"),
        moment("closed_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("attention_chat", "attention", ["channel", "chat"])
    partial_index("attention_open", "attention", ["id"], OPEN)
    op.create_table(
        "audit",
        number("id"),
        moment("at"),
        text("actor"),
        text("action"),
        text("subject"),
        text("detail"),
        text("previous_hash"),
        text("hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_previous_hash", "audit", ["previous_hash"], unique=True)
    op.create_index("audit_subject", "audit", ["subject"])


def number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, primary_key=True)


def text(name: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=primary_key, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def partial_index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
