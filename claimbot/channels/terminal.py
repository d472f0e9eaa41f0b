"""A chat in the terminal: type a message, or the path of a file to send it."""

import asyncio
import json
import shlex
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from claimbot.channels import File, Inbound, Outbound, Receive, Received, Text
from claimbot.errors import FileGone, FileTooBig

CHAT = "terminal"
PHOTO_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp"})
GRACE = 3.0  # seconds in which the last answer may still come when the input has ended


class Terminal:
    """A `Channel` on standard input and output."""

    name = "terminal"

    def __init__(
        self, *, language: str | None, reading: TextIO = sys.stdin, writing: TextIO = sys.stdout
    ) -> None:
        """Take where to read and write, and the language of who types, if it is known."""
        self._language = language
        self._reading = reading
        self._writing = writing
        self._ended = asyncio.Event()

    async def start(self, receive: Receive) -> None:
        """Read lines in a thread, which ends with the process: a read cannot be interrupted."""
        loop = asyncio.get_running_loop()

        def read() -> None:
            for line in self._reading:
                messages = [self._received(kind, text) for kind, text in _parts(line.strip())]
                if messages:
                    asyncio.run_coroutine_threadsafe(_kept(receive, messages), loop).result()
            loop.call_soon_threadsafe(self._ended.set)

        threading.Thread(target=read, name="terminal", daemon=True).start()

    async def stop(self) -> None:
        """Nothing to let go of: the thread ends with the process."""

    async def ended(self) -> None:
        """Return when there is no more input, and the last answer had time to come."""
        await self._ended.wait()
        await asyncio.sleep(GRACE)

    def read(self, payload: str) -> Inbound:
        """Return what a typed line says."""
        told = json.loads(payload)
        at = datetime.fromisoformat(told["at"])
        if told["kind"] == "text":
            content: Text | File = Text(text=told["text"])
        else:
            path = Path(told["text"])
            as_photo = path.suffix.lower() in PHOTO_ENDINGS
            content = File(handle=str(path), as_photo=as_photo, name=path.name)
        return Inbound(chat=CHAT, at=at, content=content, language=self._language)

    async def greet(self, payload: str) -> None:
        """There is no spinner to stop."""

    async def fetch(self, file: File, *, limit: int) -> bytes:
        """Return a file of this machine's."""
        try:
            data = await asyncio.to_thread(Path(file.handle).read_bytes)
        except OSError:
            raise FileGone from None
        if len(data) > limit:
            raise FileTooBig
        return data

    async def send(self, chat: str, message: Outbound) -> None:  # noqa: ARG002 there is one chat
        """Print a message, its choices numbered: a number is an answer."""
        choices = [f"  {place}. {b.label}" for place, b in enumerate(message.buttons, start=1)]
        text = "\n".join([message.text, *choices])
        self._writing.write("\n" + text + "\n\n")
        self._writing.flush()

    def _received(self, kind: str, text: str) -> Received:
        at = datetime.now(UTC).isoformat()  # noqa: TID251 a channel says when a message was sent
        payload = json.dumps({"kind": kind, "text": text, "at": at})
        return Received(channel=self.name, chat=CHAT, message_id=uuid4().hex, payload=payload)


async def _kept(receive: Receive, messages: list[Received]) -> None:
    await receive(messages)


def _parts(line: str) -> list[tuple[str, str]]:
    """Return the messages of a line: the files that it names, or its text."""
    if not line:
        return []
    try:
        names = shlex.split(line)
    except ValueError:  # an apostrophe is no quote
        names = [line]
    paths = [Path(name).expanduser() for name in names]
    try:
        if paths and all(path.is_file() for path in paths):
            return [("file", str(path.resolve())) for path in paths]
    except (OSError, ValueError):  # a text can be no path at all
        pass
    return [("text", line)]
