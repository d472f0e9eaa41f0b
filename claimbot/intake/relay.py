"""The relay: delivers what the outbox holds, in order within a chat."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from threading import Event

import structlog

from claimbot.channels import Channel, Outbound
from claimbot.codec import dump, load
from claimbot.conversation import Conversation, Left, step, wake_at
from claimbot.errors import Blocked, ChannelDown, TurnTaken, Undeliverable
from claimbot.extras import Extra
from claimbot.intake.pump import (
    DATABASE_AWAY,
    PAUSE,
    Job,
    Poll,
    Pump,
    backoff,
    is_outage,
    reason,
    seldom,
)
from claimbot.intake.upkeep import discard
from claimbot.photos import PhotoStore
from claimbot.queues import AdjusterQueue
from claimbot.store import Chat, Kind, Parcel, Store, Turn, findings, outbox, questions

log = structlog.get_logger()

DELIVERIES_AT_ONCE = 32  # at `settings`' fewest messages a second, the last within SEND_WITHIN
SEND_WITHIN = timedelta(seconds=10)
HOLD = timedelta(seconds=15)  # a relay that died leaves its parcels to another one after this
INSPECTION_HOLD = timedelta(minutes=10)  # the same; ten photos on a busy machine take that long
LONGEST_WAIT = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=1)  # an answer that late confuses more than it helps
TRIES_WHEN_LATE = 10  # some minutes: if we were away for a day, so may be what we need
TRIES = 3  # a message that breaks our code so often is given up, and so is an inspection
GIVEN_UP = (Kind.SAY, Kind.INSPECT)  # the others are tried for ever


class Relay:
    """Sends messages, feeds queues that live elsewhere, and deletes erased files' bytes.

    What the extras find in a claim's files is seen to on the side, one claim at a time: that is
    work for one core, and the chats need the others.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: AdjusterQueue,
        photos: PhotoStore,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        gap: timedelta,
        draw: Callable[[int], int],
        extras: Mapping[str, Extra] | None = None,
    ) -> None:
        """Take what it works with.

        Args:
            store: The claim database.
            queue: Where finished claims go, if that is elsewhere.
            photos: The photo store.
            channels: Those that messages can be sent by.
            clock: Returns the time.
            gap: The least time between two messages to a chat, whichever relay sends them.
            draw: Returns a number from 0 up to but not including its argument, by chance.
            extras: Those that look at each claim, by name.
        """
        self._store = store
        self._queue = queue
        self._photos = photos
        self._channels = channels
        self._clock = clock
        self._gap = gap
        self._draw = draw
        self._extras = extras or {}
        self._in_hand: dict[int, Kind] = {}
        self._left_over = True  # inspections of before, maybe, whose extras are switched off
        self._pump = Pump(
            "relay",
            due=self._due,
            next_due=lambda now: asyncio.to_thread(store.next_due, now),
            clock=clock,
            width=DELIVERIES_AT_ONCE,
        )

    def nudge(self) -> None:
        """Look again: there may be something to deliver."""
        self._pump.nudge()

    async def run(self, poll: Poll = seldom) -> None:
        """Work until cancelled; then finish what is in hand."""
        await self._pump.run(poll)

    async def once(self) -> bool:
        """Deliver what is due now; tell whether there was anything."""
        return await self._pump.once()

    async def _due(self, now: datetime, room: int, _: frozenset[Chat]) -> Sequence[Job]:
        parcels = await asyncio.to_thread(
            self._store.take,
            now,
            room,
            HOLD,
            self._channels.keys(),
            gap=self._gap,
            discards=Kind.DISCARD not in self._in_hand.values(),
        )
        # One whose delivery takes longer than it was held for is due, and in hand.
        parcels = [parcel for parcel in parcels if parcel.id not in self._in_hand]
        inspects = bool(self._extras) or self._left_over
        if inspects and len(parcels) < room and Kind.INSPECT not in self._in_hand.values():
            inspections = await asyncio.to_thread(self._inspections, now)
            self._left_over = bool(inspections)
            parcels += inspections
        self._in_hand |= {parcel.id: parcel.kind for parcel in parcels}
        return [(parcel.key, partial(self._deliver, parcel)) for parcel in parcels]

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            await self._try(parcel)
        finally:
            del self._in_hand[parcel.id]

    async def _try(self, parcel: Parcel) -> None:
        try:
            match parcel.kind:
                case Kind.SAY:
                    await self._say(parcel)
                case Kind.ENQUEUE:
                    await asyncio.to_thread(self._enqueue, parcel)
                case Kind.UNPARK:
                    await asyncio.to_thread(self._unpark, parcel)
                case Kind.EXPEDITE:
                    await asyncio.to_thread(self._expedite, parcel)
                case Kind.DISCARD:
                    await asyncio.to_thread(self._discard, parcel)
                case Kind.INSPECT:  # pragma: no branch  there is no other kind
                    await self._inspect(parcel)
        except Blocked as error:
            await asyncio.to_thread(self._end, parcel.key, error)
        except Undeliverable as error:
            await self._give_up(parcel, error)
        except Exception as error:  # noqa: BLE001 whatever it is, the parcel is tried again
            await self._retry(parcel, error)
        else:
            await self._settle(parcel)

    async def _settle(self, parcel: Parcel) -> None:
        """Note that a parcel was delivered, however long that takes: said once is enough."""
        while True:
            try:
                await asyncio.to_thread(self._store.delivered, parcel.id, self._clock())
            except DATABASE_AWAY as error:
                log.warning("delivery not noted yet", error=type(error).__name__)
                await asyncio.sleep(PAUSE.total_seconds())
            else:
                return

    async def _say(self, parcel: Parcel) -> None:
        channel = self._channels[parcel.key.channel]
        message = load(Outbound, parcel.body)
        async with asyncio.timeout(SEND_WITHIN.total_seconds()):
            await channel.send(parcel.key.chat, message)

    def _end(self, key: Chat, error: Blocked) -> None:
        """Send a chat nothing more, and do not wake its conversation to remind it of anything.

        What it sent is kept for as long as it would be; whatever it says next is answered.
        """
        log.info("chat ended", channel=key.channel)
        at = self._clock()
        opened = self._store.open_chat(key)
        if opened.state is not None:
            # Whose turn is just being recorded is not gone; a conversation that cannot be read
            # does not wake either.
            with suppress(TurnTaken, ValueError):
                now, _ = step(load(Conversation, opened.state), Left(at))
                turn = Turn(
                    key=key,
                    turn=opened.turn,
                    inbox_id=None,
                    state=dump(now),
                    wake_at=wake_at(now),
                    at=at,
                )
                self._store.record(turn)
        self._store.give_up_chat(key, at, reason(error))

    def _enqueue(self, parcel: Parcel) -> None:
        wanted = json.loads(parcel.body)
        due_at = datetime.fromisoformat(wanted["due_at"])
        self._store.write(lambda tx: self._queue.put(tx, wanted["reference"], due_at=due_at))

    def _unpark(self, parcel: Parcel) -> None:
        wanted = json.loads(parcel.body)
        self._store.write(
            lambda tx: self._queue.unpark(
                tx, wanted["reference"], prefer=wanted["adjuster"], within=questions.KEPT_FOR_ASKER
            )
        )

    def _expedite(self, parcel: Parcel) -> None:
        wanted = json.loads(parcel.body)
        due_at = datetime.fromisoformat(wanted["due_at"])
        self._store.write(lambda tx: self._queue.expedite(tx, wanted["reference"], due_at=due_at))

    def _discard(self, parcel: Parcel) -> None:
        for name in json.loads(parcel.body):
            discard(self._store, self._photos, name)

    def _inspections(self, now: datetime) -> list[Parcel]:
        return self._store.write(
            lambda tx: outbox.take_inspections(tx, now, limit=1, hold=INSPECTION_HOLD)
        )

    async def _inspect(self, parcel: Parcel) -> None:
        wanted = json.loads(parcel.body)
        if (extra := self._extras.get(wanted["extra"])) is None:
            raise Undeliverable(f"the extra {wanted['extra']} is switched off")
        stopped = Event()
        try:
            await asyncio.to_thread(self._look, extra, wanted["reference"], stopped)
        except asyncio.CancelledError:
            stopped.set()  # the thread goes on to no other photo,
            extra.close()  # and does not finish the one that it is at
            self._store.retry(parcel.id, self._clock(), "stopped")  # due at the next start
            raise

    def _look(self, extra: Extra, reference: str, stopped: Event) -> None:
        def fetch(sha256: str) -> bytes:
            if stopped.is_set():
                raise InterruptedError
            return self._photos.get(sha256)

        seen = extra.inspect(self._store.claim(reference).claim, fetch)
        self._store.write(lambda tx: findings.keep(tx, reference, seen.findings))
        if seen.failure is not None:
            raise seen.failure

    async def _retry(self, parcel: Parcel, error: Exception) -> None:
        now = self._clock()
        is_late = now - parcel.created_at > GIVE_UP_AFTER
        is_ours = not is_outage(error)
        too_late = is_late and parcel.tries + 1 >= TRIES_WHEN_LATE
        breaks_us = is_ours and parcel.faults + 1 >= TRIES
        if parcel.kind in GIVEN_UP and (too_late or breaks_us):
            await self._give_up(parcel, error)
            return
        failures = parcel.faults if is_ours else parcel.tries
        wait = backoff(failures, LONGEST_WAIT, self._draw)
        if isinstance(error, ChannelDown) and error.retry_after:
            wait = max(wait, error.retry_after)
        log.warning(
            "delivery put off",
            channel=parcel.key.channel,
            kind=parcel.kind.value,
            tries=parcel.tries + 1,
            error=type(error).__name__,
        )
        await asyncio.to_thread(
            self._store.retry, parcel.id, now + wait, reason(error), is_ours=is_ours
        )

    async def _give_up(self, parcel: Parcel, error: Exception) -> None:
        log.error(
            "delivery given up",
            channel=parcel.key.channel,
            kind=parcel.kind.value,
            error=type(error).__name__,
        )
        await asyncio.to_thread(self._store.give_up, parcel.id, self._clock(), reason(error))
