"""The queue plug that docs/plugs.md shows: installed like a stranger's, nothing here knows it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine

from claimbot.errors import BadConfiguration
from claimbot.queues import open_queue
from claimbot.queues.sql import SqlQueue
from tests.journeys import ROOT, photo
from tests.queue_contract import Plug, assert_keeps_contract

EXAMPLE = Path(__file__).with_name("queue_plug_example")
PIP = "pip install --quiet --no-deps --no-build-isolation --no-index --target"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install it where Python can be told to look."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", *PIP.split(), str(target), str(EXAMPLE)]
    subprocess.run(command, check=True)  # noqa: S603  our own
    return target


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A shell where the package is installed, and the queue is to be the one it brings."""

    folder: Path
    site: Path

    def run(self, *words: str, typed: str = "") -> str:
        """Run ``claimbot``, which must succeed, and return what it prints."""
        done = subprocess.run(  # noqa: S603  our own
            [sys.executable, "-m", "claimbot", *words],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{ROOT}:{self.site}",
                "CLAIMBOT_QUEUE": f"apart+sqlite:///{self.folder / 'adjusters.db'}",
            },
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def test_a_claim_goes_through_a_queue_that_was_installed(site: Path, tmp_path: Path) -> None:
    """From the chat to the decision, without a change to claimbot."""
    shell = Shell(folder=tmp_path, site=site)
    names = ("car", "near", "close")
    for name in names:
        (tmp_path / f"{name}.jpg").write_bytes(photo(name))
    album = " ".join(f"{name}.jpg" for name in names)

    shell.run("chat", "--language", "en", typed=f"hello\n123456789\n{album}\nnone\nsend\n")
    claim = json.loads(shell.run("claims", "next", "--json", "--adjuster", "ann"))
    shell.run("claims", "return", claim["reference"], "--adjuster", "ann")
    again = json.loads(shell.run("claims", "next", "--json", "--adjuster", "bo"))
    shell.run("claims", "accept", again["lease"]["id"], "--adjuster", "bo")

    assert (again["reference"], again["lease"]["attempt"]) == (claim["reference"], 2)
    assert json.loads(shell.run("claims", "show", claim["reference"], "--json"))["decision"]
    depth = json.loads(shell.run("queue", "stats", "--json"))
    assert (depth["ready"], depth["leased"]) == (0, 0)


def test_it_keeps_the_contract(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As whoever copies it finds out, with their own queue in the place of this one."""
    monkeypatch.syspath_prepend(site)
    apart = import_module("claimbot_apart").Apart
    plug = Plug(
        open=lambda clock: apart(create_engine("sqlite://"), SqlQueue(clock)),
        engine=create_engine("sqlite://"),
    )

    assert_keeps_contract(plug, settings(max_examples=20, deadline=None))


def test_what_is_no_database_is_refused(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words that claimbot's own plugs use."""
    monkeypatch.syspath_prepend(site)

    with pytest.raises(BadConfiguration, match="database URL"):
        open_queue("apart+nothing", create_engine("sqlite://"))
