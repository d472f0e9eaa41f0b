"""A bot in bare HTTP, to test the fake with."""

from typing import Any

import httpx

from tests.fake_bot_api.server import FakeBotApi


class Bot:
    """The bot that has the fake's token."""

    def __init__(self, api: FakeBotApi, client: httpx.AsyncClient) -> None:
        """Call that fake through that client."""
        self._address = f"{api.url}/bot{api.token}"
        self._files = f"{api.url}/file/bot{api.token}"
        self._client = client

    async def call(self, method: str, **params: object) -> Any:
        """Return the result of a method that must succeed."""
        answer = await self.ask(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Return the whole answer of a method."""
        answer = await self._client.post(f"{self._address}/{method}", json=params)
        content: dict[str, Any] = answer.json()
        assert content["ok"] or answer.status_code == content["error_code"]
        return content

    async def updates(self, **params: object) -> list[int]:
        """Return the numbers of the updates at hand."""
        found = await self.call("getUpdates", **params)
        return [update["update_id"] for update in found]

    async def download(self, path: object) -> httpx.Response:
        """Return the answer to a download."""
        return await self._client.get(f"{self._files}/{path}")
