"""What ``claimbot db check`` looks at."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

import claimbot.queues.sql  # noqa: F401 - its tables belong to the schema
from claimbot.claim import Claim
from claimbot.codec import load
from claimbot.conversation import Conversation
from claimbot.errors import PhotoMissing
from claimbot.photos import PhotoStore
from claimbot.store import Chat, Store
from claimbot.store.schema import lacking
from claimbot.store.sightings import FileKind
from claimbot.store.soundness import (
    claims_after,
    conversations_after,
    damages,
    files_after,
    is_in_claim,
    is_in_conversation,
)

AT_ONCE = 8  # files that are read side by side
BATCH = 200  # rows that are asked the database for
RESTORE = "stop claimbot and restore a backup; `claimbot db backup` makes them"
PUT_BACK = "put it back from a backup of the photos, or set CLAIMBOT_PHOTOS to where it is"
BEGINS_ANEW = "it begins anew with its next message; for its draft, restore a backup before that"

_UNREADABLE = (DatabaseError, ValueError, TypeError, AttributeError)

Item = TypeVar("Item")
Place = TypeVar("Place")


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
        lacks = store.read(lacking)
        for name, statement in lacks.items():
            to_do = f"make it: {statement}" if statement else RESTORE
            yield Trouble(part=part, found=f"the {name} is missing; {to_do}")
        if None in lacks.values():  # what reads it would say the same, and less clearly
            return
        for found in chain(_claims(store), _conversations(store)):
            yield Trouble(part=part, found=found)
        part = "audit"
        for row, broken in store.verify_audit().broken:
            yield Trouble(part=part, found=f"row {row} is {broken}; compare with a backup")
    except _UNREADABLE as error:
        yield Trouble(part=part, found=_why(error))


def _claims(store: Store) -> Iterator[str]:
    """Return which claims cannot be read, or have files of which the database knows nothing."""
    for kept in _all(store, claims_after, "", lambda kept: kept.reference):
        try:
            claim = load(Claim, kept.body)
        except ValueError:  # its text quotes the claim
            yield f"claim {kept.reference} cannot be read; {RESTORE}"
            continue
        named = [
            *((photo.sha256, FileKind.PHOTO) for photo in claim.photos),
            *((page.sha256, FileKind.FORM) for page in claim.form),
        ]
        for sha256, kind in dict.fromkeys(named):
            if (sha256, kind.value) not in kept.files:
                lost = f"{kind} {sha256} has no row in claim_file"
                yield f"claim {kept.reference}: {lost}; {RESTORE}"


def _conversations(store: Store) -> Iterator[str]:
    """Return which conversations cannot be read; nothing that tells whose they are."""
    for kept in _all(store, conversations_after, _NOBODY, lambda kept: kept.key):
        if _read(kept.state) is None:
            at = kept.updated_at.isoformat(sep=" ", timespec="seconds")
            yield f"a {kept.key.channel} conversation of {at} cannot be read; {BEGINS_ANEW}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file, whose it is, and whether it is still theirs: that may change meanwhile."""

    holder: str
    sha256: str
    is_held: Callable[[Connection], bool]


class Files:
    """Every photo and form of every claim and draft, read and compared with its name."""

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
        files = chain(_of_claims(self._store), _of_drafts(self._store))
        try:
            while batch := list(islice(files, BATCH)):
                for file, error in zip(batch, threads.map(self._look, batch), strict=True):
                    self.number += 1
                    if isinstance(error, OSError):
                        yield Trouble(part="photos", found=f"{error}; then check again")
                        return
                    if error is not None and self._store.read(file.is_held):
                        found = f"{file.holder}: {error}; {PUT_BACK}"
                        yield Trouble(part="photos", found=found)
        except _UNREADABLE as error:
            yield Trouble(part="database", found=_why(error))
        finally:
            threads.shutdown(cancel_futures=True)

    def _look(self, file: _File) -> PhotoMissing | OSError | None:
        try:
            self._photos.get(file.sha256)
        except (PhotoMissing, OSError) as error:
            return error
        return None


def _of_claims(store: Store) -> Iterator[_File]:
    for file in _all(store, files_after, 0, lambda file: file.id):
        yield _File(
            holder=f"claim {file.reference}",
            sha256=file.sha256,
            is_held=partial(is_in_claim, file=file),
        )


def _of_drafts(store: Store) -> Iterator[_File]:
    """Return the files that came and are in no claim yet; of what cannot be read, none."""
    for kept in _all(store, conversations_after, _NOBODY, lambda kept: kept.key):
        now = _read(kept.state)
        if now is None:
            continue
        draft = now.draft
        names = [photo.sha256 for photo in (*draft.photos, *now.held, *now.pages)]
        names += [page.sha256 for page in (*draft.form, *now.form_before)]
        for sha256 in dict.fromkeys(names):
            yield _File(
                holder=f"draft {now.reference or 'without a reference'}",
                sha256=sha256,
                is_held=partial(is_in_conversation, key=kept.key, sha256=sha256),
            )


_NOBODY = Chat(channel="", chat="")


def _all(
    store: Store,
    after: Callable[[Connection, Place, int], Sequence[Item]],
    first: Place,
    place: Callable[[Item], Place],
) -> Iterable[Item]:
    """Return all that comes after a place, read page by page, each in a transaction of its own."""
    last = first
    while page := store.read(lambda tx, last=last: after(tx, last, BATCH)):  # type: ignore[misc]
        yield from page
        last = place(page[-1])


def _read(state: str) -> Conversation | None:
    try:
        return load(Conversation, state)
    except ValueError:
        return None


def _why(error: Exception) -> str:
    """Return why the database could not be read to its end."""
    if isinstance(error, DatabaseError):
        # Of what it says, neither which statement it was nor which text cannot be decoded.
        reason = str(error.orig).partition("\n")[0].partition(" with text ")[0]
        return f"{reason}; {RESTORE}"
    return f"a row cannot be read: {error}; {RESTORE}"
