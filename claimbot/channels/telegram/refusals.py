"""Telegram's refusals, as errors of ours that say what can still be done."""

from datetime import timedelta
from typing import cast

from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from claimbot.errors import (
    Blocked,
    ChannelDown,
    ChannelError,
    FileGone,
    FileTooBig,
    Undeliverable,
)

CHAT_IS_GONE = ("chat not found", "user not found", "peer_id_invalid")
FILE_IS_TOO_BIG = "too big"


class Refusals:
    """Reads python-telegram-bot's errors; no reason it gives holds the token."""

    def __init__(self, token: str) -> None:
        """Hide that token."""
        self._token = token

    def reason(self, error: TelegramError) -> str:
        """Return what Telegram or the network said, at most 200 characters of it."""
        said = f"{type(error).__name__}: {error}"
        return said.replace(self._token, "<token>")[:200]

    def down(self, error: TelegramError) -> ChannelDown:
        """Return an error that says to try again, and when."""
        wait = error.retry_after if isinstance(error, RetryAfter) else None
        return ChannelDown(self.reason(error), cast("timedelta | None", wait))

    def of_message(self, error: TelegramError) -> ChannelError:
        """Return why a message was not sent."""
        match error:
            case Forbidden() | ChatMigrated():
                return Blocked(self.reason(error))
            case BadRequest() if any(sign in str(error).lower() for sign in CHAT_IS_GONE):
                return Blocked(self.reason(error))
            case BadRequest():
                return Undeliverable(self.reason(error))
            case _:
                return self.down(error)

    def of_file(self, error: TelegramError) -> ChannelError:
        """Return why a file was not found."""
        match error:
            case BadRequest() if FILE_IS_TOO_BIG in str(error).lower():
                return FileTooBig(self.reason(error))
            case BadRequest():
                return FileGone(self.reason(error))
            case _:
                return self.down(error)
