"""Child processes that may come to harm: bytes in, bytes out, within limits.

What a stranger sent is decoded in one.  Whatever it does to its child, whoever asked gets an
answer or `ChildDied` in time, and the next request a child that lives.
"""

import contextlib
import os
import re
import resource
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import ceil
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from claimbot.errors import ClaimbotError

LENGTH_BYTES = 4  # before each request and each answer, most significant first
LONGEST_ANSWER = 65_536  # bytes, where the caller expects no more
START = timedelta(seconds=30)  # a child starts in 0.1 s; a cold disk is no request's fault
EXIT = timedelta(seconds=0.2)  # for a child whose output has ended, to end as well
LAST_PATIENCE = 10  # times the wall limit: then a child that hangs ends itself
PIECE = 65_536  # bytes: what a pipe holds
OPEN_FILES = 16
INHERITED = re.compile(
    r"PATH|HOME|TMPDIR|TZ|LANG|LC_\w+|LD_LIBRARY_PATH|ORT_DISABLE_TELEMETRY|(PYTHON|COVERAGE_)\w+"
)
"""Of the environment: what is not named here, a token or a password, is no decoder's business."""
OUT_OF_MEMORY_STATUS = 77  # that of no shell, interpreter or signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may cost.

    ``cpu`` is that of all threads together; ``memory_bytes`` the child's whole address space;
    ``wall`` runs from the first byte of the request to the last of the answer.
    """

    cpu: timedelta
    memory_bytes: int
    wall: timedelta


class Cause(StrEnum):
    """What a child died of."""

    CRASHED = "crashed"  # by a signal, an exit, or an answer that cannot be one
    OUT_OF_TIME = "out_of_time"  # it used its CPU limit
    OUT_OF_MEMORY = "out_of_memory"
    TOO_SLOW = "too_slow"  # the wall limit passed without its CPU limit: the machine is busy
    KILLED = "killed"  # from outside, such as by a kernel out of memory


CAUSES: dict[int | None, Cause] = {
    -signal.SIGPROF: Cause.OUT_OF_TIME,
    OUT_OF_MEMORY_STATUS: Cause.OUT_OF_MEMORY,
    -signal.SIGKILL: Cause.KILLED,
}
"""What the status says with which a child ended by itself; any other says that it crashed."""


class ChildDied(ClaimbotError):
    """A child died of a request; the next one gets another child."""

    def __init__(self, cause: Cause) -> None:
        """Remember what it died of."""
        super().__init__(f"the child process died: {cause}")
        self.cause = cause


class Child:
    """A process of our own that answers one request after another; one thread at a time may ask.

    It starts when it is first needed, and anew when it has died.  It ends at the end of its
    input, so it outlives us by no more than its limits.
    """

    def __init__(self, module: str, *args: str, limits: Limits) -> None:
        """Run ``python -m module args``, which is to call `serve` with the same limits."""
        self._command = (sys.executable, "-P", "-m", module, *args)
        self._limits = limits
        self._running: _Running | None = None

    def warm(self) -> None:
        """Start the process if there is none, without waiting until it is ready.

        Raises:
            OSError: It cannot be started.
        """
        self._started()

    def ask(
        self,
        *request: bytes,
        longest_answer: int = LONGEST_ANSWER,
        wall: timedelta | None = None,
    ) -> bytes:
        """Return the answer to a request, whose parts are joined.

        Args:
            request: The parts.
            longest_answer: In bytes.
            wall: How long to wait, up to `LAST_PATIENCE` times the limit, which it is instead of.

        Raises:
            ChildDied: There is none.
            OSError: The process cannot be started.
        """
        running = self._ready()
        until = monotonic() + (wall or self._limits.wall).total_seconds()
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)  # half an answer must not be taken for that to the next
            try:
                running.send(_length(sum(map(len, request))), until)
                for part in request:
                    running.send(part, until)
                answer = running.receive(until, longest_answer)
            except TimeoutError:
                raise ChildDied(Cause.TOO_SLOW) from None
            except BrokenPipeError:
                raise ChildDied(CAUSES.get(running.status(until), Cause.CRASHED)) from None
            undo.pop_all()
        return answer

    def kill(self) -> None:
        """End the process from any thread; whoever asks it just now is told that it died."""
        if (running := self._running) is not None:
            running.kill()

    def close(self) -> None:
        """End the process, if there is one; the next request starts another."""
        running, self._running = self._running, None
        if running is not None:
            running.end()

    def _started(self) -> "_Running":
        if self._running is None or self._running.has_ended:
            self.close()
            self._running = _Running(self._command)
        return self._running

    def _ready(self) -> "_Running":
        running = self._started()
        if not running.is_ready:
            try:
                running.receive(monotonic() + START.total_seconds(), 0)
            except (TimeoutError, BrokenPipeError, ChildDied):
                self.close()
                told = f"a child process does not start; see why: {shlex.join(self._command)}"
                raise ChildProcessError(told) from None
            running.is_ready = True
        return running


class _Running:
    """A process and the two pipes to it, neither of which is waited for without end."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own module
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if INHERITED.fullmatch(name)}
            | {
                "PYTHONPATH": os.pathsep.join(sys.path),  # it finds the modules that we find
                "MALLOC_ARENA_MAX": "1",  # each takes 64 MB of its address space
            },
        )
        assert self._process.stdin is not None  # noqa: S101  for the type checker
        assert self._process.stdout is not None  # noqa: S101  same
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self.is_ready = False

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def send(self, data: bytes, until: float) -> None:
        """Write all of ``data``, without a copy of it.

        Raises:
            TimeoutError: It is not read.
            BrokenPipeError: There is no one to read it.
        """
        left = memoryview(data)
        while left:
            _wait(self._to, select.POLLOUT, until)
            left = left[os.write(self._to, left) :]

    def receive(self, until: float, longest: int) -> bytes:
        """Return an answer.

        Raises:
            TimeoutError: There is none yet.
            BrokenPipeError: There will be none.
            ChildDied: It is longer than ``longest``, so it is as good as none.
        """
        size = int.from_bytes(self._read(LENGTH_BYTES, until))
        if size > longest:
            raise ChildDied(Cause.CRASHED)
        return self._read(size, until)

    def status(self, until: float) -> int | None:
        """Return the status with which the process ends; ``None`` when it does not."""
        try:
            return self._process.wait(max(until - monotonic(), EXIT.total_seconds()))
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()

    def end(self) -> None:
        """End the process and let go of it."""
        with self._process:  # closes the pipes
            self.kill()

    def _read(self, size: int, until: float) -> bytes:
        pieces = []
        while size:
            _wait(self._from, select.POLLIN, until)
            piece = os.read(self._from, min(size, PIECE))
            if not piece:
                raise BrokenPipeError
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def _wait(handle: int, event: int, until: float) -> None:
    poll = select.poll()
    poll.register(handle, event)
    left = until - monotonic()
    if left <= 0 or not poll.poll(ceil(left * 1000)):
        raise TimeoutError


def serve(answer: Callable[[bytes], bytes], limits: Limits) -> None:  # pragma: no cover
    """Answer requests until there are no more: all that a child does.

    Each request may use all of ``limits``.  Its timers kill without a word to Python, so also
    within a decoder.  That of the wall is for a child whose parent is no more: one that lives is
    the first to lose patience.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    _confine(limits)
    try:
        _write(answers, b"")
        while (request := _next_request()) is not None:
            signal.setitimer(signal.ITIMER_PROF, limits.cpu.total_seconds())
            signal.setitimer(signal.ITIMER_REAL, LAST_PATIENCE * limits.wall.total_seconds())
            told = answer(request)
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            _write(answers, told)
    except MemoryError:
        os._exit(OUT_OF_MEMORY_STATUS)


def _confine(limits: Limits) -> None:  # pragma: no cover  in a child
    """Give up what a decoder has no need of."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    # Told to stop, the parent finishes what is in hand: it ends the children when it ends.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # where there is no such file, there is no such choice
        Path("/proc/self/oom_score_adj").write_text("1000")  # the first to go, not the parent
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError):  # macOS refuses to limit memory
            resource.setrlimit(kind, (allowed, allowed))


def _next_request() -> bytes | None:  # pragma: no cover  in a child
    length = sys.stdin.buffer.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    size = int.from_bytes(length)
    request = sys.stdin.buffer.read(size)
    return request if len(request) == size else None


def _write(file: BinaryIO, answer: bytes) -> None:  # pragma: no cover  in a child
    file.write(_length(len(answer)) + answer)
    file.flush()


def _length(size: int) -> bytes:
    return size.to_bytes(LENGTH_BYTES)
