"""What spoils a photo, done to good ones: focus, movement, light, a messenger.

Pure functions from a picture to a picture of the same mode, "L" or "RGB".  Lengths are shares of
the long side, so that a small photo is spoiled as much as a large one.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from math import cos, floor, radians, sin, sqrt

from PIL import Image, ImageFilter, ImageMath


def out_of_focus(photo: Image.Image, diameter: float) -> Image.Image:
    """Return a photo whose points have become disks, as an open lens makes them.

    The rim is cut off where a disk would need what lies outside the picture.

    Args:
        photo: What the lens saw.
        diameter: Of the disk, a share of the long side.
    """
    radius = diameter * max(photo.size) / 2
    rim = floor(radius)
    return _mean(photo, rim, rim, _chords(photo, radius))


def _chords(photo: Image.Image, radius: float) -> Iterator[tuple[Image.Image, int, int, float]]:
    """Yield each row of a disk: a level blur as wide as the chord, how far down, its weight."""
    for down in range(-floor(radius), floor(radius) + 1):
        half = max(0.5, sqrt(radius**2 - down**2))  # of the chord; a pixel at least
        yield photo.filter(ImageFilter.BoxBlur((half - 0.5, 0))), 0, down, half


def moved(photo: Image.Image, length: float, *, degrees: float = 0) -> Image.Image:
    """Return a photo taken by a hand that moved in a straight line while the shutter was open.

    Args:
        photo: What it would have been without the movement.
        length: How far, a share of the long side.
        degrees: In which direction; 0 is level.
    """
    steps = max(1, round(length * max(photo.size)))
    path = [
        (round(step * cos(radians(degrees))), round(step * sin(radians(degrees))))
        for step in range(-(steps // 2), steps - steps // 2)
    ]
    across, down = (max(abs(place) for place in places) for places in zip(*path, strict=True))
    return _mean(photo, across, down, ((photo, *place, 1) for place in path))


def exposed(photo: Image.Image, share: float) -> Image.Image:
    """Return a photo with every level at this share of itself: darker below 1, brighter above."""
    return photo.point(lambda level: level * share)


def whited_out(photo: Image.Image, share: float) -> Image.Image:
    """Return a photo with this share of white over it, as when the sun is in the lens."""
    return Image.blend(photo, Image.new(photo.mode, photo.size, (255,) * len(photo.mode)), share)


def recompressed(photo: Image.Image, quality: int) -> Image.Image:
    """Return a photo as it is after a JPEG of this quality, 0 to 100."""
    file = BytesIO()
    photo.save(file, "JPEG", quality=quality)
    return Image.open(file).convert(photo.mode)


def _mean(
    photo: Image.Image,
    across: int,
    down: int,
    parts: Iterable[tuple[Image.Image, int, int, float]],
) -> Image.Image:
    """Return the weighted mean of pictures that are moved across and down, without this rim."""
    width, height = photo.size
    sums = [Image.new("F", (width - 2 * across, height - 2 * down)) for _ in photo.getbands()]
    total = 0.0
    for picture, right, lower, weight in parts:
        box = (across + right, down + lower, width - across + right, height - down + lower)
        bands = picture.crop(box).split()
        sums = [_sum(so_far, band, weight) for so_far, band in zip(sums, bands, strict=True)]
        total += weight
    means = [so_far.point(lambda level: level * (1 / total) + 0.5).convert("L") for so_far in sums]
    return Image.merge(photo.mode, means)


def _sum(so_far: Image.Image, band: Image.Image, weight: float) -> Image.Image:
    added: Image.Image = ImageMath.lambda_eval(
        lambda of: of["so_far"] + of["float"](of["band"]) * weight, so_far=so_far, band=band
    )
    return added
