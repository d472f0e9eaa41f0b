"""Pictures made for tests: photo-like scenes, and files that no camera wrote."""

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace
from hashlib import shake_256
from io import BytesIO

from PIL import Image, ImageDraw

from claimbot.photos.measure import Facts

GOOD = Facts(
    format="JPEG",
    bytes=200_000,
    sha256="0" * 64,
    width=1280,
    height=960,
    orientation=1,
    taken_at=None,
    camera=None,
    software=None,
    is_screenshot=False,
    block=2500.0,
    reblur=0.71,
    mean=110.0,
    p1=5,
    p5=20,
    p95=220,
    p99=245,
    share_clipped_low=0.02,
    share_clipped_high=0.01,
    share_flat=0.1,
    phash="5" * 64,
)
"""The facts of a photo with nothing to remark."""


def facts(**changes: object) -> Facts:
    """Return the facts of a good photo with some changed."""
    return replace(GOOD, **changes)  # type: ignore[arg-type]  # mypy cannot know which are changed


def grain(width: int, height: int, seed: bytes = b"grain") -> Image.Image:
    """Return grey noise, the same for the same seed."""
    return Image.frombytes("L", (width, height), shake_256(seed).digest(width * height))


def scene(width: int = 1280, height: int = 960, seed: bytes = b"scene") -> Image.Image:
    """Return something like a photo of a car: soft shades, sharp edges, a sensor's grain."""
    shades = grain(8, 6, seed).resize((width, height), Image.Resampling.BICUBIC)
    picture = Image.merge("RGB", (shades, shades, shades.point(lambda level: 255 - level)))
    draw = ImageDraw.Draw(picture)
    for number, byte in enumerate(shake_256(seed + b"edges").digest(24)):
        x, y = (number * 53) % 97 / 97 * width, byte / 255 * height
        box = (x, y, x + width / (8 + number), y + height / (4 + byte % 7))
        draw.rectangle(box, fill=(byte, 255 - byte, (byte * 7) % 256))
    noise = grain(width, height, seed).convert("RGB")
    return Image.blend(picture, noise, 0.05)


def panel(seed: bytes) -> Image.Image:
    """Return a smooth, shaded panel of a car with nothing sharp on it."""
    return grain(4, 3, seed).resize((1000, 750), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Return an image as a file's bytes."""
    file = BytesIO()
    if kind == "HEIF":
        from pillow_heif import from_pillow  # noqa: PLC0415  as in the package: only where needed

        from_pillow(image).save(file, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


def exif(
    tags: dict[int, object],
    detail: Mapping[int, object] | None = None,
    place: Mapping[int, object] | None = None,
) -> bytes:
    """Return an EXIF block with these tags, and these in its Exif and GPS directories."""
    block = Image.Exif()
    block.update(tags)
    block.get_ifd(0x8769).update(detail or {})
    block.get_ifd(0x8825).update(place or {})
    return block.tobytes()


def png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG of 45 bytes whose header announces a picture of this size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")


def webp_that_claims(width: int, height: int) -> bytes:
    """Return a lossless WebP whose header announces a picture of this size."""
    data = bytearray(encoded(Image.new("RGB", (16, 16)), "WEBP", lossless=True))
    struct.pack_into("<I", data, data.index(b"VP8L") + 9, (width - 1) | (height - 1) << 14)
    return bytes(data)


def jpeg_that_claims(width: int, height: int, *, progressive: bool = False) -> bytes:
    """Return a small JPEG whose header announces a picture of this size."""
    data = bytearray(encoded(scene(64, 64), progressive=progressive))
    start = re.search(rb"\xff[\xc0\xc2]", data)
    assert start is not None
    struct.pack_into(">HH", data, start.end() + 3, height, width)
    return bytes(data)


def jpeg_with_scans(width: int, height: int, scans: int) -> bytes:
    """Return a progressive JPEG of one colour that refines itself so many times."""
    data = encoded(Image.new("RGB", (width, height), "navy"), progressive=True, quality=50)
    starts = [found.start() for found in re.finditer(rb"\xff\xda", data)]
    last = data[starts[-1] : -2]
    return data[:-2] + last * (scans - len(starts)) + data[-2:]
