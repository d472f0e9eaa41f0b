"""The command line as people and scripts meet it, without starting a process for each command."""

import json
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from claimbot.__main__ import main
from claimbot.claim import Claim
from claimbot.cli.context import FLAGS
from claimbot.queues.sql import SqlQueue
from claimbot.settings import CLIENTS, Settings
from claimbot.store import Attention, Store
from tests.databases import open_store
from tests.queued_claims import send

DATABASE = "claimbot.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command exited, and what it wrote where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """Return what each line of standard output says; all of them are JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A shell in a folder of its own, without any claimbot setting, where ann works."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str | Path, **environment: str) -> Done:
        """Run ``claimbot`` with these arguments, and these ``CLAIMBOT_*`` variables."""
        with self.monkeypatch.context() as here:
            for name, value in environment.items():
                here.setenv(f"CLAIMBOT_{name}", value)
            here.setattr(sys, "argv", ["claimbot", *map(str, arguments)])
            with pytest.raises(SystemExit) as exited:
                main()
        code = exited.value.code
        assert isinstance(code, int)
        out, err = self.capsys.readouterr()
        return Done(code=code, out=out, err=err)

    def migrate(self) -> None:
        """Put an empty claim database here; what takes longest is done once for all tests."""
        with open_store("sqlite", self.folder):
            pass

    def send(self, *claims: Claim, calls: tuple[Attention, ...] = ()) -> None:
        """Queue claims; the policyholder of the last one also waits for a person."""
        with self.store() as store:
            for sent in claims:
                send(store, SqlQueue(), sent, *(calls if sent is claims[-1] else ()))

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the claim database beside the command."""
        store = Store(f"sqlite:///{self.folder / DATABASE}")
        try:
            yield store
        finally:
            store.close()


def unset_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every ``CLAIMBOT_*`` variable out of the environment."""
    for name in (*Settings.model_fields, *CLIENTS, "test_postgresql"):
        monkeypatch.delenv(f"CLAIMBOT_{name.upper()}", raising=False)


@contextmanager
def heeding_ctrl_c() -> Iterator[None]:
    """Let what is started heed Ctrl-C, also where we do not: in the background of a shell."""
    was = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, was)


@contextmanager
def open_shell(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """Give a shell, and put back what a command changes for its whole process."""
    unset_settings(monkeypatch)
    monkeypatch.setenv("USER", "ann")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        yield Shell(folder=folder, monkeypatch=monkeypatch, capsys=capsys)
    finally:
        FLAGS.clear()
        structlog.reset_defaults()
        logging.captureWarnings(capture=False)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
