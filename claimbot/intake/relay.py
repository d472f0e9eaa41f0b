"""The relay: delivers what the outbox holds, in order within a chat."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from claimbot.channels import Channel, Outbound
from claimbot.codec import load
from claimbot.errors import Blocked, ChannelDown, Undeliverable
from claimbot.intake.pump import DATABASE_AWAY, PAUSE, Job, Pump, backoff, reason
from claimbot.photos import PhotoStore
from claimbot.queues import AdjusterQueue
from claimbot.store import Chat, Kind, Parcel, Store, files

log = structlog.get_logger()

DELIVERIES_AT_ONCE = 64  # of which most only wait for their chat's gap to be over
SEND_WITHIN = timedelta(seconds=10)
HOLD = timedelta(seconds=15)  # a relay that died leaves its parcels to another one after this
LONGEST_WAIT = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=1)  # an answer that late confuses more than it helps
TRIES = 3  # a message that breaks our code so often is given up
PASSING = (ChannelDown, OSError, *DATABASE_AWAY)  # not the parcel's fault


class Relay:
    """Sends messages, feeds queues that live elsewhere, and deletes erased files' bytes."""

    def __init__(
        self,
        *,
        store: Store,
        queue: AdjusterQueue,
        photos: PhotoStore,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        gap: timedelta,
    ) -> None:
        """Take what it works with; ``gap`` is the least time between two messages of a chat."""
        self._store = store
        self._queue = queue
        self._photos = photos
        self._channels = channels
        self._clock = clock
        self._gap = gap
        self._told: dict[Chat, datetime] = {}
        self._in_hand: set[int] = set()
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

    async def run(self) -> None:
        """Work until cancelled; then finish what is in hand."""
        await self._pump.run()

    async def once(self) -> bool:
        """Deliver what is due now; tell whether there was anything."""
        return await self._pump.once()

    async def _due(self, now: datetime, room: int, _: frozenset[Chat]) -> Sequence[Job]:
        self._told = {chat: at for chat, at in self._told.items() if now - at < self._gap}
        parcels = await asyncio.to_thread(
            self._store.take, now, room, self._gap + HOLD, self._channels.keys()
        )
        # One whose delivery takes longer than it was held for is due, and in hand.
        parcels = [parcel for parcel in parcels if parcel.id not in self._in_hand]
        self._in_hand |= {parcel.id for parcel in parcels}
        return [(parcel.key, partial(self._deliver, parcel)) for parcel in parcels]

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            await self._try(parcel)
        finally:
            self._in_hand.remove(parcel.id)

    async def _try(self, parcel: Parcel) -> None:
        try:
            match parcel.kind:
                case Kind.SAY:
                    await self._say(parcel)
                case Kind.ENQUEUE:
                    await asyncio.to_thread(self._enqueue, parcel)
                case Kind.DISCARD:  # pragma: no branch  there is no other kind
                    await asyncio.to_thread(self._discard, parcel)
        except Blocked as error:
            log.info("chat ended by the policyholder", channel=parcel.key.channel)
            await asyncio.to_thread(
                self._store.give_up_chat, parcel.key, self._clock(), str(error)
            )
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
        if (last := self._told.get(parcel.key)) is not None:
            wait = min(self._gap, last + self._gap - self._clock())  # a clock can be set back
            await asyncio.sleep(wait.total_seconds())
        async with asyncio.timeout(SEND_WITHIN.total_seconds()):
            await channel.send(parcel.key.chat, message)
        self._told[parcel.key] = self._clock()

    def _enqueue(self, parcel: Parcel) -> None:
        wanted = json.loads(parcel.body)
        due_at = datetime.fromisoformat(wanted["due_at"])
        self._store.write(lambda tx: self._queue.put(tx, wanted["reference"], due_at=due_at))

    def _discard(self, parcel: Parcel) -> None:
        names = json.loads(parcel.body)

        def discard(tx: Connection) -> None:
            files.hold(tx)
            for name in files.unreferenced(tx, names):
                self._photos.delete(name)

        self._store.write(discard)

    async def _retry(self, parcel: Parcel, error: Exception) -> None:
        now = self._clock()
        too_late = now - parcel.created_at > GIVE_UP_AFTER
        breaks_us = not isinstance(error, PASSING) and parcel.tries + 1 >= TRIES
        if parcel.kind is Kind.SAY and (too_late or breaks_us):
            await self._give_up(parcel, error)
            return
        wait = backoff(parcel.tries, LONGEST_WAIT)
        if isinstance(error, ChannelDown) and error.retry_after:
            wait = error.retry_after
        log.warning(
            "delivery put off",
            channel=parcel.key.channel,
            kind=parcel.kind.value,
            tries=parcel.tries + 1,
            error=type(error).__name__,
        )
        await asyncio.to_thread(self._store.retry, parcel.id, now + wait, reason(error))

    async def _give_up(self, parcel: Parcel, error: Exception) -> None:
        log.error("delivery given up", channel=parcel.key.channel, error=type(error).__name__)
        await asyncio.to_thread(self._store.give_up, parcel.id, self._clock(), reason(error))
