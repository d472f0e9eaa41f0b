"""What a child does with a photo: ``python -m claimbot.photos.child`` reads requests, and answers.

A request is four bytes and the photo.  The bytes are the long side, in pixels, of the copy that
is asked for; zero asks what there is to be seen, answered in JSON.
"""

import json
from dataclasses import asdict

from claimbot.children import serve
from claimbot.claim import Flaw
from claimbot.photos.examination import LIMITS, measured

LONG_SIDE_BYTES = 4


def answer(request: bytes) -> bytes:
    """Return the copy that was asked for, empty when there is none, or what is seen as JSON."""
    long_side_px = int.from_bytes(request[:LONG_SIDE_BYTES])
    data = request[LONG_SIDE_BYTES:]
    if long_side_px:
        from claimbot.photos.copies import make_copy  # noqa: PLC0415  few photos are copied

        return make_copy(data, long_side_px) or b""
    seen = measured(data)
    return json.dumps(seen if isinstance(seen, Flaw) else asdict(seen)).encode()


if __name__ == "__main__":  # pragma: no cover  in a child
    serve(answer, LIMITS)
