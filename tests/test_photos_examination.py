"""A photo from bytes to verdict."""

import json
import subprocess
import sys
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from claimbot.claim import Flag, Flaw, Photo, Place
from claimbot.photos.examination import Examined, as_json, examine
from tests.pictures import encoded, exif, png_that_claims, scene

DOCUMENTED = {
    "format", "width", "height", "sha256", "block", "reblur", "mean", "p5", "p95", "phash",
    "taken_at",
}  # fmt: skip


def test_a_good_photo_is_taken() -> None:
    """No flaw, no flag, named by its bytes, and recognisable when it comes again."""
    data = encoded(scene())

    found = examine(data, today=date(2026, 3, 31))

    assert found.facts is not None
    assert found.photo == Photo(sha256=sha256(data).hexdigest(), phash=found.facts.phash)
    again = examine(encoded(scene(), quality=40)).photo
    assert found.photo.looks_like(again)


@pytest.mark.parametrize(
    ("picture", "flaw"),
    [
        (scene(640, 470), Flaw.TOO_SMALL),
        (Image.new("RGB", (1280, 960), "grey"), Flaw.BLANK),
        (scene().point(lambda level: level // 5), Flaw.DARK),
        (scene().point(lambda level: 205 + level // 6), Flaw.OVEREXPOSED),
        (scene().filter(ImageFilter.GaussianBlur(12)), Flaw.BLURRED),
    ],
    ids=lambda value: value.value if isinstance(value, Flaw) else "",
)
def test_a_photo_that_shows_nothing_is_refused(picture: Image.Image, flaw: Flaw) -> None:
    """Each flaw of a picture is found in a picture that has it; its facts are kept."""
    found = examine(encoded(picture))

    assert found.photo.flaws == (flaw,)
    assert found.facts is not None


def test_a_file_that_shows_nothing_has_no_facts() -> None:
    """It still has a name, so that it can be told when it comes again."""
    data = b"%PDF-1.7 the garage's bill"

    photo = Photo(sha256=sha256(data).hexdigest(), flaws=(Flaw.UNSUPPORTED_FORMAT,))
    assert examine(data) == Examined(photo=photo, facts=None, place=None)


def test_an_old_edited_photo_is_taken_and_flagged() -> None:
    """The policyholder hears nothing of it."""
    data = encoded(scene(), exif=exif({0x0131: "GIMP 2.10"}, {0x9003: "2020:05:01 10:30:00"}))

    photo = examine(data, today=date(2026, 3, 31)).photo

    assert photo.flaws == ()
    assert photo.flags == (Flag.EDITED, Flag.TAKEN_LONG_AGO)


@given(data=st.binary())
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    """Whatever a policyholder sends, there is an answer that says what to do next."""
    assert examine(data).photo.flaws


def test_where_a_photo_was_taken_is_no_fact() -> None:
    """It is kept apart, so that nothing shows it that shows the facts."""
    position: dict[int, object] = {1: "N", 2: (52.0, 22.0, 12.0), 3: "E", 4: (4.0, 53.0, 42.0)}

    found = examine(encoded(scene(), exif=exif({}, {}, position)))

    assert found.place == Place(latitude=52.37, longitude=4.895)
    assert "52.37" not in json.dumps(as_json("dent.jpg", found))


def test_a_report_is_one_line_of_json() -> None:
    """What the command line promises to print of a photo that is fine."""
    line = json.loads(json.dumps(as_json("dent.jpg", examine(encoded(scene())))))

    assert {name: line[name] for name in ("file", "ok", "flaws", "flags")} == {
        "file": "dent.jpg",
        "ok": True,
        "flaws": [],
        "flags": [],
    }
    assert line["facts"].keys() >= DOCUMENTED


def test_a_report_names_what_is_wrong() -> None:
    """Flaws by their names; no facts where nothing could be read."""
    assert as_json("bomb.png", examine(png_that_claims(60_000, 60_000))) == {
        "file": "bomb.png",
        "ok": False,
        "flaws": ["too_large"],
        "flags": [],
        "facts": None,
    }


def test_knowing_of_photos_does_not_load_pillow() -> None:
    """``claimbot --help`` is quick."""
    ask = "import sys, claimbot.photos, claimbot.photos.folder; sys.exit('PIL' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0  # noqa: S603  fixed words
