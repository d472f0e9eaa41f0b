"""``claimbot db backup``: copy the database while claimbot serves."""

import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from claimbot.store import backup
from tests.command_line import DATABASE, Shell, open_shell
from tests.two_claims import keep_two_claims, sql

FAILED, BAD_CONFIGURATION = 1, 78
MOST_WRITES = 2_000


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell in an empty folder."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        yield shell


@pytest.fixture
def claims(shell: Shell) -> Shell:
    """The same beside a database with two claims, the first of a photo and a form."""
    keep_two_claims(shell)
    return shell


def test_a_backup_is_a_database_of_its_own(claims: Shell) -> None:
    """Whole, for its owner alone, with nothing left beside it; it can be looked over at once."""
    done = claims.run("db", "backup", "copy.db")
    checked = claims.run("--database", "sqlite:///copy.db", "db", "check", "--json")

    path = claims.folder / "copy.db"
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"copy.db has {path.stat().st_size:,} bytes; now copy what CLAIM")
    assert path.stat().st_mode & 0o777 == 0o600
    assert {left.name for left in claims.folder.iterdir()} == {"copy.db", DATABASE, "photos"}
    assert checked.json == [{"ok": True, "files": 3, "found": []}]
    query = "SELECT * FROM claim ORDER BY reference"
    assert sql(claims, query, "copy.db") == sql(claims, query)


def test_a_backup_is_one_moment_while_others_write(claims: Shell) -> None:
    """Rows that are written together are both there or neither, and the copy comes to an end."""
    claims.monkeypatch.setattr(backup, "PAGES_AT_ONCE", 1)  # much can happen in between
    sql(claims, "CREATE TABLE twins (id INTEGER PRIMARY KEY, twin BLOB)")
    sql(claims, "INSERT INTO twins (twin) VALUES (zeroblob(20000000))")
    over, wrote, written = threading.Event(), threading.Event(), 0

    def write() -> None:
        nonlocal written
        with closing(sqlite3.connect(claims.folder / DATABASE, timeout=30)) as database:
            while not over.is_set() and written < MOST_WRITES:
                for _ in range(2):
                    database.execute("INSERT INTO twins (twin) VALUES ('twin')")
                database.commit()
                written += 1
                wrote.set()

    writer = threading.Thread(target=write)
    writer.start()
    wrote.wait()
    try:
        done = claims.run("db", "backup", "copy.db")
    finally:
        over.set()
        writer.join()

    ((twins,),) = sql(claims, "SELECT count(*) FROM twins WHERE twin = 'twin'", "copy.db")
    assert done.code == 0
    assert isinstance(twins, int)
    assert twins > 0
    assert twins % 2 == 0
    assert written < MOST_WRITES  # else it waited for them to end


def test_a_backup_does_not_go_over_another_file(claims: Shell) -> None:
    """Unless it is told to, and never over the database itself."""
    (claims.folder / "copy.db").write_text("precious")

    kept = claims.run("db", "backup", "copy.db")
    was = (claims.folder / "copy.db").read_text()
    itself = claims.run("db", "backup", "--force", DATABASE)
    replaced = claims.run("db", "backup", "copy.db", "--force")

    assert (kept.code, was) == (FAILED, "precious")
    assert kept.err == "claimbot: copy.db is there already; name another, or --force\n"
    assert itself.code == FAILED
    assert "is the database itself" in itself.err
    assert replaced.code == 0
    assert sql(claims, "SELECT count(*) FROM claim", "copy.db") == [(2,)]


def test_a_backup_is_not_mixed_with_what_another_left(claims: Shell) -> None:
    """SQLite puts what lies in a write-ahead log into the database that it finds beside it."""
    left = claims.folder / "copy.db-wal"
    left.write_bytes(b"of another database")

    kept = claims.run("db", "backup", "copy.db")
    assert (kept.code, "copy.db-wal" in kept.err) == (1, True)

    assert claims.run("db", "backup", "copy.db", "--force").code == 0
    assert not left.exists()


def test_a_backup_that_cannot_be_made_leaves_nothing(claims: Shell) -> None:
    """One line says why."""
    nowhere = claims.run("db", "backup", "gone/copy.db")
    none = claims.run("--database", "sqlite:///none.db", "db", "backup", "copy.db")

    assert (nowhere.code, none.code) == (FAILED, BAD_CONFIGURATION)
    assert (
        nowhere.err
        == "claimbot: gone: No such file or directory; put that right, then try again\n"
    )
    assert {left.name for left in claims.folder.iterdir()} == {DATABASE, "photos"}


def test_a_backup_for_which_there_is_no_room_leaves_nothing(claims: Shell) -> None:
    """Not even half a file; here the process may write files of a megabyte at most."""
    sql(claims, "CREATE TABLE big (big BLOB)")
    sql(claims, "INSERT INTO big VALUES (zeroblob(4000000))")
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, was[1]))
    try:
        done = claims.run("db", "backup", "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)

    assert (done.code, done.out) == (FAILED, "")
    assert done.err.startswith("claimbot: no backup was made: ")
    assert {left.name for left in claims.folder.iterdir()} == {DATABASE, "photos"}


def test_postgresql_has_a_command_of_its_own(shell: Shell) -> None:
    """Which is named; no password is."""
    url = "postgresql://bo:hush@127.0.0.1/claims"

    done = shell.run("--database", url, "db", "backup", "copy.db")

    assert (done.code, done.out) == (FAILED, "")
    assert "pg_dump" in done.err
    assert "hush" not in done.err


@pytest.mark.parametrize("options", [[], ["--force"]])
@pytest.mark.parametrize("folder", [".", "", "photos"])
def test_a_folder_is_no_place_for_a_backup(claims: Shell, folder: str, options: list[str]) -> None:
    """Also where it may be replaced: one line, and nothing is changed."""
    there = sorted(claims.folder.rglob("*"))

    done = claims.run("db", "backup", *options, folder)

    assert (done.code, done.out) == (FAILED, "")
    assert done.err.endswith("Is a directory; put that right, then try again\n")
    assert sorted(claims.folder.rglob("*")) == there
