"""An API that dies takes no lease with it, and what it logged tells nothing of anybody."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from claimbot.store import Store
from tests.databases import empty_database
from tests.fake_bot_api import FakeBotApi
from tests.journeys import POLICY_NUMBER, Served, hand_in, photos

QUESTION = "Was de bumper al eerder beschadigd?"
ANSWER = "Nee, dit is een nieuwe kras"
NOTE = "klinkt geloofwaardig"


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
async def served(api: FakeBotApi, tmp_path: Path) -> AsyncIterator[list[Served]]:
    """Give a ``serve`` and a ``web`` on one PostgreSQL database."""
    with empty_database("postgresql", tmp_path) as url:
        store = Store(url)
        store.upgrade()
        store.close()
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(
                    Served(api, tmp_path, command=command, DATABASE=url)
                )
                for command in ("serve", "web")
            ]


async def token(served: Served) -> str:
    """Return a new token, which may do everything."""
    scopes = [f"--scope={scope}" for scope in ("claims:read", "claims:work", "sinks:manage")]
    ended = await served.command("token", "add", "ann", *scopes)
    assert ended.code == 0
    return ended.out.strip()


def client(served: Served, secret: str) -> httpx.AsyncClient:
    """Return who asks this process."""
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.AsyncClient(base_url=f"{served.url}/v1/", headers=headers, timeout=30)


async def test_a_lease_outlives_the_process_that_gave_it(
    api: FakeBotApi, served: list[Served]
) -> None:
    """Whoever holds a claim goes on by way of another process, as if nothing had happened."""
    first, second = served
    for _ in range(2):
        await hand_in(api.user(), photos(), within=60)
    secret = await token(second)
    async with client(first, secret) as before, client(second, secret) as after:
        given = [await before.post("leases", json={"wait_seconds": 20}) for _ in range(2)]
        one, other = (answer.json()["lease"]["id"] for answer in given)

        await first.kill()

        extended = await after.patch(f"leases/{one}", json={"hold_seconds": 60})
        ended = [await after.post(f"leases/{lease}/ack") for lease in (one, other, other)]
        left = await after.post("leases", json={})

    assert [answer.status_code for answer in given] == [201, 201]
    assert extended.status_code == 200
    assert [answer.status_code for answer in ended] == [204, 204, 204]
    assert left.status_code == 204


async def test_no_log_line_of_a_whole_run_tells_of_anybody(
    api: FakeBotApi, served: list[Served]
) -> None:
    """Promise 6: neither who sent what, nor what an adjuster wrote, nor what lets one in."""
    serve, web = served
    piet = api.user()
    reference = await hand_in(piet, photos(), within=60)
    secret = await token(web)
    async with client(web, secret) as ann, client(web, "cbt_" + "x" * 43) as stranger:
        lease = (await ann.post("leases", json={"wait_seconds": 20})).json()["lease"]["id"]
        done = [
            await ann.post(f"claims/{reference}/notes", json={"text": NOTE}),
            await ann.post(
                f"claims/{reference}/photo-requests", json={"text": QUESTION, "slot": 2}
            ),
            await ann.get("claims", params={"q": POLICY_NUMBER}),
            await ann.get(f"claims/{reference}"),
            await ann.get(f"claims/{reference}/photos/1"),
            await ann.get(f"claims/{reference}/export.json"),
            await stranger.get("claims", params={"q": POLICY_NUMBER}),
        ]
        await piet.hears(within=60)
        await piet.says(ANSWER)
        await piet.hears(within=60)
    assert [await process.stop() for process in served] == [0, 0]

    assert [answer.status_code for answer in done] == [201, 201, 200, 200, 200, 200, 401]
    log = "".join(serve.log + web.log)
    assert len(serve.entries()) > 10
    assert len(web.entries()) > len(done)
    secrets = (secret, lease, api.token, "x" * 43)
    told = (POLICY_NUMBER, str(piet.id), piet.heard[0].text, QUESTION, ANSWER, NOTE)
    assert [said for said in (*secrets, *told) if said in log] == []
