"""``claimbot chat``: in a terminal, through a pipe, and when it ends."""

import importlib
import io
import json
import logging
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import event
from typer.testing import CliRunner, Result

from claimbot.app import App, build
from claimbot.channels import Received
from claimbot.channels.terminal import CHAT, NAME, Terminal
from claimbot.cli import cli, keyboard
from claimbot.cli.conversations import chat, samples
from claimbot.cli.keyboard import Keyboard, answered, working
from claimbot.errors import BadConfiguration
from claimbot.replay.player import stage_settings
from claimbot.settings import PREFIX, Settings
from claimbot.store import Chat, Turn
from tests.command_line import heeding_ctrl_c

PHOTOS = samples().parent / "photos"
LONGEST = 30  # seconds that a program in a terminal may take for its next word


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """A command sets the log up for its own standard error, which ends with it."""
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, with nothing configured."""
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, typed: str | bytes = "") -> Result:
    """Run a command with this on its standard input."""
    return CliRunner().invoke(cli, arguments, input=typed, catch_exceptions=False)


@contextmanager
def at_the_keyboard(folder: Path, terminal: Terminal) -> Iterator[App]:
    """Put claimbot together with one channel, in a folder of its own."""
    app = build(stage_settings(folder), channels={terminal.name: terminal})
    try:
        yield app
    finally:
        app.close()


def test_a_chat_makes_a_claim_in_the_configured_database(home: Path) -> None:
    """What goes in by a pipe is answered line by line, so that both can be read."""
    database = f"--database=sqlite:///{home}/mine.db"
    album = " ".join(str(PHOTOS / name) for name in ("car.jpg", "damage.jpg", "closeup.jpg"))

    result = run(
        *(database, "chat", "--language", "en"), typed=f"hello\n\n123456789\n{album}\n1\nsend\n"
    )

    assert result.exit_code == 0
    said = [part.split("\n")[0] for part in result.stdout.split("\n\n") if part]
    typed = ["> hello", "> 123456789", f"> {album}", "> 1", "> send"]
    assert said[::2] == typed
    assert said[-1].startswith("Thank you, your claim was sent")
    assert "  1. Send\n  2. Change\n  3. Stop\n" in result.stdout
    claim = json.loads(run(database, "claims", "next", "--json").stdout)
    assert (claim["channel"], len(claim["photos"])) == ("terminal", 3)


@pytest.mark.usefixtures("home")
def test_a_chat_that_says_nothing_ends_at_once() -> None:
    """There is nothing to wait for."""
    result = run("chat")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "Ctrl-D ends" in result.stderr


@pytest.mark.usefixtures("home")
def test_a_chat_survives_bytes_that_are_no_text() -> None:
    """And goes on behind them."""
    result = run("chat", typed=b"hallo\n\xff\xfe\nstatus\n")

    assert result.exit_code == 0
    assert result.stdout.endswith("\n\n")
    assert "> status" in result.stdout


def test_a_chat_waits_for_an_answer_that_is_owed(home: Path) -> None:
    """Not when nothing is, and not for ever."""
    terminal = Terminal(language="en", writing=io.StringIO())
    with at_the_keyboard(home, terminal) as app:
        assert answered(app)

        said = json.dumps({"kind": "text", "text": "hi", "at": app.clock().isoformat()})
        message = Received(channel=NAME, chat=CHAT, message_id="1", payload=said)
        app.store.receive([message], app.clock())

        assert not answered(app, timedelta())
        with working(app):
            assert answered(app)


def test_an_answer_that_is_written_while_we_look_is_waited_for(home: Path) -> None:
    """It is neither taken for said, nor for still to be thought of."""
    terminal = Terminal(language="en", writing=io.StringIO())
    with at_the_keyboard(home, terminal) as app:
        at = app.clock()
        burst = Turn(
            key=Chat(channel=NAME, chat=CHAT), turn=0, inbox_id=None, state="", wake_at=at, at=at
        )
        app.store.record(burst)
        answer = replace(burst, turn=1, wake_at=None, say=("Got 3 photos.",))
        written: list[Future[None]] = []

        def write_it(_: object, __: object, statement: str, *___: object) -> None:
            if statement.startswith("SELECT") and not written:
                written.append(bot.submit(app.store.record, answer))
                wait(written)

        with ThreadPoolExecutor(1) as bot:
            event.listen(app.store.engine, "after_cursor_execute", write_it)

            assert not answered(app, timedelta())
        written[0].result()


@pytest.mark.usefixtures("home")
def test_an_answer_that_does_not_come_is_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chat ends without it; it is not lost."""
    monkeypatch.setattr(keyboard, "answered", lambda _: False)

    result = run("chat")

    assert result.exit_code == 0
    assert "not everything is answered; `claimbot chat` goes on with it" in result.stderr


def test_a_bot_that_cannot_start_is_an_error(home: Path) -> None:
    """And its thread ends."""

    class Refusing(Terminal):
        async def start(self, _: object) -> None:
            raise BadConfiguration("no such terminal")

    refusing = Refusing(language=None, writing=io.StringIO())
    refused = pytest.raises(BadConfiguration, match="no such terminal")
    with at_the_keyboard(home, refusing) as app, refused, ExitStack() as stack:
        stack.enter_context(working(app))

    assert "bot" not in {thread.name for thread in threading.enumerate()}


# At a terminal


class Typing(io.StringIO):
    """Somebody at a terminal; ``meanwhile`` is done whenever a line is asked for."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]  # as input() asks
        self.meanwhile()
        return super().readline(-1 if size is None else size)


def sit_down(monkeypatch: pytest.MonkeyPatch, typed: str) -> tuple[Typing, Typing]:
    """Let somebody type this at a terminal; return what they type and what they see."""
    somebody, screen = Typing(typed), Typing()
    monkeypatch.setattr(sys, "stdin", somebody)
    monkeypatch.setattr(sys, "stdout", screen)
    return somebody, screen


def test_a_terminal_gets_a_prompt_for_each_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-D ends it, on a line of its own."""
    _, screen = sit_down(monkeypatch, "hallo\nfoto\n")
    keys = Keyboard()

    assert keys.is_terminal
    assert list(keys.lines()) == ["hallo", "foto"]
    assert screen.getvalue().count("> ") == 3
    assert screen.getvalue().endswith("> \n")


@pytest.mark.usefixtures("home")
def test_a_chat_at_a_terminal_is_not_echoed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal shows what is typed; the answer comes before the end."""
    _, screen = sit_down(monkeypatch, "hello\n")

    chat(language="en")

    assert "hello" not in screen.getvalue()
    assert screen.getvalue().count("What is your policy number?") == 1


def test_ctrl_c_ends_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """By way of the same error as anywhere."""
    somebody, screen = sit_down(monkeypatch, "")

    def interrupt() -> None:
        raise KeyboardInterrupt

    somebody.meanwhile = interrupt

    with pytest.raises(KeyboardInterrupt):
        list(Keyboard().lines())
    assert screen.getvalue().endswith("> \n")


def test_what_is_typed_is_known_only_while_a_line_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In between, what readline remembers is the line that was sent."""
    somebody, _ = sit_down(monkeypatch, "hallo\n")
    monkeypatch.setattr(keyboard, "line_buffer", lambda: "hal")
    keys = Keyboard()
    typed: list[str] = []
    somebody.meanwhile = lambda: typed.append(keys.typed())

    next(keys.lines())

    assert (typed, keys.typed()) == (["hal"], "")


def test_a_python_without_readline_gets_a_plain_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is known of what is being typed."""
    monkeypatch.setitem(sys.modules, "readline", None)
    try:
        plain = importlib.reload(keyboard)

        assert (plain.line_buffer(), plain.CLEARED) == ("", "")
    finally:
        monkeypatch.undo()
        importlib.reload(keyboard)


class Screen:
    """``claimbot chat`` in a real terminal."""

    def __init__(self, folder: Path) -> None:
        self.ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.process = subprocess.Popen(
            [sys.executable, "-m", "claimbot", "chat", "--language", "en"],
            cwd=folder,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        self.shown = ""

    def types(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def shows(self, pattern: str) -> str:
        """Wait until something is shown, and return it and all that came before."""
        while not (found := re.search(pattern, self.shown, re.DOTALL)):
            ready, _, _ = select.select([self.ours], [], [], LONGEST)
            assert ready, f"no {pattern!r} in {self.shown!r}"
            self.shown += os.read(self.ours, 4096).decode(errors="replace").replace("\r\n", "\n")
        until, self.shown = self.shown[: found.end()], self.shown[found.end() :]
        return until

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def screen(home: Path) -> Iterator[Screen]:
    """A terminal in which a chat begins."""
    with heeding_ctrl_c():
        screen = Screen(home)
    yield screen
    screen.close()


def test_an_answer_does_not_garble_what_is_being_typed(screen: Screen) -> None:
    """It comes above the prompt, and what was typed stands behind it again."""
    screen.shows("> ")
    screen.types("123456789\n")
    screen.shows("Send photo 1.*> ")
    screen.types(f"{PHOTOS / 'car.jpg'}\nis that")

    assert screen.shows("Photo 1 of 3 is fine.*> is that")
    screen.types(" right?\n")
    screen.shows("Send photo 2.*> ")
    screen.types("\x04")
    assert screen.process.wait(LONGEST) == 0
    assert termios.tcgetattr(screen.theirs) == screen.before


def test_ctrl_c_leaves_the_terminal_as_it_was(screen: Screen) -> None:
    """At once, and without a traceback."""
    screen.shows("> ")
    screen.types("half a sentence")
    screen.shows("sentence")
    while screen.process.poll() is None:  # readline sees a signal only while it waits for a key
        screen.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            screen.process.wait(5)

    assert screen.process.returncode == 0
    assert termios.tcgetattr(screen.theirs) == screen.before
    screen.types("the end")
    assert "Traceback" not in screen.shows("the end")
