"""What a step of a conversation leaves behind, in the form in which the store keeps it."""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from claimbot.channels import Button, Outbound
from claimbot.claim import Amendment, Claim, Priority
from claimbot.codec import dump
from claimbot.conversation import (
    Amend,
    CallHuman,
    Conversation,
    Effect,
    Erase,
    Expedite,
    Line,
    Say,
    Submit,
    wake_at,
)
from claimbot.queues import AdjusterQueue
from claimbot.store import Attention, Chat, Opened, Turn, questions
from claimbot.store.deliveries import Announce
from claimbot.wording import Voice, render


class Turns:
    """Writes down the next turn of a chat."""

    def __init__(
        self,
        *,
        queue: AdjusterQueue,
        voice: Callable[[], Voice],
        clock: Callable[[], datetime],
        extras: Collection[str] = (),
        announce: Announce = lambda *_: None,
    ) -> None:
        """Take where claims go and what the bot says of its insurer, the time and the extras.

        ``announce`` tells the sinks of the claims.
        """
        self._queue = queue
        self._voice = voice
        self._clock = clock
        self._extras = tuple(extras)
        self._announce = announce

    def after(
        self,
        chat: Chat,
        opened: Opened,
        now: Conversation,
        effects: Sequence[Effect],
        *,
        inbox_id: int | None,
    ) -> Turn:
        """Return the turn of a step that left these effects."""
        say: list[str] = []
        attention: list[Attention] = []
        amend: list[Amendment] = []
        claim: Claim | None = None
        hasten: tuple[str, Priority] | None = None
        for effect in effects:
            match effect:
                case Say():
                    say.append(self._outbound(effect, now.language))
                case Submit(claim=claim):
                    pass
                case Amend(amendment=amendment):
                    amend.append(amendment)
                case Expedite(reference=reference, priority=priority):
                    hasten = reference, priority
                case CallHuman(reason=reason, reference=reference) as call:
                    detail = json.dumps({"files": call.files, "words": call.words})
                    attention.append(
                        Attention(reference=reference, reason=reason.value, detail=detail)
                    )
                case Erase():  # pragma: no branch  there is no other effect
                    pass
        return Turn(
            key=chat,
            turn=opened.turn,
            inbox_id=inbox_id,
            state=dump(now),
            wake_at=wake_at(now),
            at=self._clock(),
            say=tuple(say),
            claim=claim,
            due_at=claim.due_at if claim else None,
            enqueue=self._enqueue(claim) if claim and self._queue.transactional else None,
            amend=tuple(amend),
            unpark=self._unpark if self._queue.transactional else None,
            hasten=hasten,
            expedite=self._expedite if self._queue.transactional else None,
            announce=self._announce,
            inspect=self._extras,
            attention=tuple(attention),
            erase=Erase() in effects,
        )

    def apology(self, chat: Chat, opened: Opened, was: Conversation, told: Line) -> Turn:
        """Return a turn that says something, and leaves the conversation as it is."""
        return Turn(
            key=chat,
            turn=opened.turn,
            inbox_id=None,
            state=opened.state or dump(was),
            wake_at=opened.wake_at,
            at=self._clock(),
            say=(self._outbound(Say((told,)), was.language),),
        )

    def _enqueue(self, claim: Claim) -> Callable[[Connection], object]:
        return lambda tx: self._queue.put(tx, claim.reference, due_at=claim.due_at)

    def _unpark(self, tx: Connection, reference: str, asker: str | None) -> None:
        self._queue.unpark(tx, reference, prefer=asker, within=questions.KEPT_FOR_ASKER)

    def _expedite(self, tx: Connection, reference: str, due_at: datetime) -> None:
        self._queue.expedite(tx, reference, due_at=due_at)

    def _outbound(self, say: Say, language: str) -> str:
        text, offered = render(say, language, self._voice())
        buttons = tuple(Button(id=choice, label=label) for choice, label in offered)
        return dump(Outbound(text=text, buttons=buttons))
