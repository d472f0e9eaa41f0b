"""Promise 6: no one sees a claim or a photo without an adjuster's credentials."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from claimbot.store import tokens
from claimbot.store.tokens import Scope
from claimbot.web import create_web
from claimbot.web.api import openapi
from claimbot.web.api.access import Limits
from tests.api_office import ALL, ApiOffice, open_office, problem
from tests.databases import DATABASES
from tests.queued_claims import reference
from tests.store_builders import NOON

PATIENCE = Limits(of_a_token=10_000, refused=10_000)
ROUTES = [
    (method.upper(), path, Scope(route["security"][0]["token"][0]))
    for path, routes in openapi()["paths"].items()
    for method, route in routes.items()
]
every_route = pytest.mark.parametrize(
    ("method", "path", "scope"), ROUTES, ids=[f"{method} {path}" for method, path, _ in ROUTES]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """An office that has a claim, and tokens: one for each scope, one for all but each."""

    office: ApiOffice
    only: dict[Scope, str]
    without: dict[Scope, str]
    revoked: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """One office for all routes."""
    with open_office("sqlite", tmp_path_factory.mktemp("office"), PATIENCE) as office:
        office.send(1)
        only = {scope: office.token(f"only {scope.name}", scope) for scope in Scope}
        without = {scope: office.token(f"no {scope.name}", *(ALL - {scope})) for scope in Scope}
        revoked = office.token("revoked")
        office.store.write(lambda tx: tokens.revoke(tx, "revoked", NOON))
        yield Guarded(office=office, only=only, without=without, revoked=revoked)


async def ask(
    office: ApiOffice, method: str, path: str, authorization: str | None
) -> httpx.Response:
    """Ask a route about a claim that is there."""
    headers = {} if authorization is None else {"Authorization": authorization}
    path = path.replace("{name}", reference(1)).replace("{n}", "1").lstrip("/")
    async with office.client() as client:
        return await client.request(method, path, headers=headers, json={})


def test_every_route_is_in_the_matrix(guarded: Guarded) -> None:
    """The schema, which the matrix is made from, has all that the application answers to."""
    routes = guarded.office.api.state.routes
    served = {(method, route.path) for route in routes for method in route.methods}

    assert served == {(method, path) for method, path, _ in ROUTES}
    assert len(served) > 20


@every_route
async def test_nothing_is_answered_without_a_token(
    guarded: Guarded, method: str, path: str, scope: Scope
) -> None:
    """None, one that nobody has, one that was revoked, and any other kind of credentials."""
    good = guarded.only[scope]
    strangers = (
        *(None, "", "Bearer", "Bearer ", "Bearer cbt_", good, f"Basic {good}", f"Bearer {good}A"),
        f"Bearer {good[:-1]}{'A' if good[-1] != 'A' else 'B'}",
        f"Bearer {good.removeprefix(tokens.PREFIX)}",
        f"Bearer {guarded.revoked}",
        "Bearer 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",  # a Telegram bot's
        f"Bearer {'f' * 64}",  # the id of a lease
        "Basic YW5uOmFubg==",
    )
    for stranger in strangers:
        answer = await ask(guarded.office, method, path, stranger)

        assert (answer.status_code, problem(answer)) == (401, "no-token")
        assert answer.headers["www-authenticate"] == "Bearer"


@every_route
async def test_a_token_does_what_its_scope_says(
    guarded: Guarded, method: str, path: str, scope: Scope
) -> None:
    """No route is open to a token that has all scopes but its own; its own alone is enough."""
    refused = await ask(guarded.office, method, path, f"Bearer {guarded.without[scope]}")
    served = await ask(guarded.office, method, path, f"bearer {guarded.only[scope]}")

    assert (refused.status_code, problem(refused)) == (403, "wrong-scope")
    assert scope in refused.json()["detail"]
    assert served.status_code not in {401, 403}
    assert served.status_code < 500


async def test_a_stranger_is_not_told_what_there_is(guarded: Guarded) -> None:
    """Neither which pages, nor what they do; only the schema, which says nothing of claims."""
    asked = (("GET", "nowhere"), ("DELETE", "leases"), ("GET", ""), ("POST", "openapi.json/x"))
    answers = [await ask(guarded.office, method, path, None) for method, path in asked]
    schema = await ask(guarded.office, "GET", "openapi.json", None)

    assert [problem(answer) for answer in answers] == ["no-token"] * 4
    assert schema.status_code == 200
    assert schema.json()["servers"] == [{"url": "/v1"}]


async def test_whoever_answers_http_has_the_api(guarded: Guarded) -> None:
    """`claimbot serve` and `claimbot web`, beside their health pages."""
    office = guarded.office
    web = create_web(
        store=office.store,
        queue=office.queue,
        photos=office.photos,
        clock=lambda: NOON,
        desk=office.desk,
    )
    transport = httpx.ASGITransport(app=web)
    async with httpx.AsyncClient(transport=transport, base_url="http://claimbot") as client:
        answers = [await client.get(path) for path in ("/livez", "/v1/openapi.json", "/v1/queue")]

    assert [answer.status_code for answer in answers] == [200, 200, 401]
    assert answers[1].json() == openapi()


@pytest.fixture(params=DATABASES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiOffice]:
    """An office with little patience."""
    limits = Limits(of_a_token=3, refused=2)
    with open_office(request.param, tmp_path, limits) as office:
        yield office


async def test_a_token_is_revoked_at_once(office: ApiOffice) -> None:
    """From the next request on; a second time there is none to be revoked."""
    token = office.token("ann")

    first = await ask(office, "GET", "queue", f"Bearer {token}")
    revoked = [office.store.write(lambda tx: tokens.revoke(tx, "ann", NOON)) for _ in range(2)]
    then = await ask(office, "GET", "queue", f"Bearer {token}")

    assert [first.status_code, then.status_code] == [200, 401]
    assert revoked == [True, False]


async def test_only_a_hash_of_a_token_is_kept(office: ApiOffice) -> None:
    """Who reads the database cannot use the API."""
    token = office.token("ann")

    row = office.store.read(lambda tx: tx.exec_driver_sql("SELECT * FROM token").one())

    assert token not in str(row)
    assert not office.store.write(lambda tx: tokens.add(tx, "ann", tokens.new_secret(), ALL, NOON))


async def test_when_a_token_was_last_used_is_kept_to_the_minute(office: ApiOffice) -> None:
    """Not every request writes."""
    token = office.token("ann")
    used = []
    for seconds in (0, 59, 1):
        office.passes(seconds=seconds)
        await ask(office, "GET", "queue", f"Bearer {token}")
        (kept,) = office.store.read(tokens.every)
        assert kept.last_used_at is not None
        used.append((kept.last_used_at - NOON).total_seconds())

    assert used == [0, 0, 60]


async def test_who_asks_too_often_is_told_when_to_come_back(office: ApiOffice) -> None:
    """Each token has its own limit."""
    ann, bo = (f"Bearer {office.token(name)}" for name in ("ann", "bo"))

    answers = [await ask(office, "GET", "queue", ann) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert problem(answers[-1]) == "too-many"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert (await ask(office, "GET", "queue", bo)).status_code == 200


async def test_who_guesses_is_slowed_down(office: ApiOffice) -> None:
    """And who has a token is not, from the same address."""
    answers = [await ask(office, "GET", "queue", "Bearer x") for _ in range(3)]
    ann = await ask(office, "GET", "queue", f"Bearer {office.token('ann')}")

    assert [problem(answer) for answer in answers] == ["no-token", "no-token", "too-many"]
    assert ann.status_code == 200
