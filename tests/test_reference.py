"""The claim reference can be read out, typed back carelessly, and never names another claim."""

import re
import secrets
from collections.abc import Iterator

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from claimbot.reference import ALPHABET, NUMBERS, make_reference, parse_reference

CANONICAL = re.compile(r"CB-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
CHARACTERS = tuple(place for place in range(12) if place not in {2, 7})  # all but the hyphens


def reference_of(number: int) -> str:
    """Return the reference of a number, or of the next one that has an ordinary check."""
    draws: Iterator[int] = iter(range(number, number + 6))
    return make_reference(lambda limit: next(draws) % limit)


references = st.integers(0, NUMBERS - 1).map(reference_of)


@given(references)
def test_a_reference_is_prefix_and_two_groups_of_four(reference: str) -> None:
    """Every reference has the one form that the receipt shows, without I, L, O and U."""
    assert CANONICAL.fullmatch(reference)


@given(references)
def test_a_reference_is_read_back_as_itself(reference: str) -> None:
    """What was written is read."""
    assert parse_reference(reference) == reference


@given(references, st.sampled_from(CHARACTERS), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(reference: str, place: int, wrong: str) -> None:
    """A single mistyped character never leads to another claim, wherever it stands."""
    assume(reference[place] != wrong)

    assert parse_reference(reference[:place] + wrong + reference[place + 1 :]) is None


@given(references, st.sampled_from(range(len(CHARACTERS) - 1)))
def test_two_neighbours_swapped_are_noticed(reference: str, place: int) -> None:
    """Swapping two characters next to each other, also around a hyphen, is never taken."""
    squeezed = reference.replace("-", "")
    swapped = squeezed[:place] + squeezed[place + 1] + squeezed[place] + squeezed[place + 2 :]
    assume(swapped != squeezed)

    assert parse_reference(swapped) is None


@pytest.mark.parametrize(
    "typed",
    [
        "cb-7k3m-q21w",
        "CB7K3MQ21W",
        " cb 7k3m q2lw ",
        "CB-7K3M-Q2IW",
        "cb\u20117k3m\u2011q21w",
        "\uff23\uff22-7K3M-Q21W.",
        "CB – 7K3M – Q21W",  # noqa: RUF001 -- phones turn " - " into an en dash
    ],
)
def test_a_reference_may_be_typed_carelessly(typed: str) -> None:
    """Case, spaces, hyphens of any kind, and I or L for 1 do not matter."""
    assert parse_reference(typed) == "CB-7K3M-Q21W"


def test_the_letter_o_is_read_as_zero() -> None:
    """Nobody can see the difference on a phone."""
    assert parse_reference("CB-OOOO-OOOO") == "CB-0000-0000"


@pytest.mark.parametrize(
    "typed", ["", "CB", "7K3M-Q21W", "CB-7K3M-Q21", "CB-7K3M-Q21WP", "CB-7K3U-Q21W", "123456789"]
)
def test_what_is_not_a_reference_is_not_read_as_one(typed: str) -> None:
    """The prefix and all eight characters are needed, and U is not one of them."""
    assert parse_reference(typed) is None


@given(st.text())
def test_whatever_is_typed_is_a_reference_or_nothing(typed: str) -> None:
    """Parsing never raises, and never returns anything but the one form."""
    told = parse_reference(typed)

    assert told is None or CANONICAL.fullmatch(told)


def test_a_number_without_an_ordinary_check_is_drawn_again() -> None:
    """The check characters that cannot be typed everywhere are never used."""
    draws = iter([32, 33, 34, 35, 36, 37])

    assert make_reference(lambda _: next(draws)) == "CB-0000-0150"


def test_chance_has_thirty_five_bits() -> None:
    """The whole range is asked for, so that references cannot be guessed one from another."""
    asked: list[int] = []

    def draw(limit: int) -> int:
        asked.append(limit)
        return secrets.randbelow(limit)

    make_reference(draw)

    assert set(asked) == {2**35}
