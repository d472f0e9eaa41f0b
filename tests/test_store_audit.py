"""What adjusters and policyholders did stands in a chain that cannot be changed unseen."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, text

from claimbot.errors import NoSuchClaim
from claimbot.store import Entry, Store, claims
from claimbot.store.audit import BEGINNING, Damage
from tests.databases import DATABASES, open_store
from tests.store_builders import MINUTE, NOON, claim, kept, turn


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def take(*subjects: str) -> list[Entry]:
    """Return what an adjuster's taking of claims leaves in the audit."""
    return [Entry(actor="ann", action="claim taken", subject=subject) for subject in subjects]


def note(store: Store, *subjects: str) -> None:
    """Write to the audit that an adjuster took claims."""
    store.act(lambda _: subjects, at=NOON, entries=lambda done: take(*done))


def tamper(store: Store, statement: str, **values: object) -> None:
    """Do to the database what nobody should."""
    store.write(lambda tx: tx.execute(text(statement), values))


def test_an_audit_nobody_touched_verifies(store: Store) -> None:
    """The head is the last row's hash; noted down elsewhere, it shows when rows are cut off."""
    assert store.verify_audit().head == BEGINNING
    note(store, "CB-1", "CB-2 \0\ud83d")
    note(store, "CB-3")

    verdict = store.verify_audit()

    links = store.audit_rows()
    assert [link.entry.subject for link in links] == [
        "CB-1",
        "CB-2 \N{REPLACEMENT CHARACTER}?",
        "CB-3",
    ]
    assert {link.at for link in links} == {NOON}
    assert links[0].previous_hash == BEGINNING
    assert (verdict.rows, verdict.head, verdict.broken) == (3, links[-1].hash, ())


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET actor = 'bo' WHERE id = 2", [(2, Damage.CHANGED)]),
        ("UPDATE audit SET detail = '[]' WHERE id = 4", [(4, Damage.CHANGED)]),
        ("DELETE FROM audit WHERE id = 2", [(3, Damage.MISPLACED)]),
        ("DELETE FROM audit WHERE id = 1", [(2, Damage.MISPLACED)]),
        (
            "UPDATE audit SET id = 5 WHERE id = 2",
            [(3, Damage.MISPLACED), (5, Damage.MISPLACED)],
        ),
    ],
)
def test_a_changed_missing_or_moved_row_is_found(
    store: Store, statement: str, broken: list[tuple[int, Damage]]
) -> None:
    """Each is named by its id and by what is wrong."""
    note(store, "CB-1", "CB-2", "CB-3", "CB-4")

    tamper(store, statement)

    assert list(store.verify_audit().broken) == broken


def test_rows_that_change_places_are_found(store: Store) -> None:
    """Each with the row that it came to stand before."""
    note(store, "CB-1", "CB-2", "CB-3", "CB-4")

    for was, now in ((2, 9), (3, 2), (9, 3)):
        tamper(store, "UPDATE audit SET id = :now WHERE id = :was", now=now, was=was)

    misplaced = [(row, Damage.MISPLACED) for row in (2, 3, 4)]
    assert list(store.verify_audit().broken) == misplaced


def test_a_row_that_was_put_in_is_found(store: Store) -> None:
    """Whatever it says of itself: the chain goes on without it."""
    note(store, "CB-1", "CB-2")
    was = store.audit_rows()[0]

    tamper(
        store,
        "INSERT INTO audit (id, at, actor, action, subject, detail, previous_hash, hash)"
        " SELECT 9, at, 'bo', action, subject, detail, :previous, hash FROM audit WHERE id = 1",
        previous=was.hash[::-1],
    )

    assert list(store.verify_audit().broken) == [(9, Damage.CHANGED), (9, Damage.MISPLACED)]


@pytest.mark.parametrize("anew", [(), ("CB-1", "CB-3"), ("CB-9", "CB-2")])
def test_a_chain_that_was_cut_off_or_written_anew_lacks_what_was_noted(
    store: Store, anew: tuple[str, ...]
) -> None:
    """It is sound in itself; only who noted its head down elsewhere sees it."""
    note(store, "CB-1", "CB-2")
    noted = store.verify_audit().head
    note(store, "CB-3")
    assert store.verify_audit(noted).is_sound

    tamper(store, "DELETE FROM audit WHERE id > :last", last=0 if anew else 1)
    note(store, *anew)

    assert store.verify_audit().is_sound
    verdict = store.verify_audit(noted)
    assert (verdict.has_noted, verdict.is_sound, verdict.broken) == (False, False, ())
    assert store.verify_audit(BEGINNING).is_sound


def test_entries_that_are_written_at_once_stand_in_one_chain(store: Store) -> None:
    """Nobody's entry is lost or refused because another was written at the same time."""
    threads = 4
    all_ready = Barrier(threads)

    def write(number: int) -> None:
        all_ready.wait()
        for again in range(5):
            note(store, f"CB-{number}-{again}")

    with ThreadPoolExecutor(threads) as adjusters:
        list(adjusters.map(write, range(threads)))

    verdict = store.verify_audit()
    assert (verdict.rows, verdict.broken) == (20, ())


def test_an_action_and_its_entry_are_kept_together(store: Store) -> None:
    """What the entry says may depend on what was done."""
    store.record(turn(claim=claim("CB-1")))

    def said(is_new: bool) -> Iterable[Entry]:  # noqa: FBT001 it is what `decide` returned
        return take("CB-1") if is_new else ()

    def decide(tx: Connection) -> bool:
        return claims.decide(tx, "CB-1", "accepted", NOON)

    assert store.act(decide, at=NOON + MINUTE, entries=said)
    was = kept(store)
    assert not store.act(decide, at=NOON + MINUTE, entries=said)

    assert kept(store) == was, "nothing was done the second time, so nothing is said"
    assert store.audit_rows()[-1].at == NOON + MINUTE
    assert store.audit_rows()[-1].entry == take("CB-1")[0]


def test_an_action_that_fails_leaves_no_entry(store: Store) -> None:
    """Nor does it leave half of what it did."""
    store.record(turn(claim=claim("CB-1")))
    was = kept(store)

    def decide(tx: Connection) -> list[bool]:
        return [claims.decide(tx, name, "accepted", NOON) for name in ("CB-1", "CB-404")]

    with pytest.raises(NoSuchClaim):
        store.act(decide, at=NOON, entries=lambda _: take("CB-1"))

    assert kept(store) == was
