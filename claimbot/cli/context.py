"""What every command needs: the settings, the app, and two places to write to."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from claimbot.app import App
    from claimbot.settings import Settings

FLAGS: dict[str, object] = {}
"""The flags that were given before the command's name."""

PIPED_WIDTH = 120  # columns of a table that nobody looks at, or somebody later


def read_settings(**flags: object) -> "Settings":
    """Return the settings, flags first.

    Raises:
        BadConfiguration: One cannot be used.
    """
    from claimbot.settings import read_settings as read

    return read({**FLAGS, **flags})


@contextlib.contextmanager
def opened(**flags: object) -> Iterator["App"]:
    """Put claimbot together for one command, without a channel and with a quiet log.

    Raises:
        BadConfiguration: A setting cannot be used.
    """
    from claimbot import log
    from claimbot.app import build

    log.set_up(verbose=False)
    app = build(read_settings(**flags), channels={})
    try:
        yield app
    finally:
        app.close()


def out() -> "Console":
    """Return where data goes: standard output, as wide as needed when it is no terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, highlight=False, emoji=False)


def err() -> "Console":
    """Return where messages go that are more than a line: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False)


def say(message: str) -> None:
    """Write a message to standard error, on one line however long."""
    sys.stderr.write(" ".join(printable(message).split("\n")) + "\n")


def print_line(text: str) -> None:
    """Write a line of data to standard output."""
    sys.stdout.write(printable(text) + "\n")


def print_json(value: Any) -> None:
    """Write a value to standard output as one line of JSON, in ASCII: no encoding spoils it."""
    sys.stdout.write(json.dumps(value) + "\n")


def printable(text: str) -> str:
    """Return a text without the characters that would steer a terminal, whoever wrote it."""
    return "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def this_adjuster() -> str:
    """Return the name that an adjuster works under when none is given."""
    return os.environ.get("USER") or os.environ.get("USERNAME") or "adjuster"
