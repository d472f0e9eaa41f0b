"""The channel of a replayed conversation: its messages come from a transcript."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from claimbot.channels import (
    Content,
    File,
    Inbound,
    Location,
    Other,
    Outbound,
    Press,
    Receive,
    Text,
    Unusable,
)
from claimbot.channels.terminal import read_file
from claimbot.claim import Place

CHAT = "policyholder"


class Script:
    """A `Channel` that hands out a transcript's files and remembers what the bot says."""

    def __init__(self, name: str) -> None:
        """Take the name that adjusters see; nothing was said yet."""
        self.name = name
        self.said: list[Outbound] = []

    async def start(self, receive: Receive) -> None:
        """Take in nothing: who replays puts messages into the inbox."""

    async def stop(self) -> None:
        """Nothing to let go of."""

    def read(self, payload: str) -> Inbound:
        """Return what a payload that `payload_of` made says."""
        told = json.loads(payload)
        at = datetime.fromisoformat(told["at"])
        content: Content
        match told["kind"]:
            case "text":
                content = Text(text=told["text"])
            case "press":
                content = Press(id=told["text"])
            case "location":
                latitude, longitude = map(float, told["text"].split())
                content = Location(place=Place(latitude=latitude, longitude=longitude))
            case "other":
                content = Other(kind=Unusable(told["text"]))
            case kind:
                path = Path(told["path"])
                content = File(
                    handle=str(path),
                    as_photo=kind == "photo",
                    caption=told["text"],
                    name=path.name,
                )
        return Inbound(chat=CHAT, at=at, content=content, language=told["language"])

    async def greet(self, payload: str) -> None:
        """There is no spinner to stop."""

    async def fetch(self, file: File, *, limit: int) -> bytes:
        """Return a file of the transcript's."""
        return await asyncio.to_thread(read_file, file.handle, limit=limit)

    async def send(self, chat: str, message: Outbound) -> None:  # noqa: ARG002 there is one chat
        """Remember a message."""
        self.said.append(message)


def payload_of(
    kind: str, text: str, at: datetime, *, language: str | None, path: Path | None = None
) -> str:
    """Return a message as `Script.read` reads it.

    Args:
        kind: ``text``, ``press``, ``photo``, ``file``, ``location`` or ``other``.
        text: The words, a button's id, a caption, degrees north and east, or what kind of other
            thing it is.
        at: When it is sent.
        language: What the policyholder's phone is set to.
        path: The file that is sent.
    """
    told = {"kind": kind, "text": text, "path": str(path or ""), "language": language}
    return json.dumps({**told, "at": at.astimezone(UTC).isoformat()})
