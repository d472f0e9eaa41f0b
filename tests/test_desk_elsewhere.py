"""A desk whose queue is not in the claim database: no decision is lost, none is made twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from claimbot.errors import LeaseLost
from claimbot.store import Status, claims
from tests.killed.elsewhere import Elsewhere
from tests.office import HOLD, Office, open_office
from tests.queued_claims import reference

ZEROS = reference(0)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose queue is a database of its own."""
    with open_office("elsewhere", tmp_path) as office:
        yield office


def cut_off(office: Office, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Let the queue be out of reach for this."""

    def away(*_: object, **__: object) -> Any:
        raise ConnectionError(method)

    monkeypatch.setattr(office.queue, method, away)


def test_a_decision_stands_whether_the_queue_heard_it_or_not(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is repeated by who made it, and nobody is given the claim to decide again."""
    office.send(0, 1)
    held = office.take("ann")
    with monkeypatch.context() as outage:
        cut_off(office, outage, "ack")
        with pytest.raises(ConnectionError):
            office.desk.accept("ann", ZEROS)

    again = office.desk.accept("ann", held.lease.token)
    office.now += HOLD

    assert (again.status, again.decision) == (Status.DECIDED, "accepted")
    assert office.take("bo").lease.claim_id == reference(1)
    assert office.desk.next("bo", hold=HOLD) is None
    assert [row[1] for row in office.done()].count("claim accepted") == 1
    assert office.desk.depth().leased == 1


def test_a_claim_is_recalled_again_if_the_queue_did_not_hear_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be set aside for ever, though it waits for nobody."""
    office.send(0)
    office.take("ann")
    office.desk.ask("ann", ZEROS, "Wie reed er?")
    with monkeypatch.context() as outage:
        cut_off(office, outage, "unpark")
        with pytest.raises(ConnectionError):
            office.desk.recall("ann", ZEROS)

    office.desk.recall("ann", ZEROS)

    assert office.take("ann").lease.claim_id == ZEROS


def test_a_claim_that_another_decided_meanwhile_is_lost(office: Office) -> None:
    """A lease that ran out between the look and the decision decides nothing."""
    office.send(0)
    office.take("ann")
    office.store.write(lambda tx: claims.decide(tx, ZEROS, "accepted", office.now))

    for act in (office.desk.accept, lambda who, name: office.desk.ask(who, name, "Where?")):
        with pytest.raises(LeaseLost, match=ZEROS):
            act("ann", ZEROS)

    assert len(office.done()) == 1


def test_a_decision_stands_though_the_lease_ran_out_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was live when the claim was decided."""
    office.send(0)
    office.take("ann")
    ack = office.queue.ack

    def late(*arguments: Any) -> Any:
        office.now += HOLD
        return ack(*arguments)

    monkeypatch.setattr(office.queue, "ack", late)

    assert office.desk.accept("ann", ZEROS).status is Status.DECIDED
    monkeypatch.undo()
    assert office.desk.next("bo", hold=HOLD) is None, "it is taken out when it comes up"
    assert office.desk.depth().ready == 0


def test_an_answer_that_comes_before_the_claim_is_set_aside_is_not_missed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim is ready again, and does not wait for ever."""
    office.send(0)
    office.take("ann")
    park = office.queue.park

    def late(*arguments: Any) -> Any:
        office.store.write(lambda tx: claims.amend(tx, claims.hold(tx, ZEROS).claim))
        return park(*arguments)

    monkeypatch.setattr(office.queue, "park", late)
    office.desk.ask("ann", ZEROS, "Where?")

    assert office.take("bo").stored.status is Status.QUEUED


def test_the_queue_is_asked_in_no_transaction_that_writes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be slow, and must not hold up those who write."""
    office.send(0, 1)
    writing: list[str] = []
    act = office.store.act

    def noted(work: Any, **named: Any) -> Any:
        writing.append("begun")
        try:
            return act(work, **named)
        finally:
            writing.clear()

    def asked(name: str) -> Any:
        method = getattr(Elsewhere, name)

        def ask(*arguments: Any, **named: Any) -> Any:
            assert not writing, name
            return method(office.queue, *arguments, **named)

        return ask

    monkeypatch.setattr(office.store, "act", noted)
    for name in ("lease", "current", "find", "extend", "ack", "nack", "park", "unpark", "redrive"):
        monkeypatch.setattr(office.queue, name, asked(name))

    office.take("ann")
    office.desk.extend("ann", ZEROS, hold=HOLD)
    office.desk.give_back("ann", ZEROS, reason="tea")
    office.take("ann")
    office.desk.ask("ann", ZEROS, "Where?")
    office.desk.recall("ann", ZEROS)
    office.take("ann")
    office.desk.accept("ann", ZEROS)
    office.desk.requeue("ann", reference(1))
