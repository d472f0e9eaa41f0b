"""Make Telegram send us updates, and go on when it or its library gives up."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import structlog
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import Application

from claimbot.channels.telegram.polling import PollingRequest
from claimbot.channels.telegram.refusals import Refusals
from claimbot.errors import BadConfiguration, ChannelDown

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

LONG_POLL = timedelta(seconds=30)  # Telegram holds a getUpdates open for so long
RETRY_FIRST, RETRY_LAST = timedelta(seconds=1), timedelta(seconds=60)  # to start, doubling
SILENT_AFTER = timedelta(minutes=5)  # a long poll and the longest pause after a failure: 65 s
ASK_WITHIN = timedelta(seconds=5)
STOP_WITHIN = timedelta(seconds=2)  # python-telegram-bot sleeps up to 30 s before it hears of it

REFUSED = "Telegram refuses the token; ask @BotFather for it and set CLAIMBOT_TELEGRAM_TOKEN"

log = structlog.get_logger(channel="telegram")


class Listening:
    """Polling, or a webhook that is registered, kept up from `start` to `stop`."""

    def __init__(
        self,
        application: "Application[Any, Any, Any, Any, Any, Any]",
        polls: PollingRequest,
        refusals: Refusals,
        *,
        webhook_url: str | None,
        webhook_secret: str | None,
    ) -> None:
        """Listen at ``webhook_url``, the full address, or poll by ``polls``."""
        self._application = application
        self._polls = polls
        self._refusals = refusals
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret
        self._keeper: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Ask Telegram whether it knows our token; listen to nothing.

        Raises:
            BadConfiguration: It does not.
            ChannelDown: It cannot be reached.
        """
        match await self._try_to_ask():
            case None:
                return
            case InvalidToken():
                raise BadConfiguration(REFUSED)
            case error:
                raise self._refusals.down(error)

    async def _try_to_ask(self) -> TelegramError | None:
        """Return what went wrong, for the reason that `_try_to_listen` does."""
        try:
            await self._application.bot.get_me(
                connect_timeout=ASK_WITHIN.total_seconds(), read_timeout=ASK_WITHIN.total_seconds()
            )
        except TelegramError as error:
            return error.with_traceback(None)
        return None

    async def start(self) -> None:
        """Listen; when Telegram cannot be reached, as soon as it can.

        Raises:
            BadConfiguration: Telegram refuses the token or the webhook.
        """
        try:
            await self._listen()
        except ChannelDown as error:
            log.warning("telegram not reached at start; trying again", reason=str(error))
            self._keeper = asyncio.create_task(self._keep_listening(listens=False))
        else:
            self._keeper = asyncio.create_task(self._keep_listening(listens=True))

    async def stop(self) -> None:
        """Listen no more, and let go of connections, also those of a start that failed."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        await self._stop_polling()
        await self._application.shutdown()
        await self._application.bot.shutdown()  # the application skips it if it is half started

    async def _listen(self) -> None:
        """Make Telegram send us updates.

        Raises:
            BadConfiguration: It refuses to.
            ChannelDown: It cannot be reached.
        """
        match await self._try_to_listen():
            case None:
                return
            case InvalidToken():
                raise BadConfiguration(REFUSED)
            case BadRequest() as error:
                raise BadConfiguration(
                    f"Telegram refuses the webhook: {error}; set CLAIMBOT_TELEGRAM_WEBHOOK_URL"
                )
            case error:
                raise self._refusals.down(error)

    async def _try_to_listen(self) -> TelegramError | None:
        """Return what went wrong: raised from here, an error of ours would drag along the token.

        python-telegram-bot quotes it when it is refused.
        """
        updater = self._application.updater
        assert updater is not None  # noqa: S101 - the builder makes one unless told not to
        try:
            await self._application.initialize()
            if self._webhook_url:
                await self._application.bot.set_webhook(
                    self._webhook_url,
                    secret_token=self._webhook_secret,
                    allowed_updates=ALLOWED_UPDATES,
                    drop_pending_updates=False,
                )
            else:
                await updater.start_polling(  # which removes a webhook that was set earlier
                    timeout=LONG_POLL,
                    allowed_updates=ALLOWED_UPDATES,
                    drop_pending_updates=False,
                    error_callback=self._polling_failed,
                )
        except TelegramError as error:
            return error
        return None

    async def _keep_listening(self, *, listens: bool) -> None:
        """Recover from a start without Telegram, and from polling that died."""
        while True:
            if not listens:
                await self._listen_at_last()
            if self._webhook_url:
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
            # When time is up, `stop` is cancelled, and with it the sleep that it waits for.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(updater.stop(), STOP_WITHIN.total_seconds())

    def _polling_failed(self, error: TelegramError) -> None:
        log.warning("telegram polling failed; trying again", reason=self._refusals.reason(error))
