"""What a claimbot that serves may have to do without for a while."""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import httpx

from tests.journeys import Served

ANSWERS_WITHIN = 2  # seconds, as a load balancer has it; a machine under load takes longer
PATIENCE = 4


async def failing(served: Served) -> list[str]:
    """Return what `/readyz` says is failing, in time."""
    async with httpx.AsyncClient() as balancer:
        answer = await balancer.get(f"{served.url}/readyz", timeout=ANSWERS_WITHIN * PATIENCE)
    told: dict[str, list[str]] = answer.json()
    assert answer.status_code == (503 if told["failed"] else 200)
    return told["failed"]


async def is_ready_again(served: Served, *, within: float = 30) -> None:
    """Return once nothing is failing any more."""
    failed = ["unknown"]
    async with asyncio.timeout(within):
        while failed:
            failed = await failing(served)


@asynccontextmanager
async def locked(served: Served) -> AsyncIterator[None]:
    """Let nobody else write to the database, once what was sent is noted in it."""
    unnoted = "SELECT count(*) FROM outbox WHERE settled_at IS NULL"
    with closing(sqlite3.connect(served.database, timeout=10, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        while other.execute(unnoted).fetchone() != (0,):
            other.execute("ROLLBACK")
            await asyncio.sleep(0)  # the answer that it waits for comes from this loop
            other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full_disk(served: Served) -> Iterator[None]:
    """Let none of the process's files grow: as a full disk, but for the number of the error."""
    was = resource.prlimit(served.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(served.pid, resource.RLIMIT_FSIZE, (0, was[1]))
    try:
        yield
    finally:
        resource.prlimit(served.pid, resource.RLIMIT_FSIZE, was)


@contextmanager
def away(folder: Path) -> Iterator[None]:
    """Take a folder away, as a volume that comes loose."""
    elsewhere = folder.with_name(f"{folder.name}-elsewhere")
    folder.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(folder)
