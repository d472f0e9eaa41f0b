"""Which photos are refused, and what the adjuster is told."""

from datetime import date

import pytest

from claimbot.claim import Flag, Flaw
from claimbot.photos.judge import judge
from tests.pictures import GOOD, facts

TODAY = date(2026, 3, 31)

SMALL = {"width": 600, "height": 479}
BLANK = {"p1": 100, "p99": 111}
DARK = {"p1": 0, "p5": 1, "p95": 59, "p99": 70}
GLARING = {"share_clipped_high": 0.81}
PALE = {"p5": 201}
BLURRED = {"block": 89.9, "reblur": 0.49}


def test_a_good_photo_has_nothing_to_remark() -> None:
    """No flaw, no flag; missing EXIF is neutral."""
    assert judge(GOOD, today=TODAY) == ((), ())


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        (SMALL, Flaw.TOO_SMALL),
        (BLANK, Flaw.BLANK),
        (DARK, Flaw.DARK),
        (GLARING, Flaw.OVEREXPOSED),
        (PALE, Flaw.OVEREXPOSED),
        (BLURRED, Flaw.BLURRED),
    ],
)
def test_a_photo_that_cannot_be_used_is_refused(changes: dict[str, object], flaw: Flaw) -> None:
    """Each flaw alone is found and named."""
    assert judge(facts(**changes), today=TODAY)[0] == (flaw,)


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 480, "height": 480},
        {"p1": 100, "p99": 112},
        {"p95": 60},
        {"share_clipped_high": 0.80, "p5": 200},
        {"block": 90.0, "reblur": 0.1},
        {"block": 0.0, "reblur": 0.50},
    ],
    ids=["size", "spread", "dark", "bright", "sharp place", "sharp everywhere"],
)
def test_a_photo_on_the_threshold_is_taken(changes: dict[str, object]) -> None:
    """The benefit of the doubt is the policyholder's."""
    assert judge(facts(**changes), today=TODAY)[0] == ()


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        (SMALL | BLANK | DARK | BLURRED, Flaw.TOO_SMALL),
        (BLANK | {"p95": 20} | BLURRED, Flaw.BLANK),
        (DARK | BLURRED, Flaw.DARK),
        (PALE | BLURRED, Flaw.OVEREXPOSED),
    ],
)
def test_only_the_first_flaw_is_named(changes: dict[str, object], flaw: Flaw) -> None:
    """Small and dark photos look blurred; telling people to hold still would not help them."""
    assert judge(facts(**changes), today=TODAY)[0] == (flaw,)


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"block": 179.0}, Flag.SOFT),
        ({"reblur": 0.45}, Flag.SOFT),
        ({"mean": 39.0}, Flag.DIM),
        ({"mean": 216.0}, Flag.BRIGHT),
        ({"height": 719}, Flag.SMALL),
        ({"share_flat": 0.71}, Flag.SCREENSHOT),
        ({"is_screenshot": True}, Flag.SCREENSHOT),
        ({"software": "Adobe Photoshop 25.1 (Windows)"}, Flag.EDITED),
        ({"taken_at": "2026-02-28T23:59:00"}, Flag.TAKEN_LONG_AGO),
        ({"taken_at": "2019-06-01T12:00:00+02:00"}, Flag.TAKEN_LONG_AGO),
    ],
)
def test_what_is_odd_is_a_note_to_the_adjuster(changes: dict[str, object], flag: Flag) -> None:
    """A flag refuses nothing: the photo is taken."""
    assert judge(facts(**changes), today=TODAY) == ((), (flag,))


@pytest.mark.parametrize(
    "software",
    ["GIMP 2.10.34", "Snapseed 2.0", "Adobe Lightroom 7.2", "PicsArt", "paint.net 5", "Canva"],
)
def test_editors_are_known_by_name(software: str) -> None:
    """Programs that policyholders have at hand, in any spelling of capitals."""
    assert Flag.EDITED in judge(facts(software=software), today=None)[1]


@pytest.mark.parametrize(
    "software", ["G991BXXU5CVF1", "HDR+ 1.0.585804401zd", "17.4.1", "MediaTek Camera Application"]
)
def test_a_phones_firmware_is_no_editor(software: str) -> None:
    """Every phone writes its own version where an editor would write its name."""
    assert judge(facts(software=software), today=None) == ((), ())


@pytest.mark.parametrize("taken_at", ["2026-03-01T00:00:00", "2026-03-31T10:00:00", "2030-01-01"])
def test_a_photo_of_these_days_is_not_old(taken_at: str) -> None:
    """Up to 30 days are usual; a clock that is ahead says nothing about age."""
    assert judge(facts(taken_at=taken_at), today=TODAY) == ((), ())


def test_age_is_left_out_without_a_day() -> None:
    """Only the caller knows what day it is."""
    assert judge(facts(taken_at="1999-01-01T00:00:00"), today=None) == ((), ())
