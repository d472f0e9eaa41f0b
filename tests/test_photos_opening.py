"""The guarded door for photos."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from claimbot.claim import Flaw
from claimbot.photos.opening import MOST_BYTES, Opened, open_photo
from tests.pictures import (
    encoded,
    exif,
    grain,
    jpeg_that_claims,
    jpeg_with_scans,
    panel,
    png_that_claims,
    scene,
    webp_that_claims,
)

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
SAMPLES = {kind: encoded(scene(160, 120), kind) for kind in FORMATS}
STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera that is held so stores an upright scene: the inverse of what sets it upright."""


def opened(data: bytes) -> Opened:
    """Return the photo in bytes that must hold one."""
    found = open_photo(data)
    assert isinstance(found, Opened), found
    return found


@pytest.mark.parametrize("kind", FORMATS)
def test_a_photo_from_a_phone_is_opened(kind: str) -> None:
    """The four formats that phones and messengers write are all taken, and measured alike."""
    found = opened(encoded(scene(1280, 960), kind))

    assert (found.format, found.width, found.height) == (kind, 1280, 960)
    assert (found.grey.mode, found.grey.size) == ("L", (1280, 960))
    assert found.measured_at == (1000, 750)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_large_photo_is_shrunk(kind: str) -> None:
    """What is passed on is less than twice as large as what is measured."""
    found = opened(encoded(panel(b"roof").resize((2000, 1500)), kind))

    assert (found.width, found.height) == (2000, 1500)
    assert found.grey.size == found.measured_at == (1000, 750)


def test_a_small_photo_is_not_enlarged() -> None:
    """Enlarging would make it look blurred."""
    found = opened(SAMPLES["JPEG"])

    assert found.grey.size == found.measured_at == (160, 120)


@pytest.mark.parametrize(("width", "height"), [(3000, 1), (1, 3000)])
def test_a_thread_of_a_picture_is_opened(width: int, height: int) -> None:
    """However narrow, at least one pixel remains on the short side."""
    assert min(opened(encoded(Image.new("L", (width, height)), "PNG")).grey.size) == 1


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "JPEG2000", "AVIF", "ICO"])
def test_a_picture_of_another_kind_is_unsupported(kind: str) -> None:
    """The policyholder learns that it is the format, not the photo, that is the trouble."""
    assert open_photo(encoded(scene(64, 64), kind)) is Flaw.UNSUPPORTED_FORMAT


@pytest.mark.parametrize(
    "start", [b"%PDF-1.7\n", b"8BPS\0\1", b"MM\0*\0\0\0\x08", b"\0\0\0\x0cJXL \r\n\x87\n"]
)
def test_a_document_of_a_known_kind_is_unsupported(start: bytes) -> None:
    """PDF, Photoshop, raw photos and JPEG XL are told by their first bytes."""
    assert open_photo(start + bytes(100)) is Flaw.UNSUPPORTED_FORMAT


@pytest.mark.parametrize(
    "data",
    [b"", b"BMW 320d, dent in the left door", b"<svg/>", b"PK\x03\x04", b"\xff\xd8\xff", b"GIF"],
)
def test_what_holds_no_picture_is_not_an_image(data: bytes) -> None:
    """Nothing, text, an archive, a start without a rest."""
    assert open_photo(data) is Flaw.NOT_AN_IMAGE


def test_a_file_of_megabytes_is_too_large() -> None:
    """The byte limit comes before any decoder, and after the format."""
    assert open_photo(SAMPLES["JPEG"] + bytes(MOST_BYTES)) is Flaw.TOO_LARGE
    assert open_photo(b"%PDF-" + bytes(MOST_BYTES)) is Flaw.UNSUPPORTED_FORMAT


@pytest.mark.parametrize(
    "data",
    [
        png_that_claims(60_000, 60_000),
        png_that_claims(5_001, 5_000),
        webp_that_claims(7_700, 7_700),
        jpeg_that_claims(16_384, 12_820),
        jpeg_that_claims(65_000, 65_000),
    ],
    ids=["png", "png just over", "webp", "jpeg just over", "jpeg"],
)
def test_a_bomb_is_refused_by_its_header(data: bytes) -> None:
    """A few bytes that announce gigabytes of pixels cost nothing."""
    assert open_photo(data) is Flaw.TOO_LARGE


def test_a_photo_of_108_megapixels_is_opened() -> None:
    """An honest phone's photo is taken: its decoder never makes the whole of it."""
    found = opened(encoded(Image.new("L", (12_000, 9_000), 90)))

    assert (found.width, found.height) == (12_000, 9_000)
    assert found.measured_at == (1000, 750)
    assert found.grey.width < 2000


def test_a_progressive_photo_may_be_less_large() -> None:
    """In several scans, a JPEG is kept whole while it is decoded."""
    assert open_photo(jpeg_that_claims(8_000, 8_000, progressive=True)) is Flaw.TOO_LARGE
    assert opened(jpeg_that_claims(8_000, 8_000)).width == 8_000


@pytest.mark.parametrize(("side", "scans"), [(16, 501), (3_000, 120)])
def test_a_scan_bomb_is_refused(side: int, scans: int) -> None:
    """A JPEG that refines itself without end costs no seconds, be it many scans or large ones."""
    assert open_photo(jpeg_with_scans(side, side, scans)) is Flaw.TOO_LARGE


def test_many_scans_of_a_photo_are_opened() -> None:
    """59 scans, the most of any honest photo known, are well within the limit."""
    assert opened(jpeg_with_scans(1_600, 1_200, 59)).width == 1_600


def test_a_motion_photo_is_not_a_scan_bomb() -> None:
    """What follows the picture, a film of some megabytes, may hold the marker by chance."""
    assert opened(SAMPLES["JPEG"] + b"\xff\xda" * 600).width == 160


def test_a_marker_in_a_comment_is_not_a_scan() -> None:
    """Nor do thumbnails and colour profiles count, which stand in segments too."""
    assert opened(encoded(scene(160, 120), comment=b"\xff\xda" * 600)).width == 160


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_set_upright(orientation: int) -> None:
    """However the phone was held, the picture and its sides are as they are looked at."""
    upright = scene(160, 120)
    stored = upright.transpose(STORED_AS[orientation]) if orientation > 1 else upright

    found = opened(encoded(stored, "PNG", exif=exif({0x0112: orientation})))

    assert (found.width, found.height) == found.measured_at == (160, 120)
    assert ImageChops.difference(found.grey, upright.convert("L")).getbbox() is None


def test_a_heic_is_turned_only_once() -> None:
    """HEIF keeps its own orientation, and its EXIF repeats it."""
    found = opened(encoded(scene(160, 120), "HEIF", exif=exif({0x0112: 6})))

    assert (found.width, found.height) == (120, 160)
    assert found.grey.size == (120, 160)


def test_a_16_bit_picture_keeps_its_shades() -> None:
    """Pillow alone would turn everything but the deepest shadow white."""
    shades = Image.new("I;16", (64, 64), 0x8000)

    assert opened(encoded(shades, "PNG")).grey.getextrema() == (128, 128)


def test_a_print_in_four_colours_is_read() -> None:
    """CMYK, as scanners and design programs write it."""
    paper = Image.new("CMYK", (64, 64), (0, 0, 0, 0))

    assert opened(encoded(paper)).grey.getextrema() == (255, 255)


def test_what_is_transparent_is_white() -> None:
    """Hidden pixels are judged as they are looked at, not by the colour behind."""
    palette = Image.new("P", (64, 64), 0)
    palette.putpalette([0, 0, 0, 255, 255, 255])
    layers = Image.new("RGBA", (64, 64), (0, 0, 0, 0))

    assert opened(encoded(palette, "PNG", transparency=0)).grey.getextrema() == (255, 255)
    assert opened(encoded(layers, "PNG")).grey.getextrema() == (255, 255)


def test_a_photo_with_a_second_one_in_it_is_a_photo() -> None:
    """The first picture of an MPO counts, as every viewer shows it."""
    pair = encoded(scene(160, 120), "MPO", save_all=True, append_images=[scene(80, 60)])

    found = opened(pair)

    assert (found.format, found.width) == ("JPEG", 160)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_photo_that_was_cut_off_never_crashes(kind: str) -> None:
    """Half an upload is an image or it is not; nothing else can come of it."""
    data = SAMPLES[kind]

    for part in range(50):
        found = open_photo(data[: len(data) * part // 50])

        assert found is Flaw.NOT_AN_IMAGE or isinstance(found, Opened)
    assert open_photo(data[: len(data) // 2]) is Flaw.NOT_AN_IMAGE


@pytest.mark.parametrize("tail", [b"PK\x03\x04" + bytes(50), b"%PDF-1.7", b"<script>"])
def test_a_file_that_is_two_things_is_read_as_its_first_bytes_say(tail: bytes) -> None:
    """A photo with an archive, a document or a program behind it is only a photo here."""
    assert opened(SAMPLES["JPEG"] + tail).width == 160
    assert open_photo(tail + SAMPLES["JPEG"]) in {Flaw.NOT_AN_IMAGE, Flaw.UNSUPPORTED_FORMAT}


MAGIC = (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\1\0\0WEBP", b"\0\0\0\x1cftypheic")


@given(start=st.sampled_from(MAGIC), rest=st.binary())
@example(start=b"\xff\xd8\xff", rest=b"\xe1\xff\xffExif\0\0")
def test_any_bytes_are_a_photo_or_a_flaw(start: bytes, rest: bytes) -> None:
    """Whatever arrives, the door answers."""
    assert isinstance(open_photo(start + rest), Opened | Flaw)


@given(
    kind=st.sampled_from(FORMATS),
    cuts=st.lists(st.floats(0, 1), min_size=2, max_size=6),
    filling=st.binary(min_size=1, max_size=8),
)
def test_a_photo_with_bytes_overwritten_is_a_photo_or_a_flaw(
    kind: str, cuts: list[float], filling: bytes
) -> None:
    """Damage in the middle of a real file reaches deeper than random bytes do."""
    data = bytearray(SAMPLES[kind])

    for start, _ in pairwise(cuts):
        place = round(start * (len(data) - len(filling)))
        data[place : place + len(filling)] = filling

    assert isinstance(open_photo(bytes(data)), Opened | Flaw)


def test_no_remark_of_pillow_is_heard(recwarn: pytest.WarningsRecorder) -> None:
    """A broken EXIF block is the policyholder's business, not a line on the operator's screen."""
    orientation = b"\x12\x01\x03\0\1\0\0\0\6\0\0\0"
    two_promised = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + orientation

    found = opened(encoded(grain(64, 64), exif=two_promised))

    assert found.exif.orientation == 6
    assert not recwarn.list
