"""Files made to hurt whoever opens them: small to send, large to open, or two things at once.

All are made here, from nothing but `tests.pictures`.
"""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

from PIL import Image

from claimbot.claim import Flaw
from tests.pictures import (
    encoded,
    jpeg_that_claims,
    jpeg_with_scans,
    png_that_claims,
    scene,
    webp_that_claims,
)

FRAMES = 10_000
MEGABYTE = 1_000_000
HTML = b"<html><script>alert(document.cookie)</script></html>"


def photo(kind: str = "JPEG", **options: object) -> bytes:
    """Return a photo that there is nothing to say of."""
    return encoded(scene(800, 600), kind, **options)


def inflating(megabytes: int) -> bytes:
    """Return a thousandth of so much data, which all of it is when it is unpacked."""
    packing = zlib.compressobj(9)
    pieces = [packing.compress(bytes(MEGABYTE)) for _ in range(megabytes)]
    return b"".join([*pieces, packing.flush()])


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*chunks: bytes) -> bytes:
    """Return a photo as PNG, with these chunks before its pixels."""
    data = photo("PNG")
    pixels = data.index(b"IDAT") - 4
    return data[:pixels] + b"".join(chunks) + data[pixels:]


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a WebP, padded to an even length."""
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def scan_bomb() -> bytes:
    """Return half a megabyte of JPEG that refines nine million pixels 15,000 times."""
    return jpeg_with_scans(3_000, 3_000, 15_000)


def png_with_a_text() -> bytes:
    """Return a PNG with one compressed text of 200 MB."""
    return png_with(png_chunk(b"zTXt", b"Comment\0\0" + inflating(200)))


def png_with_texts() -> bytes:
    """Return a PNG with 300 compressed texts of 1 MB."""
    text = png_chunk(b"zTXt", b"Comment\0\0" + inflating(1))
    return png_with(*[text] * 300)


def png_with_a_profile() -> bytes:
    """Return a PNG with a compressed colour profile of 200 MB."""
    return png_with(png_chunk(b"iCCP", b"profile\0\0" + inflating(200)))


def gif() -> bytes:
    """Return a GIF of many frames."""
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    return b"GIF89a\x60\xea\x60\xea\x80\0\0\0\0\0\xff\xff\xff" + frame * FRAMES + b";"


def apng() -> bytes:
    """Return a PNG of many frames."""
    data = encoded(Image.new("L", (16, 16)), "PNG")
    pixels, end = data.index(b"IDAT") - 4, data.index(b"IEND") - 4
    control = struct.pack(">IIIIHHBB", 16, 16, 0, 0, 1, 10, 0, 0)
    body = data[pixels + 8 : end - 4]
    more = [
        png_chunk(b"fcTL", struct.pack(">I", number * 2 - 1) + control)
        + png_chunk(b"fdAT", struct.pack(">I", number * 2) + body)
        for number in range(1, FRAMES)
    ]
    start = png_chunk(b"acTL", struct.pack(">II", FRAMES, 0))
    start += png_chunk(b"fcTL", struct.pack(">I", 0) + control)
    return data[:pixels] + start + data[pixels:end] + b"".join(more) + data[end:]


def animated_webp(side: int, frames: int) -> bytes:
    """Return a WebP of so many frames of 16 x 16, in a square that it announces."""
    whole = (side - 1).to_bytes(3, "little")
    pixels = webp_that_claims(16, 16)[12:]
    frame = riff_chunk(b"ANMF", bytes(6) + b"\x0f\0\0\x0f\0\0\x64\0\0\0" + pixels)
    chunks = (
        riff_chunk(b"VP8X", b"\x02\0\0\0" + whole + whole),
        riff_chunk(b"ANIM", bytes(6)),
        frame * frames,
    )
    return riff_chunk(b"RIFF", b"WEBP" + b"".join(chunks))


def archive() -> bytes:
    """Return a ZIP that holds a page."""
    file = BytesIO()
    with ZipFile(file, "w") as packing:
        packing.writestr("index.html", HTML)
    return file.getvalue()


BOMBS: dict[str, tuple[Callable[[], bytes], Flaw | None]] = {
    "scan bomb": (scan_bomb, Flaw.TOO_LARGE),
    "webp of 7,700 x 7,700": (lambda: webp_that_claims(7_700, 7_700), Flaw.TOO_LARGE),
    "webp header": (lambda: animated_webp(60_000, 1), Flaw.NOT_AN_IMAGE),
    "jpeg header": (lambda: jpeg_that_claims(60_000, 60_000), Flaw.TOO_LARGE),
    "png header": (lambda: png_that_claims(60_000, 60_000), Flaw.TOO_LARGE),
    "png text": (png_with_a_text, Flaw.NOT_AN_IMAGE),
    "png texts": (png_with_texts, Flaw.NOT_AN_IMAGE),
    "png profile": (png_with_a_profile, Flaw.NOT_AN_IMAGE),
    "gif": (gif, Flaw.UNSUPPORTED_FORMAT),
    "apng": (apng, Flaw.TOO_SMALL),
    "animated webp": (lambda: animated_webp(16, FRAMES), Flaw.TOO_SMALL),
    "photo and archive": (lambda: photo() + archive(), None),
    "photo with a page in it": (lambda: photo(comment=HTML), None),
    "page behind a photo": (lambda: photo() + HTML, None),
    "archive that begins as a photo": (lambda: b"\xff\xd8\xff\xe0" + archive(), Flaw.NOT_AN_IMAGE),
    "25 MB of photo": (lambda: photo() + bytes(25 * MEGABYTE), Flaw.TOO_LARGE),
}
"""What makes each file, and what it is refused for."""
