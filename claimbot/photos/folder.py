"""Photos in a folder, each under its SHA-256: ``ab/cd/abcd...``, its copies beside it.

Whoever can read the folder can read the claims, so all of it belongs to one user alone.
"""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from errno import ENOENT
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import unquote

from claimbot.errors import BadConfiguration, PhotoMissing
from claimbot.photos import NAME, name_of, names_at, path_of, path_of_copy, verified

OWNER_ONLY = 0o700
PROOF_SIZE = 4096  # bytes: one that is empty fits on a full disk
PROOF = ".check."  # what a file's name begins with that proves that files can be written
_FOLDER = re.compile(r"[0-9a-f]{2}")
_UNFINISHED = re.compile(rf"\.(?:check|{NAME.pattern})\..+")


class Folder:
    """A photo store on a local disk.  Any number of processes may share it."""

    def __init__(self, root: Path) -> None:
        """Remember the folder; it is made when it is checked, or when the first bytes come."""
        self.root = root
        self._was_there = False

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256; they survive a power cut from then on.

        Raises:
            OSError: The bytes could not be kept.
        """
        name = name_of(data)
        path = self.root / path_of(name)
        self._expect_root()
        # Damaged bytes are written again.  Sound ones may be another process's that has not
        # got as far as syncing their name.
        if _read(path) != data:
            _make(path.parent)
            _write(path, data)
        _sync(path.parent)
        self._was_there = True
        return name

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked against their name.

        Raises:
            PhotoMissing: They are not there, or no longer what they were.
        """
        return verified(sha256, _read(self.root / path_of(sha256)))

    def delete(self, sha256: str) -> None:
        """Forget the bytes and their copies, also what a crash left.  A second call does nothing.

        Raises:
            OSError: They may still be there.
        """
        try:
            path = self.root / path_of(sha256)
        except PhotoMissing:
            return
        self._expect_root()
        path.unlink(missing_ok=True)  # first: who keeps a copy just now looks for it afterwards
        self._forget_copies(path)

    def put_copy(self, sha256: str, name: str, data: bytes) -> None:
        """Keep a copy of a photo.  A second call replaces the first one's bytes.

        Raises:
            PhotoMissing: There is no such photo, or it was deleted meanwhile; no copy is left.
            OSError: The copy could not be kept.
            ValueError: The name is not one.
        """
        path = self.root / path_of_copy(sha256, name)
        original = self.root / path_of(sha256)
        self._expect_root()
        if path.parent.is_dir():
            _write(path, data)
        if not original.exists():
            self._forget_copies(original)  # alone: the original may be put anew just now
            raise PhotoMissing(sha256)

    def get_copy(self, sha256: str, name: str) -> bytes | None:
        """Return what `put_copy` kept under this name; ``None`` when there is nothing.

        Raises:
            PhotoMissing: No photo can have this name.
            ValueError: The copy's name is not one.
        """
        return _read(self.root / path_of_copy(sha256, name))

    def stored(self, before: datetime) -> Iterator[str]:
        """Yield the SHA-256 of all bytes that were last written before a moment.

        What a crash left half written before then is removed on the way.

        Raises:
            OSError: It cannot be told what else there is.
        """
        self._expect_root()
        if not self.root.exists():
            return
        _finished(self.root, before)
        for first in _folders(self.root):
            for second in _folders(first):
                place = f"{first.name}/{second.name}"
                files = [(f"{place}/{name}", at) for name, at in sorted(_finished(second, before))]
                yield from names_at(files, before)

    def check(self) -> None:
        """Return when bytes can be kept, without leaving any.

        Raises:
            BadConfiguration: They cannot; the message says where and why.
        """
        try:
            self._expect_root()
            _make(self.root)
            handle, proof = mkstemp(dir=self.root, prefix=PROOF)
            try:
                os.write(handle, bytes(PROOF_SIZE))
                os.fsync(handle)
            finally:
                os.close(handle)
                Path(proof).unlink()
            self._was_there = True
        except OSError as error:
            raise BadConfiguration(
                f"photos cannot be kept in {self.root}: {error.strerror}; "
                "let this user write there, or set CLAIMBOT_PHOTOS to another folder"
            ) from error

    def _forget_copies(self, original: Path) -> None:
        folder, name = original.parent, original.name
        if folder.is_dir():
            for left in (*folder.glob(f"{name}.*"), *folder.glob(f".{name}.*")):
                left.unlink(missing_ok=True)
            _sync(folder)

    def _expect_root(self) -> None:
        """Refuse to begin anew where a folder was: a volume may have come loose.

        Raises:
            OSError: The folder was there, and is gone.
        """
        if self._was_there and not self.root.is_dir():
            raise FileNotFoundError(ENOENT, "the folder is gone; put it back", str(self.root))


def open_folder(url: str) -> Folder:
    """Open the folder of ``file:./photos``, ``file:/srv/photos`` or ``file:///srv/photos``.

    Nothing is made before bytes are put.

    Raises:
        BadConfiguration: The URL names no folder of this machine.
    """
    path = unquote(url.removeprefix("file:"))
    if path.startswith("///"):
        path = path.removeprefix("//")
    if not path or path.startswith("//"):
        raise BadConfiguration(
            f"'{url}' names no folder on this machine; write file:./photos or file:/srv/photos"
        )
    return Folder(Path(path))


def _folders(folder: Path) -> list[Path]:
    """Return those of the folders in a folder that are ours, in order."""
    with os.scandir(folder) as entries:
        names = [e.name for e in entries if _FOLDER.fullmatch(e.name) and e.is_dir()]
    return [folder / name for name in sorted(names)]


def _finished(folder: Path, before: datetime) -> list[tuple[str, float]]:
    """Return which files lie in a folder and when each was written, in seconds since 1970.

    What was begun before a moment and never finished is removed.
    """
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                written_at = entry.stat().st_mtime
                if not _UNFINISHED.fullmatch(entry.name):
                    found.append((entry.name, written_at))
                elif written_at < before.timestamp():
                    Path(entry).unlink()
            except FileNotFoundError:  # deleted, or finished, since the folder was read
                continue
    return found


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    """Write a file that is whole, also after a power cut, or not there; for our eyes only."""
    handle, unfinished = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    """Make a folder and those above it for our eyes only, so that they survive a power cut."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(mode=OWNER_ONLY, exist_ok=True)  # another process may have been faster
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk, not only what they name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
