"""Whatever is wrong is answered as problem details: never a traceback, never what was sent."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import text, update
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from claimbot import log
from claimbot.store.tables import claim
from claimbot.web.api.answering import BODY_LIMIT, HEADERS, Answering
from tests.api_office import ApiOffice, open_office, problem, served
from tests.queued_claims import addition, plain_claim, reference, send

SECRET = "Jansen 06-12345678"  # noqa: S105 what must be in no answer and no log
TAKE = {"hold_seconds": 60}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ApiOffice]:
    """An office of its own for each test."""
    with open_office("sqlite", tmp_path) as office:
        yield office


@pytest.fixture
async def ann(office: ApiOffice) -> AsyncIterator[httpx.AsyncClient]:
    """An adjuster who may do everything."""
    async with office.client(office.token("ann")) as client:
        yield client


def spoil(office: ApiOffice) -> None:
    """Put something into the database that claimbot would not."""
    office.store.write(lambda tx: tx.execute(update(claim).values(body=SECRET)))


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"{", 400, "bad-json"),
        (b"\xff\xfe", 400, "bad-json"),
        (b"[" * 30_000, 400, "bad-json"),
        (b'{"hold_seconds": ' + b"9" * 5_000 + b"}", 400, "bad-json"),
        (b"", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'{"hold_seconds": true}', 422, "invalid"),
        (b'{"hold_seconds": "60"}', 422, "invalid"),
        (b'{"hold_seconds": 1.5}', 422, "invalid"),
        (b'{"hold_seconds": NaN}', 422, "invalid"),
        (b'{"hold_seconds": 1e999}', 422, "invalid"),
        (b'{"hold_seconds": 0}', 422, "invalid"),
        (b'{"hold_seconds": 86401}', 422, "invalid"),
        (b'{"wait_seconds": 21}', 422, "invalid"),
        (b'{"skills": "trucks"}', 422, "invalid"),
        (b'{"skills": [1]}', 422, "invalid"),
        (b'{"hold": 60}', 422, "invalid"),
        (b'{"skills": ["\\ud800"]}', 422, "invalid"),
        (b'{"skills": ["\\u0000"]}', 422, "invalid"),
        (b'{"skills": [""]}', 422, "invalid"),
        (b" " * (BODY_LIMIT + 1), 413, "too-large"),
    ],
)
async def test_a_body_that_cannot_be_used_takes_no_claim(
    office: ApiOffice, ann: httpx.AsyncClient, body: bytes, status: int, name: str
) -> None:
    """JSON is taken by its types: true is no number, nor is a text."""
    office.send(1)

    answer = await ann.post("leases", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, problem(answer)) == (status, name)
    assert (await ann.get("queue")).json()["leased"] == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_what_is_not_said_to_be_json_is_not_taken(ann: httpx.AsyncClient, kind: str) -> None:
    """A page in a browser can send such a body without being asked."""
    answer = await ann.post("leases", content=b"{}", headers={"Content-Type": kind})

    assert (answer.status_code, problem(answer)) == (422, "invalid")


@pytest.mark.parametrize(
    "query",
    [
        "status=new",
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=x",
        "cursor=%00",
        "cursor=4pi",
        f"q={'x' * 101}",
        "cursor=Q0ItNDA0",
    ],
)
async def test_a_question_that_cannot_be_used_is_refused(
    ann: httpx.AsyncClient, query: str
) -> None:
    """A cursor that we did not give, too."""
    answer = await ann.get(f"claims?{query}")

    assert (answer.status_code, problem(answer)) == (422, "invalid")


@pytest.mark.parametrize("key", ["", "x" * 201, "two words"])
async def test_a_key_that_cannot_be_used_is_refused(ann: httpx.AsyncClient, key: str) -> None:
    """Rather than be ignored."""
    answer = await ann.post("leases", json={}, headers={"Idempotency-Key": key})

    assert (answer.status_code, problem(answer)) == (422, "invalid")


async def test_a_page_that_is_not_there_is_a_problem_too(ann: httpx.AsyncClient) -> None:
    """And so is a method; the answer says which there are."""
    for path in ("", "nowhere", "claims/", "leases//ack", "claims/x/y", "a%0Ab"):
        answer = await ann.get(path)
        assert (answer.status_code, problem(answer)) == (404, "not-found")
    for path, allowed in (
        ("leases", "GET, POST"),
        (f"claims/{reference(1)}", "GET, PATCH"),
        ("claims", "GET"),
        ("openapi.json", "GET"),
    ):
        answer = await ann.delete(path)
        assert (answer.status_code, problem(answer)) == (405, "wrong-method")
        assert answer.headers["allow"] == allowed


async def test_every_answer_is_safe_in_a_browser(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """Nothing is kept, framed, sniffed or told to other sites, problems included."""
    office.send(1)
    answers = [await ann.get(path) for path in ("queue", "nowhere", "openapi.json")]
    async with office.client() as stranger:
        answers.append(await stranger.get("queue"))

    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    claim = await ann.get(f"claims/{reference(1)}")
    assert claim.headers["cache-control"] == "private, no-cache"


async def test_an_error_of_ours_is_no_traceback(office: ApiOffice, ann: httpx.AsyncClient) -> None:
    """The client learns that it is on our side, and nothing of what was wrong."""
    office.send(1)
    spoil(office)

    with capture_logs():
        answer = await ann.get(f"claims/{reference(1)}")

    assert (answer.status_code, problem(answer)) == (500, "failed")
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Traceback" not in answer.text
    assert "Jansen" not in answer.text


async def test_a_database_that_is_away_is_waited_for(
    office: ApiOffice, ann: httpx.AsyncClient
) -> None:
    """503, and when to come back."""
    office.store.write(lambda tx: tx.execute(text("ALTER TABLE token RENAME TO away")))

    with capture_logs():
        answer = await ann.get("queue")

    assert (answer.status_code, problem(answer)) == (503, "away")
    assert int(answer.headers["retry-after"]) > 0


@pytest.fixture
def logging_set_up(
    capsys: pytest.CaptureFixture[str],
) -> Iterator[pytest.CaptureFixture[str]]:
    """Log as a command does, and put back what that changes for the whole process."""
    handlers, level = logging.root.handlers[:], logging.root.level
    log.set_up()
    yield capsys
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_a_whole_run_leaves_nothing_private_in_the_log(
    office: ApiOffice, logging_set_up: pytest.CaptureFixture[str]
) -> None:
    """Promise 6, over a real server: no token, name, policy number or word that was said."""
    sent = plain_claim(1, policy_number="998877665", remarks=(SECRET,))
    send(office.store, office.queue, sent, addition(sent.reference))
    token = office.token("Els Jansen")
    with served(office) as url:
        asked = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})
        strange = {"Authorization": f"Bearer {token[:-1]}"}
        lease = asked.post("/leases", json={}).json()["lease"]["id"]
        answers = [
            asked.get("/claims", params={"q": "998877665"}),
            asked.get(f"/claims/{SECRET}"),
            asked.get("/claims", headers=strange),
            asked.get(f"/claims?token={token}&limit={SECRET}"),
            asked.post(f"/claims/{sent.reference}/notes", json={"text": SECRET}),
            asked.post(f"/claims/{sent.reference}/notes", json={"text": SECRET, SECRET: 1}),
            asked.post(f"/claims/{sent.reference}/questions", json={"text": SECRET}),
            asked.post(f"/leases/{lease}/nack", json={"reason": SECRET}),
            asked.get("/handovers", headers={"Claimbot-Adjuster": f"{SECRET}!"}),
            asked.request("JANSEN", "/handovers"),
        ]
        spoil(office)
        answers.append(asked.get(f"/claims/{sent.reference}"))
        asked.close()

    statuses = [200, 404, 401, 422, 201, 422, 201, 409, 422, 405, 500]
    out, err = logging_set_up.readouterr()
    told: list[dict[str, Any]] = [json.loads(line) for line in err.splitlines()]
    assert [answer.status_code for answer in answers] == statuses
    assert [line["status"] for line in told if line["event"] == "answered"] == [201, *statuses]
    assert [line["error"] for line in told if line["event"] == "request failed"] == [
        "ValidationError"
    ]
    assert out == ""
    for private in (token, token[4:20], "998877665", "Jansen", "12345678", lease):
        assert private not in err


async def nothing_comes() -> Message:
    """Say that the client is gone."""
    return {"type": "http.disconnect"}


@pytest.mark.parametrize("error", [ValueError(SECRET), OSError(SECRET)])
async def test_an_answer_that_breaks_off_is_broken_off(error: Exception) -> None:
    """What was begun cannot become a problem: the client sees that the rest is missing."""
    sent = []

    async def breaks(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(type(error)), capture_logs() as logs:
        await Answering(breaks)({"type": "http", "method": "GET"}, nothing_comes, send)

    assert [message["type"] for message in sent] == ["http.response.start"]
    assert [line["log_level"] for line in logs] in (["error"], ["warning"])
