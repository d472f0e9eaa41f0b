"""The worker: takes messages out of the inbox and carries conversations one step on."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from claimbot.channels import File, Inbound, Received, Text
from claimbot.codec import dump, load
from claimbot.conversation import (
    Amend,
    Asked,
    Conversation,
    Effect,
    Elapsed,
    Event,
    Reason,
    SentUnusable,
    Submit,
    Unusable,
    closed,
    line,
    step,
)
from claimbot.errands import Errand, is_errand
from claimbot.errors import (
    ChannelDown,
    ClaimDecided,
    MachineBusy,
    NoSuchClaim,
    ReferenceTaken,
    TurnTaken,
)
from claimbot.intake.assessing import assessed, assessed_photo
from claimbot.intake.gathering import Gathering
from claimbot.intake.pump import Job, Poll, Pump, backoff, is_outage, reason, seldom
from claimbot.intake.rota import Rota
from claimbot.intake.turns import Turns
from claimbot.queues import AdjusterQueue
from claimbot.reference import make_reference
from claimbot.store import Attention, Chat, Opened, Status, Store, Turn, Waiting
from claimbot.store.deliveries import Announce
from claimbot.understanding import first_language
from claimbot.wording import Voice

log = structlog.get_logger()

CHATS_AT_ONCE = 16
TRIES = 3  # a message that breaks our code so often is set aside
FETCHES = 6  # about a minute in all; then the policyholder is asked to send the file again
LONGEST_WAIT = timedelta(minutes=1)
SLOT = timedelta(seconds=1)  # after which a chat lets others go first; a message is finished
WAKE_AGAIN = timedelta(minutes=1)  # whoever was woken sleeps at least so long


class Worker:
    """Carries conversations on: gather, decide, record."""

    def __init__(
        self,
        *,
        store: Store,
        queue: AdjusterQueue,
        gathering: Gathering,
        voice: Callable[[], Voice],
        language: str,
        clock: Callable[[], datetime],
        draw: Callable[[int], int],
        recorded: Callable[[], None] = lambda: None,
        extras: Collection[str] = (),
        announce: Announce = lambda *_: None,
    ) -> None:
        """Take what it works with.

        Args:
            store: The claim database.
            queue: Where finished claims go.
            gathering: What turns messages into events.
            voice: Returns what the bot says of its insurer.
            language: The code of the language to begin in when nothing tells another.
            clock: Returns the time, aware.
            draw: Returns a number from 0 up to but not including its argument, by chance.
            recorded: Called whenever there may be something to deliver.
            extras: The names of those that look at each claim.
            announce: Tells the sinks of the claims.
        """
        self._store = store
        self._gathering = gathering
        self._turns = Turns(
            queue=queue, voice=voice, clock=clock, extras=extras, announce=announce
        )
        self._language = language
        self._clock = clock
        self._draw = draw
        self._recorded = recorded
        self._rota = Rota(store, gathering.channels)
        self._pump = Pump(
            "worker",
            due=self._due,
            next_due=lambda now: asyncio.to_thread(store.next_due, now),
            clock=clock,
            width=CHATS_AT_ONCE,
        )

    async def receive(self, messages: Sequence[Received]) -> None:
        """Keep messages; when it returns, they may be acknowledged to the channel."""
        await asyncio.to_thread(self._store.receive, messages, self._clock())
        self._pump.nudge()

    async def run(self, poll: Poll = seldom) -> None:
        """Work until cancelled; then finish what is in hand."""
        await self._pump.run(poll)

    async def once(self) -> bool:
        """Do what is due now; tell whether there was anything."""
        return await self._pump.once()

    def close(self) -> None:
        """Let other workers have every chat, once this one has stopped."""
        self._rota.close()

    async def _due(self, now: datetime, room: int, busy: frozenset[Chat]) -> Sequence[Job]:
        chats = await asyncio.to_thread(self._rota.take, now, room, busy)
        return [(chat, partial(self._serve, chat)) for chat in chats]

    async def _serve(self, chat: Chat) -> None:
        try:
            await self._carry_on(chat)
        except TurnTaken:
            log.info("turn taken by another worker", channel=chat.channel)
        finally:
            self._rota.done(chat)

    async def _carry_on(self, chat: Chat) -> None:
        """Handle what waits in a chat, in order, or wake it when its silence is over.

        What is left after its `SLOT` waits for the chat's next turn.

        Raises:
            TurnTaken: Another worker did some of it.
        """
        began = self._clock()
        opened = await asyncio.to_thread(self._store.open_chat, chat)
        opened = await self._readable(chat, opened)
        if not opened.waiting:
            await self._wake(chat, opened)
        for waiting in opened.waiting:
            if waiting.not_before is not None and waiting.not_before > began:
                return  # another worker postponed it meanwhile
            async with _meanwhile(self._gathering.greet(chat, waiting.payload)):
                after = await self._handle(chat, opened, waiting)
            if after is None:
                return
            opened = after
            if self._clock() - began >= SLOT:
                return

    async def _readable(self, chat: Chat, opened: Opened) -> Opened:
        """Return the chat as it is, or begun anew when what was kept of it cannot be read.

        A person is called, who finds it with the call.

        Raises:
            TurnTaken: Another worker did so.
        """
        if opened.state is None:
            return opened
        try:
            load(Conversation, opened.state)
        except ValueError:
            log.exception("conversation begun anew", channel=chat.channel)
        else:
            return opened
        anew = Conversation(language=self._language, reference=make_reference(self._draw))
        turn = Turn(
            key=chat,
            turn=opened.turn,
            inbox_id=None,
            state=dump(anew),
            at=self._clock(),
            attention=(
                Attention(
                    reference=anew.reference,
                    reason=Reason.BROKEN.value,
                    detail=json.dumps({"conversation": opened.state}),
                ),
            ),
        )
        await asyncio.to_thread(self._store.record, turn)
        return replace(opened, turn=opened.turn + 1, state=turn.state, wake_at=None)

    async def _wake(self, chat: Chat, opened: Opened) -> None:
        now = self._clock()
        if opened.state is None or opened.wake_at is None or opened.wake_at > now:
            return
        was = load(Conversation, opened.state)
        try:
            await self._decide(chat, opened, was, Elapsed(now), inbox_id=None)
        except TurnTaken:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            # Left as it is, it would be due at once again, before every other chat, for ever.
            # It sleeps until something is said, and if nothing is, until it is forgotten.
            log.exception("conversation not woken", channel=chat.channel)
            asleep = Turn(key=chat, turn=opened.turn, inbox_id=None, state=opened.state, at=now)
            await asyncio.to_thread(self._store.call_person, asleep, _broken(was))

    async def _handle(self, chat: Chat, opened: Opened, waiting: Waiting) -> Opened | None:
        """Handle a message; None when the ones after it have to wait.

        Raises:
            TurnTaken: Another worker did so.
        """
        inbound: Inbound | Errand | None = None
        try:
            inbound = self._gathering.read(chat, waiting.payload)
            event = await self._event(chat, inbound, waiting)
            was = self._conversation(opened, inbound, event)
            return await self._decide(chat, opened, was, event, inbox_id=waiting.id)
        except TurnTaken:
            raise
        except Exception as error:
            is_ours = not is_outage(error)
            if is_ours:
                log.exception("message not handled", channel=chat.channel, tries=waiting.tries + 1)
                if waiting.faults + 1 >= TRIES:
                    return await self._set_aside(chat, opened, waiting, inbound, error)
            await self._postpone(waiting, error, is_ours=is_ours)
            return None

    async def _event(
        self, chat: Chat, inbound: Inbound | Errand, waiting: Waiting
    ) -> Event | None:
        try:
            return await self._gathering.event(
                chat, inbound, waiting.received_at, patient=waiting.tries > 0
            )
        except (ChannelDown, MachineBusy):
            if waiting.tries - waiting.faults + 1 < FETCHES:
                raise
            return SentUnusable(Unusable.LOST, waiting.received_at)

    def _conversation(
        self, opened: Opened, inbound: Inbound | Errand | None, event: Event | None = None
    ) -> Conversation:
        if opened.state is not None:
            return load(Conversation, opened.state)
        if isinstance(event, Asked):  # of a chat that was erased
            return Conversation(language=event.claim.language)
        match inbound:
            case Inbound(content=Text(text=text) | File(caption=text)):
                said = text
            case _:
                said = ""
        hint = inbound.language if isinstance(inbound, Inbound) else None
        return Conversation(language=first_language(hint, said, self._language))

    async def _decide(
        self,
        chat: Chat,
        opened: Opened,
        was: Conversation,
        event: Event | None,
        *,
        inbox_id: int | None,
    ) -> Opened:
        """Take a step and record it; again under another claim reference if that one is taken.

        Or with nothing for the adjuster if the claim that it was to join is decided.
        """
        while True:
            was = await self._as_it_is(was)
            if not was.reference:
                was = replace(was, reference=make_reference(self._draw))
            now, effects = step(was, event) if event else (was, ())
            effects = tuple([await self._assessed(chat, effect) for effect in effects])
            turn = self._turns.after(chat, opened, now, effects, inbox_id=inbox_id)
            if turn.wake_at and isinstance(event, Elapsed):
                turn = replace(turn, wake_at=max(turn.wake_at, event.at + WAKE_AGAIN))
            try:
                await asyncio.to_thread(self._store.record, turn)
            except ReferenceTaken:
                was = replace(was, reference="")
                continue
            except (ClaimDecided, NoSuchClaim):
                continue
            break
        self._recorded()
        log.info(
            "message handled" if inbox_id else "conversation woken",
            channel=chat.channel,
            event_kind=type(event).__name__,
            asking=now.asking.value,
            effects=[type(effect).__name__ for effect in effects],
        )
        if turn.erase:
            return replace(opened, turn=0, state=None, wake_at=None)
        return replace(opened, turn=opened.turn + 1, state=turn.state, wake_at=turn.wake_at)

    async def _as_it_is(self, was: Conversation) -> Conversation:
        """Return a conversation in which an adjuster asks about no claim that is decided."""
        if was.asked is None:
            return was
        try:
            stored = await asyncio.to_thread(self._store.claim, was.asked.reference)
        except NoSuchClaim:
            return closed(was)
        return closed(was) if stored.status is Status.DECIDED else was

    async def _assessed(self, chat: Chat, effect: Effect) -> Effect:
        """Return the effect, a claim in it with what its parts say of each other."""
        match effect:
            case Submit(claim=claim):
                return Submit(await assessed(self._store, chat, claim))
            case Amend(amendment=more) if more.photo:
                photo = await assessed_photo(self._store, chat, more.reference, more.photo)
                return Amend(replace(more, photo=photo))
            case _:
                return effect

    async def _postpone(self, waiting: Waiting, error: Exception, *, is_ours: bool) -> None:
        failures = waiting.faults if is_ours else waiting.tries
        wait = backoff(failures, LONGEST_WAIT, self._draw)
        if isinstance(error, ChannelDown) and error.retry_after:
            wait = max(wait, error.retry_after)
        until = self._clock() + wait
        log.warning("message postponed", tries=waiting.tries + 1, error=type(error).__name__)
        await asyncio.to_thread(
            self._store.postpone, waiting.id, until, reason(error), is_ours=is_ours
        )

    async def _set_aside(
        self,
        chat: Chat,
        opened: Opened,
        waiting: Waiting,
        inbound: Inbound | Errand | None,
        error: Exception,
    ) -> Opened:
        """Let the chat go on without a message that breaks our code.

        It is kept, its sender is told, and adjusters see that somebody may need a person.
        """
        was = self._conversation(opened, inbound)
        if not was.reference:
            was = replace(was, reference=make_reference(self._draw))
        turn = self._turns.apology(chat, opened, was, line("broken"))
        if is_errand(waiting.payload):  # it was not they who sent it
            turn = replace(turn, say=())
        call = _broken(was)
        await asyncio.to_thread(self._store.set_aside, turn, waiting.id, reason(error), call)
        self._recorded()
        return replace(opened, turn=opened.turn + 1, state=turn.state)


def _broken(was: Conversation) -> Attention:
    """Return the call for a person when a conversation breaks our code."""
    about = was.reference if was.begun or was.sent is None else was.sent.reference
    return Attention(reference=about, reason=Reason.BROKEN.value)


@contextlib.asynccontextmanager
async def _meanwhile(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do something on the side, until it is done, or what goes on in the context fails."""
    doing = asyncio.create_task(work)
    try:
        yield
        await doing
    finally:
        doing.cancel()
