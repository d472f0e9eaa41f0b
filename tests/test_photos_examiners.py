"""Photos examined in child processes: the same verdicts, and never harm to who asked."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from claimbot.children import Child
from claimbot.claim import Flaw, Photo
from claimbot.codec import dump
from claimbot.errors import MachineBusy
from claimbot.photos.child import LONG_SIDE_BYTES, answer
from claimbot.photos.copies import make_copy
from claimbot.photos.examination import Examined, examine
from claimbot.photos.examiners import Examiners
from tests.pictures import encoded, exif, scene
from tests.unruly import LIMITS, idle, unruly

TODAY = date(2026, 3, 31)
SAMPLES = Path(__file__).parents[1] / "fixtures" / "photos"
AMSTERDAM: dict[int, object] = {1: "N", 2: (52.0, 22.0, 12.0), 3: "E", 4: (4.0, 53.0, 42.0)}
SIDE = 320


@pytest.fixture(scope="module")
def examiners() -> Iterator[Examiners]:
    """Children as in service."""
    with closing(Examiners(2)) as ready:
        yield ready


def verdict_of(child: Callable[[], Child], data: bytes) -> tuple[Flaw, ...]:
    """Return what a photo is refused for by a child, which is asked only once."""
    with closing(Examiners(1, child)) as examiners:
        return examiners.examine(data, today=TODAY).result().photo.flaws


def samples() -> list[bytes]:
    """Return files of all kinds, photos and others."""
    kinds = ("*.jpg", "*.heic", "*.pdf", "*.docx")
    files = [path.read_bytes() for kind in kinds for path in sorted(SAMPLES.glob(kind))]
    return [*files, encoded(scene(), exif=exif({}, {}, AMSTERDAM)), b""]


def told(verdicts: list[Examined]) -> str:
    """Return verdicts as the store keeps them, one a line."""
    return "".join(f"{dump(verdict)}\n" for verdict in verdicts)


ELSEWHERE = """
from contextlib import closing
from claimbot.photos.examiners import Examiners
from tests.test_photos_examiners import TODAY, samples, told
with closing(Examiners(2)) as examiners:
    print(told([examiners.examine(data, today=TODAY).result() for data in samples()]), end="")
"""


@pytest.mark.parametrize("seed", ["1", "random"])
def test_a_verdict_is_the_same_in_every_process(seed: str) -> None:
    """Byte for byte, examined here or by a child, of this process or of another one."""
    here = told([examine(data, today=TODAY) for data in samples()])

    there = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", ELSEWHERE],
        check=True,
        capture_output=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed},
    )

    assert there.stdout.decode() == here
    assert '"place":{"latitude":52.37,"longitude":4.895}' in here


def test_every_photo_of_a_crowd_is_answered(examiners: Examiners) -> None:
    """50 at once over two children, each with its own verdict."""
    crowd = [encoded(scene(480, 480, bytes([number]))) for number in range(50)]

    found = [examiners.examine(data, today=TODAY) for data in crowd]

    assert [one.result() for one in found] == [examine(data, today=TODAY) for data in crowd]


@pytest.mark.parametrize(
    ("order", "flaw"),
    [
        (b"spin 2000000000", Flaw.TOO_LARGE),
        (b"allocate 400000000", Flaw.TOO_LARGE),
        (b"signal 11", Flaw.NOT_AN_IMAGE),
        (b"raise it", Flaw.NOT_AN_IMAGE),
        (b"repeat 70000", Flaw.NOT_AN_IMAGE),
    ],
)
def test_a_photo_that_its_child_dies_of_is_refused(order: bytes, flaw: Flaw) -> None:
    """Too large when it cost too much, else no photo at all."""
    with closing(Examiners(1, unruly)) as examiners:
        before = examiners.copy(b"who", long_side_px=SIDE).result()
        found = examiners.examine(order, today=TODAY).result()

        assert examiners.copy(b"who", long_side_px=SIDE).result() != before

    name = sha256(order).hexdigest()
    assert found == Examined(photo=Photo(sha256=name, flaws=(flaw,)), facts=None, place=None)


@pytest.mark.parametrize(
    "nonsense",
    [b"", b"{}", b"no json", b'"blurry"', b"\xff", b'{"facts": null, "place": null}', b"[]"],
)
def test_a_child_that_talks_nonsense_is_not_believed(nonsense: bytes) -> None:
    """Only what is a verdict's ground in every part is taken for one."""
    assert verdict_of(unruly, b"say " + nonsense) == (Flaw.NOT_AN_IMAGE,)


def test_what_a_child_says_is_wrong_is_believed() -> None:
    """In the words of our own code."""
    assert verdict_of(unruly, b'say "unsupported_format"') == (Flaw.UNSUPPORTED_FORMAT,)


@pytest.mark.parametrize(("child", "order"), [(idle, b"hang"), (unruly, b"signal 9")])
def test_a_photo_is_not_refused_as_the_machine_is_busy(
    child: Callable[[], Child], order: bytes
) -> None:
    """Nor as someone killed the child: it is to be asked about again."""
    with closing(Examiners(1, child)) as examiners:
        with pytest.raises(MachineBusy):
            examiners.examine(order, today=TODAY).result()
        with pytest.raises(MachineBusy):
            examiners.copy(order, long_side_px=SIDE).result()

        assert examiners.copy(b"say well", long_side_px=SIDE).result() == b"well"


def test_a_photo_that_takes_too_much_memory_is_too_large() -> None:
    """It may be a photo: a smaller one of the same car is of use."""
    large = b"measure " + encoded(Image.new("RGBA", (5_000, 5_000)), "PNG")

    assert verdict_of(unruly, large) == (Flaw.TOO_LARGE,)


def test_a_copy_is_the_same_in_every_process(examiners: Examiners) -> None:
    """Byte for byte; what is no photo has none."""
    data = encoded(scene())

    assert examiners.copy(data, long_side_px=SIDE).result() == make_copy(data, SIDE)
    assert examiners.copy(b"%PDF-1.7", long_side_px=SIDE).result() is None


def test_a_photo_that_cannot_be_copied_has_no_copy() -> None:
    """Whether the child says so or dies of it."""
    with closing(Examiners(1, unruly)) as examiners:
        assert examiners.copy(b"say ", long_side_px=SIDE).result() is None
        assert examiners.copy(b"signal 11", long_side_px=SIDE).result() is None


def test_a_copy_may_have_megabytes() -> None:
    """What is said of a photo may not."""
    with closing(Examiners(1, unruly)) as examiners:
        copy = examiners.copy(b"repeat 4000000", long_side_px=SIDE).result()

    assert copy == bytes(4_000_000)


def test_no_more_children_are_started_than_are_needed() -> None:
    """Photos that come one after another are all for the first of them."""
    with closing(Examiners(8, unruly)) as examiners:
        names = {examiners.copy(b"who", long_side_px=SIDE).result() for _ in range(5)}

    assert len(names) == 1


class Counted(Child):
    """A child that counts how many were started before they were needed."""

    warm_ones = 0

    def warm(self) -> None:
        Counted.warm_ones += 1
        super().warm()


def test_warm_children_are_all_started() -> None:
    """Before the first photo comes."""
    with closing(Examiners(3, lambda: Counted("tests.unruly", limits=LIMITS))) as examiners:
        examiners.warm().result()

    assert Counted.warm_ones == 3


def test_closing_ends_the_children_and_drops_what_waits() -> None:
    """What is in hand is finished; nobody waits for the rest for ever."""
    examiners = Examiners(1, idle)
    child = int(examiners.copy(b"who", long_side_px=SIDE).result() or b"")
    waiting: list[Future[bytes | None]] = [
        examiners.copy(b"hang", long_side_px=SIDE) for _ in range(3)
    ]

    examiners.close()

    assert all(one.done() for one in waiting)
    with pytest.raises(CancelledError):
        waiting[-1].result()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_child_answers_in_json_or_with_a_picture() -> None:
    """Nothing of it is run by who reads it."""
    data = encoded(scene())
    look, copy = bytes(LONG_SIDE_BYTES), SIDE.to_bytes(LONG_SIDE_BYTES)

    assert answer(look + b"%PDF-1.7") == b'"unsupported_format"'
    assert json.loads(answer(look + data))["facts"]["format"] == "JPEG"
    assert answer(copy + b"%PDF-1.7") == b""
    assert answer(copy + data) == make_copy(data, SIDE)
