"""What is promised of whatever is sent as a photo, honest or not."""

import json
import re
from dataclasses import asdict
from datetime import date, datetime
from itertools import pairwise
from time import process_time

from claimbot.claim import UNREADABLE, Place
from claimbot.codec import load
from claimbot.photos.examination import Examined, Measured, as_json, examine
from claimbot.photos.exif import LONGEST_TEXT
from claimbot.photos.measure import Facts
from claimbot.photos.opening import FORMATS

TODAY = date(2026, 3, 1)
MOST_SECONDS = 4.0  # of one core


def keeps_its_promises(data: bytes) -> Examined:
    """Return the verdict on bytes of any kind, of which everything holds that is promised."""
    before = process_time()
    examined = examine(data, today=TODAY)
    assert process_time() - before < MOST_SECONDS

    is_as_promised(examined, len(data))
    assert examine(data, today=TODAY) == examined
    if examined.facts is not None:
        seen = Measured(facts=examined.facts, place=examined.place)
        assert load(Measured, json.dumps(asdict(seen))) == seen  # as it comes out of a child
    return examined


def is_as_promised(examined: Examined, size: int) -> None:
    """Check a verdict on so many bytes."""
    photo, facts = examined.photo, examined.facts
    said = json.dumps(as_json("photo", examined), allow_nan=False)
    assert json.loads(said)["ok"] is (not photo.flaws)
    assert len(photo.flaws) <= 1
    if facts is None:
        assert UNREADABLE.issuperset(photo.flaws)
        assert (len(photo.flaws), photo.flags) == (1, ())
        assert (photo.phash, examined.place) == (None, None)
    else:
        assert UNREADABLE.isdisjoint(photo.flaws)
        assert (photo.sha256, photo.phash) == (facts.sha256, facts.phash)
        _are_within_range(facts, size)
        _is_on_earth(examined.place)


def _are_within_range(facts: Facts, size: int) -> None:
    assert facts.format in FORMATS
    assert facts.bytes == size
    assert facts.width >= 1
    assert facts.height >= 1
    assert facts.orientation in range(1, 9)
    for text in (facts.camera, facts.software):
        assert text is None or (text.isprintable() and 1 <= len(text) <= 2 * LONGEST_TEXT + 1)
    if facts.taken_at is not None:
        datetime.fromisoformat(facts.taken_at)
    levels = (0, facts.p1, facts.p5, facts.p95, facts.p99, 255)
    assert all(low <= high for low, high in pairwise(levels))
    assert 0 <= facts.mean <= 255
    assert facts.block >= 0
    shares = (facts.share_clipped_low, facts.share_clipped_high, facts.share_flat)
    assert all(0 <= share <= 1 for share in (facts.reblur, *shares))
    assert re.fullmatch(r"[0-9a-f]{64}", facts.phash)


def _is_on_earth(place: Place | None) -> None:
    if place is not None:
        assert -90 <= place.latitude <= 90
        assert -180 <= place.longitude <= 180
