"""``claimbot serve`` in a process that is killed at chosen instants and started again at once."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.fake_bot_api import FakeBotApi
from tests.journeys import Served
from tests.killed.elsewhere import SCHEME, install
from tests.killed.instants import Instant
from tests.killed.serve import DIED, LASTS, SPARE


class Mortal(Served):
    """A claimbot with one life for each instant, and a last one that lasts."""

    def __init__(
        self,
        api: FakeBotApi,
        folder: Path,
        instants: Sequence[Instant],
        *,
        queue_elsewhere: bool = False,
        command: str = "serve",
        **settings: Any,
    ) -> None:
        """Live in ``folder``; with a queue in another database if that is wanted."""
        self.api = api
        self.kills = 0
        self.lasts = False
        """Whether it is killed no more."""
        self.last_points: Counter[str] = Counter()
        self.instants = tuple(instants)
        self.queue = folder / "queue.db" if queue_elsewhere else None
        super().__init__(api, folder, command=command, **settings)
        if self.queue:
            install(folder)
            self._environment["PYTHONPATH"] += f":{folder}"
            self._environment["CLAIMBOT_QUEUE"] = f"{SCHEME}:{self.queue}"

    async def start(self) -> None:
        """Start the first life; return before it serves, as it may die before."""
        port = ("--port", "0") if self._runs == "serve" else ()
        self._process = await self._killed(self.instants, self._runs, *port)
        assert self._process.stderr is not None
        self._reading = asyncio.create_task(self._read(self._process.stderr))

    async def kill_at(self, instants: Sequence[Instant], *words: str) -> None:
        """Run another command, which is killed at each of these instants and typed again.

        Raises:
            AssertionError: It was not killed so often.
        """
        process = await self._killed(instants, *words)
        _, err = await process.communicate()
        assert err.decode().count(f'"{DIED}"') == len(instants), err.decode()

    async def until(self, happened: Callable[[], bool], what: str, *, within: float = 60) -> None:
        """Do what `FakeBotApi.until` does; an error also tells the end of the log."""
        try:
            await self.api.until(happened, what, within=within)
        except AssertionError as error:
            error.add_note(f"after {self.kills} of {len(self.instants)} kills")
            error.add_note("".join(self.log[-20:]))
            raise

    async def died(self) -> None:
        """Return after the last kill."""
        await self.until(lambda: self.lasts, "killed")

    async def spare(self) -> None:
        """Kill it once more, at once; whatever instants there are, its next life lasts."""
        assert self._process is not None
        async with self._logged:
            await self._logged.wait_for(lambda: bool(self.log))  # by then it heeds the signal
        self._process.send_signal(SPARE)

    async def _killed(
        self, instants: Sequence[Instant], *words: str
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.killed.serve", *map(str, instants), "--", *words),
            cwd=self.folder,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def _read(self, stderr: asyncio.StreamReader) -> None:
        async for line in stderr:
            self.log.append(line.decode())
            async with self._logged:
                self._logged.notify_all()
            if f'"{DIED}"' in self.log[-1]:
                self.kills += 1
                self.last_points[json.loads(line)["last"]] += 1
                await self.api.tell()
            elif f'"{LASTS}"' in self.log[-1]:
                self.lasts = True
                await self.api.tell()
