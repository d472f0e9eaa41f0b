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

    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def err() -> "Console":
    """Return where messages go: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """Write a value to standard output as one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def this_adjuster() -> str:
    """Return the name that an adjuster works under when none is given."""
    return os.environ.get("USER") or os.environ.get("USERNAME") or "adjuster"
