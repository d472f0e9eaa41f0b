"""The upkeep: forgets what need not be kept any more, and deletes files that nobody refers to.

Any number of processes may do so at the same time, and each may die at any moment: every step is
one small transaction that looks for itself whether there is still something to do.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from time import monotonic

import structlog
from sqlalchemy import Connection

from claimbot.conversation.state import KEEP_DRAFT
from claimbot.errors import BeingDiscarded
from claimbot.intake.pump import FINISH_WITHIN
from claimbot.photos import PhotoStore
from claimbot.store import Store, files, inbox, retention
from claimbot.store.retention import BEGINNING, Page, Place

log = structlog.get_logger()

FIRST_AFTER = timedelta(minutes=1)  # after a start there are chats to catch up with
EVERY = timedelta(hours=1)
LONGEST_REST = timedelta(seconds=1)  # after a step
KEEP_UNKNOWN = timedelta(days=1)  # a file that nobody refers to may be about to be
BEGIN_WITHIN = timedelta(seconds=30)  # after which a mark is too old to rely on for a deletion
NAMES_AT_ONCE = 500
FEW = 50  # files, of which any number may be unknown to a database that heard of anyone
FOREIGN = 0.5  # of the files; when more are unknown, the database is not the one they belong to


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkept:
    """What was done: how many chats and photos were forgotten, and files deleted.

    ``foreign`` is how many files of a sample of ``sample`` the database does not know when these
    are too many for it to be the right one; no file is deleted then.
    """

    chats: int = 0
    photos: int = 0
    files: int = 0
    foreign: int = 0
    sample: int = 0


class Upkeep:
    """Keeps the claim database and the photo store free of what nobody needs."""

    def __init__(
        self,
        *,
        store: Store,
        photos: PhotoStore,
        clock: Callable[[], datetime],
        first_after: timedelta = FIRST_AFTER,
        every: timedelta = EVERY,
    ) -> None:
        """Take what it works with, and how long to wait before the first time and the others."""
        self._store = store
        self._photos = photos
        self._clock = clock
        self._first_after = first_after
        self._every = every

    async def run(self) -> None:
        """Work now and then until cancelled; then finish the step in hand."""
        wait = self._first_after
        while True:
            await asyncio.sleep(wait.total_seconds())
            await self._all()
            wait = self._every

    def once(self, *, foreign: bool = False) -> Upkept:
        """Do everything that there is to do now, and return what that was.

        Args:
            foreign: Delete unknown files however many these are.

        Raises:
            OSError: The photo store cannot be used; the photos to be forgotten are forgotten.
        """
        done = Counter[str]()
        for _ in self.steps(done, foreign=foreign):
            pass
        return Upkept(**done)

    def steps(self, done: Counter[str], *, foreign: bool = False) -> Iterator[bool]:
        """Do a little between any two values, which are true; count in ``done``, as `Upkept` does.

        Args:
            done: Where to count.
            foreign: Delete unknown files however many these are.

        Raises:
            OSError: The photo store cannot be used.
        """
        now = self._clock()
        yield from self._forget_chats(now, done)
        yield from self._forget_photos(now, done)
        if done.total():
            self._store.forget_log()
        yield from self._sweep(now, done, foreign=foreign)

    def _forget_chats(self, now: datetime, done: Counter[str]) -> Iterator[bool]:
        for page in self._pages(lambda tx, at: retention.silent(tx, at, now, KEEP_DRAFT)):
            for key in page.chats:
                forget = partial(
                    retention.forget_silent,
                    key=key,
                    fingerprint=key.fingerprint(),
                    now=now,
                    keep=KEEP_DRAFT,
                )
                done["chats"] += self._store.write(forget)
                yield True
            yield True

    def _forget_photos(self, now: datetime, done: Counter[str]) -> Iterator[bool]:
        before = now - KEEP_DRAFT
        for page in self._pages(lambda tx, at: retention.unused(tx, at, before)):
            for key in page.chats:
                forget = partial(retention.forget_unused, key=key, at=now, before=before)
                done["photos"] += self._store.write(forget)
                yield True
            yield True

    def _pages(self, read: Callable[[Connection, Place], Page]) -> Iterator[Page]:
        place: Place | None = BEGINNING
        while place is not None:
            page = self._store.read(partial(_read_at, read, place))
            yield page
            place = page.then

    def _sweep(self, now: datetime, done: Counter[str], *, foreign: bool) -> Iterator[bool]:
        """Delete the files that a crash left, or that were deleted by half."""
        self._store.write(files.lift_old_marks)
        yield True
        names = self._photos.stored(now - KEEP_UNKNOWN)
        is_sample = not foreign  # the first names are: SHA-256s are as good as drawn by chance
        while batch := list(islice(names, NAMES_AT_ONCE)):
            unknown = self._store.unreferenced(batch)
            if is_sample and len(unknown) > self._most_unknown(len(batch)):
                log.error("files left alone", unknown=len(unknown), sample=len(batch))
                done.update(foreign=len(unknown), sample=len(batch))
                return
            is_sample = False
            yield True
            for name in unknown:
                with suppress(BeingDiscarded):  # another process is at it
                    done["files"] += discard(self._store, self._photos, name)
                yield True

    def _most_unknown(self, sample: int) -> float:
        if sample >= FEW:
            return FOREIGN * sample
        return sample if self._store.read(inbox.was_used) else 0

    async def _all(self) -> None:
        done = Counter[str]()
        steps = self.steps(done)
        try:
            while await self._step(steps):
                pass
        except Exception:  # whatever it is, it is tried again the next time
            log.warning("upkeep put off", exc_info=True, **done)
        else:
            log.info("upkeep done", **done)

    async def _step(self, steps: Iterator[bool]) -> bool:
        """Take a step, and rest for as long as it took: the chats come first."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        step = asyncio.create_task(asyncio.to_thread(next, steps, None))
        try:
            is_done = not await asyncio.shield(step)
        except asyncio.CancelledError:
            await asyncio.wait([step], timeout=FINISH_WITHIN.total_seconds())
            raise
        await asyncio.sleep(min(loop.time() - began, LONGEST_REST.total_seconds()))
        return not is_done


def discard(store: Store, photos: PhotoStore, name: str) -> bool:
    """Delete a file's bytes unless somebody refers to them; tell whether nobody did.

    While they are being deleted no transaction is open: a photo store may take its time.

    Raises:
        BeingDiscarded: Another process is at it, or died of it a moment ago.
        OSError: They may still be there.
    """
    began = monotonic()
    marked_at = store.write(lambda tx: files.mark(tx, name))
    if marked_at is None:
        return False
    if monotonic() - began > BEGIN_WITHIN.total_seconds():
        raise BeingDiscarded("the database took too long; try again")
    photos.delete(name)  # when it fails the mark stays: a request that was given up may be heard
    store.write(lambda tx: files.unmark(tx, name, marked_at))
    return True


def _read_at(read: Callable[[Connection, Place], Page], place: Place, tx: Connection) -> Page:
    return read(tx, place)
