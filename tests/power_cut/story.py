"""Policyholders who report damage to a store, all at once, and note what it acknowledged."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from itertools import chain, count

from sqlalchemy import Connection

from claimbot.queues.sql import SqlQueue
from claimbot.store import Chat, Store, Turn
from tests.power_cut.disk import Disk
from tests.store_builders import NOON, claim, received

POLICYHOLDERS = 8
VISITS = 12
AT_ONCE = 2  # messages in one delivery, so that half of it can be missed
TURNS_FOR_A_CLAIM = 4
TOLD = "bedankt " * 40  # about what an answer takes, with its buttons


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """These messages were taken in."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The turn of a chat that follows ``turn`` others was recorded."""

    someone: "Policyholder"
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """A chat was erased."""

    someone: "Policyholder"


Deed = Received | Recorded | Erased


@dataclass(frozen=True)
class Policyholder:
    """One chat, and all that is ever said in it."""

    number: int

    @property
    def key(self) -> Chat:
        """Return the chat."""
        return Chat(channel="telegram", chat=str(5_000_000_000 + self.number))

    @property
    def is_erased(self) -> bool:
        """Return whether the chat asks for erasure in the end, which empties SQLite's log."""
        return self.number % 4 == 0

    @property
    def visits(self) -> int:
        """Return how often messages come in: less often before an erasure, so others go on."""
        return VISITS // 2 if self.is_erased else VISITS

    @property
    def turns(self) -> int:
        """Return how many turns there are in all: one for each message."""
        return self.visits * AT_ONCE

    @cached_property
    def fingerprint(self) -> str:
        """Return what the audit says of the chat once it is erased."""
        return self.key.fingerprint()

    def names(self, visit: int) -> tuple[str, ...]:
        """Return the names of the messages that come in together."""
        return tuple(f"{self.number}/{visit}/{at}" for at in range(AT_ONCE))

    def state(self, turn: int) -> str:
        """Return the conversation after so many turns."""
        return json.dumps({"turn": turn, "said": TOLD})

    def said(self, turn: int) -> tuple[str, ...]:
        """Return the names under which the outbox has the answers of a turn."""
        return tuple(f"telegram:{self.key.chat}:{turn}:{at}" for at in range(AT_ONCE))

    def claims(self, turns: int) -> tuple[str, ...]:
        """Return the references of the claims that were sent in the first ``turns`` turns."""
        return tuple(f"CB-{self.number}-{at}" for at in range(turns // TURNS_FOR_A_CLAIM))

    def photos(self, reference: str) -> tuple[str, ...]:
        """Return the SHA-256 of a claim's photos."""
        return tuple(sha256(f"{reference}/{at}".encode()).hexdigest() for at in range(3))

    def turn(self, turn: int, inbox_id: int) -> Turn:
        """Return the turn that follows ``turn`` others and handles this message."""
        plain = partial(
            Turn,
            key=self.key,
            turn=turn,
            inbox_id=inbox_id,
            state=self.state(turn + 1),
            at=NOON,
            say=tuple(TOLD for _ in self.said(turn)),
        )
        if not (sent := self.claims(turn + 1)[len(self.claims(turn)) :]):
            return plain()
        [reference] = sent

        def enqueue(tx: Connection) -> bool:
            return SqlQueue().put(tx, reference, due_at=NOON)

        return plain(claim=claim(reference, *self.photos(reference)), enqueue=enqueue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Something that the store said was done, and the disk's moment at which it had."""

    moment: int
    deed: Deed


PEOPLE: Sequence[Policyholder] = tuple(Policyholder(number) for number in range(POLICYHOLDERS))


def tell(store: Store, disk: Disk) -> list[Acknowledged]:
    """Let everyone report damage at the same time; return what the store acknowledged."""

    def live(someone: Policyholder) -> list[Acknowledged]:
        return [Acknowledged(moment=disk.moment, deed=deed) for deed in _life(store, someone)]

    with ThreadPoolExecutor(POLICYHOLDERS) as threads:
        return list(chain.from_iterable(threads.map(live, PEOPLE)))


def _life(store: Store, someone: Policyholder) -> Iterator[Deed]:
    """Do what a channel and a worker do for a chat; give each thing once the store has it."""
    key, turns = someone.key, count()
    for visit in range(someone.visits):
        names = someone.names(visit)
        store.receive([received(name, key, TOLD) for name in names], NOON)
        yield Received(names=names)
        for waiting in store.open_chat(key).waiting:
            turn = someone.turn(next(turns), waiting.id)
            store.record(turn)
            yield Recorded(someone=someone, turn=turn.turn)
    if someone.is_erased:
        store.erase(key, "policyholder", NOON)
        yield Erased(someone=someone)
