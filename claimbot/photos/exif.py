"""What a photo's EXIF says: how the camera was held, when, which camera, which software.

All of it was written by a stranger: each value is read on its own, and one that is broken counts
as one that is missing.  Positions are not read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from PIL import Image
from PIL.ExifTags import IFD, Base

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """What is said and can be believed to be meant.

    ``taken_at`` is ISO 8601: with an offset where the camera wrote one, else the camera's own
    clock, of an unknown time zone.
    """

    orientation: int = 1
    taken_at: str | None = None
    camera: str | None = None
    software: str | None = None

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
    return Exif(
        orientation=_orientation(tags),
        taken_at=_taken_at(detail),
        camera=_camera(tags),
        software=_text(tags, Base.Software) or _text(image.info, "Software"),
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
    """Return when the shutter opened; ``DateTime`` (306) is when the file was last changed."""
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
