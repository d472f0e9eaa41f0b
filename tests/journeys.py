"""What the intake's tests go through: a claimbot on a table, or in a process of its own."""

import asyncio
import atexit
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from secrets import randbelow
from tempfile import TemporaryDirectory
from typing import Any, Self

from pydantic import HttpUrl, SecretStr

from claimbot.app import App, build, voice
from claimbot.intake import Gathering, Worker
from claimbot.replay.player import stage_settings
from claimbot.store import Chat
from claimbot.words import languages
from tests.databases import open_store
from tests.fake_bot_api import FakeBotApi, Person
from tests.pictures import encoded, scene
from tests.store_builders import NOON

ROOT = Path(__file__).parents[1]
REFERENCE = re.compile(r"^CB-\w{4}-\w{4}$", re.MULTILINE)
POLICY_NUMBER = "123456789"
QUIET = timedelta(seconds=2)  # longer than the photos of an album are apart
NL, EN = (languages()[code].replies for code in ("nl", "en"))


@cache
def photo(name: str) -> bytes:
    """Return a sharp photo that looks like no other one of another name."""
    return encoded(scene(800, 600, name.encode()))


def photos() -> list[bytes]:
    """Return the three photos of a claim."""
    return [photo("whole car"), photo("from two metres"), photo("close by")]


def chat_of(person: Person) -> Chat:
    """Return the key of someone's conversation."""
    return Chat(channel="telegram", chat=str(person.id))


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A claimbot with a real Telegram channel, whose loops go round only when told to."""

    api: FakeBotApi
    app: App
    clock: Clock

    async def answers(self, person: Person, *updates: int) -> list[str]:
        """Take in these updates, and return what someone is told until all is quiet again."""
        told = len(person.heard)
        await self.api.confirmed(*updates)
        await self.works()
        await self.waits(QUIET)
        return [said.text for said in person.heard[told:]]

    async def works(self) -> None:
        """Do everything that is due, the answers' delivery included."""
        while await self.app.worker.once() or await self.app.relay.once():
            pass

    async def waits(self, length: timedelta) -> None:
        """Let time pass, and everything that becomes due in it happen."""
        await self.works()
        until = self.clock.now + length
        while (due := self.app.store.next_due(self.clock.now)) is not None and due <= until:
            self.clock.now = due
            await self.works()
        self.clock.now = until

    async def has_draft(self, person: Person, *, form: str | None = "geen") -> None:
        """Go through a conversation up to the review, or without a form up to that question."""
        for told in ("hallo", POLICY_NUMBER):
            await self.answers(person, await person.says(told))
        await self.answers(person, *await person.sends_album(photos(), as_is=True))
        if form:
            await self.answers(person, await person.says(form))

    @property
    def folder(self) -> Path:
        """The photo store's folder."""
        return Path(self.app.settings.photos.removeprefix("file:"))

    def blobs(self) -> list[Path]:
        """Return the files in the photo store."""
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def second_worker(self, **parts: Any) -> Worker:
        """Return another worker on the same database, with other parts than the app's own."""
        app = self.app
        names = ("store", "photos", "policies", "channels", "examiners")
        announce = parts.pop("announce", lambda *_: None)
        parts = {name: getattr(app, name) for name in names} | parts
        return Worker(
            store=parts["store"],
            queue=app.queue,
            gathering=Gathering(**parts),
            voice=lambda: voice(app.settings, app.policies),
            language=app.settings.language,
            clock=self.clock,
            draw=randbelow,
            announce=announce,
        )


@asynccontextmanager
async def laid(
    api: FakeBotApi, folder: Path, *, database: str = "sqlite", **changes: Any
) -> AsyncIterator[Table]:
    """Give a table; ``changes`` are settings, or ``draw`` for `build`."""
    clock = Clock()
    drawn = {name: changes.pop(name) for name in ("draw",) if name in changes}
    with open_store(database, folder) as empty:
        settings = stage_settings(folder).model_copy(
            update={
                "database": empty.url,
                "telegram_token": SecretStr(api.token),
                "telegram_base_url": HttpUrl(api.url),
                **changes,
            }
        )
        app = build(settings, clock=clock, **drawn)
        assert app.telegram is not None
        try:
            await app.telegram.start(app.worker.receive)
            yield Table(api=api, app=app, clock=clock)
        finally:
            await app.telegram.stop()
            app.close()


@cache
def _bytecode() -> str:
    """Return where started processes keep their bytecode, so that the first compiles for all."""
    folder = TemporaryDirectory(prefix="bytecode-")
    atexit.register(folder.cleanup)
    return folder.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that was run: its exit code and what it wrote."""

    code: int
    out: str
    err: str


class Served:
    """``claimbot serve`` in a process of its own, on a folder that outlives it.

    Or another ``command`` that runs until it is stopped: ``web``, ``worker`` or ``relay``.
    """

    def __init__(
        self,
        api: FakeBotApi,
        folder: Path,
        *,
        command: str = "serve",
        port: int = 0,
        **settings: str,
    ) -> None:
        """Serve with these settings; ``CLAIMBOT_`` is put before their names."""
        self.log: list[str] = []
        self._runs = command
        self.port = port
        self.folder = folder
        self.database = folder / "claimbot.db"
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": _bytecode(),
            "CLAIMBOT_TELEGRAM_TOKEN": api.token,
            "CLAIMBOT_TELEGRAM_BASE_URL": api.url,
            "CLAIMBOT_DATABASE": f"sqlite:///{self.database}",
            "CLAIMBOT_PHOTOS": f"file:{folder / 'photos'}",
            "CLAIMBOT_MESSAGE_GAP_SECONDS": "0",
            **{f"CLAIMBOT_{name}": value for name, value in settings.items()},
        }
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._logged = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def entries(self) -> list[dict[str, Any]]:
        """Return its log, line by line, without what is said to people."""
        return [json.loads(line) for line in self.log if line.startswith("{")]

    async def logs(self, event: str, *, times: int = 1, within: float = 30) -> None:
        """Return once it logged an event so often since it was started first."""

        def logged() -> bool:
            return sum(json.dumps(event) in line for line in self.log) >= times

        try:
            async with asyncio.timeout(within), self._logged:
                await self._logged.wait_for(logged)
        except TimeoutError:
            raise AssertionError(f"no {event!r} within {within} s: {self.log}") from None

    async def start(self) -> None:
        """Start it, and return when it serves."""
        listens = self._runs in {"serve", "web"}
        self._process = await self._run(
            self._runs, *(("--port", str(self.port)) if listens else ())
        )
        assert self._process.stderr is not None
        line = ""
        try:
            while ('"serving"' if listens else '"running"') not in line:
                line = (await asyncio.wait_for(self._process.stderr.readline(), 60)).decode()
                assert line, self.log
                self.log.append(line)
        except BaseException:  # nobody else will end it
            with suppress(ProcessLookupError):  # it ended by itself
                self._process.kill()
            await self._process.communicate()
            raise
        self.port = json.loads(self.log[-1]).get("port", 0)
        self._reading = asyncio.create_task(self._read(self._process.stderr))

    async def kill(self) -> None:
        """End it as a power cut does."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._ended()

    async def stop(self, *, within: float = 10) -> int | None:
        """Tell it to stop and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        async with asyncio.timeout(within):
            await self._ended()
        return self._process.returncode

    async def command(self, *words: str) -> Ended:
        """Run another command with the same settings, to its end."""
        process = await self._run(*words)
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(code=process.returncode, out=out.decode(), err=err.decode())

    async def _run(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "claimbot", *words),
            cwd=self.folder,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def _read(self, stderr: asyncio.StreamReader) -> None:
        while line := await stderr.readline():
            self.log.append(line.decode())
            async with self._logged:
                self._logged.notify_all()

    async def _ended(self) -> None:
        assert self._process is not None
        assert self._reading is not None
        await self._reading
        await self._process.communicate()


async def hand_in(
    person: Person, pictures: Sequence[bytes], number: str = POLICY_NUMBER, *, within: float = 10
) -> str:
    """Make a claim as most people do, and return its reference from the receipt."""
    await person.says("hallo")
    await person.hears(within=within)
    await person.sends_album(pictures, as_is=True)
    await person.hears(within=within)
    for said in (number, "geen", "versturen"):
        await person.says(said)
        await person.hears(within=within)
    return reference_in(person.heard[-1].text)


def reference_in(receipt: str) -> str:
    """Return the claim reference that stands on a line of its own."""
    found = REFERENCE.search(receipt)
    assert found, receipt
    return found[0]
