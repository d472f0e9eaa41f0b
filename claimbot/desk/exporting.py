"""Claims that leave the house as a file."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from claimbot.desk.ledger import Ledger, found
from claimbot.desk.printed import as_json
from claimbot.desk.register import Register
from claimbot.exports import Bundle, open_exporter
from claimbot.store import Status, StoredClaim

AT_ONCE = 500  # claims read, or written down as exported, in one transaction
IN_MEMORY = 1_000_000  # bytes; what is larger waits on the disk, in a file without a name


class Exporting:
    """Exports claims, whoever holds them."""

    def __init__(self, ledger: Ledger, register: Register) -> None:
        """Take what it works with."""
        self._ledger = ledger
        self._register = register

    def export(
        self,
        adjuster: str,
        form: str,
        *,
        names: Sequence[str] = (),
        status: Status | None = None,
        since: datetime | None = None,
    ) -> IO[bytes]:
        """Return claims in a form such as "zip", whole and written down; close it after use.

        Args:
            adjuster: Who takes them.
            form: The name of an exporter.
            names: The claims; none is all of them, last submitted first.
            status: Of all, only those.
            since: Of all, only those that were submitted then or later.

        Raises:
            NoSuchPlug: There is no such exporter.
            NoSuchClaim: One of them is none.
            PhotoMissing: A file that belongs into it is lost.
            OSError: The photo store cannot be reached, or the disk is full; try again.
        """
        exporter = open_exporter(form)
        chosen = self._named(names) if names else self._all(status, since)
        references: list[str] = []
        with ExitStack() as undo:
            file: IO[bytes] = undo.enter_context(SpooledTemporaryFile(IN_MEMORY))
            for piece in exporter.export(self._bundles(chosen, references)):
                file.write(piece)  # writelines would keep all of it in memory first
            for first in range(0, len(references), AT_ONCE):
                self._register.exported(adjuster, references[first : first + AT_ONCE], form)
            file.seek(0)
            undo.pop_all()
        return file

    def _named(self, names: Sequence[str]) -> Iterator[StoredClaim]:
        stored = self._ledger.store.read(lambda tx: [found(tx, name) for name in names])
        yield from {one.claim.reference: one for one in stored}.values()

    def _all(self, status: Status | None, since: datetime | None) -> Iterator[StoredClaim]:
        last = None
        while page := self._ledger.store.claims(status, limit=AT_ONCE, before=last):
            for stored in page:
                if since is not None and stored.claim.submitted_at < since:
                    return
                yield stored
            last = page[-1].claim.reference

    def _bundles(self, chosen: Iterator[StoredClaim], references: list[str]) -> Iterator[Bundle]:
        """Yield what is exported, without who holds it, and note its references."""
        for stored in chosen:
            references.append(stored.claim.reference)
            yield Bundle(
                claim=as_json(stored, None),
                fetch=self._register.file,
                known=self._ledger.store.kept_file,
            )
