"""Dutch plates are found in what was read, however it was written, and nothing else is."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claimbot.extras.plates import find_plates
from claimbot.policy_number.lookalikes import DUTCH_PLATES
from tests.plates import SIDECODES


@st.composite
def plates(draw: st.DrawFn) -> str:
    """Draw a plate of any sidecode, of letters that are in use since the fourth."""
    kinds = {"X": "BDFGHJKLNPRSTVXZ", "9": "0123456789", "-": "-"}
    shape = draw(st.sampled_from(DUTCH_PLATES))
    return "".join(draw(st.sampled_from(kinds[kind])) for kind in shape)


def shape_of(plate: str) -> str:
    """Return the sidecode's shape that a plate has."""
    return "".join("X" if c.isalpha() else "9" if c.isdigit() else c for c in plate)


def test_the_drawn_plates_are_one_of_each_sidecode() -> None:
    """So that what is said of them is said of all fourteen."""
    assert tuple(map(shape_of, SIDECODES)) == DUTCH_PLATES


@given(plates())
@example("NLB-00-B")  # begins as the country's sign does
def test_a_plate_is_found_with_its_hyphens(plate: str) -> None:
    """Whichever sidecode and whatever stands around it."""
    for line in (plate, f"NL {plate}", f"kenteken: {plate}.", plate.lower(), f"IMG_{plate}_2.jpg"):
        assert find_plates([line]) == (plate,)


@pytest.mark.parametrize("plate", SIDECODES[2:])
def test_a_plate_is_found_without_its_hyphens(plate: str) -> None:
    """The reader of small plates leaves them out, or takes them for dots."""
    bare = plate.replace("-", "")

    for line in (bare, f"NL{bare}", plate.replace("-", "."), plate.replace("-", " ")):
        assert find_plates([line]) == (plate,)


@pytest.mark.parametrize(
    ("read", "plate"),
    [
        ("4S-BKL-2", "45-BKL-2"),
        ("45-8KL-2", "45-BKL-2"),
        ("4S-8KL-2", "45-BKL-2"),
        ("O1-BB-BB", "01-BB-BB"),
        ("8B-123-B", "BB-123-B"),
        ("GK-3I-LN", "GK-31-LN"),
        ("GK-O4-2N", "GK-04-ZN"),
        ("H34JK1", "H-34-JKL"),
    ],
)
def test_a_character_that_was_misread_is_set_right(read: str, plate: str) -> None:
    """A letter where the sidecode has a digit, or the other way round."""
    assert find_plates([read]) == (plate,)


@pytest.mark.parametrize(
    "read",
    [
        "0B-12-BB",  # DB-12-BB or a semi-trailer's OB-12-BB
        "A1-23-45",  # AI-23-45 or AL-23-45
        "OO-OO-OO",
        "58-22-50",
    ],
)
def test_what_may_be_several_plates_is_none(read: str) -> None:
    """A wrong plate would be worse than no plate."""
    assert find_plates([read]) == ()


@pytest.mark.parametrize(
    "line",
    [
        *("1234 AB", "1234AB", "AB1234", "02-03-2026 09:20", "06-12-34-56-78", "1-MRT-26"),
        *("12 km 33", "CB-7K3M-Q2X4", "123456789", "HOLLAND", "SCHADE", "GOLF16", "X-0000-XX"),
        *("45-BKL-2-3", "A45-BKL-2", "ADXH61", "AE-12-IO-3", "1-AEI-23", "12-AB", "", "- - -"),
    ],
)
def test_other_things_with_letters_and_digits_are_no_plates(line: str) -> None:
    """Postcodes, dates, telephone numbers, claim references and names."""
    assert find_plates([line]) == ()


def test_plates_are_told_in_order_and_once() -> None:
    """A claim form names two cars; a plate may be on the car and in its window."""
    lines = ["8 registration 90-FGH-1", "8 registration: X-000-XX", "90FGH1"]

    assert find_plates(lines) == ("90-FGH-1", "X-000-XX")


@given(st.lists(st.text()))
def test_whatever_was_read_every_plate_has_a_sidecode(lines: list[str]) -> None:
    """Nothing that is no plate is called one."""
    assert all(shape_of(plate) in DUTCH_PLATES for plate in find_plates(lines))
