"""What python-telegram-bot polls with, so that an update is confirmed only once it is kept.

Its polling loop goes on after a `NetworkError` and ends after most else, such as a 401 or an error
of ours, without telling anyone.  So only a `NetworkError` may leave what stands here.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from telegram import Update
from telegram.error import NetworkError, TimedOut
from telegram.request import HTTPXRequest

from claimbot.channels.telegram.updates import is_update

Keep = Callable[[dict[str, object]], Awaitable[None]]
"""Keep one raw update durably; raises when it is not kept."""

_RAW = "raw"
_REFUSED = {401, 404}


class PollingRequest(HTTPXRequest):
    """HTTP for ``getUpdates`` alone, which hands updates on raw.

    Raw, because an update that python-telegram-bot cannot parse is never confirmed: it would come
    again for ever, without a pause, and hold up every other.  A field that ``Update`` does not
    know is kept in its ``api_kwargs``.
    """

    def __init__(self) -> None:
        """Have a connection to spare: for the last call, while the one before is cancelled."""
        super().__init__(connection_pool_size=2, pool_timeout=5)
        self._asked = asyncio.Event()

    async def fell_silent(self, longer_than: timedelta) -> None:
        """Return once Telegram was not asked for so long: whatever polled is dead or stuck."""
        with contextlib.suppress(TimeoutError):
            while True:
                self._asked.clear()
                await asyncio.wait_for(self._asked.wait(), longer_than.total_seconds())

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return status and body.

        Raises:
            NetworkError: No answer, or the token is refused: it may be accepted again later.
        """
        self._asked.set()
        try:
            status, body = await super().do_request(*args, **kwargs)
        except TimedOut as error:  # which would be tried again at once and not be reported
            raise NetworkError("timed out") from error
        if status in _REFUSED:
            raise NetworkError(f"the token is refused: HTTP {status}")
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, object]:
        """Return the answer with each update wrapped; any other answer unchanged.

        Raises:
            NetworkError: Whatever answered, it was not the Bot API.
        """
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            raise NetworkError("the answer is not JSON") from None
        match answer:
            case {"ok": True, "result": [*updates]} if all(map(is_update, updates)):
                wrapped = [{"update_id": one["update_id"], _RAW: one} for one in updates]
                return {"ok": True, "result": wrapped}
            case {"ok": False}:
                error: dict[str, object] = answer
                return error
            case _:
                raise NetworkError("the answer is not the Bot API's")


class DurableQueue(asyncio.Queue[object]):
    """The application's update queue, in which putting is keeping, and nothing is taken out.

    python-telegram-bot confirms a batch after the last `put` returned.
    """

    def __init__(self, keep: Keep) -> None:
        """Put updates where ``keep`` does."""
        super().__init__()
        self._keep = keep

    async def put(self, item: object) -> None:
        """Return once the update is kept.

        Raises:
            NetworkError: It is not; Telegram will send it again.
        """
        assert isinstance(item, Update)  # noqa: S101 - for the type checker
        raw = item.api_kwargs[_RAW]
        try:
            await self._keep(raw)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise NetworkError("an update was not kept: CancelledError") from None
        except Exception as error:  # noqa: BLE001 - whatever else leaves ends polling
            # Only the kind: a database's message quotes what it could not store.
            kind = type(error).__name__
            raise NetworkError(f"an update was not kept: {kind}") from None
