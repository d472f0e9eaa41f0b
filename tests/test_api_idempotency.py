"""A POST with an ``Idempotency-Key`` is done once, however often it is sent."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from claimbot.store import answered
from claimbot.web.api import openapi
from tests.api_office import ApiOffice, open_office, problem
from tests.databases import DATABASES
from tests.queued_claims import reference

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
NOTES = f"claims/{reference(1)}/notes"


@pytest.fixture(params=DATABASES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiOffice]:
    """An office with two claims."""
    with open_office(request.param, tmp_path) as office:
        office.send(1, 2)
        yield office


@pytest.fixture
async def ann(office: ApiOffice) -> AsyncIterator[httpx.AsyncClient]:
    """An adjuster who may do everything."""
    async with office.client(office.token("ann")) as client:
        yield client


async def test_a_repeat_takes_no_second_claim(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """It is answered with the claim that was taken, as that is now; or told that it is lost."""
    first, again = [await ann.post("leases", json={}, headers=KEY) for _ in range(2)]
    note = await ann.post(NOTES, json={"text": "x"}, headers=KEY | {"Idempotency-Key": "another"})
    office.passes(hours=1)
    late = await ann.post("leases", json={}, headers=KEY)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert note.status_code == 201
    assert (late.status_code, problem(late)) == (409, "lease-lost")


async def test_repeats_at_once_take_no_second_claim(ann: httpx.AsyncClient) -> None:
    """Those that come while the first is being answered are told so."""
    answers = await asyncio.gather(*(ann.post("leases", json={}, headers=KEY) for _ in range(5)))

    taken = [answer for answer in answers if answer.status_code == 201]
    early = [answer for answer in answers if answer.status_code == 409]
    assert len(taken) + len(early) == 5
    assert {answer.json()["reference"] for answer in taken} == {reference(1)}
    assert {problem(answer) for answer in early} <= {"being-answered"}
    assert (await ann.get("queue")).json()["leased"] == 1


async def test_a_key_belongs_to_one_request(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """Of one token: another body, path or adjuster is another request."""
    await ann.post(NOTES, json={"text": "x"}, headers=KEY)
    others = (
        await ann.post(NOTES, json={"text": "y"}, headers=KEY),
        await ann.post("leases", json={}, headers=KEY),
        await ann.post(NOTES, json={"text": "x"}, headers=KEY | {"Claimbot-Adjuster": "cas"}),
    )
    async with office.client(office.token("bo")) as bo:
        bos = await bo.post(NOTES, json={"text": "x"}, headers=KEY)

    assert [(other.status_code, problem(other)) for other in others] == [(422, "key-reused")] * 3
    assert bos.status_code == 201


async def test_what_failed_may_come_again(ann: httpx.AsyncClient) -> None:
    """It changed nothing, so nothing is kept of it."""
    path = f"claims/{reference(1)}/questions"
    early = await ann.post(path, json={"text": "x"}, headers=KEY)
    await ann.post("leases", json={})

    then = await ann.post(path, json={"text": "x"}, headers=KEY)

    assert [early.status_code, then.status_code] == [409, 201]


async def test_a_key_is_forgotten_after_a_day(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """And what died while it was answered, after a minute."""
    await ann.post(NOTES, json={"text": "x"}, headers=KEY)
    office.store.write(lambda tx: answered.begin(tx, 1, "dead", "hash", office.now))
    dead = {"Idempotency-Key": "dead"}
    early = await ann.post(NOTES, json={"text": "z"}, headers=dead)
    office.passes(minutes=2)
    late = await ann.post(NOTES, json={"text": "z"}, headers=dead)
    office.passes(days=1)
    anew = await ann.post(NOTES, json={"text": "y"}, headers=KEY)

    assert (early.status_code, problem(early)) == (422, "key-reused")
    assert [late.status_code, anew.status_code] == [201, 201]


async def test_nothing_of_a_policyholder_is_kept(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """What is kept for a repeat outlasts an erasure: only names and numbers of ours."""
    office.send(3, policy_number="998877665", remarks=("Mijn naam is Jansen",))
    for key in "abc":
        await ann.post("leases", json={}, headers={"Idempotency-Key": key})
    await ann.post(NOTES, json={"text": "Jansen called"}, headers={"Idempotency-Key": "n"})

    rows = office.store.read(lambda tx: tx.exec_driver_sql("SELECT * FROM answered").all())

    assert len(rows) == 4
    assert "Jansen" not in str(rows)
    assert "998877665" not in str(rows)


def test_every_post_takes_a_key() -> None:
    """So that a client need not know which do."""
    posts = [routes["post"] for routes in openapi()["paths"].values() if "post" in routes]

    assert len(posts) > 5
    for post in posts:
        assert "Idempotency-Key" in [parameter["name"] for parameter in post["parameters"]]
