"""A chat in the terminal: type a message, or the path of a file to send it."""

import asyncio
import json
import os
import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import Literal, TextIO
from uuid import uuid4

from claimbot.channels import File, Inbound, Outbound, Receive, Received, Text
from claimbot.errors import Blocked, FileGone, FileTooBig

NAME = "terminal"
CHAT = "terminal"
PROMPT = "> "
PHOTO_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp"})
FILE_ENDINGS = PHOTO_ENDINGS | {".pdf", ".doc", ".docx", ".odt", ".txt", ".zip"}

_CLEAR_BELOW = "\r\x1b[J"  # from the line's beginning to the end of the screen, ECMA-48
_UP = "\x1b[{}A"


class Terminal:
    """A `Channel` that is told what was typed, and prints the bot's answers.

    It reads nothing itself: reading blocks, and is best left to who can be interrupted in it.
    """

    name = NAME

    def __init__(
        self,
        *,
        language: str | None,
        writing: TextIO,
        typed: Callable[[], str] | None = None,
        width: Callable[[], int] = lambda: shutil.get_terminal_size().columns,
    ) -> None:
        """Take where to write, and who is typing there.

        Args:
            language: Of who types, if it is known.
            writing: Where the bot's answers go.
            typed: Returns what stands behind the prompt and is not sent yet, when there is a
                prompt: an answer is printed above it.
            width: Returns the screen's width in columns; asked only when there is a prompt.
        """
        self._language = language
        self._writing = writing
        self._typed = typed
        self._width = width
        self._receive: Receive | None = None

    async def start(self, receive: Receive) -> None:
        """Hand what is heard from now on to ``receive``."""
        self._receive = receive

    async def stop(self) -> None:
        """Hear nothing more."""
        self._receive = None

    async def hear(self, line: str) -> None:
        """Take in a line: the files that it names, or its text.

        Whoever names a file that is not there is told so; the bot is not.
        """
        kind, said = _parse_line(line.strip())
        if kind == "missing":
            self._print(f"(nothing sent: there is no file {', '.join(said)})")
        elif self._receive and said:
            await self._receive([self._received(kind, text) for text in said])

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
        return await asyncio.to_thread(read_file, file.handle, limit=limit)

    async def send(self, chat: str, message: Outbound) -> None:  # noqa: ARG002 there is one chat
        """Print a message, its choices numbered: a number is an answer."""
        choices = [f"  {place}. {b.label}" for place, b in enumerate(message.buttons, start=1)]
        try:
            self._print("\n".join([message.text, *choices]))
        except BrokenPipeError:  # `claimbot chat | head` has read enough
            raise Blocked("nobody reads what is printed") from None

    def _print(self, text: str) -> None:
        if self._typed is None:
            self._writing.write(f"{text}\n\n")
        else:
            width = self._width()
            text = "\n".join(fill(line, width) for line in text.split("\n"))
            pending = PROMPT + self._typed()
            rows_above = (len(pending) - 1) // width
            up = _UP.format(rows_above) if rows_above else ""
            self._writing.write(f"{up}{_CLEAR_BELOW}\n{text}\n\n{pending}")
        self._writing.flush()

    def _received(self, kind: str, text: str) -> Received:
        at = datetime.now(UTC).isoformat()  # noqa: TID251 a channel says when a message was sent
        payload = json.dumps({"kind": kind, "text": text, "at": at})
        return Received(channel=self.name, chat=CHAT, message_id=uuid4().hex, payload=payload)


def read_file(name: str, *, limit: int) -> bytes:
    """Return the bytes of a file of this machine's, at most ``limit`` of them.

    Raises:
        FileTooBig: It has more.
        FileGone: It is not there, or not to be read.
    """
    try:
        with Path(name).open("rb") as file:
            data = file.read(limit + 1)
    except OSError:
        raise FileGone from None
    if len(data) > limit:
        raise FileTooBig
    return data


def _parse_line(line: str) -> tuple[Literal["file", "missing", "text"], list[str]]:
    """Return what a line is, and the messages in it."""
    try:
        names = shlex.split(line)
    except ValueError:  # an apostrophe is no quote
        names = []
    for paths in ([line], names):  # a path with spaces need not be in quotes
        files = [_file(path) for path in paths]
        if paths and all(files):
            return "file", [str(file) for file in files if file]
    for paths in ([line] if line.startswith(("/", "~", ".")) else [], names):
        if paths and all(Path(path).suffix.lower() in FILE_ENDINGS for path in paths):
            return "missing", [path for path in paths if not _file(path)]
    # What the terminal sent that is no text can be neither stored nor sent on.
    text = line.encode(errors="surrogateescape").decode(errors="replace")
    return "text", [text] if text else []


def _file(name: str) -> Path | None:
    path = Path(os.path.expanduser(name))  # noqa: PTH111 Path.expanduser raises on "~nobody"
    try:
        return path.resolve() if path.is_file() else None
    except (OSError, ValueError):  # no name of a file at all: too long, a null byte
        return None
