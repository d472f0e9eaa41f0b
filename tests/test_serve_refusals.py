"""What keeps ``claimbot serve`` from starting, and what makes it stop."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from claimbot.app import App, build
from claimbot.channels import Receive
from claimbot.cli.serving import listen, serve_until_stopped
from claimbot.errors import ClaimbotError
from claimbot.replay.player import stage_settings
from claimbot.replay.script import Script
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


@pytest.mark.parametrize("host", ["198.51.100.1", "a" * 70, "not\0a.host", ""])
def test_an_address_that_is_not_ours_is_named(host: str) -> None:
    """Whatever is wrong with it."""
    if not host:
        listen("::1", 0).close()
        return
    with pytest.raises(ClaimbotError, match="cannot listen on"):
        listen(host, 0)


class Stopping(Script):
    """A channel that is told to stop while it starts, or once it is served."""

    def __init__(self, url: str = "") -> None:
        super().__init__()
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
def listening() -> Iterator[socket.socket]:
    """A socket that listens."""
    with listen("127.0.0.1", 0) as opened:
        yield opened


def app_with(channel: Script, folder: Path) -> App:
    """Return an app with this channel alone."""
    return build(stage_settings(folder), channels={channel.name: channel})


def test_it_serves_until_it_is_told_to_stop(
    shell: Shell, listening: socket.socket, tmp_path: Path
) -> None:
    """And says nothing of what it is made of."""
    channel = Stopping(f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = app_with(channel, tmp_path)

    serve_until_stopped(app, listening)

    app.close()
    assert channel.answer is not None
    assert channel.answer.status_code == 404
    assert "server" not in channel.answer.headers
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert shell


def test_it_can_be_stopped_while_it_starts(
    shell: Shell, listening: socket.socket, tmp_path: Path
) -> None:
    """A channel that does not answer holds up nobody."""
    app = app_with(Stopping(), tmp_path)

    serve_until_stopped(app, listening)

    app.close()
    assert shell
