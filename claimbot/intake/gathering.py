"""From a channel's message to the event it stands for: fetched, stored, measured, looked up."""

import asyncio
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from hashlib import sha256

from claimbot.channels import (
    Blocking,
    Channel,
    File,
    Inbound,
    Location,
    Nothing,
    Other,
    Press,
    Text,
)
from claimbot.claim import Flaw, FormFile
from claimbot.codec import dump
from claimbot.conversation import (
    Asked,
    Event,
    Left,
    Pressed,
    Released,
    Said,
    SentForm,
    SentPhoto,
    SentUnusable,
    SharedPlace,
    Told,
    Unusable,
    Words,
)
from claimbot.errands import Act, Errand, is_errand, read_errand
from claimbot.errors import FileGone, FileTooBig, NoSuchClaim
from claimbot.photos import PhotoStore
from claimbot.photos.examination import Examined
from claimbot.photos.examiners import Examiners
from claimbot.policies import PolicyDirectory
from claimbot.policy_number import find_policy_numbers
from claimbot.store import Chat, KeptFile, Status, Store

FILE_LIMIT = 25_000_000  # bytes
LARGE = 2_000_000  # bytes; messengers make photos of 0.3 MB, cameras files of 3 MB and more
LARGE_AT_ONCE = 2  # held in memory, however many chats send some
LOOKED_UP = 5  # numbers of one message; who sends more is asked which one it is anyway
STORING_AT_ONCE = 8
PDF = b"%PDF-"
PDF_TYPE = "application/pdf"
HEADER = 1024  # bytes within which a PDF begins, ISO 32000-1 Annex H.3.4.1


class Gathering:
    """Everything that a message needs before the conversation can decide on it."""

    def __init__(
        self,
        *,
        store: Store,
        photos: PhotoStore,
        policies: PolicyDirectory,
        channels: Mapping[str, Channel],
        examiners: Examiners,
    ) -> None:
        """Take what it works with."""
        self._store = store
        self._photos = photos
        self._policies = policies
        self._channels = channels
        self._examiners = examiners
        # Threads of its own: a bucket that hangs must not keep the database's from anyone.
        self._storing = ThreadPoolExecutor(STORING_AT_ONCE, thread_name_prefix="storing")
        self._room_for_large = asyncio.Semaphore(LARGE_AT_ONCE)

    def close(self) -> None:
        """Finish storing what is in hand and let go of the threads."""
        self._storing.shutdown(cancel_futures=True)

    @property
    def channels(self) -> Collection[str]:
        """Return the names of the channels whose messages can be read here."""
        return self._channels.keys()

    def read(self, chat: Chat, payload: str) -> Inbound | Errand:
        """Return what a raw message says, or what an adjuster wants said."""
        return read_errand(payload) or self._channels[chat.channel].read(payload)

    async def greet(self, chat: Chat, payload: str) -> None:
        """Show the sender that the message arrived."""
        if not is_errand(payload):
            await self._channels[chat.channel].greet(payload)

    async def event(
        self, chat: Chat, inbound: Inbound | Errand, at: datetime, *, patient: bool = False
    ) -> Event | None:
        """Return what happened, or None when it is nothing to a conversation.

        Args:
            chat: Who sent it, or is to be told.
            inbound: What was sent, or is to be said.
            at: When.
            patient: Take the time that a photo needs on a busy machine.

        Raises:
            ChannelDown: A file cannot be fetched just now.
            MachineBusy: A photo cannot be examined just now.
            OSError: A file cannot be stored, or no child process be started, just now.
        """
        if isinstance(inbound, Errand):
            return await self._errand(inbound, at)
        match inbound.content:
            case Text(text=text):
                return Said(await self._words(text), at)
            case Press(id=pressed):
                return Pressed(pressed, at)
            case Location(place=place):
                return SharedPlace(place, at)
            case Other(kind=kind):
                return SentUnusable(kind, at)
            case File() as file:
                return await self._file(chat, file, at, patient=patient)
            case Blocking() as change:
                return Left(at) if change.blocked else None
            case Nothing():  # pragma: no branch  there is nothing else
                return None

    async def _errand(self, errand: Errand, at: datetime) -> Event | None:
        match errand.act:
            case Act.ASKED:
                return await self._asked(errand, at)
            case Act.TOLD:
                return Told(errand.text, at)
            case Act.RELEASED:  # pragma: no branch  there is nothing else
                return Released(at)

    async def _asked(self, errand: Errand, at: datetime) -> Asked | None:
        """Return the question, unless its claim was decided or erased meanwhile."""
        try:
            stored = await asyncio.to_thread(self._store.claim, errand.reference)
        except NoSuchClaim:
            return None
        if stored.status is Status.DECIDED:
            return None
        return Asked(errand.text, errand.slot, stored.claim, at)

    async def _words(self, text: str) -> Words:
        # In a thread, as a directory may read its file anew to tell.
        pattern = await asyncio.to_thread(lambda: self._policies.pattern)
        found = find_policy_numbers(text, pattern)
        numbers = [await self._policies.look_up(number) for number in found.numbers[:LOOKED_UP]]
        return Words(text=text, numbers=tuple(numbers), alone=found.alone, attempt=found.attempt)

    async def _file(self, chat: Chat, file: File, at: datetime, *, patient: bool) -> Event:
        if file.size is not None and file.size <= LARGE:
            return await self._fetched(chat, file, at, patient=patient)
        async with self._room_for_large:
            return await self._fetched(chat, file, at, patient=patient)

    async def _fetched(self, chat: Chat, file: File, at: datetime, *, patient: bool) -> Event:
        try:
            data = await self._channels[chat.channel].fetch(file, limit=FILE_LIMIT)
        except FileTooBig:
            return SentUnusable(Unusable.TOO_BIG, at)
        except FileGone:
            return SentUnusable(Unusable.LOST, at)
        words = await self._words(file.caption)
        if PDF in data[:HEADER] and not file.as_photo:
            kept = await self._kept(chat, data, PDF_TYPE, None, at)
            return SentForm(FormFile(sha256=kept, media_type=PDF_TYPE), words, at)
        seen = await asyncio.wrap_future(
            self._examiners.examine(data, today=at.date(), patient=patient)
        )
        if not file.as_photo and seen.photo.flaws == (Flaw.NOT_AN_IMAGE,):
            return SentUnusable(Unusable.FILE, at)
        media_type = f"image/{seen.facts.format.lower()}" if seen.facts else ""
        await self._kept(chat, data, media_type, seen, at)
        return SentPhoto(seen.photo, media_type, words, at)

    async def _kept(
        self, chat: Chat, data: bytes, media_type: str, seen: Examined | None, at: datetime
    ) -> str:
        loop = asyncio.get_running_loop()
        keep = partial(self._keep, chat, data, media_type, seen, at)
        return await loop.run_in_executor(self._storing, keep)

    def _keep(
        self, chat: Chat, data: bytes, media_type: str, seen: Examined | None, at: datetime
    ) -> str:
        # The row first: bytes that a row refers to are never deleted, and none is kept while they
        # are being.  A crash in between leaves the message in the inbox, and it is done again.
        name = sha256(data).hexdigest()
        file = KeptFile(
            sha256=name,
            facts=dump(seen.facts) if seen and seen.facts else None,
            place=dump(seen.place) if seen and seen.place else None,
            media_type=media_type,
            size=len(data),
        )
        self._store.keep_file(chat, file, at)
        self._photos.put(data)
        return name
