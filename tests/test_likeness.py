"""Pictures are compared by their hashes, and the keys of an index miss none that is alike."""

from functools import cache
from itertools import groupby
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from claimbot.claim import NEAR_DUPLICATE_BITS
from claimbot.likeness import BANDS, BITS, SIDE, alike, distance, forms, keys, lookups
from claimbot.photos.examination import examine
from tests.pictures import encoded

CAR = Path(__file__).parent.parent / "fixtures" / "photos" / "car.jpg"
FLAT = f"{1 << BITS - 1:064x}"  # of a picture of one shade: only the first wave, no wave at all
NOTHING = "0" * 64

hashes = st.integers(0, (1 << BITS) - 1).map("{:064x}".format)
a_few_places = st.sets(st.integers(0, BITS - 1), max_size=NEAR_DUPLICATE_BITS)
a_form = st.integers(0, 7)


def changed(phash: str, places: set[int]) -> str:
    """Return a hash with the bits at these places changed, counted from the least."""
    return f"{int(phash, 16) ^ sum(1 << place for place in places):064x}"


def comes_upon(ours: str, theirs: str, within: int = NEAR_DUPLICATE_BITS) -> bool:
    """Tell whether looking for our hash in an index comes upon theirs."""
    both = zip(lookups(ours, within), keys(theirs), strict=True)
    return any(key in wanted for wanted, key in both)


def drawn(phash: str) -> list[str]:
    """Return the eight forms of a hash as one would draw them: a square of signs, row by row."""
    text = f"{int(phash, 16):0{BITS}b}"
    square = [[int(text[v * SIDE + u]) for u in range(SIDE)] for v in range(SIDE)]
    found = []
    for signs in (square, [list(column) for column in zip(*square, strict=True)]):
        for left_right, top_bottom in ((0, 0), (1, 0), (0, 1), (1, 1)):
            bits = "".join(
                str(signs[v][u] ^ (left_right & u) % 2 ^ (top_bottom & v) % 2)
                for v in range(SIDE)
                for u in range(SIDE)
            )
            found.append(f"{int(bits, 2):064x}")
    return found


@cache
def band_of(place: int) -> int:
    """Return the band in which a place lies: no other key depends on its bit."""
    both = zip(keys(NOTHING), keys(changed(NOTHING, {place})), strict=True)
    [band] = (number for number, (one, other) in enumerate(both) if one != other)
    return band


def test_the_distance_is_the_number_of_bits_that_differ() -> None:
    """It counts bits, not digits."""
    assert distance(NOTHING, NOTHING) == 0
    assert distance("0" * 63 + "f", NOTHING) == 4
    assert distance("f" * 64, NOTHING) == 256


@pytest.mark.parametrize("turn", list(Image.Transpose))
def test_a_turned_or_mirrored_photo_has_one_of_the_forms(turn: Image.Transpose) -> None:
    """The bits alone tell how a picture would look from every side."""
    picture = Image.open(CAR)
    upright = examine(encoded(picture)).photo.phash
    turned = examine(encoded(picture.transpose(turn))).photo.phash
    assert upright is not None
    assert turned is not None

    nearest = min(distance(form, turned) for form in forms(upright)[1:])

    assert nearest <= NEAR_DUPLICATE_BITS < distance(upright, turned)


@given(hashes)
@example(FLAT)
def test_the_forms_are_the_four_rotations_and_their_mirror_images(phash: str) -> None:
    """The first is the picture itself, and a form's forms are the picture's."""
    assert forms(phash) == tuple(drawn(phash))
    assert forms(phash)[0] == phash
    assert {frozenset(forms(form)) for form in forms(phash)} == {frozenset(forms(phash))}


def test_the_keys_are_those_by_which_photos_were_kept() -> None:
    """An index that was filled with other keys finds nothing: change them with a migration."""
    phash = "bd41f8a3c96e027d54e0b19f7a36c2d885f10e4b9c7d23a6f8410c5eb7923d6a"

    assert keys(phash) == (
        1_960_899,
        805_302,
        306_796,
        1_514_028,
        116_044,
        221_863,
        978_022,
        389_139,
        73_372,
        2_711_108,
        1_641_635,
        437_496,
    )


@given(hashes, a_few_places, a_form)
@example(FLAT, set(range(NEAR_DUPLICATE_BITS)), 5)
def test_no_picture_that_is_alike_is_missed(phash: str, places: set[int], form: int) -> None:
    """Whichever 24 bits differ, and however it is turned."""
    other = forms(changed(phash, places))[form]

    assert comes_upon(phash, other)
    assert [found for _, found, _ in alike(phash, [("it", bytes.fromhex(other))], 24)] == ["it"]


@given(hashes, a_form, st.randoms(use_true_random=False))
def test_changes_that_are_spread_over_the_bands_are_not_missed(
    phash: str, form: int, dice: Random
) -> None:
    """Two in every band are the 24 that are hardest to find."""
    places = sorted(range(BITS), key=band_of)
    bands = [list(places) for _, places in groupby(places, key=band_of)]

    spread = {place for band in bands for place in dice.sample(band, 2)}

    assert len(spread) == 2 * BANDS == NEAR_DUPLICATE_BITS
    assert comes_upon(phash, forms(changed(phash, spread))[form])


@given(hashes, st.integers(0, 36), st.data())
def test_the_keys_find_up_to_any_distance(phash: str, within: int, data: st.DataObject) -> None:
    """Another limit needs other look-ups, not another index."""
    places = st.sets(st.integers(0, BITS - 1), max_size=within)

    assert comes_upon(phash, changed(phash, data.draw(places)), within)


@given(hashes, st.sets(st.integers(0, BITS - 1), max_size=40), a_form)
@example(NOTHING, set(range(NEAR_DUPLICATE_BITS + 1)), 0)
def test_what_is_alike_is_told_by_its_nearest_form(
    phash: str, places: set[int], form: int
) -> None:
    """With how near it is and whether it is turned; what is farther than the limit is not told."""
    other = drawn(changed(phash, places))[form]
    nearest = min(distance(one, other) for one in drawn(phash))

    found = list(alike(phash, [("it", bytes.fromhex(other))], NEAR_DUPLICATE_BITS))

    turned = distance(phash, other) > nearest
    assert found == ([(nearest, "it", turned)] if nearest <= NEAR_DUPLICATE_BITS else [])


@given(hashes)
@example(FLAT)
def test_a_search_has_a_bounded_number_of_keys(phash: str) -> None:
    """However many photos there are."""
    assert sum(map(len, lookups(phash, NEAR_DUPLICATE_BITS))) <= 633
