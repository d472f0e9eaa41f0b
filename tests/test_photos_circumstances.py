"""What the rest of a claim says of a photo."""

from dataclasses import replace
from datetime import date

import pytest

from claimbot.claim import Flag, Place
from claimbot.photos.circumstances import FAR_KM, distance_km, flags_of
from tests.pictures import facts
from tests.queued_claims import rich_claim

UTRECHT = Place(latitude=52.0907, longitude=5.1214)
AMSTERDAM = Place(latitude=52.3731, longitude=4.8926)


@pytest.mark.parametrize(
    ("taken_at", "since", "expected"),
    [
        ("2026-03-30T23:59:59", date(2026, 3, 31), (Flag.TAKEN_BEFORE_POLICY,)),
        ("2026-03-31T00:00:00+02:00", date(2026, 3, 31), ()),
        (None, date(2026, 3, 31), ()),
        ("2020-01-01T00:00:00", None, ()),
    ],
)
def test_a_photo_from_before_the_policy_is_flagged(
    taken_at: str | None, since: date | None, expected: tuple[Flag, ...]
) -> None:
    """By the camera's own day; when either day is not known, nothing is said."""
    claim = replace(rich_claim(0), policy_since=since)

    assert flags_of(facts(taken_at=taken_at), None, claim=claim) == expected


@pytest.mark.parametrize(
    ("place", "reported", "expected"),
    [
        (AMSTERDAM, UTRECHT, (Flag.TAKEN_ELSEWHERE,)),
        (UTRECHT, Place(latitude=52.2, longitude=5.1), ()),
        (None, UTRECHT, ()),
        (UTRECHT, None, ()),
    ],
)
def test_a_photo_from_far_away_is_flagged(
    place: Place | None, reported: Place | None, expected: tuple[Flag, ...]
) -> None:
    """Utrecht and Amsterdam are two towns, 35 km apart; the next village is not far."""
    claim = replace(rich_claim(0), place=reported)

    assert flags_of(facts(), place, claim=claim) == expected


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        (UTRECHT, AMSTERDAM, 35.1),
        (UTRECHT, UTRECHT, 0),
        (Place(latitude=0, longitude=-179.9), Place(latitude=0, longitude=179.9), 22.2),
        (Place(latitude=90, longitude=0), Place(latitude=-90, longitude=123), 20_015.1),
    ],
)
def test_a_distance_is_the_crows(one: Place, other: Place, kilometres: float) -> None:
    """Also across the date line and from pole to pole."""
    assert distance_km(one, other) == pytest.approx(kilometres, abs=0.1)
    assert distance_km(other, one) == distance_km(one, other)
    assert distance_km(UTRECHT, AMSTERDAM) > FAR_KM
