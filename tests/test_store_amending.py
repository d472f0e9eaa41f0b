"""What joins a claim that was sent: with everything of its turn, or not at all."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from claimbot.claim import Amendment, Photo, Priority
from claimbot.errors import ClaimDecided, NoSuchClaim
from claimbot.store import Kind, Status, Store, StoredClaim, claims, outbox, questions
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, MINUTE, NOON, claim, kept, turn

WORDS = Amendment(reference="CB-1", words="Mijn broer.")


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def submit(store: Store) -> None:
    """Send a claim with two photos."""
    store.record(turn(ANN, claim=claim("CB-1", "aa", "bb"), enqueue=lambda _: None))


def waiting(store: Store) -> list[tuple[Kind, dict[str, object]]]:
    """Return what is to be delivered."""
    parcels = store.read(lambda tx: outbox.outgoing(tx, NOON + MINUTE, 9))
    return [(parcel.kind, json.loads(parcel.body)) for parcel in parcels]


def test_an_answer_is_one_revision_and_goes_back_to_who_asked(store: Store) -> None:
    """With its question answered, the claim no longer waiting, and an audit row of counts."""
    submit(store)
    store.write(lambda tx: questions.add(tx, "CB-1", "an", "Wie?", NOON, slot=None))
    store.write(lambda tx: claims.set_status(tx, "CB-1", Status.ASKED))
    came_back: list[tuple[str, str | None]] = []
    told: list[tuple[str, int]] = []

    def unpark(_: Connection, reference: str, asker: str | None) -> None:
        came_back.append((reference, asker))

    def announce(_: Connection, event: str, stored: StoredClaim) -> None:
        told.append((event, stored.revision))

    photo = Amendment(reference="CB-1", photo=Photo(sha256="cc"))
    later = turn(ANN, turn=1, amend=(photo, WORDS), unpark=unpark, announce=announce)
    store.record(replace(later, inspect=("ocr",)))
    store.record(turn(ANN, turn=2, amend=(WORDS,), unpark=unpark, inspect=("ocr",)))

    now = store.claim("CB-1")
    assert (now.status, now.revision) == (Status.QUEUED, 4)
    assert came_back == [("CB-1", "an"), ("CB-1", None)]
    assert told == [("claim.amended", 3)]
    [question] = store.read(lambda tx: questions.of(tx, "CB-1"))
    assert question.answered_at == NOON
    entry = store.audit_rows()[-2].entry
    assert (entry.actor, entry.action, entry.subject) == ("policyholder", "claim amended", "CB-1")
    assert json.loads(entry.detail) == {"photos": 1, "files": 0, "words": 1}
    inspections = store.write(
        lambda tx: outbox.take_inspections(tx, NOON, limit=9, hold=timedelta(hours=1))
    )
    assert len(inspections) == 1  # words are not looked at


def test_a_queue_elsewhere_is_told_by_the_outbox(store: Store) -> None:
    """Each time by another name, so that no answer is taken for an older one."""
    submit(store)

    store.record(turn(ANN, turn=1, amend=(WORDS,)))
    assert waiting(store) == [(Kind.UNPARK, {"reference": "CB-1", "adjuster": None})]
    store.write(lambda tx: outbox.settle(tx, outbox.is_open, NOON))
    store.record(turn(ANN, turn=2, amend=(WORDS,), hasten=("CB-1", Priority.HURT), say=("{}",)))

    # Who is hurt is answered also while that queue is away.
    due_at = store.claim("CB-1").due_at.isoformat()
    assert waiting(store) == [
        (Kind.UNPARK, {"reference": "CB-1", "adjuster": None}),
        (Kind.EXPEDITE, {"reference": "CB-1", "due_at": due_at}),
        (Kind.SAY, {}),
    ]


@pytest.mark.parametrize("error", [ClaimDecided, NoSuchClaim])
def test_nothing_joins_a_claim_that_is_decided_or_erased(
    store: Store, error: type[Exception]
) -> None:
    """Nor is anything else of the turn kept."""
    if error is ClaimDecided:
        submit(store)
        store.write(lambda tx: claims.decide(tx, "CB-1", "accepted", NOON))
    was = kept(store)

    with pytest.raises(error):
        store.record(turn(ANN, turn=len(was["conversation"]), amend=(WORDS,), say=("joined",)))

    assert kept(store) == was


def test_a_claim_is_brought_forward(store: Store) -> None:
    """In the queue too; again, or with a lower priority, nothing changes."""
    submit(store)
    due: list[datetime] = []

    def expedite(_: Connection, __: str, due_at: datetime) -> None:
        due.append(due_at)

    for number, priority in enumerate((Priority.HURT, Priority.HURT, Priority.NOT_DRIVABLE), 1):
        hasten = ("CB-1", priority)
        store.record(turn(ANN, turn=number, hasten=hasten, expedite=expedite))

    now = store.claim("CB-1")
    assert (now.claim.priority, now.revision) == (Priority.HURT, 2)
    assert due == [now.due_at] == [NOON + timedelta(minutes=15)]


def test_what_is_decided_or_erased_is_not_brought_forward(store: Store) -> None:
    """The turn is kept all the same: who is hurt is answered."""
    submit(store)
    store.write(lambda tx: claims.decide(tx, "CB-1", "accepted", NOON))

    for number, reference in enumerate(("CB-1", "CB-404"), 1):
        store.record(turn(ANN, turn=number, hasten=(reference, Priority.HURT)))

    assert store.claim("CB-1").claim.priority is Priority.NORMAL
    assert store.open_chat(ANN).turn == 3
