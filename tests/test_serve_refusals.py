"""What keeps ``claimbot serve`` from starting: one line says so, and nothing is lost."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from claimbot.app import build
from claimbot.channels import Channel, Receive
from claimbot.channels.telegram import TelegramOptions, open_telegram
from claimbot.cli.serving import listen, serve_until_stopped
from claimbot.errors import ClaimbotError
from claimbot.replay.player import stage_settings
from tests.command_line import Shell, open_shell


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PHOTOS", "file:/dev/null/photos", "CLAIMBOT_PHOTOS"),
        ("DATABASE", "sqlite:///missing/claimbot.db", "make its folder"),
        ("DATABASE", "sqlite:////dev/null/claimbot.db", "make its folder"),
    ],
)
def test_a_place_that_cannot_be_used_is_one_line(
    shell: Shell, name: str, value: str, told: str
) -> None:
    """Exit code 78, with what to do."""
    done = shell.run("serve", "--port", "0", **{name: value})

    assert (done.code, done.out) == (78, "")
    assert done.err.count("\n") == 1
    assert told in done.err


def test_a_database_of_a_newer_claimbot_is_left_alone(shell: Shell) -> None:
    """Exit code 78; an older one is brought up to date."""
    with shell.store() as store:
        store.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '9'")))

    done = shell.run("serve", "--port", "0")

    assert done.code == 78
    assert done.err.count("\n") == 1
    assert "install a newer claimbot" in done.err


def test_a_busy_port_is_one_line(shell: Shell) -> None:
    """Exit code 1, before anything else is started."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = shell.run("serve", "--port", str(port))

    assert done.code == 1
    assert done.err.count("\n") == 1
    assert f"127.0.0.1:{port}" in done.err
    assert "--port" in done.err


@pytest.mark.parametrize("host", ["198.51.100.1", "a" * 70, "::2"])
def test_an_address_that_is_not_ours_is_named(host: str) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(ClaimbotError, match="cannot listen on"):
        listen(host, 0)


class Stopping:
    """A channel that does not answer, so that we are told to stop while we start."""

    name = "stopping"

    def __init__(self, channel: Channel) -> None:
        self.stop, self.read, self.greet = channel.stop, channel.read, channel.greet
        self.fetch, self.send = channel.fetch, channel.send

    async def start(self, receive: Receive) -> None:  # noqa: ARG002 nothing comes in
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()


@pytest.fixture
def channel() -> Channel:
    """A channel that is never started."""
    return open_telegram(TelegramOptions(token="1:x"))  # noqa: S106 opens nothing


@pytest.mark.usefixtures("shell")
def test_it_can_be_stopped_while_it_starts(tmp_path: Path, channel: Channel) -> None:
    """A channel that does not answer holds up nobody."""
    stopping = Stopping(channel)
    app = build(stage_settings(tmp_path), channels={stopping.name: stopping})

    with closing(app), listen("127.0.0.1", 0) as listening:
        serve_until_stopped(app, listening)
