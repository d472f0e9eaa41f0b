"""Policyholders who wait for a person, and what a person has said in their chat."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from claimbot.channels import Received
from claimbot.claim import Draft
from claimbot.codec import load
from claimbot.conversation import Conversation
from claimbot.desk.ledger import Ledger, entry
from claimbot.errands import Act, Errand, dump_errand
from claimbot.errors import NoSuchClaim
from claimbot.reference import parse_reference
from claimbot.store import (
    Chat,
    Entry,
    Line,
    Raised,
    attention,
    claims,
    conversations,
    inbox,
    overview,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Someone who waits for a person.

    ``reference`` is the sent claim's, or the one that ``draft``, what they gave so far, would be
    sent under.  ``words`` and ``files`` (SHA-256s) came with the call and are in no draft.
    """

    reference: str
    reason: str
    channel: str
    since: datetime
    draft: Draft
    words: str = ""
    files: tuple[str, ...] = ()


def _waiting(tx: Connection, is_wanted: Callable[[Raised], bool]) -> list[Handover]:
    """Return who waits for a person, longest first, and what they gave so far."""
    return [
        _handover(tx, call) for call in attention.raised(tx, open_only=True) if is_wanted(call)
    ]


def post(tx: Connection, key: Chat, errand: Errand, at: datetime) -> None:
    """Have something said in a chat, after everything that was said there before."""
    message = Received(
        channel=key.channel,
        chat=key.chat,
        message_id=f"desk:{uuid4().hex}",
        payload=dump_errand(errand),
    )
    inbox.receive(tx, [message], at)


def _handover(tx: Connection, call: Raised) -> Handover:
    detail = json.loads(call.attention.detail)
    return Handover(
        reference=call.attention.reference,
        reason=call.attention.reason,
        channel=call.key.channel,
        since=call.raised_at,
        draft=_draft(conversations.open_chat(tx, call.key).state, call.attention.reference),
        words=detail.get("words", ""),
        files=tuple(detail.get("files", ())),
    )


def _draft(state: str | None, reference: str) -> Draft:
    """Return what a conversation collected for this reference; empty when that cannot be read."""
    try:
        conversation = load(Conversation, state or "")
    except ValueError:  # erased meanwhile, or kept by another version: the call is shown without
        return Draft()
    return conversation.draft if conversation.reference == reference else Draft()


class Handovers:
    """Policyholders whom the bot has handed over to people."""

    def __init__(self, ledger: Ledger) -> None:
        """Take what it works with."""
        self._ledger = ledger

    def all(self) -> list[Handover]:
        """Return who waits for a person, longest first, and what they gave so far."""
        return self._ledger.store.read(lambda tx: _waiting(tx, lambda _: True))

    def of(self, name: str) -> list[Handover]:
        """Return the open calls for a person about a claim, or about a draft by its reference."""
        reference = parse_reference(name) or name

        def is_wanted(call: Raised) -> bool:
            return call.attention.reference == reference

        return self._ledger.store.read(lambda tx: _waiting(tx, is_wanted))

    def take_over(self, adjuster: str, name: str) -> str:
        """Take a handover on, without a claim: it is no longer listed; return its reference.

        Raises:
            NoSuchClaim: Nobody waits under this reference.
        """
        at = self._ledger.clock()
        reference = parse_reference(name) or name

        def work(tx: Connection) -> str:
            if not attention.close(tx, reference, at):
                raise NoSuchClaim(name)
            return reference

        return self._ledger.store.act(
            work, at=at, entries=lambda taken: (entry(adjuster, "handover taken", taken),)
        )

    def tell(self, adjuster: str, name: str, text: str) -> str:
        """Say something in the chat of a handover, or of a claim that one holds.

        Return its reference.  A handover may have been taken on by anyone.

        Raises:
            LeaseLost: There was no handover, and the adjuster does not hold the claim.
            NoSuchClaim: There is nothing of this name.
        """
        at = self._ledger.clock()
        reference = parse_reference(name) or name

        def say(tx: Connection, key: Chat, reference: str) -> str:
            post(tx, key, Errand(act=Act.TOLD, reference=reference, text=text), at)
            return reference

        def entries(reference: str) -> tuple[Entry, ...]:
            return (entry(adjuster, "handover told", reference),)

        call = self._ledger.store.read(lambda tx: attention.last(tx, reference))
        if call is not None:
            return self._ledger.store.act(
                lambda tx: say(tx, call.key, reference), at=at, entries=entries
            )
        return self._ledger.by_right(
            adjuster,
            name,
            lambda tx, lease: say(tx, claims.find(tx, lease.claim_id).key, lease.claim_id),
            entries=entries,
        )

    def release(self, adjuster: str, name: str) -> str:
        """Let the bot go on with a handover, which is then over; return its reference.

        Raises:
            NoSuchClaim: There was no handover of this name.
        """
        at = self._ledger.clock()
        reference = parse_reference(name) or name

        def work(tx: Connection) -> str:
            call = attention.last(tx, reference)
            if call is None:
                raise NoSuchClaim(name)
            attention.close(tx, reference, at)
            post(tx, call.key, Errand(act=Act.RELEASED, reference=reference), at)
            return reference

        return self._ledger.store.act(
            work, at=at, entries=lambda freed: (entry(adjuster, "handover released", freed),)
        )

    def transcript(self, name: str) -> list[Line]:
        """Return what was said in the chat of a claim or a handover, both sides, in time order.

        Raises:
            NoSuchClaim: There is nothing of this name.
        """
        reference = parse_reference(name) or name

        def work(tx: Connection) -> list[Line]:
            call = attention.last(tx, reference)
            key = call.key if call else claims.find(tx, reference).key
            return overview.transcript(tx, key)

        return self._ledger.store.read(work)
