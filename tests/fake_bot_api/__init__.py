"""Telegram's Bot API over loopback HTTP, and people who chat with the bot.

    async with FakeBotApi() as api:
        piet = api.user()                       # the bot polls api.url with api.token
        await piet.says("hallo")
        [greeting] = await piet.hears()
        await piet.presses("Ja")

The bot may be killed and started again against it: an update comes again until it is confirmed, by
a later offset or by a 2xx of the webhook.  `FakeBotApi.acked` names the confirmed ones.
"""

from tests.fake_bot_api.person import Person
from tests.fake_bot_api.server import FakeBotApi
from tests.fake_bot_api.values import (
    BLOCKED,
    HANG_UP,
    NOT_FOUND,
    SERVER_ERROR,
    UNAUTHORIZED,
    BotMessage,
    Refused,
    flood,
)

__all__ = [
    "BLOCKED",
    "HANG_UP",
    "NOT_FOUND",
    "SERVER_ERROR",
    "UNAUTHORIZED",
    "BotMessage",
    "FakeBotApi",
    "Person",
    "Refused",
    "flood",
]
