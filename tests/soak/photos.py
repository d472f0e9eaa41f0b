"""Broken photos for minutes: ``python -m tests.soak.photos --minutes 10``.

For half of the time they are sent to the child processes, as in service; for the other half they
are examined in this process, where more can be checked.  Ends with an error at the first that is
not answered as promised, or when nothing happens for a minute; the file and its seed are told.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic, time

from claimbot.errors import MachineBusy
from claimbot.photos.examiners import Examiners
from tests.fuzzing import fuzz
from tests.photo_promises import TODAY, is_as_promised, keeps_its_promises
from tests.soak.watch import watched

ANSWERED_WITHIN = 4.0  # seconds
GROWS_BY = 50.0  # MB, of the parent


def soak(seconds: float, first_seed: int, children: int) -> None:
    """Send broken photos to child processes, then to this one, and print how many."""
    with watched() as progressed:

        def tried(check: Callable[[bytes], object]) -> int:
            def each(data: bytes) -> None:
                progressed()
                check(data)

            return fuzz(each, seconds=seconds / 2, first_seed=first_seed)

        with closing(Examiners(children)) as examiners:
            sent = Sent(examiners)
            number = tried(sent.is_answered)
        _say(f"{number} by children, {sent.busy} postponed; {sent.grown:.1f} MB more in here")
        _say(f"{tried(keeps_its_promises)} in this process")


class Sent:
    """Photos sent to child processes, and what that cost the process that sends them."""

    def __init__(self, examiners: Examiners) -> None:
        """Begin with children that are warm."""
        self.busy = 0
        self._examiners = examiners
        examiners.examine(b"", today=TODAY).result()
        self._before = _resident()

    @property
    def grown(self) -> float:
        """By how much this process has grown, in MB."""
        return _resident() - self._before

    def is_answered(self, data: bytes) -> None:
        """Check that a photo is answered in time, and that this process stays as it is."""
        asked = monotonic()
        try:
            examined = self._examiners.examine(data, today=TODAY).result()
        except MachineBusy:
            self.busy += 1
        else:
            is_as_promised(examined, len(data))
        assert monotonic() - asked < ANSWERED_WITHIN
        assert self.grown < GROWS_BY


def _resident() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.photos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time()), help="that of the first round")
    parser.add_argument("--children", type=int, default=2)
    options = parser.parse_args(arguments)
    soak(options.minutes * 60, options.seed, options.children)


if __name__ == "__main__":  # pragma: no cover  by hand
    main(sys.argv[1:])
