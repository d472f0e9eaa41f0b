"""How far apart the hashes of one photo's copies are, and those of different photos.

``python -m tests.bench.duplicates`` prints both tables, with ``--write`` they go into
docs/photos.md.
"""

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations
from math import cos, radians, sin
from multiprocessing import get_context
from pathlib import Path

from PIL import Image, ImageFilter, ImageStat

from claimbot.claim import NEAR_DUPLICATE_BITS
from claimbot.likeness import distance, forms
from claimbot.photos.judge import BLANK_SPREAD
from claimbot.photos.measure import perceptual_hash
from claimbot.photos.opening import Opened, open_photo
from tests.bench.catches import PHOTOS
from tests.marked import PHOTOS_PAGE, show, table
from tests.photo_faults import exposed, recompressed
from tests.pictures import encoded

FOLDERS = ("damage", "car", "sharp")

TWICE = (
    ("Deep-Learning__8bdad7_image63.jpg", "car-damage__d2ef2b_image28.jpg"),
    ("Deep-Learning__1a5c23_image50.jpg", "Deep-Learning__c0094d_image46.jpeg"),
    ("Deep-Learning__768d2f_image47.jpg", "car-damage__89185d_image21.jpg"),
    ("Deep-Learning__fb4d75_image75.jpg", "car-damage__746420_image25.jpg"),
    ("vehicle-damage__040f3c_user_scratch.jpg", "vehicle-damage__4913e8_user_scratch_resized.jpg"),
)
"""Photos that are there twice, as two people published them: all that there are."""

Picture = Image.Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A photo's hash, that of its smoothest ninth, and the distances of what is like it."""

    whole: str
    smooth: str
    copies: tuple[int, ...]
    later: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The distances of some pairs of pictures."""

    name: str
    distances: tuple[int, ...]

    @property
    def alike(self) -> int:
        """How many pairs are called the same picture."""
        return sum(apart <= NEAR_DUPLICATE_BITS for apart in self.distances)

    @property
    def cells(self) -> tuple[object, ...]:
        """The row of the table."""
        ordered = sorted(self.distances)
        middle = ordered[len(ordered) // 2]
        return self.name, len(ordered), self.alike, ordered[0], middle, ordered[-1]


def resized(photo: Picture, long_side: int) -> Picture:
    """Return a photo with a long side of so many pixels, be it more than it had or less."""
    share = long_side / max(photo.size)
    size = (round(photo.width * share), round(photo.height * share))
    return photo.resize(size, Image.Resampling.LANCZOS)


def halved(photo: Picture) -> Picture:
    """Return a photo at half its size."""
    return resized(photo, max(photo.size) // 2)


def cut(photo: Picture, left: float, top: float, right: float, bottom: float) -> Picture:
    """Return the part of a photo between these places, shares of its width and height."""
    width, height = photo.size
    box = (left * width, top * height, right * width, bottom * height)
    return photo.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3])))


def trimmed(photo: Picture, share: float) -> Picture:
    """Return a photo without this share of its width and height, on every side."""
    return cut(photo, share, share, 1 - share, 1 - share)


def a_moment_later(photo: Picture, sway: float, degrees: float) -> Picture:
    """Return what a hand-held camera sees next: the middle of the photo, a little aside.

    Args:
        photo: What there is to be seen.
        sway: How far the middle has moved, a share of the long side.
        degrees: In which direction.
    """
    across, down = sway * cos(radians(degrees)), sway * sin(radians(degrees))
    long_side = max(photo.size)
    right, lower = across * long_side / photo.width, down * long_side / photo.height
    return cut(photo, 0.1 + right, 0.1 + lower, 0.9 + right, 0.9 + lower)


COPIES: dict[str, Callable[[Picture], Picture]] = {
    "recompressed at quality 40": partial(recompressed, quality=40),
    "resized to 1280": partial(resized, long_side=1280),
    "resized to half": halved,
    "25 % brighter": partial(exposed, share=1.25),
    "25 % darker": partial(exposed, share=0.75),
    "turned left": lambda photo: photo.transpose(Image.Transpose.ROTATE_90),
    "turned right": lambda photo: photo.transpose(Image.Transpose.ROTATE_270),
    "upside down": lambda photo: photo.transpose(Image.Transpose.ROTATE_180),
    "mirrored": lambda photo: photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "1 % cut off on each side": partial(trimmed, share=0.01),
    "2 % cut off on each side": partial(trimmed, share=0.02),
    "5 % cut off on each side": partial(trimmed, share=0.05),
}
LATER = {
    # A hundredth of the long side puts them as far apart as real ones are, 22 to 54 bits.
    "a simulated burst, 33 ms apart": 0.01,
    "a simulated burst, 100 ms apart": 0.03,
    "a step aside: a tenth of the long side": 0.1,
}


def hash_of(photo: Picture, quality: int = 85) -> str:
    """Return the hash of a picture that is sent as a JPEG."""
    opened = open_photo(encoded(photo, quality=quality))
    assert isinstance(opened, Opened)
    return perceptual_hash(opened.grey)


def apart(one: str, other: str) -> int:
    """Return the distance to the nearest of the eight forms."""
    return min(distance(form, other) for form in forms(one))


def smoothest(photo: Picture) -> Picture:
    """Return the ninth of a photo with the least edges but something in it, such as a panel."""
    thirds = (0, 1 / 3, 2 / 3)
    parts = [cut(photo, left, top, left + 1 / 3, top + 1 / 3) for left in thirds for top in thirds]
    return min(parts, key=lambda part: (_is_blank(part), _edges(part)))


def _is_blank(part: Picture) -> bool:
    levels = part.tobytes()
    return max(levels) - min(levels) < BLANK_SPREAD


def _edges(part: Picture) -> float:
    return ImageStat.Stat(part.filter(ImageFilter.FIND_EDGES)).mean[0]


def look_at(path: Path) -> Seen:
    """Return a photo's hash, that of its smoothest part, and the distances of what is like it."""
    photo = Image.open(path).convert("L")
    whole = hash_of(photo)
    now = hash_of(a_moment_later(photo, 0, 0))
    direction = sum(path.name.encode()) % 360  # any, and always the same for the same photo
    later = (a_moment_later(photo, sway, direction) for sway in LATER.values())
    copies = (copy(photo) for copy in COPIES.values())
    return Seen(
        whole=whole,
        smooth=hash_of(smoothest(photo)),
        copies=tuple(apart(whole, hash_of(copy, quality=75)) for copy in copies),
        later=tuple(apart(now, hash_of(then)) for then in later),
    )


def all_apart(found: Iterable[str]) -> tuple[int, ...]:
    """Return the distances between any two."""
    return tuple(apart(one, other) for one, other in combinations(found, 2))


@cache
def duplicates() -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Return the distances of copies of the same photo, then those of different photos."""
    paths = [path for name in FOLDERS for path in sorted((PHOTOS / name).iterdir())]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        names = (path.name for path in paths)
        found = dict(zip(names, processes.map(look_at, paths, chunksize=4), strict=True))
    twice = [apart(found[one].whole, found[other].whole) for one, other in TWICE]
    for _, other in TWICE:
        del found[other]
    copies, later = (
        zip(*(getattr(seen, field) for seen in found.values()), strict=True)
        for field in ("copies", "later")
    )
    same = (*map(_row, COPIES, copies), _row("published twice", twice))
    different = (
        *map(_row, LATER, later),
        _row("any two photos", all_apart(seen.whole for seen in found.values())),
        _row("any two smooth parts", all_apart(seen.smooth for seen in found.values())),
    )
    return same, different


def _row(name: str, distances: Iterable[int]) -> Row:
    return Row(name=name, distances=tuple(distances))


def duplicates_tables() -> str:
    """Return both tables, with the last line ended."""
    same, different = (
        table((what, "number", "called the same", "nearest", "median", "farthest"), rows)
        for what, rows in zip(
            ("a photo and its copy", "two pictures"),
            ([row.cells for row in rows] for rows in duplicates()),
            strict=True,
        )
    )
    return f"{same}\n{different}"


if __name__ == "__main__":  # pragma: no cover  by hand
    show(duplicates_tables(), PHOTOS_PAGE, "duplicates", sys.argv[1:])
