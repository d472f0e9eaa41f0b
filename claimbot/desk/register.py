"""Looking claims up, and writing down what one thinks of them; for that, nobody need hold one."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from claimbot.claim import Priority
from claimbot.desk import timeline
from claimbot.desk.ledger import Ledger, entry, found
from claimbot.desk.timeline import Event
from claimbot.photos import PhotoStore
from claimbot.photos.copies import Copies, Variant
from claimbot.queues import Lease
from claimbot.reference import parse_reference
from claimbot.store import Entry, Status, StoredClaim, claims, notes
from claimbot.store.deliveries import EventType
from claimbot.store.notes import Note


class Register:
    """The claims there are, whoever holds them."""

    def __init__(self, ledger: Ledger, photos: PhotoStore, copies: Copies) -> None:
        """Take what it works with."""
        self._ledger = ledger
        self._photos = photos
        self._copies = copies

    def newest(self, status: Status | None = None, *, limit: int = 50) -> list[StoredClaim]:
        """Return claims, last submitted first."""
        return self._ledger.store.claims(status, limit=limit)

    def search(
        self,
        text: str = "",
        *,
        status: Status | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> list[tuple[StoredClaim, Lease | None]]:
        """Return claims, last submitted first, from after the one ``before``; and who holds each.

        ``text`` is a claim's reference, or what its policy number begins with.

        Raises:
            NoSuchClaim: No claim is called ``before``.
        """

        def work(tx: Connection) -> list[tuple[StoredClaim, Lease | None]]:
            page = claims.newest(tx, status=status, limit=limit, before=before, text=text)
            return [(one, self._ledger.queue.current(tx, one.claim.reference)) for one in page]

        return self._ledger.store.read(work)

    def show(self, name: str) -> tuple[StoredClaim, Lease | None]:
        """Return a claim and who holds it.

        Raises:
            NoSuchClaim: There is none of this name.
        """

        def work(tx: Connection) -> tuple[StoredClaim, Lease | None]:
            stored = found(tx, name)
            return stored, self._ledger.queue.current(tx, stored.claim.reference)

        return self._ledger.store.read(work)

    def change(
        self, adjuster: str, name: str, *, priority: Priority, if_revision: int | None = None
    ) -> StoredClaim:
        """Say how soon a claim has to be looked at, whoever holds it; it is due no later for it.

        Raises:
            NoSuchClaim: There is none of this name.
            RevisionConflict: It is not at the revision ``if_revision``, if that is given.
        """

        def work(tx: Connection) -> tuple[StoredClaim, StoredClaim]:
            was = claims.hold(tx, parse_reference(name) or name)
            now = claims.set_priority(tx, was.claim.reference, priority, if_revision=if_revision)
            if now != was:
                self._ledger.announce(tx, EventType.AMENDED, now)
            return was, now

        def expedite(tx: Connection, done: tuple[StoredClaim, StoredClaim]) -> None:
            was, now = done
            if now.due_at < was.due_at:
                self._ledger.queue.expedite(tx, now.claim.reference, due_at=now.due_at)

        def entries(done: tuple[StoredClaim, StoredClaim]) -> Iterable[Entry]:
            was, now = done
            if now == was:
                return ()
            return (
                entry(adjuster, "claim changed", now.claim.reference, priority=priority.value),
            )

        _, now = self._ledger.store_first(work, expedite, entries=entries)
        return now

    def note(self, adjuster: str, name: str, text: str) -> Note:
        """Write something down about a claim, for adjusters only.

        Raises:
            NoSuchClaim: There is none of this name.
        """
        at = self._ledger.clock()

        def work(tx: Connection) -> Note:
            reference = found(tx, name).claim.reference
            return notes.add(tx, reference, adjuster, text, at)

        return self._ledger.store.act(
            work,
            at=at,
            entries=lambda note: (entry(adjuster, timeline.NOTED, note.reference, id=note.id),),
        )

    def notes(self, name: str) -> list[Note]:
        """Return the notes about a claim, first written first.

        Raises:
            NoSuchClaim: There is none of this name.
        """
        return self._ledger.store.read(lambda tx: notes.of(tx, found(tx, name).claim.reference))

    def events(self, name: str) -> list[Event]:
        """Return what was done to a claim, first things first.

        Raises:
            NoSuchClaim: There is none of this name.
        """
        return self._ledger.store.read(
            lambda tx: timeline.events(tx, found(tx, name).claim.reference)
        )

    def exported(self, adjuster: str, references: Sequence[str], form: str) -> None:
        """Write down that claims left the house in a form, such as "csv"."""
        entries = [entry(adjuster, "claim exported", name, form=form) for name in references]
        self._ledger.store.act(lambda _: None, at=self._ledger.clock(), entries=lambda _: entries)

    def file(self, sha256: str) -> bytes:
        """Return a photo's or form's bytes as they were sent.

        Raises:
            PhotoMissing: They are not there, or no longer what they were.
        """
        return self._photos.get(sha256)

    def picture(self, sha256: str, variant: Variant) -> bytes:
        """Return a photo as a JPEG to look at: small, upright, without anything its file says.

        Raises:
            PhotoMissing: It is not there, or no longer what it was.
            NoPicture: It is no photo.
            MachineBusy: There was no time to make the copy; ask again later.
            OSError: The photo store cannot be reached; same.
        """
        return self._copies.get(sha256, variant)
