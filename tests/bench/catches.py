"""What the rules catch and what they refuse of real photos.

``python -m tests.bench.catches`` prints the table, with ``--write`` it goes into docs/photos.md.
A photo is judged with its size left aside: most of the damage photos came from small web pages,
and a photo that is too small is refused before anything else is looked at.
"""

import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

from PIL import Image

from claimbot.claim import Flag, Flaw
from claimbot.photos.examination import examine
from claimbot.photos.judge import judge
from tests.marked import PHOTOS_PAGE, show, table
from tests.photo_faults import exposed, moved, out_of_focus, recompressed, whited_out
from tests.pictures import encoded

PHOTOS = Path(__file__).parents[3] / "shared" / "photos"

AS_THEY_ARE = ("damage", "sharp", "car", "blurred", "dark", "bright")
SPOILED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "recompressed at quality 30": partial(recompressed, quality=30),
    "a disk blur, 2 % of the long side wide": partial(out_of_focus, diameter=0.02),
    "a disk blur with a radius of 2 %": partial(out_of_focus, diameter=0.04),
    "moved level by 4 %": partial(moved, length=0.04),
    "moved slantwise by 4 %": partial(moved, length=0.04, degrees=30),
    "darkened to 20 %": partial(exposed, share=0.2),
    "under 80 % of white": partial(whited_out, share=0.8),
}
"""What is done to every damage photo before it is saved as a JPEG of quality 85."""

NOTES = {Flag.SOFT, Flag.DIM, Flag.BRIGHT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of one photo: whether it is too small and, size apart, how good it is."""

    small: bool
    flaw: Flaw | None
    noted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is said of some photos."""

    name: str
    verdicts: tuple[Verdict, ...]

    @property
    def refused(self) -> int:
        """How many are refused, size apart."""
        return sum(verdict.flaw is not None for verdict in self.verdicts)

    @property
    def caught(self) -> int:
        """How many are refused, size apart, or noted as soft, dim or bright."""
        return sum(verdict.flaw is not None or verdict.noted for verdict in self.verdicts)

    @property
    def cells(self) -> tuple[object, ...]:
        """The row of the table."""
        small = sum(verdict.small for verdict in self.verdicts)
        flaws = Counter(verdict.flaw for verdict in self.verdicts if verdict.flaw is not None)
        reasons = ", ".join(f"{flaw} {count}" for flaw, count in flaws.most_common())
        return self.name, len(self.verdicts), small, self.refused, self.caught, reasons


def verdict_on(data: bytes) -> Verdict:
    """Return what is said of a photo that can be opened."""
    facts = examine(data, today=None).facts
    assert facts is not None
    sized, _ = judge(facts, today=None)
    flaws, flags = judge(replace(facts, width=1280, height=960), today=None)
    return Verdict(
        small=Flaw.TOO_SMALL in sized,
        flaw=flaws[0] if flaws else None,
        noted=not NOTES.isdisjoint(flags),
    )


def of_file(path: Path) -> Verdict:
    """Return what is said of a file; a BMP, which the bot does not take, is judged as a PNG."""
    data = path.read_bytes()
    return verdict_on(encoded(Image.open(BytesIO(data)), "PNG") if path.suffix == ".bmp" else data)


def when_spoiled(path: Path) -> tuple[Verdict, ...]:
    """Return what is said of a file after each of the faults."""
    photo = Image.open(path).convert("L")  # luma is all that is judged
    return tuple(verdict_on(encoded(spoil(photo), quality=85)) for spoil in SPOILED.values())


@cache
def catches() -> tuple[Row, ...]:
    """Return what is said of each folder of photos, then of the damage photos with each fault."""
    folders = {folder: sorted((PHOTOS / folder).iterdir()) for folder in AS_THEY_ARE}
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        as_they_are = {
            folder: processes.map(of_file, paths, chunksize=4) for folder, paths in folders.items()
        }
        spoiled = processes.map(when_spoiled, folders["damage"], chunksize=4)
        return (
            *(Row(name=name, verdicts=tuple(seen)) for name, seen in as_they_are.items()),
            *(
                Row(name=f"damage, {fault}", verdicts=seen)
                for fault, seen in zip(SPOILED, zip(*spoiled, strict=True), strict=True)
            ),
        )


def catches_table() -> str:
    """Return the table, with its last line ended."""
    heads = ("photos", "number", "too small", "refused, size apart", "refused or noted", "for")
    return table(heads, [row.cells for row in catches()])


if __name__ == "__main__":  # pragma: no cover  by hand
    show(catches_table(), PHOTOS_PAGE, "catches", sys.argv[1:])
