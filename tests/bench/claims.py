"""How many whole claims a second, and how much memory ``serve`` takes while it makes them.

``python -m tests.bench.claims`` starts ``claimbot serve`` on an empty SQLite database and hands in
claims by way of the fake Bot API: three photos of 1 MB, a policy number, no form, sent.
``--claims`` says how many, ``--minutes`` after how long no more are begun; ``--json FILE`` keeps
the numbers in a file, after they were compared with what is there from the last time.  Photos, of
which no two look alike, are drawn while nothing is timed, and deleted after.  Memory is what the
process and, apart from it, its children hold, looked at after each tenth of the claims.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter

from PIL import Image

from tests.bench.latency import NO_LIMIT
from tests.bench.photos import Result
from tests.bench.report import report, takes_json
from tests.fake_bot_api import FakeBotApi
from tests.journeys import Served, hand_in
from tests.marked import table
from tests.pictures import encoded, grain, scene

CLAIMS = 200
MINUTES = 10
AT_ONCE = 20
DRAWN_AT_ONCE = 300  # photos, which are then in this process's memory
PHOTO_BYTES = 1_000_000
SIZE = (1600, 1200)
NOISE = 0.25  # of a picture: so much makes a JPEG of this size and quality about 1 MB
QUALITY = 92
MOST_MEGABYTES = 250
MOST_GROWTH = 1.1  # from the third tenth on, when all that is kept warm is there
ANSWERED_WITHIN_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What ``serve`` holds after some claims, in megabytes."""

    claims: int
    itself: float
    children: float


def photo(seed: bytes) -> bytes:
    """Return a JPEG of 1 MB that looks like no other one."""
    noise = grain(*SIZE, seed=b"sensor").convert("RGB")
    picture = scene(SIZE[0] // 4, SIZE[1] // 4, seed).resize(SIZE, Image.Resampling.BICUBIC)
    data = encoded(Image.blend(picture, noise, NOISE), quality=QUALITY)
    return data + bytes(max(0, PHOTO_BYTES - len(data)))


class HandingIn:
    """Hands claims in, some side by side, and looks at the memory after each tenth of them."""

    def __init__(self, api: FakeBotApi, pid: int, claims: int) -> None:
        """Take who serves, and how many claims there will be."""
        self.memory: list[Memory] = []
        self.seconds = 0.0
        self.done = 0
        self._api = api
        self._pid = pid
        self._claims = claims

    async def all_of(self, photos: Sequence[bytes]) -> None:
        """Hand in a claim for every three photos."""
        waiting = [photos[first : first + 3] for first in range(0, len(photos), 3)]

        async def one_after_another() -> None:
            while waiting:
                await hand_in(self._api.user(), waiting.pop(), within=ANSWERED_WITHIN_S)
                self._is_done()

        began = perf_counter()
        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
        self.seconds += perf_counter() - began
        self._api.files.clear()

    def _is_done(self) -> None:
        tenth = self.done * 10 // self._claims
        self.done += 1
        if self.done * 10 // self._claims > tenth:
            children = sum(megabytes(pid, "VmRSS") for pid in descendants(self._pid))
            itself = megabytes(self._pid, "VmRSS")
            self.memory.append(Memory(claims=self.done, itself=itself, children=children))


async def results(claims: int, minutes: float) -> tuple[list[Result], list[Memory]]:
    """Hand claims in and return the numbers, and how the memory grew."""
    end = monotonic() + minutes * 60
    seeds = [f"photo {number}".encode() for number in range(3 * claims)]
    with (
        TemporaryDirectory() as name,
        ProcessPoolExecutor(mp_context=get_context("forkserver")) as processes,
    ):
        folder = Path(name)
        async with FakeBotApi() as api, Served(api, folder, MESSAGES_PER_SECOND=NO_LIMIT):
            [pid] = filter(is_serving, descendants(os.getpid()))
            handing_in = HandingIn(api, pid, claims)
            for first in range(0, len(seeds), DRAWN_AT_ONCE):
                if monotonic() > end:
                    break
                some = seeds[first : first + DRAWN_AT_ONCE]
                await handing_in.all_of(await asyncio.to_thread(_drawn, processes, some))
                for kept in (folder / "photos").glob("??/??/*"):
                    kept.unlink()
            peak = megabytes(pid, "VmHWM")
    memory = handing_in.memory
    growth = memory[-1].itself / memory[min(2, len(memory) - 1)].itself
    found = [
        Result(name="claims", value=handing_in.done),
        Result(name="claims/s", value=handing_in.done / handing_in.seconds),
        Result(name="serve: peak memory, MB", value=peak, most=MOST_MEGABYTES),
        Result(name="serve: memory, last / third tenth", value=growth, most=MOST_GROWTH),
        Result(name="its children: memory, MB", value=max(seen.children for seen in memory)),
    ]
    return found, memory


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they did."""
    children = [
        int(child)
        for thread in Path(f"/proc/{pid}/task").glob("*")
        for child in _read(thread / "children").split()
    ]
    return [*children, *(one for child in children for one in descendants(child))]


def is_serving(pid: int) -> bool:
    """Return whether a process is ``claimbot serve``."""
    return "claimbot\0serve\0" in _read(Path(f"/proc/{pid}/cmdline"))


def megabytes(pid: int, which: str) -> float:
    """Return the memory that a process holds or, if that is asked for, held at most.

    Args:
        pid: The process.
        which: ``VmRSS``, now, or ``VmHWM``, at most.
    """
    lines = _read(Path(f"/proc/{pid}/status")).splitlines()
    found = [int(line.split()[1]) for line in lines if line.startswith(f"{which}:")]
    return sum(found) / 1000


def _read(file: Path) -> str:
    """Return what Linux says of a process or thread; nothing of one that has just ended."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _drawn(processes: ProcessPoolExecutor, seeds: Sequence[bytes]) -> list[bytes]:
    return list(processes.map(photo, seeds, chunksize=10))


def main(arguments: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Claims a second, and what memory they take.")
    parser.add_argument("--claims", type=int, default=CLAIMS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    takes_json(parser)
    told = parser.parse_args(arguments)
    found, memory = asyncio.run(results(told.claims, told.minutes))
    heads = ("claims", "serve, MB", "its children, MB")
    rows: list[tuple[object, ...]] = [
        (seen.claims, f"{seen.itself:.0f}", f"{seen.children:.0f}") for seen in memory
    ]
    sys.stdout.write(table(heads, rows) + "\n")
    report(found, told.json)


if __name__ == "__main__":
    main(sys.argv[1:])
