"""An independent reader: what exiftool (Debian: libimage-exiftool-perl) says of files."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from claimbot.claim import Place

FORMATS = {
    "JPEG": "JPEG",
    "MPO": "JPEG",
    "PNG": "PNG",
    "APNG": "PNG",
    "WEBP": "WEBP",
    "Extended WEBP": "WEBP",
    "HEIC": "HEIF",
    "HEIF": "HEIF",
}
"""What we call the formats that we take, by exiftool's names; each is another one to exiftool."""

TURNED_BY_A_QUARTER = {"5", "6", "7", "8"}  # EXIF
ASKED = (
    *("FileType", "ImageWidth", "ImageHeight", "CleanAperture", "Rotation", "Orientation"),
    *("DateTimeOriginal", "CreateDate", "OffsetTimeOriginal", "OffsetTimeDigitized"),
    *("Make", "Model", "Software", "GPSLatitude", "GPSLongitude"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What exiftool says of a file, in our words; ``format`` is its own where we have none."""

    format: str
    size: tuple[int, int] | None  # as it is looked at
    orientation: int
    taken_at: str | None
    camera: str | None
    software: str | None
    place: Place | None


def said_of(paths: Sequence[Path]) -> dict[Path, Said]:
    """Return what exiftool says of each file; without it, skip on a laptop and fail in CI."""
    exiftool = shutil.which("exiftool")
    if exiftool is None:
        told = "no exiftool on this machine: install libimage-exiftool-perl"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(told)
    answer = subprocess.run(  # noqa: S603  our own arguments
        [exiftool, "-n", "-json", "-G1", *(f"-{tag}" for tag in ASKED), "--", *paths],
        capture_output=True,
        check=False,  # it complains of what is no photo, and answers all the same
    )
    found = json.loads(answer.stdout, parse_int=str, parse_float=str)
    return {Path(tags["SourceFile"]): _said(tags) for tags in found}


def _said(tags: dict[str, str]) -> Said:
    kind = tags.get("File:FileType", "")
    is_heif = FORMATS.get(kind) == "HEIF"
    orientation = "1" if is_heif else _first(tags, "IFD0:Orientation", "XMP-tiff:Orientation")
    turn = tags.get("QuickTime:Rotation") in {"90", "270"}
    size = _size(tags)
    if size and (turn or orientation in TURNED_BY_A_QUARTER):
        size = size[::-1]
    return Said(
        format=FORMATS.get(kind, kind),
        size=size,
        orientation=int(orientation or 1) or 1,  # 0 is none of the eight
        taken_at=_moment(tags, "DateTimeOriginal", "OffsetTimeOriginal")
        or _moment(tags, "CreateDate", "OffsetTimeDigitized"),
        camera=_camera(_text(tags, "IFD0:Make"), _text(tags, "IFD0:Model")),
        software=_text(tags, "IFD0:Software") or _text(tags, "PNG:Software"),
        place=_place(tags),
    )


def _size(tags: dict[str, str]) -> tuple[int, int] | None:
    """Return the size of the first picture, without what a decoder cuts off."""
    if clean := tags.get("QuickTime:CleanAperture"):
        width, height, *_ = clean.split()
        return int(width), int(height)
    sizes = [
        (int(tags[f"{group}:ImageWidth"]), int(tags[f"{group}:ImageHeight"]))
        for group in ("File", "PNG", "RIFF")
        if f"{group}:ImageWidth" in tags
    ]
    return sizes[0] if sizes else None


def _moment(tags: dict[str, str], tag: str, offset: str) -> str | None:
    said = tags.get(f"ExifIFD:{tag}", "") + tags.get(f"ExifIFD:{offset}", "")
    found = re.fullmatch(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)([+-]\d\d:\d\d)?", said)
    if found is None or found[1] == "0000":
        return None
    return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}{found[5] or ''}"


def _camera(maker: str | None, model: str | None) -> str | None:
    names = [maker, model] if model and not model.startswith(maker or model) else [model or maker]
    return " ".join(name for name in names if name) or None


def _place(tags: dict[str, str]) -> Place | None:
    latitude, longitude = tags.get("Composite:GPSLatitude"), tags.get("Composite:GPSLongitude")
    if not latitude or not longitude:
        return None
    return Place(latitude=round(float(latitude), 6), longitude=round(float(longitude), 6))


def _text(tags: dict[str, str], tag: str) -> str | None:
    return " ".join(tags.get(tag, "").split()) or None


def _first(tags: dict[str, str], *names: str) -> str | None:
    return next((tags[name] for name in names if name in tags), None)
