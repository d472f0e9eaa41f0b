"""A claim that is about to be sent, beside what was measured of its photos."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from claimbot.claim import Flag, Place
from claimbot.codec import dump
from claimbot.intake.assessing import assessed
from claimbot.store import KeptFile, Store
from tests.databases import open_store
from tests.fake_bot_api import FakeBotApi
from tests.journeys import POLICY_NUMBER, laid
from tests.pictures import encoded, exif, facts, scene
from tests.store_builders import ANN, BO, NOON, claim

OLD = facts(taken_at="2026-02-01T10:00:00")
DAM = Place(latitude=52.3731, longitude=4.8926)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


def keep(store: Store, name: str, known: str | None, place: Place | None = None) -> None:
    """Keep that Ann sent a photo of which this is known."""
    file = KeptFile(
        sha256=name,
        facts=known,
        media_type="image/jpeg",
        size=1,
        place=None if place is None else dump(place),
    )
    store.keep_file(ANN, file, NOON)


async def test_a_photo_is_flagged_for_what_the_rest_of_the_claim_says(tmp_path: Path) -> None:
    """Beside the flags that it has, each once."""
    sent = claim(
        "CB-1", "a", "b", policy_since=date(2026, 2, 2), place=Place(latitude=48.8, longitude=2.3)
    )
    known = (Flag.SOFT, Flag.TAKEN_BEFORE_POLICY)
    sent = replace(sent, photos=(replace(sent.photos[0], flags=known), sent.photos[1]))
    with open_store("sqlite", tmp_path) as store:
        keep(store, "a", dump(OLD), DAM)
        keep(store, "b", dump(facts()))

        told = await assessed(store, ANN, sent)

    assert told.photos[0].flags == (*known, Flag.TAKEN_ELSEWHERE)
    assert told.photos[1].flags == ()
    assert replace(told, photos=()) == replace(sent, photos=())


async def test_what_is_not_known_of_a_photo_flags_nothing(tmp_path: Path) -> None:
    """No row, another chat's row, no facts, or facts of another version's measuring."""
    sent = claim("CB-1", "a", "b", "c", policy_since=date(2026, 2, 2))
    with open_store("sqlite", tmp_path) as store:
        keep(store, "a", None)
        keep(store, "b", '{"version": 0}')
        keep(store, "c", dump(OLD))

        assert (await assessed(store, ANN, sent)).photos[:2] == sent.photos[:2]
        assert await assessed(store, BO, sent) == sent


async def test_a_camera_that_was_elsewhere_is_for_the_adjuster_to_judge(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """From the EXIF of what was sent to the claim that is queued; the policyholder hears nothing.

    The place itself is in no claim: adjusters' copies do without.
    """
    (tmp_path / "policies.csv").write_text(f"number,since\n{POLICY_NUMBER},2026-03-01\n")
    paris = {1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 8.0)}
    taken = exif({}, {0x9003: "2026:02:20 10:00:00"}, paris)
    with_exif = encoded(scene(seed=b"elsewhere"), exif=taken)
    plain = [encoded(scene(seed=seed)) for seed in (b"two", b"three")]

    policies = f"csv:{tmp_path / 'policies.csv'}?since=since"
    async with laid(api, tmp_path, policies=policies) as table:
        piet = api.user()
        await table.answers(piet, await piet.says(f"hallo, {POLICY_NUMBER}"))
        await table.answers(piet, await piet.sends_location())
        files = [
            await piet.sends_document(data, "photo.jpg", "image/jpeg")
            for data in (with_exif, *plain)
        ]
        told = await table.answers(piet, *files)
        await table.answers(piet, await piet.says("geen"))
        await table.answers(piet, await piet.says("versturen"))
        [stored] = table.app.desk.newest()

    flagged = (Flag.TAKEN_BEFORE_POLICY, Flag.TAKEN_ELSEWHERE)
    assert [photo.flags for photo in stored.claim.photos] == [flagged, (), ()]
    assert stored.claim.place == Place(latitude=52.37, longitude=4.9)
    assert "48.85" not in dump(stored.claim)
    assert "polis" not in "".join(told)
