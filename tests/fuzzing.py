"""Broken photos for as long as there is time."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.broken_photos import any_photos

FAILED = Path(".hypothesis") / "photos"
ROUND = 100  # photos by one seed


def fuzz(check: Callable[[bytes], object], *, seconds: float, first_seed: int = 0) -> int:
    """Check broken photos until the time is up; return how many.

    Each round prints its seed, so that it can be done again.  Of a photo that fails, the least
    that still fails is kept in ``.hypothesis/photos``, under the seed.
    """
    until = monotonic() + seconds
    tried, number = 0, first_seed

    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(any_photos())
    def each_holds(data: bytes) -> None:
        nonlocal tried
        tried += 1
        try:
            check(data)
        except BaseException:
            FAILED.mkdir(parents=True, exist_ok=True)
            (FAILED / f"seed-{number}").write_bytes(data)
            raise

    while monotonic() < until:
        print(f"seed {number}")  # noqa: T201  pytest shows it when the round fails
        seed(number)(each_holds)()
        number += 1
    return tried
