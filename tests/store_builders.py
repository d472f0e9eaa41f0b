"""What the store's tests tell it, with defaults for what a test does not care about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table

from claimbot.channels import Received
from claimbot.claim import Claim, Photo, Priority
from claimbot.store import Chat, Store, Turn, tables

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANN = Chat(channel="telegram", chat="5000000001")  # Telegram's ids outgrew 32 bits long ago
BO = Chat(channel="telegram", chat="-1009007199254740993")
CAS = Chat(channel="whatsapp", chat="31612345678")


def received(message_id: str, key: Chat = ANN, payload: str = "{}") -> Received:
    """Return a message as a channel hands it over."""
    return Received(channel=key.channel, chat=key.chat, message_id=message_id, payload=payload)


def turn(key: Chat = ANN, **told: Any) -> Turn:
    """Return a chat's first turn, by default one that was not asked for by a message."""
    first = Turn(key=key, turn=0, inbox_id=None, state="{}", at=NOON)
    return replace(first, **told)


def claim(reference: str = "CB-1", *photos: str, **told: Any) -> Claim:
    """Return a claim with photos of these SHA-256 names."""
    plain = Claim(
        reference=reference,
        language="nl",
        policy_number="123456789",
        photos=tuple(Photo(sha256=name) for name in photos),
        form=(),
        remarks=(),
        priority=Priority.NORMAL,
        flags=(),
        submitted_at=NOON,
    )
    return replace(plain, **told)


def kept(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table of the store's, by the table's name."""

    def rows(tx: Connection) -> dict[str, list[tuple[object, ...]]]:
        every = (table for table in vars(tables).values() if isinstance(table, Table))
        return {table.name: [tuple(row) for row in tx.execute(table.select())] for table in every}

    return store.read(rows)
