"""``claimbot db``: bring the database up to date, look it over, copy it."""

import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from claimbot.claim import FormFile, Photo
from claimbot.photos import open_photos, path_of
from claimbot.queues.sql import SqlQueue
from claimbot.store import Entry, backup
from tests.command_line import DATABASE, Shell, open_shell
from tests.databases import open_store
from tests.queued_claims import NOON, PDF, PHOTO, plain_claim, send

FAILED, BAD_CONFIGURATION = 1, 78
MOST_WRITES = 2_000
WHOLE = "the database is up to date and whole"


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
    shell.migrate()
    photos = open_photos("file:./photos")
    sent = replace(
        plain_claim(0),
        photos=(Photo(sha256=photos.put(PHOTO)),),
        form=(FormFile(sha256=photos.put(PDF), media_type="application/pdf"),),
    )
    with shell.store() as store:
        send(store, SqlQueue(), sent)
        send(store, SqlQueue(), replace(plain_claim(1), photos=sent.photos))
        entries = [Entry(actor="ann", action="accept", subject=name) for name in ("1", "2")]
        store.act(lambda _: entries, at=NOON, entries=lambda done: done)
    return shell


def sql(shell: Shell, statement: str, path: str = DATABASE) -> list[tuple[object, ...]]:
    """Do something to a database behind claimbot's back."""
    with closing(sqlite3.connect(shell.folder / path)) as database:
        found = database.execute(statement).fetchall()
        database.commit()
    return found


def test_a_database_is_upgraded_and_checked(shell: Shell) -> None:
    """Upgrading twice changes nothing the second time; looking for one makes none."""
    missing = shell.run("db", "check")
    assert not (shell.folder / DATABASE).exists()
    upgraded, again = shell.run("db", "upgrade"), shell.run("db", "upgrade")
    checked = shell.run("db", "check", "--skip-photos")

    assert (missing.code, missing.out) == (BAD_CONFIGURATION, "")
    assert missing.err.endswith("`claimbot db upgrade`\n")
    for done in (upgraded, again):
        assert (done.code, done.out, done.err) == (0, "", "the database is up to date\n")
    assert (checked.code, checked.out, checked.err) == (0, "", f"{WHOLE}\n")


@pytest.mark.parametrize("command", [["db", "upgrade"], ["db", "check"], ["claims", "list"]])
def test_a_database_of_a_newer_claimbot_is_left_alone(shell: Shell, command: list[str]) -> None:
    """Whatever is asked for: it exits 78 and says what to install."""
    shell.migrate()
    sql(shell, "UPDATE alembic_version SET version_num = '9999'")

    done = shell.run(*command)

    assert (done.code, done.out) == (BAD_CONFIGURATION, "")
    assert done.err.endswith("newer than this claimbot; install a newer claimbot\n")


def test_every_photo_and_form_of_a_claim_is_read(claims: Shell) -> None:
    """And compared with the name that it was put under."""
    told, found = claims.run("db", "check"), claims.run("db", "check", "--json")

    assert (told.code, told.out) == (0, "")
    assert told.err == f"{WHOLE}, and so are 3 photos and forms of claims\n"
    assert found.json == [{"ok": True, "files": 3, "found": []}]


def test_a_photo_that_is_gone_or_has_changed_is_told_with_its_claims(claims: Shell) -> None:
    """A line for each, which says what to do; the others are read all the same."""
    (photo,), (form,) = plain_names(claims)
    (claims.folder / "photos" / path_of(photo)).unlink()
    (claims.folder / "photos" / path_of(form)).write_bytes(b"another form")

    done = claims.run("db", "check", "--json")

    (check,) = done.json
    first, second = plain_claim(0).reference, plain_claim(1).reference
    todo = "; put it back from a backup of the photos, or set CLAIMBOT_PHOTOS to where it is"
    gone = f"photo {photo} is not in the photo store{todo}"
    changed = f"photo {form} is in the photo store, but its bytes have changed{todo}"
    assert (done.code, check["ok"], check["files"]) == (FAILED, False, 3)
    assert [trouble["found"] for trouble in check["found"]] == [
        f"claim {first}: {gone}",
        f"claim {first}: {changed}",
        f"claim {second}: {gone}",
    ]
    assert done.err.splitlines() == [f"photos: {trouble['found']}" for trouble in check["found"]]
    assert claims.run("db", "check", "--skip-photos").code == 0


def plain_names(shell: Shell) -> tuple[list[str], list[str]]:
    """Return the names of the photos and of the forms of the first claim."""
    reference = plain_claim(0).reference
    files = sql(shell, f"SELECT kind, sha256 FROM claim_file WHERE reference = '{reference}'")  # noqa: S608
    photos = [str(name) for kind, name in files if kind == "photo"]
    return photos, [str(name) for kind, name in files if kind == "form"]


def test_a_photo_store_that_cannot_be_read_is_told_once(claims: Shell) -> None:
    """Each further file would only say the same, after a while."""
    done = claims.run("--photos", f"file:{DATABASE}/photos", "db", "check")

    assert done.code == FAILED
    (line,) = done.err.splitlines()
    assert line.startswith("photos: ")
    assert line.endswith("; then check again")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "INSERT INTO claim_file (reference, sha256, kind) VALUES ('CB-0', 'a', 'photo')",
            "database: row 4 of claim_file belongs to a claim that is not there; stop claimbot",
        ),
        ("UPDATE audit SET actor = 'bob' WHERE id = 1", "audit: row 1 is changed; compare"),
        ("UPDATE audit SET at = 'x' WHERE id = 1", "audit: a row cannot be read: "),
        ("DELETE FROM audit WHERE id = 1", "audit: row 2 is misplaced; compare"),
    ],
)
def test_rows_that_cannot_be_are_told(claims: Shell, statement: str, told: str) -> None:
    """Such as after somebody put the database right by hand."""
    sql(claims, statement)

    done = claims.run("db", "check", "--skip-photos")

    (line,) = done.err.splitlines()
    assert (done.code, done.out) == (FAILED, "")
    assert line.startswith(told)


@pytest.mark.parametrize("where", ["claim_chat", "audit", "alembic_version"])
def test_a_file_that_is_damaged_is_told(claims: Shell, where: str) -> None:
    """An index, a table that is read, or the one that is read first."""
    (place,) = sql(claims, f"SELECT rootpage FROM sqlite_master WHERE name = '{where}'")  # noqa: S608
    ((page_size,),) = sql(claims, "PRAGMA page_size")
    assert isinstance(place[0], int)
    assert isinstance(page_size, int)
    with (claims.folder / DATABASE).open("r+b") as file:
        file.seek((place[0] - 1) * page_size)
        file.write(b"\xff" * 64)

    done = claims.run("db", "check", "--json", "--skip-photos")

    assert done.code == FAILED
    (check,) = done.json
    assert {trouble["part"] for trouble in check["found"]} >= {"database"}
    assert all("restore a backup" in trouble["found"] for trouble in check["found"])


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


def test_postgresql_has_a_command_of_its_own(shell: Shell, tmp_path: Path) -> None:
    """Which is named; no password is."""
    url = "postgresql://bo:hush@127.0.0.1/claims"

    done = shell.run("--database", url, "db", "backup", "copy.db")

    assert (done.code, done.out) == (FAILED, "")
    assert "pg_dump" in done.err
    assert "hush" not in done.err
    with open_store("postgresql", tmp_path) as store:
        checked = shell.run("--database", store.url, "db", "check", "--json")
    assert checked.json == [{"ok": True, "files": 0, "found": []}]
