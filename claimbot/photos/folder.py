"""Photos in a folder, each under its SHA-256: ``ab/cd/abcd...``.

Whoever can read the folder can read the claims, so all of it belongs to one user alone.
"""

import os
import re
from errno import ENOENT
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import unquote

from claimbot.errors import BadConfiguration, PhotoMissing

OWNER_ONLY = 0o700
NAME = re.compile(r"[0-9a-f]{64}")  # what may become a path; "../.." may not


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
        name = _name_of(data)
        path = self._path(name)
        self._expect_root()
        if _holds(path, name):
            _sync(path.parent)  # another process may have written it and not got this far
            return name
        _make(path.parent)
        handle, unfinished = mkstemp(dir=path.parent, prefix=f".{name}.")  # readable by us alone
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).replace(path)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
        _sync(path.parent)
        self._was_there = True
        return name

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked against their name.

        Raises:
            PhotoMissing: They are not there, or no longer what they were.
        """
        if NAME.fullmatch(sha256) is None:
            raise PhotoMissing(sha256)
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise PhotoMissing(sha256) from None
        if _name_of(data) != sha256:
            raise PhotoMissing(sha256, "is in the photo store, but its bytes have changed")
        return data

    def delete(self, sha256: str) -> None:
        """Forget the bytes, also what a crash left of them.  A second call does nothing."""
        if NAME.fullmatch(sha256) is None:
            return
        path = self._path(sha256)
        self._expect_root()
        if not path.parent.is_dir():
            return
        path.unlink(missing_ok=True)
        for unfinished in path.parent.glob(f".{sha256}.*"):
            unfinished.unlink(missing_ok=True)
        _sync(path.parent)

    def check(self) -> None:
        """Return when bytes can be kept, without leaving any.

        Raises:
            BadConfiguration: They cannot; the message says where and why.
        """
        try:
            self._expect_root()
            _make(self.root)
            handle, proof = mkstemp(dir=self.root, prefix=".check.")
            try:
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

    def _expect_root(self) -> None:
        """Refuse to begin anew where a folder was: a volume may have come loose.

        Raises:
            OSError: The folder was there, and is gone.
        """
        if self._was_there and not self.root.is_dir():
            raise FileNotFoundError(ENOENT, "the folder is gone; put it back", str(self.root))

    def _path(self, name: str) -> Path:
        return self.root / name[:2] / name[2:4] / name


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


def _name_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def _holds(path: Path, name: str) -> bool:
    """Tell whether the bytes are there and sound; damaged ones are written again."""
    try:
        return _name_of(path.read_bytes()) == name
    except FileNotFoundError:
        return False


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
