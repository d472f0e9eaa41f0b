"""Photos: the store of their bytes, and what is measured and judged of them.

bytes -> facts (measured once) -> flaws (refuse) and flags (for the adjuster only)

That is `examination.examine`, which loads Pillow; this module does not, so that knowing of photos
costs nothing.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from claimbot.errors import PhotoMissing
from claimbot.plugins import load_plug

NAME = re.compile(r"[0-9a-f]{64}")  # what may become a path; "../.." may not
COPY_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*")
_PLACE = re.compile(rf"(..)/(..)/(?=\1\2)(?P<name>{NAME.pattern})(?P<copy>\.{COPY_NAME.pattern})?")


class PhotoStore(Protocol):
    """Bytes under their SHA-256: photos and claim forms.  Synchronous; call it in a thread.

    Beside them lie copies, made of them for a purpose and named after it.  A copy is a cache: it
    may get lost, but it is whole or not there, and it does not outlive its original.
    """

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256 in hexadecimal.

        Durable when it returns.  A second call with the same bytes changes nothing.

        Raises:
            OSError: The bytes could not be kept.
        """

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked against their name.

        Raises:
            PhotoMissing: They are not there, or no longer what they were.
            OSError: It cannot be told; try again.
        """

    def delete(self, sha256: str) -> None:
        """Forget the bytes and their copies.  A second call does nothing.

        Raises:
            OSError: They may still be there.
        """

    def put_copy(self, sha256: str, name: str, data: bytes) -> None:
        """Keep a copy of a photo.  A second call replaces the first one's bytes.

        Raises:
            PhotoMissing: There is no such photo, or it was deleted meanwhile; no copy is left.
            OSError: The copy could not be kept.
            ValueError: The name is not one: words of small letters, with hyphens in between.
        """

    def get_copy(self, sha256: str, name: str) -> bytes | None:
        """Return what `put_copy` kept under this name; ``None`` when there is nothing.

        Raises:
            PhotoMissing: No photo can have this name.
            OSError: It cannot be told; try again.
            ValueError: The copy's name is not one.
        """

    def stored(self, before: datetime) -> Iterator[str]:
        """Yield the SHA-256 of all bytes that were last written before a moment.

        Also of copies without an original, which `delete` forgets.  What a crash left half written
        before then is removed on the way: nobody will finish it.  A name may come twice, and be
        gone when it is asked for.  However many there are, few are held in memory at a time.

        Raises:
            OSError: It cannot be told what else there is.
        """

    def check(self) -> None:
        """Return when bytes can be kept, without leaving any.

        Raises:
            BadConfiguration: They cannot; the message says where and why.
        """


def open_photos(url: str) -> PhotoStore:
    """Open the photo store at a URL such as ``file:./photos``.

    Raises:
        NoSuchPlug: No installed plug answers to the scheme.
    """
    store: PhotoStore = load_plug("photos", url)(url)
    return store


def name_of(data: bytes) -> str:
    """Return the SHA-256 that bytes are kept under."""
    return hashlib.sha256(data).hexdigest()


def path_of(sha256: str) -> str:
    """Return where our stores keep bytes, below their root: ``ab/cd/abcd...``.

    It is the same in each, so that a folder can be copied into a bucket.

    Raises:
        PhotoMissing: The name is no SHA-256, so nothing can lie under it.
    """
    if NAME.fullmatch(sha256) is None:
        raise PhotoMissing(sha256)
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def path_of_copy(sha256: str, name: str) -> str:
    """Return where our stores keep a copy: beside its original, as ``ab/cd/abcd....name``.

    Raises:
        PhotoMissing: The photo's name is no SHA-256.
        ValueError: The copy's name is not one.
    """
    if COPY_NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} cannot be the name of a copy")
    return f"{path_of(sha256)}.{name}"


def names_at(things: Iterable[tuple[str, float]], before: datetime) -> Iterator[str]:
    """Yield whose bytes lie at these paths, as `PhotoStore.stored` does; pass over other files.

    Args:
        things: Paths below the root and when each was last written, in seconds since 1970; an
            original directly before its copies.
        before: Leave out what was written since.
    """
    original = ""
    for path, written_at in things:
        found = _PLACE.fullmatch(path)
        if found is None or found["name"] == original:
            continue
        if found["copy"] is None:
            original = found["name"]
        if written_at < before.timestamp():
            yield found["name"]


def verified(sha256: str, data: bytes | None) -> bytes:
    """Return what a store found under a name, if it is what was put there.

    Raises:
        PhotoMissing: Nothing was found, or other bytes.
    """
    if data is None:
        raise PhotoMissing(sha256)
    if name_of(data) != sha256:
        raise PhotoMissing(sha256, "is in the photo store, but its bytes have changed")
    return data
