"""Put claimbot together: the only place that knows concrete classes, and what time it is."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from claimbot.channels import Channel, Receive, Received
from claimbot.desk import Desk, as_json
from claimbot.errors import ChannelDown
from claimbot.extras import Extra, open_extras
from claimbot.extras.faces import Faces
from claimbot.intake import Gathering, Relay, Upkeep, Worker
from claimbot.intake.publisher import Publisher
from claimbot.intake.pump import seldom
from claimbot.photos import PhotoStore, open_photos
from claimbot.photos.copies import Copies
from claimbot.photos.examiners import Examiners
from claimbot.plugins import load_plug
from claimbot.policies import PolicyDirectory, open_policies
from claimbot.queues import AdjusterQueue, open_queue
from claimbot.settings import Settings
from claimbot.sinks import Address, Sink, SinkOptions, open_sink, parse_sinks
from claimbot.store import Store, StoredClaim, deliveries
from claimbot.store.deliveries import EventType
from claimbot.wording import Voice

if TYPE_CHECKING:
    from claimbot.channels.telegram import Telegram

THREADS = 64  # most of them wait for the database; Python gives a small machine six
EMBEDDED = "sqlite"  # its schema is brought up to date by whoever opens it


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def often() -> timedelta:
    """Return how soon to look again for what other processes leave: 0.25 to 0.5 s, by chance.

    So several that look do not do so in step.
    """
    return timedelta(milliseconds=250 + secrets.randbelow(250))


class Part(StrEnum):
    """What can be left to other processes."""

    INTAKE = "intake"  # take in messages
    WORKER = "worker"  # carry conversations on
    RELAY = "relay"  # deliver the answers


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that runs, put together."""

    settings: Settings
    store: Store
    photos: PhotoStore
    policies: PolicyDirectory
    queue: AdjusterQueue
    channels: Mapping[str, Channel]
    worker: Worker
    relay: Relay
    publisher: Publisher
    upkeep: Upkeep
    desk: Desk
    clock: Callable[[], datetime]
    telegram: "Telegram | None"
    gathering: Gathering = field(repr=False)
    examiners: Examiners = field(repr=False)
    extras: Mapping[str, Extra] = field(repr=False)

    @contextlib.asynccontextmanager
    async def running(self, parts: Collection[Part] = frozenset(Part)) -> AsyncIterator[None]:
        """Take in messages, answer and deliver for as long as the context lasts.

        On leaving, what is in hand is finished; the rest, and what comes in meanwhile, waits in
        the database for the next start.

        Args:
            parts: What of that is done here; the rest is left to other processes.

        Raises:
            BadConfiguration: A channel refuses our credentials, or a sink cannot be opened.
        """
        if Part.WORKER in parts:
            self.examiners.warm()
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="claimbot")
        asyncio.get_running_loop().set_default_executor(threads)
        intake = _Intake(self.worker.receive)
        async with contextlib.AsyncExitStack() as stack:
            for channel in self.channels.values():  # stopped last: what is in hand needs them
                stack.push_async_callback(channel.stop)
            for loops in self._loops(parts):
                tasks = [_watched(asyncio.create_task(loop)) for loop in loops]
                stack.push_async_callback(_stopped, tasks)
            if Part.INTAKE in parts:
                stack.callback(intake.end)
                for channel in self.channels.values():
                    await channel.start(intake.receive)
            yield

    def _loops(self, parts: Collection[Part]) -> Iterator[list[Coroutine[None, None, None]]]:
        """Give what runs; what is stopped together, together, and the first to stop last.

        Who is fed by another process, which cannot nudge it, looks often.
        """
        if Part.RELAY in parts:
            poll = seldom if Part.WORKER in parts else often
            yield [*self.publisher.loops(), self.relay.run(poll)]
        if Part.WORKER in parts:
            poll = seldom if Part.INTAKE in parts else often
            yield [self.upkeep.run(), self.worker.run(poll)]

    def close(self) -> None:
        """Let go of the database, the threads and the child processes."""
        self.worker.close()
        self.gathering.close()
        self.examiners.close()
        for extra in self.extras.values():
            extra.close()
        self.store.close()


def _watched(work: "asyncio.Task[None]") -> "asyncio.Task[None]":
    """Cancel who asks when ``work``, which has no end, ends: half of us must not go on alone."""
    owner = asyncio.current_task()
    assert owner is not None  # noqa: S101 for the type checker

    def ended(task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            owner.cancel()

    work.add_done_callback(ended)
    return work


class _Intake:
    """What the channels hand messages to, until there shall be no more of them."""

    def __init__(self, receive: Receive) -> None:
        self._receive: Receive | None = receive

    async def receive(self, messages: Sequence[Received]) -> None:
        """Keep messages.

        Raises:
            ChannelDown: We are stopping; they are not kept, and come again.
        """
        if self._receive is None:
            raise ChannelDown("claimbot is stopping")
        await self._receive(messages)

    def end(self) -> None:
        """Keep no more."""
        self._receive = None


async def _stopped(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


def open_store(settings: Settings) -> Store:
    """Open the claim database with its schema up to date.

    Raises:
        BadConfiguration: It cannot be used, or its schema is not this claimbot's.
    """
    with contextlib.ExitStack() as undo:
        store = Store(settings.database)
        undo.callback(store.close)
        if store.engine.dialect.name == EMBEDDED:
            store.upgrade()
        store.check_schema()
        undo.pop_all()
    return store


def build(
    settings: Settings,
    *,
    channels: Mapping[str, Channel] | None = None,
    clock: Callable[[], datetime] = now,
    draw: Callable[[int], int] = secrets.randbelow,
) -> App:
    """Put claimbot together as the settings say; nothing runs yet.

    Args:
        settings: The settings.
        channels: Instead of those that are configured.
        clock: Returns the time.
        draw: Returns a number from 0 up to but not including its argument, by chance.

    Raises:
        BadConfiguration: A setting cannot be used.
    """
    photos = open_photos(settings.photos)
    photos.check()
    extras = open_extras(settings.extras)
    addresses = parse_sinks(settings.sinks)
    policies = open_policies(settings.policies)
    telegram = open_telegram(settings) if channels is None else None
    if channels is None:
        channels = {telegram.name: telegram} if telegram else {}
    with contextlib.ExitStack() as undo:
        store = open_store(settings)
        undo.callback(store.close)
        queue = open_queue(settings.queue or settings.database, store.engine)
        undo.pop_all()
    examiners = Examiners(os.cpu_count() or 1)
    gathering = Gathering(
        store=store, photos=photos, policies=policies, channels=channels, examiners=examiners
    )
    relay = Relay(
        store=store,
        queue=queue,
        photos=photos,
        channels=channels,
        clock=clock,
        gap=timedelta(seconds=settings.message_gap_seconds),
        draw=draw,
        extras=extras,
    )
    publisher = Publisher(
        store=store,
        addresses=addresses,
        open_sink=lambda address: open_configured(settings, address, clock),
        describe=lambda stored: as_json(stored, None),
        clock=clock,
        draw=draw,
        watch_after=timedelta(minutes=settings.sink_watch_minutes),
    )
    sinks = tuple(address.name for address in addresses)

    def announce(tx: Connection, event_type: EventType, stored: StoredClaim) -> None:
        reference, revision = stored.claim.reference, stored.revision
        deliveries.announce(tx, sinks, event_type, reference, revision=revision, at=clock())

    def recorded() -> None:
        relay.nudge()
        publisher.nudge()

    worker = Worker(
        store=store,
        queue=queue,
        gathering=gathering,
        voice=lambda: voice(settings, policies),
        language=settings.language,
        clock=clock,
        draw=draw,
        recorded=recorded,
        extras=extras,
        announce=announce,
    )
    faces = extras.get("faces")
    copies = Copies(photos, examiners, hide=faces.hide if isinstance(faces, Faces) else None)
    return App(
        settings=settings,
        store=store,
        photos=photos,
        policies=policies,
        queue=queue,
        channels=channels,
        worker=worker,
        relay=relay,
        publisher=publisher,
        upkeep=Upkeep(store=store, photos=photos, clock=clock),
        desk=Desk(
            store=store,
            queue=queue,
            photos=photos,
            clock=clock,
            copies=copies,
            announce=announce,
            sinks=sinks,
        ),
        clock=clock,
        telegram=telegram,
        gathering=gathering,
        examiners=examiners,
        extras=extras,
    )


def open_configured(
    settings: Settings, address: Address, clock: Callable[[], datetime] = now
) -> Sink:
    """Return one of the sinks that are configured; nothing is connected to yet.

    Raises:
        BadConfiguration: It cannot be used.
    """
    secrets = settings.webhook_secrets.get_secret_value() if settings.webhook_secrets else ""
    options = SinkOptions(
        clock=clock,
        secrets=tuple(secrets.replace(",", " ").split()),
        allow_private=settings.webhook_allow_private,
    )
    return open_sink(address.url, options)


def voice(settings: Settings, policies: PolicyDirectory) -> Voice:
    """Return what the bot says of its insurer."""
    return Voice(
        insurer=settings.insurer,
        emergency=settings.emergency_number,
        example=policies.example,
        zone=ZoneInfo(settings.timezone),
        phone=settings.phone,
    )


def open_telegram(settings: Settings) -> "Telegram | None":
    """Return the Telegram channel, if it is configured.

    Raises:
        BadConfiguration: What is configured cannot be used.
    """
    if settings.telegram_token is None:
        return None
    from claimbot.channels.telegram import TelegramOptions

    secret, webhook = settings.telegram_webhook_secret, settings.telegram_webhook_url
    options = TelegramOptions(
        token=settings.telegram_token.get_secret_value(),
        base_url=str(settings.telegram_base_url),
        webhook_url=str(webhook) if webhook else None,
        webhook_secret=secret.get_secret_value() if secret else None,
        messages_per_second=settings.messages_per_second,
    )
    telegram: Telegram = load_plug("channels", "telegram")(options)
    return telegram
