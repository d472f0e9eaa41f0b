"""Keep what the photos of claims look like, and find the claims of a photo oldest first.

The hashes in claims of before were made in another way, and compare with none of now: a photo of
those claims is found by its exact bytes only.
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

AT_ONCE = 500  # claims
BANDS = [f"band_{number}" for number in range(12)]

Row = dict[str, Any]


def upgrade() -> None:
    row = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers only an INTEGER
    op.create_table(
        "picture",
        sa.Column("id", row, primary_key=True),
        sa.Column("phash", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in BANDS),
    )
    op.create_index("picture_phash", "picture", ["phash"], unique=True)
    op.drop_table("claim_file")  # the claims themselves say what was in it
    claim_file = op.create_table(
        "claim_file",
        sa.Column("id", row, primary_key=True),
        sa.Column("reference", sa.Text(), sa.ForeignKey("claim.reference"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("picture", sa.BigInteger(), sa.ForeignKey("picture.id"), nullable=True),
    )
    fill(op.get_bind(), claim_file)
    # Now that they are filled: an index over many rows is made faster than it grows.
    for name in BANDS:
        op.create_index(f"picture_{name}", "picture", [name])
    op.create_index("claim_file_reference", "claim_file", ["reference"])
    op.create_index("claim_file_sha256", "claim_file", ["sha256", "id"])
    op.create_index("claim_file_picture", "claim_file", ["picture", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ANALYZE picture, claim_file")  # which it would do some minutes later


def fill(tx: sa.Connection, claim_file: sa.Table) -> None:
    """Read the files of every claim from its body."""
    oldest_first = sa.text("SELECT reference, body FROM claim ORDER BY submitted_at, reference")
    claims = tx.execute(oldest_first, execution_options={"yield_per": AT_ONCE})
    for some in claims.partitions():
        if files := [file for claim in some for file in files_of(claim.reference, claim.body)]:
            tx.execute(claim_file.insert(), files)


def files_of(reference: str, body: str) -> Iterator[Row]:
    claim = json.loads(body)
    for kind, files in (("photo", claim["photos"]), ("form", claim["form"])):
        for file in files:
            yield {"reference": reference, "sha256": file["sha256"], "kind": kind}
