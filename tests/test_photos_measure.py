"""What is measured of a photo."""

from dataclasses import fields

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from claimbot.claim import NEAR_DUPLICATE_BITS
from claimbot.photos.measure import (
    Facts,
    measure,
    perceptual_hash,
    reblur,
    share_flat,
    sharpest_block,
)
from claimbot.photos.opening import Opened, open_photo
from tests.pictures import encoded, exif, grain, panel, scene

SCENE = scene(1000, 750).convert("L")


def measured(data: bytes) -> Facts:
    """Return the facts of bytes that must hold a photo."""
    found = open_photo(data)
    assert isinstance(found, Opened)
    return measure(data, found)


def distance(one: Image.Image, other: Image.Image) -> int:
    """Return how many of 256 bits two pictures' hashes differ by."""
    return (int(perceptual_hash(one), 16) ^ int(perceptual_hash(other), 16)).bit_count()


def blurred(radius: float) -> Image.Image:
    """Return the scene out of focus."""
    return SCENE.filter(ImageFilter.GaussianBlur(radius))


def test_the_same_bytes_give_the_same_facts() -> None:
    """Facts are kept, so they must not depend on when they were measured."""
    data = encoded(scene())

    assert measured(data) == measured(data)


def test_facts_say_what_the_file_is() -> None:
    """Size as it is looked at, length and name of the bytes, and what the camera said."""
    block = exif(
        {0x0112: 6, 0x0110: "Pixel 8", 0x0131: "HDR+ 1.0"}, {0x9003: "2024:05:01 10:30:00"}
    )
    data = encoded(scene(640, 480), exif=block)

    found = measured(data)

    assert (found.format, found.bytes, len(found.sha256)) == ("JPEG", len(data), 64)
    assert (found.width, found.height, found.orientation) == (480, 640, 6)
    assert (found.camera, found.software) == ("Pixel 8", "HDR+ 1.0")
    assert found.taken_at == "2024-05-01T10:30:00"
    assert found.short_side_px == 480


def test_no_fact_says_where_a_photo_was_taken() -> None:
    """A position is personal; nobody asked for it."""
    names = " ".join(field.name for field in fields(Facts))

    assert "gps" not in names
    assert "position" not in names


def test_levels_are_counted_exactly() -> None:
    """Percentiles, mean and clipped share of a picture whose levels are known."""
    stripes = Image.new("L", (100, 100))
    for level in range(100):
        stripes.paste(level * 2 + 57, (level, 0, level + 1, 100))

    found = measured(encoded(stripes, "PNG"))

    assert (found.p1, found.p5, found.p95, found.p99) == (57, 65, 245, 253)
    assert found.spread == 196
    assert found.mean == 156.0
    assert found.share_clipped_high == 0.06


def test_both_measures_fall_as_focus_is_lost() -> None:
    """The further out of focus, the lower."""
    ladder = [SCENE, blurred(1), blurred(2), blurred(4)]

    for measure_of in (sharpest_block, reblur):
        values = [measure_of(picture) for picture in ladder]
        assert values == sorted(values, reverse=True)
        assert len(set(values)) == len(values)


def test_one_sharp_scratch_on_a_smooth_panel_is_sharp() -> None:
    """A close photo of a door is not blurred because most of it is smooth."""
    smooth = panel(b"door")
    scratched = smooth.copy()
    ImageDraw.Draw(scratched).line((400, 300, 450, 340), fill=250, width=2)

    assert sharpest_block(smooth) < 10
    assert sharpest_block(scratched) > 500


def test_motion_is_seen_along_either_axis() -> None:
    """A phone that moved sideways blurs one axis only; the worse one counts."""
    sideways = SCENE.filter(ImageFilter.BoxBlur((15, 0)))
    upwards = SCENE.filter(ImageFilter.BoxBlur((0, 15)))

    assert max(reblur(sideways), reblur(upwards)) < 0.46 < reblur(SCENE)


def test_what_a_program_drew_is_flat() -> None:
    """A screen's surfaces are of one colour, a photo's never are."""
    screen = Image.new("L", (600, 900), 240)
    ImageDraw.Draw(screen).rectangle((20, 100, 580, 300), fill=40)

    assert share_flat(screen) > 0.99
    assert share_flat(SCENE) < 0.3


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2, 2), (3, 3), (20, 3)])
def test_a_picture_of_a_few_pixels_is_measured(size: tuple[int, int]) -> None:
    """Too small to judge is not too small to measure."""
    found = measured(encoded(grain(*size), "PNG"))

    assert found.block >= 0
    assert 0 <= found.reblur <= 1
    assert 0 <= found.share_flat <= 1
    assert len(found.phash) == 64


def test_a_picture_of_one_colour_has_no_contrast_to_lose() -> None:
    """Nothing is divided by nothing."""
    assert reblur(Image.new("L", (100, 100), 128)) == 0


@pytest.mark.parametrize("quality", [90, 50, 30])
def test_recompression_keeps_the_hash(quality: int) -> None:
    """A photo that went through a messenger is the same photo."""
    found = open_photo(encoded(SCENE, quality=quality))

    assert isinstance(found, Opened)
    assert distance(SCENE, found.grey) <= 10


@pytest.mark.parametrize("width", [500, 640, 1280])
def test_another_size_keeps_the_hash(width: int) -> None:
    """So is one that was sent smaller."""
    resized = SCENE.resize((width, width * 3 // 4), Image.Resampling.BICUBIC)

    assert distance(SCENE, resized) <= 12


def test_a_brighter_copy_stays_near() -> None:
    """A touch of brightness moves 20 to 40 bits of a real photo: far from another one's 102."""
    assert distance(SCENE, ImageEnhance.Brightness(SCENE).enhance(1.25)) <= 40


def test_two_smooth_panels_are_two_photos() -> None:
    """The shorter hashes find them equal; this one is long for their sake."""
    assert distance(panel(b"left door"), panel(b"right door")) > 2 * NEAR_DUPLICATE_BITS


def test_the_hash_is_the_same_on_every_machine() -> None:
    """Hashes are kept for years and compared with new ones: a new kind needs a new version."""
    assert Facts.__dataclass_fields__["version"].default == 1
    assert (
        perceptual_hash(panel(b"bonnet"))
        == "d0eb78c78e19ab5271a6ab5ad6ad694a56a5ad4ac2957569aa94156caad05527"
    )
