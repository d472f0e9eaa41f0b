"""A disk that remembers the order in which it was written, so that its power can be cut.

Nothing is cut while it runs: `Disk` notes what is done, and `Cutter` says afterwards, for any
instant of the run, what a disk may hold that lost its power then.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import assert_never

SECTOR = 512  # bytes: what a disk writes whole or not at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """Bytes were written at an offset."""

    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated:
    """A file was cut off, or grew by zeros, to ``size`` bytes."""

    file: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A file was deleted."""

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What was done to a file before the moment ``asked`` is safe from now on.

    What was done between the asking and the answer may be safe or not.
    """

    file: str
    asked: int


Change = Wrote | Truncated | Removed


@dataclass(frozen=True, slots=True)
class Disk:
    """What was done to a folder's files, in order.  Safe to share between threads.

    Attributes:
        files: What the files held before, durably, by name; None for one that was not there.
        done: Everything since.  A moment is a number of these.
    """

    files: dict[str, bytes | None] = field(default_factory=dict)
    done: list[Change | Synced] = field(default_factory=list)

    @property
    def moment(self) -> int:
        """Return how much was done so far."""
        return len(self.done)


class Cutter:
    """Goes through what was done to a disk and stops wherever its power is cut."""

    def __init__(self, disk: Disk) -> None:
        """Begin before anything was done."""
        self.moment = 0
        self._disk = disk
        self._durable = dict(disk.files)
        self._unsafe: defaultdict[str, list[tuple[int, Change]]] = defaultdict(list)

    def run_until(self, moment: int) -> None:
        """Let everything happen until a moment, which is not before the present one."""
        for at in range(self.moment, moment):
            match self._disk.done[at]:
                case Synced(file=file, asked=asked):
                    unsafe = self._unsafe.pop(file, [])
                    safe = [change for when, change in unsafe if when < asked]
                    self._durable[file] = _apply(self._durable.get(file), safe)
                    if rest := unsafe[len(safe) :]:
                        self._unsafe[file] = rest
                case change:
                    self._unsafe[change.file].append((at, change))
        self.moment = moment

    @property
    def unsafe(self) -> dict[str, int]:
        """Return how many changes of which file would not be sure to survive now."""
        return {file: len(changes) for file, changes in self._unsafe.items()}

    def cut(self, chance: Random) -> dict[str, bytes]:
        """Return what the files may hold after a cut at this moment, by name.

        Of what was not synchronised a file keeps nothing, the first part, or any part, each by
        the sector.
        """
        left = dict(self._durable)
        for file, changes in self._unsafe.items():
            pieces = [piece for _, change in changes for piece in _torn(change)]
            left[file] = _apply(left.get(file), _surviving(pieces, chance))
        return {file: held for file, held in left.items() if held is not None}


def _torn(change: Change) -> Iterator[Change]:
    """Take a write apart at the borders of the disk's sectors."""
    if not isinstance(change, Wrote):
        yield change
        return
    start, end = change.offset, change.offset + len(change.data)
    borders = [start, *range(start - start % SECTOR + SECTOR, end, SECTOR), end]
    for first, last in pairwise(borders):
        yield Wrote(file=change.file, offset=first, data=change.data[first - start : last - start])


def _surviving(pieces: Sequence[Change], chance: Random) -> Sequence[Change]:
    how = chance.choice(("nothing", "the first part", "any part"))
    if how != "any part":
        return pieces[: chance.randint(0, len(pieces)) if how == "the first part" else 0]
    share = chance.random()
    kept: list[Change] = []
    for piece in pieces:
        if chance.random() < share:
            kept.append(piece)
        elif isinstance(piece, Removed):
            break  # the old file is still there, so nothing went into a new one of that name
    return kept


def _apply(content: bytes | None, changes: Iterable[Change]) -> bytes | None:
    """Return what a file holds after these; None is a file that is not there."""
    now = None if content is None else bytearray(content)
    for change in changes:
        match change:
            case Wrote(offset=offset, data=data):
                now = bytearray() if now is None else now
                now.extend(bytes(max(0, offset - len(now))))
                now[offset : offset + len(data)] = data
            case Truncated(size=size):
                now = bytearray() if now is None else now
                now = now[:size] + bytes(max(0, size - len(now)))
            case Removed():
                now = None
            case never:
                assert_never(never)
    return None if now is None else bytes(now)
