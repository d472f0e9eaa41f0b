"""The app: put together as the settings say, and running as one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import HttpUrl, SecretStr

from claimbot.app import build, now, open_store
from claimbot.channels import Channel, Outbound
from claimbot.errors import BadConfiguration, NoSuchPlug, SchemaOutdated
from claimbot.replay.player import stage_settings
from claimbot.settings import Settings
from tests.databases import empty_database
from tests.databases import open_store as migrated
from tests.fake_bot_api import UNAUTHORIZED, FakeBotApi
from tests.journeys import NL

TOKEN = SecretStr("123456:token")


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings for a claimbot in a folder of its own, its tables made."""
    with migrated("sqlite", tmp_path):
        return stage_settings(tmp_path)


def at(api: FakeBotApi, settings: Settings) -> Settings:
    """Return the settings with the Bot API that is there."""
    here = {"telegram_token": SecretStr(api.token), "telegram_base_url": HttpUrl(api.url)}
    return settings.model_copy(update=here)


class Slow:
    """A channel that says when it sends, and takes until it is told."""

    name = "slow"

    def __init__(self, channel: Channel) -> None:
        self.start, self.read = channel.start, channel.read
        self.greet, self.fetch = channel.greet, channel.fetch
        self.sends, self.may_send = asyncio.Event(), asyncio.Event()
        self.done: list[str] = []
        self._channel = channel

    async def send(self, chat: str, message: Outbound) -> None:
        self.sends.set()
        await self.may_send.wait()
        await self._channel.send(chat, message)
        self.done.append("sent")

    async def stop(self) -> None:
        await self._channel.stop()
        self.done.append("stopped")


async def test_an_app_that_runs_answers(api: FakeBotApi, settings: Settings) -> None:
    """At once: neither the worker nor the relay waits for its next look at the database."""
    app = build(at(api, settings))
    piet = api.user()
    async with app.running(), asyncio.timeout(5):
        for said in ("hallo", "123456789"):
            await piet.says(said)
            await piet.hears()
    app.close()

    assert NL["ask.photo.1"] in piet.heard[-1].text


async def test_an_app_that_stops_finishes_what_is_in_hand(
    api: FakeBotApi, settings: Settings
) -> None:
    """A channel lets go of its connections only when nobody needs them any more."""
    settings = at(api, settings)
    telegram = build(settings).telegram
    assert telegram is not None
    slow = Slow(telegram)
    app = build(settings, channels={"telegram": slow})
    piet = api.user()
    async with app.running(), asyncio.timeout(5):
        await piet.says("hallo")
        await slow.sends.wait()
        asyncio.get_running_loop().call_soon(slow.may_send.set)
    app.close()

    assert slow.done == ["sent", "stopped"]
    assert len(piet.heard) == 1


async def test_a_refused_token_ends_the_start(api: FakeBotApi, settings: Settings) -> None:
    """As one error, with nothing left running."""
    api.fails("getMe", UNAUTHORIZED)
    app = build(at(api, settings))

    with pytest.raises(BadConfiguration, match="CLAIMBOT_TELEGRAM_TOKEN"):
        await app.running().__aenter__()
    app.close()

    left = [repr(task) for task in asyncio.all_tasks()]
    assert not [task for task in left if "Relay" in task or "Worker" in task]


def no_clock() -> datetime:
    """Tell no time."""
    raise OSError("no time")


async def test_an_app_of_which_a_part_dies_ends(settings: Settings) -> None:
    """A service that takes in and never answers would be worse than one that starts again."""
    app = build(settings, channels={}, clock=no_clock)

    async def serve() -> None:
        async with app.running():
            await asyncio.Event().wait()

    serving = asyncio.create_task(serve())
    await asyncio.wait([serving], timeout=5)
    app.close()

    assert serving.done()
    with pytest.raises(OSError, match="no time"):
        serving.result()


def test_without_a_token_there_is_no_channel(settings: Settings) -> None:
    """The desk works without one."""
    app = build(settings)

    assert app.telegram is None
    assert app.channels == {}
    assert app.desk.depth().ready == 0
    app.close()


def test_a_webhook_is_set_up_as_the_settings_say(settings: Settings) -> None:
    """Its secret comes along, and its lack is named."""
    webhook = {"telegram_token": TOKEN, "telegram_webhook_url": HttpUrl("https://x.example")}
    app = build(
        settings.model_copy(update=webhook | {"telegram_webhook_secret": SecretStr("secret")})
    )
    assert list(app.channels) == ["telegram"]
    app.close()

    with pytest.raises(BadConfiguration, match="CLAIMBOT_TELEGRAM_WEBHOOK_SECRET"):
        build(settings.model_copy(update=webhook))


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("photos", "ftp:photos", NoSuchPlug),
        ("photos", "file:/dev/null/photos", BadConfiguration),
        ("policies", "oracle:policies", NoSuchPlug),
        ("queue", "carrier-pigeon:", NoSuchPlug),
        ("database", "sqlite:////no/such/folder/claimbot.db", BadConfiguration),
        ("telegram_token", SecretStr("not a token"), BadConfiguration),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: Settings, name: str, value: object, error: type[BadConfiguration]
) -> None:
    """Before anything runs, in one line that ends in what to do."""
    with pytest.raises(error) as caught:
        build(settings.model_copy(update={name: value}))

    assert len(str(caught.value).splitlines()) == 1
    assert "; " in str(caught.value)


def test_an_embedded_database_is_brought_up_to_date(tmp_path: Path) -> None:
    """Whoever runs claimbot on a laptop needs no other command first."""
    store = open_store(stage_settings(tmp_path))

    store.check_schema()
    store.close()


def test_a_database_server_is_left_to_who_runs_it(tmp_path: Path) -> None:
    """Several processes share it: `claimbot db upgrade` is run once for all."""
    with empty_database("postgresql", tmp_path) as url:
        settings = stage_settings(tmp_path).model_copy(update={"database": url})

        with pytest.raises(SchemaOutdated, match="claimbot db upgrade"):
            open_store(settings)


def test_the_time_is_utc() -> None:
    """Whatever the machine is set to."""
    assert now().tzinfo is UTC
    assert abs(now() - datetime.now(UTC)) < timedelta(minutes=1)  # noqa: TID251 what it is to be
