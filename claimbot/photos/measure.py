"""What is measured of a photo, once, and kept with it.

Pillow's own C code does the work on whole pictures; Python sees a few hundred numbers.  The same
bytes give the same facts on every machine.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import accumulate
from math import cos, pi
from operator import mul
from statistics import median

from PIL import Image, ImageChops, ImageFilter, ImageMath

from claimbot.photos.opening import Opened

GRID_COLUMNS = 16  # for `block`: cells of 62 px at 1000, so that one scratch fills one
BOX_PX = 4  # for `reblur`: a box of 9, as in Crete et al.
CLIPPED_HIGH = 245  # luma from which a phone's highlight holds no detail
HASH_SIDE = 16  # lowest frequencies kept, in both directions: 256 bits
DCT_SIDE = 64
LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was measured of a photo, before anyone judges it.

    All but the first group is of the grey photo with a long side of at most 1000 px.  Levels of
    luma run from 0, black, to 255; shares from 0 to 1.
    """

    version: int = 1  # raised when a fact is measured in another way, so that old ones can be told

    format: str  # "JPEG", "PNG", "WEBP" or "HEIF"
    bytes: int
    sha256: str
    width: int  # as it is looked at: the EXIF orientation is applied
    height: int
    orientation: int  # EXIF, 1 to 8
    taken_at: str | None  # ISO 8601; without an offset it is the camera's clock, zone unknown
    camera: str | None
    software: str | None

    block: float  # sharpness of the sharpest place: variance of the Laplacian, 0 upwards
    reblur: float  # share of contrast that one more blur takes away: 0 blurred, 1 sharp
    mean: float
    p1: int
    p5: int
    p95: int
    p99: int
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
        block=round(sharpest_block(grey), 1),
        reblur=round(reblur(grey), 4),
        mean=round(_total(levels) / pixels, 1),
        p1=percentile(1),
        p5=percentile(5),
        p95=percentile(95),
        p99=percentile(99),
        share_clipped_high=round(sum(levels[CLIPPED_HIGH:]) / pixels, 4),
        share_flat=round(share_flat(grey), 4),
        phash=perceptual_hash(grey),
    )


def sharpest_block(grey: Image.Image) -> float:
    """Return the highest variance of the 3 x 3 Laplacian over a grid of 16 columns.

    One sharp scratch on a smooth panel is enough: over the whole photo the same measure refuses
    10 to 29 of 100 honest damage photos.

    Args:
        grey: Mode "L"; one too small to have an inside gives 0.

    Source: Pech-Pacheco et al., "Diatom autofocusing", ICPR 2000, for the variance.
    """
    width, height = grey.size
    if not _has_inside(grey):
        return 0.0
    # Mode "I" keeps the sign, and is filtered ten times as fast as "L".
    edges = grey.convert("I").filter(LAPLACIAN)
    edges = edges.crop((1, 1, width - 1, height - 1)).convert("F")  # the rim is left unfiltered
    squares = ImageMath.lambda_eval(lambda of: of["edges"] * of["edges"], edges=edges)
    grid = (GRID_COLUMNS, max(1, round(GRID_COLUMNS * height / width)))
    means = _averages(edges, grid)
    means_of_squares = _averages(squares, grid)
    return max(square - mean**2 for mean, square in zip(means, means_of_squares, strict=True))


def reblur(grey: Image.Image) -> float:
    """Return the share of contrast that blurring once more takes away, along the worse axis.

    A sharp photo loses most of it, a blurred one has little to lose; a photo blurred by motion
    is sharp along one axis only.

    Args:
        grey: Mode "L"; one without any contrast gives 0.

    Source: Crete et al., "The blur effect: perception and estimation with a new no-reference
    perceptual blur metric", SPIE 6492, 2007; this is one minus theirs.
    """
    return min(_reblur(grey, across=1, down=0), _reblur(grey, across=0, down=1))


def _reblur(grey: Image.Image, *, across: int, down: int) -> float:
    if not _has_inside(grey):
        return 0.0
    blurred = grey.filter(ImageFilter.BoxBlur((BOX_PX * across, BOX_PX * down)))
    contrast = _steps(grey, across=across, down=down)
    lost = ImageChops.subtract(contrast, _steps(blurred, across=across, down=down))
    total = _total(contrast.histogram())
    return _total(lost.histogram()) / total if total else 0.0


def share_flat(grey: Image.Image) -> float:
    """Return the share of pixels that equal both their right and their lower neighbour.

    Light and a sensor's noise leave few of them; what a program drew has most.
    """
    if not _has_inside(grey):
        return 0.0
    width, height = grey.size
    right = _steps(grey, across=1, down=0).crop((0, 0, width - 1, height - 1))
    lower = _steps(grey, across=0, down=1).crop((0, 0, width - 1, height - 1))
    levels = ImageChops.lighter(right, lower).histogram()
    return levels[0] / sum(levels)


def perceptual_hash(grey: Image.Image) -> str:
    """Return 64 hexadecimal digits that stay nearly the same while the picture does.

    One bit for each of the 16 x 16 lowest frequencies, row by row: whether it is above the
    median.  Compare by Hamming distance; `claimbot.claim.NEAR_DUPLICATE_BITS` says how near.

    Source: Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010,
    with 256 bits for 64.  Hashes by gradient or average found two smooth panels equal.
    """
    square = (DCT_SIDE, DCT_SIDE)
    small = grey.resize(square, Image.Resampling.LANCZOS, reducing_gap=3.0).tobytes()
    waves = _waves()
    rows = [small[start : start + DCT_SIDE] for start in range(0, len(small), DCT_SIDE)]
    across = [[sum(map(mul, row, wave)) for row in rows] for wave in waves]
    low = [sum(map(mul, column, wave)) for wave in waves for column in across]
    middle = median(low)
    bits = sum((value > middle) << place for place, value in enumerate(reversed(low)))
    return f"{bits:0{HASH_SIDE * HASH_SIDE // 4}x}"


@cache
def _waves() -> list[list[int]]:
    """Return the cosines of the DCT as integers, which add up alike on every machine."""
    return [
        [round(4096 * cos(pi * (2 * x + 1) * wave / (2 * DCT_SIDE))) for x in range(DCT_SIDE)]
        for wave in range(HASH_SIDE)
    ]


def _has_inside(grey: Image.Image) -> bool:
    return min(grey.size) >= 3  # noqa: PLR2004  a pixel with a neighbour on either side


def _averages(image: Image.Image, grid: tuple[int, int]) -> tuple[float, ...]:
    """Return the mean of each cell of a grid over an image of mode "F"."""
    return tuple(memoryview(image.resize(grid, Image.Resampling.BOX).tobytes()).cast("f"))


def _steps(image: Image.Image, *, across: int, down: int) -> Image.Image:
    """Return how far each pixel is from its neighbour."""
    width, height = image.size
    here = image.crop((0, 0, width - across, height - down))
    return ImageChops.difference(here, image.crop((across, down, width, height)))


def _total(levels: list[int]) -> int:
    """Return the sum of all pixels, from their histogram."""
    return sum(map(mul, levels, range(256)))
