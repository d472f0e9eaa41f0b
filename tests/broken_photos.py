"""Photos that were broken in every way that a file can be: what fuzzing feeds."""

import struct
import zlib
from collections.abc import Callable

from hypothesis import strategies as st
from PIL import Image

from tests.pictures import encoded, grain, scene

PNG_START = b"\x89PNG\r\n\x1a\n"
EXIF_ROOM = b"\xaa\x55" * 256  # where a sample keeps its EXIF; it can be found and overwritten

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")


def _with_room(kind: str, **options: object) -> bytes:
    return encoded(scene(96, 72), kind, exif=b"Exif\0\0" + EXIF_ROOM, **options)


ROOMY = tuple(_with_room(kind) for kind in FORMATS)
"""One photo in each format with room for an EXIF block."""

SAMPLES = (
    *ROOMY,
    _with_room("JPEG", progressive=True),
    _with_room("WEBP", lossless=True),
    encoded(scene(64, 48).convert("CMYK")),
    encoded(scene(64, 48), "MPO", save_all=True, append_images=[scene(32, 24)]),
    encoded(scene(64, 48).quantize(16), "PNG", transparency=3),
    encoded(scene(64, 48).convert("RGBA"), "PNG"),
    encoded(Image.new("I;16", (48, 64), 0x7FFF), "PNG"),
    encoded(grain(64, 48), "PNG", bits=1),
    encoded(scene(48, 64).convert("RGBA"), "HEIF"),
)

LENGTHS = st.sampled_from([0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
Change = Callable[[st.DrawFn, bytes], bytes]


def _place(draw: st.DrawFn, data: bytes) -> int:
    """Return a place in the data, in its head as often as anywhere."""
    return draw(st.integers(0, draw(st.sampled_from([min(len(data), 64), len(data)]))))


def _stretch(draw: st.DrawFn, data: bytes) -> tuple[int, int]:
    start = _place(draw, data)
    return start, start + draw(st.integers(1, 64))


def overwritten(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the data with a few bytes replaced."""
    start, filling = _place(draw, data), draw(st.binary(min_size=1, max_size=8))
    return data[:start] + filling + data[start + len(filling) :]


def flipped(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the data with one bit changed."""
    changed = bytearray(data or b"\0")
    changed[draw(st.integers(0, len(changed) - 1))] ^= 1 << draw(st.integers(0, 7))
    return bytes(changed)


def with_a_length(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the data with a number in it that a reader may take for a length or a size."""
    form, length = draw(st.sampled_from(["<H", ">H", "<I", ">I"])), draw(LENGTHS)
    number = struct.pack(form, length & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
    start = _place(draw, data)
    return data[:start] + number + data[start + len(number) :]


def cut_off(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the beginning of the data."""
    return data[: _place(draw, data)]


def removed(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the data without a stretch of it."""
    start, end = _stretch(draw, data)
    return data[:start] + data[end:]


def repeated(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the data with a stretch of it again and again."""
    start, end = _stretch(draw, data)
    return data[:start] + data[start:end] * draw(st.integers(2, 40)) + data[end:]


def spliced(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the beginning of the data and the end of another photo."""
    other = draw(st.sampled_from(SAMPLES))
    return data[: _place(draw, data)] + other[_place(draw, other) :]


def sealed(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the data, if a PNG, with right checksums: else the first wrong one is the end."""
    del draw
    if not data.startswith(PNG_START):
        return data
    parts, start = [PNG_START], len(PNG_START)
    while len(data) - start >= 12:  # length, kind, checksum
        end = start + 8 + int.from_bytes(data[start : start + 4])
        body = data[start + 4 : end]
        parts += [data[start : start + 4], body, struct.pack(">I", zlib.crc32(body))]
        start = end + 4
    return b"".join(parts)


CHANGES: tuple[Change, ...] = (
    *(overwritten, flipped, with_a_length, cut_off),
    *(removed, repeated, spliced, sealed),
)

ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7
MAIN = ((0x010F, ASCII, 20), (0x0110, ASCII, 20), (0x0112, SHORT, 1), (0x0131, ASCII, 20))
DETAIL = ((0x9003, ASCII, 20), (0x9011, ASCII, 7), (0x9004, ASCII, 20), (0x9286, UNDEFINED, 20))
POSITION = ((1, ASCII, 2), (2, RATIONAL, 3), (3, ASCII, 2), (4, RATIONAL, 3))
LEADS = (0x8769, 0x8825)  # to the directories of the details and of the position

TEXTS = (b"2025:11:02 08:15:30", b"0000:00:00 00:00:00", b"+01:00", b"+99:99", b"\xff\0\0 x", b"")
NUMBERS = (0, 1, 2, 4, 6, 8, 52, 90, 180, 0xFFFFFFFF)
BELOW = (1, 1, 1, 1, 60, 100, 0, 0xFFFFFFFF)  # a fraction's line
LETTERS = {
    order: tuple(ord(letter) << at for letter in "NSEW") for order, at in (("<", 0), (">", 24))
}
TEXT_PLACES = tuple(range(8, 8 + 20 * len(TEXTS), 20))
RATIONALS = 8
RATIONAL_PLACES = tuple(TEXT_PLACES[-1] + 20 + 8 * number for number in range(RATIONALS - 2))


@st.composite
def exif_blocks(draw: st.DrawFn) -> bytes:
    """Draw an EXIF block whose entries have, now and then, any type, count, offset or value.

    First come texts and rationals, then three directories, of which the first leads to the others.
    """
    order = draw(st.sampled_from("<>"))
    rationals = draw(st.tuples(*[st.sampled_from(NUMBERS), st.sampled_from(BELOW)] * RATIONALS))
    block = b"".join(text.ljust(20, b"\0") for text in TEXTS)
    block += struct.pack(f"{order}{2 * RATIONALS}I", *rationals)
    places = []
    for entries in (DETAIL, POSITION, MAIN):
        places.append(8 + len(block))
        rows = [_entry(draw, order, entry) for entry in entries]
        if entries is MAIN:
            rows += [
                _entry(draw, order, (tag, LONG, 1), to)
                for tag, to in zip(LEADS, places, strict=False)
            ]
        block += struct.pack(f"{order}H", _mostly(draw, len(rows)) & 0xFFFF)
        block += b"".join(struct.pack(f"{order}HHII", *row) for row in rows)
        block += struct.pack(f"{order}I", _mostly(draw, 0))
    start = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", places[-1])
    return start + block


def _entry(
    draw: st.DrawFn, order: str, entry: tuple[int, int, int], to: int | None = None
) -> tuple[int, int, int, int]:
    """Draw an entry with its value, or the place of it: mostly as it should be."""
    tag, kind, count = entry
    match kind, count:
        case (2, 2):
            values = LETTERS[order]
        case (2 | 7, _):
            values = TEXT_PLACES
        case (5, _):
            values = RATIONAL_PLACES
        case _:
            values = NUMBERS if to is None else (to,)
    value = draw(st.sampled_from(values))
    return tag, _mostly(draw, kind) & 0xFFFF, _mostly(draw, count), _mostly(draw, value)


def _mostly(draw: st.DrawFn, number: int) -> int:
    if draw(st.integers(0, 15)):
        return number
    return draw(st.one_of(st.integers(0, 16), LENGTHS))


@st.composite
def broken_photos(draw: st.DrawFn) -> bytes:
    """Draw a photo of any format with one to four changes."""
    data = draw(st.sampled_from(SAMPLES))
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4)):
        data = change(draw, data)
    return data


@st.composite
def photos_with_any_exif(draw: st.DrawFn) -> bytes:
    """Draw a photo of which only the EXIF block is strange."""
    data = draw(st.sampled_from(ROOMY))
    block = draw(exif_blocks())[: len(EXIF_ROOM)]
    start = data.index(EXIF_ROOM)
    return sealed(draw, data[:start] + block + data[start + len(block) :])


def any_photos() -> st.SearchStrategy[bytes]:
    """Draw any of these."""
    return st.one_of(broken_photos(), photos_with_any_exif())
