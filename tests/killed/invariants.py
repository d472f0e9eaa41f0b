"""What must be true of every claimbot that was killed, once all is quiet."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import select, text

from claimbot.photos import open_photos
from claimbot.queues import AdjusterQueue
from claimbot.queues.sql import SqlQueue
from claimbot.store import Line, Status, Store, tables
from tests.journeys import chat_of
from tests.killed.elsewhere import SCHEME, open_elsewhere
from tests.killed.mortal import Mortal
from tests.killed.policyholder import Killed, Policyholder

ALL = 10_000


def holds(
    mortal: Mortal, holders: Sequence[Policyholder], *, decided: Collection[str] = ()
) -> None:
    """Check all that DESIGN promises, on a claimbot that was stopped after its last life.

    Args:
        mortal: The claimbot.
        holders: Everyone who ever wrote to it.
        decided: The references of the claims that an adjuster accepted.

    Raises:
        AssertionError: Something is lost, there twice, in disorder or broken.
    """
    with ExitStack() as stack:
        store = stack.enter_context(closing(Store(f"sqlite:///{mortal.database}")))
        queue: AdjusterQueue = SqlQueue()
        if mortal.queue:
            queue = open_elsewhere(f"{SCHEME}:{mortal.queue}", store.engine)
            stack.callback(queue.store.close)
        _is_sound(store)
        holds_in(store, queue, mortal, holders, decided=decided)


def holds_in(
    store: Store,
    queue: AdjusterQueue,
    mortal: Killed,
    holders: Sequence[Policyholder],
    *,
    decided: Collection[str] = (),
) -> None:
    """Check what `holds` does, but for the file's soundness, in any database and queue."""
    assert store.verify_audit().broken == ()
    _every_update_is_handled_once(mortal, store, holders)
    for holder in holders:
        _is_in_order(store, holder)
        _claim_is_whole(mortal, store, holder)
        assert repeats(store, holder) <= holder.kills, f"{holder.kills} kills"
    _claims_are_queued_once(store, queue, holders, decided)


def repeats(store: Store, holder: Policyholder) -> int:
    """Return how many messages someone heard again, each right after the first time.

    Raises:
        AssertionError: What they heard is otherwise not what was to be said, in order.
    """
    lines = _lines(store, holder, inbound=False)
    assert all(line.settled_at for line in lines[:-1])  # that the last is heard may not be noted
    assert [line.failure for line in lines if line.failure] == []
    waiting = [json.loads(line.body)["text"] for line in lines]
    heard = [said.text for said in holder.person.heard]
    again = 0
    last = None
    for words in heard:
        if waiting and words == waiting[0]:
            last = waiting.pop(0)
        else:
            assert words == last, f"out of turn: {words!r} of {heard}"
            again += 1
    assert waiting == [], "never said"
    return again


def _is_sound(store: Store) -> None:
    def look(pragma: str) -> list[str]:
        return [str(row[0]) for row in store.read(lambda tx: [*tx.execute(text(pragma))])]

    assert look("PRAGMA integrity_check") == ["ok"]
    assert look("PRAGMA foreign_key_check") == []


def _every_update_is_handled_once(
    mortal: Killed, store: Store, holders: Sequence[Policyholder]
) -> None:
    """Promise 1: nothing is lost of what Telegram was told we have, nor there twice."""
    sent = {number for holder in holders for number in holder.sent}
    rows = store.read(lambda tx: tx.execute(select(tables.inbox)).all())
    kept = Counter(row.message_id for row in rows)

    assert mortal.api.pending == []
    assert mortal.api.acked == sent
    assert kept == Counter(map(str, sent))
    assert [row.id for row in rows if row.handled_at is None or row.failure is not None] == []


def _is_in_order(store: Store, holder: Policyholder) -> None:
    """Promise 3: a chat's messages are kept and handled in the order in which they were sent."""
    lines = _lines(store, holder, inbound=True)
    assert [json.loads(line.body)["update_id"] for line in lines] == holder.sent
    handled = [line.settled_at for line in lines if line.settled_at is not None]
    assert all(one <= next_one for one, next_one in pairwise(handled))


def _claim_is_whole(mortal: Killed, store: Store, holder: Policyholder) -> None:
    """Promise 2: the claim that they were told of is there, with the photos that they sent."""
    stored = store.claim(holder.reference)
    photos = open_photos(f"file:{mortal.folder / 'photos'}")
    assert stored.key == chat_of(holder.person)
    assert tuple(photos.get(shown.sha256) for shown in stored.claim.photos) == holder.pictures


def _claims_are_queued_once(
    store: Store,
    queue: AdjusterQueue,
    holders: Sequence[Policyholder],
    decided: Collection[str],
) -> None:
    """Promise 2: no claim is missing, twice, or nobody's; what is decided waits no more."""
    told = [holder.reference for holder in holders]
    claims = {stored.claim.reference: stored.status for stored in store.claims(limit=ALL)}
    done = Counter((link.entry.action, link.entry.subject) for link in store.audit_rows())
    left = store.write(lambda tx: queue.lease(tx, "an", hold=timedelta(hours=1), n=ALL))

    assert Counter(told) == Counter(claims.keys())
    assert {name for name, status in claims.items() if status == Status.DECIDED} == set(decided)
    assert [done["claim submitted", name] for name in told] == [1] * len(told)
    assert [done["claim accepted", name] for name in decided] == [1] * len(decided)
    assert Counter(lease.claim_id for lease in left) == Counter(set(told) - set(decided))


def _lines(store: Store, holder: Policyholder, *, inbound: bool) -> list[Line]:
    lines = store.transcript(chat_of(holder.person))
    return [line for line in lines if line.inbound == inbound]
