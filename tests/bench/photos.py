"""What a verdict on a photo costs, beside what else can be done with the same photo.

``python -m tests.bench.photos`` prints the table; ``--json FILE`` keeps it in a file, after it was
compared with what is there from the last time.  Times are of the processor, the best of many, and
always two of the same run, in turns: a machine that has other work to do changes both alike.  The
photos are drawn, with a sensor's noise, at a phone's and a messenger's size and quality.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from PIL import Image, ImageFilter, ImageStat

from claimbot.claim import Flaw
from claimbot.photos.examiners import Examiners
from claimbot.photos.judge import judge
from claimbot.photos.measure import measure
from claimbot.photos.opening import open_photo
from tests.marked import table
from tests.pictures import encoded, grain, scene

PHONE, MESSENGER = (4000, 3000), (1280, 960)
MEASURED_AT = (1000, 750)
ROUNDS = 15
AT_ONCE = 24  # photos, to see what a second process is worth
PEAK = """
import sys
from pathlib import Path
from claimbot.photos.examination import measured
measured(Path(sys.argv[1]).read_bytes())
for line in Path("/proc/self/status").read_text().splitlines():
    if line.startswith("VmHWM:"):
        print(line.split()[1])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One number, and how small it should be, or how large."""

    name: str
    value: float
    most: float = inf
    least: float = 0

    @property
    def goal(self) -> str:
        """The goal, and whether it is missed."""
        words = f"at most {self.most}" if self.most < inf else f"at least {self.least}"
        return words if self.least <= self.value <= self.most else f"{words}: MISSED"


def photo(size: tuple[int, int]) -> Image.Image:
    """Return something with about as much detail and noise as a photo."""
    noise = grain(*size, seed=b"sensor").convert("RGB")
    return Image.blend(scene(*size), noise, 0.08)


def verdict(data: bytes) -> None:
    """Do all that is done with a photo."""
    opened = open_photo(data)
    assert not isinstance(opened, Flaw)
    judge(measure(data, opened), today=None)


def decode(data: bytes) -> None:
    """Decode a JPEG as Pillow does when it is told in what size it is wanted."""
    image = Image.open(BytesIO(data))
    image.draft("L", MEASURED_AT)
    image.load()


def usual_check(data: bytes) -> None:
    """Do what is usually done to tell a blurred photo: the variance of a thumbnail's Laplacian."""
    image = Image.open(BytesIO(data))
    image.thumbnail((1024, 1024))
    kernel = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
    assert ImageStat.Stat(image.convert("L").filter(kernel)).var


def best_times(steps: Sequence[Callable[[], None]]) -> list[float]:
    """Return the least seconds of the processor that each step took, all of them in turns."""
    best = [inf] * len(steps)
    for _ in range(ROUNDS):
        for place, step in enumerate(steps):
            start = process_time()
            step()
            best[place] = min(best[place], process_time() - start)
    return best


def ratios(large: bytes, small: bytes) -> list[Result]:
    """Return what a verdict costs, in other things that can be done with the photo."""
    verdict_large, decode_large, usual, verdict_small, decode_small = best_times(
        [
            *(partial(step, large) for step in (verdict, decode, usual_check)),
            *(partial(step, small) for step in (verdict, decode)),
        ]
    )
    return [
        Result(name="12 MP: verdict / decode", value=verdict_large / decode_large, most=1.6),
        Result(name="12 MP: verdict / usual check", value=verdict_large / usual, most=0.35),
        Result(name="1280 px: verdict / decode", value=verdict_small / decode_small, most=4),
    ]


def seconds_for_many(data: bytes, examiners: Examiners) -> float:
    """Return how long it takes until many photos that came at once are all answered."""
    start = perf_counter()
    wait([examiners.examine(data, today=None) for _ in range(AT_ONCE)])
    return perf_counter() - start


def gain_of_two(data: bytes) -> Result:
    """Return how many times as fast two processes are as one.

    By the clock on the wall, so that only a machine with nothing else to do on two cores shows it:
    a busy one may show anything from 1 to over 2.
    """
    with closing(Examiners(1)) as one, closing(Examiners(2)) as two:
        one.warm().result()
        two.warm().result()
        times = [(seconds_for_many(data, one), seconds_for_many(data, two)) for _ in range(8)]
    alone, together = map(min, zip(*times, strict=True))
    return Result(name="12 MP: two processes / one", value=alone / together, least=1.8)


def peak_megabytes(data: bytes) -> float:
    """Return the most memory that a process held which did nothing but measure this photo."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "photo"
        file.write_bytes(data)
        command = [sys.executable, "-c", PEAK, str(file)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603  ourselves
    return int(printed) / 1000


def results() -> list[Result]:
    """Measure everything."""
    large = photo(PHONE)
    jpeg = encoded(large, quality=85)  # 2.7 MB
    small = encoded(photo(MESSENGER), quality=80)  # 0.2 MB
    heic = encoded(large.resize(MESSENGER).resize(PHONE), "HEIF", quality=60)
    return [
        *ratios(jpeg, small),
        gain_of_two(jpeg),
        Result(name="12 MP JPEG: memory, MB", value=peak_megabytes(jpeg), most=120),
        Result(name="12 MP HEIC: memory, MB", value=peak_megabytes(heic), most=250),
    ]


def shown(found: list[Result], last: dict[str, float]) -> str:
    """Return the table, beside what was found the last time."""
    rows: list[tuple[object, ...]] = [
        (
            one.name,
            f"{one.value:.2f}",
            f"{last[one.name]:.2f}" if one.name in last else "",
            one.goal,
        )
        for one in found
    ]
    return table(("what", "now", "last time", "goal"), rows)


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How long a verdict on a photo takes.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="compare with it and keep there")
    file: Path | None = parser.parse_args(arguments).json
    last = json.loads(file.read_text("utf-8")) if file is not None and file.exists() else {}
    found = results()
    sys.stdout.write(shown(found, last))
    if file is not None:
        kept = {one.name: round(one.value, 4) for one in found}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
