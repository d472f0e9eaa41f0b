"""The Bot API's methods, its queue of updates and its webhook.

Source of behaviour and wording: https://core.telegram.org/bots/api, and what api.telegram.org
answers where that is silent.
"""

import asyncio
import contextlib
import json
import re
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

from tests.fake_bot_api.http import HttpServer, HungUp, Request, Response
from tests.fake_bot_api.person import Person
from tests.fake_bot_api.values import (
    BLOCKED,
    BOT,
    HANG_UP,
    NOT_FOUND,
    UNAUTHORIZED,
    BotMessage,
    Call,
    Delivery,
    Json,
    Key,
    Refused,
    StoredFile,
    Webhook,
)

BIGGEST_FILE = 20_000_000  # bytes that getFile hands out
LONGEST_TEXT = 4096  # UTF-16 code units
LONGEST_DATA = 64  # bytes
MOST_UPDATES = 100
REDELIVER_AFTER = 0.05  # seconds; Telegram takes longer
QUERY_TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


class FakeBotApi:
    """The server, at `url`, for the one bot that has `token`."""

    def __init__(self, token: str = "123456:fake-token") -> None:  # noqa: S107 - opens nothing
        """Start with `start`, or as an async context manager."""
        self.token = token
        self.acked: set[int] = set()
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.answered: set[str] = set()
        self.files: dict[str, StoredFile] = {}
        self.webhook: Webhook | None = None
        self._http = HttpServer(self._handle)
        self._people: dict[int, Person] = {}
        self._pending: deque[Json] = deque()
        self._allowed: list[str] = []
        self._troubles: list[tuple[str, Refused]] = []
        self._polls = 0
        self._counts: Counter[str] = Counter()
        self._changed = asyncio.Condition()
        self._delivering: asyncio.Task[None] | None = None
        self._methods: dict[str, Callable[[dict[str, str]], Awaitable[object]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "answercallbackquery": self._answer_callback_query,
            "getfile": self._get_file,
        }

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Serve; after a `stop` under the same address and with all that was there."""
        await self._http.start()
        self._delivering = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        """Go down: connections drop, people and updates stay."""
        await self._http.stop()
        if self._delivering is not None:
            self._delivering.cancel()
            await asyncio.wait([self._delivering])
            self._delivering = None

    @property
    def url(self) -> str:
        """The base URL, for ``CLAIMBOT_TELEGRAM_BASE_URL``."""
        return f"http://127.0.0.1:{self._http.port}"

    @property
    def pending(self) -> list[int]:
        """The updates that wait to be confirmed."""
        return [_number(update) for update in self._pending]

    def user(self, user_id: int | None = None, *, language_code: str | None = "nl") -> Person:
        """Return a person with a private chat, a new one unless the id is known."""
        user_id = user_id or 7_000_000_000 + self.count("user")  # more than 32 bits, as today's
        if user_id not in self._people:
            self._people[user_id] = Person(self, user_id, language_code)
        return self._people[user_id]

    def fails(self, method: str, trouble: Refused, *, times: int = 1) -> None:
        """Answer the next calls of a method so; ``"file"`` is a download."""
        self._troubles += [(method.lower(), trouble)] * times

    def heals(self) -> None:
        """Forget the failures that `fails` left over."""
        self._troubles.clear()

    def called(self, method: str) -> list[dict[str, str]]:
        """Return the parameters of each call of a method."""
        return [call.params for call in self.calls if call.method == method.lower()]

    def count(self, what: str) -> int:
        """Return the next number of a sequence: 1, 2, ..."""
        self._counts[what] += 1
        return self._counts[what]

    async def confirmed(self, *update_ids: int, within: float = 5) -> None:
        """Return once the bot has confirmed these updates, within some seconds."""
        wanted = set(update_ids)
        await self.until(lambda: wanted <= self.acked, f"{wanted} confirmed", within=within)

    async def until(self, happened: Callable[[], bool], what: str, *, within: float = 5) -> None:
        """Return once something is true; an AssertionError that names it after some seconds."""
        try:
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(happened)
        except TimeoutError:
            raise AssertionError(f"not {what} within {within} s") from None

    async def push(self, kind: str, event: object) -> int:
        """Queue an update of any kind, unless the bot did not ask for it; return its number."""
        update_id = 700_000_000 + self.count("update")
        if not self._allowed or kind in self._allowed:
            self._pending.append({"update_id": update_id, kind: event})
            await self.tell()
        return update_id

    async def tell(self) -> None:
        """Wake all who wait for something to happen."""
        async with self._changed:
            self._changed.notify_all()

    async def _handle(self, request: Request) -> Response:
        parts = urlsplit(request.path)
        found = re.fullmatch(r"(/file)?/bot([^/]*)/(.+)", unquote(parts.path))
        try:
            if found is None:
                raise NOT_FOUND
            download, token, name = found.groups()
            method = "file" if download else name.lower()
            params = _params(request, parts.query)
            self.calls.append(Call(method=method, params=params))
            await self.tell()
            self._make_trouble(method)
            if token != self.token:
                raise UNAUTHORIZED
            if download:
                return self._download(name)
            if method not in self._methods:
                raise NOT_FOUND
            result = await self._methods[method](params)
        except Refused as refused:
            if refused is HANG_UP:
                raise HungUp from None
            return _answer(refused.status, _error(refused))
        await self.tell()
        return _answer(200, {"ok": True, "result": result})

    def _make_trouble(self, method: str) -> None:
        for index, (where, trouble) in enumerate(self._troubles):
            if where == method:
                del self._troubles[index]
                raise trouble.with_traceback(None)

    async def _get_me(self, _: dict[str, str]) -> object:
        return BOT

    async def _get_updates(self, params: dict[str, str]) -> object:
        if self.webhook is not None:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._polls += 1
        mine = self._polls
        self._allow(params)
        self._confirm_before(int(params.get("offset", "0")))
        async with self._changed:
            self._changed.notify_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(float(params.get("timeout", "0"))):
                    await self._changed.wait_for(lambda: self._pending or self._polls != mine)
        if self._polls != mine:
            raise Refused(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        return list(self._pending)[: min(int(params.get("limit", MOST_UPDATES)), MOST_UPDATES)]

    def _confirm_before(self, offset: int) -> None:
        while self._pending and _number(self._pending[0]) < offset:
            self.acked.add(_number(self._pending.popleft()))

    async def _set_webhook(self, params: dict[str, str]) -> object:
        self._allow(params)
        self._drop(params)
        url, secret = params.get("url", ""), params.get("secret_token", "")
        if url and not url.startswith(("https://", "http://127.0.0.1:")):
            raise Refused(
                400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            )
        self.webhook = Webhook(url=url, secret=secret) if url else None
        return True

    async def _delete_webhook(self, params: dict[str, str]) -> object:
        self._drop(params)
        self.webhook = None
        return True

    async def _get_webhook_info(self, _: dict[str, str]) -> object:
        return {
            "url": self.webhook.url if self.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._pending),
        }

    async def _send_message(self, params: dict[str, str]) -> object:
        person = self._people.get(int(params.get("chat_id", "0")))
        text = params.get("text", "")
        if person is None:
            raise Refused(400, "Bad Request: chat not found")
        if person.blocks:
            raise BLOCKED
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
            raise Refused(400, "Bad Request: message is too long")
        rows = json.loads(params.get("reply_markup", "{}")).get("inline_keyboard", [])
        keyboard = tuple(
            tuple(Key(label=key["text"], data=key["callback_data"]) for key in row) for row in rows
        )
        if any(len(key.data.encode()) > LONGEST_DATA for row in keyboard for key in row):
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        said = BotMessage(message_id=self.count("message"), text=text, keyboard=keyboard)
        person.heard.append(said)
        return person.message_of_bot(said)

    async def _answer_callback_query(self, params: dict[str, str]) -> object:
        query = params.get("callback_query_id", "")
        if not any(query in person.queries for person in self._people.values()):
            raise Refused(400, QUERY_TOO_OLD)
        self.answered.add(query)
        return True

    async def _get_file(self, params: dict[str, str]) -> object:
        file_id = params.get("file_id", "")
        file = self.files.get(file_id)
        if file is None:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if file.size > BIGGEST_FILE:
            raise Refused(400, "Bad Request: file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": file_id[-8:],
            "file_size": file.size,
            "file_path": file.path,
        }

    def _download(self, path: str) -> Response:
        for file in self.files.values():
            if file.path == path:
                return Response(status=200, body=file.data, media_type="application/octet-stream")
        raise NOT_FOUND

    def _allow(self, params: dict[str, str]) -> None:
        if "allowed_updates" in params:
            self._allowed = json.loads(params["allowed_updates"])

    def _drop(self, params: dict[str, str]) -> None:
        if params.get("drop_pending_updates", "").lower() == "true":
            self._pending.clear()

    async def _deliver(self) -> None:
        """Post the oldest update to the webhook until it is taken, then the next."""
        async with self._changed:  # a client costs 80 ms, and most tests need none
            await self._changed.wait_for(lambda: self.webhook)
        async with httpx.AsyncClient() as client:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self.webhook and self._pending)
                if not await self._post(client, self._pending[0]):
                    await asyncio.sleep(REDELIVER_AFTER)

    async def _post(self, client: httpx.AsyncClient, update: Json) -> bool:
        assert self.webhook is not None
        secret = self.webhook.secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            answer = await client.post(self.webhook.url, json=update, headers=headers)
            status = answer.status_code
        except httpx.HTTPError:
            status = 0
        self.deliveries.append(Delivery(update_id=_number(update), status=status))
        taken = 200 <= status < 300
        if taken and update in self._pending:
            self._pending.remove(update)
            self.acked.add(_number(update))
        await self.tell()
        return taken


def _number(update: Json) -> int:
    number = update["update_id"]
    assert isinstance(number, int)
    return number


def _params(request: Request, query: str) -> dict[str, str]:
    """Return parameters from wherever the Bot API takes them: query, form or JSON."""
    found = dict(parse_qsl(query))
    if request.headers.get("content-type", "").startswith("application/json"):
        parsed = json.loads(request.body)
        return found | {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in parsed.items()
        }
    return found | dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def _error(refused: Refused) -> Json:
    error: Json = {
        "ok": False,
        "error_code": refused.status,
        "description": refused.description,
    }
    return error | ({"parameters": refused.parameters} if refused.parameters else {})


def _answer(status: int, content: Json) -> Response:
    return Response(status=status, body=json.dumps(content).encode())
