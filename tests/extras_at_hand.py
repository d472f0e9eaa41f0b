"""The extras that a test needs: it skips on a laptop without one, and fails in CI."""

import os
from importlib import import_module
from typing import Any

import pytest

from claimbot.errors import NoSuchPlug
from claimbot.plugins import load_plug

OURS = ("c2pa", "faces", "ocr")


def at_hand(name: str) -> Any:
    """Return an extra of ours, whose process is not started yet."""
    try:
        return load_plug("extras", name)()
    except NoSuchPlug as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


def child_of(name: str) -> Any:
    """Return the module that an extra's process runs."""
    at_hand(name)
    return import_module(f"claimbot.extras.{name}_child")
