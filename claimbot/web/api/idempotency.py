"""A ``POST`` that may be sent again: with an ``Idempotency-Key`` it is done once."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from claimbot.store import answered
from claimbot.web.api.access import Caller
from claimbot.web.api.deps import Deps
from claimbot.web.api.problems import Kind, Problem


class Once:
    """What a ``POST`` does and how it is answered, repeated or not."""

    def __init__(
        self,
        request: Request,
        key: Annotated[
            str | None,
            Header(
                alias="Idempotency-Key",
                description="For 24 hours, a request with the same key is done once.",
                pattern="^[!-~]{1,200}$",
            ),
        ] = None,
    ) -> None:
        """Take the request; without a ``key`` it is done each time."""
        self._request = request
        self._key = key

    async def __call__(
        self,
        act: Callable[[], Awaitable[dict[str, Any]]],
        show: Callable[[dict[str, Any]], Awaitable[Response]],
    ) -> Response:
        """Do it, or do not when it was done, and answer.

        Args:
            act: Does it, and returns what ``show`` needs: names and numbers for JSON, nothing
                that a policyholder said or sent, for it is kept and outlasts an erasure.
            show: Answers.

        Raises:
            Problem: The key was sent with another request, or the first is still being answered.
        """
        if self._key is None:
            return await show(await act())
        deps: Deps = self._request.app.state.deps
        caller: Caller = self._request.state.caller
        asked = (caller.token_id, self._key)
        mark, at = await self._hash(caller.adjuster), deps.clock()
        before = await asyncio.to_thread(
            deps.store.write, lambda tx: answered.begin(tx, *asked, mark, at)
        )
        if before is not None:
            if before.request_hash != mark:
                raise Problem(Kind.KEY_REUSED, "Send a new Idempotency-Key for a new request.")
            if before.answer is None:
                raise Problem(Kind.BEING_ANSWERED, headers={"Retry-After": "1"})
            return await show(json.loads(before.answer))
        try:
            done = await act()
        except Exception:
            await asyncio.to_thread(deps.store.write, lambda tx: answered.forget(tx, *asked))
            raise
        answer = json.dumps(done)
        await asyncio.to_thread(deps.store.write, lambda tx: answered.finish(tx, *asked, answer))
        return await show(done)

    async def _hash(self, adjuster: str) -> str:
        asked = f"{self._request.method} {self._request.url.path} {adjuster}\n".encode()
        return sha256(asked + await self._request.body()).hexdigest()


Repeatable = Annotated[Once, Depends(Once)]
