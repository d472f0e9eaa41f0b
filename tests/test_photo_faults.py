"""The faults that are made on purpose do to a photo what they say."""

from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.photo_faults import exposed, moved, out_of_focus, recompressed, whited_out
from tests.pictures import scene


def dot(mode: str) -> Image.Image:
    """Return one white point in the dark, in the middle of 101 by 101."""
    picture = Image.new(mode, (101, 101))
    picture.paste("white", (50, 50, 51, 51))
    return picture


def lit(picture: Image.Image) -> tuple[int, int, int]:
    """Return how wide and how high the light is, and on how many pixels it is."""
    grey = picture.convert("L")
    left, top, right, bottom = grey.getbbox() or (0, 0, 0, 0)
    return right - left, bottom - top, sum(grey.histogram()[1:])


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_lens_out_of_focus_makes_a_disk_of_a_point(mode: str) -> None:
    """A tenth of 101 pixels: ten or eleven wide and high, and round: pi / 4 of the square."""
    disk = out_of_focus(dot(mode), 0.1)

    wide, high, pixels = lit(disk)
    assert (disk.mode, disk.size) == (mode, (91, 91))
    assert wide == high == 11
    assert 0.70 * wide * high < pixels < 0.95 * wide * high


def test_a_moving_hand_makes_a_line_of_a_point() -> None:
    """Level by 20 pixels, aslant as long, none without movement."""
    assert lit(moved(dot("L"), 0.2)) == (20, 1, 20)
    assert lit(moved(dot("L"), 0.2, degrees=90)) == (1, 20, 20)
    assert lit(moved(dot("L"), 0.2, degrees=45))[:2] == (14, 14)
    assert moved(dot("L"), 0) == dot("L")


def test_no_light_is_lost_in_a_blur() -> None:
    """A blurred photo is as bright as the photo was."""
    photo = scene(320, 240)
    [was] = ImageStat.Stat(photo.convert("L")).mean

    for spoiled in (out_of_focus(photo, 0.02), moved(photo, 0.04, degrees=30)):
        assert ImageStat.Stat(spoiled.convert("L")).mean == pytest.approx([was], rel=0.03)


def test_light_is_taken_away_and_added() -> None:
    """A share of what there was, or of white."""
    grey = Image.new("L", (4, 4), 100)

    assert exposed(grey, 0.2).getextrema() == (20, 20)
    assert whited_out(grey, 0.8).getextrema() == (224, 224)
    assert whited_out(Image.new("RGB", (4, 4)), 0.8).getextrema() == ((204, 204),) * 3


def test_a_messenger_takes_detail_away() -> None:
    """The lower the quality, the more is lost."""
    photo = scene(320, 240)
    lost = [
        ImageStat.Stat(ImageChops.difference(photo, recompressed(photo, quality))).sum[0]
        for quality in (95, 60, 30)
    ]

    assert all(less < more for less, more in pairwise(lost))
