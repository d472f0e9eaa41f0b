"""Telegram's webhook: what it posts is kept or refused, and nothing of anyone else's is taken."""

from collections.abc import AsyncIterator

import pytest

from claimbot.channels import Text
from claimbot.channels.telegram import TelegramOptions, open_telegram
from claimbot.errors import BadConfiguration, ChannelDown
from tests.fake_bot_api import FakeBotApi
from tests.fake_bot_api.http import HttpServer, Request, Response
from tests.telegram_intake import Inbox, started

SECRET = "s3cret_-"  # noqa: S105 - of a fake
ONE_UPDATE = b'{"update_id": 5, "message": {"chat": {"id": 9}, "text": "hallo"}}'


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
def inbox() -> Inbox:
    """An empty inbox."""
    return Inbox()


async def test_a_webhook_delivers_until_the_inbox_keeps(api: FakeBotApi, inbox: Inbox) -> None:
    """Registered under our path with the secret; a failure is a 503, and it comes again."""

    async def route(request: Request) -> Response:
        assert request.path == "/channels/telegram"
        header = request.headers.get("x-telegram-bot-api-secret-token")
        try:
            await channel.deliver(request.body, header)
        except OSError:
            return Response(status=503, body=b"")
        return Response(status=200, body=b"")

    server = HttpServer(route)
    await server.start()
    inbox.failures = [OSError()]
    address = f"http://127.0.0.1:{server.port}/"
    async with started(api, inbox, webhook_url=address, webhook_secret=SECRET) as channel:
        update = await api.user().says("hallo")
        await api.confirmed(update)
    await server.stop()

    assert [delivery.status for delivery in api.deliveries] == [503, 200]
    assert channel.read(inbox.kept[str(update)].payload).content == Text(text="hallo")
    assert api.called("getUpdates") == []


async def test_a_delivery_needs_the_secret_and_an_update(api: FakeBotApi, inbox: Inbox) -> None:
    """Nothing else is kept; and nothing at all when stopped, so that Telegram tries again."""
    webhook = {"webhook_url": "https://127.0.0.1:1", "webhook_secret": SECRET}
    async with started(api, inbox, **webhook) as channel:
        for header in (None, "", "s3cret", "s\xe9cret"):
            with pytest.raises(PermissionError):
                await channel.deliver(ONE_UPDATE, header)
        with pytest.raises(ValueError, match="not an update"):
            await channel.deliver(b"{}", SECRET)
        assert inbox.kept == {}
        await channel.deliver(ONE_UPDATE, SECRET)
        assert inbox.kept.keys() == {"5"}

    with pytest.raises(ChannelDown):
        await channel.deliver(ONE_UPDATE, SECRET)


async def test_without_a_secret_there_is_no_webhook(api: FakeBotApi, inbox: Inbox) -> None:
    """Neither registered nor served: anyone could post to it."""
    for secret in ("", "not allowed", "x" * 257):
        with pytest.raises(BadConfiguration, match="CLAIMBOT_TELEGRAM_WEBHOOK_SECRET"):
            open_telegram(
                TelegramOptions(token="1:x", webhook_url="https://x.nl", webhook_secret=secret)  # noqa: S106 - a fake
            )

    async with started(api, inbox) as channel:
        with pytest.raises(PermissionError):
            await channel.deliver(ONE_UPDATE, "")


async def test_a_webhook_that_telegram_refuses_is_bad_configuration(
    api: FakeBotApi, inbox: Inbox
) -> None:
    """In Telegram's words, with the setting to change."""
    refused = TelegramOptions(
        token=api.token, base_url=api.url, webhook_url="http://x.nl", webhook_secret=SECRET
    )

    with pytest.raises(BadConfiguration, match=r"https.*CLAIMBOT_TELEGRAM_WEBHOOK_URL"):
        await open_telegram(refused).start(inbox.receive)
