"""The benches of the durable intake: they measure what they say, and keep it whole."""

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.bench import claims, growth, latency, peers, steps
from tests.bench.photos import Result
from tests.bench.report import compared
from tests.bench.sides import Orm, Ours, PlainPostgresql, PlainSqlite
from tests.databases import open_store
from tests.store_builders import kept

WRITTEN = ("inbox", "conversation", "outbox")
DATABASES = ("SQLite", "PostgreSQL")


def without(name: str, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return rows without numbers, a chat's name and what is made of it."""
    return [tuple(cell for cell in row if not _depends(name, cell)) for row in rows]


def _depends(name: str, cell: object) -> bool:
    return isinstance(cell, int) or name in str(cell) or str(cell).isdigit()


async def test_every_side_writes_the_same_to_sqlite(tmp_path: Path) -> None:
    """What is compared is the same work, to the last row: two steps that say one thing each."""
    written = {}
    for name in ("ours", "plain", "orm"):
        folder = tmp_path / name
        folder.mkdir()
        with open_store("sqlite", folder) as store, closing(PlainSqlite(store.url)) as plain:
            orm = Orm(store.url)
            step = {"ours": Ours(store).step, "plain": plain.step, "orm": orm.step}[name]

            await step(f"chat of {name}", 0)
            await step(f"chat of {name}", 1)

            await orm.close()
            rows = kept(store)
        written[name] = {table: without(f"chat of {name}", rows[table]) for table in WRITTEN}
        assert [len(rows[table]) for table in WRITTEN] == [2, 1, 2]

    assert written["ours"] == written["plain"] == written["orm"]


async def test_every_side_writes_the_same_to_postgresql(tmp_path: Path) -> None:
    """There, too."""
    written = []
    for name in ("ours", "plain"):
        with open_store("postgresql", tmp_path) as store:
            plain = await PlainPostgresql.open(store.url, 1)
            step = Ours(store).step if name == "ours" else plain.step

            await step(f"chat of {name}", 0)
            await step(f"chat of {name}", 1)

            await plain.close()
            rows = kept(store)
        written.append([without(f"chat of {name}", rows[table]) for table in WRITTEN])

    assert written[0] == written[1]


def test_the_steps_are_measured_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every number is there, is more than nothing, and stands beside that of the last time."""
    file = tmp_path / "kept" / "steps.json"
    short = ["--rounds", "2", "--seconds", "0.02", "--json", str(file)]

    steps.main(short)
    steps.main(short)

    numbers = json.loads(file.read_text())
    names = [f"{name}, {n} at once" for name in DATABASES for n in (1, 8, 64)][:-1]
    rates = [f"{name}: {what}" for name in names for what in ("ours, steps/s", "raw, steps/s")]
    assert {*rates, *(f"{name}: ours / raw" for name in names)} <= numbers.keys()
    assert "SQLite, 1 at once: ours / ORM" in numbers
    assert all(number > 0 for number in numbers.values())
    second = capsys.readouterr().out.splitlines()[len(numbers) + 2 :]
    assert all(line.split(" | ")[2] for line in second[2:])


def test_the_page_has_a_row_for_each_rate() -> None:
    """Of the middle of the rounds, and the ratio of each round by itself."""
    rates = steps.Rates(
        database="sqlite", at_once=1, ours=(10, 40, 20), raw=(20, 50, 80), orm=(2, 5, 5)
    )

    last = steps.steps_table([rates]).splitlines()[-1]

    assert last == "| SQLite | 1 | 20 | 50 | 0.50 | 5.0 |"


def test_a_number_stands_beside_the_last_one() -> None:
    """With the change, and whether a goal is missed."""
    found = [Result(name="rate", value=1200), Result(name="ratio", value=0.4, least=0.5)]

    lines = compared(found, {"rate": 1000}).splitlines()

    assert lines[2] == "| rate | 1,200 | 1,000 | +20% |  |"
    assert lines[3] == "| ratio | 0.40 |  |  | at least 0.5: MISSED |"


def test_a_database_is_filled_and_measured_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Among each number of conversations, the store's rate and the driver's."""
    file = tmp_path / "growth.json"
    short = ["--conversations", "10", "30", "--rounds", "1", "--seconds", "0.02"]

    growth.main([*short, "--json", str(file)])

    assert "30 conversations stored: ours, of that among 10" in capsys.readouterr().out
    assert all(number > 0 for number in json.loads(file.read_text()).values())


def test_a_database_is_filled_with_what_was_handled(tmp_path: Path) -> None:
    """A bulk of conversations, after another one; nothing in it waits."""
    with open_store("sqlite", tmp_path) as store:
        growth.fill(store, 0, 10)
        growth.fill(store, 10, 30)

        rows = kept(store)
        counts = store.counts()

    assert [len(rows[table]) for table in WRITTEN] == [90, 30, 90]
    assert (counts.inbox_waiting, counts.outbox_waiting) == (0, 0)


def test_every_queue_is_emptied() -> None:
    """Ours and the others' hand out all that was put in, and say so when it is done."""
    found = asyncio.run(peers.rates(jobs=20, rounds=1))

    assert len(found) == 5
    assert all(rate > 0 for [rate] in found.values())
    assert [one.name for one in peers.results(found)][-1] == (
        "ours, 10 at once / PgQueuer, 10 at once"
    )


async def test_every_message_is_answered_once() -> None:
    """So that it is known how long each answer took."""
    p50, p99, worst = await latency.results(a_second=20, seconds=0.5)

    assert 0 < p50.value <= p99.value <= worst.value


async def test_whole_claims_are_handed_in() -> None:
    """Memory is seen as they come in, of the service and of its children."""
    found, memory = await claims.results(2, minutes=1)

    assert [seen.claims for seen in memory] == [1, 2]
    assert all(min(seen.itself, seen.children) > 10 for seen in memory)
    assert all(one.value > 0 for one in found)
