"""Claims are found, and what adjusters do and think is kept with them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from claimbot.claim import Priority
from claimbot.desk import event_as_json, note_as_json
from claimbot.errors import LeaseLost, NoSuchClaim, RevisionConflict
from claimbot.store import Status
from tests.office import HOLD, OFFICES, Office, open_office
from tests.queued_claims import NOON, plain_claim, reference, send
from tests.store_builders import MINUTE

ZEROS = reference(0)
NOBODYS = reference(31)


@pytest.fixture(params=OFFICES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An office of its own for each test, on each database, and with a queue elsewhere."""
    with open_office(request.param, tmp_path) as office:
        yield office


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [2, 1, 0]),
        ("cb 0000 0000", [0]),
        (NOBODYS, []),
        ("12345", [1, 0]),
        ("123.456-789", [0]),
        (" ab12 ", [2]),
        ("\N{FULLWIDTH DIGIT ONE}2345678", [1, 0]),
        ("23", []),
        ("%", []),
        ("A%", [2]),
        ("?!", []),
        ("\0\ud83d", []),
    ],
)
def test_claims_are_found_by_reference_or_policy_number(
    office: Office, text: str, numbers: list[int]
) -> None:
    """A reference in full, a number as far as it is known; as people type them."""
    for number, policy in enumerate(("123456789", "123456780", "AB123")):
        send(office.store, office.queue, plain_claim(number, policy_number=policy))

    found = office.desk.search(text)

    assert [one.claim.reference for one, _ in found] == [reference(number) for number in numbers]


def test_what_is_found_comes_in_pages_of_one_status_with_who_holds_it(office: Office) -> None:
    """The last submitted first."""
    office.send(0, 1, 2)
    held = office.take("ann")
    office.take("bo")
    office.desk.accept("bo", reference(1))

    (first,) = office.desk.search("123", limit=1)
    rest = office.desk.search("123", before=first[0].claim.reference)

    assert [one.claim.reference for one, _ in rest] == [reference(1), ZEROS]
    assert [lease for _, lease in rest] == [None, held.lease]
    assert office.desk.search("123", status=Status.DECIDED) == rest[:1]
    with pytest.raises(NoSuchClaim, match=NOBODYS):
        office.desk.search(before=NOBODYS)


def test_what_one_holds_is_shown_until_the_lease_ends(office: Office) -> None:
    """Also by the lease's id."""
    office.send(0, 1, 2)
    first, second = office.take("ann"), office.take("ann")
    office.take("bo")

    assert office.desk.held_by("ann") == [first, second]
    assert office.desk.lease(first.lease.token) == first

    office.desk.accept("ann", ZEROS)
    with pytest.raises(LeaseLost, match=ZEROS):
        office.desk.lease(first.lease.token)
    office.now += HOLD
    assert office.desk.held_by("ann") == []
    with pytest.raises(LeaseLost):
        office.desk.lease(second.lease.token)


def test_a_claim_that_needs_a_skill_goes_to_who_has_it(office: Office) -> None:
    """Others are given the next one."""
    office.send(0, 1)

    def need_glass(tx: Connection) -> None:
        office.queue.forget(tx, ZEROS)
        office.queue.put(tx, ZEROS, due_at=NOON, skills=["glass"])

    office.store.write(need_glass)

    assert office.take("ann").lease.claim_id == reference(1)
    assert office.desk.next("ann", hold=HOLD, skills=["paint"]) is None
    held = office.desk.next("bo", hold=HOLD, skills=["paint", "glass"])
    assert held is not None
    assert held.lease.claim_id == ZEROS


def test_a_more_urgent_claim_is_due_earlier(office: Office) -> None:
    """It passes others, is a revision of its own, and other systems are told."""
    office.send(0, 1)

    changed = office.desk.change("ann", reference(1), priority=Priority.HURT)

    assert (changed.claim.priority, changed.revision) == (Priority.HURT, 2)
    assert changed.due_at == NOON + 16 * MINUTE
    assert office.told == [("claim.amended", reference(1), 2)]
    assert office.take("bo").stored == changed
    assert office.done()[0] == ("adjuster:ann", "claim changed", reference(1))


def test_a_less_urgent_claim_keeps_its_time(office: Office) -> None:
    """The policyholder was promised it; the same priority again is no change."""
    send(office.store, office.queue, plain_claim(0, priority=Priority.HURT))

    changed = office.desk.change("ann", ZEROS, priority=Priority.NORMAL)
    again = office.desk.change("ann", ZEROS, priority=Priority.NORMAL)

    assert changed.due_at == NOON + 15 * MINUTE
    assert again == changed
    assert len(office.done()) == len(office.told) == 1


def test_a_change_of_what_another_changed_is_refused(office: Office) -> None:
    """Whoever read an older revision reads the claim again first."""
    office.send(0)
    office.desk.change("ann", ZEROS, priority=Priority.HURT, if_revision=1)

    with pytest.raises(RevisionConflict, match=f"{ZEROS} is at revision 2 now"):
        office.desk.change("bo", ZEROS, priority=Priority.NORMAL, if_revision=1)
    with pytest.raises(NoSuchClaim, match=NOBODYS):
        office.desk.change("bo", NOBODYS, priority=Priority.NORMAL)

    assert office.desk.show(ZEROS)[0].claim.priority == Priority.HURT
    assert len(office.done()) == 1


def test_notes_are_kept_in_order(office: Office) -> None:
    """Whoever wrote them; one need not hold the claim."""
    office.send(0)

    office.desk.note("ann", "cb00000000", "Plate reads AB-123-C \0")
    office.now += MINUTE
    second = office.desk.note("bo", ZEROS, "Agreed")

    first, last = office.desk.notes(ZEROS)
    assert (first.author, first.text) == ("ann", "Plate reads AB-123-C \N{REPLACEMENT CHARACTER}")
    assert last == second
    assert note_as_json(last) == {
        "id": last.id,
        "author": "bo",
        "written_at": "2026-03-01T12:01:00Z",
        "text": "Agreed",
    }
    for ask in (office.desk.notes, office.desk.events):
        with pytest.raises(NoSuchClaim, match=NOBODYS):
            ask(NOBODYS)
    with pytest.raises(NoSuchClaim, match=NOBODYS):
        office.desk.note("ann", NOBODYS, "?")


def test_what_was_done_to_a_claim_is_told_in_order(office: Office) -> None:
    """With what notes and questions say; other claims' rows are not among it."""
    office.send(0, 1)
    office.take("ann")
    office.desk.note("bo", ZEROS, "Seen before?")
    office.desk.note("bo", reference(1), "Not this one")
    office.desk.ask("ann", ZEROS, "Where?", slot=1)
    office.desk.recall("ann", ZEROS)
    office.take("ann")
    office.desk.accept("ann", ZEROS, note="Clear case")

    events = office.desk.events(ZEROS)

    told = [(event.actor.removeprefix("adjuster:"), event.action, event.text) for event in events]
    assert told == [
        ("policyholder", "claim submitted", ""),
        ("ann", "claim leased", ""),
        ("bo", "claim noted", "Seen before?"),
        ("ann", "claim asked", "Where?"),
        ("ann", "claim recalled", ""),
        ("ann", "claim leased", ""),
        ("ann", "claim noted", "Clear case"),
        ("ann", "claim accepted", ""),
    ]
    shown = event_as_json(events[3])
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["at"], shown["detail"]["slot"]) == ("2026-03-01T12:00:00Z", 1)
    assert "Where?" not in json.dumps([link.entry.detail for link in office.store.audit_rows()])
    assert office.store.verify_audit().broken == ()
    assert office.told[-1] == ("claim.decided", ZEROS, 4)
