"""Files made to hurt us, through the child processes as in service: answered, in time, unhurt."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import pytest

from claimbot.children import Cause, ChildDied
from claimbot.claim import Flaw
from claimbot.photos.examination import Examined
from claimbot.photos.examiners import Examiners
from tests.bombs import BOMBS, photo
from tests.pictures import encoded, scene
from tests.unruly import unruly

ANSWERED_WITHIN = 4  # seconds
GROWS_BY = 50_000  # KB
HOSTILE = Path(__file__).parents[2] / "shared" / "photos" / "hostile"


@pytest.fixture(scope="module")
def examiners() -> Iterator[Examiners]:
    """Children as in service."""
    with closing(Examiners(2)) as ready:
        yield ready


def examined(examiners: Examiners, data: bytes) -> Examined:
    """Return the verdict on a file, which comes in time."""
    asked = monotonic()
    verdict = examiners.examine(data, today=None).result()
    assert monotonic() - asked < ANSWERED_WITHIN
    return verdict


def resident(what: str) -> int:
    """Return how much memory this process holds, or held at most, in KB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))


@contextmanager
def growing_little() -> Iterator[None]:
    """Check that this process never holds much more than at the start."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = resident("VmRSS:")
    yield
    assert resident("VmHWM:") - before < GROWS_BY


def answered(examiners: Examiners, files: Iterable[bytes]) -> list[Examined]:
    """Return the verdicts on files, which cost this process little."""
    with growing_little():
        return [examined(examiners, data) for data in files]


@pytest.mark.parametrize(("make", "flaw"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_answered(
    examiners: Examiners, make: Callable[[], bytes], flaw: Flaw | None
) -> None:
    """As what it is, and a file that is also something else as the photo it is."""
    assert examined(examiners, make()).photo.flaws == ((flaw,) if flaw else ())


def test_bombs_cost_their_receiver_no_memory(examiners: Examiners) -> None:
    """However much there is in them; their own bytes are not copied either."""
    files = [make() for make, _ in BOMBS.values()]

    assert len(answered(examiners, files)) == len(BOMBS)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("scan bomb", Cause.OUT_OF_TIME),
        ("png header", Cause.OUT_OF_MEMORY),
        ("webp of 7,700 x 7,700", Cause.CRASHED),  # Pillow does not say that it was for memory
    ],
)
def test_a_bomb_that_is_let_in_hurts_only_a_child(name: str, cause: Cause) -> None:
    """The limits hold by themselves, should the guarded door be wrong about a file."""
    make, _ = BOMBS[name]

    with closing(unruly()) as child:
        assert child.ask(b"decode ", photo()) == b"still here"
        with pytest.raises(ChildDied) as died:
            child.ask(b"decode ", make())
        assert child.ask(b"decode ", photo()) == b"still here"

    assert died.value.cause is cause


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_cut_off_anywhere_is_answered(examiners: Examiners, kind: str) -> None:
    """At every fiftieth of its length; only the whole of it is taken as it is."""
    data = encoded(scene(800, 600), kind)
    pieces = [data[: len(data) * part // 50] for part in range(51)]

    *cut, whole = answered(examiners, pieces)

    assert all(found.photo.flaws == (Flaw.NOT_AN_IMAGE,) for found in cut)
    assert whole.photo.flaws == ()


@pytest.mark.shared
@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the real files are not on this machine")
def test_files_that_broke_other_programs_are_answered(examiners: Examiners) -> None:
    """215 of them, collected by the authors of decoders."""
    files = sorted(HOSTILE.iterdir())

    found = answered(examiners, (path.read_bytes() for path in files))

    assert len(found) == len(files) == 215
    assert all(verdict.facts or verdict.photo.flaws for verdict in found)
