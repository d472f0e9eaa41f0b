"""How fast the queue hands out and takes back, beside procrastinate and PgQueuer.

``python -m tests.bench.peers`` prints the table; ``--jobs`` and ``--rounds`` say how much is done;
``--json FILE`` keeps the numbers in a file, after they were compared with what is there from the
last time.  Eight consumers empty a queue on the same PostgreSQL server, which commits each in the
way that it is set up; a job is nothing but being leased and acknowledged.  PgQueuer acknowledges
some jobs together if it may take several, so that is measured too, as well as the same of ours.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from pgqueuer.models import Job
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode
from procrastinate import App, PsycopgConnector
from procrastinate.types import JSONDict
from sqlalchemy import Connection, make_url

from claimbot.queues import Lease
from claimbot.queues.sql import SqlQueue
from claimbot.store import Store
from tests.bench.photos import Result
from tests.bench.report import report, takes_json
from tests.bench.sides import connect
from tests.databases import empty_database
from tests.store_builders import NOON

JOBS = 1_000
ROUNDS = 3
CONSUMERS = 8
BATCH = 10
HOLD = timedelta(minutes=30)

Work = Callable[[int], Awaitable[float]]
"""Puts so many jobs into the queue, and returns how long it took until all were acknowledged."""


def took(began: float, done: int, jobs: int) -> float:
    """Return how many seconds it is since then.

    Raises:
        AssertionError: Not every job was done, or one was done twice.
    """
    seconds = perf_counter() - began
    if done != jobs:
        raise AssertionError(f"{done} of {jobs} jobs are done")
    return seconds


@asynccontextmanager
async def ours(url: str, batch: int) -> AsyncIterator[Work]:
    """Give the work for the queue of ours."""
    queue = SqlQueue()
    started = 0
    with closing(Store(url)) as store:
        store.upgrade()

        async def work(jobs: int) -> float:
            nonlocal started
            names = [f"CB-{started + number}" for number in range(jobs)]
            started += jobs
            await asyncio.wrap_future(
                store.submit(lambda tx: [queue.put(tx, name, due_at=NOON) for name in names])
            )
            began = perf_counter()
            done = await asyncio.gather(*(consume(str(number)) for number in range(CONSUMERS)))
            return took(began, sum(done), jobs)

        async def consume(adjuster: str) -> int:
            done = 0
            lease = partial(queue.lease, adjuster=adjuster, hold=HOLD, n=batch)
            while leases := await asyncio.wrap_future(store.submit(lease)):

                def ack(tx: Connection, held: list[Lease] = leases) -> None:
                    for one in held:
                        queue.ack(tx, one)

                await asyncio.wrap_future(store.submit(ack))
                done += len(leases)
            return done

        yield work


@asynccontextmanager
async def procrastinate(url: str) -> AsyncIterator[Work]:
    """Give the work for procrastinate: workers with one job at a time each."""
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=conninfo, max_size=2 * CONSUMERS))

    done: list[int] = []

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        done.append(number)

    async with app.open_async():
        await app.schema_manager.apply_schema_async()

        async def work(jobs: int) -> float:
            waiting: list[JSONDict] = [{"number": number} for number in range(jobs)]
            await nothing.batch_defer_async(*waiting)
            began = perf_counter()
            worker = partial(
                app.run_worker_async,
                concurrency=1,
                wait=False,
                listen_notify=False,
                install_signal_handlers=False,
            )
            done.clear()
            await asyncio.gather(*(worker() for _ in range(CONSUMERS)))
            return took(began, len(done), jobs)

        yield work


@asynccontextmanager
async def pgqueuer(url: str, batch: int) -> AsyncIterator[Work]:
    """Give the work for PgQueuer: managers that each take as many jobs at once as a batch has."""
    async with AsyncExitStack() as stack:
        connections = [await connect(url) for _ in range(CONSUMERS + 1)]
        for connection in connections:
            stack.push_async_callback(connection.close)
        filling, *consuming = map(Queries.from_asyncpg_connection, connections)
        await filling.install()

        async def work(jobs: int) -> float:
            done: list[int] = []
            names: list[str] = ["nothing"] * jobs
            await filling.enqueue(names, [None] * jobs, [0] * jobs)
            managers = [QueueManager(queries) for queries in consuming]
            for manager in managers:

                @manager.entrypoint("nothing")
                async def nothing(job: Job) -> None:
                    done.append(job.id)

            began = perf_counter()
            await asyncio.gather(
                *(
                    manager.run(batch_size=batch, mode=QueueExecutionMode.drain)
                    for manager in managers
                )
            )
            return took(began, len(done), jobs)

        yield work


SIDES: Mapping[str, Callable[[str], AbstractAsyncContextManager[Work]]] = {
    "ours": partial(ours, batch=1),
    "procrastinate": procrastinate,
    "PgQueuer": partial(pgqueuer, batch=1),
    f"ours, {BATCH} at once": partial(ours, batch=BATCH),
    f"PgQueuer, {BATCH} at once": partial(pgqueuer, batch=BATCH),
}


async def rates(jobs: int, rounds: int) -> dict[str, list[float]]:
    """Return the jobs a second of each side, once a round; the sides take turns."""
    found: dict[str, list[float]] = {name: [] for name in SIDES}
    async with AsyncExitStack() as stack:
        works = {}
        for name, side in SIDES.items():
            url = stack.enter_context(empty_database("postgresql", Path()))
            works[name] = await stack.enter_async_context(side(url))
        for _ in range(rounds):
            for name, work in works.items():
                found[name].append(jobs / await work(jobs))
    return found


def results(found: Mapping[str, list[float]]) -> list[Result]:
    """Return the rates, and those of ours as multiples of the others'."""
    shown = [Result(name=f"{name}: jobs/s", value=median(its)) for name, its in found.items()]
    for name, its in found.items():
        if name.startswith("ours"):
            continue
        mine = f"ours, {BATCH} at once" if name.endswith("at once") else "ours"
        ratio = median(one / other for one, other in zip(found[mine], its, strict=True))
        shown.append(Result(name=f"{mine} / {name}", value=ratio))
    return shown


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Leases and acks a second, ours and others'.")
    parser.add_argument("--jobs", type=int, default=JOBS, help="of each round and side")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    takes_json(parser)
    told = parser.parse_args(arguments)
    # It warns of tasks that a worker elsewhere could not import; there is none.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    report(results(asyncio.run(rates(told.jobs, told.rounds))), told.json)


if __name__ == "__main__":
    main(sys.argv[1:])
