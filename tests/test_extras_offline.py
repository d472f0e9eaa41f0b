"""No extra tells anybody anything: not of a claim, and not of the machine it runs on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.extras_at_hand import OURS, at_hand

LOOK = """
import sys
from importlib import import_module

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        print(event, arguments)

sys.addaudithook(watch)
extra = import_module(f"claimbot.extras.{sys.argv[1]}_child")
from claimbot.extras.looking import sample
extra.answer(b"?" * (sys.argv[1] == "faces") + sample())
"""
SILENCED = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "TRAVIS", "ORT_RUNNING_UNIT_TESTS")
"""Where these are set, ONNX Runtime reports nothing to its maker anyway."""


@pytest.mark.parametrize("name", OURS)
def test_an_extra_calls_nobody_and_numbers_no_machine(name: str, tmp_path: Path) -> None:
    """It connects to nothing and looks nothing up; a library that reports leaves an id first."""
    at_hand(name)
    environment = {key: value for key, value in os.environ.items() if key not in SILENCED}
    environment.pop("ORT_DISABLE_TELEMETRY", None)  # ours, of this process
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    done = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", LOOK, name],
        capture_output=True,
        check=True,
        text=True,
        env=environment | home | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
