"""Which conversation a row belongs to."""

from dataclasses import dataclass
from hashlib import scrypt, sha256

from sqlalchemy import ColumnElement, FromClause, and_

SHARDS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """The key of a conversation: the channel, and the channel's name for the chat."""

    channel: str
    chat: str

    @property
    def shard(self) -> int:
        """Return a number below `SHARDS` that stays the same for ever."""
        name = f"{self.channel}:{self.chat}".encode(errors="replace")
        return int.from_bytes(sha256(name).digest()[:2])

    def fingerprint(self) -> str:
        """Return a hash that proves, to who knows the chat, that it is the one.

        Slow on purpose: there are so few phone numbers that the fast hash of each would be found
        by trying them all.

        Source: OWASP, Password Storage Cheat Sheet, scrypt with 16 MiB.
        """
        return scrypt(
            self.chat.encode(errors="replace"),
            salt=f"claimbot:{self.channel}".encode(errors="replace"),
            n=2**14,
            r=8,
            p=5,
            dklen=32,
        ).hex()


def in_chat(table: FromClause, key: Chat) -> ColumnElement[bool]:
    """Return the condition that a row of ``table`` is this chat's."""
    return and_(table.c.channel == key.channel, table.c.chat == key.chat)
