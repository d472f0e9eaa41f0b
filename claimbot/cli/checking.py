"""What ``claimbot db check`` looks at."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import DatabaseError

from claimbot.errors import PhotoMissing
from claimbot.photos import PhotoStore
from claimbot.store import Store
from claimbot.store.soundness import ClaimFile, damages, files_after

AT_ONCE = 8  # files that are read side by side
BATCH = 200  # files that are asked the database for
RESTORE = "stop claimbot and restore a backup; `claimbot db backup` makes them"
PUT_BACK = "put it back from a backup of the photos, or set CLAIMBOT_PHOTOS to where it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that is not as it was written; ``found`` ends in what to do.

    ``part`` is "database", "audit" or "photos".
    """

    part: str
    found: str


def examine(store: Store) -> Iterator[Trouble]:
    """Read the whole database and return what is wrong with it.

    Raises:
        SchemaOutdated: It is not this claimbot's.
    """
    part = "database"
    try:
        store.check_schema()
        for damage in store.read(damages):
            yield Trouble(part=part, found=f"{damage}; {RESTORE}")
        part = "audit"
        for row, broken in store.verify_audit().broken:
            yield Trouble(part=part, found=f"row {row} is {broken}; compare with a backup")
    except DatabaseError as error:  # so broken that it cannot be read to its end
        yield Trouble(part=part, found=f"{error.orig}; {RESTORE}")
    except (ValueError, TypeError, AttributeError) as error:  # a value of a wrong kind
        yield Trouble(part=part, found=f"a row cannot be read: {error}; {RESTORE}")


class Files:
    """Every photo and form of every claim, read and compared with its name."""

    def __init__(self, store: Store, photos: PhotoStore) -> None:
        """Take where they are named, and where they lie."""
        self._store = store
        self._photos = photos
        self.number = 0
        """How many were looked at."""

    def examine(self) -> Iterator[Trouble]:
        """Return what is wrong, as it is found.

        When the photo store cannot be reached that is the last: of the others, each would take
        long to say the same.
        """
        threads = ThreadPoolExecutor(AT_ONCE)
        try:
            last = 0
            while files := self._store.read(partial(files_after, last=last, limit=BATCH)):
                for file, error in zip(files, threads.map(self._look, files), strict=True):
                    self.number += 1
                    if isinstance(error, OSError):
                        yield Trouble(part="photos", found=f"{error}; then check again")
                        return
                    if error is not None:
                        found = f"claim {file.reference}: {error}; {PUT_BACK}"
                        yield Trouble(part="photos", found=found)
                last = files[-1].id
        except DatabaseError as error:
            yield Trouble(part="database", found=f"{error.orig}; {RESTORE}")
        finally:
            threads.shutdown(cancel_futures=True)

    def _look(self, file: ClaimFile) -> PhotoMissing | OSError | None:
        try:
            self._photos.get(file.sha256)
        except (PhotoMissing, OSError) as error:
            return error
        return None
