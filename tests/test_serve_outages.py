"""``claimbot serve`` without what it needs: it says so, loses nothing, and goes on by itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.databases import open_store
from tests.fake_bot_api import SERVER_ERROR, FakeBotApi, Person
from tests.journeys import NL, POLICY_NUMBER, Served, photo
from tests.outages import away, failing, full_disk, is_ready_again, locked
from tests.tcp_proxy import TcpProxy

POLLING_FAILED = "telegram polling failed; trying again"


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


async def is_told(api: FakeBotApi, person: Person, reply: str) -> None:
    """Wait until someone is told this, which nobody was told before."""
    await api.until(lambda: NL[reply] in person.heard[-1].text, reply, within=60)
    assert sum(NL[reply] in said.text for said in person.heard) == 1


async def test_a_full_disk_acknowledges_nothing_and_loses_nothing(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """What comes in stays with Telegram, what had come in stays in the inbox."""
    piet, an = api.user(), api.user()
    async with Served(api, tmp_path) as served:
        for person in (piet, an):
            await person.says(POLICY_NUMBER)
            await person.hears(within=10)
        api.fails("getFile", SERVER_ERROR, times=100)
        await api.confirmed(await piet.sends_photo(photo("whole car"), as_is=True), within=10)
        await served.logs("message postponed")

        with full_disk(served):
            api.heals()
            update = await an.sends_photo(photo("close by"), as_is=True)
            await served.logs(POLLING_FAILED)
            await served.logs("work put off")
            assert await failing(served) == ["database", "photos"]
            assert update in api.pending

        await is_ready_again(served)
        for person in (piet, an):
            await is_told(api, person, "ask.photo.2")
        checked = await served.command("db", "check")

    assert (checked.code, checked.out) == (0, "")


async def test_a_photo_folder_that_is_gone_is_waited_for(api: FakeBotApi, tmp_path: Path) -> None:
    """The photo is in the inbox; who sends none is answered all the while."""
    piet, an = api.user(), api.user()
    async with Served(api, tmp_path) as served:
        await piet.says(POLICY_NUMBER)
        await piet.hears(within=10)

        with away(served.folder / "photos"):
            await api.confirmed(await piet.sends_photo(photo("whole car"), as_is=True), within=10)
            await served.logs("message postponed")
            assert await failing(served) == ["photos"]
            await an.says("hallo")
            await an.hears(within=30)

        await is_ready_again(served)
        await is_told(api, piet, "ask.photo.2")

    assert not (served.folder / "photos-elsewhere").exists()


async def test_a_database_that_is_locked_is_waited_for(api: FakeBotApi, tmp_path: Path) -> None:
    """Another process may hold it longer than SQLite waits; Telegram has the message till then."""
    piet = api.user()
    async with Served(api, tmp_path) as served:
        await piet.says("hallo")
        await piet.hears(within=10)

        async with locked(served):
            update = await piet.says(POLICY_NUMBER)
            await served.logs(POLLING_FAILED)
            assert await failing(served) == ["database"]
            assert update in api.pending

        await is_ready_again(served)
        await is_told(api, piet, "ask.photo.1")


@pytest.mark.parametrize("gone", ["away", "hanging"])
async def test_a_server_that_is_gone_is_waited_for(
    api: FakeBotApi, tmp_path: Path, gone: str
) -> None:
    """PostgreSQL restarts, or the network on the way to it does."""
    piet = api.user()
    with open_store("postgresql", tmp_path) as store:
        url = make_url(store.url)
        async with TcpProxy(url.port or 5432, url.host or "127.0.0.1") as proxy:
            through = url.set(host="127.0.0.1", port=proxy.port)
            database = through.render_as_string(hide_password=False)
            async with Served(api, tmp_path, DATABASE=database) as served:
                await piet.says("hallo")
                await piet.hears(within=10)

                if gone == "away":
                    await proxy.goes_away()
                    update = await piet.says(POLICY_NUMBER)
                    await served.logs(POLLING_FAILED)
                else:
                    proxy.hangs()
                    update = await piet.says(POLICY_NUMBER)
                assert await failing(served) == ["database"]
                assert update in api.pending

                if gone == "away":
                    await proxy.comes_back()
                proxy.goes_on()
                await is_ready_again(served)
                await is_told(api, piet, "ask.photo.1")
