"""A database with two claims, and what is done to it behind claimbot's back."""

import sqlite3
from contextlib import closing
from dataclasses import replace

from claimbot.claim import FormFile, Photo
from claimbot.photos import open_photos
from claimbot.queues.sql import SqlQueue
from claimbot.store import Entry
from tests.command_line import DATABASE, Shell
from tests.queued_claims import NOON, PDF, PHOTO, plain_claim, send


def keep_two_claims(shell: Shell) -> None:
    """Make a database with two claims of one photo, and the first one's form."""
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


def sql(shell: Shell, statement: str, path: str = DATABASE) -> list[tuple[object, ...]]:
    """Do something to a database behind claimbot's back."""
    with closing(sqlite3.connect(shell.folder / path)) as database:
        found = database.execute(statement).fetchall()
        database.commit()
    return found
