"""How sharp a photo is, and how much of it was drawn."""

import pytest
from PIL import Image, ImageDraw, ImageFilter

from claimbot.photos.sharpness import Sharpness, drawn, share_flat, sharpness
from tests.pictures import grain, panel, scene

SCENE = scene(1000, 750).convert("L")
SMOOTH = panel(b"door")
SOFTER = {radius: SCENE.filter(ImageFilter.GaussianBlur(radius)) for radius in (1, 2, 4)}


def sharp(picture: Image.Image) -> Sharpness:
    """Return both measures of a picture as it is."""
    return sharpness(picture, drawn(picture, picture.size))


def flat(picture: Image.Image) -> float:
    """Return the flat share of a picture as it is."""
    return share_flat(drawn(picture, picture.size))


def test_both_measures_fall_as_focus_is_lost() -> None:
    """The further out of focus, the lower."""
    ladder = [sharp(picture) for picture in (SCENE, *SOFTER.values())]

    for values in ([one.block for one in ladder], [one.reblur for one in ladder]):
        assert values == sorted(values, reverse=True)
        assert len(set(values)) == len(values)


def test_one_sharp_scratch_on_a_smooth_panel_is_sharp() -> None:
    """A close photo of a door is not blurred because most of it is smooth."""
    scratched = SMOOTH.copy()
    ImageDraw.Draw(scratched).line((400, 300, 450, 340), fill=250, width=2)

    assert sharp(SMOOTH).block < 10
    assert sharp(scratched).block > 500


@pytest.mark.parametrize("left", range(3, 980, 123))
@pytest.mark.parametrize("top", range(3, 730, 121))
def test_a_scratch_is_found_wherever_it_is(left: int, top: int) -> None:
    """Not all of a photo is looked at closely, but every place is looked at."""
    scratched = SMOOTH.point(lambda level: level // 2)
    ImageDraw.Draw(scratched).line((left, top, left + 14, top + 12), fill=250, width=2)

    assert sharp(scratched).block > 90


@pytest.mark.parametrize("width", [1100, 1280, 1600])
@pytest.mark.parametrize("radius", [0, *SOFTER])
def test_what_is_scaled_in_parts_measures_as_what_is_scaled_whole(width: int, radius: int) -> None:
    """A messenger's photo is no sharper or softer for being measured quickly."""
    size = (width, width * 3 // 4)
    sent = SOFTER.get(radius, SCENE).resize(size, Image.Resampling.BICUBIC)
    whole = sent.resize(SCENE.size, Image.Resampling.HAMMING)

    found = sharpness(sent, drawn(sent, SCENE.size))

    assert found.block == pytest.approx(sharp(whole).block, rel=0.01)
    assert found.reblur == pytest.approx(sharp(whole).reblur, abs=0.02)


def test_motion_is_seen_along_either_axis() -> None:
    """A phone that moved sideways blurs one axis only; the worse one counts."""
    sideways = SCENE.filter(ImageFilter.BoxBlur((15, 0)))
    upwards = SCENE.filter(ImageFilter.BoxBlur((0, 15)))

    assert max(sharp(sideways).reblur, sharp(upwards).reblur) < 0.46 < sharp(SCENE).reblur


def test_what_a_program_drew_is_flat() -> None:
    """A screen's surfaces are of one colour, a photo's never are."""
    screen = Image.new("L", (600, 900), 240)
    ImageDraw.Draw(screen).rectangle((20, 100, 580, 300), fill=40)

    assert flat(screen) > 0.99
    assert flat(SCENE) < 0.3


def test_a_picture_of_one_colour_has_no_contrast_to_lose() -> None:
    """Nothing is divided by nothing."""
    assert sharp(Image.new("L", (100, 100), 128)) == Sharpness(block=0, reblur=0)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2, 2), (3, 3), (5, 4), (20, 3)])
def test_a_picture_of_a_few_pixels_has_measures(size: tuple[int, int]) -> None:
    """However narrow: even half of what it is measured at."""
    picture = grain(*size)
    half = (max(1, size[0] * 4 // 7), max(1, size[1] * 4 // 7))

    for measured_at in (size, half):
        lines = drawn(picture, measured_at)
        found = sharpness(picture, lines)
        assert found.block >= 0
        assert 0 <= found.reblur <= 1
        assert 0 <= share_flat(lines) <= 1
