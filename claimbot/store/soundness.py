"""Whether what the database holds is still what was written.

What is read of many rows is read in pages: those after a place, in order.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, select, text, tuple_

from claimbot.store.chat import Chat, in_chat
from claimbot.store.tables import claim, claim_file, conversation

FINDINGS = 100  # that SQLite tells of at most; a file with more is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFile:
    """A photo or a form of a claim; ``id`` is its row's."""

    id: int
    reference: str
    sha256: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClaim:
    """A claim as it is kept: ``body`` is its JSON, ``files`` the names and kinds of its files."""

    reference: str
    body: str
    files: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConversation:
    """A conversation as it is kept: ``state`` is its JSON."""

    key: Chat
    state: str
    updated_at: datetime


def damages(tx: Connection) -> list[str]:
    """Return what is wrong with the database's file, one sentence each; it reads all of it.

    PostgreSQL looks after its own files, and checks every reference when it is written.
    """
    if tx.dialect.name != "sqlite":
        return []
    whole = tx.execute(text(f"PRAGMA integrity_check({FINDINGS})")).scalars()
    found = [finding for finding in whole if finding != "ok"]
    for table, row, parent, _ in tx.execute(text("PRAGMA foreign_key_check")):
        found.append(f"row {row} of {table} belongs to a {parent} that is not there")
    return found


def files_after(tx: Connection, last: int, limit: int) -> Sequence[ClaimFile]:
    """Return up to ``limit`` files of claims whose ids are above ``last``, in order."""
    columns = (claim_file.c.id, claim_file.c.reference, claim_file.c.sha256, claim_file.c.kind)
    wanted = select(*columns).where(claim_file.c.id > last).order_by(claim_file.c.id)
    return [ClaimFile(**row._asdict()) for row in tx.execute(wanted.limit(limit))]


def claims_after(tx: Connection, last: str, limit: int) -> Sequence[KeptClaim]:
    """Return up to ``limit`` claims whose references come after ``last``, in order."""
    wanted = select(claim.c.reference, claim.c.body).where(claim.c.reference > last)
    rows = tx.execute(wanted.order_by(claim.c.reference).limit(limit)).all()
    columns = (claim_file.c.reference, claim_file.c.sha256, claim_file.c.kind)
    theirs = claim_file.c.reference.in_([row.reference for row in rows])
    files: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for reference, sha256, kind in tx.execute(select(*columns).where(theirs)):
        files[reference].add((sha256, kind))
    return [KeptClaim(**row._asdict(), files=frozenset(files[row.reference])) for row in rows]


def conversations_after(tx: Connection, last: Chat, limit: int) -> Sequence[KeptConversation]:
    """Return up to ``limit`` conversations whose chats come after ``last``, in order."""
    place = (conversation.c.channel, conversation.c.chat)
    wanted = select(*place, conversation.c.state, conversation.c.updated_at)
    after = tuple_(*place) > (last.channel, last.chat)
    return [
        KeptConversation(
            key=Chat(channel=row.channel, chat=row.chat),
            state=row.state,
            updated_at=row.updated_at,
        )
        for row in tx.execute(wanted.where(after).order_by(*place).limit(limit))
    ]


def is_in_claim(tx: Connection, file: ClaimFile) -> bool:
    """Tell whether a claim has a file still."""
    return bool(tx.execute(select(exists().where(claim_file.c.id == file.id))).scalar())


def is_in_conversation(tx: Connection, key: Chat, sha256: str) -> bool:
    """Tell whether a chat's conversation names a file."""
    names = conversation.c.state.contains(sha256)
    return bool(tx.execute(select(exists().where(in_chat(conversation, key), names))).scalar())
