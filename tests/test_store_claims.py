"""Claims are kept as they were sent, and carry what became of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from claimbot.claim import Flag, FormFile, Photo, Priority
from claimbot.errors import NoSuchClaim, ReferenceTaken
from claimbot.store import Attention, Status, Store, attention, claims
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, BO, MINUTE, NOON, claim, kept, turn

SEEN = Flag.SEEN_IN_ANOTHER_CLAIM


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def test_a_claim_comes_back_as_it_was_sent(store: Store) -> None:
    """Photos, form and words in their order; nobody decided yet."""
    sent = claim(
        "CB-1",
        "aa",
        "bb",
        form=(FormFile(sha256="cc", media_type="application/pdf"),),
        remarks=("Naast de weg \N{AUTOMOBILE}",),
        priority=Priority.HURT,
    )

    store.record(turn(ANN, claim=sent))

    found = store.claim("CB-1")
    assert found.claim == sent
    assert (found.key, found.status, found.due_at) == (ANN, Status.QUEUED, sent.due_at)
    assert (found.decided_at, found.decision) == (None, None)


def test_a_claim_that_is_not_there_is_named(store: Store) -> None:
    """Whoever asks for it is told which one."""
    asks = (
        lambda: store.claim("CB-404"),
        lambda: store.claims(limit=9, before="CB-404"),
        lambda: store.write(lambda tx: claims.decide(tx, "CB-404", "accepted", NOON)),
        lambda: store.write(lambda tx: claims.set_status(tx, "CB-404", Status.ASKED)),
        lambda: store.write(lambda tx: claims.amend(tx, claim("CB-404"))),
    )
    for ask in asks:
        with pytest.raises(NoSuchClaim, match="CB-404"):
            ask()


def test_a_reference_names_one_claim_only(store: Store) -> None:
    """A second claim under it is refused, with everything of its turn."""
    store.record(turn(ANN, claim=claim("CB-1", "aa")))
    was = kept(store)

    with pytest.raises(ReferenceTaken):
        store.record(turn(BO, claim=claim("CB-1", "bb"), say=("receipt",)))

    assert kept(store) == was


def test_a_photo_of_another_claim_is_flagged_on_that_photo(store: Store) -> None:
    """Only the adjuster sees it; it does not matter who sent the other claim, or as what."""
    form = (FormFile(sha256="form", media_type="image/jpeg"),)
    store.record(turn(ANN, claim=claim("CB-1", "aa", "bb", form=form)))

    store.record(turn(BO, claim=claim("CB-2", "bb", "cc")))
    store.record(turn(ANN, turn=1, claim=claim("CB-3", "dd", "form")))

    assert [photo.flags for photo in store.claim("CB-1").claim.photos] == [(), ()]
    assert [photo.flags for photo in store.claim("CB-2").claim.photos] == [(SEEN,), ()]
    assert [photo.flags for photo in store.claim("CB-3").claim.photos] == [(), (SEEN,)]


def test_of_two_claims_that_share_a_photo_at_the_same_time_one_is_flagged(store: Store) -> None:
    """They cannot pass each other unseen."""
    both_ready = Barrier(2)

    def submit(number: int) -> None:
        both_ready.wait()
        store.record(turn((ANN, BO)[number], claim=claim(f"CB-{number}", "aa")))

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(submit, range(2)))

    flags = [found.claim.photos[0].flags for found in store.claims(limit=9)]
    assert sorted(flags) == [(), (SEEN,)]


def test_what_an_adjuster_asked_for_joins_the_claim(store: Store) -> None:
    """The amended claim takes the place of the first; a flag is not put on a photo twice."""
    store.record(turn(BO, claim=claim("CB-0", "bb")))
    store.record(turn(ANN, claim=claim("CB-1", "aa", "bb")))
    was = store.claim("CB-1").claim

    now = replace(was, photos=(*was.photos, Photo(sha256="cc")), priority=Priority.NOT_DRIVABLE)
    store.write(lambda tx: claims.amend(tx, now))

    assert store.claim("CB-1").claim == now
    store.record(turn(BO, turn=1, claim=claim("CB-2", "cc")))
    assert store.claim("CB-2").claim.photos[0].flags == (SEEN,)


def test_a_claim_is_decided_once(store: Store) -> None:
    """The second decision has no effect, and says so."""
    store.record(turn(claim=claim("CB-1")))
    store.write(lambda tx: claims.set_status(tx, "CB-1", Status.ASKED))
    assert store.claim("CB-1").status == Status.ASKED

    assert store.write(lambda tx: claims.decide(tx, "CB-1", "accepted", NOON))
    assert not store.write(lambda tx: claims.decide(tx, "CB-1", "refused", NOON + MINUTE))

    found = store.claim("CB-1")
    assert (found.status, found.decision, found.decided_at) == (
        Status.DECIDED,
        "accepted",
        NOON,
    )


def test_claims_are_listed_in_pages_last_submitted_first(store: Store) -> None:
    """No claim is left out or shown twice, also of those submitted at the same moment."""
    for number, minutes in enumerate((0, 1, 1, 2)):
        sent = claim(f"CB-{number}", submitted_at=NOON + minutes * MINUTE)
        store.record(turn(turn=number, claim=sent))
    store.write(lambda tx: claims.decide(tx, "CB-2", "accepted", NOON))

    def page(status: Status | None = None, before: str | None = None) -> list[str]:
        found = store.claims(status, limit=2, before=before)
        return [stored.claim.reference for stored in found]

    assert page() == ["CB-3", "CB-2"]
    assert page(before="CB-2") == ["CB-1", "CB-0"]
    assert page(before="CB-0") == []
    assert page(Status.QUEUED) == ["CB-3", "CB-1"]
    assert page(Status.QUEUED, before="CB-1") == ["CB-0"]


def test_who_waits_for_a_person_is_shown_until_someone_comes(store: Store) -> None:
    """Promise 8: an unclaimed hand-over stays visible."""
    hurt = Attention(reference="HO-1", reason="hurt", detail='{"turn": 3}')
    store.record(turn(ANN, attention=(hurt,)))
    store.record(turn(BO, attention=(Attention(reference="HO-2", reason="asked"),)))

    assert store.write(lambda tx: attention.close(tx, "HO-2", NOON + MINUTE)) == 1
    assert store.write(lambda tx: attention.close(tx, "HO-2", NOON)) == 0

    (waiting,) = store.attentions()
    assert (waiting.key, waiting.attention, waiting.raised_at) == (ANN, hurt, NOON)
    everyone = store.attentions(open_only=False)
    assert [call.closed_at for call in everyone] == [None, NOON + MINUTE]
