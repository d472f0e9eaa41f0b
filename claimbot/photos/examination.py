"""One photo from bytes to verdict: opened, measured, judged.

Nothing here knows a store or a clock.  `measured` does what a stranger's bytes can hurt, and is
left to a child process (`photos.examiners`); `verdict` does the rest.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from hashlib import sha256

from claimbot.children import Limits
from claimbot.claim import Flaw, Photo, Place
from claimbot.photos.judge import judge
from claimbot.photos.measure import Facts, measure
from claimbot.photos.opening import open_photo

LIMITS = Limits(cpu=timedelta(seconds=3), memory_bytes=700_000_000, wall=timedelta(seconds=3.7))
"""What looking at a photo may cost, so that it is answered within 4 s.

The largest that cameras write took 1.3 s (PNG of 25 megapixels, HEIC of 48) and 430 MB (HEIC, WebP
of 25 megapixels) of address space; decoding a 34-byte WebP without a guard takes 951 MB.  An HEIC
of 51 megapixels with transparency, which is let in, took 2.4 s.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is to be seen in a photo; ``place``, where its camera believed to be, is no fact."""

    facts: Facts
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A photo's verdict, and what it rests on: ``None`` when no pixel could be read."""

    photo: Photo
    facts: Facts | None
    place: Place | None


def measured(data: bytes) -> Measured | Flaw:
    """Return what is to be seen in ``data``, or why there is nothing.

    Raises:
        MemoryError: There is too little for it.
    """
    opened = open_photo(data)
    if isinstance(opened, Flaw):
        return opened
    return Measured(facts=measure(data, opened), place=opened.exif.place)


def verdict(sha256: str, seen: Measured | Flaw, *, today: date | None) -> Examined:
    """Return the verdict on a photo.

    Args:
        sha256: The photo's name.
        seen: What was to be seen in it.
        today: The day on which it was sent, to tell an old photo; ``None`` leaves its age out.
    """
    if isinstance(seen, Flaw):
        return Examined(photo=Photo(sha256=sha256, flaws=(seen,)), facts=None, place=None)
    flaws, flags = judge(seen.facts, today=today)
    photo = Photo(sha256=sha256, flaws=flaws, flags=flags, phash=seen.facts.phash)
    return Examined(photo=photo, facts=seen.facts, place=seen.place)


def examine(data: bytes, *, today: date | None = None) -> Examined:
    """Return the verdict on ``data``, which is examined in this process."""
    return verdict(sha256(data).hexdigest(), measured(data), today=today)


def as_json(file: str, examined: Examined) -> dict[str, object]:
    """Return what ``claimbot photos check --json`` prints of a file, ready for ``json.dumps``.

    ``ok`` is whether the bot would take the photo; ``facts`` is ``None`` when no pixel could be
    read.
    """
    return {
        "file": file,
        "ok": not examined.photo.flaws,
        "flaws": list(examined.photo.flaws),
        "flags": list(examined.photo.flags),
        "facts": None if examined.facts is None else asdict(examined.facts),
    }
