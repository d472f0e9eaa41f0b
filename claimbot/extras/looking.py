"""Looking at one file after the other, in a process that is kept while there is work for it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from threading import Lock, Timer

from claimbot.children import LONGEST_ANSWER, Cause, Child, ChildDied, Limits
from claimbot.claim import Claim, Finding
from claimbot.codec import load
from claimbot.errors import MachineBusy, PhotoMissing
from claimbot.extras import Inspected

GLANCE = timedelta(seconds=0.05)  # between two looks at whether a process has let go
IDLE = timedelta(minutes=5)  # then its memory, up to 1 GB for the one that reads, is given back


class Looker:
    """A child process: started for its first request, ended when there was none for a while.

    Safe to share between threads, which wait for each other.
    """

    def __init__(self, module: str, *, limits: Limits, idle: timedelta = IDLE) -> None:
        """Run ``python -m module`` when it is needed, until it was not for ``idle``."""
        self._child = Child(module, limits=limits)
        self._idle = idle
        self._lock = Lock()
        self._ending: Timer | None = None

    def ask(self, *request: bytes, longest_answer: int = LONGEST_ANSWER) -> bytes:
        """Return the answer to a request, whose parts are joined.

        Raises:
            ChildDied: There is none.
            MachineBusy: There was none in time, by no fault of the request.
            OSError: The process cannot be started.
        """
        with self._lock:
            self._stop_ending()
            try:
                return self._child.ask(*request, longest_answer=longest_answer)
            except ChildDied as error:
                if error.cause in {Cause.TOO_SLOW, Cause.KILLED}:
                    raise MachineBusy(error.cause) from error
                raise
            finally:
                self._ending = Timer(self._idle.total_seconds(), self._rest)
                self._ending.daemon = True
                self._ending.start()

    def lines(self, *request: bytes) -> list[str]:
        """Return the lines of text that a request is answered with in JSON.

        Raises:
            ValueError: The answer is something else.
            ChildDied: As `ask`; MachineBusy and OSError too.
        """
        return load(list[str], self.ask(*request).decode())

    def close(self) -> None:
        """End the process, whatever it is doing; the next request starts another."""
        while not self._lock.acquire(timeout=GLANCE.total_seconds()):
            self._child.kill()  # whoever has the lock waits for it, or is about to
        try:
            self._stop_ending()
            self._child.close()
        finally:
            self._lock.release()

    def _rest(self) -> None:
        with self._lock:
            self._child.close()

    def _stop_ending(self) -> None:
        if self._ending is not None:
            self._ending.cancel()


def sample() -> bytes:
    """Return a picture to try an extra with: a plate, drawn."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  only `claimbot doctor` needs it

    picture = Image.new("RGB", (640, 320), "gold")
    ImageDraw.Draw(picture).text((90, 110), "XX-123-X", "black", ImageFont.load_default(100))
    file = BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def look_at_each(
    claim: Claim,
    fetch: Callable[[str], bytes],
    look: Callable[[str, bytes], Finding | None],
) -> Inspected:
    """Return what ``look`` finds in each picture of a claim; one that fails stops no other.

    Args:
        claim: The claim.
        fetch: Returns the bytes with a SHA-256.
        look: Takes a SHA-256 and the bytes.
    """
    findings: list[Finding] = []
    failure: Exception | None = None
    for sha256 in dict.fromkeys((*photo_names(claim), *page_names(claim))):
        try:
            found = look(sha256, fetch(sha256))
        except (ChildDied, MachineBusy, PhotoMissing, ValueError) as error:
            failure = failure or error
        else:
            findings += [found] if found else []
    return Inspected(findings=tuple(findings), failure=failure)


def photo_names(claim: Claim) -> tuple[str, ...]:
    """Return the SHA-256s of a claim's photos."""
    return tuple(photo.sha256 for photo in claim.photos)


def page_names(claim: Claim) -> tuple[str, ...]:
    """Return the SHA-256s of the photos of a claim's form; a PDF is no picture."""
    return tuple(page.sha256 for page in claim.form if page.media_type.startswith("image/"))
