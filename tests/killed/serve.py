"""Run a command of claimbot that is killed: ``... -m tests.killed.serve INSTANT... -- serve``.

It lives once for each instant and dies of ``kill -9`` then; the last time it just lives.  Each of
these lives is a process of its own, forked off here, so that Python starts and imports only once.
Told by `SPARE`, it kills the life that there is, and the next one is the last.
Their number and where each ended is told on standard error, in lines such as claimbot's log has.
"""

import ctypes
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import claimbot.cli.serving  # noqa: F401 - imported here, it need not be in each life
from claimbot.__main__ import main as claimbot_main
from tests.killed.instants import Fate, Instant, parse_instant, watched

PR_SET_PDEATHSIG = 1  # linux/prctl.h
DIED = "killed"  # the event of the line that tells of a death
LASTS = "not to be killed"  # that of the line before the last life
SPARE = signal.SIGUSR1
SPARED = "told to spare it"  # the last point of the life that is killed by that


def let_holds_run_out(database: Path) -> None:
    """Make due what a killed process was delivering, as it would be in some seconds."""
    with closing(sqlite3.connect(database, timeout=10)) as opened:
        if opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").fetchone():
            for table in ("outbox", "delivery"):
                opened.execute(f"UPDATE {table} SET not_before = NULL WHERE settled_at IS NULL")  # noqa: S608 both are above
            opened.commit()


def main(arguments: Sequence[str]) -> None:  # pragma: no cover  in a process of its own
    """Live and die as often as the arguments say, then live on."""
    split = arguments.index("--")
    sys.argv = ["claimbot", *arguments[split + 1 :]]
    database = Path(os.environ["CLAIMBOT_DATABASE"].removeprefix("sqlite:///"))
    lives = _Lives()
    for instant in map(parse_instant, arguments[:split]):
        if lives.spared:
            break
        status, last = lives.live(instant)
        if status != -signal.SIGKILL:
            sys.exit(status)
        if database.exists():
            let_holds_run_out(database)
        _tell(event=DIED, instant=str(instant), last=last or SPARED)
    _tell(event=LASTS)
    claimbot_main()


def _tell(**told: str) -> None:  # pragma: no cover  in a process of its own
    sys.stderr.write(f"{json.dumps(told)}\n")
    sys.stderr.flush()


class _Lives:  # pragma: no cover  in a process of its own
    """One life after the other, until it is told to spare them."""

    def __init__(self) -> None:
        self.spared = False
        self._child: int | None = None
        signal.signal(SPARE, self._spare)

    def live(self, instant: Instant) -> tuple[int, str]:
        """Return how a life ended, and the point that was passed last before it was killed."""
        last_words, mouth = os.pipe()
        child = os.fork()
        if child == 0:
            _be_claimbot(instant, mouth)
        self._child = child
        if self.spared:  # it was told while there was no child to kill
            os.kill(child, signal.SIGKILL)
        os.close(mouth)
        _, status = os.waitpid(child, 0)
        self._child = None
        with os.fdopen(last_words) as said:
            return os.waitstatus_to_exitcode(status), said.read()

    def _spare(self, *_: object) -> None:
        self.spared = True
        if self._child is not None:
            os.kill(self._child, signal.SIGKILL)


def _be_claimbot(
    instant: Instant, mouth: int
) -> NoReturn:  # pragma: no cover  in a process of its own
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody survives this launcher

    def die(point: str) -> None:
        os.write(mouth, point.encode())
        os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        with watched(Fate(instant, die).passed):
            claimbot_main()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 0
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":  # pragma: no cover  in a process of its own
    main(sys.argv[1:])
