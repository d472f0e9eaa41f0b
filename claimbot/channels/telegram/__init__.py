"""Telegram, by python-telegram-bot: long polling, or a webhook.

Of its machinery only the transport is used.  No handler, no persistence, and the application is
never started: an update is kept in the inbox, confirmed, and that is all.
"""

import asyncio
import contextlib
import hmac
import logging
import os
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.ext import AIORateLimiter, ApplicationBuilder
from telegram.request import HTTPXRequest

from claimbot.channels import File, Inbound, Outbound, Receive
from claimbot.channels.telegram.messages import keyboard, pieces
from claimbot.channels.telegram.polling import DurableQueue, PollingRequest
from claimbot.channels.telegram.updates import parse_update, query_of, read_update, received
from claimbot.errors import (
    BadConfiguration,
    Blocked,
    ChannelDown,
    FileGone,
    FileTooBig,
    Undeliverable,
)

PUBLIC_BOT_API = "https://api.telegram.org"
WEBHOOK_PATH = "/channels/telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

LONG_POLL = timedelta(seconds=30)  # Telegram holds a getUpdates open for so long
RETRY_FIRST, RETRY_LAST = timedelta(seconds=1), timedelta(seconds=60)  # to start, doubling
SILENT_AFTER = timedelta(minutes=5)  # a long poll and the longest pause after a failure: 80 s
STOP_WITHIN = timedelta(seconds=2)  # python-telegram-bot sleeps up to 30 s before it hears of it

TOKEN = re.compile(r"[A-Za-z0-9_:-]+", re.ASCII)
SECRET = re.compile(
    r"[A-Za-z0-9_-]{1,256}", re.ASCII
)  # https://core.telegram.org/bots/api#setwebhook
CHAT_IS_GONE = ("chat not found", "user not found", "peer_id_invalid")

log = structlog.get_logger(channel="telegram")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramOptions:
    """How to reach Telegram; with a ``webhook_url`` by webhook, else by polling.

    ``base_url`` is ``http://host:port`` of a Bot API server; ``webhook_url`` the public address of
    this service, to which ``/channels/telegram`` is appended.
    """

    token: str = field(repr=False)
    base_url: str = PUBLIC_BOT_API
    webhook_url: str | None = None
    webhook_secret: str | None = field(default=None, repr=False)


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
    # people wrote.  What matters of theirs is logged here.
    for name, level in (("httpx", logging.WARNING), ("telegram", logging.CRITICAL + 1)):
        logging.getLogger(name).setLevel(level)
    os.environ["PTB_TIMEDELTA"] = "true"  # retry_after as a timedelta; else each 429 is a warning
    return Telegram(options)


class Telegram:
    """A `Channel`; what Telegram delivers to the webhook comes in by `deliver`."""

    name = "telegram"

    def __init__(self, options: TelegramOptions) -> None:
        """Build the application; use `open_telegram`, which checks the options."""
        self._options = options
        self._receive: Receive | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._polls = PollingRequest()
        self._calls = HTTPXRequest(read_timeout=20, pool_timeout=5)  # seconds
        base = options.base_url.rstrip("/")
        self._application = (
            ApplicationBuilder()
            .token(options.token)
            .base_url(f"{base}/bot")
            .base_file_url(f"{base}/file/bot")
            .request(self._calls)
            .get_updates_request(self._polls)
            .update_queue(DurableQueue(self._keep))
            # It would wait in memory and hold up every chat; the relay waits durably.
            .rate_limiter(AIORateLimiter(max_retries=0))
            .job_queue(None)
            .build()
        )

    async def start(self, receive: Receive) -> None:
        """Begin to take in messages; when Telegram cannot be reached, as soon as it can.

        Raises:
            BadConfiguration: Telegram refuses the token or the webhook.
        """
        self._receive = receive
        try:
            await self._listen()
        except ChannelDown as error:
            log.warning("telegram not reached at start; trying again", reason=str(error))
            self._keeper = asyncio.create_task(self._keep_listening(listens=False))
        except BadConfiguration:
            await self.stop()
            raise
        else:
            self._keeper = asyncio.create_task(self._keep_listening(listens=True))

    async def stop(self) -> None:
        """Take in nothing more and let go of connections."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        await self._stop_polling()
        await self._application.shutdown()
        await self._application.bot.shutdown()  # a start that failed half way left it open
        for request in (self._calls, self._polls):  # so did a send without a start
            await request.shutdown()
        self._receive = None

    async def deliver(self, body: bytes, secret_header: str | None) -> None:
        """Return once the update that Telegram posted is kept: then answer 200.

        Args:
            body: The request's body.
            secret_header: Its ``X-Telegram-Bot-Api-Secret-Token``.

        Raises:
            PermissionError: The secret is wrong, or we have none: answer 401.
            ValueError: The body is not an update: answer 400.
            ChannelDown: We take in nothing now; answer 503, and Telegram tries again.
        """
        secret = self._options.webhook_secret or ""
        told = secret_header or ""
        if not secret or not hmac.compare_digest(told.encode(), secret.encode()):
            raise PermissionError("not Telegram's secret")
        await self._keep(parse_update(body))

    def read(self, payload: str) -> Inbound:
        """Return what an update says."""
        return read_update(payload)

    async def greet(self, payload: str) -> None:
        """Stop the pressed button's spinner, if a button was pressed."""
        query = query_of(payload)
        if query is not None:
            with contextlib.suppress(TelegramError):  # mostly that it is too old: after 15 s or so
                await self._application.bot.answer_callback_query(query)

    async def fetch(self, file: File, *, limit: int) -> bytes:
        """Return a file's bytes.  Telegram hands out 20 MB at most."""
        if file.size is not None and file.size > limit:
            raise FileTooBig
        try:
            found = await self._application.bot.get_file(file.handle)
        except BadRequest as error:
            raise (FileTooBig if "too big" in str(error).lower() else FileGone) from None
        except TelegramError as error:
            raise self._down(error) from None
        if found.file_size is not None and found.file_size > limit:
            raise FileTooBig
        try:
            data = bytes(await found.download_as_bytearray())
        except (InvalidToken, RuntimeError):  # python-telegram-bot's for a 404, and for no path
            raise FileGone from None
        except TelegramError as error:
            raise self._down(error) from None
        if len(data) > limit:
            raise FileTooBig
        return data

    async def send(self, chat: str, message: Outbound) -> None:
        """Send one message, in pieces if it is too long for one; buttons come under the last."""
        *firsts, last = pieces(message.text)
        buttons = keyboard(message.buttons)
        try:
            for piece in firsts:
                await self._application.bot.send_message(int(chat), piece)
            await self._application.bot.send_message(int(chat), last, reply_markup=buttons)
        except (Forbidden, ChatMigrated) as error:
            raise Blocked(self._reason(error)) from None
        except BadRequest as error:
            reason = self._reason(error)
            gone = any(sign in reason.lower() for sign in CHAT_IS_GONE)
            raise (Blocked if gone else Undeliverable)(reason) from None
        except TelegramError as error:
            raise self._down(error) from None

    async def _listen(self) -> None:
        """Make Telegram send us updates.

        Raises:
            BadConfiguration: It refuses to.
            ChannelDown: It cannot be reached.
        """
        error = await self._try_to_listen()
        match error:
            case None:
                return
            case InvalidToken():
                raise BadConfiguration(
                    f"{self._options.base_url} refuses the Telegram token; "
                    "ask @BotFather for it and set CLAIMBOT_TELEGRAM_TOKEN"
                )
            case BadRequest():
                raise BadConfiguration(
                    f"Telegram refuses the webhook: {error}; set CLAIMBOT_TELEGRAM_WEBHOOK_URL"
                )
            case _:
                raise self._down(error)

    async def _try_to_listen(self) -> TelegramError | None:
        """Return what went wrong, without its traceback: python-telegram-bot quotes the token."""
        updater = self._application.updater
        assert updater is not None  # noqa: S101 - the builder makes one unless told not to
        try:
            await self._application.initialize()
            if self._options.webhook_url:
                await self._application.bot.set_webhook(
                    self._options.webhook_url.rstrip("/") + WEBHOOK_PATH,
                    secret_token=self._options.webhook_secret,
                    allowed_updates=ALLOWED_UPDATES,
                    drop_pending_updates=False,
                )
            else:
                await updater.start_polling(
                    timeout=LONG_POLL,
                    allowed_updates=ALLOWED_UPDATES,
                    drop_pending_updates=False,
                    error_callback=self._polling_failed,
                )
        except TelegramError as error:
            return error.with_traceback(None)
        return None

    async def _keep_listening(self, *, listens: bool) -> None:
        """Recover from a start without Telegram, and from polling that died."""
        while True:
            if not listens:
                await self._listen_at_last()
            if self._options.webhook_url:
                return
            await self._polls.fell_silent(SILENT_AFTER)
            log.error("telegram polling died or is stuck; starting it again")
            await self._stop_polling()
            listens = False

    async def _listen_at_last(self) -> None:
        pause = RETRY_FIRST
        while True:
            await asyncio.sleep(pause.total_seconds())
            try:
                await self._listen()
            except (BadConfiguration, ChannelDown) as error:
                log.warning("telegram still not reached", reason=str(error))
                pause = min(2 * pause, RETRY_LAST)
            else:
                log.info("telegram reached")
                return

    async def _stop_polling(self) -> None:
        updater = self._application.updater
        if updater is not None and updater.running:
            # When time is up, `stop` is cancelled, and with it what it waits for.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(updater.stop(), STOP_WITHIN.total_seconds())

    async def _keep(self, update: dict[str, object]) -> None:
        if self._receive is None:
            raise ChannelDown("telegram is not started")
        await self._receive([received(update)])

    def _polling_failed(self, error: TelegramError) -> None:
        log.warning("telegram polling failed; trying again", reason=self._reason(error))

    def _down(self, error: TelegramError) -> ChannelDown:
        wait = error.retry_after if isinstance(error, RetryAfter) else None
        return ChannelDown(self._reason(error), cast("timedelta | None", wait))

    def _reason(self, error: TelegramError) -> str:
        """Return what Telegram or the network said: never the token, never a whole page."""
        said = f"{type(error).__name__}: {error}".replace(self._options.token, "<token>")
        return said[:200]
