"""Files on this disk looked at as the bot would: by all cores, in order, a few in memory."""

import os
import stat
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from claimbot.cli.context import err
from claimbot.errors import MachineBusy

if TYPE_CHECKING:
    from claimbot.photos.examination import Examined

Seen = TypeVar("Seen")

AHEAD = 2  # files that lie ready while each child has one, so that none waits for the disk


class Look(NamedTuple):
    """What is known of a file once it was looked at."""

    examined: "Examined"
    thumbnail: bytes | None


class Unseen(NamedTuple):
    """Why a file could not be looked at, and what to do."""

    reason: str


def look_at(
    paths: Sequence[Path], *, thumbnails: bool = False, bar: bool = True
) -> Generator[tuple[Path, Look | Unseen], None, None]:
    """Yield each file and what is seen in it, in their order.

    Args:
        paths: The files, at least one.
        thumbnails: Make one of each photo.
        bar: Show how far it is, to a person at a terminal.
    """
    from claimbot.photos.copies import LONG_SIDE_PX, Variant
    from claimbot.photos.examiners import Examiners

    children = min(os.cpu_count() or 1, len(paths))
    with closing(Examiners(children)) as examiners:
        examiners.warm()  # they start while this process imports what it needs
        from claimbot.app import now

        today = now().date()

        def begin(data: bytes) -> Callable[[], Look]:
            examined = examiners.examine(data, today=today)
            if not thumbnails:
                return lambda: Look(examined.result(), None)
            thumbnail = examiners.copy(data, long_side_px=LONG_SIDE_PX[Variant.THUMBNAIL])
            return lambda: Look(examined.result(), thumbnail.result())

        looks = in_order(paths, begin, children + AHEAD)
        yield from _under_a_bar(looks, len(paths)) if bar else looks


def find_files(folder: Path) -> list[Path]:
    """Return the files in a folder and in those within it, sorted; hidden ones are left out.

    Raises:
        OSError: A folder cannot be read.
    """
    found = []
    entered = set()
    for place, folders, files in os.walk(folder, followlinks=True, onerror=_raise):
        here = Path(place).stat()
        if (here.st_dev, here.st_ino) in entered:  # a link may lead to where we were
            folders.clear()
            continue
        entered.add((here.st_dev, here.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(place, name) for name in files if not name.startswith(".")]
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error


def in_order(
    paths: Sequence[Path], begin: Callable[[bytes], Callable[[], Look]], most: int
) -> Iterator[tuple[Path, Look | Unseen]]:
    """Yield each file and what comes of it, in their order.

    Args:
        paths: The files.
        begin: Begins to look at a file's bytes, and returns what waits for the end of that.
        most: How many files are in hand at a time, so that memory is bounded.
    """
    in_hand: deque[tuple[Path, Callable[[], Look] | Unseen]] = deque()
    for path in paths:
        if len(in_hand) == most:
            yield _ended(*in_hand.popleft())
        data = _read(path)
        in_hand.append((path, data if isinstance(data, Unseen) else begin(data)))
        del data  # a child may be done with it long before the next file is read
    while in_hand:
        yield _ended(*in_hand.popleft())


def _ended(path: Path, begun: Callable[[], Look] | Unseen) -> tuple[Path, Look | Unseen]:
    if isinstance(begun, Unseen):
        return path, begun
    try:
        return path, begun()
    except MachineBusy:
        return path, Unseen("this machine is too busy to look at it; try again")


def _read(path: Path) -> bytes | Unseen:
    """Return a file's bytes, or so many of them that it is too large."""
    from claimbot.photos.opening import MOST_BYTES

    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return Unseen("Is a folder; name its photos, or use `claimbot photos report`")
        if not stat.S_ISREG(mode):  # a pipe may never end, nor begin
            return Unseen("Is no file; name a photo")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        return Unseen(f"{error.strerror}; put that right, then try again")


def _under_a_bar(work: Iterator[Seen], total: int) -> Iterator[Seen]:
    if total == 1 or not sys.stderr.isatty():
        yield from work
        return
    from rich.progress import Progress

    # Standard output stays as it is: Rich would write to standard error what goes there.
    with Progress(console=err(), transient=True, redirect_stdout=False) as progress:
        yield from progress.track(work, total=total, description="Looking")
