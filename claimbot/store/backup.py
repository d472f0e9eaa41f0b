"""A copy of an SQLite database, made while others write to it."""

import os
import sqlite3
from contextlib import closing
from errno import EEXIST, EISDIR, ENOENT
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

PAGES_AT_ONCE = 4_096  # 16 MB; Ctrl-C is heard in between
BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database


def back_up(engine: Engine, path: Path, *, replace: bool) -> int:
    """Copy the database of ``engine`` as it is at one moment, and return how many bytes that is.

    The copy is at ``path`` once it is whole and on the disk, for this user alone.

    Args:
        engine: An SQLite database.
        path: Where to.
        replace: Also where there is a file already.

    Raises:
        FileExistsError: There is, and it is not to be replaced.
        OSError: The copy cannot be written.
        sqlite3.Error: It cannot be, or the database cannot be read.
    """
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(path.parent))
    beside = [path.with_name(path.name + end) for end in BESIDE]
    for there in (path, *beside):  # before all the work, and at its end once more
        if not replace and there.exists():
            raise FileExistsError(EEXIST, os.strerror(EEXIST), str(there))
    with TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        copy = Path(folder, path.name)
        _copy(engine, copy)
        copy.chmod(0o600)
        _sync(copy)
        size = copy.stat().st_size
        if not replace:
            path.touch(exist_ok=False)
        for left in beside:  # SQLite would put what lies in them into the copy
            left.unlink(missing_ok=True)
        copy.replace(path)
        _sync(path.parent)
    return size


def _copy(engine: Engine, path: Path) -> None:
    source = engine.raw_connection()
    try:
        driver = source.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 for the type checker
        with closing(sqlite3.connect(path)) as copy:
            # It is on no disk before `_sync`, whatever SQLite does about that here.
            copy.execute("PRAGMA synchronous = OFF")
            # In a transaction, which sees one moment and holds up no writer.  Without one, each
            # write of another process makes the copy begin anew.
            driver.execute("BEGIN")
            try:
                driver.execute("SELECT count(*) FROM sqlite_master").fetchone()
                driver.backup(copy, pages=PAGES_AT_ONCE)
            finally:
                driver.execute("ROLLBACK")
    finally:
        source.close()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
