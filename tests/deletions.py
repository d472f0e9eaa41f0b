"""A photo store in which things happen while bytes are deleted, and what a test does around it."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, select, update

from claimbot.photos import name_of
from claimbot.photos.folder import Folder
from claimbot.store import Chat, KeptFile, Store
from claimbot.store.files import LONGEST_DELETION
from claimbot.store.tables import discarding
from tests.photo_store_contract import PHOTO
from tests.store_builders import ANN, NOON


class PowerCut(BaseException):
    """Nothing that comes after it happens."""


def cut() -> None:
    """Let the process die here."""
    raise PowerCut


class Watched(Folder):
    """A photo store in which something happens before a deletion, and after it."""

    def __init__(
        self,
        photos: Folder,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(photos.root)
        self._before = before
        self._after = after

    def delete(self, sha256: str) -> None:
        self._before()
        super().delete(sha256)
        self._after()


def keep(store: Store, data: bytes = PHOTO, key: Chat = ANN) -> None:
    """Keep that a chat sent a file, as a worker does before it puts the bytes."""
    name = name_of(data)
    store.keep_file(key, KeptFile(sha256=name, facts=None, media_type="", size=1), NOON)


def marks(store: Store) -> list[str]:
    """Return which files are marked as being deleted."""
    return list(store.read(lambda tx: tx.execute(select(discarding.c.sha256)).scalars()))


def time_passes(store: Store, length: timedelta = 1.01 * LONGEST_DELETION) -> None:
    """Make every mark older, by default than any deletion lasts."""

    def work(tx: Connection) -> None:
        for name, marked_at in tx.execute(select(discarding)).all():
            mark = update(discarding).where(discarding.c.sha256 == name)
            tx.execute(mark.values(marked_at=marked_at - length))

    store.write(work)
