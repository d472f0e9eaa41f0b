"""One step of a conversation, with everything that it leaves behind."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, true, update

from claimbot.claim import ANSWER_WITHIN, Amendment, Claim, Priority
from claimbot.columns import insert_new
from claimbot.errors import ClaimDecided, NoSuchClaim, TurnTaken
from claimbot.store import attention, audit, claims, inbox, outbox, questions
from claimbot.store.attention import Attention
from claimbot.store.chat import Chat
from claimbot.store.claims import Status
from claimbot.store.deliveries import Announce, EventType
from claimbot.store.outbox import Kind, Posting
from claimbot.store.prepared import Prepared
from claimbot.store.retention import forget_chat
from claimbot.store.tables import conversation

POLICYHOLDER = "policyholder"

_begin = Prepared(
    lambda tx: insert_new(tx, conversation),
    columns=("channel", "chat", "shard", "turn", "state", "wake_at", "updated_at"),
)
_carry_on = Prepared(
    lambda _: (
        update(conversation)
        .where(
            conversation.c.channel == bindparam("its_channel"),
            conversation.c.chat == bindparam("its_chat"),
            conversation.c.turn == bindparam("last_turn"),
        )
        .values(
            turn=bindparam("this_turn"),
            state=bindparam("now_state"),
            wake_at=bindparam("now_wake_at"),
            updated_at=bindparam("now_updated_at"),
        )
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one step leaves behind.

    Attributes:
        key: The chat.
        turn: The turn that was read before the step, of `conversations.Opened`.
        inbox_id: The message that was handled; ``None`` when the conversation woke by itself.
        state: The new conversation, as JSON.
        wake_at: When to wake it if nothing is said until then.
        at: The moment of the step.
        say: Messages to the policyholder, each an ``Outbound`` as JSON.
        claim: A claim that was sent with this step.
        due_at: When an adjuster should have looked at it, if not at the claim's own time.
        enqueue: Puts the claim in a queue that lives in this database, in the same transaction.
            Without it, the outbox brings the claim to the queue before it says anything.
        amend: What joins a claim that was sent, all of it the same one.
        unpark: Makes a claim of this reference ready again in such a queue, first for the adjuster
            who asked, if there is one.  Without it, the outbox does.
        hasten: The reference of a claim that was sent, and how soon to look at it from now on.
        expedite: Makes a claim due by then in such a queue.  Without it, the outbox does.
        announce: Tells the sinks of the claims.
        inspect: Extras that are to look at the claim's files, once its chat was answered.
        attention: Calls for a person.
        erase: Forget the chat: of the conversation only ``say`` is left, until it is sent.
    """

    key: Chat
    turn: int
    inbox_id: int | None
    state: str
    wake_at: datetime | None = None
    at: datetime
    say: tuple[str, ...] = ()
    claim: Claim | None = None
    due_at: datetime | None = None
    enqueue: Callable[[Connection], object] | None = None
    amend: tuple[Amendment, ...] = ()
    unpark: Callable[[Connection, str, str | None], object] | None = None
    hasten: tuple[str, Priority] | None = None
    expedite: Callable[[Connection, str, datetime], object] | None = None
    announce: Announce = lambda *_: None
    inspect: tuple[str, ...] = ()
    attention: tuple[Attention, ...] = ()
    erase: bool = False


def record_turn(tx: Connection, turn: Turn, fingerprint: str) -> None:
    """Keep everything that a step leaves behind.

    Args:
        tx: The transaction.
        turn: The step.
        fingerprint: The chat's, which takes too long to make within a transaction.

    Raises:
        TurnTaken: Another worker recorded this turn, or handled this message.
        ReferenceTaken: Another claim has the new claim's reference.
        ClaimDecided: The claim to be amended is decided.
        NoSuchClaim: It is erased.
    """
    key, at = turn.key, turn.at
    if turn.inbox_id is not None and not inbox.finish(tx, key, turn.inbox_id, at):
        raise TurnTaken
    postings: list[Posting] = []
    done: list[audit.Entry] = []
    _save(tx, turn)
    if turn.erase:
        # What arrived later was said after the erasure was asked for, and gets its answer.
        postings += forget_chat(tx, key, inbox.is_handled, at)
        done.append(audit.Entry(actor=POLICYHOLDER, action="chat erased", subject=fingerprint))
    if turn.claim is not None:
        due_at = turn.due_at or turn.claim.due_at
        if turn.enqueue is None:
            postings.append(_enqueue(turn.claim, due_at))
        done.append(_submitted(turn.claim))
    if turn.enqueue is not None:
        turn.enqueue(tx)
    if turn.amend:
        postings += _come_back(tx, turn)
        done.append(_amended(turn))
    if turn.hasten is not None:
        postings += _hasten(tx, turn, *turn.hasten)
    postings += _say(turn)
    if turn.claim is not None:
        postings += (_inspect(turn.claim.reference, extra) for extra in turn.inspect)
    outbox.post(tx, key, postings, at)
    attention.raise_all(tx, key, turn.attention, at)
    done += (
        audit.Entry(actor=POLICYHOLDER, action="person asked for", subject=call.reference)
        for call in turn.attention
    )
    if turn.claim is not None:
        # Late: from the search for its photos on, nobody else adds to the audit.
        stored = claims.submit(tx, key, turn.claim, turn.due_at or turn.claim.due_at)
        turn.announce(tx, EventType.SUBMITTED, stored)
    if turn.amend:
        _join(tx, turn)
    audit.append(tx, done, at)


def _come_back(tx: Connection, turn: Turn) -> list[Posting]:
    """Hold the claim that is to be amended, and give it back to the adjuster who asked."""
    reference = turn.amend[0].reference
    was = claims.hold(tx, reference)
    if was.status is Status.DECIDED:
        raise ClaimDecided
    asker = questions.answered(tx, reference, turn.at)
    name = f"{reference}:{was.revision + 1}"
    has_files = any(more.photo or more.file for more in turn.amend)
    postings = [_inspect(reference, extra, name) for extra in turn.inspect if has_files]
    if turn.unpark is not None:
        turn.unpark(tx, reference, asker)
        return postings
    body = json.dumps({"reference": reference, "adjuster": asker})
    return [Posting(dedup_key=f"unpark:{name}", kind=Kind.UNPARK, body=body), *postings]


def _join(tx: Connection, turn: Turn) -> None:
    now = claims.find(tx, turn.amend[0].reference).claim
    for more in turn.amend:
        now = now.amended(more)
    turn.announce(tx, EventType.AMENDED, claims.amend(tx, now))


def _hasten(tx: Connection, turn: Turn, reference: str, priority: Priority) -> list[Posting]:
    """Let adjusters see a claim sooner; one that is decided or erased is left as it is."""
    try:
        was = claims.hold(tx, reference)
    except NoSuchClaim:
        return []
    sooner = ANSWER_WITHIN[priority] < ANSWER_WITHIN[was.claim.priority]
    if was.status is Status.DECIDED or not sooner:
        return []
    now = claims.set_priority(tx, reference, priority)
    turn.announce(tx, EventType.AMENDED, now)
    if turn.expedite is not None:
        turn.expedite(tx, reference, now.due_at)
        return []
    body = json.dumps({"reference": reference, "due_at": now.due_at.isoformat()})
    name = f"expedite:{reference}:{now.revision}"
    return [Posting(dedup_key=name, kind=Kind.EXPEDITE, body=body)]


def erase_chat(tx: Connection, key: Chat, actor: str, fingerprint: str, at: datetime) -> None:
    """Forget a chat but for the claims it sent, what waits in its inbox included."""
    outbox.post(tx, key, forget_chat(tx, key, true(), at), at)
    audit.append(tx, [audit.Entry(actor=actor, action="chat erased", subject=fingerprint)], at)


def _save(tx: Connection, turn: Turn) -> None:
    """Keep the conversation if nobody else did since it was read."""
    key = turn.key
    if turn.turn == 0:
        now = {
            "channel": key.channel,
            "chat": key.chat,
            "shard": key.shard,
            "turn": 1,
            "state": turn.state,
            "wake_at": turn.wake_at,
            "updated_at": turn.at,
        }
        saved = _begin.run(tx, [now])
    else:
        now = {
            "its_channel": key.channel,
            "its_chat": key.chat,
            "last_turn": turn.turn,
            "this_turn": turn.turn + 1,
            "now_state": turn.state,
            "now_wake_at": turn.wake_at,
            "now_updated_at": turn.at,
        }
        saved = _carry_on.run(tx, [now])
    if saved != 1:
        raise TurnTaken


def _enqueue(claim: Claim, due_at: datetime) -> Posting:
    body = json.dumps({"reference": claim.reference, "due_at": due_at.isoformat()})
    return Posting(dedup_key=f"enqueue:{claim.reference}", kind=Kind.ENQUEUE, body=body)


def _say(turn: Turn) -> list[Posting]:
    # A chat that was erased begins at turn 0 again; its farewell may still be on its way then.
    name = f"erased:{turn.at.isoformat()}" if turn.erase else str(turn.turn)
    return [
        Posting(
            dedup_key=f"{turn.key.channel}:{turn.key.chat}:{name}:{number}",
            kind=Kind.SAY,
            body=body,
            forget=turn.erase,
        )
        for number, body in enumerate(turn.say)
    ]


def _inspect(reference: str, extra: str, name: str = "") -> Posting:
    body = json.dumps({"reference": reference, "extra": extra})
    name = f"inspect:{name or reference}:{extra}"
    return Posting(dedup_key=name, kind=Kind.INSPECT, body=body)


def _amended(turn: Turn) -> audit.Entry:
    numbers = {
        "photos": sum(1 for more in turn.amend if more.photo),
        "files": sum(1 for more in turn.amend if more.file),
        "words": sum(1 for more in turn.amend if more.words),
    }
    return audit.Entry(
        actor=POLICYHOLDER,
        action="claim amended",
        subject=turn.amend[0].reference,
        detail=json.dumps(numbers),
    )


def _submitted(claim: Claim) -> audit.Entry:
    numbers = {"photos": len(claim.photos), "priority": claim.priority.value}
    return audit.Entry(
        actor=POLICYHOLDER,
        action="claim submitted",
        subject=claim.reference,
        detail=json.dumps(numbers),
    )
