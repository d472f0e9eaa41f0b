"""A sink that puts each event into a folder: ``CLAIMBOT_SINKS=spool:///var/spool/claims``."""

import asyncio
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from claimbot.errors import BadConfiguration, SinkDown
from claimbot.sinks import Message, SinkOptions


class Spool:
    """Writes ``ID.json``; a repeat replaces it, so each event is there once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def publish(self, batch: Sequence[Message]) -> Collection[str]:
        """Return the ids of the events that are on the disk now."""
        try:
            await asyncio.to_thread(self._write, batch)
        except OSError as error:
            raise SinkDown(f"cannot be written to: {error.strerror}") from error
        return [message.id for message in batch]

    async def close(self) -> None:
        """Nothing is held open."""

    def _write(self, batch: Sequence[Message]) -> None:
        for message in batch:
            part = self._folder / f"{message.id}.part"
            with part.open("wb") as file:
                file.write(message.data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / f"{message.id}.json")


def open_spool(url: str, _: SinkOptions) -> Spool:
    """Open the sink at ``spool:///FOLDER``.

    Raises:
        BadConfiguration: There is no such folder.
    """
    folder = Path(unquote(urlsplit(url).path))
    if not folder.is_dir():
        raise BadConfiguration(f"there is no folder {folder} to put events into; make it")
    return Spool(folder)
