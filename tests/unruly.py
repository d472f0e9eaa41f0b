"""A child that behaves as badly as it is told to: ``python -m tests.unruly``.

Told ``brief`` it has little time to do so; told anything else it does not even serve.
"""

import os
import signal
import sys
from datetime import timedelta
from hashlib import pbkdf2_hmac
from io import BytesIO
from pathlib import Path

from claimbot.children import LENGTH_BYTES, Child, Limits, serve

LIMITS = Limits(cpu=timedelta(seconds=0.2), memory_bytes=200_000_000, wall=timedelta(seconds=20))
BRIEF = Limits(cpu=timedelta(seconds=20), memory_bytes=200_000_000, wall=timedelta(seconds=0.5))

OUT = 1
NOT_A_LETTER = bytes(range(65))  # the numbers that stand before a photo


def unruly(*args: str) -> Child:
    """Return such a child, with more wall time than it can fill with its processor time."""
    return Child("tests.unruly", *args, limits=LIMITS)


def idle(*args: str) -> Child:
    """Return such a child, with less wall time than processor time."""
    return Child("tests.unruly", "brief", *args, limits=BRIEF)


def answer(request: bytes) -> bytes:  # pragma: no cover  in a child
    """Do what a request says."""
    order, _, rest = request.lstrip(NOT_A_LETTER).partition(b" ")
    match order.decode():
        case "say":
            return rest
        case "repeat":
            return bytes(int(rest))
        case "who":
            return str(os.getpid()).encode()
        case "signal":
            os.kill(os.getpid(), int(rest))
        case "spin":  # within C
            pbkdf2_hmac("sha256", b"", b"", int(rest))
        case "hang":
            signal.pause()
        case "raise":
            raise KeyError(rest)
        case "exit":
            os._exit(int(rest))
        case "allocate":
            bytearray(int(rest))
        case "write":
            Path(rest.decode()).write_text("a line")
        case "open":
            files = [os.dup(OUT) for _ in range(int(rest))]
            return str(len(files)).encode()
        case "chatter":
            os.write(OUT, b"a remark of a library")
        case "close":
            os.closerange(OUT, 64)
            signal.pause()
        case "measure":
            from claimbot.photos.examination import measured  # noqa: PLC0415  60 ms

            measured(rest)
        case "decode":  # as one would who knows no harm
            from PIL import Image  # noqa: PLC0415  same

            Image.MAX_IMAGE_PIXELS = None
            with Image.open(BytesIO(rest)) as image:
                image.load()
        case _:
            raise ValueError(order)
    return b"still here"


def misbehave(how: str) -> None:  # pragma: no cover  in a child
    """Say that all is well, then do something that no child that serves does."""
    os.write(OUT, bytes(LENGTH_BYTES))
    match how:
        case "deaf":
            signal.pause()
        case "breaks off":
            os.read(0, LENGTH_BYTES)
            os.write(OUT, (100).to_bytes(LENGTH_BYTES) + b"half an answer")
            signal.pause()
        case _:  # "boasts"
            os.read(0, LENGTH_BYTES)
            os.write(OUT, b"\xff" * LENGTH_BYTES)
            signal.pause()


if __name__ == "__main__":  # pragma: no cover  in a child
    match sys.argv[1:]:
        case []:
            serve(answer, LIMITS)
        case ["brief"]:
            serve(answer, BRIEF)
        case ["mute"]:
            signal.pause()
        case how:
            misbehave(how[-1])
