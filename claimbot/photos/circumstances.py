"""What the rest of a claim says of a photo: taken before the policy began, or far away.

Rules only, over facts that were measured when the photo came in: by then nobody knew which policy
it was for.  What they find is a flag; a camera's clock may be wrong, a phone's position old.
"""

from datetime import date
from math import asin, cos, radians, sin, sqrt

from claimbot.claim import Claim, Flag, Place
from claimbot.photos.measure import Facts

EARTH_KM = 6371.0  # mean radius
FAR_KM = 25  # beyond the next town: who reports from home was still at the car not long ago


def flags_of(facts: Facts, place: Place | None, *, claim: Claim) -> tuple[Flag, ...]:
    """Return what the adjuster should know of a photo beside the claim that it is part of.

    Args:
        facts: What was measured of the photo.
        place: Where it was taken, as its EXIF says.
        claim: The claim.
    """
    noted = {
        Flag.TAKEN_BEFORE_POLICY: _taken_before(facts, claim.policy_since),
        Flag.TAKEN_ELSEWHERE: _taken_far_from(place, claim.place),
    }
    return tuple(flag for flag, applies in noted.items() if applies)


def _taken_before(facts: Facts, since: date | None) -> bool:
    if facts.taken_at is None or since is None:
        return False
    return date.fromisoformat(facts.taken_at[:10]) < since


def _taken_far_from(place: Place | None, reported: Place | None) -> bool:
    if place is None or reported is None:
        return False
    return distance_km(place, reported) > FAR_KM


def distance_km(one: Place, other: Place) -> float:
    """Return the distance between two places as the crow flies, in kilometres.

    Source: the haversine formula; the earth as a sphere is at most 0.6 % off.
    """
    north, north_too = radians(one.latitude), radians(other.latitude)
    up, along = north_too - north, radians(other.longitude - one.longitude)
    chord = sin(up / 2) ** 2 + cos(north) * cos(north_too) * sin(along / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))
