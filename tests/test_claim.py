"""What a claim is made of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from claimbot.claim import (
    NEAR_DUPLICATE_BITS,
    Amendment,
    Claim,
    Draft,
    Photo,
    PolicyNumber,
    Priority,
    Standing,
)
from tests.builders import NOON, NUMBER, REFERENCE, digest, form, photo, sent


def hashed(name: str, phash: int) -> Photo:
    """Return a photo of which only the hash of its picture matters."""
    return Photo(sha256=digest(name), phash=f"{phash:064x}")


def test_photos_look_alike_when_few_bits_differ() -> None:
    """Recompression moves some bits; another photo moves many more."""
    limit = (1 << NEAR_DUPLICATE_BITS) - 1

    assert hashed("a", 0).looks_like(hashed("b", limit))
    assert not hashed("a", 0).looks_like(hashed("b", 2 * limit + 1))


def test_photos_without_a_hash_are_compared_by_their_bytes() -> None:
    """Whatever has the same bytes shows the same."""
    bare = Photo(sha256=digest("a"))

    assert bare.looks_like(Photo(sha256=digest("a"), phash="0" * 64))
    assert not bare.looks_like(hashed("b", 0))
    assert not hashed("b", 0).looks_like(bare)


def test_a_draft_is_complete_with_number_photos_and_an_answer_about_the_form() -> None:
    """Each of them is needed; "no form" is an answer."""
    number = PolicyNumber(number=NUMBER, standing=Standing.UNVERIFIED)
    three = tuple(photo(name) for name in "abc")

    assert Draft(policy_number=number, photos=three, form_settled=True).is_complete
    assert not Draft(photos=three, form_settled=True).is_complete
    assert not Draft(policy_number=number, photos=three[:2], form_settled=True).is_complete
    assert not Draft(policy_number=number, photos=three, form=(form(),)).is_complete


def test_a_draft_is_empty_until_something_is_given() -> None:
    """A remark or an injury counts as something."""
    assert Draft().is_empty
    assert not Draft(remarks=("een deuk",)).is_empty
    assert not Draft(priority=Priority.HURT).is_empty


@pytest.mark.parametrize(
    ("priority", "wait"),
    [
        (Priority.HURT, timedelta(minutes=15)),
        (Priority.NOT_DRIVABLE, timedelta(hours=4)),
        (Priority.NORMAL, timedelta(days=1)),
    ],
)
def test_a_claim_is_due_as_soon_as_it_is_urgent(priority: Priority, wait: timedelta) -> None:
    """The hurt wait least."""
    claim = Claim(
        reference=REFERENCE,
        language="nl",
        policy_number=NUMBER,
        photos=(),
        form=(),
        remarks=(),
        priority=priority,
        flags=(),
        submitted_at=NOON,
    )

    assert claim.due_at == datetime(2026, 3, 2, 12, 0, tzinfo=UTC) + wait


def test_a_claim_is_joined_by_photos_files_and_words() -> None:
    """A photo in another's place or behind the others; what is there already not twice."""
    was = sent().claims[0]
    instead = Amendment(reference=REFERENCE, photo=photo("anew"), slot=2)
    extra = Amendment(reference=REFERENCE, photo=photo("wheel"))
    file = Amendment(reference=REFERENCE, file=form(), words="de velg")

    now = was
    for more in (instead, extra, extra, file, file):
        now = now.amended(more)

    assert now.photos == (*map(photo, ("car", "anew", "close", "wheel")),)
    assert now.form == (form(),)
    assert now.remarks == ("de velg", "de velg")
    assert replace(now, photos=was.photos, form=(), remarks=()) == was
