"""A photo that another claim has too is seen, whatever was done to it; no other is."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select

from claimbot.claim import NEAR_DUPLICATE_BITS, Claim, Flag, FormFile, Photo, Sighting
from claimbot.codec import dump
from claimbot.likeness import BITS, distance, forms
from claimbot.store import Store, claims, schema, sightings
from claimbot.store.tables import claim as claim_table
from claimbot.store.tables import picture
from tests.builders import digest
from tests.databases import DATABASES, empty_database, is_waited_for, open_store
from tests.store_builders import ANN, BO, MINUTE, NOON, claim, turn

SEEN = Flag.SEEN_IN_ANOTHER_CLAIM
MIRRORED = 1  # of `likeness.forms`


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def looks(picture: str, changes: int = 0, *, form: int = 0) -> Photo:
    """Return a photo of this picture, in a form of it and with so many bits changed."""
    places = Random(f"{picture} {changes}").sample(range(BITS), changes)  # noqa: S311
    bits = int(digest(picture), 16) ^ sum(1 << place for place in places)
    phash = forms(f"{bits:064x}")[form]
    return Photo(sha256=digest(f"{picture} {changes} {form}"), phash=phash)


def submit(store: Store, reference: str, *photos: Photo, **told: object) -> Claim:
    """Submit a claim with these photos; return it as it was kept."""
    new = claim(reference, photos=photos, **told)
    store.write(lambda tx: claims.submit(tx, ANN, new, NOON))
    return store.claim(reference).claim


def amend(store: Store, reference: str, *photos: Photo) -> Claim:
    """Put these photos in the place of a claim's; return it as it was kept."""
    now = replace(store.claim(reference).claim, photos=photos)
    store.write(lambda tx: claims.amend(tx, now))
    return store.claim(reference).claim


def told(found: Claim) -> list[tuple[str, int]]:
    """Return where a claim's photos are seen, and at which distance."""
    return [(sighting.reference, sighting.distance) for sighting in found.sightings]


def kept_pictures(store: Store) -> int:
    """Return how many pictures are kept."""
    return len(store.read(lambda tx: tx.execute(select(picture.c.id)).all()))


def test_a_photo_that_another_claim_has_is_described(store: Store) -> None:
    """Which photo, which claim, how near, and whether theirs was turned or mirrored."""
    submit(store, "CB-1", looks("car"), looks("door", form=MIRRORED), looks("wheel"))
    again, door, other = looks("car"), looks("door", NEAR_DUPLICATE_BITS), looks("other")

    found = submit(store, "CB-2", again, door, other)

    assert found.sightings == (
        Sighting(sha256=again.sha256, reference="CB-1", distance=0, exact=True, turned=False),
        Sighting(sha256=door.sha256, reference="CB-1", distance=24, exact=False, turned=True),
    )
    assert [photo.flags for photo in found.photos] == [(SEEN,), (SEEN,), ()]
    assert store.claim("CB-1").claim.sightings == ()


def test_a_photo_that_is_only_somewhat_alike_is_not_seen(store: Store) -> None:
    """One bit more than the limit is another picture."""
    submit(store, "CB-1", looks("car"))

    found = submit(store, "CB-2", looks("car", NEAR_DUPLICATE_BITS + 1))

    assert found.sightings == ()
    assert found.photos[0].flags == ()


def test_a_photo_without_a_hash_is_seen_by_its_bytes(store: Store) -> None:
    """Also as a page of a form, and by one that has a hash."""
    bare, page = Photo(sha256=digest("bare")), Photo(sha256=digest("page"))
    scan = FormFile(sha256=page.sha256, media_type="image/jpeg")
    submit(store, "CB-1", bare, form=(scan,))

    found = submit(store, "CB-2", replace(bare, phash="0" * 64), page, Photo(sha256="new"))

    assert [(one.sha256, one.exact) for one in found.sightings] == [
        (bare.sha256, True),
        (page.sha256, True),
    ]


def test_what_a_claim_has_twice_itself_is_no_sighting(store: Store) -> None:
    """Another claim of the same chat is another claim."""
    alike = (looks("car"), looks("car", 3), looks("car"))
    assert submit(store, "CB-1", *alike).sightings == ()

    found = submit(store, "CB-2", looks("car"))

    assert told(found) == [("CB-1", 0)]


def test_the_nearest_claims_are_told_first_and_of_these_the_oldest(store: Store) -> None:
    """Each once; those with the same bytes before all, and no more than ten."""
    submit(store, "CB-near", looks("car", 5))
    submit(store, "CB-bytes", looks("car", 7), replace(looks("car"), phash=None))
    for number in range(5):
        submit(store, f"CB-same-{number}", looks("car", form=number + 1))
    for number in range(5):
        submit(store, f"CB-far-{number}", looks("car", 10, form=number))

    found = submit(store, "CB-new", looks("car"))

    assert told(found) == [
        ("CB-bytes", 0),
        *((f"CB-same-{number}", 0) for number in range(5)),
        ("CB-near", 5),
        *((f"CB-far-{number}", 10) for number in range(3)),
    ]
    assert [sighting.exact for sighting in found.sightings] == [True, *[False] * 9]


@pytest.mark.parametrize("phash", [None, digest("logo")])
def test_of_a_photo_that_very_many_claims_have_the_first_ten_are_told(
    store: Store, phash: str | None
) -> None:
    """A logo is no reason to read every claim; one that has it twice takes no place twice."""
    logo = Photo(sha256=digest("logo"), phash=phash)
    page = FormFile(sha256=logo.sha256, media_type="image/png")
    for number in range(12):
        submit(store, f"CB-{number}", logo, form=(page,))

    found = submit(store, "CB-new", logo)

    assert told(found) == [(f"CB-{number}", 0) for number in range(10)]


def test_of_very_many_variants_of_a_picture_ten_are_told(store: Store) -> None:
    """The search ends when it has enough of them, and they are alike."""
    meme = int(digest("meme"), 16)
    variants = [f"{meme ^ 1 << place:064x}" for place in range(sightings.ENOUGH_ALIKE + 20)]

    def submit_all(tx: Connection) -> None:
        for number, phash in enumerate(variants):
            photo = Photo(sha256=digest(phash), phash=phash)
            claims.submit(tx, ANN, claim(f"CB-{number}", photos=(photo,)), NOON)

    store.write(submit_all)

    found = submit(store, "CB-new", looks("meme"))

    assert [near for _, near in told(found)] == [1] * sightings.TOLD


def test_the_index_finds_what_comparing_with_each_finds(store: Store) -> None:
    """Exactly the photos up to the limit, in whatever form: none is missed, none is added."""
    dice = Random(1)  # noqa: S311  the same photos every time
    photos = {
        f"CB-{number}": looks(f"{number % 20}", dice.randrange(41), form=dice.randrange(8))
        for number in range(100)
    }

    def search(tx: Connection) -> dict[str, tuple[Sighting, ...]]:
        for reference, photo in photos.items():
            claims.submit(tx, ANN, claim(reference, photos=(photo,)), NOON)
        return {
            reference: sightings.find(tx, reference, [photo])
            for reference, photo in photos.items()
        }

    seen = store.write(search)

    for own, photo in photos.items():
        nearest = {
            reference: min(distance(form, str(other.phash)) for form in forms(str(photo.phash)))
            for reference, other in photos.items()
            if reference != own
        }
        assert {sighting.reference: sighting.distance for sighting in seen[own]} == {
            reference: near for reference, near in nearest.items() if near <= NEAR_DUPLICATE_BITS
        }


def test_two_claims_at_the_same_time_do_not_pass_each_other(tmp_path: Path) -> None:
    """The one that waits looks once more at what was added while it searched."""
    with open_store("postgresql", tmp_path) as store, ThreadPoolExecutor(1) as worker:
        with store.engine.begin() as tx:
            claims.submit(tx, ANN, claim("CB-1", photos=(looks("car"),)), NOON)
            second = worker.submit(submit, store, "CB-2", looks("car", 9, form=MIRRORED))
            while not is_waited_for(store, tx):
                assert not second.done()

        assert told(second.result()) == [("CB-1", 9)]
        assert store.claim("CB-1").claim.sightings == ()


def test_an_amended_claim_is_seen_by_what_it_has_now(store: Store) -> None:
    """The photo that was replaced is not found any more; what nobody has is not kept."""
    submit(store, "CB-1", looks("old"), looks("shared"), Photo(sha256="bare"))
    submit(store, "CB-2", looks("shared"))
    assert kept_pictures(store) == 2

    amended = amend(store, "CB-1", looks("new"))

    assert amended.sightings == ()
    assert kept_pictures(store) == 2
    found = submit(store, "CB-3", looks("old"), looks("new", 4), looks("shared"))
    assert told(found) == [("CB-1", 4), ("CB-2", 0)]


def test_a_photo_that_is_measured_later_is_seen_by_its_picture(store: Store) -> None:
    """An amended claim may bring the hash that was missing."""
    submit(store, "CB-1", replace(looks("car"), phash=None))

    amend(store, "CB-1", looks("car"))

    assert told(submit(store, "CB-2", looks("car", 6))) == [("CB-1", 6)]


def test_an_amended_claim_sees_the_claims_of_today(store: Store) -> None:
    """Also one that was sent after it; and it stays the first that had the photo."""
    submit(store, "CB-1", looks("car"))
    submit(store, "CB-2", looks("car"))

    amended = amend(store, "CB-1", looks("car"), looks("door"))

    assert told(amended) == [("CB-2", 0)]
    assert [photo.flags for photo in amended.photos] == [(SEEN,), ()]
    assert told(submit(store, "CB-3", looks("car"))) == [("CB-1", 0), ("CB-2", 0)]


def test_a_photo_stays_flagged_and_is_flagged_once(store: Store) -> None:
    """Whatever became of the other claim, and though the photo was judged anew."""
    submit(store, "CB-1", looks("car"))
    submit(store, "CB-2", looks("car"))
    assert amend(store, "CB-2", *store.claim("CB-2").claim.photos).photos[0].flags == (SEEN,)
    amend(store, "CB-1", looks("door"))

    amended = amend(store, "CB-2", looks("car"))

    assert amended.photos[0].flags == (SEEN,)
    assert amended.sightings == ()


def test_a_claim_without_photos_can_be_kept(store: Store) -> None:
    """There is nothing to look for."""
    assert submit(store, "CB-1").sightings == ()


def test_a_chat_that_is_erased_leaves_its_claims_photos_to_be_seen(store: Store) -> None:
    """Claims stay, and so does what is known of their photos."""
    store.record(turn(ANN, claim=claim("CB-1", photos=(looks("car"),))))

    store.erase(ANN, "adjuster", NOON)

    store.record(turn(BO, claim=claim("CB-2", photos=(looks("car", 5),))))
    assert told(store.claim("CB-2").claim) == [("CB-1", 5)]


@pytest.mark.parametrize("name", DATABASES)
def test_photos_of_claims_from_before_the_index_are_seen(name: str, tmp_path: Path) -> None:
    """By their bytes, the oldest claim first; what they looked like was hashed in another way."""
    page = FormFile(sha256="page", media_type="image/jpeg")
    before = [
        claim("CB-late", photos=(looks("car"), Photo(sha256="bare")), submitted_at=NOON + MINUTE),
        claim("CB-early", photos=(looks("car"), Photo(sha256="bare")), form=(page,)),
        claim("CB-empty"),
    ]

    def upgrade(tx: Connection) -> None:
        config = Config(attributes={"connection": tx})
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        command.upgrade(config, "0003")
        for sent in before:
            body = json.loads(dump(sent))
            del body["place"], body["sightings"]  # no claim had them
            row = {
                "reference": sent.reference,
                "channel": ANN.channel,
                "chat": ANN.chat,
                "body": json.dumps(body),
                "status": "queued",
                "priority": "normal",
                "submitted_at": sent.submitted_at,
                "due_at": sent.due_at,
            }
            tx.execute(claim_table.insert(), row)

    with empty_database(name, tmp_path) as url:
        store = Store(url)
        store.write(upgrade)

        store.upgrade()

        bare, scan = Photo(sha256="bare"), Photo(sha256="page")
        found = submit(store, "CB-new", looks("car", 2), bare, scan)
        store.close()
    assert told(found) == [("CB-early", 0), ("CB-late", 0), ("CB-early", 0)]
