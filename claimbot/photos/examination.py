"""One photo from bytes to verdict: opened, measured, judged.

Nothing here knows a store or a clock, and all of it can be sent to another process and back.
"""

from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256

from claimbot.claim import Flaw, Photo
from claimbot.photos.judge import judge
from claimbot.photos.measure import Facts, measure
from claimbot.photos.opening import open_photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A photo's verdict, and the facts it rests on: ``None`` when no pixel could be read."""

    photo: Photo
    facts: Facts | None


def examine(data: bytes, *, today: date | None = None) -> Examined:
    """Return the verdict on ``data``; never raises, whatever the bytes.

    Args:
        data: What was sent as a photo.
        today: The day on which it was sent, to tell an old photo; ``None`` leaves its age out.
    """
    opened = open_photo(data)
    if isinstance(opened, Flaw):
        return Examined(photo=Photo(sha256=sha256(data).hexdigest(), flaws=(opened,)), facts=None)
    facts = measure(data, opened)
    flaws, flags = judge(facts, today=today)
    photo = Photo(sha256=facts.sha256, flaws=flaws, flags=flags, phash=facts.phash)
    return Examined(photo=photo, facts=facts)


def report(file: str, data: bytes, *, today: date | None = None) -> dict[str, object]:
    """Return what ``claimbot photos check --json`` prints of a file, ready for ``json.dumps``.

    ``ok`` is whether the bot would take the photo; ``facts`` is ``None`` when no pixel could be
    read.
    """
    examined = examine(data, today=today)
    return {
        "file": file,
        "ok": not examined.photo.flaws,
        "flaws": list(examined.photo.flaws),
        "flags": list(examined.photo.flags),
        "facts": None if examined.facts is None else asdict(examined.facts),
    }
