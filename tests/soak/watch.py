"""Ends a soak that hangs."""

import faulthandler
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WITHIN = 60.0  # seconds


@contextmanager
def watched(within: float = WITHIN) -> Iterator[Callable[[], None]]:
    """Give what is to be called at each progress.

    Without it for ``within`` seconds this process tells where it hangs, and exits with 1: an error
    that is raised might wait for what hangs.
    """
    progress, over = threading.Event(), threading.Event()

    def watch() -> None:
        while progress.wait(within):
            if over.is_set():
                return
            progress.clear()
        sys.stderr.write(f"no progress for {within:g} s; this is where it hangs:\n")
        sys.stderr.flush()
        faulthandler.dump_traceback()
        os._exit(1)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield progress.set
    finally:
        over.set()
        progress.set()
        watching.join()
