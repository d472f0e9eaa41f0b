"""Photos examined and copied in child processes: whatever they are, this process is as before."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import date, timedelta
from hashlib import sha256
from queue import Empty, LifoQueue

from claimbot.children import LONGEST_ANSWER, Cause, Child, ChildDied
from claimbot.claim import Flaw
from claimbot.codec import load
from claimbot.errors import MachineBusy
from claimbot.photos.child import LONG_SIDE_BYTES
from claimbot.photos.examination import LIMITS, Examined, Measured, verdict

PATIENCE = timedelta(seconds=30)  # by then a photo had its processor time on the busiest machine
LONGEST_COPY = 4_000_000  # bytes; one of 1600 x 1600 pixels of noise has 1,935,014

FLAWS = {
    Cause.OUT_OF_TIME: Flaw.TOO_LARGE,
    Cause.OUT_OF_MEMORY: Flaw.TOO_LARGE,
    Cause.CRASHED: Flaw.NOT_AN_IMAGE,
}
"""What is wrong with a photo that a child died of; what else it dies of is no photo's fault."""


def photo_child() -> Child:
    """Return a child that examines photos, and copies them."""
    return Child("claimbot.photos.child", limits=LIMITS)


class Examiners:
    """A few children, and as many threads that ask them.

    A photo that comes while all are busy waits for its turn, and its time begins then.
    """

    def __init__(
        self,
        children: int,
        child: Callable[[], Child] = photo_child,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Have so many children, each started when it is first needed."""
        self._patience = patience
        # The last one back is the first one out, so that no more are started than are needed.
        self._idle: LifoQueue[Child] = LifoQueue()
        for _ in range(children):
            self._idle.put(child())
        self._threads = ThreadPoolExecutor(children, thread_name_prefix="examiner")

    def examine(
        self, data: bytes, *, today: date | None, patient: bool = False
    ) -> Future[Examined]:
        """Return the verdict to come on ``data``.

        Args:
            data: What was sent as a photo.
            today: The day on which it was sent; ``None`` leaves its age out.
            patient: Wait for ``patience``: the machine was too busy for it before.

        The future raises:
            MachineBusy: There was no time to look at it; ask again later.
            OSError: No child can be started; same.
        """
        return self._threads.submit(
            self._examine, data, today, self._patience if patient else None
        )

    def copy(self, data: bytes, *, long_side_px: int) -> Future[bytes | None]:
        """Return the copy to come of a photo, a JPEG; ``None`` when it cannot be decoded.

        The future raises the same as that of `examine`.
        """
        return self._threads.submit(self._copy, data, long_side_px)

    def warm(self) -> Future[None]:
        """Start the children that are idle, in the background."""
        return self._threads.submit(self._warm)

    def close(self) -> None:
        """Finish what is in hand, drop the rest, and end the children."""
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().close()

    def _examine(self, data: bytes, today: date | None, wall: timedelta | None) -> Examined:
        try:
            seen = _seen(self._ask(data, 0, LONGEST_ANSWER, wall))
        except ChildDied as died:
            seen = _flaw(died)
        return verdict(sha256(data).hexdigest(), seen, today=today)

    def _copy(self, data: bytes, long_side_px: int) -> bytes | None:
        try:
            return self._ask(data, long_side_px, LONGEST_COPY) or None
        except ChildDied as died:
            _flaw(died)
            return None

    def _ask(
        self, data: bytes, long_side_px: int, longest_answer: int, wall: timedelta | None = None
    ) -> bytes:
        child = self._idle.get()
        try:
            wanted = long_side_px.to_bytes(LONG_SIDE_BYTES)
            return child.ask(wanted, data, longest_answer=longest_answer, wall=wall)
        finally:
            self._idle.put(child)

    def _warm(self) -> None:
        with ExitStack() as back, suppress(Empty):
            while True:
                child = self._idle.get_nowait()
                back.callback(self._idle.put, child)
                child.warm()


def _seen(answer: bytes) -> Measured | Flaw:
    """Return what a child saw; one that talks nonsense is as good as dead."""
    try:
        text = answer.decode()
        return load(Measured, text) if text.startswith("{") else load(Flaw, text)
    except ValueError:
        return FLAWS[Cause.CRASHED]


def _flaw(died: ChildDied) -> Flaw:
    """Return what is wrong with the photo that a child died of.

    Raises:
        MachineBusy: Nothing that we know of.
    """
    if died.cause not in FLAWS:
        raise MachineBusy(died.cause) from died
    return FLAWS[died.cause]
