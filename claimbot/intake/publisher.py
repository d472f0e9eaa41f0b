"""The publisher: tells each sink what became of claims, at its own pace."""

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection

from claimbot.codec import plain
from claimbot.errors import NoSuchClaim, SinkDown, SinkError, SinkGone
from claimbot.intake.pump import DATABASE_AWAY, PAUSE, Job, Poll, Pump, backoff, seldom
from claimbot.sinks import Address, Message, Sink
from claimbot.store import Chat, Store, StoredClaim, claims, deliveries
from claimbot.store.deliveries import Delivery

log = structlog.get_logger()

BATCH = 50  # messages at once
PUBLISH_WITHIN = timedelta(seconds=45)
HOLD = timedelta(seconds=60)  # a publisher that died leaves its batch to another one after this
LONGEST_PAUSE = timedelta(minutes=1)  # between two looks at a sink that is down
LONGEST_ASKED = timedelta(days=1)  # whatever a sink asks for
WATCH_EVERY = timedelta(minutes=5)
CLOSE_WITHIN = timedelta(seconds=2)

# Eight tries over about 24 h, a fifth of each wait left to chance, as Standard Webhooks has it.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=7),
    timedelta(hours=9),
)
TRIES = len(WAITS) + 1


Describe = Callable[[StoredClaim], Mapping[str, Any]]
"""Returns a claim as JSON, for a sink that wants all of it."""


class Publisher:
    """Tells every sink; one that is slow or away holds up no other.

    Several processes may do so: each holds what it is telling.  What it told and could not note is
    told again, under the same id.
    """

    def __init__(
        self,
        *,
        store: Store,
        addresses: Sequence[Address],
        open_sink: Callable[[Address], Sink],
        describe: Describe,
        clock: Callable[[], datetime],
        draw: Callable[[int], int],
        watch_after: timedelta,
        hold: timedelta = HOLD,
    ) -> None:
        """Take what it works with.

        Args:
            store: The claim database.
            addresses: The sinks that are configured.
            open_sink: Opens one of them.
            describe: Returns a claim as JSON.
            clock: Returns the time.
            draw: Returns a number from 0 up to but not including its argument, by chance.
            watch_after: How long a sink may not know of an undecided claim until it is told again.
            hold: How long a batch is kept from other publishers; more than `PUBLISH_WITHIN`.
        """
        self._addresses = addresses
        self._open_sink = open_sink
        self._ways = _Ways(
            store=store,
            describe=describe,
            clock=clock,
            draw=draw,
            watch_after=watch_after,
            hold=hold,
        )
        self._lines: list[_Line] = []

    def nudge(self) -> None:
        """Look again: there may be something to tell."""
        for line in self._lines:
            line.pump.nudge()

    def loops(self, poll: Poll = seldom) -> list[Coroutine[None, None, None]]:
        """Return a loop for each sink; cancelled, it finishes what is in hand.

        Raises:
            BadConfiguration: A sink cannot be opened.
        """
        self._open()
        return [line.run(poll) for line in self._lines]

    async def once(self) -> bool:
        """Tell every sink a batch of what is due now; tell whether there was anything."""
        self._open()
        return any([await line.pump.once() for line in self._lines])

    async def close(self) -> None:
        """Let go of what `once` connected to; a loop does so itself."""
        for line in self._lines:
            await line.close()

    def _open(self) -> None:
        if not self._lines:
            self._lines = [
                _Line(address, self._open_sink(address), self._ways) for address in self._addresses
            ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """What all sinks have in common, of `Publisher.__init__`."""

    store: Store
    describe: Describe
    clock: Callable[[], datetime]
    draw: Callable[[int], int]
    watch_after: timedelta
    hold: timedelta


class _Line:
    """What goes to one sink, a batch at a time."""

    def __init__(self, address: Address, sink: Sink, ways: _Ways) -> None:
        self._name = address.name
        self._describe = ways.describe if address.full else None
        self._sink = sink
        self._store = ways.store
        self._clock = ways.clock
        self._draw = ways.draw
        self._watch_after = ways.watch_after
        self._hold = ways.hold
        self._failures = 0  # in a row
        self._paused_until: datetime | None = None
        self._watched_at: datetime | None = None
        self.pump = Pump(
            "sink", due=self._due, next_due=self._next_due, clock=self._clock, width=1
        )

    async def run(self, poll: Poll) -> None:
        try:
            await self.pump.run(poll)
        finally:
            await self.close()

    async def close(self) -> None:
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_WITHIN.total_seconds()):
                await self._sink.close()

    async def _due(self, now: datetime, _room: int, _busy: frozenset[Chat]) -> Sequence[Job]:
        if self._paused_until is not None and now < self._paused_until:
            return []
        if self._watched_at is None or now >= self._watched_at + WATCH_EVERY:
            await asyncio.to_thread(self._store.write, partial(self._watch, now))
            self._watched_at = now
        batch = await asyncio.to_thread(self._store.write, partial(self._take, now))
        key = Chat(channel="sink", chat=self._name)
        return [(key, partial(self._tell, batch))] if batch else []

    async def _next_due(self, now: datetime) -> datetime | None:
        if self._paused_until is not None and now < self._paused_until:
            return self._paused_until
        return await asyncio.to_thread(
            self._store.read, lambda tx: deliveries.next_due(tx, self._name, now)
        )

    def _take(self, now: datetime, tx: Connection) -> list[Delivery]:
        return deliveries.take(tx, self._name, now, BATCH, self._hold)

    def _watch(self, now: datetime, tx: Connection) -> None:
        before = now - self._watch_after
        if again := deliveries.watch(tx, self._name, before, now, TRIES - 1):
            log.warning("sink told again", sink=self._name, deliveries=again)

    async def _tell(self, batch: Sequence[Delivery]) -> None:
        try:
            messages, unmade = await asyncio.to_thread(
                self._store.read, partial(self._make, batch)
            )
            confirmed, error = await self._publish(messages)
        except asyncio.CancelledError:  # others need not wait until it is due again
            self._store.write(lambda tx: deliveries.release(tx, [one.id for one in batch]))
            raise
        self._pause(error)
        outcome = _Outcome(batch=batch, confirmed=confirmed, unmade=unmade, error=error)
        await self._note(outcome)
        log.info("sink told", sink=self._name, confirmed=len(confirmed), tried=len(batch))

    def _make(
        self, batch: Sequence[Delivery], tx: Connection
    ) -> tuple[list[Message], Mapping[int, str]]:
        """Return the messages, and why there is none, by the delivery's id."""
        messages: list[Message] = []
        unmade: dict[int, str] = {}
        for one in batch:
            try:
                stored = claims.find(tx, one.reference)
            except NoSuchClaim:
                unmade[one.id] = "the claim was erased"
            except ValueError:  # its text quotes the claim
                unmade[one.id] = "the claim cannot be read; run `claimbot db check`"
            else:
                messages.append(message(one, stored, self._describe))
        return messages, unmade

    async def _publish(
        self, messages: Sequence[Message]
    ) -> tuple[Collection[str], Exception | None]:
        """Return the ids that the sink confirmed, and what kept it from confirming the others."""
        if not messages:
            return (), None
        try:
            async with asyncio.timeout(PUBLISH_WITHIN.total_seconds()):
                return await self._sink.publish(messages), None
        except SinkError as error:
            log.warning("sink down", sink=self._name, error=type(error).__name__)
            return error.confirmed, error
        except Exception as error:  # noqa: BLE001 whatever a plug raises, it is tried again
            log.warning("sink down", sink=self._name, error=type(error).__name__)
            return (), error

    def _pause(self, error: Exception | None) -> None:
        """Leave a sink that is down alone for a while, whatever else there is to tell it."""
        if error is None:
            self._failures, self._paused_until = 0, None
            return
        wait = backoff(self._failures, LONGEST_PAUSE, self._draw)
        self._failures += 1
        self._paused_until = self._clock() + max(wait, _asked(error))

    async def _note(self, outcome: "_Outcome") -> None:
        """Note what was told, however long that takes: told once is enough."""
        while True:
            try:
                await asyncio.to_thread(self._store.write, partial(self._keep, outcome))
            except DATABASE_AWAY as error:
                log.warning("delivery not noted yet", error=type(error).__name__)
                await asyncio.sleep(PAUSE.total_seconds())
            else:
                return

    def _keep(self, outcome: "_Outcome", tx: Connection) -> None:
        now, error = self._clock(), outcome.error
        told = [one for one in outcome.batch if one.event_id in outcome.confirmed]
        deliveries.confirm(tx, [one.id for one in told], now)
        left = [one for one in outcome.batch if one.event_id not in outcome.confirmed]
        if isinstance(error, SinkGone):
            deliveries.disable(tx, self._name, now, str(error))
            deliveries.release(tx, [one.id for one in left])
            return
        for one in left:
            failure = outcome.unmade.get(one.id) or _failure(error)
            if one.id in outcome.unmade or one.tries + 1 >= TRIES:
                log.error("sink not told", sink=self._name, claim=one.reference)
                deliveries.give_up(tx, one.id, now, failure)
            else:
                wait = max(_wait(one.tries, self._draw), _asked(error))
                deliveries.put_off(tx, one.id, now + wait, failure)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What became of a batch.  ``unmade`` is why there is no message, by the delivery's id."""

    batch: Sequence[Delivery]
    confirmed: Collection[str]
    unmade: Mapping[int, str]
    error: Exception | None


def message(told: Delivery, stored: StoredClaim, describe: Describe | None = None) -> Message:
    """Return an event as a sink is told it: the claim as it is now, whatever it was then.

    Without ``describe``, it says which claim and how far that is, and nothing that is personal.
    """
    reference = told.reference
    data: dict[str, Any] = {
        "reference": reference,
        "revision": int(told.event_id.rpartition(":")[2]),
        "status": stored.status.value,
        "priority": stored.claim.priority.value,
        "links": {"claim": f"/v1/claims/{reference}"},
    }
    if describe is not None:
        data["claim"] = describe(stored)
    event = {
        "specversion": "1.0",
        "id": told.event_id,
        "source": "/claimbot",
        "type": told.event_type,
        "subject": reference,
        "time": plain(told.created_at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return Message(
        id=told.event_id,
        type=told.event_type,
        time=told.created_at,
        subject=reference,
        data=json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(),
        key=reference,
    )


def _wait(tries: int, draw: Callable[[int], int]) -> timedelta:
    wait = WAITS[min(tries, len(WAITS) - 1)]
    return wait + timedelta(seconds=draw(wait // timedelta(seconds=5) + 1))


def _asked(error: Exception | None) -> timedelta:
    """Return how long the sink itself asks us to wait."""
    asked = error.retry_after if isinstance(error, SinkDown) else None
    return min(asked or timedelta(), LONGEST_ASKED)


def _failure(error: Exception | None) -> str:
    """Return what the delivery log says; the text of a foreign error may quote a password."""
    if error is None:
        return "not confirmed"
    return str(error) if isinstance(error, SinkError) else type(error).__name__
