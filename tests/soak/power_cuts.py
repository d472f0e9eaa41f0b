"""Power cuts for minutes: ``python -m tests.soak.power_cuts --minutes 10``.

Each round lets policyholders report damage to a store on a disk that notes what is written, and
cuts its power at many instants; the last begins before the time is up.  Ends with an error at the
first transaction that was acknowledged and is gone, or is there by half, or when nothing happens
for a minute; the files of that cut are left, and where they lie is told.
"""

import argparse
import sys
from itertools import count, takewhile
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic, time

from tests.power_cut.cuts import cut, run
from tests.soak.watch import watched


def soak(seconds: float, first_seed: int, cuts: int) -> None:
    """Cut the power in one round after the other, and print what each showed."""
    until = monotonic() + seconds
    with watched() as progressed:
        for seed in takewhile(lambda _: monotonic() < until, count(first_seed)):
            folder = Path(mkdtemp(prefix="power-cuts-"))
            made = run(folder)
            progressed()
            tally = cut(made, folder, seed=seed, cuts=cuts)
            progressed()
            _say(
                f"seed {seed}: {tally.cuts} cuts, {tally.lost} of {tally.acknowledged} "
                f"acknowledged transactions lost; {tally.in_checkpoints} cuts within a checkpoint"
            )
            assert not tally.lost, f"look into {folder}"
            assert not tally.wrong, tally.wrong
            rmtree(folder)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.power_cuts", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time()), help="that of the first round")
    parser.add_argument("--cuts", type=int, default=120, help="in each round")
    options = parser.parse_args(arguments)
    soak(options.minutes * 60, options.seed, options.cuts)


if __name__ == "__main__":  # pragma: no cover  by hand
    main(sys.argv[1:])
