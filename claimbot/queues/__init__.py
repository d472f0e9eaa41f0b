"""The adjuster queue: finished claims, each held by at most one adjuster at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection, Engine

from claimbot.plugins import load_plug

MAX_DELIVERIES = 3  # a claim that came back unfinished so often needs a look by hand
LEASE_EXPIRED = "lease expired"  # the reason given for a delivery that nobody gave back


class State(StrEnum):
    """Where a claim is in its stay; `DONE` is for good, so that a late `put` revives nothing."""

    READY = "ready"
    LEASED = "leased"
    PARKED = "parked"
    DEAD = "dead"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """An adjuster's hold on a claim.  ``token`` fences: an older one is refused everywhere.

    ``attempt`` counts deliveries of this claim from 1.
    """

    claim_id: str
    token: str  # letters and digits: typed after a command, it is taken for no option
    adjuster: str
    attempt: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A claim that was delivered `MAX_DELIVERIES` times without a decision, and why each time."""

    claim_id: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many claims wait, are held, wait for a policyholder, or are dead letters.

    ``ready`` counts what could be leased now, whoever may be given it; ``delayed`` what was given
    back with a delay that is not over.  ``oldest_ready`` is since when the first of the ready is.
    """

    ready: int
    delayed: int
    leased: int
    parked: int
    dead: int
    oldest_ready: datetime | None


class AdjusterQueue(Protocol):
    """Promise 4: a claim is held by at most one adjuster at a time; a stale lease does nothing.

    ``tx`` is the caller's open transaction in the claim database.  A queue that is
    ``transactional`` lives in that database and works inside it; any other ignores it, and is fed
    by the outbox, so that a put may come twice.

    An expired lease heals in `lease` itself; there is no sweeper.  When it did makes no difference
    to what any method answers.
    """

    transactional: bool

    def put(
        self, tx: Connection, claim_id: str, *, due_at: datetime, skills: Sequence[str] = ()
    ) -> bool:
        """Queue a claim.  A second call returns False and changes nothing, until `forget`."""

    def lease(
        self,
        tx: Connection,
        adjuster: str,
        *,
        hold: timedelta,
        n: int = 1,
        skills: Sequence[str] = (),
    ) -> list[Lease]:
        """Take up to ``n`` ready claims, earliest due first, then by claim id.

        A claim that asks for skills goes only to an adjuster who has them all, and one that is
        reserved only to whom it is reserved for; to be leased ends that.  One whose lease has run
        out is ready again; after `MAX_DELIVERIES` it is a dead letter instead.
        """

    def current(self, tx: Connection, claim_id: str) -> Lease | None:
        """Return the live lease on a claim, if there is one."""

    def find(self, tx: Connection, token: str) -> Lease | None:
        """Return the live lease with this token, if there is one."""

    def held(self, tx: Connection, adjuster: str) -> list[Lease]:
        """Return an adjuster's live leases, those first that end first, then by claim id."""

    def extend(self, tx: Connection, lease: Lease, *, hold: timedelta) -> Lease:
        """Hold on for ``hold`` from now.

        Raises:
            LeaseLost: The lease is not live, or not the claim's.
        """

    def ack(self, tx: Connection, lease: Lease) -> bool:
        """End a claim's stay: it is decided.  Again by the same lease: False, nothing happens.

        Raises:
            LeaseLost: The lease is not live, or not the claim's.
        """

    def nack(
        self, tx: Connection, lease: Lease, *, reason: str, delay: timedelta = timedelta()
    ) -> bool:
        """Give a claim back; it is ready again after ``delay``, or a dead letter.

        Again by the same lease, until the claim's next: False, nothing happens.

        Raises:
            LeaseLost: The lease is not live, or not the claim's.
        """

    def park(self, tx: Connection, lease: Lease) -> None:
        """Set a claim aside until the policyholder answered; no delivery is counted for it.

        Raises:
            LeaseLost: The lease is not live, or not the claim's.
        """

    def unpark(
        self,
        tx: Connection,
        claim_id: str,
        *,
        prefer: str | None = None,
        within: timedelta = timedelta(),
    ) -> bool:
        """Make a parked claim ready again.  A second call returns False and changes nothing.

        For the time ``within`` it is reserved for the adjuster ``prefer``, then for nobody.
        """

    def expedite(self, tx: Connection, claim_id: str, *, due_at: datetime) -> bool:
        """Make a claim due earlier, whoever holds it, wherever in its stay.

        False when it is done, not here, or due no later as it is; nothing changes then.
        """

    def forget(self, tx: Connection, claim_id: str) -> None:
        """Keep nothing of a claim: no lease on it is live.  A second call does nothing.

        A later `put` queues it anew, so none may be on its way.
        """

    def dead(self, tx: Connection) -> list[DeadLetter]:
        """Return the dead letters, earliest due first, then by claim id."""

    def redrive(self, tx: Connection, claim_id: str) -> bool:
        """Make a dead letter ready with no deliveries counted and its reasons forgotten.

        False when it is not one; nothing changes then.
        """

    def depth(self, tx: Connection) -> Depth:
        """Count what the queue holds now."""


def open_queue(url: str, engine: Engine) -> AdjusterQueue:
    """Open the queue at a URL; ``engine`` is the claim database's.

    Raises:
        NoSuchPlug: No installed plug answers to the scheme.
    """
    queue: AdjusterQueue = load_plug("queues", url)(url, engine)
    return queue
