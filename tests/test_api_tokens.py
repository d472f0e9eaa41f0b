"""Who manages tokens makes and revokes them over the API, and gets no further than they are."""

from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from claimbot.store.desk_tables import token
from claimbot.store.tokens import Scope
from tests.api_office import ApiOffice, open_office, problem
from tests.databases import DATABASES

WANTED = {"name": "els", "scopes": ["claims:work", "claims:read", "claims:read"]}
KEY = {"Idempotency-Key": "8e03978e"}


@pytest.fixture(params=DATABASES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiOffice]:
    """An office of its own for each test."""
    with open_office(request.param, tmp_path) as office:
        yield office


@pytest.fixture
async def mo(office: ApiOffice) -> AsyncIterator[httpx.AsyncClient]:
    """Who manages tokens and works with claims, and does nothing with sinks."""
    secret = office.token("mo", Scope.TOKENS, Scope.READ, Scope.WORK)
    async with office.client(secret) as client:
        yield client


def audited(office: ApiOffice) -> list[tuple[str, str, str]]:
    """Return who did what to which."""
    entries = [row.entry for row in office.store.audit_rows()]
    return [(entry.actor, entry.action, entry.subject) for entry in entries]


def kept(office: ApiOffice) -> str:
    """Return all that is in the database, as text."""
    tables = token.metadata.sorted_tables
    return office.store.read(lambda tx: str([tx.execute(select(one)).all() for one in tables]))


async def test_a_token_is_made_and_shown_once(office: ApiOffice, mo: httpx.AsyncClient) -> None:
    """It works, with the scopes that were asked for, and is in no list and no table."""
    made = await mo.post("tokens", json=WANTED, headers={"Claimbot-Adjuster": "bo"})

    told = made.json()
    secret = told.pop("token")
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    assert told == {"name": "els", "scopes": ["claims:read", "claims:work"]}
    async with office.client(secret) as els:
        assert (await els.get("queue")).status_code == 200
        assert problem(await els.get("tokens")) == "wrong-scope"
    assert secret not in (await mo.get("tokens")).text
    assert secret not in kept(office)
    assert sha256(secret.encode()).hexdigest() in kept(office)
    assert audited(office) == [("adjuster:bo", "token added", "els")]


async def test_tokens_are_listed(mo: httpx.AsyncClient) -> None:
    """Revoked ones too; never a hash."""
    await mo.post("tokens", json=WANTED)
    await mo.post("tokens/els/revoke")

    listed = (await mo.get("tokens")).json()

    noon = "2026-03-01T12:00:00Z"
    assert listed == [
        {
            "name": "mo",
            "scopes": ["claims:read", "claims:work", "tokens:manage"],
            "created_at": noon,
            "last_used_at": noon,
            "revoked_at": None,
        },
        {
            "name": "els",
            "scopes": ["claims:read", "claims:work"],
            "created_at": noon,
            "last_used_at": None,
            "revoked_at": noon,
        },
    ]


@pytest.mark.parametrize("headers", [{}, KEY])
async def test_a_repeat_makes_no_second_token(
    office: ApiOffice, mo: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """It is told that the name is taken, with a key too: the secret is not kept to be repeated."""
    first, again = [await mo.post("tokens", json=WANTED, headers=headers) for _ in range(2)]

    assert first.status_code == 201
    assert (again.status_code, problem(again)) == (409, "name-taken")
    assert first.json()["token"] not in kept(office)
    assert audited(office) == [("adjuster:mo", "token added", "els")]


async def test_a_name_is_given_once(mo: httpx.AsyncClient) -> None:
    """Revoked or not: the audit knows people by it."""
    await mo.post("tokens", json=WANTED)
    await mo.post("tokens/els/revoke")

    assert problem(await mo.post("tokens", json=WANTED, headers=KEY)) == "name-taken"


@pytest.mark.parametrize("scope", ["sinks:manage", "tokens:manage"])
async def test_nobody_gives_more_than_they_have(
    office: ApiOffice, mo: httpx.AsyncClient, scope: str
) -> None:
    """Nor the scope that gives scopes: that is for the command line."""
    asked = {"name": "els", "scopes": ["claims:read", scope]}
    refused = await mo.post("tokens", json=asked)

    assert (refused.status_code, problem(refused)) == (403, "wrong-scope")
    assert scope in refused.json()["detail"]
    assert [one["name"] for one in (await mo.get("tokens")).json()] == ["mo"]
    assert audited(office) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "els"},
        {"name": "els", "scopes": []},
        {"name": "els", "scopes": ["all"]},
        {"name": "els", "scopes": "claims:read"},
        {"name": 1, "scopes": ["claims:read"]},
        {"name": "els", "scopes": ["claims:read"], "admin": True},
        *({"name": name, "scopes": ["claims:read"]} for name in ("", "els\n", "a" * 101, "\0")),
    ],
)
async def test_a_token_that_cannot_be_is_not_made(
    office: ApiOffice, mo: httpx.AsyncClient, body: dict[str, object]
) -> None:
    """Strict types, known scopes, and a name that the audit can show."""
    assert problem(await mo.post("tokens", json=body)) == "invalid"
    assert audited(office) == []


@pytest.mark.parametrize("headers", [{}, KEY])
async def test_a_token_is_revoked_at_once(
    office: ApiOffice, mo: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """A second time changes nothing; of a name that nobody has there is nothing to revoke."""
    secret = (await mo.post("tokens", json=WANTED)).json()["token"]

    ended = [await mo.post("tokens/els/revoke", headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in ended] == [204, 204]
    async with office.client(secret) as els:
        assert problem(await els.get("queue")) == "no-token"
    assert audited(office)[1:] == [("adjuster:mo", "token revoked", "els")]
    for name in ("bo", "%00", "%ED%A0%80", "a" * 200):
        assert problem(await mo.post(f"tokens/{name}/revoke")) == "no-such-token"
