"""``claimbot serve`` and ``web`` as commands: what they say, and how they end."""

import os
import signal
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.command_line import Done, Shell, open_shell

NO_CHANNEL = "no channel is set up; set CLAIMBOT_TELEGRAM_TOKEN for Telegram"
ONLY_ONE = (
    "messages are fetched, so only one web may run; set CLAIMBOT_TELEGRAM_WEBHOOK_URL for more"
)
TELEGRAM = {"TELEGRAM_TOKEN": "123:abc", "TELEGRAM_BASE_URL": "http://127.0.0.1:1"}
WEBHOOK = {
    "TELEGRAM_WEBHOOK_URL": "https://claims.example",
    "TELEGRAM_WEBHOOK_SECRET": "a",
}


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Visitor:
    """Asks whether it is alive as soon as somebody listens, then tells this process to stop."""

    def __init__(self, port: int) -> None:
        self.answers: list[int] = []
        self._url = f"http://127.0.0.1:{port}/livez"
        self._visit = threading.Thread(target=self._ask_then_stop)
        self._visit.start()

    def saw_it_serve(self, done: Done, hints: list[str]) -> None:
        """Check how it went: coverage loses sight of who waits while a task is cancelled."""
        self._visit.join()
        assert self.answers == [200]
        assert (done.code, done.out) == (0, "")
        assert [line for line in done.err.splitlines() if not line.startswith("{")] == hints

    def _ask_then_stop(self) -> None:
        while not self.answers:
            with suppress(URLError), urllib.request.urlopen(self._url, timeout=20) as told:  # noqa: S310 it is ours
                self.answers.append(told.status)
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("command", "environment", "hints"),
    [
        ("serve", {}, [NO_CHANNEL]),
        ("serve", TELEGRAM, []),
        ("web", {}, [NO_CHANNEL]),
        ("web", TELEGRAM, [ONLY_ONE]),
        ("web", TELEGRAM | WEBHOOK, []),
    ],
)
def test_it_serves_until_it_is_told_to_stop(
    shell: Shell, command: str, environment: dict[str, str], hints: list[str]
) -> None:
    """On the port of the flag; that nobody can reach it without a channel is said.

    So is that only one web may fetch messages: Telegram hands them to one process at a time.
    """
    port = free_port()
    visitor = Visitor(port)

    visitor.saw_it_serve(shell.run(command, "--port", str(port), PORT="1", **environment), hints)


def test_a_port_that_is_taken_exits_1(shell: Shell) -> None:
    """Before anything is started, and the message says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        done = shell.run("serve", "--port", str(port))

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"claimbot: cannot listen on 127.0.0.1:{port}: ")
    assert done.err.endswith("; stop what uses it, or choose another with --port\n")
