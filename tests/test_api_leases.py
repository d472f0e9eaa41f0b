"""Claims are pulled over HTTP: each by one adjuster at a time, whatever is repeated or lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator, MutableMapping
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest

from claimbot.store import Status, tokens
from tests.api_office import ApiOffice, open_office, problem
from tests.databases import DATABASES
from tests.queued_claims import NOON, plain_claim, reference, send

LOST = "f" * 64


@pytest.fixture(params=DATABASES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiOffice]:
    """An office of its own for each test, on each database."""
    with open_office(request.param, tmp_path) as office:
        yield office


@pytest.fixture
async def ann(office: ApiOffice) -> AsyncIterator[httpx.AsyncClient]:
    """An adjuster who may do everything."""
    async with office.client(office.token("ann")) as client:
        yield client


@pytest.fixture
async def bo(office: ApiOffice) -> AsyncIterator[httpx.AsyncClient]:
    """Another one."""
    async with office.client(office.token("bo")) as client:
        yield client


async def take(adjuster: httpx.AsyncClient, **wanted: Any) -> dict[str, Any]:
    """Take a claim, which there must be."""
    answer = await adjuster.post("leases", json=wanted)
    assert answer.status_code == 201, answer.text
    claim: dict[str, Any] = answer.json()
    return claim


async def test_the_claim_that_is_due_first_is_yours(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """With where its lease is, and until when."""
    office.send(2, 1)

    answer = await ann.post("leases", json={"hold_seconds": 113.0})

    claim = answer.json()
    assert (answer.status_code, claim["reference"]) == (201, reference(1))
    assert claim["lease"]["adjuster"] == "ann"
    assert claim["lease"]["expires_at"] == "2026-03-01T12:01:53Z"
    assert answer.headers["location"] == f"/v1/leases/{claim['lease']['id']}"
    assert (await ann.get(answer.headers["location"].removeprefix("/v1/"))).json() == claim
    assert (await ann.get("leases")).json() == [claim]


async def test_an_empty_queue_says_how_it_is_doing(
    office: ApiOffice, ann: httpx.AsyncClient, bo: httpx.AsyncClient
) -> None:
    """204, with what others have."""
    office.send(1)
    await take(bo)

    answer = await ann.post("leases", json={})

    assert (answer.status_code, answer.content) == (204, b"")
    assert (answer.headers["queue-ready"], answer.headers["queue-leased"]) == ("0", "1")
    assert (await ann.get("leases")).json() == []
    assert (await ann.get("queue")).json()["leased"] == 1


async def test_who_waits_gets_the_next_claim_at_once(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """Without asking again."""
    waiting = asyncio.create_task(take(ann, wait_seconds=20))
    await asyncio.to_thread(office.queue.came.wait)
    office.send(1)

    assert (await waiting)["reference"] == reference(1)


async def test_who_waits_in_vain_is_told_so(ann: httpx.AsyncClient) -> None:
    """When the time is up."""
    answer = await ann.post("leases", json={"wait_seconds": 1})

    assert answer.status_code == 204


async def test_whose_token_is_revoked_waits_in_vain(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """From that moment on it lets nobody have a claim."""
    waiting = asyncio.create_task(ann.post("leases", json={"wait_seconds": 20}))
    await asyncio.to_thread(office.queue.came.wait)
    assert office.store.write(lambda tx: tokens.revoke(tx, "ann", NOON))
    office.send(1)

    answer = await waiting

    assert (answer.status_code, problem(answer)) == (401, "no-token")
    assert office.desk.depth().ready == 1


async def test_nobody_waits_for_a_service_that_stops(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """Another process answers, when they ask again."""
    waiting = asyncio.create_task(ann.post("leases", json={"wait_seconds": 20}))
    await asyncio.to_thread(office.queue.came.wait)

    office.is_stopping = True
    async with asyncio.timeout(10):
        answer = await waiting

    assert answer.status_code == 204


async def test_a_claim_goes_to_who_has_the_skills(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """And stays ready for them."""
    sent = plain_claim(1)
    send(office.store, office.queue, sent)
    other = plain_claim(2)
    office.store.write(
        lambda tx: office.queue.put(
            tx, other.reference, due_at=sent.due_at.replace(year=2000), skills=["trucks"]
        )
    )
    send(office.store, office.queue, other)

    assert (await take(ann, skills=["boats"]))["reference"] == reference(1)
    assert (await take(ann, skills=["trucks", "boats"]))["reference"] == reference(2)


async def test_a_lease_is_extended_from_now(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """And lasts as long as was asked for."""
    office.send(1)
    lease = (await take(ann))["lease"]

    answer = await ann.patch(f"leases/{lease['id']}", json={"hold_seconds": 3600})

    assert answer.status_code == 200
    assert answer.json() == lease | {"expires_at": "2026-03-01T13:00:00Z"}


@pytest.mark.parametrize(
    ("act", "body"), [("ack", {"note": "to the garage"}), ("ack", None), ("nack", {"reason": "x"})]
)
async def test_a_repeat_is_answered_as_the_first(
    office: ApiOffice, ann: httpx.AsyncClient, act: str, body: dict[str, str] | None
) -> None:
    """A client that lost the answer asks again, and nothing is done twice."""
    office.send(1)
    lease = (await take(ann))["lease"]["id"]

    answers = [await ann.post(f"leases/{lease}/{act}", json=body) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    decided = office.store.claim(reference(1)).status is Status.DECIDED
    assert decided is (act == "ack")
    rows = [row.entry.action for row in office.store.audit_rows()]
    assert rows.count("claim accepted") + rows.count("claim returned") == 1
    notes = [note["text"] for note in (await ann.get(f"claims/{reference(1)}/notes")).json()]
    assert notes == list((body or {}).values())


@pytest.mark.parametrize(
    ("request_line", "body"),
    [("GET ", None), ("PATCH ", {}), ("POST /ack", {}), ("POST /nack", {"reason": "x"})],
)
async def test_a_lost_lease_is_refused(
    office: ApiOffice,
    ann: httpx.AsyncClient,
    bo: httpx.AsyncClient,
    request_line: str,
    body: dict[str, Any] | None,
) -> None:
    """Promise 4: it ran out and another has the claim, it is another's, or it never was."""
    method, _, path = request_line.partition(" ")
    office.send(1)
    stale = (await take(ann))["lease"]["id"]
    office.passes(minutes=31)
    others = (await take(bo))["lease"]["id"]
    mine = [] if method == "GET" else [others]

    for lease in (stale, LOST, *mine):
        answer = await ann.request(method, f"leases/{lease}{path}", json=body)

        assert (answer.status_code, problem(answer)) == (409, "lease-lost")
    assert (await bo.get("leases")).json()[0]["lease"]["id"] == others


async def test_a_claim_system_works_for_many(office: ApiOffice) -> None:
    """With one token it names the adjuster."""
    office.send(1)
    token = office.token("system")

    async with office.client(token, **{"Claimbot-Adjuster": "cas"}) as cas:
        assert (await take(cas))["lease"]["adjuster"] == "cas"

    assert office.store.audit_rows()[-1].entry.actor == "adjuster:cas"
    async with office.client(token, **{"Claimbot-Adjuster": "cas\tbo"}) as nobody:
        answer = await nobody.get("leases")
        assert (answer.status_code, problem(answer)) == (422, "invalid")


async def test_adjusters_at_once_never_get_the_same_claim(office: ApiOffice) -> None:
    """Promise 4, with eight of them and twenty claims."""
    office.send(*range(1, 21))
    token = office.token("system")

    async def works(name: str) -> list[str]:
        taken = []
        async with office.client(token, **{"Claimbot-Adjuster": name}) as adjuster:
            while (answer := await adjuster.post("leases", json={})).status_code == 201:
                claim = answer.json()
                taken.append(claim["reference"])
                await adjuster.post(f"leases/{claim['lease']['id']}/ack")
        return taken

    done = await asyncio.gather(*(works(f"adjuster {n}") for n in range(8)))

    assert sorted(chain(*done)) == sorted(map(reference, range(1, 21)))
    assert all(stored.status is Status.DECIDED for stored in office.desk.newest(limit=50))


async def test_who_hangs_up_while_waiting_takes_no_claim(office: ApiOffice) -> None:
    """It would be held for nobody."""
    body = b'{"wait_seconds": 20}'
    token = office.token("ann").encode()
    came: list[dict[str, Any]] = [
        {"type": "http.request", "body": body, "more_body": False},
        {"type": "http.disconnect"},
    ]
    headers = [(b"authorization", b"Bearer " + token), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/leases",
        "root_path": "/v1",
        "query_string": b"",
        "headers": headers,
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if len(came) == 1:
            office.send(1)
        return came.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await office.api(scope, receive, send)

    assert sent[0]["status"] == 204
    assert office.desk.depth().ready == 1
