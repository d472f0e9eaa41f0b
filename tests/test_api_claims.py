"""Claims are found, read, changed, noted and asked about over HTTP."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from claimbot.claim import Priority
from claimbot.store import Status
from claimbot.web.api.shown import ShownClaim, ShownHandover
from tests.api_office import ApiOffice, open_office, problem
from tests.databases import DATABASES
from tests.queued_claims import addition, plain_claim, reference, rich_claim, send
from tests.store_builders import turn

NOBODYS = reference(31)


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


async def test_claims_are_listed_page_by_page(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """Last submitted first, each once, though more are sent meanwhile."""
    office.send(1, 2, 3, 4, 5)

    found: list[str] = []
    after = "claims?limit=2"
    while after:
        page = (await ann.get(after)).json()
        found += [claim["reference"] for claim in page["claims"]]
        after = f"claims?limit=2&cursor={page['next']}" if page["next"] else ""
        office.send(10 + len(found))

    assert found == [reference(number) for number in (5, 4, 3, 2, 1)]


async def test_claims_are_found(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """By reference or policy number as people type them, and by status."""
    office.send(1, policy_number="123456789")
    office.send(2, policy_number="223456789")
    (await ann.post("leases", json={})).json()

    async def find(**wanted: str) -> list[str]:
        page = (await ann.get("claims", params=wanted)).json()
        return [claim["reference"] for claim in page["claims"]]

    assert await find(q="1234.56") == [reference(1)]
    assert await find(q=reference(2).lower()) == [reference(2)]
    assert await find(q="9") == await find(status="decided") == []
    assert len(await find(status="queued", q="")) == 2


async def test_a_claim_is_shown_whole(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """As the schema says, and by a reference as people write it."""
    office.send_claim(rich_claim(1))

    answer = await ann.get(f"claims/{reference(1).lower().replace('-', ' ')}")

    told = ShownClaim.model_validate_json(answer.text)
    assert told.model_extra == {}
    assert told.priority is Priority.HURT
    assert (answer.json()["reference"], answer.json()["lease"]) == (reference(1), None)


async def test_a_claim_that_is_known_is_not_sent_again(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """As long as it is as it was, who holds it included."""
    office.send(1)
    path = f"claims/{reference(1)}"
    tag = (await ann.get(path)).headers["etag"]

    known = await ann.get(path, headers={"If-None-Match": f'"x", W/{tag}'})
    await ann.post("leases", json={})
    leased = await ann.get(path, headers={"If-None-Match": tag})

    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
    assert (leased.status_code, leased.headers["etag"] == tag) == (200, False)
    assert (await ann.get(path, headers={"If-None-Match": "*"})).status_code == 304


async def test_only_the_claim_that_was_read_is_changed(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """Nobody writes over what somebody else did meanwhile."""
    office.send(1)
    path, urgent = f"claims/{reference(1)}", {"priority": "hurt"}
    tag = (await ann.get(path)).headers["etag"]

    unsaid = await ann.patch(path, json=urgent)
    changed = await ann.patch(path, json=urgent, headers={"If-Match": tag})
    stale = [
        await ann.patch(path, json={"priority": "normal"}, headers={"If-Match": other})
        for other in (tag, '"1"', "2", 'W/"2"', '"x"', '"2", "3"')
    ]
    any_at_all = await ann.patch(path, json={"priority": "normal"}, headers={"If-Match": "*"})

    assert (unsaid.status_code, problem(unsaid)) == (428, "no-if-match")
    assert (changed.status_code, changed.json()["priority"]) == (200, "hurt")
    assert changed.headers["etag"].startswith('"2.')
    assert [(answer.status_code, problem(answer)) for answer in stale] == [(412, "changed")] * 6
    assert (any_at_all.status_code, any_at_all.json()["revision"]) == (200, 3)


async def test_notes_are_for_adjusters(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """Whoever holds the claim, in the order in which they were written."""
    office.send(1)
    path = f"claims/{reference(1)}/notes"

    written = [(await ann.post(path, json={"text": text})) for text in ("one", " two\n")]

    assert [answer.status_code for answer in written] == [201, 201]
    assert (await ann.get(path)).json() == [answer.json() for answer in written]
    assert [answer.json()["text"] for answer in written] == ["one", " two\n"]
    events = (await ann.get(f"claims/{reference(1)}/events")).json()
    assert [event["text"] for event in events if event["actor"] == "adjuster:ann"] == [
        "one",
        " two\n",
    ]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("questions", {"text": "Where is the car?"}),
        ("photo-requests", {"slot": 1.0, "text": "The plate."}),
    ],
)
async def test_the_policyholder_is_asked(
    office: ApiOffice, ann: httpx.AsyncClient, path: str, asked: dict[str, Any]
) -> None:
    """By who holds the claim, which then waits for the answer in their chat."""
    office.send(1)
    early = await ann.post(f"claims/{reference(1)}/{path}", json=asked)
    await ann.post("leases", json={})

    answer = await ann.post(f"claims/{reference(1)}/{path}", json=asked)

    assert (early.status_code, problem(early)) == (409, "lease-lost")
    assert (answer.status_code, answer.json()["status"]) == (201, "asked")
    assert office.store.claim(reference(1)).status is Status.ASKED
    assert office.store.counts().inbox_waiting == 1
    assert (await ann.get("queue")).json()["parked"] == 1


async def test_a_photo_that_a_claim_has_not_is_not_asked_for(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """Nothing is asked then, and the claim is still held."""
    office.send(1)
    await ann.post("leases", json={})

    answer = await ann.post(f"claims/{reference(1)}/photo-requests", json={"slot": 2, "text": "x"})

    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert (await ann.get("leases")).json()[0]["status"] == "queued"


async def test_one_claim_of_a_policyholder_is_asked_about_at_a_time(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """The problem names the one that waits for an answer."""
    office.send(1)
    chat = office.store.claim(reference(1)).key
    other = plain_claim(2)
    enqueue = partial(office.queue.put, claim_id=other.reference, due_at=other.due_at)
    office.store.record(turn(chat, turn=1, claim=other, enqueue=enqueue))
    for _ in range(2):
        await ann.post("leases", json={})
    await ann.post(f"claims/{reference(1)}/questions", json={"text": "Where?"})

    answer = await ann.post(f"claims/{other.reference}/questions", json={"text": "Who?"})

    assert (answer.status_code, problem(answer)) == (409, "already-asked")
    assert answer.json()["reference"] == reference(1)


async def test_a_conversation_is_taken_on_and_given_back(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """A person writes in the chat, and lets the bot go on."""
    sent = plain_claim(1)
    send(office.store, office.queue, sent, addition(sent.reference))
    (waiting,) = (await ann.get("handovers")).json()
    path = f"handovers/{waiting['reference']}"

    acts = (("messages", {"text": "Hello."}), ("take", None), ("take", None), ("release", None))
    answers = [await ann.post(f"{path}/{act}", json=body) for act, body in acts]

    ShownHandover.model_validate(waiting)
    assert [answer.status_code for answer in answers] == [204, 204, 404, 204]
    assert (await ann.get("handovers")).json() == []
    assert office.store.counts().inbox_waiting == 2


@pytest.mark.parametrize("path", ["", "/events", "/transcript", "/notes"])
async def test_a_claim_that_is_not_there_is_not_found(ann: httpx.AsyncClient, path: str) -> None:
    """Whatever is asked of it."""
    for name in (NOBODYS, "CB-0000-0001", "x", "%0A", "%00", "\N{AUTOMOBILE}"):
        answer = await ann.get(f"claims/{name}{path}")

        assert (answer.status_code, problem(answer)) == (404, "no-such-claim")


async def test_a_transcript_has_both_sides(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """Of the chat that a claim came from."""
    office.send(1)

    assert (await ann.get(f"claims/{reference(1)}/transcript")).json() == []
