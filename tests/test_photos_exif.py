"""What a photo's EXIF says, and what is made of it when it lies or stammers."""

from io import BytesIO

import pytest
from PIL import Image
from PIL.ExifTags import GPS, Base
from PIL.TiffImagePlugin import IFDRational

from claimbot.claim import Place
from claimbot.photos.exif import Exif, read_exif
from tests.pictures import encoded, exif, grain

TAKEN, DIGITIZED = int(Base.DateTimeOriginal), int(Base.DateTimeDigitized)
OFFSET = int(Base.OffsetTimeOriginal)
CHANGED, MAKE, MODEL, SOFTWARE = (
    int(tag) for tag in (Base.DateTime, Base.Make, Base.Model, Base.Software)
)
COMMENT = int(Base.UserComment)
NORTH_SOUTH, LATITUDE, EAST_WEST, LONGITUDE = (
    int(tag)
    for tag in (GPS.GPSLatitudeRef, GPS.GPSLatitude, GPS.GPSLongitudeRef, GPS.GPSLongitude)
)
UTRECHT: dict[int, object] = {
    NORTH_SOUTH: "N",
    LATITUDE: (52.0, 5.0, 26.5),
    EAST_WEST: "E",
    LONGITUDE: (5.0, 7.3, 0.0),
}
UNKNOWN = IFDRational(0, 0)


def said(block: bytes, kind: str = "JPEG") -> Exif:
    """Return what is read of an EXIF block in a photo."""
    return read_exif(Image.open(BytesIO(encoded(grain(16, 16), kind, exif=block))))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_phone_says_when_and_with_what(kind: str) -> None:
    """The same in each format that carries EXIF."""
    block = exif(
        {MAKE: "samsung", MODEL: "SM-G991B", SOFTWARE: "G991BXXU5"},
        {TAKEN: "2024:05:01 10:30:00"},
    )

    assert said(block, kind) == Exif(
        taken_at="2024-05-01T10:30:00", camera="samsung SM-G991B", software="G991BXXU5"
    )


def test_no_exif_says_nothing() -> None:
    """Messengers strip it; nothing follows from that."""
    assert read_exif(grain(16, 16)) == Exif()


@pytest.mark.parametrize(
    ("detail", "taken_at"),
    [
        ({TAKEN: "2024:05:01 10:30:00", OFFSET: "+02:00"}, "2024-05-01T10:30:00+02:00"),
        ({TAKEN: "2024:05:01 10:30:00", OFFSET: "summer"}, "2024-05-01T10:30:00"),
        ({TAKEN: "2024:05:01 10:30:00", OFFSET: "+99:99"}, "2024-05-01T10:30:00"),
        ({TAKEN: "2024-05-01T10:30:00.123"}, "2024-05-01T10:30:00"),
        ({DIGITIZED: "2024:05:01 10:30:00"}, "2024-05-01T10:30:00"),
        ({TAKEN: "0000:00:00 00:00:00", DIGITIZED: "2024:05:01 10:30:00"}, "2024-05-01T10:30:00"),
        ({TAKEN: "0000:00:00 00:00:00"}, None),
        ({TAKEN: "2024:02:30 10:30:00"}, None),
        ({TAKEN: "    :  :     :  :  "}, None),
        ({TAKEN: ""}, None),
        ({TAKEN: 20240501}, None),
    ],
)
def test_the_moment_is_told_as_far_as_it_is_known(
    detail: dict[int, object], taken_at: str | None
) -> None:
    """With an offset where the camera wrote one, without when it did not, else not at all."""
    assert said(exif({}, detail)).taken_at == taken_at


def test_the_last_change_is_not_when_it_was_taken() -> None:
    """A program that saves an old photo again writes today's date beside the true one."""
    assert said(exif({CHANGED: "2024:05:01 10:30:00"})).taken_at is None


@pytest.mark.parametrize(
    ("tags", "camera"),
    [
        ({MAKE: "Canon", MODEL: "Canon EOS 80D"}, "Canon EOS 80D"),
        ({MAKE: "Apple"}, "Apple"),
        ({MODEL: "Pixel 8"}, "Pixel 8"),
        ({MAKE: " \0", MODEL: "\x1b[31mPixel\n8\0\0"}, "[31mPixel 8"),
        ({MODEL: "x" * 5000}, "x" * 100),
    ],
)
def test_a_camera_is_named_once_on_one_printable_line(
    tags: dict[int, object], camera: str
) -> None:
    """Nothing in the name can move an adjuster's cursor or fill the screen."""
    assert said(exif(tags)).camera == camera


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int) -> None:
    """Only 1 to 8 mean something."""
    assert said(exif({int(Base.Orientation): orientation})).orientation == 1


def test_a_png_names_its_software_in_a_text() -> None:
    """Programs that write no EXIF into a PNG leave their name there."""
    image = grain(16, 16)
    image.info["Software"] = "GIMP 2.10"

    assert read_exif(image).software == "GIMP 2.10"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_phone_says_where(kind: str) -> None:
    """Degrees, minutes and seconds are one number; the same in each format that carries EXIF."""
    assert said(exif({}, place=UTRECHT), kind).place == Place(
        latitude=52.090694, longitude=5.121667
    )


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({NORTH_SOUTH: "S"}, Place(latitude=-52.090694, longitude=5.121667)),
        ({EAST_WEST: "W"}, Place(latitude=52.090694, longitude=-5.121667)),
        ({EAST_WEST: "west\0"}, Place(latitude=52.090694, longitude=-5.121667)),
        ({LONGITUDE: (0.0, 0.0, 0.0)}, Place(latitude=52.090694, longitude=0.0)),
    ],
)
def test_a_place_lies_on_its_side_of_the_world(changes: dict[int, object], place: Place) -> None:
    """South and west are below zero; Greenwich is a place like any other."""
    assert said(exif({}, place=UTRECHT | changes)).place == place


@pytest.mark.parametrize(
    "changes",
    [
        {LATITUDE: (0.0, 0.0, 0.0), LONGITUDE: (0.0, 0.0, 0.0)},
        {LATITUDE: (UNKNOWN,) * 3},
        {LATITUDE: (52.0, 5.4, UNKNOWN)},
        {LATITUDE: (90.0, 0.0, 1.0)},
        {LONGITUDE: (180.0, 1.0, 0.0)},
        {LATITUDE: (52.0, 5.0)},
        {NORTH_SOUTH: ""},
        {NORTH_SOUTH: "E"},
    ],
)
def test_a_place_is_whole_or_missing(changes: dict[int, object]) -> None:
    """NaN, (0, 0), beyond the pole, half a coordinate, no direction: all of them occur."""
    assert said(exif({MODEL: "Pixel 8"}, place=UTRECHT | changes)) == Exif(camera="Pixel 8")


@pytest.mark.parametrize("missing", UTRECHT)
def test_a_place_misses_nothing(missing: int) -> None:
    """Without its direction or its other coordinate a number says nothing."""
    rest = {tag: value for tag, value in UTRECHT.items() if tag != missing}

    assert said(exif({}, place=rest)).place is None


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0Screenshot",
        b"ASCII\0\0\0Screenshot\0",
        b"\0\0\0\0\0\0\0\0Screenshot",
        b"UNICODE\0" + "Screenshot".encode("utf-16-be"),
        b"UNICODE\0" + "Screenshot".encode("utf-16"),
        b"screenshot  ",
    ],
)
def test_an_iphone_says_that_it_is_a_screenshot(comment: bytes) -> None:
    """In the user comment, in whatever characters it is written."""
    assert said(exif({}, {COMMENT: comment})).says_screenshot


@pytest.mark.parametrize(
    "comment", [b"", b"ASCII\0\0\0", b"ASCII\0\0\0not a screenshot", b"\xff" * 40, 7]
)
def test_another_comment_says_no_such_thing(comment: object) -> None:
    """Most cameras fill the comment with spaces."""
    assert not said(exif({}, {COMMENT: comment})).says_screenshot


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0XX*\0\x08\0\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 600,
    ],
)
def test_a_broken_block_says_nothing(block: bytes) -> None:
    """An empty, pointless, nameless or endless directory is as good as none."""
    image = grain(16, 16)
    image.info["exif"] = block

    assert read_exif(image) == Exif()


def test_one_broken_value_leaves_the_others() -> None:
    """The orientation still counts when the detail directory points into nothing."""
    orientation = b"\x12\x01\x03\0\1\0\0\0\6\0\0\0"
    detail = b"\x69\x87\x04\0\1\0\0\0\xff\xff\xff\xff"
    image = grain(16, 16)
    image.info["exif"] = b"Exif\0\0II*\0\x08\0\0\0\2\0" + orientation + detail + bytes(4)

    assert read_exif(image) == Exif(orientation=6)
