"""One run of the real store, and many power cuts in it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from shutil import rmtree
from sqlite3 import DatabaseError
from typing import Any

from sqlalchemy import event

from claimbot.store import Store
from tests.databases import open_store
from tests.power_cut.disk import Cutter, Disk
from tests.power_cut.driver import Driver, driving
from tests.power_cut.remains import Remains
from tests.power_cut.story import Acknowledged, tell
from tests.power_cut.vfs import NotingVFS

VFS = "power_cut"
DATABASE = "claimbot.db"
CHECKPOINT_PAGES = 40  # SQLite's own 1,000 would make too few checkpoints in a run this short


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was done to the disk, and what the store acknowledged meanwhile."""

    disk: Disk
    acknowledged: Sequence[Acknowledged]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What power cuts did.

    Attributes:
        cuts: How many there were.
        in_checkpoints: How many came while the log was being copied into the database.
        acknowledged: How many transactions the store had acknowledged, over all cuts.
        lost: How many of these were gone, over all cuts.
        losses: After how many cuts any was gone.
        wrong: What was damaged or there by half; the files of that cut were left in their folder.
    """

    cuts: int = 0
    in_checkpoints: int = 0
    acknowledged: int = 0
    lost: int = 0
    losses: int = 0
    wrong: list[str] = field(default_factory=list)


@contextmanager
def noting_store(folder: Path, *pragmas: str) -> Iterator[tuple[Store, Disk]]:
    """Give a store on a disk whose power can be cut.

    Args:
        folder: Where its files are while the power is on.
        pragmas: What every connection is told after the store's own.
    """
    with open_store("sqlite", folder):
        pass  # its tables are made where nothing is noted
    disk = Disk()
    vfs = NotingVFS(VFS, disk)
    try:
        with driving(Driver(VFS)), closing(Store(f"sqlite:///{folder / DATABASE}")) as store:
            event.listen(store.engine, "checkout", partial(_instruct, pragmas))
            yield store, disk
    finally:
        vfs.unregister()


def run(folder: Path, *pragmas: str) -> Run:
    """Let policyholders report damage to a store, and close it."""
    checkpoints = f"wal_autocheckpoint = {CHECKPOINT_PAGES}"
    with noting_store(folder, checkpoints, *pragmas) as (store, disk):
        acknowledged = tell(store, disk)
    return Run(disk=disk, acknowledged=acknowledged)


def cut(made: Run, folder: Path, *, seed: int, cuts: int) -> Tally:
    """Cut the power at instants spread over a run, and look what is left after each.

    The seed decides on the instants and on what survives, given the run; how its threads met is
    another matter, so that a cut which shows something leaves its files in ``folder``.
    """
    chance, tally, cutter = Random(seed), Tally(), Cutter(made.disk)  # noqa: S311  no secret
    for number in range(cuts):
        first, end = (made.disk.moment * at // cuts for at in (number, number + 1))
        cutter.run_until(chance.randint(first, end))
        disk = folder / f"seed-{seed}-cut-{number}"
        disk.mkdir()
        for file, held in cutter.cut(chance).items():
            (disk / file).write_bytes(held)
        if _look(tally, disk, made.acknowledged, cutter):
            rmtree(disk)
    return tally


def _look(tally: Tally, disk: Path, acknowledged: Sequence[Acknowledged], cutter: Cutter) -> bool:
    """Add what is left after a cut to the tally; return whether it is as it must be."""
    done = [each.deed for each in acknowledged if each.moment <= cutter.moment]
    tally.cuts += 1
    tally.in_checkpoints += DATABASE in cutter.unsafe
    tally.acknowledged += len(done)
    try:
        remains = Remains(disk / DATABASE)
    except DatabaseError as error:
        wrong, lost = [str(error)], len(done)
    else:
        wrong, lost = list(remains.wrong()), sum(not remains.has(deed) for deed in done)
    tally.lost += lost
    tally.losses += lost > 0
    tally.wrong += (f"{disk} at {cutter.moment}: {what}" for what in wrong)
    return not (lost or wrong)


def _instruct(pragmas: Sequence[str], connection: Any, *_: object) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
