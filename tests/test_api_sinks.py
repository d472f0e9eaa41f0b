"""Who manages the sinks sees how they are doing, and has them told again."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from claimbot.store import deliveries
from claimbot.store.deliveries import EventType
from claimbot.store.tokens import Scope
from tests.api_office import SINK, ApiOffice, open_office, problem
from tests.databases import DATABASES
from tests.queued_claims import NOON

ID = SINK.partition("#")[2]


@pytest.fixture(params=DATABASES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiOffice]:
    """An office whose only sink was told of one event in vain, and is to be told of another."""
    with open_office(request.param, tmp_path) as office:
        for number in (1, 2):
            office.store.write(
                lambda tx, number=number: deliveries.announce(  # type: ignore[misc]
                    tx, [SINK], EventType.SUBMITTED, f"CB-{number}", revision=1, at=NOON
                )
            )
        office.store.write(lambda tx: deliveries.give_up(tx, 1, NOON, "HTTP 500"))
        yield office


@pytest.fixture
async def manager(office: ApiOffice) -> AsyncIterator[httpx.AsyncClient]:
    """Who may manage sinks, and nothing else."""
    async with office.client(office.token("mo", Scope.SINKS)) as client:
        yield client


async def test_sinks_are_seen(office: ApiOffice, manager: httpx.AsyncClient) -> None:
    """Each with what it was not told; only by who may."""
    [sink] = (await manager.get("sinks")).json()

    assert sink == {
        "id": ID,
        "name": SINK,
        "configured": True,
        "waiting": 1,
        "oldest_waiting": "2026-03-01T12:00:00Z",
        "dead": 1,
        "disabled_at": None,
        "reason": None,
    }
    assert (await manager.get(f"sinks/{ID}")).json() == sink
    async with office.client(office.token("ann", Scope.READ, Scope.WORK)) as ann:
        assert problem(await ann.get("sinks")) == "wrong-scope"
    assert problem(await manager.get("sinks/00000000")) == "no-such-sink"


async def test_what_a_sink_was_told_is_read_page_by_page(manager: httpx.AsyncClient) -> None:
    """Newest first, with what went wrong."""
    first = (await manager.get(f"sinks/{ID}/deliveries", params={"limit": 1})).json()
    assert [one["event_id"] for one in first["deliveries"]] == ["CB-2:1"]

    then = {"limit": 2, "cursor": first["next"]}
    rest = (await manager.get(f"sinks/{ID}/deliveries", params=then)).json()

    assert rest["next"] is None
    assert rest["deliveries"] == [
        {
            "id": 1,
            "event_id": "CB-1:1",
            "type": "claim.submitted",
            "reference": "CB-1",
            "state": "dead",
            "created_at": "2026-03-01T12:00:00Z",
            "tries": 1,
            "next_try_at": None,
            "settled_at": "2026-03-01T12:00:00Z",
            "failure": "HTTP 500",
        }
    ]
    strange = await manager.get(f"sinks/{ID}/deliveries", params={"cursor": "../"})
    assert problem(strange) == "invalid"


@pytest.mark.parametrize("wanted", [{}, {"event_id": "CB-1:1"}])
async def test_a_sink_is_told_again(
    office: ApiOffice, manager: httpx.AsyncClient, wanted: dict[str, str]
) -> None:
    """Of what was given up; a repeat of the request with its key does nothing."""
    key = {"Idempotency-Key": "again"}
    for _ in range(2):
        told = await manager.post(f"sinks/{ID}/redeliver", json=wanted, headers=key)
        assert (told.status_code, told.json()) == (200, {"events": 1})

    [sink] = (await manager.get("sinks")).json()
    assert (sink["waiting"], sink["dead"]) == (2, 0)
    last = office.store.audit_rows()[-1]
    assert (last.entry.actor, last.entry.action) == ("adjuster:mo", "sink told again")
    assert problem(await manager.post("sinks/00000000/redeliver", json={})) == "no-such-sink"


async def test_a_sink_is_enabled(office: ApiOffice, manager: httpx.AsyncClient) -> None:
    """Having refused for good; a second time changes nothing."""
    office.store.write(lambda tx: deliveries.disable(tx, SINK, NOON, "HTTP 410"))
    [sink] = (await manager.get("sinks")).json()
    assert (sink["disabled_at"], sink["reason"]) == ("2026-03-01T12:00:00Z", "HTTP 410")

    for _ in range(2):
        assert (await manager.post(f"sinks/{ID}/enable")).status_code == 204

    [sink] = (await manager.get("sinks")).json()
    assert sink["disabled_at"] is None
    enabled = [row for row in office.store.audit_rows() if row.entry.action == "sink enabled"]
    assert len(enabled) == 1
