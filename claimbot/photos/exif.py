"""What a photo's EXIF says: how the camera was held, when, where, which camera, which software.

All of it was written by a stranger: each value is read on its own, and one that is broken counts
as one that is missing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import Any, TypeVar

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from claimbot.claim import Place

Value = TypeVar("Value")
Tags = Mapping[int, object]

LONGEST_TEXT = 100  # characters; honest cameras and programs stay under 65

Turn = Image.Transpose
UPRIGHT = {
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_270,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_90,
}
"""What sets a photo upright, by EXIF orientation; 1 is upright already."""

MOMENT = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)")
SCREENSHOT = re.compile(
    rb"(?:ASCII|UNICODE|JIS)?(?:\xff\xfe|\xfe\xff)?screenshot\s*", re.IGNORECASE
)
"""The user comment that iOS and macOS give a screenshot, behind its charset's name, if any."""

PLACE_DIGITS = 6  # of a degree: a tenth of a metre


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """What is said and can be believed to be meant.

    ``taken_at`` is ISO 8601: with an offset where the camera wrote one, else the camera's own
    clock, of an unknown time zone.  ``place`` is where the camera believed to be.
    """

    orientation: int = 1
    taken_at: str | None = None
    camera: str | None = None
    software: str | None = None
    says_screenshot: bool = False
    place: Place | None = None

    @property
    def upright(self) -> Image.Transpose | None:
        """What sets the pixels upright; ``None`` when they are."""
        return UPRIGHT.get(self.orientation)

    @property
    def lies_on_its_side(self) -> bool:
        """Tell whether width and height change places."""
        return self.orientation >= 5  # noqa: PLR2004  EXIF 2.3: 5 to 8 are turned by a quarter


def read_exif(image: Image.Image) -> Exif:
    """Return what the EXIF of a loaded image says; all of it missing when it cannot be read."""
    tags: Tags = _tried(image.getexif) or {}
    detail: Tags = _tried(lambda: image.getexif().get_ifd(IFD.Exif)) or {}
    position: Tags = _tried(lambda: image.getexif().get_ifd(IFD.GPSInfo)) or {}
    return Exif(
        orientation=_orientation(tags),
        taken_at=_taken_at(detail),
        camera=_camera(tags),
        software=_text(tags, Base.Software) or _text(image.info, "Software"),
        says_screenshot=_says_screenshot(detail),
        place=_place(position),
    )


def _tried(read: Callable[[], Value]) -> Value | None:
    """Return what ``read`` returns, ``None`` when it stumbles over what it reads."""
    try:
        return read()
    except Exception:  # noqa: BLE001  struct.error, KeyError, SyntaxError, ...: any of them occurs
        return None


def _orientation(tags: Tags) -> int:
    said = _tried(lambda: tags.get(Base.Orientation))
    return said if isinstance(said, int) and said in UPRIGHT else 1


def _taken_at(detail: Tags) -> str | None:
    """Return when the shutter opened.

    ``DateTime`` is when the file was last changed, and ``OffsetTime`` is its offset, not ours.
    The satellites' clock would tell the zone of a camera that does not; but it is that of the
    last fix, which in one of six photos was hours old.
    """
    return _moment(detail, Base.DateTimeOriginal, Base.OffsetTimeOriginal) or _moment(
        detail, Base.DateTimeDigitized, Base.OffsetTimeDigitized
    )


def _moment(detail: Tags, tag: int, offset_tag: int) -> str | None:
    found = MOMENT.match(_text(detail, tag) or "")
    if found is None:
        return None
    year, month, day, time = found.groups()
    clock = f"{year}-{month}-{day}T{time}"
    # An offset that is no offset does not make the clock wrong.
    return _iso(clock + (_text(detail, offset_tag) or "")) or _iso(clock)


def _iso(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:  # "0000:00:00 00:00:00" is common
        return None


def _says_screenshot(detail: Tags) -> bool:
    said = _tried(lambda: detail.get(Base.UserComment))
    # Without its zeros a text in 16 bits, of either byte order, is one in 8.
    return isinstance(said, bytes) and SCREENSHOT.fullmatch(said.replace(b"\0", b"")) is not None


def _place(position: Tags) -> Place | None:
    latitude = _degrees(position, GPS.GPSLatitude, "NS", most=90)
    longitude = _degrees(position, GPS.GPSLongitude, "EW", most=180)
    # (0, 0), in the sea off Africa, is what a camera writes that does not know.
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return Place(latitude=latitude, longitude=longitude)


def _degrees(position: Tags, tag: int, directions: str, *, most: int) -> float | None:
    """Return a coordinate, below zero in the second direction; ``None`` unless all of it is said.

    Args:
        position: The tags of the GPS directory.
        tag: That of the degrees, minutes and seconds; the one before it holds the direction.
        directions: The two letters.
        most: The largest number of degrees there is.
    """
    side = directions.find((_text(position, tag - 1) or "?")[0].upper())
    angle = _tried(lambda: _angle(position[tag]))
    if side < 0 or angle is None or not 0 <= angle <= most:  # a zero denominator made it NaN
        return None
    return round(-angle if side else angle, PLACE_DIGITS)


def _angle(said: Any) -> float:
    degrees, minutes, seconds = said
    return fsum((degrees, minutes / 60, seconds / 3600))


def _camera(tags: Tags) -> str | None:
    maker, model = _text(tags, Base.Make), _text(tags, Base.Model)
    if maker and model and not model.startswith(maker):
        return f"{maker} {model}"
    return model or maker


def _text(tags: Mapping[Any, object], tag: object) -> str | None:
    """Return a text as one short printable line, ``None`` when nothing is left of it."""
    said = _tried(lambda: tags.get(tag))
    if not isinstance(said, str):
        return None
    printable = "".join(letter if letter.isprintable() else " " for letter in said)
    return " ".join(printable.split())[:LONGEST_TEXT] or None
