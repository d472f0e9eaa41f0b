"""Format, size, orientation and EXIF are as an independent reader says."""

from pathlib import Path

import pytest
from PIL import Image

from claimbot.claim import Flaw
from claimbot.photos.opening import open_photo
from tests.bench.catches import PHOTOS
from tests.exiftool import FORMATS, Said, said_of
from tests.pictures import encoded, exif, scene

FIXTURES = Path(__file__).parents[1] / "fixtures" / "photos"

UNSUPPORTED = {"BMP", "GIF", "JP2", "TIFF"}  # by exiftool's name; what else there is, is no photo
EXCEPTIONS = {
    # Broken on purpose: their tables do not lead to a first picture, so that readers choose.
    "pillow_heif__6ad78d_truncated.heic": {"size"},
    "pillow_heif__8ab794_invalid_id.heic": {"size"},
    # A camera that does not know where it is writes the place where both coordinates are zero.
    "metadata-extra__3ad8b0_Samsung_GT-I9000__Galaxy_S_.jpg": {"place"},
}
UNREADABLE = {"pillow_heif__1d4476_corrupted.hif", "pillow_heif__a3a2cc_corrupted.heic"}

shared = [
    pytest.mark.shared,
    pytest.mark.skipif(not PHOTOS.is_dir(), reason="the real photos are not on this machine"),
]


def said_by_us(path: Path) -> Said | Flaw:
    """Return what we say of a file."""
    opened = open_photo(path.read_bytes())
    if isinstance(opened, Flaw):
        return opened
    return Said(
        format=opened.format,
        size=(opened.width, opened.height),
        orientation=opened.exif.orientation,
        taken_at=opened.exif.taken_at,
        camera=opened.exif.camera,
        software=opened.exif.software,
        place=opened.exif.place,
    )


def differences(path: Path, theirs: Said) -> set[str]:
    """Return on what we and the other reader do not agree."""
    ours = said_by_us(path)
    if isinstance(ours, Flaw):
        expected = Flaw.UNSUPPORTED_FORMAT if theirs.format in UNSUPPORTED else Flaw.NOT_AN_IMAGE
        is_taken = theirs.format in FORMATS.values() and path.name not in UNREADABLE
        return {"flaw"} if is_taken or ours is not expected else set()
    return {field for field in Said.__slots__ if getattr(ours, field) != getattr(theirs, field)}


def disagreements(paths: list[Path]) -> dict[str, set[str]]:
    """Return the files on which we and the other reader do not agree, and on what."""
    found = {path.name: differences(path, said) for path, said in said_of(paths).items()}
    assert len(found) == len(paths)
    return {name: fields for name, fields in found.items() if fields}


def test_our_samples_are_read_alike() -> None:
    """Photos, and what is none, as the sample conversations send them."""
    samples = [path for path in FIXTURES.iterdir() if path.suffix in {".jpg", ".heic"}]

    assert disagreements(samples) == {}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_way_to_hold_a_camera_is_read_alike(tmp_path: Path, kind: str) -> None:
    """In each format, in each of the eight orientations, with all that a camera writes."""
    for orientation in range(1, 9):
        tags = {0x010F: "Fairphone", 0x0110: "FP5 ", 0x0112: orientation, 0x0131: "FP5.UT2D"}
        time = {0x9003: "2025:11:02 08:15:30", 0x9011: "+01:00"}
        north, east = "NS"[orientation % 2], "EW"[orientation % 3 % 2]
        place = {1: north, 2: (52.0, 5.0, 23.4), 3: east, 4: (4.0, 18.0, 1.56)}
        data = encoded(scene(96, 64), kind, exif=exif(tags, time, place))
        (tmp_path / f"{orientation}.{kind}").write_bytes(data)

    assert disagreements(sorted(tmp_path.iterdir())) == {}


def test_other_kinds_of_picture_are_told_alike(tmp_path: Path) -> None:
    """The policyholder learns that it is the format, when the other reader knows it."""
    for kind in ("GIF", "BMP", "TIFF", "JPEG2000"):
        (tmp_path / kind).write_bytes(encoded(Image.new("RGB", (16, 16)), kind))

    assert disagreements(sorted(tmp_path.iterdir())) == {}


@pytest.mark.parametrize(
    "folder", [pytest.param(name, marks=shared) for name in ("formats", "exif", "sharp", "damage")]
)
def test_real_files_are_read_alike(folder: str) -> None:
    """By cameras of 25 years and programs of all kinds, but for what is named above."""
    found = disagreements(sorted((PHOTOS / folder).iterdir()))

    assert found.items() <= EXCEPTIONS.items()


@pytest.mark.parametrize(
    ("ci", "outcome"), [("false", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_without_the_other_reader_only_a_laptop_passes(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    """Where every change is judged, nothing is left out without a word."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="libimage-exiftool-perl"):
        said_of([FIXTURES / "car.jpg"])
