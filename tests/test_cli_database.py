"""``claimbot db``: bring the database up to date, and look it over."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text

from claimbot.claim import Draft, Photo
from claimbot.cli import checking
from claimbot.cli.checking import RESTORE, Files
from claimbot.codec import dump
from claimbot.conversation import Conversation
from claimbot.errors import PhotoMissing
from claimbot.photos import PhotoStore, path_of
from claimbot.store import Chat, Store, Turn
from tests.command_line import DATABASE, Shell, open_shell
from tests.databases import DATABASES, empty_database
from tests.queued_claims import NOON, plain_claim
from tests.two_claims import keep_two_claims, sql

FAILED, BAD_CONFIGURATION = 1, 78
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
    keep_two_claims(shell)
    return shell


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
    assert told.err == f"{WHOLE}, and so are 3 photos and forms\n"
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


def keeps_a_draft(shell: Shell, photo: str) -> str:
    """Let someone have a draft with a photo, and another photo held; return its reference."""
    reference = plain_claim(2).reference
    talk = Conversation(
        language="nl",
        reference=reference,
        begun=True,
        draft=Draft(photos=(Photo(sha256=photo),)),
        held=(Photo(sha256=photo), Photo(sha256="b" * 64)),
    )
    key = Chat(channel="telegram", chat="5550123")
    with shell.store() as store:
        store.record(Turn(key=key, turn=0, inbox_id=None, state=dump(talk), at=NOON))
    return reference


def test_a_photo_of_a_draft_that_is_gone_is_told_with_its_reference(claims: Shell) -> None:
    """What a policyholder was told we have, before it is a claim; not who they are."""
    (photo,), _ = plain_names(claims)
    reference = keeps_a_draft(claims, photo)

    done = claims.run("db", "check", "--json")

    ((check),) = done.json
    assert (done.code, check["files"]) == (FAILED, 5)
    (trouble,) = check["found"]
    assert trouble["found"].startswith(f"draft {reference}: photo {'b' * 64} is not in the photo")
    assert "5550123" not in done.err + done.out


def test_a_file_that_was_forgotten_meanwhile_is_not_missed(claims: Shell) -> None:
    """Whoever erases their draft or claim while it is read has its photos deleted."""
    (photo,), _ = plain_names(claims)
    keeps_a_draft(claims, photo)

    class Erasing:
        """A photo store that has nothing any more, as it was all erased just now."""

        def get(self, sha256: str) -> bytes:
            with closing(sqlite3.connect(claims.folder / DATABASE, timeout=30)) as database:
                database.executescript("DELETE FROM conversation; DELETE FROM claim_file")
            raise PhotoMissing(sha256)

    with claims.store() as store:
        files = Files(store, cast("PhotoStore", Erasing()))
        found = list(files.examine())

    assert (files.number, found) == (5, [])


@pytest.mark.parametrize("database", DATABASES)
def test_what_the_tables_lack_is_told(shell: Shell, tmp_path: Path, database: str) -> None:
    """An index, also a partial one, with the statement that makes it; a whole table too."""
    with empty_database(database, tmp_path) as url, closing(Store(url)) as store:
        store.upgrade()
        whole = shell.run("--database", url, "db", "check")
        run = partial(run_in, store)
        run("DROP INDEX claim_chat", "DROP INDEX queue_entry_ready")
        lacking = shell.run("--database", url, "db", "check")
        told = lacking.err.splitlines()
        run(*(line.partition("make it: ")[2] for line in told))
        again = shell.run("--database", url, "db", "check")
        run("ALTER TABLE photo DROP COLUMN place", "DROP TABLE finding")
        broken = shell.run("--database", url, "db", "check", "--skip-photos")

    assert (whole.code, whole.err) == (0, f"{WHOLE}, and so are 0 photos and forms\n")
    assert lacking.code == FAILED
    assert [line.partition(";")[0] for line in told] == [
        "database: the index claim_chat of claim is missing",
        "database: the index queue_entry_ready of queue_entry is missing",
    ]
    assert told[1].endswith(" ON queue_entry (due_at, claim_id) WHERE state = 'ready'")
    assert again.code == 0
    assert broken.code == FAILED
    assert sorted(broken.err.splitlines()) == [
        f"database: the {what} is missing; {RESTORE}"
        for what in ("column place of photo", "table finding")
    ]


def run_in(store: Store, *statements: str) -> None:
    """Do something to the tables behind claimbot's back."""
    for statement in statements:
        store.write(lambda tx, statement=statement: tx.execute(text(statement)))  # type: ignore[misc]


@pytest.mark.parametrize("kept", ['{"reference": "hush"}', "hush", ""])
def test_a_claim_that_cannot_be_read_is_told(claims: Shell, kept: str) -> None:
    """By its reference, and nothing of what stands in it; so is each conversation."""
    claims.monkeypatch.setattr(checking, "BATCH", 1)
    sql(claims, f"UPDATE claim SET body = '{kept}'")  # noqa: S608
    sql(claims, f"UPDATE conversation SET state = '{kept}'")  # noqa: S608

    done = claims.run("db", "check", "--skip-photos")

    assert done.code == FAILED
    assert done.err.splitlines() == [
        *(f"database: claim {plain_claim(n).reference} cannot be read; {RESTORE}" for n in (0, 1)),
        *(
            f"database: a telegram conversation of 2026-03-01 12:0{n}:00+00:00 cannot be read; "
            "it begins anew with its next message; for its draft, restore a backup before that"
            for n in (0, 1)
        ),
    ]


def test_a_file_of_a_claim_that_has_no_row_is_told(claims: Shell) -> None:
    """Nothing else would keep its bytes from being deleted."""
    (photo,), (form,) = plain_names(claims)
    first, second = plain_claim(0).reference, plain_claim(1).reference
    sql(claims, f"DELETE FROM claim_file WHERE reference = '{first}'")  # noqa: S608
    sql(claims, f"UPDATE claim_file SET kind = 'form' WHERE reference = '{second}'")  # noqa: S608

    done = claims.run("db", "check")

    assert done.code == FAILED
    assert done.err.splitlines() == [
        f"database: claim {claim}: {file} has no row in claim_file; {RESTORE}"
        for claim, file in (
            (first, f"photo {photo}"),
            (first, f"form {form}"),
            (second, f"photo {photo}"),
        )
    ]


@pytest.mark.parametrize("end", ["?timeout=5", "?mode=ro&uri=true", "?"])
@pytest.mark.parametrize("command", [["upgrade"], ["check"], ["backup", "copy.db"]])
def test_a_file_with_options_is_refused(claims: Shell, end: str, command: list[str]) -> None:
    """One command would take them for a part of its name, and another would not."""
    done = claims.run("--database", f"sqlite:///{DATABASE}{end}", "db", *command)

    assert (done.code, done.out) == (BAD_CONFIGURATION, "")
    assert done.err.endswith("SQLite takes no host or options; write 'sqlite:///claimbot.db'\n")
    assert {left.name for left in claims.folder.iterdir()} == {DATABASE, "photos"}


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "INSERT INTO claim_file (reference, sha256, kind) VALUES ('CB-0', 'a', 'photo')",
            "database: row 4 of claim_file belongs to a claim that is not there; stop claimbot",
        ),
        ("UPDATE audit SET actor = 'bob' WHERE id = 1", "audit: row 1 is changed; compare"),
        ("UPDATE audit SET at = 'x' WHERE id = 1", "audit: a row cannot be read: "),
        (
            "UPDATE claim SET body = CAST(x'7Bff' AS TEXT) WHERE reference LIKE '%0-%'",
            "database: Could not decode to UTF-8 column 'body'; stop claimbot",
        ),
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
