"""A chat at the keyboard: lines are read here, the bot works in a thread beside."""

import asyncio
import contextlib
import io
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from claimbot.app import App
from claimbot.channels.terminal import CHAT, NAME, PROMPT
from claimbot.conversation.state import BURST_LIMIT
from claimbot.store import Chat, Line, Opened, conversations, overview

line_buffer: Callable[[], str] = str
CLEARED = ""
try:
    import readline
except ImportError:  # as on Windows
    pass
else:
    line_buffer = readline.get_line_buffer
    # An answer may have drawn the prompt there already, so it clears its line.  What is between
    # \1 and \2 takes no room, which readline has to know.
    CLEARED = "\1\r\x1b[K\2"

T = TypeVar("T")

LOOK_AGAIN = timedelta(milliseconds=20)  # nothing announces that no answer is owed any more
PATIENCE = timedelta(seconds=30)  # an answer that takes longer comes with the next chat


class Keyboard:
    """Standard input, a line at a time; in a terminal with a prompt, and with line editing."""

    def __init__(self) -> None:
        """Find out who is typing."""
        self.is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        self._asking = False
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(errors="surrogateescape")  # a path may be any bytes
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # not every terminal shows every letter

    def lines(self) -> Iterator[str]:
        """Yield what is typed, to the end; what is not typed is echoed, so that it can be read."""
        if not self.is_terminal:
            for line in sys.stdin:
                if said := line.rstrip("\n"):
                    sys.stdout.write(f"{PROMPT}{said}\n\n")
                    yield said
            return
        while True:
            self._asking = True
            try:
                line = input(CLEARED + PROMPT)
            except (EOFError, KeyboardInterrupt) as end:
                sys.stdout.write("\n")
                if isinstance(end, EOFError):
                    return
                raise
            finally:
                self._asking = False
            yield line

    def typed(self) -> str:
        """Return what stands behind the prompt and is not sent yet."""
        return line_buffer() if self._asking else ""


@contextlib.contextmanager
def working(app: App) -> Iterator[Callable[[Coroutine[Any, Any, T]], T]]:
    """Let the bot work in a thread of its own; yield what runs a coroutine there and waits.

    Raises:
        BadConfiguration: A channel refuses our credentials.
    """
    # A signal arrives in the main thread, so a half-made loop would be left behind there.
    made: Future[asyncio.AbstractEventLoop] = Future()

    def work() -> None:
        loop = asyncio.new_event_loop()
        made.set_result(loop)
        loop.run_forever()

    thread = threading.Thread(target=work, name="bot")
    thread.start()
    loop = made.result()

    def run(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    stack = contextlib.AsyncExitStack()
    try:
        run(stack.enter_async_context(app.running()))
        yield run
    finally:
        run(stack.aclose())
        run(loop.shutdown_default_executor())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def answered(app: App, patience: timedelta = PATIENCE) -> bool:
    """Wait until everything that was typed is answered, a burst of photos too; tell whether it is.

    A bot that was handed to a person owes no answer, so this asks the database, not the screen.
    """
    end = time.monotonic() + patience.total_seconds()
    while _owes_an_answer(app):
        if time.monotonic() >= end:
            return False
        time.sleep(LOOK_AGAIN.total_seconds())
    return True


def _owes_an_answer(app: App) -> bool:
    chat = Chat(channel=NAME, chat=CHAT)

    def look(tx: Connection) -> tuple[list[Line], Opened]:
        return overview.transcript(tx, chat), conversations.open_chat(tx, chat)

    # On one snapshot: else an answer that is written in between the two is in neither.
    lines, opened = app.store.read(look)
    if any(line.settled_at is None for line in lines):
        return True
    return opened.wake_at is not None and opened.wake_at <= app.clock() + BURST_LIMIT
