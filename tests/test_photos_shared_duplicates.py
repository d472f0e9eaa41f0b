"""Real photos, kept beside the repository: a copy is the same photo, another photo is not."""

import pytest

from tests.bench.catches import PHOTOS
from tests.bench.duplicates import TWICE, Row, duplicates, duplicates_tables
from tests.marked import PHOTOS_PAGE, marked

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not PHOTOS.is_dir(), reason="the real photos are not on this machine"),
]


def row(name: str) -> Row:
    """Return the distances of this name."""
    [found] = (row for rows in duplicates() for row in rows if row.name == name)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "recompressed at quality 40",
        "resized to 1280",
        "resized to half",
        "25 % brighter",
        "25 % darker",
        "turned left",
        "turned right",
        "upside down",
        "mirrored",
    ],
)
def test_a_copy_is_found(name: str) -> None:
    """Every one of them, small and large, by cameras of 25 years."""
    copies = row(name)

    assert copies.alike == len(copies.distances)


def test_a_photo_that_was_published_twice_is_found() -> None:
    """Cropped, resized and recompressed by people whom we do not know."""
    assert row("published twice").alike == len(TWICE)


@pytest.mark.parametrize(
    "name",
    [
        "a simulated burst, 100 ms apart",
        "a step aside: a tenth of the long side",
        "any two photos",
        "any two smooth parts",
    ],
)
def test_another_photo_is_not_the_same(name: str) -> None:
    """Not of the same car, not a moment later, not of a panel on which there is nothing to see."""
    assert row(name).alike == 0


def test_the_page_tells_how_far_apart_photos_are() -> None:
    """Else run `python -m tests.bench.duplicates --write`."""
    assert marked(PHOTOS_PAGE, "duplicates") == duplicates_tables()
