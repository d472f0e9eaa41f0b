"""How long it takes to find a photo in other claims, and to keep one, among very many.

``python -m tests.bench.sightings`` prints the table; ``--photos 1000 100000`` asks for other
numbers of photos, ``--json FILE`` keeps the times.  A photo that is found is turned or mirrored,
with as many bits changed as may be.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from hashlib import sha256
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, insert, text

from claimbot.claim import NEAR_DUPLICATE_BITS, Photo
from claimbot.likeness import BITS, forms
from claimbot.store import Store, claims, sightings
from claimbot.store.tables import claim_file, picture
from tests.databases import DATABASES, empty_database
from tests.marked import table
from tests.store_builders import ANN
from tests.store_builders import claim as claim_with

SIZES = (1_000, 100_000, 1_000_000)
TRIES = 400
POPULAR = 10_000
AT_ONCE = 10_000  # rows
CLAIMS = """
    INSERT INTO claim (
        reference, channel, chat, body, status, priority, submitted_at, due_at
    ) SELECT 'CB-' || id, '', '', '', '', '', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP
    FROM picture WHERE id > :last
"""
FILES = """
    INSERT INTO claim_file (reference, sha256, kind, picture)
    SELECT 'CB-' || id, 'some sixty characters, which is how long the names of files are ' || id,
    'photo', id FROM picture WHERE id > :last ORDER BY id
"""
STOCK = """
    INSERT INTO claim_file (reference, sha256, kind, picture)
    SELECT reference, 'stock', 'photo', (SELECT id FROM picture WHERE phash = :phash)
    FROM claim LIMIT :popular
"""

Make = Callable[[int], str]
Times = dict[str, Any]


def phash(name: object) -> str:
    """Return the hash of a picture of this name."""
    return sha256(f"{name}".encode()).hexdigest()


def like(was: str, bits: int, name: object) -> str:
    """Return a hash that differs in so many bits from a form of this one."""
    dice = Random(f"{name}")  # noqa: S311  nothing is to be kept secret
    flips = sum(1 << place for place in dice.sample(range(BITS), bits))
    return f"{int(dice.choice(forms(was)), 16) ^ flips:064x}"


def variant(number: int) -> str:
    """Return one of very many like each other."""
    return like(phash("logo"), 8, number)


def rows(make: Make, numbers: range) -> list[dict[str, object]]:
    """Return the rows of some pictures."""
    return [sightings.picture_row(make(number)) for number in numbers]


def fill(store: Store, make: Make, start: int, end: int) -> None:
    """Keep pictures in bulk, each in a claim of its own."""
    portions = [range(at, min(at + AT_ONCE, end)) for at in range(start, end, AT_ONCE)]

    def add(tx: Connection) -> None:
        indexes = [*picture.indexes, *claim_file.indexes]
        last = tx.execute(text("SELECT coalesce(max(id), 0) FROM picture")).scalar()
        for index in indexes:
            index.drop(tx)
        for some in processes.map(rows, repeat(make), portions):
            tx.execute(insert(picture), some)
        tx.execute(text(CLAIMS), {"last": last})
        tx.execute(text(FILES), {"last": last})
        for index in indexes:
            index.create(tx)

    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as processes:
        store.write(add)
    if store.engine.dialect.name == "postgresql":  # which does so by itself, a minute later
        store.write(lambda tx: tx.execute(text("ANALYZE")))


def take_times(database: str, sizes: Sequence[int]) -> list[Times]:
    """Return what a search and an insert cost in one database as it grows."""
    taken = []
    with TemporaryDirectory() as folder, empty_database(database, Path(folder)) as url:
        store = Store(url)
        store.upgrade()
        for have, size in zip((0, *sizes), sizes, strict=False):
            fill(store, phash, have, size)
            sys.stderr.write(f"{database}: {size:,} photos\n")
            taken += measure(store, database, size)
        taken += measure_popular(store, database)
        store.close()
    return taken


def measure(store: Store, database: str, size: int) -> list[Times]:
    """Return the times among so many photos."""
    step = size // TRIES
    near = [like(phash(n * step), NEAR_DUPLICATE_BITS, n) for n in range(TRIES)]
    took = {
        "search, found": [search(store, looks, 1) for looks in near],
        "search, not found": [search(store, phash(f"other {n}"), 0) for n in range(TRIES)],
        "keep": [keep(store, f"{size} {n}") for n in range(TRIES)],
    }
    return [times(database, f"{size:,}", what, each) for what, each in took.items()]


def measure_popular(store: Store, database: str) -> list[Times]:
    """Return the times for pictures that very many claims have, and for one of many variants."""
    fill(store, variant, 0, POPULAR)
    stock = phash(0)
    told = {"phash": bytes.fromhex(stock), "popular": POPULAR}
    store.write(lambda tx: tx.execute(text(STOCK), told))
    many = sightings.TOLD
    took = {
        "search, the same bytes": [search(store, None, many, "stock") for _ in range(TRIES)],
        "search, the same picture": [search(store, like(stock, 5, n), many) for n in range(TRIES)],
        "search, a variant": [search(store, variant(-1 - n), many) for n in range(TRIES)],
    }
    return [times(database, f"{POPULAR:,} alike", what, each) for what, each in took.items()]


def search(store: Store, looks: str | None, expected: int, name: str = "") -> float:
    """Return how long it takes to find a photo in as many other claims as there are."""
    photo = Photo(sha256=name, phash=looks)

    def look(tx: Connection) -> float:
        began = perf_counter()
        seen = sightings.find(tx, "none", [photo])
        took = perf_counter() - began
        if len(seen) != expected:
            raise AssertionError(f"{photo} is seen in {len(seen)} claims, not in {expected}")
        return took

    return store.write(look)


def keep(store: Store, name: str) -> float:
    """Return how long it takes to keep one photo of a claim of three."""
    photos = tuple(Photo(sha256=f"{name} {n}", phash=phash(f"{name} {n}")) for n in range(3))
    new = claim_with(f"CB-{name}")

    def add(tx: Connection) -> float:
        claims.submit(tx, ANN, new, new.due_at)
        began = perf_counter()
        sightings.keep(tx, replace(new, photos=photos))
        return (perf_counter() - began) / len(photos)

    return store.write(add)


def times(database: str, photos: str, what: str, took: list[float]) -> Times:
    """Return the middle of some times and the worst but 1 in 100, in milliseconds."""
    ordered = sorted(took)
    p50, p99 = (round(ordered[len(ordered) * part // 100] * 1_000, 2) for part in (50, 99))
    return {"database": database, "photos": photos, "what": what, "p50_ms": p50, "p99_ms": p99}


def main() -> None:
    """Take the times and print them, each also as a multiple of that among the fewest photos."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, nargs="+", default=SIZES)
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    taken = [one for name in DATABASES for one in take_times(name, sorted(told.photos))]
    first: dict[tuple[object, object], float] = {}
    for one in taken:
        least = first.setdefault((one["database"], one["what"]), one["p50_ms"])
        one["growth"] = round(one["p50_ms"] / least, 1)
    sys.stdout.write(table(tuple(taken[0]), [tuple(one.values()) for one in taken]))
    if told.json:
        told.json.parent.mkdir(parents=True, exist_ok=True)
        told.json.write_text(json.dumps(taken, indent=2) + "\n")


if __name__ == "__main__":
    main()
