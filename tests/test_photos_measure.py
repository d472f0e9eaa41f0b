"""What is measured of a photo."""

from dataclasses import fields

import pytest
from PIL import Image, ImageEnhance

from claimbot import likeness
from claimbot.claim import NEAR_DUPLICATE_BITS
from claimbot.photos.measure import Facts, measure, perceptual_hash
from claimbot.photos.opening import Opened, open_photo
from tests.pictures import encoded, exif, grain, panel, scene

SCENE = scene(1000, 750).convert("L")
TURNS = list(Image.Transpose)


def measured(data: bytes) -> Facts:
    """Return the facts of bytes that must hold a photo."""
    found = open_photo(data)
    assert isinstance(found, Opened)
    return measure(data, found)


def distance(one: Image.Image, other: Image.Image) -> int:
    """Return how many of 256 bits two pictures' hashes differ by."""
    return likeness.distance(perceptual_hash(one), perceptual_hash(other))


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
    assert found.share_clipped_low == 0


def test_the_dark_share_is_counted() -> None:
    """What is nearly black holds no detail, as what is nearly white."""
    stripes = Image.new("L", (100, 100), 11)
    stripes.paste(10, (0, 0, 25, 100))

    assert measured(encoded(stripes, "PNG")).share_clipped_low == 0.25


def test_a_screenshot_that_says_so_is_one() -> None:
    """What the EXIF says is a fact; what follows from it is a rule."""
    block = exif({}, {0x9286: b"ASCII\0\0\0Screenshot"})

    assert measured(encoded(scene(640, 480), exif=block)).is_screenshot
    assert not measured(encoded(scene(640, 480))).is_screenshot


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2, 2), (3, 3), (20, 3)])
def test_a_picture_of_a_few_pixels_is_measured(size: tuple[int, int]) -> None:
    """Too small to judge is not too small to measure."""
    found = measured(encoded(grain(*size), "PNG"))

    assert found.block >= 0
    assert 0 <= found.reblur <= 1
    assert 0 <= found.share_flat <= 1
    assert len(found.phash) == 64


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


@pytest.mark.parametrize("brightness", [0.8, 1.1, 1.25, 1.4])
def test_a_brighter_copy_is_the_same_photo(brightness: float) -> None:
    """Though its highlights are lost."""
    brighter = ImageEnhance.Brightness(SCENE).enhance(brightness)

    assert distance(SCENE, brighter) <= NEAR_DUPLICATE_BITS


@pytest.mark.parametrize("turn", TURNS, ids=[turn.name.lower() for turn in TURNS])
def test_a_turned_or_mirrored_hash_is_that_of_the_turned_picture(turn: Image.Transpose) -> None:
    """So that a copy is found whichever way it is held; turning the hash costs no picture."""
    forms = likeness.forms(perceptual_hash(SCENE))

    turned = perceptual_hash(SCENE.transpose(turn))

    assert min(likeness.distance(turned, form) for form in forms) <= 4


def test_a_camera_that_moved_took_another_photo() -> None:
    """Two photos of a burst show more than one does; they are not called the same."""
    first, later = SCENE.crop((50, 50, 950, 700)), SCENE.crop((75, 65, 975, 715))

    assert distance(first, later) > NEAR_DUPLICATE_BITS


def test_two_smooth_panels_are_two_photos() -> None:
    """The shorter hashes find them equal; this one is long for their sake."""
    assert distance(panel(b"left door"), panel(b"right door")) > 2 * NEAR_DUPLICATE_BITS


def test_facts_are_the_same_on_every_machine() -> None:
    """And by every Pillow: a threshold is worth as much as what it is compared with."""
    found = measured(encoded(scene(), "PNG"))

    assert (found.block, found.reblur, found.share_flat) == (270.0, 0.8147, 0.0123)
    assert (found.mean, found.p1, found.p5, found.p95, found.p99) == (129.6, 40, 59, 204, 220)


def test_the_hash_is_the_same_on_every_machine() -> None:
    """Hashes are kept for years and compared with new ones: a new kind needs a new version."""
    assert Facts.__dataclass_fields__["version"].default == 2
    assert (
        perceptual_hash(panel(b"bonnet"))
        == "d3c7587cc7c79c7c39c7580cb8e0618e4318a3894f1cde31b43b6c7150e323c6"
    )
