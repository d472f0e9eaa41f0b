"""Real hostile files, kept beside the repository: each is answered, soon, in little memory."""

import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.bench.catches import PHOTOS
from tests.photo_promises import keeps_its_promises

HOSTILE = ("hostile", "formats", "exif")

MOST_MEGABYTES = 450  # of the process, 33 of which it has before any photo

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not PHOTOS.is_dir(), reason="the real photos are not on this machine"),
]


def peak(path: Path) -> float:  # pragma: no cover  in a child
    """Return what this process held at most, in MB, once it has seen a file that does no harm."""
    keeps_its_promises(path.read_bytes())
    # Not `getrusage`: its peak is also that of the process that started this one.
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    return int(kilobytes) / 1024


@pytest.mark.parametrize("folder", HOSTILE)
def test_files_made_to_break_readers_do_no_harm(folder: str) -> None:
    """In processes of their own, so that a crash is seen, and no memory but theirs."""
    paths = sorted((PHOTOS / folder).iterdir())
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        peaks = dict(zip(paths, processes.map(peak, paths), strict=True))

    assert {path.name for path, megabytes in peaks.items() if megabytes > MOST_MEGABYTES} == set()
