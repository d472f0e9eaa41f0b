"""Licence plates are read from photos, and compared with those on the claim form."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from claimbot.claim import Finding, Flag, FormFile
from claimbot.extras.ocr import differing
from tests.extras_at_hand import at_hand, child_of
from tests.pictures import encoded, scene
from tests.plates import SIDECODES, cars, form
from tests.store_builders import claim

SAMPLES = Path(__file__).parents[1] / "fixtures" / "photos"
REAL = Path(__file__).parents[2] / "shared" / "photos" / "car"
PAGE = FormFile(sha256="page", media_type="image/jpeg")
CLAIM = claim("CB-1", "car", "metres", form=(PAGE,))


@pytest.fixture(scope="module")
def child() -> Any:
    """What the extra's process runs, in this process."""
    return child_of("ocr")


@pytest.fixture
def extra() -> Iterator[Any]:
    """The extra, whose process is not started yet."""
    with closing(at_hand("ocr")) as one:
        yield one


def plates_in(child: Any, data: bytes) -> tuple[str, ...]:
    """Return the plates that are read in a picture."""
    return tuple(json.loads(child.answer(data)))


def compared(**plates: tuple[str, ...]) -> list[Finding]:
    """Return what comes of comparing the plates that were read in the files of a claim."""
    return list(differing(CLAIM, plates))


def test_plates_of_every_sidecode_are_read(child: Any) -> None:
    """Measured: 14 of 14, in pictures as large as a chat sends them."""
    assert set(plates_in(child, encoded(cars(SIDECODES)))) == set(SIDECODES)


def test_the_plates_of_both_cars_are_read_on_a_form(child: Any) -> None:
    """In the order in which they stand there, between everything else."""
    page = form("7 vehicle", "8 registration 90-FGH-1", "postcode 1234 AB", "8 NP-567-R", "2026")

    assert plates_in(child, encoded(page)) == ("90-FGH-1", "NP-567-R")
    assert plates_in(child, (SAMPLES / "form_page.jpg").read_bytes()) == ("X-000-XX", "XX-000-X")


def test_a_picture_without_a_plate_has_none(child: Any) -> None:
    """Nor has what is no picture."""
    for data in (encoded(scene()), b"", b"no picture"):
        assert plates_in(child, data) == ()


def test_a_car_park_is_not_listed_to_its_end(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a page of small print."""
    monkeypatch.setattr(child, "MOST_PLATES", 2)

    assert len(plates_in(child, encoded(cars(SIDECODES[:4])))) == 2


def test_a_form_that_names_another_car_is_told() -> None:
    """Once, on the first photo, with what was read on either side."""
    assert compared(car=("AB-123-C",), page=("12-AB-34", "56-78-AB")) == [
        Finding(
            sha256="car",
            flag=Flag.PLATE_DIFFERS,
            detail="photo AB-123-C, form 12-AB-34 56-78-AB",
        )
    ]


@pytest.mark.parametrize(
    "plates",
    [
        {},
        {"car": ("AB-123-C",)},
        {"page": ("12-AB-34",)},
        {"car": (), "page": ()},
        {"car": ("AB-123-C",), "page": ("12-AB-34", "AB-123-C")},
        {"car": ("56-78-AB",), "metres": ("AB-123-C",), "page": ("AB-123-C",)},
    ],
)
def test_one_plate_that_agrees_or_is_not_known_is_enough(
    plates: dict[str, tuple[str, ...]],
) -> None:
    """A form names the other car too, and other cars stand in the photo."""
    assert compared(**plates) == []


def test_a_claims_plates_are_noted_and_compared(extra: Any) -> None:
    """By the extra's own process, which works when it is tried."""
    files = {
        "car": encoded(cars(["NP-567-R", "GK-34-LN"])),
        "metres": encoded(scene()),
        "page": encoded(form("8 registration 90-FGH-1")),
    }
    extra.check()

    seen = extra.inspect(CLAIM, files.__getitem__)

    differs = "photo NP-567-R GK-34-LN, form 90-FGH-1"
    assert seen.failure is None
    assert seen.findings == (
        Finding(sha256="car", flag=Flag.PLATE_READ, detail="NP-567-R, GK-34-LN"),
        Finding(sha256="page", flag=Flag.PLATE_READ, detail="90-FGH-1"),
        Finding(sha256="car", flag=Flag.PLATE_DIFFERS, detail=differs),
    )


@pytest.mark.shared
@pytest.mark.skipif(not REAL.is_dir(), reason="the real photos are not on this machine")
def test_a_real_plate_is_read(child: Any) -> None:
    """On a lorry, 50 pixels wide, without what a program wrote into the picture."""
    [path] = REAL.glob("rfdetr-dutch*")
    lorry = Image.open(path).convert("RGB")
    for written in ((0, 0, 120, 40), (196, 458, 356, 486), (0, 536, 300, 560)):
        lorry.paste("gray", written)

    assert plates_in(child, encoded(lorry, "PNG")) == ("45-BKL-2",)
