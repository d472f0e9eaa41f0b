"""How alike two pictures are by their perceptual hashes, and by which keys an index finds them.

A hash is 64 hexadecimal digits: 16 x 16 bits, row by row, the most significant first.  The bit at
``(v, u)`` tells of the wave with ``v`` half periods from top to bottom and ``u`` from left to
right.  To mirror a picture left to right inverts the bits of odd ``u``, top to bottom those of odd
``v``; to swap its axes swaps ``u`` and ``v``.  The eight forms of a picture, four rotations of it
and of its mirror image, are what these three make of it.

**Nothing alike is missed.**  The 256 places are cut into `BANDS` bands.  Of two hashes that differ
in at most 24 bits, at least one band differs in at most one bit, or the first in at most two: else
there were 11 x 2 + 3 = 25.  So it is enough to look up, in each band, its bits and whatever one
bit's change (two in the first) makes of them.

**All eight forms are found at once.**  A band keeps to one parity of ``v`` and of ``u``, so that a
mirror inverts all its bits or none.  If both are even, or both odd, ``(v, u)`` and ``(u, v)`` lie
in the same band; its key, the least of its values in the eight forms, is the same for all of them.
Else swapping the axes leads to another band; the key is the least value in the four mirrors, and
what is looked up is ours and ours with the axes swapped.  If a form of ours differs from theirs in
a few bits of a band, so does ours from a form of theirs: ours with those bits changed has the key
of theirs.

**Few others are met.**  A band has two or four values in the eight forms, and not eight; and the
low frequencies, which depend on each other in real photos, are dealt over the bands.  Among a
million photos, a search with its 632 keys meets 590 others if all bits are random, and 650 by the
hashes of 6,314 cuttings from 154 real photos.

Source: Norouzi, Punjani, Fleet, "Fast search in Hamming space with multi-index hashing", CVPR
2012, for the bands.  Whoever changes them must fill the index anew, by a migration.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations, product
from operator import itemgetter, xor
from typing import NamedTuple, TypeVar

SIDE = 16
BITS = SIDE * SIDE
BANDS = 12  # 13, with 253 keys, met 1,840 others
_ODD_U = int("5555" * SIDE, 16)
_ODD_V = int("0000ffff" * (SIDE // 2), 16)
_EVEN = int("aaaa0000" * (SIDE // 2), 16)
_MIRRORS = (0, _ODD_U, _ODD_V, _ODD_U ^ _ODD_V)

T = TypeVar("T")


def distance(one: str, other: str) -> int:
    """Return in how many of their 256 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def forms(phash: str) -> tuple[str, ...]:
    """Return the hashes of a picture turned and mirrored in all eight ways, as it is first."""
    return tuple(f"{form:064x}" for form in _forms(phash))


def alike(
    phash: str, others: Iterable[tuple[T, bytes]], within: int
) -> Iterator[tuple[int, T, bool]]:
    """Yield those of ``others`` of which a form is alike, each with the distance of its nearest.

    Args:
        phash: The hash that they are compared with.
        others: Each with its hash, 32 bytes.
        within: The distance up to which they are alike.

    Yields:
        The distance, the other, and whether it is turned or mirrored.
    """
    ours = _forms(phash)
    upright, swapped = ours[:: len(_MIRRORS)]
    for other, hashed in others:
        theirs = int.from_bytes(hashed)
        # No mirror changes the even waves, and in them alone most pictures differ too much.
        if ((upright ^ theirs) & _EVEN).bit_count() > within and (
            (swapped ^ theirs) & _EVEN
        ).bit_count() > within:
            continue
        distances = [(form ^ theirs).bit_count() for form in ours]
        nearest = min(distances)
        if nearest <= within:
            yield nearest, other, distances[0] > nearest


def keys(phash: str) -> tuple[int, ...]:
    """Return the key of each band, under which the index keeps a picture."""
    return tuple(min(values[0]) for values in _values(phash))


def lookups(phash: str, within: int) -> tuple[list[int], ...]:
    """Return for each band the keys under which the index has all that is alike, and some else.

    Args:
        phash: The hash of which any form is looked for.
        within: The distance up to which it is found for certain.
    """
    return tuple(
        sorted({min(map(xor, some, change)) for some in values for change in changes})
        for values, changes in zip(_values(phash), _changes(within), strict=True)
    )


def _forms(phash: str) -> list[int]:
    upright = int(phash, 16)
    return [bits ^ mirror for bits in (upright, _swapped(upright)) for mirror in _MIRRORS]


def _swapped(bits: int) -> int:
    rows = f"{bits:0{BITS}b}"
    return int("".join(rows[u::SIDE] for u in range(SIDE)), 2)


class _Band(NamedTuple):
    """Some of the places, ``v * 16 + u``; the first is the highest bit of the band's value."""

    places: tuple[int, ...]
    mirrors: tuple[int, ...]  # what each mirror inverts of the value
    is_symmetric: bool  # its places are the same with the axes swapped


@cache
def _bands() -> tuple[_Band, ...]:
    waves = sorted(product(range(SIDE), repeat=2), key=lambda wave: wave[0] ** 2 + wave[1] ** 2)
    bands = []
    for parity in product((1, 0), repeat=2):
        dealt: list[list[int]] = [[] for _ in range(BANDS // 4)]
        is_symmetric = parity in {(0, 0), (1, 1)}
        for v, u in waves:
            if (v % 2, u % 2) == parity and (v <= u or not is_symmetric):
                together = ((v, u), (u, v)) if is_symmetric and v < u else ((v, u),)
                min(dealt, key=len).extend(v * SIDE + u for v, u in together)
        for places in dealt:
            mirrors = (0, (1 << len(places)) - 1) if any(parity) else (0,)
            bands.append(_Band(tuple(places), mirrors, is_symmetric))
    return tuple(bands)


@cache
def _cutters() -> tuple[Callable[[str], tuple[str, ...]], ...]:
    return tuple(itemgetter(*band.places) for band in _bands())


def _cut(bits: int) -> list[int]:
    """Return the value of each band."""
    text = f"{bits:0{BITS}b}"
    return [int("".join(cutter(text)), 2) for cutter in _cutters()]


def _values(phash: str) -> list[list[list[int]]]:
    """Return each band's values in the forms, together those of which the least is one key."""
    upright = int(phash, 16)
    found = []
    for band, own, swapped in zip(_bands(), _cut(upright), _cut(_swapped(upright)), strict=True):
        sides = [[value ^ mirror for mirror in band.mirrors] for value in (own, swapped)]
        found.append([sides[0] + sides[1]] if band.is_symmetric else sides)
    return found


@cache
def _changes(within: int) -> list[list[tuple[int, ...]]]:
    """Return for each band the changes to look up: what each is in the values of `_values`.

    Were band ``n`` to differ in more than ``radius[n]`` bits, for every ``n``, the hashes would
    differ in at least ``sum(radius[n] + 1)`` bits, which is ``within + 1``.
    """
    each, left_over = divmod(within + 1, BANDS)
    found = []
    for number, band in enumerate(_bands()):
        radius = each - 1 + (number < left_over)
        bits = {place: 1 << low for low, place in enumerate(reversed(band.places))}
        changes = []
        for count in range(radius + 1):
            for places in combinations(band.places, count):
                change = (sum(bits[place] for place in places),) * len(band.mirrors)
                if band.is_symmetric:
                    swapped = sum(bits[place % SIDE * SIDE + place // SIDE] for place in places)
                    change += (swapped,) * len(band.mirrors)
                changes.append(change)
        found.append(changes)
    return found
