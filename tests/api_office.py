"""An adjusters' office whose desk is reached by the API, without a server between them."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from claimbot.claim import Claim
from claimbot.cli.serving import listen
from claimbot.desk import Desk
from claimbot.photos.copies import Copies
from claimbot.photos.examiners import Examiners
from claimbot.photos.folder import Folder
from claimbot.queues import Lease
from claimbot.queues.sql import SqlQueue
from claimbot.store import Store, tokens
from claimbot.store.tokens import Scope
from claimbot.web.api import AT, create_api, mount
from claimbot.web.api.access import LIMITS, Limits
from tests.databases import open_store
from tests.queued_claims import NOON, plain_claim, send, send_with_files

ALL = frozenset(Scope)
SINK = "https://claims.example#1a2b3c4d"


class WatchedQueue(SqlQueue):
    """A queue that tells when somebody came for a claim."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock=clock)
        self.came = Event()

    def lease(self, *asked: Any, **wanted: Any) -> list[Lease]:
        """Take claims, and tell."""
        taken = super().lease(*asked, **wanted)
        self.came.set()
        return taken


@dataclass
class ApiOffice:
    """A desk, its API, and a clock for both that is set by hand."""

    store: Store
    folder: Path
    examiners: Examiners
    limits: Limits = LIMITS
    now: datetime = NOON
    is_stopping: bool = False
    queue: WatchedQueue = field(init=False)
    photos: Folder = field(init=False)
    desk: Desk = field(init=False)
    api: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.queue = WatchedQueue(lambda: self.now)
        self.photos = photos = Folder(self.folder)
        self.desk = Desk(
            store=self.store,
            queue=self.queue,
            photos=photos,
            clock=lambda: self.now,
            copies=Copies(photos, self.examiners),
            sinks=(SINK,),
        )
        self.api = create_api(
            desk=self.desk,
            store=self.store,
            clock=lambda: self.now,
            stopping=lambda: self.is_stopping,
            limits=self.limits,
        )

    def send(self, *numbers: int, **told: Any) -> None:
        """Queue plain claims of these numbers."""
        for number in numbers:
            self.send_claim(plain_claim(number, **told))

    def send_claim(self, sent: Claim) -> None:
        """Queue a claim."""
        send(self.store, self.queue, sent)

    def send_whole(self, number: int, picture: bytes) -> str:
        """Queue a claim whose files are there, and return its reference."""
        app: Any = self  # it has what is asked of one
        return send_with_files(app, number, picture)

    def token(self, name: str = "ann", *scopes: Scope) -> str:
        """Make a token, by default for everything."""
        secret = tokens.new_secret()
        added = self.store.write(lambda tx: tokens.add(tx, name, secret, scopes or ALL, self.now))
        assert added
        return secret

    def client(self, token: str | None = None, **headers: str) -> httpx.AsyncClient:
        """Return who asks, with this token."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        web = FastAPI()
        mount(web, self.api)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=web),
            base_url=f"http://claimbot{AT}/",
            headers=headers,
        )

    def passes(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


@contextmanager
def open_office(database: str, folder: Path, limits: Limits = LIMITS) -> Iterator[ApiOffice]:
    """Give an office of its own on a database of its own."""
    with open_store(database, folder) as store, closing(Examiners(1)) as examiners:
        yield ApiOffice(store=store, folder=folder / "photos", limits=limits, examiners=examiners)


def problem(answer: httpx.Response) -> str:
    """Return which problem an answer is, having looked at its form."""
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["status"] == answer.status_code
    assert told["title"]
    assert told["detail"]
    prefix, _, name = told["type"].rpartition(":")
    assert prefix == "urn:claimbot:problem"
    return str(name)


@contextmanager
def served(office: ApiOffice) -> Iterator[str]:
    """Serve an office's API over HTTP, and give its URL."""
    web = FastAPI()
    mount(web, office.api)
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, access_log=False))
        serving = Thread(target=server.run, kwargs={"sockets": [listening]})
        serving.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{AT}"
        finally:
            server.should_exit = True
            serving.join()
