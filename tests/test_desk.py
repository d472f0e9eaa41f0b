"""What adjusters do: each action is fenced by a lease, and leaves its row in the audit."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from itertools import chain
from pathlib import Path
from threading import Barrier

import pytest
from PIL import Image

from claimbot.desk import Desk, as_json
from claimbot.errors import LeaseLost, NoPicture, NoSuchClaim, PhotoMissing
from claimbot.photos.copies import Variant
from claimbot.photos.folder import Folder
from claimbot.queues import DeadLetter, Lease
from claimbot.store import Attention, Status
from tests.office import HOLD, OFFICES, Office, open_office
from tests.pictures import encoded, exif, scene
from tests.queued_claims import NOON, plain_claim, reference, rich_claim, send
from tests.store_builders import MINUTE

ZEROS = reference(0)  # CB-0000-0000
NOBODYS = reference(31)
MISTYPED = "CB-0000-0001"  # its check character is wrong


@pytest.fixture(params=OFFICES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An office of its own for each test, on each database, and with a queue elsewhere."""
    with open_office(request.param, tmp_path) as office:
        yield office


ACTIONS: dict[str, Callable[[Desk, str, str], object]] = {
    "lease extended": lambda desk, adjuster, name: desk.extend(adjuster, name, hold=HOLD),
    "claim accepted": lambda desk, adjuster, name: desk.accept(adjuster, name),
    "claim returned": lambda desk, adjuster, name: desk.give_back(adjuster, name, reason="tea"),
}
NAMES: dict[str, Callable[[Lease], str]] = {
    "reference": lambda lease: lease.claim_id,
    "sloppy reference": lambda _: " cb oOo0 Oo-00 ",
    "lease": lambda lease: lease.token,
}
every_action = pytest.mark.parametrize("action", ACTIONS)
every_name = pytest.mark.parametrize("name", NAMES)


def test_the_claim_that_is_due_first_is_taken(office: Office) -> None:
    """It comes with its lease, and that it was taken is in the audit."""
    office.send(2, 1)

    held = office.take("ann")

    assert held.stored.claim.reference == held.lease.claim_id == reference(1)
    assert held.lease.adjuster == "ann"
    assert held.lease.expires_at == NOON + HOLD
    assert office.desk.show(reference(1)) == (held.stored, held.lease)
    last = office.store.audit_rows()[-1].entry
    assert (last.action, last.subject) == ("claim leased", reference(1))
    assert json.loads(last.detail) == {"attempt": 1}


def test_an_empty_queue_gives_nothing_and_notes_nothing(office: Office) -> None:
    """Who asks in vain leaves no trace."""
    assert office.desk.next("ann", hold=HOLD) is None
    assert office.done() == []


@every_action
@every_name
def test_a_claim_goes_by_its_reference_or_its_lease(
    office: Office, action: str, name: str
) -> None:
    """Also by a reference as people type it: in lower case, with the letter O for a zero."""
    office.send(0)
    held = office.take()

    ACTIONS[action](office.desk, "ann", NAMES[name](held.lease))

    assert office.done() == [
        ("adjuster:ann", "claim leased", ZEROS),
        ("adjuster:ann", action, ZEROS),
    ]
    assert office.store.verify_audit().broken == ()


@every_action
@every_name
def test_another_adjusters_claim_is_out_of_reach(office: Office, action: str, name: str) -> None:
    """Promise 4: only who holds a claim can do something with it."""
    office.send(0)
    held = office.take("ann")

    with pytest.raises(LeaseLost, match=ZEROS):
        ACTIONS[action](office.desk, "bo", NAMES[name](held.lease))

    assert office.desk.show(ZEROS) == (held.stored, held.lease)
    assert office.done() == [("adjuster:ann", "claim leased", ZEROS)]


@every_action
@every_name
def test_an_expired_lease_is_lost(office: Office, action: str, name: str) -> None:
    """Promise 4: a stale lease can neither extend, accept nor return; no row says it did."""
    office.send(0)
    held = office.take()
    office.now += HOLD

    with pytest.raises(LeaseLost):
        ACTIONS[action](office.desk, "ann", NAMES[name](held.lease))

    assert len(office.done()) == 1
    assert office.desk.show(ZEROS) == (held.stored, None)


@every_action
@pytest.mark.parametrize("name", [NOBODYS, MISTYPED, "claim"])
def test_an_unknown_claim_is_named(office: Office, action: str, name: str) -> None:
    """Who mistypes a reference is not told of a lease."""
    with pytest.raises(NoSuchClaim, match=name):
        ACTIONS[action](office.desk, "ann", name)
    with pytest.raises(NoSuchClaim, match=name):
        office.desk.show(name)

    assert office.done() == []


@every_action
def test_an_accepted_claim_is_decided_for_good(office: Office, action: str) -> None:
    """It has left the queue, and nothing more can be done with its lease."""
    office.send(0)
    held = office.take()

    stored = office.desk.accept("ann", ZEROS)

    assert (stored.status, stored.decision, stored.decided_at) == (
        Status.DECIDED,
        "accepted",
        NOON,
    )
    assert office.desk.next("ann", hold=HOLD) is None
    for name in (ZEROS, held.lease.token):
        if action == "claim accepted":
            assert office.desk.accept("ann", name) == stored, "an answer may have been lost"
            continue
        with pytest.raises(LeaseLost):
            ACTIONS[action](office.desk, "ann", name)
    assert [row[1] for row in office.done()] == ["claim leased", "claim accepted"]


def test_an_extended_lease_runs_from_now(office: Office) -> None:
    """Not from when it would have ended."""
    office.send(0)
    held = office.take()
    office.now += 10 * MINUTE

    lease = office.desk.extend("ann", ZEROS, hold=HOLD)

    assert lease.expires_at == NOON + 10 * MINUTE + HOLD
    assert lease.token == held.lease.token


def test_a_claim_that_was_given_back_is_delivered_again(office: Office) -> None:
    """To anyone, when the delay is over, and the delivery is counted."""
    office.send(0)
    office.take("ann")

    assert office.desk.give_back("ann", ZEROS, reason="tea", delay=MINUTE) == ZEROS

    assert office.desk.next("bo", hold=HOLD) is None
    office.now += MINUTE
    assert office.take("bo").lease.attempt == 2


def test_the_next_adjuster_reads_why_a_claim_was_given_back(office: Office) -> None:
    """Among what became of it, and among its notes."""
    office.send(0)
    office.take("ann")
    office.desk.give_back("ann", ZEROS, reason="not my region")

    office.take("bo")

    returned = [one for one in office.desk.events(ZEROS) if one.action == "claim returned"]
    assert [(one.actor, one.text) for one in returned] == [("adjuster:ann", "not my region")]
    assert [note.text for note in office.desk.notes(ZEROS)] == ["not my region"]


def test_a_claim_that_was_given_back_may_be_again_by_the_same_lease(office: Office) -> None:
    """The answer may have been lost; whoever holds the claim by now keeps it."""
    office.send(0)
    lease = office.take("ann").lease
    office.desk.give_back("ann", lease.token, reason="tea")
    now = office.take("bo")
    was = office.done()

    assert office.desk.give_back("ann", lease.token, reason="tea") == ZEROS
    for name, act in (
        (ZEROS, ACTIONS["claim returned"]),
        (lease.token, ACTIONS["claim accepted"]),
    ):
        with pytest.raises(LeaseLost, match=ZEROS if name == ZEROS else lease.token):
            act(office.desk, "ann", name)

    assert office.desk.show(ZEROS) == (now.stored, now.lease)
    assert office.done() == was


def test_a_claim_that_came_back_three_times_is_a_dead_letter_until_requeued(
    office: Office,
) -> None:
    """Why it came back each time is kept; requeuing it twice changes nothing the second time."""
    office.send(0)
    for reason in ("tea", "rain", "bus"):
        office.take()
        office.desk.give_back("ann", ZEROS, reason=reason)

    assert office.desk.next("ann", hold=HOLD) is None
    assert office.desk.dead() == [DeadLetter(claim_id=ZEROS, reasons=("tea", "rain", "bus"))]
    assert office.desk.depth().dead == 1

    assert office.desk.requeue("bo", "cb-oooo-oooo")
    assert not office.desk.requeue("bo", ZEROS)
    assert not office.desk.requeue("bo", "claim")

    assert office.desk.dead() == []
    assert office.take().lease.attempt == 1
    requeued = [row for row in office.done() if row[1] == "claim requeued"]
    assert requeued == [("adjuster:bo", "claim requeued", ZEROS)]
    assert office.store.verify_audit().broken == ()


def test_adjusters_at_once_never_get_the_same_claim(office: Office) -> None:
    """Promise 4, with everyone pulling until nothing is left."""
    claims = range(12)
    office.send(*claims)
    all_ready = Barrier(4)

    def pull(adjuster: str) -> list[str]:
        all_ready.wait()
        taken = []
        while (held := office.desk.next(adjuster, hold=HOLD)) is not None:
            taken.append(held.lease.claim_id)
        return taken

    with ThreadPoolExecutor(4) as adjusters:
        pulled = list(adjusters.map(pull, ("ann", "bo", "cas", "dee")))

    assert sorted(chain(*pulled)) == sorted(map(reference, claims))
    verdict = office.store.verify_audit()
    assert (verdict.rows, verdict.broken) == (2 * len(claims), ())


def test_claims_are_shown_with_who_holds_them(office: Office) -> None:
    """Last submitted first, all or those of one status."""
    office.send(0, 1, 2)
    held = office.take("ann")
    office.take("bo")
    office.desk.accept("bo", reference(1))

    found = office.desk.search()

    newest = [stored.claim.reference for stored in office.desk.newest()]
    assert newest == [reference(number) for number in (2, 1, 0)]
    assert [stored.claim.reference for stored, _ in found] == newest
    assert [lease for _, lease in found] == [None, None, held.lease]
    assert office.desk.search(status=Status.DECIDED) == found[1:2]
    assert office.desk.search(limit=1) == found[:1]


def test_who_waits_for_a_person_is_seen(office: Office) -> None:
    """Promise 8: a hand-over is on the desk."""
    call = Attention(reference="HO-1", reason="asked")
    send(office.store, office.queue, plain_claim(0), call)

    (waiting,) = office.desk.handovers()
    assert (waiting.reference, waiting.reason, waiting.since) == ("HO-1", "asked", NOON)
    assert waiting.draft.is_empty
    assert office.desk.handovers_of("HO-1") == [waiting]


def test_a_handover_is_taken_once(office: Office) -> None:
    """And the audit says by whom."""
    send(office.store, office.queue, plain_claim(0), Attention(reference="HO-1", reason="asked"))

    assert office.desk.take_over("ann", "HO-1") == "HO-1"

    assert office.done() == [("adjuster:ann", "handover taken", "HO-1")]
    assert office.desk.handovers() == []
    with pytest.raises(NoSuchClaim):
        office.desk.take_over("bo", "HO-1")


def test_files_are_read_as_they_were_sent(office: Office) -> None:
    """One that is not there is named."""
    sha256 = Folder(office.folder).put(b"photo")

    assert office.desk.file(sha256) == b"photo"
    with pytest.raises(PhotoMissing, match="0000"):
        office.desk.file("0" * 64)


def test_photos_are_looked_at_in_clean_copies(office: Office) -> None:
    """A copy is small and says nothing; what is no photo has none."""
    folder = Folder(office.folder)
    name = folder.put(encoded(scene(), exif=exif({0x010F: "ann's phone"})))
    form = folder.put(b"%PDF-1.7")

    with closing(office.examiners):
        thumbnail = office.desk.picture(name, Variant.THUMBNAIL)
        with pytest.raises(NoPicture, match=form):
            office.desk.picture(form, Variant.VIEW)

    assert Image.open(BytesIO(thumbnail)).size == (320, 240)
    assert b"ann" not in thumbnail


def test_a_claim_prints_as_plain_json(office: Office) -> None:
    """With the keys that scripts read, its times with their zone, and null for what is not."""
    send(office.store, office.queue, rich_claim(0))
    office.send(1)
    held = office.take()

    rich = as_json(held.stored, held.lease)
    plain = as_json(office.store.claim(reference(1)), None)

    assert json.loads(json.dumps(rich)) == rich
    assert rich["lease"] == {
        "id": held.lease.token,
        "adjuster": "ann",
        "attempt": 1,
        "expires_at": "2026-03-01T12:30:00Z",
    }
    assert (rich["reference"], rich["policy_number"]) == (ZEROS, "123456789")
    assert rich["photos"][1]["flaws"] == ["blurred"]
    assert rich["photos"][1]["flags"] == ["taken_on_third_try"]
    assert rich["form"] == [{"sha256": "e" * 64, "media_type": "application/pdf"}]
    assert (rich["status"], rich["decision"], rich["decided_at"]) == ("queued", None, None)
    assert rich["due_at"] == "2026-03-01T12:15:00Z"
    assert (plain["form"], plain["lease"]) == (None, None)
