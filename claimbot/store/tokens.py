"""The bearer tokens of the API.  Only a token's SHA-256 is kept: who reads the table has none."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe

from sqlalchemy import Connection, Row, select, update

from claimbot.columns import insert_new
from claimbot.store.desk_tables import token

PREFIX = "cbt_"  # so that scanners for secrets know one
USED_EVERY = timedelta(minutes=1)  # how exactly `Token.last_used_at` is kept
NAME = re.compile(r"[^\W_](?:[\w .@'-]{0,98}[\w.])?")
_WRITTEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


class Scope(StrEnum):
    """What a token allows."""

    READ = "claims:read"
    WORK = "claims:work"  # take claims, decide, ask, write notes
    SINKS = "sinks:manage"
    TOKENS = "tokens:manage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; ``name`` is also the adjuster's, unless a request names one."""

    id: int
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def is_name(text: str) -> bool:
    """Tell whether a token, and so an adjuster, can be called this."""
    return NAME.fullmatch(text) is not None


def new_secret() -> str:
    """Return a token that nobody has or guesses: 256 bits of chance."""
    return PREFIX + token_urlsafe(32)


def add(tx: Connection, name: str, secret: str, scopes: Collection[Scope], at: datetime) -> bool:
    """Keep a new token; False, with no effect, when one has this name, revoked or not."""
    added = insert_new(tx, token).values(
        name=name,
        hash=_hash(secret),
        scopes=" ".join(sorted(scopes)),
        created_at=at,
    )
    return tx.execute(added).rowcount == 1


def find(tx: Connection, secret: str) -> Token | None:
    """Return the token that this is, revoked or not.

    What takes time depends on the hash alone, which nobody can choose a part of.
    """
    if not _WRITTEN.fullmatch(secret):
        return None
    wanted = _hash(secret)
    row = tx.execute(select(token).where(token.c.hash == wanted)).one_or_none()
    return _token(row) if row is not None and compare_digest(row.hash, wanted) else None


def is_live(tx: Connection, token_id: int) -> bool:
    """Tell whether a token is still not revoked."""
    revoked_at = select(token.c.revoked_at).where(token.c.id == token_id)
    return tx.execute(revoked_at).scalar_one() is None


def used(tx: Connection, token_id: int, at: datetime) -> None:
    """Note that a token was used."""
    tx.execute(update(token).where(token.c.id == token_id).values(last_used_at=at))


def revoke(tx: Connection, name: str, at: datetime) -> bool:
    """Let a token be used no more; False, with no effect, when none in use has this name."""
    in_use = (token.c.name == name) & token.c.revoked_at.is_(None)
    return tx.execute(update(token).where(in_use).values(revoked_at=at)).rowcount == 1


def is_there(tx: Connection, name: str) -> bool:
    """Tell whether a token, revoked or not, has this name."""
    return tx.execute(select(token.c.id).where(token.c.name == name)).first() is not None


def every(tx: Connection) -> list[Token]:
    """Return all tokens, revoked ones too, in the order in which they were added."""
    return [_token(row) for row in tx.execute(select(token).order_by(token.c.id))]


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _token(row: Row[*tuple[object, ...]]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes.split())),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
