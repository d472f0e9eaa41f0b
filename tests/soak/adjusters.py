"""Let adjusters die while they hold claims: ``python -m tests.soak.adjusters --minutes 5``.

Fifty of them decide on two thousand claims side by side, on SQLite and on PostgreSQL.  Some die;
their leases run out by a clock of ours, and they come back later as if nothing had happened.  It
is done again with another seed until the time is over.  An error tells which claim is decided
twice, or by someone who did not hold it.
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, islice, takewhile
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic, time

from claimbot.desk import Desk, Held
from claimbot.errors import LeaseLost
from claimbot.photos.copies import Copies
from claimbot.photos.examiners import Examiners
from claimbot.photos.folder import Folder
from claimbot.queues import Lease
from claimbot.queues.sql import SqlQueue
from claimbot.reference import ALPHABET, MODULUS
from claimbot.store import Status, Store
from tests.databases import DATABASES, open_store
from tests.queued_claims import NOON, plain_claim, send
from tests.soak.watch import watched

HOLD = timedelta(minutes=30)
BETWEEN = HOLD / 100  # from one deed to the next, whoever does it: some leases run out meanwhile
DIES, RETURNS, EXTENDS = 0.15, 0.20, 0.30  # of each claim that is taken, up to this by chance
WITHIN = 600  # seconds
LEASED, ACCEPTED = "claim leased", "claim accepted"


class Clock:
    """A clock that anyone may set on."""

    def __init__(self) -> None:
        self._now = NOON
        self._lock = Lock()

    def __call__(self) -> datetime:
        return self._now

    def wait(self, length: timedelta) -> None:
        """Let time pass."""
        with self._lock:
            self._now += length


@dataclass(kw_only=True)
class Adjuster:
    """Who takes claims until they die, and then comes back with what they held."""

    name: str
    chance: Random
    desk: Desk
    clock: Clock
    held: Held | None = None
    done: Counter[str] = field(default_factory=Counter)

    def works(self) -> None:
        """Go on with what was held, then with what is ready, until nothing is or one dies."""
        held, self.held = self.held, None
        while held or (held := self.desk.next(self.name, hold=HOLD)):
            self.clock.wait(BETWEEN)
            chance = self.chance.random()
            if chance < DIES:
                self.held = held
                self.done["deaths"] += 1
                return
            try:
                self.done[self._acts(held.lease, chance)] += 1
            except LeaseLost:
                self.done["refusals"] += 1
            held = None

    def _acts(self, lease: Lease, chance: float) -> str:
        """Do something by right of a lease, and return what."""
        began = self.clock()
        if chance < RETURNS:
            self.desk.give_back(self.name, lease.token, reason="tea")
            did = "returns"
        else:
            if chance < EXTENDS:
                lease = self.desk.extend(self.name, lease.token, hold=HOLD)
            self.desk.accept(self.name, lease.token)
            did = "decisions"
        assert began < lease.expires_at, f"{lease} was good after it ran out"
        return did


def decide_all(
    store: Store, folder: Path, *, seed: int, claims: int, adjusters: int
) -> Counter[str]:
    """Let so many adjusters decide on so many claims, and check that each was decided once.

    Returns:
        How often they did what.

    Raises:
        AssertionError: It was not.
    """
    clock = Clock()
    queue = SqlQueue(clock)
    for number in islice((n for n in count() if n % MODULUS < len(ALPHABET)), claims):
        send(store, queue, plain_claim(number))  # those are numbers that a reference can have
    photos = Folder(folder)
    desk = Desk(
        store=store,
        queue=queue,
        photos=photos,
        clock=clock,
        copies=Copies(photos, Examiners(1)),
    )
    chances = [Random(f"{seed} {number}") for number in range(adjusters)]  # noqa: S311 - again
    staff = [
        Adjuster(name=f"adjuster {number}", chance=chance, desk=desk, clock=clock)
        for number, chance in enumerate(chances)
    ]
    done: Counter[str] = Counter()
    with ThreadPoolExecutor(adjusters) as threads:
        while (depth := desk.depth()).ready or depth.leased:
            list(threads.map(Adjuster.works, staff))
            clock.wait(HOLD)
            done["dead letters"] += sum(desk.requeue("chief", one.claim_id) for one in desk.dead())
    for adjuster in staff:
        done += adjuster.done
    assert done["decisions"] == claims
    are_decided_once(store, claims)
    return done


def are_decided_once(store: Store, claims: int) -> None:
    """Return if each claim was decided once, by the adjuster who was given it last.

    Raises:
        AssertionError: It was not.
    """
    assert len(store.claims(Status.DECIDED, limit=claims + 1)) == claims
    deeds: dict[str, list[tuple[str, str]]] = {}
    for entry in (link.entry for link in store.audit_rows()):
        if entry.action in {LEASED, ACCEPTED}:
            deeds.setdefault(entry.subject, []).append((entry.action, entry.actor))
    for reference, done in deeds.items():
        *given, last = done
        assert {action for action, _ in given} == {LEASED}, (reference, done)
        assert last == (ACCEPTED, given[-1][1]), (reference, done)
    assert store.verify_audit().broken == ()


def main(arguments: list[str]) -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.adjusters", description=__doc__)
    parser.add_argument("--claims", type=int, default=2000)
    parser.add_argument("--adjusters", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5, help="begin no other seed after that")
    parser.add_argument("--seed", type=int, default=int(time()))
    options = parser.parse_args(arguments)
    until = monotonic() + options.minutes * 60
    seeds = takewhile(lambda _: monotonic() < until, count(options.seed))
    with watched(WITHIN) as progressed:
        for seed, kind in ((seed, kind) for seed in seeds for kind in DATABASES):
            sys.stdout.write(f"seed {seed} on {kind}\n")
            began = monotonic()
            with TemporaryDirectory() as folder, open_store(kind, Path(folder)) as store:
                done = decide_all(
                    store,
                    Path(folder),
                    seed=seed,
                    claims=options.claims,
                    adjusters=options.adjusters,
                )
            told = ", ".join(f"{times} {what}" for what, times in sorted(done.items()))
            sys.stdout.write(f"{told}, in {monotonic() - began:.0f} s\n")
            progressed()


if __name__ == "__main__":  # pragma: no cover  by hand
    main(sys.argv[1:])
