"""Telegram, by python-telegram-bot: long polling, or a webhook.

Of its machinery only the transport is used.  No handler, no persistence, and the application is
never started: an update is kept in the inbox, confirmed, and that is all.
"""

import contextlib
import hmac
import logging
import os
import re
from dataclasses import dataclass, field

from telegram.error import InvalidToken, TelegramError
from telegram.ext import AIORateLimiter, ApplicationBuilder
from telegram.request import HTTPXRequest

from claimbot.channels import File, Inbound, Outbound, Receive
from claimbot.channels.telegram.listening import Listening
from claimbot.channels.telegram.messages import keyboard, pieces
from claimbot.channels.telegram.polling import DurableQueue, PollingRequest
from claimbot.channels.telegram.refusals import Refusals
from claimbot.channels.telegram.updates import parse_update, query_of, read_update, received
from claimbot.errors import BadConfiguration, ChannelDown, FileGone, FileTooBig

PUBLIC_BOT_API = "https://api.telegram.org"
WEBHOOK_PATH = "/channels/telegram"

TOKEN = re.compile(r"[A-Za-z0-9_:-]+")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # https://core.telegram.org/bots/api#setwebhook


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramOptions:
    """How to reach Telegram; with a ``webhook_url`` by webhook, else by polling.

    ``base_url`` is ``http://host:port`` of a Bot API server; ``webhook_url`` the public address of
    this service, to which ``/channels/telegram`` is appended.  ``messages_per_second`` is the
    most that this process sends, to all chats together.
    """

    token: str = field(repr=False)
    base_url: str = PUBLIC_BOT_API
    webhook_url: str | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    messages_per_second: int = 30  # https://core.telegram.org/bots/faq#broadcasting-to-users


def open_telegram(options: TelegramOptions) -> "Telegram":
    """Return the channel; nothing is sent before it is used.

    Raises:
        BadConfiguration: The token cannot be one, or a webhook lacks its secret.
    """
    if not TOKEN.fullmatch(options.token):
        raise BadConfiguration(
            "the Telegram token has characters no token has; "
            "copy it from @BotFather into CLAIMBOT_TELEGRAM_TOKEN"
        )
    if options.webhook_url and not SECRET.fullmatch(options.webhook_secret or ""):
        raise BadConfiguration(
            "a Telegram webhook needs a secret of 1 to 256 letters, digits, _ or -; "
            "set CLAIMBOT_TELEGRAM_WEBHOOK_SECRET"
        )
    # httpx logs URLs, which hold the token, and python-telegram-bot updates, which hold what
    # people wrote.  What matters of theirs is logged in `listening`.
    for name, level in (("httpx", logging.WARNING), ("telegram", logging.CRITICAL + 1)):
        logging.getLogger(name).setLevel(level)
    os.environ["PTB_TIMEDELTA"] = "true"  # retry_after as a timedelta; else each 429 is a warning
    return Telegram(options)


def _paced(messages_per_second: int) -> AIORateLimiter:
    """Return a limiter that lets no second see more messages than that.

    It lets through as many as its rate at once, and then as many again while the first second
    lasts.  So it is told of one in so small a part of a second.
    """
    return AIORateLimiter(
        overall_max_rate=1,
        overall_time_period=1 / messages_per_second,
        max_retries=0,  # it would wait in memory and hold up every chat; the relay waits durably
    )


class Telegram:
    """A `Channel`; what Telegram posts to the webhook comes in by `deliver`."""

    name = "telegram"

    def __init__(self, options: TelegramOptions) -> None:
        """Build the application; use `open_telegram`, which checks the options."""
        base = options.base_url.rstrip("/")
        self._secret = options.webhook_secret or ""
        self._receive: Receive | None = None
        self._refusals = Refusals(options.token)
        self._polls = PollingRequest()
        self._calls = HTTPXRequest(read_timeout=20, pool_timeout=5)  # seconds
        application = (
            ApplicationBuilder()
            .token(options.token)
            .base_url(f"{base}/bot")
            .base_file_url(f"{base}/file/bot")
            .request(self._calls)
            .get_updates_request(self._polls)
            .update_queue(DurableQueue(self._keep))
            .rate_limiter(_paced(options.messages_per_second))
            .job_queue(None)
            .build()
        )
        self._bot = application.bot
        self._listening = Listening(
            application,
            self._polls,
            self._refusals,
            webhook_url=options.webhook_url and options.webhook_url.rstrip("/") + WEBHOOK_PATH,
            webhook_secret=options.webhook_secret,
        )

    async def start(self, receive: Receive) -> None:
        """Begin to take in messages; when Telegram cannot be reached, as soon as it can."""
        self._receive = receive
        try:
            await self._listening.start()
        except BadConfiguration:
            await self.stop()
            raise

    async def check(self) -> None:
        """Ask Telegram whether it knows our token; take in nothing, and let go of connections.

        Raises:
            BadConfiguration: It does not.
            ChannelDown: It cannot be reached.
        """
        try:
            await self._listening.check()
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Take in nothing more and let go of connections."""
        await self._listening.stop()
        for request in (self._calls, self._polls):  # a send without a start opened some, too
            await request.shutdown()
        self._receive = None

    def trusts(self, secret_header: str | None) -> bool:
        """Tell whether a request with this header is Telegram's, before its body is read."""
        told = (secret_header or "").encode()
        return bool(self._secret) and hmac.compare_digest(told, (self._secret or "").encode())

    async def deliver(self, body: bytes, secret_header: str | None) -> None:
        """Return once the update that Telegram posted is kept: then answer 200.

        Whatever else `Receive` raises is a 503 too: not kept, and Telegram tries again.

        Args:
            body: The request's body.
            secret_header: Its ``X-Telegram-Bot-Api-Secret-Token``.

        Raises:
            PermissionError: The secret is wrong, or we have none: answer 401.
            ValueError: The body is not an update: answer 400.
            ChannelDown: We take in nothing now: answer 503.
        """
        if not self.trusts(secret_header):
            raise PermissionError("not Telegram's secret")
        await self._keep(parse_update(body))

    def read(self, payload: str) -> Inbound:
        """Return what an update says."""
        return read_update(payload)

    async def greet(self, payload: str) -> None:
        """Stop the pressed button's spinner, if a button was pressed."""
        query = query_of(payload)
        if query is not None:
            with contextlib.suppress(TelegramError):  # such as that it was pressed too long ago
                await self._bot.answer_callback_query(query, read_timeout=5)

    async def fetch(self, file: File, *, limit: int) -> bytes:
        """Return a file's bytes.  Telegram hands out 20 MB at most."""
        if file.size is not None and file.size > limit:
            raise FileTooBig
        try:
            found = await self._bot.get_file(file.handle)
        except TelegramError as error:
            raise self._refusals.of_file(error) from None
        if found.file_size is not None and found.file_size > limit:
            raise FileTooBig
        try:
            data = bytes(await found.download_as_bytearray())
        except (InvalidToken, RuntimeError):  # python-telegram-bot's for a 404, and for no path
            raise FileGone from None
        except TelegramError as error:
            raise self._refusals.down(error) from None
        if len(data) > limit:
            raise FileTooBig
        return data

    async def send(self, chat: str, message: Outbound) -> None:
        """Send one message, in pieces if it is too long for one; buttons come under the last."""
        *firsts, last = pieces(message.text)
        try:
            for piece in firsts:
                await self._bot.send_message(int(chat), piece)
            buttons = keyboard(message.buttons)
            await self._bot.send_message(int(chat), last, reply_markup=buttons)
        except TelegramError as error:
            raise self._refusals.of_message(error) from None

    async def _keep(self, update: dict[str, object]) -> None:
        if self._receive is None:
            raise ChannelDown("telegram is not started")
        await self._receive([received(update)])
