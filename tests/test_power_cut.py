"""What the store acknowledged is there after a power cut; were it not, the test would see."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from tests.power_cut.cuts import DATABASE, Run, cut, noting_store, run
from tests.power_cut.disk import SECTOR, Change, Cutter, Disk, Removed, Synced, Truncated, Wrote
from tests.power_cut.driver import Driver
from tests.power_cut.remains import Remains
from tests.power_cut.story import PEOPLE
from tests.soak.power_cuts import main

CUTS = 120
SEED = 20260301
NORMAL = "synchronous = NORMAL"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what was done to a disk by a store with its own settings."""
    return run(tmp_path_factory.mktemp("store"))


def test_nothing_that_was_acknowledged_is_lost_in_a_power_cut(made: Run, tmp_path: Path) -> None:
    """Promises 1 and 2, and each turn whole: its message, conversation, answers and claim."""
    tally = cut(made, tmp_path, seed=SEED, cuts=CUTS)

    assert tally.wrong == []
    assert tally.lost == 0
    assert tally.cuts == CUTS
    assert tally.acknowledged > CUTS * len(made.acknowledged) // 4
    assert tally.in_checkpoints > 0
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_is_not_synchronised_at_every_commit_loses_what_was_acknowledged(
    tmp_path: Path,
) -> None:
    """The test above sees a loss where there is one.  Nothing is there by half even so."""
    (tmp_path / "store").mkdir()
    careless = run(tmp_path / "store", NORMAL)

    tally = cut(careless, tmp_path, seed=SEED, cuts=CUTS)

    assert tally.losses > CUTS // 10
    assert tally.lost >= tally.losses
    assert tally.wrong == []
    assert len(list(tmp_path.glob(f"seed-{SEED}-cut-*"))) == tally.losses


@pytest.mark.parametrize(("pragmas", "synchronous"), [((), 2), ((NORMAL,), 1)])
def test_the_store_keeps_its_own_settings_unless_told_otherwise(
    pragmas: tuple[str, ...], synchronous: int, tmp_path: Path
) -> None:
    """What is cut is the store as it runs in service: a log, synchronised at every commit."""
    with noting_store(tmp_path, *pragmas) as (store, disk):
        asked = ("journal_mode", "synchronous")
        told = store.read(lambda tx: [tx.scalar(text(f"PRAGMA {name}")) for name in asked])

    assert told == ["wal", synchronous]
    assert disk.files[DATABASE] is not None


# The disk


def wrote(length: int, offset: int = 0, value: bytes = b"x") -> Wrote:
    """Return a write of so many equal bytes."""
    return Wrote(file="f", offset=offset, data=value * length)


def outcomes(
    *done: Change | Synced, was: bytes | None = None, seeds: int = 300
) -> set[bytes | None]:
    """Return everything that a file may hold after a cut, as far as chance shows."""
    cutter = Cutter(Disk(files={"f": was}, done=list(done)))
    cutter.run_until(len(done))
    return {cutter.cut(Random(seed)).get("f") for seed in range(seeds)}  # noqa: S311  no secret


def test_what_was_synchronised_survives() -> None:
    """Whatever else goes."""
    done = wrote(10), Truncated(file="f", size=4), Synced(file="f", asked=2)

    assert outcomes(*done) == {b"xxxx"}


def test_a_sync_is_for_what_was_written_before_it_was_asked_for() -> None:
    """Another thread may write to the file while the disk is busy."""
    done = wrote(2), wrote(2, value=b"y"), Synced(file="f", asked=1)

    assert outcomes(*done) == {b"xx", b"yy"}


def test_of_what_was_not_synchronised_any_sectors_survive() -> None:
    """None, the first, or any; those that are missing before others are zeros."""
    found = outcomes(wrote(2 * SECTOR, offset=SECTOR // 2), was=b"")

    gap, half = bytes(SECTOR // 2), b"x" * (SECTOR // 2)
    first, middle = gap + half, b"x" * SECTOR
    assert {b"", first, first + middle, first + middle + half, gap * 2 + middle} <= found
    assert all(set(held) <= set(b"x\0") for held in found if held)


def test_a_file_that_was_never_synchronised_may_not_be_there() -> None:
    """Nor need one that was deleted be gone, but then nothing went into its successor."""
    assert outcomes(wrote(1)) == {None, b"x"}
    assert outcomes(Removed(file="f"), was=b"old") == {b"old", None}
    assert outcomes(Removed(file="f"), wrote(1), was=b"old") == {b"old", None, b"x"}
    assert outcomes(Truncated(file="f", size=3)) == {None, bytes(3)}


def test_a_run_is_gone_through_once() -> None:
    """Each instant builds on the one before."""
    done = wrote(1), Synced(file="f", asked=1), wrote(1, offset=1)
    cutter = Cutter(Disk(files={"f": None}, done=list(done)))

    unsafe = []
    for moment in range(len(done) + 1):
        cutter.run_until(moment)
        unsafe.append(cutter.unsafe)

    assert unsafe == [{}, {"f": 1}, {}, {"f": 1}]


# What is looked at after a cut


def spoil(made: Run, folder: Path, statement: str) -> Remains:
    """Return what is left when nothing was lost but by a statement."""
    cutter = Cutter(made.disk)
    cutter.run_until(made.disk.moment)
    for file, held in cutter.cut(Random(SEED)).items():  # noqa: S311  no secret
        (folder / file).write_bytes(held)
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute(statement)
    return Remains(folder / DATABASE)


def test_a_run_without_a_cut_is_whole(made: Run, tmp_path: Path) -> None:
    """Everything that happened is there, claims and erasures too."""
    remains = spoil(made, tmp_path, "SELECT 1")

    assert list(remains.wrong()) == []
    assert all(remains.has(each.deed) for each in made.acknowledged)
    assert len(made.acknowledged) == sum(
        someone.visits + someone.turns + someone.is_erased for someone in PEOPLE
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM inbox WHERE id = 1", "visits by half: [0], not []"),
        ("UPDATE inbox SET handled_at = NULL WHERE id = (SELECT max(id) FROM inbox)", "handled"),
        ("UPDATE conversation SET state = '{}' WHERE chat = '5000000001'", "conversation"),
        (
            "DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox WHERE kind = 'say')",
            "answers",
        ),
        ("UPDATE claim SET chat = '' WHERE reference = 'CB-0-0'", "(number=0): claims"),
        ("DELETE FROM queue_entry WHERE claim_id = 'CB-1-0'", "(number=1): queued"),
        ("DELETE FROM claim_file WHERE id = 1", "photos"),
        ("DELETE FROM claim WHERE reference = 'CB-1-0'", "SQLite found damage"),
        ("UPDATE audit SET subject = '' WHERE subject = 'CB-2-0'", "(number=2): audit"),
        ("DELETE FROM audit WHERE id = 1", "chain is broken"),
    ],
)
def test_a_transaction_that_is_there_by_half_is_seen(
    made: Run, tmp_path: Path, statement: str, said: str
) -> None:
    """In whichever table a part of it is missing."""
    assert any(said in wrong for wrong in spoil(made, tmp_path, statement).wrong())


@pytest.mark.parametrize(
    ("statement", "lost"),
    [
        ("DELETE FROM inbox", sum(someone.visits for someone in PEOPLE)),
        ("DELETE FROM conversation WHERE chat = '5000000001'", PEOPLE[1].turns),
        ("DELETE FROM audit WHERE action = 'chat erased'", 2 + 2 * PEOPLE[0].turns),
    ],
)
def test_a_transaction_that_is_missing_is_counted(
    made: Run, tmp_path: Path, statement: str, lost: int
) -> None:
    """Of each kind: messages, turns, erasures."""
    remains = spoil(made, tmp_path, statement)

    assert sum(not remains.has(each.deed) for each in made.acknowledged) == lost


def test_a_file_that_is_no_database_any_more_has_lost_everything(
    made: Run, tmp_path: Path
) -> None:
    """As when its first page is torn; it is left for who looks into it."""
    torn = Disk(files={DATABASE: bytes(SECTOR)})
    acknowledged = [replace(each, moment=0) for each in made.acknowledged]

    tally = cut(Run(disk=torn, acknowledged=acknowledged), tmp_path, seed=SEED, cuts=1)

    assert tally.lost == len(acknowledged)
    assert "file is not a database" in tally.wrong[0]
    assert [path.name for path in tmp_path.iterdir()] == [f"seed-{SEED}-cut-0"]


# The driver


def said_by(driver: Any, path: Path) -> list[object]:
    """Return what a driver answers to what SQLAlchemy and the store ask."""
    connection = driver.connect(str(path))
    connection.isolation_level = None
    cursor = connection.cursor()
    said: list[object] = []

    def ask(statement: str, *values: Any) -> None:
        try:
            cursor.execute(statement, *values)
        except driver.Error as error:
            said.append((type(error), str(error), error.sqlite_errorcode))
        else:
            said.append((cursor.rowcount, cursor.description))

    connection.create_function("twice", 1, lambda value: value * 2, deterministic=True)
    ask("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
    cursor.executemany("INSERT INTO t (name) VALUES (?)", [("a",), ("b",), ("c",)])
    said += [cursor.rowcount]
    ask("SELECT id, twice(name) FROM t")
    said += [cursor.fetchone(), cursor.fetchmany(), cursor.fetchall(), cursor.fetchone()]
    ask("SELECT id AS nothing FROM t WHERE name = ?", ("z",))
    said += [cursor.fetchmany(5)]
    ask("BEGIN IMMEDIATE")
    ask("UPDATE t SET name = name || 'x'")
    connection.rollback()
    ask("BEGIN")
    ask("DELETE FROM t WHERE id = 1")
    connection.commit()
    connection.commit()
    ask("INSERT INTO t (name) VALUES ('b')")
    ask("INSERT INTO t (name) VALUES ('d')")
    said += [cursor.lastrowid]
    ask("INSERT INTO t (name) VALUES ('b') ON CONFLICT DO NOTHING")
    ask("SELECT * FROM nowhere")
    ask("SELECT name FROM t")
    said += cursor.fetchall()
    cursor.close()
    connection.close()
    return said


def test_the_driver_answers_as_the_one_that_it_stands_in_for(tmp_path: Path) -> None:
    """So that the store does the same on it: rows, counts and errors."""
    assert said_by(Driver(), tmp_path / "ours.db") == said_by(sqlite3, tmp_path / "theirs.db")


# The long form


def test_the_power_is_cut_for_as_long_as_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """From the seed that was told."""
    main(["--minutes", "0.02", "--seed", "5", "--cuts", "10"])

    assert "seed 5: 10 cuts, 0 of" in capsys.readouterr().out
