"""What keeps ``claimbot serve`` from starting, and what makes it stop."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
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
    """A channel that tells us to stop: while it starts, or when there is a page to be had."""

    name = "stopping"

    def __init__(self, channel: Channel, url: str = "") -> None:
        self.stop, self.read, self.greet = channel.stop, channel.read, channel.greet
        self.fetch, self.send = channel.fetch, channel.send
        self.answer: httpx.Response | None = None
        self._url = url
        self._asking: asyncio.Task[None] | None = None

    async def start(self, receive: Receive) -> None:  # noqa: ARG002 nothing comes in
        if not self._url:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        self._asking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        async with httpx.AsyncClient() as client:
            self.answer = await client.get(f"{self._url}/nowhere")
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def channel() -> Channel:
    """A channel that is never started."""
    return open_telegram(TelegramOptions(token="1:x"))  # noqa: S106 opens nothing


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket that listens."""
    with listen("127.0.0.1", 0) as opened:
        yield opened


def serve(folder: Path, channel: Stopping, listening: socket.socket) -> httpx.Response | None:
    """Serve this channel alone until it says to stop; return the page that it got."""
    with closing(build(stage_settings(folder), channels={channel.name: channel})) as app:
        serve_until_stopped(app, listening)
    return channel.answer


def assert_tells_nothing(answer: httpx.Response | None) -> None:
    """Fail if a page that is not there says what we are made of, or signals are still taken."""
    assert answer is not None
    assert answer.status_code == 404
    assert "server" not in answer.headers
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.usefixtures("shell")
def test_it_serves_until_it_is_told_to_stop(
    tmp_path: Path, channel: Channel, listening: socket.socket
) -> None:
    """It says nothing of what it is made of, and takes signals only while it serves."""
    stopping = Stopping(channel, f"http://127.0.0.1:{listening.getsockname()[1]}")

    # In one line: coverage loses sight of who waits while a task is cancelled.
    assert_tells_nothing(serve(tmp_path, stopping, listening))


@pytest.mark.usefixtures("shell")
def test_it_can_be_stopped_while_it_starts(
    tmp_path: Path, channel: Channel, listening: socket.socket
) -> None:
    """A channel that does not answer holds up nobody."""
    serve(tmp_path, Stopping(channel), listening)
