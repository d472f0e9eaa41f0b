"""What is measured of a photo, once, and kept with it.

Pillow's own C code does the work on pictures; Python sees a few hundred numbers.  Those are sums
of integers, so that the same bytes give the same facts on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import accumulate
from math import cos, pi
from operator import mul
from struct import Struct

from PIL import Image

from claimbot.photos.opening import Opened
from claimbot.photos.sharpness import drawn, share_flat, sharpness, sum_of

CLIPPED_LOW = 10  # luma up to which there is 0.3 % of the light of white: noise, no detail
CLIPPED_HIGH = 245  # luma from which a phone's highlight holds no detail
HASH_SIDE = 16  # lowest frequencies kept, in both directions: 256 bits
DCT_SIDE = 64
BITS = {"I": 32, "Q": 64}  # of `struct`'s integers; their sums stay under 2^27 and 2^45


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was measured of a photo, before anyone judges it.

    ``block``, ``reblur`` and ``share_flat`` are as if its long side were at most 1000 px.  Levels
    of luma run from 0, black, to 255; shares from 0 to 1.
    """

    version: int = 2  # raised when a fact is measured in another way, so that old ones can be told

    format: str  # "JPEG", "PNG", "WEBP" or "HEIF"
    bytes: int
    sha256: str
    width: int  # as it is looked at: the EXIF orientation is applied
    height: int
    orientation: int  # EXIF, 1 to 8
    taken_at: str | None  # ISO 8601; without an offset it is the camera's clock, zone unknown
    camera: str | None
    software: str | None
    is_screenshot: bool  # by its EXIF

    block: float  # sharpness of the sharpest place: variance of the Laplacian, 0 upwards
    reblur: float  # share of contrast that one more blur takes away: 0 blurred, 1 sharp
    mean: float
    p1: int
    p5: int
    p95: int
    p99: int
    share_clipped_low: float
    share_clipped_high: float
    share_flat: float  # of pixels that equal their right and lower neighbours: drawn, not seen
    phash: str  # 64 hexadecimal digits

    @property
    def short_side_px(self) -> int:
        """The side that limits what can be seen."""
        return min(self.width, self.height)

    @property
    def spread(self) -> int:
        """How many levels of luma the photo uses, the odd pixel apart."""
        return self.p99 - self.p1


def measure(data: bytes, opened: Opened) -> Facts:
    """Return the facts of ``data``, which was ``opened``."""
    grey = opened.grey
    levels = grey.histogram()
    pixels = sum(levels)
    up_to = list(accumulate(levels))

    def percentile(percent: int) -> int:
        """Return the lowest level that so many percent of the pixels do not exceed."""
        return next(level for level, count in enumerate(up_to) if count * 100 >= percent * pixels)

    lines = drawn(grey, opened.measured_at)
    sharp = sharpness(grey, lines)
    return Facts(
        format=opened.format,
        bytes=len(data),
        sha256=sha256(data).hexdigest(),
        width=opened.width,
        height=opened.height,
        orientation=opened.exif.orientation,
        taken_at=opened.exif.taken_at,
        camera=opened.exif.camera,
        software=opened.exif.software,
        is_screenshot=opened.exif.says_screenshot,
        block=round(sharp.block, 1),
        reblur=round(sharp.reblur, 4),
        mean=round(sum_of(levels) / pixels, 1),
        p1=percentile(1),
        p5=percentile(5),
        p95=percentile(95),
        p99=percentile(99),
        share_clipped_low=round(up_to[CLIPPED_LOW] / pixels, 4),
        share_clipped_high=round(sum(levels[CLIPPED_HIGH:]) / pixels, 4),
        share_flat=round(share_flat(lines), 4),
        phash=perceptual_hash(grey),
    )


def perceptual_hash(grey: Image.Image) -> str:
    """Return 64 hexadecimal digits that stay nearly the same while the picture does.

    One bit for each of the 16 x 16 lowest frequencies of its cosine transform, whether it is
    above zero: bit 16 v + u from the left is of v half waves down and u across.  A mirror turns
    the sign of every odd one, so that the hashes of a picture's turned and mirrored forms follow
    from its own (`claimbot.likeness`).  What is brighter than 1.3 times the mean is made as bright
    as that before, since a brighter copy loses its highlights.

    Compare by Hamming distance; `claimbot.claim.NEAR_DUPLICATE_BITS` says how near.  Of 135 real
    photos, copies at quality 40, at half size, at 1280 px or a fifth darker were at most 13 bits
    away; copies 10, 25 and 40 % brighter at most 7, 17 and 22 (18, 28 and 40 without the ceiling
    and by the median); turned and mirrored ones at most 13 from the form that is theirs.  The
    nearest two of different things were 80 apart in any form, those of 100 smooth panels 51; what
    a camera saw that had moved by 1 % of the picture 12 to 98, by 2 % 29 or more.

    Source: Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010,
    with 256 bits for 64.  Hashes by gradient or average found two smooth panels equal.
    """
    square = (DCT_SIDE, DCT_SIDE)
    small = grey.resize(square, Image.Resampling.HAMMING, reducing_gap=2.0)
    ceiling = sum_of(small.histogram()) * 13 // (10 * DCT_SIDE**2)
    held = small.point([min(level, ceiling) for level in range(256)]).tobytes()
    rows = [held[start : start + DCT_SIDE] for start in range(0, len(held), DCT_SIDE)]
    down, zero = _waves_in(rows, zero=0, kind="I")
    low, zero = _waves_in(list(zip(*down, strict=True)), zero=zero, kind="Q")
    bits = "".join("01"[value > zero] for row in zip(*low, strict=True) for value in row)
    return f"{int(bits, 2):0{HASH_SIDE**2 // 4}x}"


def _waves_in(
    table: Sequence[Sequence[int]], *, zero: int, kind: str
) -> tuple[list[tuple[int, ...]], int]:
    """Return how much of each of the lowest frequencies is in each column of 64 rows.

    A row is packed into one long integer, so that one multiplication is that of all its columns.

    Args:
        table: The rows.
        zero: The value in them that stands for 0; that of the result is returned with it.
        kind: Of `BITS`: what holds a sum.
    """
    lanes = Struct(f"<{len(table[0])}{kind}")
    ones = int.from_bytes(lanes.pack(*[1] * len(table[0])), "little")
    rows = [int.from_bytes(lanes.pack(*row), "little") - zero * ones for row in table]
    middle = 1 << (BITS[kind] - 1)
    sums = (sum(map(mul, rows, wave)) + middle * ones for wave in _waves())
    return [lanes.unpack(total.to_bytes(lanes.size, "little")) for total in sums], middle


@cache
def _waves() -> list[list[int]]:
    """Return the cosines of the DCT as integers, which add up alike on every machine."""
    return [
        [round(4096 * cos(pi * (2 * x + 1) * wave / (2 * DCT_SIDE))) for x in range(DCT_SIDE)]
        for wave in range(HASH_SIDE)
    ]
