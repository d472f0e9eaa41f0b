"""What the tables of the photos page are made of, on our own samples."""

from pathlib import Path

from claimbot.claim import NEAR_DUPLICATE_BITS, Flaw
from tests.bench.catches import SPOILED, Row, of_file, when_spoiled
from tests.bench.duplicates import COPIES, LATER, look_at
from tests.pictures import encoded, scene

SAMPLES = Path(__file__).parents[1] / "fixtures" / "photos"


def test_a_good_photo_is_spoiled_in_every_way() -> None:
    """As a messenger leaves it, it is taken; blurred, dark or white, it is not."""
    recompressed, narrow, wide, level, slantwise, dark, white = when_spoiled(SAMPLES / "car.jpg")

    assert len(SPOILED) == 7
    assert recompressed.flaw is None
    assert narrow.flaw is wide.flaw is Flaw.BLURRED
    assert level.noted
    assert slantwise.noted
    assert (dark.flaw, white.flaw) == (Flaw.DARK, Flaw.OVEREXPOSED)


def test_a_row_counts_what_is_refused_and_what_is_noted() -> None:
    """Size apart: the small one counts as small, and as nothing else."""
    names = ("car", "small", "blurred", "slightly_soft", "dark")
    verdicts = tuple(of_file(SAMPLES / f"{name}.jpg") for name in names)

    row = Row(name="ours", verdicts=verdicts)

    assert (row.refused, row.caught) == (2, 3)
    assert row.cells == ("ours", 5, 1, 2, 3, "blurred 1, dark 1")


def test_a_picture_that_the_bot_does_not_take_is_judged_all_the_same(tmp_path: Path) -> None:
    """One of the dark photos is a BMP."""
    (tmp_path / "photo.bmp").write_bytes(encoded(scene(), "BMP"))

    assert of_file(tmp_path / "photo.bmp").flaw is None


def test_a_photo_is_like_its_copies_and_unlike_what_is_seen_later() -> None:
    """The distances are in the order of the copies, nearest to farthest in time."""
    seen = look_at(SAMPLES / "damage.jpg")

    copies = dict(zip(COPIES, seen.copies, strict=True))
    assert copies["recompressed at quality 40"] <= NEAR_DUPLICATE_BITS
    assert copies["turned left"] <= NEAR_DUPLICATE_BITS
    assert len(seen.later) == len(LATER)
    assert seen.later[0] < seen.later[-1]
