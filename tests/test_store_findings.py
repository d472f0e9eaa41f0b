"""What is found in a claim's files after it was sent is kept with it, and holds nobody up."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimbot.claim import Finding, Flag
from claimbot.desk import as_json
from claimbot.store import Kind, Store, findings, outbox
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, BO, MINUTE, NOON, claim, turn

PLATE = Finding(sha256="aa", flag=Flag.PLATE_READ, detail="AB-123-C")
FACES = Finding(sha256="aa", flag=Flag.FACES, detail="2 faces")
ELSEWHERE = Finding(sha256="bb", flag=Flag.PLATE_READ, detail="12-AB-34")


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def found(store: Store, reference: str, *new: Finding) -> None:
    """Note that something was found."""
    store.write(lambda tx: findings.keep(tx, reference, new))


def kinds(store: Store) -> list[Kind]:
    """Return of what kinds the parcels are that could be delivered now."""
    return [parcel.kind for parcel in store.outgoing(NOON, limit=9)]


def test_what_was_found_comes_back_with_its_claim(store: Store) -> None:
    """With that claim only, whether it is looked up or listed."""
    store.record(turn(ANN, claim=claim("CB-1", "aa")))
    store.record(turn(BO, claim=claim("CB-2", "bb")))

    found(store, "CB-1", PLATE, FACES)
    found(store, "CB-2", ELSEWHERE)

    assert set(store.claim("CB-1").findings) == {PLATE, FACES}
    assert store.claim("CB-2").findings == (ELSEWHERE,)
    assert [len(one.findings) for one in store.claims(limit=9)] == [1, 2]


def test_what_was_found_before_is_kept_once(store: Store) -> None:
    """An inspection that broke off is done again from its beginning."""
    store.record(turn(claim=claim("CB-1", "aa")))

    found(store, "CB-1")
    found(store, "CB-1", PLATE)
    found(store, "CB-1", PLATE, FACES)

    assert set(store.claim("CB-1").findings) == {PLATE, FACES}


def test_an_adjuster_sees_what_was_found_beside_what_was_noticed(store: Store) -> None:
    """Each as a finding, and its flag once among those of its photo; the claim is as it was."""
    store.record(turn(claim=claim("CB-1", "aa", "cc")))
    before = store.claim("CB-1").claim
    on_the_form = Finding(sha256="ff", flag=Flag.PLATE_READ, detail="12-AB-34")

    found(store, "CB-1", PLATE, FACES, on_the_form)
    told = as_json(store.claim("CB-1"), None)

    assert [photo["flags"] for photo in told["photos"]] == [["faces", "plate_read"], []]
    assert {"sha256": "aa", "flag": "plate_read", "detail": "AB-123-C"} in told["findings"]
    assert (len(told["findings"]), told["sightings"]) == (3, [])
    assert store.claim("CB-1").claim == before


def test_a_claim_is_inspected_after_its_chat_was_answered(store: Store) -> None:
    """By each extra on its own, once; without an extra, by none."""
    store.record(turn(BO, say=("receipt",), claim=claim("CB-2")))
    store.record(turn(ANN, say=("receipt",), claim=claim("CB-1"), inspect=("ocr", "faces")))
    for _ in range(4):
        for parcel in store.take(NOON, limit=9, hold=MINUTE):
            store.delivered(parcel.id, NOON)

    waiting = store.write(lambda tx: outbox.take_inspections(tx, NOON, limit=9, hold=MINUTE))

    assert [json.loads(parcel.body) for parcel in waiting] == [
        {"reference": "CB-1", "extra": "ocr"},
        {"reference": "CB-1", "extra": "faces"},
    ]
    assert store.write(lambda tx: outbox.take_inspections(tx, NOON, limit=9, hold=MINUTE)) == []


def test_an_inspection_waits_for_the_receipt(store: Store) -> None:
    """What a person waits for comes first."""
    store.record(turn(say=("receipt",), claim=claim("CB-1"), inspect=("ocr",)))

    assert store.write(lambda tx: outbox.take_inspections(tx, NOON, limit=9, hold=MINUTE)) == []
    assert [parcel.kind for parcel in store.take(NOON, limit=9, hold=MINUTE)] == [Kind.ENQUEUE]


def test_an_inspection_holds_no_message_up(store: Store) -> None:
    """Neither while it waits nor while it fails, and not another inspection."""
    store.record(turn(claim=claim("CB-1"), inspect=("ocr", "faces")))
    (enqueue,) = store.take(NOON, limit=9, hold=MINUTE)
    store.delivered(enqueue.id, NOON)
    store.record(turn(turn=1, say=("hello",)))

    assert kinds(store) == [Kind.INSPECT, Kind.INSPECT, Kind.SAY]
    (first, _) = store.write(lambda tx: outbox.take_inspections(tx, NOON, limit=9, hold=MINUTE))
    store.retry(first.id, NOON + MINUTE, "the child process died")

    assert [parcel.kind for parcel in store.take(NOON, limit=1, hold=MINUTE)] == [Kind.SAY]
