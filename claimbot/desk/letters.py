"""What came back too often or could not be delivered, and how much waits."""

from sqlalchemy import Connection

from claimbot.desk.ledger import Ledger, entry
from claimbot.queues import DeadLetter, Depth
from claimbot.reference import parse_reference
from claimbot.store import dead_letters
from claimbot.store.dead_letters import Undelivered


class Letters:
    """The dead letters of the queue, the inbox and the outbox."""

    def __init__(self, ledger: Ledger) -> None:
        """Take what it works with."""
        self._ledger = ledger

    def depth(self) -> Depth:
        """Return how many claims the queue holds."""
        return self._ledger.outside(self._ledger.queue.depth)

    def dead(self) -> list[DeadLetter]:
        """Return the claims that came back too often."""
        return self._ledger.outside(self._ledger.queue.dead)

    def undelivered(self) -> list[Undelivered]:
        """Return the messages that were set aside and the answers given up, longest ago first."""
        return self._ledger.store.read(dead_letters.undelivered)

    def requeue(self, actor: str, name: str) -> bool:
        """Put a dead letter back where it was taken out; False when it is not one.

        Args:
            actor: Who does.
            name: A claim's reference, or what `Undelivered.name` says.
        """
        at = self._ledger.clock()
        lost = dead_letters.parse_name(name)
        if lost is not None:
            return self._ledger.store.act(
                lambda tx: dead_letters.requeue(tx, lost, at),
                at=at,
                entries=lambda done: (
                    [entry(actor, f"{lost.direction.value} requeued", str(lost))] if done else []
                ),
            )
        reference = parse_reference(name) or name

        def redrive(tx: Connection) -> bool:
            return self._ledger.queue.redrive(tx, reference)

        return self._ledger.queue_only(
            redrive,
            entries=lambda done: [entry(actor, "claim requeued", reference)] if done else [],
        )
