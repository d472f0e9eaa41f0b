"""The guarded door for photos: bytes of any kind in, a small grey picture or a flaw out.

Whatever a file claims about itself is checked before a pixel is decoded, and the decoder that
its first bytes name is the only one that sees it.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from claimbot.claim import Flaw
from claimbot.photos.exif import Exif, read_exif

Seen = TypeVar("Seen")

LONG_SIDE_PX = 1000  # everything is measured at this size, so that more pixels are not "sharper"

MOST_BYTES = 25_000_000
MOST_PIXELS = {
    "JPEG": 210_000_000,  # a 200-MP phone: the decoder halves as it goes, 3 MB are kept
    "PNG": 25_000_000,  # 7700 x 7700 pixels of WebP, in 2.3 KB, took 919 MB
    "WEBP": 25_000_000,
    "HEIF": 52_000_000,  # 50-MP phones write 8192 x 6144
}
MOST_PIXELS_IN_SCANS = 60_000_000  # a JPEG in several scans is kept whole, 3 to 8 bytes a pixel
MOST_SCANS = 500  # honest photos have at most 59; each costs 2 microseconds, however small
MOST_SCANNED_PIXELS = 1_000_000_000  # scans x pixels; empty scans of so many take 0.8 s

FORMATS = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "HEIF": re.compile(rb"....ftyp(?:he[iv][cxms]|mif1|msf1)", re.DOTALL),
}
OTHER_FORMATS = re.compile(
    rb"GIF8[79]a"
    rb"|BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"  # BMP; a text may begin with "BMW"
    rb"|II\*\0|MM\0\*"  # TIFF, and the raw formats built on it
    rb"|%PDF-"
    rb"|8BPS"  # Photoshop
    rb"|\0\0[\1\2]\0[^\0]\0"  # icon, cursor
    rb"|\0\0\0\x0c(?:jP  |JXL )\r\n|\xff\x4f\xff\x51"  # JPEG 2000, JPEG XL
    rb"|....ftypavi[fs]",  # AVIF
    re.DOTALL,
)
SEGMENT = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")  # not: stuffing, restarts, fill bytes
START_OF_SCAN, END_OF_IMAGE = b"\xda", b"\xd9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A photo that could be decoded.

    ``width`` and ``height`` are those of the whole photo, ``measured_at`` the size at which it is
    measured: at most ``LONG_SIDE_PX`` on its long side, never enlarged.  ``grey`` is mode "L", of
    this size or up to twice as large.  All of them are upright.
    """

    grey: Image.Image
    measured_at: tuple[int, int]
    format: str
    width: int
    height: int
    exif: Exif


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A photo's pixels as they were stored, and its EXIF.

    ``size`` is what its ``width`` and ``height`` become within the long side that was asked for;
    ``image`` is of this size or larger.
    """

    image: Image.Image
    format: str
    width: int
    height: int
    size: tuple[int, int]
    exif: Exif


def open_photo(data: bytes) -> Opened | Flaw:
    """Return the photo in ``data``, or why there is none; raises nothing but MemoryError."""
    return look_at(data, "L", LONG_SIDE_PX, _opened)


def look_at(
    data: bytes, mode: str, long_side_px: int, look: Callable[[Decoded], Seen]
) -> Seen | Flaw:
    """Return what ``look`` makes of the photo in ``data``, or why there is none.

    Raises nothing but MemoryError, whatever the bytes.

    Args:
        data: Bytes of any kind.
        mode: "L" or "RGB": in what a JPEG is decoded.  Other formats are in any mode.
        long_side_px: At what size it is going to be looked at.
        look: May raise whatever it likes: then there is no photo.
    """
    kind = _format_of(data)
    if kind is None:
        return Flaw.UNSUPPORTED_FORMAT if OTHER_FORMATS.match(data) else Flaw.NOT_AN_IMAGE
    if len(data) > MOST_BYTES:
        return Flaw.TOO_LARGE
    # Another thread may put the filters back in the wrong order; ignoring Pillow's remarks on
    # a policyholder's file is harmless then, making errors of them would not be.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.|pillow_heif")
        try:
            decoded = _decoded(kind, data, mode, long_side_px)
            return decoded if isinstance(decoded, Flaw) else look(decoded)
        except MemoryError:
            raise  # what a child may use is used up: `photos.examiners` says what that means
        except Exception:  # noqa: BLE001  SyntaxError, EOFError, struct.error, ...: any of them occurs
            return Flaw.NOT_AN_IMAGE


def _format_of(data: bytes) -> str | None:
    return next((kind for kind, magic in FORMATS.items() if magic.match(data)), None)


def _decoded(kind: str, data: bytes, mode: str, long_side_px: int) -> Decoded | Flaw:
    image = _decoder(kind)(BytesIO(data))
    width, height = image.size
    if _is_too_much_work(kind, data, width * height):
        return Flaw.TOO_LARGE
    size = _within(long_side_px, width, height)
    if kind == "JPEG":
        # HEIF's draft would show the embedded thumbnail, which can be another picture.
        image.draft(mode, size)
    image.load()  # verify() passes 1,775 of 18,011 hostile files that cannot be loaded
    exif = read_exif(image)  # after load(): a PNG's EXIF may follow its pixels
    return Decoded(image=image, format=kind, width=width, height=height, size=size, exif=exif)


def _opened(decoded: Decoded) -> Opened:
    exif, width, height, size = decoded.exif, decoded.width, decoded.height, decoded.size
    grey = _grey(decoded.image, size)
    if exif.upright is not None:
        grey = grey.transpose(exif.upright)
    if exif.lies_on_its_side:
        width, height, size = height, width, size[::-1]
    return Opened(
        grey=grey,
        measured_at=size,
        format=decoded.format,
        width=width,
        height=height,
        exif=exif,
    )


def _decoder(kind: str) -> Callable[[BytesIO], ImageFile.ImageFile]:
    """Return Pillow's decoder itself.

    ``Image.open`` would refuse an honest 200-MP JPEG by a limit that is one for the whole
    process, and turn a JPEG with a second picture in it into a film.
    """
    match kind:
        case "JPEG":
            return JpegImageFile
        case "PNG":
            return PngImageFile
        case "WEBP":
            return WebPImageFile
        case _:
            from pillow_heif import HeifImageFile  # noqa: PLC0415  30 ms that few photos need

            return HeifImageFile


def _is_too_much_work(kind: str, data: bytes, pixels: int) -> bool:
    if pixels > MOST_PIXELS[kind]:
        return True
    scans = _scans(data) if kind == "JPEG" else 1
    if scans > 1 and pixels > MOST_PIXELS_IN_SCANS:
        return True
    return scans > MOST_SCANS or scans * pixels > MOST_SCANNED_PIXELS


def _scans(data: bytes) -> int:
    """Return how many scans a JPEG has: one, or about ten when it is progressive.

    Walks the segments as libjpeg does.  Counting the marker alone would find it in thumbnails
    and, by chance, in the film that follows a motion photo.
    """
    scans = 0
    position = 2
    while found := SEGMENT.search(data, position):
        if found[1] == END_OF_IMAGE:
            break
        scans += found[1] == START_OF_SCAN
        position = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans


def _within(long_side_px: int, width: int, height: int) -> tuple[int, int]:
    long_side = max(width, height)
    if long_side <= long_side_px:
        return width, height
    return (
        max(1, round(width * long_side_px / long_side)),
        max(1, round(height * long_side_px / long_side)),
    )


def _grey(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the image as it looks on white paper: mode "L", of this size or up to twice it."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda level: level * (1 / 256))  # convert() would cut at 255
    if not image.has_transparency_data:
        return _shrunk(image.convert("L"), size)
    image = image.convert("RGBA")
    opacity = _shrunk(image.getchannel("A"), size)
    paper = Image.new("L", opacity.size, 255)
    return Image.composite(_shrunk(image.convert("L"), size), paper, opacity)


def _shrunk(grey: Image.Image, size: tuple[int, int]) -> Image.Image:
    if grey.width < 2 * size[0] and grey.height < 2 * size[1]:
        return grey  # what is needed of it is scaled when it is measured: half the time
    # Hamming takes two thirds of bicubic's time, and the same photos are refused.
    return grey.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)
