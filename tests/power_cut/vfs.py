"""SQLite's files, of which every change is noted on a `Disk`."""

from pathlib import Path

import apsw
from apsw import URIFilename

from tests.power_cut.disk import Disk, Removed, Synced, Truncated, Wrote


class NotingVFS(apsw.VFS):
    """Passes everything on to the real files; the shared memory of a WAL is not noted."""

    def __init__(self, name: str, disk: Disk) -> None:
        """Be known to SQLite as ``name``, until nobody holds this any more."""
        super().__init__(name, "")
        self._disk = disk

    def xOpen(self, name: str | URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  SQLite's
        """Open a file."""
        return _NotingFile(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802  SQLite's
        """Delete a file; it may come back in a power cut unless the folder is synchronised too."""
        super().xDelete(filename, syncdir)
        file, asked = Path(filename).name, self._disk.moment + 1
        self._disk.done.append(Removed(file=file))
        self._disk.done.extend([Synced(file=file, asked=asked)] if syncdir else [])


class _NotingFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._file = Path(name.filename() if isinstance(name, URIFilename) else str(name)).name
        if self._file not in disk.files:
            disk.files[self._file] = self.xRead(self.xFileSize(), 0) or None

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  SQLite's
        super().xWrite(data, offset)
        self._disk.done.append(Wrote(file=self._file, offset=offset, data=bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802  SQLite's
        super().xTruncate(newsize)
        self._disk.done.append(Truncated(file=self._file, size=newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802  SQLite's
        # The real one takes its time, in which whoever was told too early that their transaction
        # is durable gets to say so.
        asked = self._disk.moment
        super().xSync(flags)
        self._disk.done.append(Synced(file=self._file, asked=asked))
