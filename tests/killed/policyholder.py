"""Someone who hands in a claim, whatever becomes of the claimbot meanwhile."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

from tests.fake_bot_api import BotMessage, FakeBotApi, Person
from tests.journeys import NL, POLICY_NUMBER, REFERENCE, photo

PATIENCE = 120.0  # seconds for one answer, over any number of kills
SEND = "Versturen"
SENT = NL["status.sent"].partition("{")[0]


class Killed(Protocol):
    """A claimbot that is killed now and then.

    Attributes:
        api: The Bot API that it uses.
        folder: Where its photos lie.
        kills: How often it was killed.
    """

    api: FakeBotApi
    folder: Path
    kills: int

    async def until(self, happened: Callable[[], bool], what: str, *, within: float = 60) -> None:
        """Return once something is true; an AssertionError that names it after some seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How someone goes about it."""

    number_first: bool = True
    album: bool = True
    presses: bool = False

    @classmethod
    def drawn(cls, chance: Random) -> "Manner":
        """Return one by chance."""
        first, album, presses = (chance.random() < 0.5 for _ in range(3))
        return cls(number_first=first, album=album, presses=presses)


@dataclass(slots=True, kw_only=True)
class Policyholder:
    """What someone did.

    Attributes:
        person: Who.
        pictures: The photos that were sent, in order.
        kills_before: How many there had been when they began.
        kills: How many there were until they were done.
        sent: The numbers of their updates, in order.
    """

    person: Person
    pictures: tuple[bytes, ...]
    kills_before: int
    kills: int = 0
    sent: list[int] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The reference of the claim, from all they were told.

        Raises:
            ValueError: They were told of none, or of several.
        """
        [told] = {found for said in self.person.heard for found in REFERENCE.findall(said.text)}
        return str(told)


def pictures(name: str) -> tuple[bytes, ...]:
    """Return three photos that differ from each other, and in some bytes from anyone else's."""
    return tuple(
        photo(part) + name.encode() for part in ("whole car", "from two metres", "close by")
    )


async def hand_in(mortal: Killed, manner: Manner, photos: Sequence[bytes]) -> Policyholder:
    """Hand in a claim, each message in answer to what was heard, and ask how it stands."""
    person = mortal.api.user()
    holder = Policyholder(person=person, pictures=tuple(photos), kills_before=mortal.kills)
    try:
        await _hand_in(_Chat(mortal, holder), manner)
        await mortal.until(
            lambda: {*holder.sent} <= mortal.api.acked, "confirmed", within=PATIENCE
        )
    finally:
        holder.kills = mortal.kills - holder.kills_before
    return holder


class _Chat:
    """Says something, and hears of it."""

    def __init__(self, mortal: Killed, holder: Policyholder) -> None:
        self._mortal = mortal
        self.holder = holder
        self.person = holder.person

    async def says(self, text: str, answer: str) -> None:
        """Write, until the answer has these words."""
        await self.sends([self.person.says(text)], answer)

    async def sends(self, messages: Sequence[Awaitable[int]], answer: str) -> None:
        """Send, until the answer has these words or this button."""
        before = len(self.person.heard)
        for message in messages:
            self.holder.sent.append(await message)

        def is_heard() -> bool:
            return any(_has(said, answer) for said in self.person.heard[before:])

        await self._mortal.until(is_heard, f"{answer!r} heard", within=PATIENCE)


async def _hand_in(chat: _Chat, manner: Manner) -> None:
    await chat.says("hallo", NL["ask.number"])
    if manner.number_first:
        await chat.says(POLICY_NUMBER, NL["ask.photo.1"])
        await _show(chat, manner, NL["ask.form"])
    else:
        await _show(chat, manner, NL["ask.number"])
        await chat.says(POLICY_NUMBER, NL["ask.form"])
    await chat.says("geen", SEND)
    last = chat.person.presses(SEND) if manner.presses else chat.person.says("versturen")
    await chat.sends([last], "CB-")
    await chat.says("status", SENT)


async def _show(chat: _Chat, manner: Manner, answer: str) -> None:
    photos = chat.holder.pictures
    album = str(chat.person.id) if manner.album else None
    await chat.sends(
        [chat.person.sends_photo(data, as_is=True, album=album) for data in photos], answer
    )


def _has(said: BotMessage, words: str) -> bool:
    return words in said.text or words in said.labels
