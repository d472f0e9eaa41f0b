"""Real photos, kept beside the repository: honest ones are taken, useless ones are not."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from claimbot.claim import Flag, Flaw
from claimbot.photos.examination import examine
from claimbot.photos.judge import judge
from tests.pictures import encoded

PHOTOS = Path(__file__).parents[2] / "shared" / "photos"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not PHOTOS.is_dir(), reason="the real photos are not on this machine"),
]


def files(folder: str) -> list[bytes]:
    """Return each file of a folder."""
    return [path.read_bytes() for path in sorted((PHOTOS / folder).iterdir())]


@cache
def damages() -> list[Image.Image]:
    """Return the 98 photos of damaged cars."""
    return [Image.open(BytesIO(data)).convert("RGB") for data in files("damage")]


def quality(data: bytes) -> Flaw | None:
    """Return what is wrong with a photo, its size apart: many came from small web pages."""
    facts = examine(data).facts
    assert facts is not None
    flaws, _ = judge(replace(facts, width=1280, height=960), today=None)
    return flaws[0] if flaws else None


def refused(spoil: Callable[[Image.Image], Image.Image], flaw: Flaw) -> int:
    """Return how many of the spoiled damage photos are refused for this flaw."""
    return sum(quality(encoded(spoil(photo), quality=85)) is flaw for photo in damages())


def out_of_focus(photo: Image.Image, radius: float) -> Image.Image:
    """Return a photo blurred by a radius that is in pixels at 1000 pixels of width."""
    return photo.filter(ImageFilter.GaussianBlur(radius * max(photo.size) / 1000))


def test_honest_damage_photos_are_taken() -> None:
    """At most 1 in 100 is refused; none of these 98 was when the thresholds were chosen."""
    assert sum(quality(data) is not None for data in files("damage")) <= 1


def test_sharp_photos_are_not_called_blurred() -> None:
    """29 of 29, by cameras of 25 years."""
    assert Flaw.BLURRED not in {quality(data) for data in files("sharp")}


def test_recompressed_damage_photos_are_taken() -> None:
    """What a messenger does to a photo is no fault of the policyholder."""
    assert sum(quality(encoded(photo, quality=30)) is not None for photo in damages()) <= 1


def test_heavily_blurred_photos_are_refused() -> None:
    """Measured: 98 of 98 at 8 pixels, 93 at 6."""
    assert refused(lambda photo: out_of_focus(photo, 8), Flaw.BLURRED) >= 95


def test_photos_at_a_fifth_of_their_light_are_refused() -> None:
    """Measured: 98 of 98; 74 at a quarter, 11 at a third."""
    assert refused(lambda photo: photo.point(lambda level: level * 0.2), Flaw.DARK) >= 95


def test_whited_out_photos_are_refused() -> None:
    """Measured: 98 of 98 under four parts of white."""
    white = (255, 255, 255)

    def whiten(photo: Image.Image) -> Image.Image:
        return Image.blend(photo, Image.new("RGB", photo.size, white), 0.8)

    assert refused(whiten, Flaw.OVEREXPOSED) >= 95


def test_blurred_photos_are_at_least_noted() -> None:
    """8 of 9 really blurred ones are refused or flagged; the ninth has a sharp place."""
    photos = [examine(data).photo for data in files("blurred")]

    assert sum(bool(photo.flaws) or Flag.SOFT in photo.flags for photo in photos) >= 8


def test_dark_photos_are_at_least_noted() -> None:
    """Night shots with one lit place are usable: 7 of 8 are refused or flagged."""
    photos = [examine(data).photo for data in files("dark")]

    assert sum(bool(photo.flaws) or Flag.DIM in photo.flags for photo in photos) >= 7


def test_screenshots_are_noted() -> None:
    """Measured: 18 of 22; the others show large pictures."""
    photos = [examine(data).photo for data in files("screenshot")]

    assert sum(Flag.SCREENSHOT in photo.flags for photo in photos) >= 17


@pytest.mark.parametrize("folder", ["hostile", "formats", "exif"])
def test_files_made_to_break_readers_get_a_verdict(folder: str) -> None:
    """Files that crashed, hung or bloated other programs do nothing here."""
    for data in files(folder):
        found = examine(data)

        assert (found.facts is None) <= bool(found.photo.flaws)
