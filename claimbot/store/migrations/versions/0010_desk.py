"""Keep what adjusters write, ask and decide, who may use the API, and what sinks are told."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

AT_ONCE = 1_000  # claims
UNSETTLED = sa.text("settled_at IS NULL")
DEAD = sa.text("settled_at IS NOT NULL AND failure IS NOT NULL")

claim = sa.table("claim", *map(sa.column, ("reference", "policy_number", "body")))


def upgrade() -> None:
    claims()
    queue()
    notes()
    tokens()
    sinks()


def claims() -> None:
    revision = sa.Column("revision", sa.Integer(), nullable=False, server_default="1")
    op.add_column("claim", revision)
    op.add_column(
        "claim", sa.Column("policy_number", sa.Text(), nullable=False, server_default="")
    )
    tx = op.get_bind()
    kept = sa.select(claim.c.reference, claim.c.body).order_by(claim.c.reference).limit(AT_ONCE)
    change = (
        sa.update(claim)
        .where(claim.c.reference == sa.bindparam("its_reference"))
        .values(policy_number=sa.bindparam("its_number"))
    )
    last = ""
    while found := tx.execute(kept.where(claim.c.reference > last)).all():
        last = found[-1].reference
        numbers = [
            {"its_reference": row.reference, "its_number": number(row.body)} for row in found
        ]
        tx.execute(change, numbers)
    op.create_index(
        "claim_policy_number",
        "claim",
        ["policy_number"],
        postgresql_ops={"policy_number": "text_pattern_ops"},
    )


def number(body: str) -> str:
    """Return a claim's policy number; none of one that cannot be read, which stays as it is."""
    try:
        return str(json.loads(body)["policy_number"])
    except (ValueError, KeyError, TypeError):
        return ""


def queue() -> None:
    op.add_column("queue_entry", sa.Column("reserved_for", sa.String(), nullable=True))
    op.add_column("queue_entry", moment("reserved_until", nullable=True))


def notes() -> None:
    op.create_table(
        "note",
        counted(),
        text("reference", sa.ForeignKey("claim.reference")),
        text("author"),
        text("text"),
        moment("written_at"),
        sqlite_autoincrement=True,
    )
    op.create_index("note_reference", "note", ["reference", "id"])
    op.create_table(
        "question",
        counted(),
        text("reference", sa.ForeignKey("claim.reference")),
        text("adjuster"),
        text("text"),
        sa.Column("slot", sa.Integer(), nullable=True),
        moment("asked_at"),
        moment("answered_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("question_reference", "question", ["reference", "id"])
    op.create_table(
        "ended_lease",
        text("token", primary_key=True),
        text("reference", sa.ForeignKey("claim.reference")),
        text("adjuster"),
        text("deed"),
    )
    op.create_index("ended_lease_reference", "ended_lease", ["reference"])
    op.create_index("attention_reference", "attention", ["reference", "id"])


def tokens() -> None:
    op.create_table(
        "token",
        counted(),
        text("name"),
        text("hash"),
        text("scopes"),
        moment("created_at"),
        moment("last_used_at", nullable=True),
        moment("revoked_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("token_hash", "token", ["hash"], unique=True)
    op.create_index("token_name", "token", ["name"], unique=True)
    op.create_table(
        "answered",
        sa.Column("token_id", sa.BigInteger(), sa.ForeignKey("token.id"), primary_key=True),
        text("key", primary_key=True),
        text("request_hash"),
        moment("asked_at"),
        text("answer", nullable=True),
    )
    op.create_index("answered_at_moment", "answered", ["asked_at"])


def sinks() -> None:
    op.create_table(
        "delivery",
        counted(),
        text("sink"),
        text("event_id"),
        text("event_type"),
        text("reference"),
        moment("created_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        moment("not_before", nullable=True),
        moment("settled_at", nullable=True),
        text("failure", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("delivery_event", "delivery", ["sink", "event_id"], unique=True)
    op.create_index("delivery_reference", "delivery", ["reference"])
    op.create_index(
        "delivery_waiting",
        "delivery",
        ["sink", "id"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_index(
        "delivery_dead", "delivery", ["sink", "id"], sqlite_where=DEAD, postgresql_where=DEAD
    )
    op.create_table("sink", text("name", primary_key=True), moment("disabled_at"), text("reason"))


def counted() -> sa.Column[int]:
    """Return a number that the database draws, as `tables.BigId` does."""
    drawn = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", drawn, primary_key=True)


def text(
    name: str, *more: sa.ForeignKey, primary_key: bool = False, nullable: bool = False
) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), *more, primary_key=primary_key, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
