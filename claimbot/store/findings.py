"""What was found in a claim's files after the claim was sent."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from claimbot.claim import Finding, Flag
from claimbot.columns import insert_new
from claimbot.store.tables import finding


def keep(tx: Connection, reference: str, findings: Sequence[Finding]) -> None:
    """Keep what was found in a claim's files; what was found before does nothing again."""
    rows = [
        {
            "reference": reference,
            "sha256": found.sha256,
            "flag": found.flag.value,
            "detail": found.detail,
        }
        for found in findings
    ]
    if rows:
        tx.execute(insert_new(tx, finding), rows)


def of(tx: Connection, reference: str) -> tuple[Finding, ...]:
    """Return what was found in a claim's files."""
    return of_each(tx, [reference]).get(reference, ())


def of_each(tx: Connection, references: Sequence[str]) -> dict[str, tuple[Finding, ...]]:
    """Return what was found in the files of each of these claims in which there was anything."""
    wanted = select(finding).where(finding.c.reference.in_(references))
    found: dict[str, tuple[Finding, ...]] = {}
    for row in tx.execute(wanted.order_by(finding.c.sha256, finding.c.flag)):
        one = Finding(sha256=row.sha256, flag=Flag(row.flag), detail=row.detail)
        found[row.reference] = (*found.get(row.reference, ()), one)
    return found
