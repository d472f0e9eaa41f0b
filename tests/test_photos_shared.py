"""Real photos, kept beside the repository: honest ones are taken, useless ones are not."""

import pytest

from claimbot.claim import Flag, Flaw
from claimbot.photos.examination import examine
from tests.bench.catches import PHOTOS, Row, catches, catches_table
from tests.marked import PHOTOS_PAGE, marked

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not PHOTOS.is_dir(), reason="the real photos are not on this machine"),
]


def row(name: str) -> Row:
    """Return what is said of the photos of this name."""
    [found] = (row for row in catches() if row.name == name)
    return found


def test_honest_damage_photos_are_taken() -> None:
    """At most 1 in 100 is refused; none of these 98 was when the thresholds were chosen."""
    assert row("damage").refused <= 1
    assert row("car").refused == 0


def test_sharp_photos_are_taken() -> None:
    """29, by cameras of 25 years; one of them is no photo but three words on white."""
    flaws = [verdict.flaw for verdict in row("sharp").verdicts if verdict.flaw is not None]

    assert flaws in ([], [Flaw.BLANK])


def test_recompressed_damage_photos_are_taken() -> None:
    """What a messenger does to a photo is no fault of the policyholder."""
    assert row("damage, recompressed at quality 30").refused <= 1


def test_photos_out_of_focus_are_refused() -> None:
    """Where nothing shows, nearly all; where a little does, at least noted."""
    wide = row("damage, a disk blur with a radius of 2 %")
    narrow = row("damage, a disk blur, 2 % of the long side wide")

    assert wide.refused >= 95
    assert narrow.refused >= 80
    assert narrow.caught >= 95


def test_photos_by_a_moving_hand_are_at_least_noted() -> None:
    """Along the movement they are as sharp as before, so that few are refused."""
    assert row("damage, moved level by 4 %").caught >= 90


def test_photos_at_a_fifth_of_their_light_are_refused() -> None:
    """For the right reason: darkness lowers every measure of sharpness."""
    dark = row("damage, darkened to 20 %").verdicts

    assert sum(verdict.flaw is Flaw.DARK for verdict in dark) >= 95


def test_whited_out_photos_are_refused() -> None:
    """For the right reason, too."""
    white = row("damage, under 80 % of white").verdicts

    assert sum(verdict.flaw is Flaw.OVEREXPOSED for verdict in white) >= 95


def test_blurred_photos_are_at_least_noted() -> None:
    """8 of 9 really blurred ones are refused or flagged; the ninth has a sharp place."""
    assert row("blurred").caught >= 8


def test_dark_photos_are_at_least_noted() -> None:
    """Night shots with one lit place are usable: 7 of 8 are refused or flagged."""
    assert row("dark").caught >= 7


def test_the_page_tells_what_is_caught() -> None:
    """Else run `python -m tests.bench.catches --write`."""
    assert marked(PHOTOS_PAGE, "catches") == catches_table()


def test_screenshots_are_noted() -> None:
    """Measured: 18 of 22; the others show large pictures."""
    files = sorted((PHOTOS / "screenshot").iterdir())
    photos = [examine(path.read_bytes(), today=None).photo for path in files]

    assert sum(Flag.SCREENSHOT in photo.flags for photo in photos) >= 17
