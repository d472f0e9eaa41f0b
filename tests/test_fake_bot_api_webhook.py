"""The fake Bot API delivers to a webhook as Telegram does."""

from collections.abc import AsyncIterator
from typing import Self

import httpx
import pytest

from tests.fake_bot_api import FakeBotApi
from tests.fake_bot_api.bot import Bot
from tests.fake_bot_api.http import HttpServer, Request, Response


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A bare HTTP client, as any bot has."""
    async with httpx.AsyncClient() as bare:
        yield bare


@pytest.fixture
def bot(api: FakeBotApi, client: httpx.AsyncClient) -> Bot:
    """A bot of that Bot API."""
    return Bot(api, client)


class Endpoint:
    """A webhook that answers with each of some statuses in turn, and 200 after those."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = [*statuses]
        self.requests: list[Request] = []
        self.server = HttpServer(self._handle)

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/channels/telegram"

    async def _handle(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(status=self.statuses.pop(0) if self.statuses else 200, body=b"")


async def test_a_webhook_gets_an_update_until_it_takes_it(api: FakeBotApi, bot: Bot) -> None:
    """Delivered with the secret, in order, and confirmed by a 2xx only."""
    piet = api.user()
    async with Endpoint(500, 401) as endpoint:
        await bot.call("setWebhook", url=endpoint.url, secret_token="s3cret")  # noqa: S106 - a fake
        first, second = await piet.says("een"), await piet.says("twee")
        await api.confirmed(first, second)

    assert [(one.update_id, one.status) for one in api.deliveries] == [
        (first, 500),
        (first, 401),
        (first, 200),
        (second, 200),
    ]
    headers = {one.headers["x-telegram-bot-api-secret-token"] for one in endpoint.requests}
    assert headers == {"s3cret"}


async def test_a_webhook_that_is_down_gets_its_updates_later(api: FakeBotApi, bot: Bot) -> None:
    """Nobody answering is like any other failure."""
    async with Endpoint() as endpoint:
        await bot.call("setWebhook", url=endpoint.url)
        await endpoint.server.stop()
        update = await api.user().says("hallo")
        await api.until(lambda: bool(api.deliveries), "tried")
        await endpoint.server.start()
        await api.confirmed(update)

    assert api.deliveries[0].status == 0
    assert "x-telegram-bot-api-secret-token" not in endpoint.requests[0].headers


async def test_a_webhook_excludes_polling(api: FakeBotApi, bot: Bot) -> None:
    """One or the other; deleting it can drop what waits."""
    assert (await bot.ask("setWebhook", url="http://example.com"))["error_code"] == 400
    await bot.call("setWebhook", url="https://127.0.0.1:1/nobody")
    await api.user().says("hallo")

    assert (await bot.ask("getUpdates"))["error_code"] == 409
    assert await bot.call("getWebhookInfo") == {
        "url": "https://127.0.0.1:1/nobody",
        "has_custom_certificate": False,
        "pending_update_count": 1,
    }

    await bot.call("deleteWebhook", drop_pending_updates=True)
    assert await bot.updates() == []
    await bot.call("setWebhook", url="")
    assert api.webhook is None
