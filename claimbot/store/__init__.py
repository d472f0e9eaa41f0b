"""Everything that must survive a crash.

One public method is one transaction.  What is handed in as ``work`` waits for nothing but the
database, neither a bucket nor a channel: others wait for it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from claimbot.store import (
    attention,
    audit,
    claims,
    conversations,
    files,
    inbox,
    outbox,
    overview,
    schema,
)
from claimbot.store.attention import Attention, Raised
from claimbot.store.audit import Entry, Link, Verdict
from claimbot.store.chat import Chat
from claimbot.store.claims import Status, StoredClaim
from claimbot.store.conversations import Opened, Waiting
from claimbot.store.database import Database
from claimbot.store.files import KeptFile
from claimbot.store.inbox import Message
from claimbot.store.outbox import Kind, Parcel, Posting
from claimbot.store.overview import Counts, Line
from claimbot.store.turn import Turn, erase_chat, record_turn

__all__ = [
    "Attention",
    "Chat",
    "Counts",
    "Entry",
    "KeptFile",
    "Kind",
    "Line",
    "Link",
    "Message",
    "Opened",
    "Parcel",
    "Posting",
    "Raised",
    "Status",
    "Store",
    "StoredClaim",
    "Turn",
    "Verdict",
    "Waiting",
]

T = TypeVar("T")


class Store:
    """The claim database.  Safe to share between threads.

    The modules beside this one hold functions that take a `Connection`; those are for `act`,
    `write` and `read`, where several belong in one transaction.
    """

    def __init__(self, url: str) -> None:
        """Connect to ``sqlite:///PATH`` or ``postgresql://...``; touch no table.

        Raises:
            BadConfiguration: The URL, the file or the server cannot be used.
        """
        self.url = url
        self._database = Database(url)
        self.engine = self._database.engine

    def close(self) -> None:
        """Let go of every connection.  A second call does nothing."""
        self._database.close()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run ``work`` in one transaction; return what it is to return, once that is durable.

        ``work`` may be run again, as after a deadlock, so it has no effect outside its
        transaction.  When it raises, nothing is kept.
        """
        return self._database.submit(work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do what `submit` does, and wait for it."""
        return self._database.submit(work).result()

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work``, which only reads."""
        return self._database.read(work)

    # The schema

    def upgrade(self) -> None:
        """Bring the schema to this claimbot's version; several processes may do so at once.

        Raises:
            SchemaOutdated: The database is newer than this claimbot.
        """
        self.write(schema.upgrade)

    def check_schema(self) -> None:
        """Return if the schema is this claimbot's.

        Raises:
            SchemaOutdated: It is older, newer, or not there at all.
        """
        self.read(schema.check)

    # Messages and conversations

    def receive(self, messages: Sequence[Message], at: datetime) -> int:
        """Keep messages in their order, one that is there already once; return how many were new.

        When it returns, they may be acknowledged to the channel.
        """
        return self.write(lambda tx: inbox.receive(tx, messages, at))

    def waiting_chats(
        self, now: datetime, limit: int, channels: Collection[str] | None = None
    ) -> list[Chat]:
        """Return up to ``limit`` chats that have something to do now, longest not served first.

        A chat is there once.  One whose first message is postponed is not there: what was sent
        later does not overtake it.  ``channels`` are those that are wanted; None is all of them.
        """
        return self.read(lambda tx: conversations.waiting_chats(tx, now, limit, channels))

    def next_due(self, now: datetime) -> datetime | None:
        """Return the first moment after ``now`` at which a chat or a delivery becomes due."""
        return self.read(lambda tx: conversations.next_due(tx, now))

    def open_chat(self, key: Chat) -> Opened:
        """Return a chat's conversation and what waits in its inbox, in order."""
        return self.read(lambda tx: conversations.open_chat(tx, key))

    def record(self, turn: Turn) -> None:
        """Keep everything that a step leaves behind, or nothing of it.

        Raises:
            TurnTaken: Another worker recorded this turn, or handled this message.
            ReferenceTaken: Another claim has the new claim's reference.
            ClaimDecided: The claim to be amended is decided.
            NoSuchClaim: It is erased.
        """
        fingerprint = turn.key.fingerprint() if turn.erase else ""
        self.write(lambda tx: record_turn(tx, turn, fingerprint))
        if turn.erase:
            self._database.forget_log()

    def postpone(
        self, inbox_id: int, until: datetime, failure: str, *, is_ours: bool = False
    ) -> None:
        """Try a message again later; what its chat sent after it waits with it.

        ``is_ours`` tells whether our own code failed, not something that it needs.
        """
        self.write(lambda tx: inbox.postpone(tx, inbox_id, until, failure, is_ours=is_ours))

    def call_person(self, turn: Turn, call: Attention) -> None:
        """Keep a turn, and the ``call`` for a person unless one like it is open already.

        Raises:
            TurnTaken: Another worker recorded this turn.
        """

        def work(tx: Connection) -> None:
            record_turn(tx, turn, "")
            attention.raise_once(tx, turn.key, call, turn.at)

        self.write(work)

    def set_aside(self, turn: Turn, inbox_id: int, failure: str, call: Attention) -> None:
        """Let a chat go on with a turn, without a message that cannot be handled; it is kept.

        The ``call`` for a person is raised unless one like it is open already.

        Raises:
            TurnTaken: Another worker recorded this turn.
        """

        def work(tx: Connection) -> None:
            record_turn(tx, turn, "")
            inbox.set_aside(tx, inbox_id, turn.at, failure)
            attention.raise_once(tx, turn.key, call, turn.at)

        self.write(work)

    def transcript(self, key: Chat) -> list[Line]:
        """Return what was said in a chat, both sides, in time order."""
        return self.read(lambda tx: overview.transcript(tx, key))

    def erase(self, key: Chat, actor: str, at: datetime) -> None:
        """Forget a chat but for the claims it sent, what waits in its inbox included.

        Bytes that nobody refers to any more are deleted by way of the outbox.
        """
        fingerprint = key.fingerprint()
        self.write(lambda tx: erase_chat(tx, key, actor, fingerprint, at))
        self._database.forget_log()

    def forget_log(self) -> None:
        """Let go of what `write` deleted, as `erase` does: SQLite's log keeps it for a while."""
        self._database.forget_log()

    # Files

    def keep_file(self, key: Chat, file: KeptFile, at: datetime) -> None:
        """Keep that a chat sent a file, before its bytes are put.  Again: with the new date.

        Raises:
            BeingDiscarded: They are being deleted, and might be after they are put; try again.
        """
        self.write(lambda tx: files.keep(tx, key, file, at))

    def kept_file(self, sha256: str) -> KeptFile | None:
        """Return what is known of a file, whoever sent it."""
        return self.read(lambda tx: files.find(tx, sha256))

    def kept_files(self, key: Chat, names: Sequence[str]) -> dict[str, KeptFile]:
        """Return what is known of those of the SHA-256 ``names`` that a chat sent."""
        return self.read(lambda tx: files.sent_by(tx, key, names))

    def unreferenced(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return those of the SHA-256 ``names`` that no chat and no claim refers to."""
        return self.read(lambda tx: files.unreferenced(tx, names))

    # Deliveries

    def outgoing(self, now: datetime, limit: int) -> list[Parcel]:
        """Return each chat's first undelivered parcel if it is due, oldest first."""
        return self.read(lambda tx: outbox.outgoing(tx, now, limit))

    def take(
        self,
        now: datetime,
        limit: int,
        hold: timedelta,
        channels: Collection[str] | None = None,
        *,
        gap: timedelta = timedelta(),
        discards: bool = True,
    ) -> list[Parcel]:
        """Return what `outgoing` does, and keep it from every other relay for ``hold``.

        ``channels`` are those whose messages are wanted; None is all of them.  What its chat was
        to be sent within ``gap`` of the message before is put off.  If there is room left, one
        order to delete bytes is added where ``discards`` are wanted.
        """
        return self.write(
            lambda tx: outbox.take(tx, now, limit, hold, channels, gap=gap, discards=discards)
        )

    def delivered(self, parcel_id: int, at: datetime) -> None:
        """Note that a parcel was delivered.  A second call does nothing."""
        self.write(lambda tx: outbox.settle(tx, outbox.called(parcel_id), at))

    def retry(
        self, parcel_id: int, not_before: datetime, failure: str, *, is_ours: bool = False
    ) -> None:
        """Deliver a parcel later; what its chat waits for after it waits with it.

        ``is_ours`` tells whether our own code failed, not something that it needs.
        """
        self.write(lambda tx: outbox.retry(tx, parcel_id, not_before, failure, is_ours=is_ours))

    def give_up(self, parcel_id: int, at: datetime, failure: str) -> None:
        """Deliver a parcel never; its chat's next one is up."""
        self.write(lambda tx: outbox.give_up(tx, parcel_id, at, failure))

    def give_up_chat(self, key: Chat, at: datetime, failure: str) -> None:
        """Send a chat none of the messages that wait for it: it does not want them."""
        self.write(lambda tx: outbox.settle(tx, outbox.unsaid(key), at, failure))

    # The adjusters' side

    def claims(
        self, status: Status | None = None, *, limit: int, before: str | None = None
    ) -> list[StoredClaim]:
        """Return up to ``limit`` claims, last submitted first, from after the one ``before``.

        Raises:
            NoSuchClaim: No claim is called ``before``.
        """
        return self.read(lambda tx: claims.newest(tx, status=status, limit=limit, before=before))

    def claim(self, reference: str) -> StoredClaim:
        """Return a claim.

        Raises:
            NoSuchClaim: No claim has this reference.
        """
        return self.read(lambda tx: claims.find(tx, reference))

    def attentions(self, *, open_only: bool = True) -> list[Raised]:
        """Return the calls for a person, longest waiting first."""
        return self.read(lambda tx: attention.raised(tx, open_only=open_only))

    def act(
        self,
        work: Callable[[Connection], T],
        *,
        at: datetime,
        entries: Callable[[T], Iterable[Entry]],
    ) -> T:
        """Run ``work`` and write into the audit, in one transaction, what it did.

        ``entries`` says that of what ``work`` returned; nothing, when nothing was done.
        """

        def both(tx: Connection) -> T:
            done = work(tx)
            audit.append(tx, entries(done), at)
            return done

        return self.write(both)

    def audit_rows(self) -> list[Link]:
        """Return the audit from its beginning."""
        return self.read(lambda tx: list(audit.links(tx)))

    def verify_audit(self, noted: str = "") -> Verdict:
        """Follow the audit's chain from its beginning and say where it is broken.

        ``noted``, if it was noted down, is what was its `Verdict.head` once.
        """
        return self.read(lambda tx: audit.verify(tx, noted))

    def counts(self) -> Counts:
        """Count what waits now."""
        return self.read(overview.counts)
