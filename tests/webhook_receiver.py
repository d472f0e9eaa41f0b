"""A claim system that takes webhooks over HTTP, and believes only what is signed."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.fake_bot_api.http import HttpServer, Request, Response

TOLERANCE = 300  # seconds that a message may be old, or early
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 the example of the standard
NEW_SECRET = "whsec_" + base64.b64encode(b"another key, of 32 bytes in all!").decode()

Answer = Callable[[Request], Awaitable[Response]]


def answers(status: int, *headers: str, body: bytes = b"") -> Answer:
    """Return how to answer every message alike."""

    async def answer(_: Request) -> Response:
        return Response(status=status, body=body, headers=headers)

    return answer


def is_signed(request: Request, secret: str, now: float) -> bool:
    """Tell whether a message is genuine, as the standard says: of its many signatures, one is."""
    sent_at = request.headers["webhook-timestamp"]
    if abs(now - int(sent_at)) > TOLERANCE:
        return False
    signed = f"{request.headers['webhook-id']}.{sent_at}.".encode() + request.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    for one in request.headers["webhook-signature"].split(" "):
        version, _, signature = one.partition(",")
        if version == "v1" and hmac.compare_digest(signature, expected):
            return True
    return False


class Receiver:
    """Takes messages and answers each as it is told to, or with 204."""

    def __init__(
        self, secret: str, clock: Callable[[], float], tls: ssl.SSLContext | None
    ) -> None:
        self.secret = secret
        self.answer = answers(204)
        self.requests: list[Request] = []
        self.events: list[Any] = []
        """What it took, in order."""
        self.refused = 0
        """How many were not signed."""
        self.busiest = 0
        """The most that it was asked at once."""
        self._clock = clock
        self._at_once = 0
        self._news = asyncio.Condition()
        self.server = HttpServer(self._handle, tls=tls)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.port}/claims"

    @property
    def times(self) -> Counter[str]:
        """How often it took each event, by id."""
        return Counter(event["id"] for event in self.events)

    async def until(self, happened: Callable[[], bool], *, within: float = 30) -> None:
        """Return once something is so, after another request at the latest."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(happened)

    async def _handle(self, request: Request) -> Response:
        self.requests.append(request)
        self._at_once += 1
        self.busiest = max(self.busiest, self._at_once)
        try:
            if not is_signed(request, self.secret, self._clock()):
                self.refused += 1
                return Response(status=401, body=b"")
            answer = await self.answer(request)
            if answer.status < 300:
                self.events.append(json.loads(request.body))
            return answer
        finally:
            self._at_once -= 1
            async with self._news:
                self._news.notify_all()


@asynccontextmanager
async def receiving(
    secret: str = SECRET,
    *,
    clock: Callable[[], float] = time.time,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Receiver]:
    """Give a receiver that listens."""
    receiver = Receiver(secret, clock, tls)
    await receiver.server.start()
    try:
        yield receiver
    finally:
        await receiver.server.stop()
