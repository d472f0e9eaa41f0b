"""Licence plates, read from the photos and compared with the claim form's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from claimbot.children import Limits
from claimbot.claim import Claim, Finding, Flag
from claimbot.extras import Inspected, expect_installed
from claimbot.extras.looking import (
    Looker,
    look_at_each,
    page_names,
    photo_names,
    sample,
)

# Measured: 0.7 s for the median of 160 photos, 5 s for the slowest, 1.8 GB of address space.
LIMITS = Limits(cpu=timedelta(seconds=30), memory_bytes=4_000_000_000, wall=timedelta(seconds=60))


class Reading:
    """Notes the plates that can be read, and where photos and form differ in them."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._looker = Looker("claimbot.extras.ocr_child", limits=LIMITS)

    def inspect(self, claim: Claim, fetch: Callable[[str], bytes]) -> Inspected:
        """Return what is found in the claim's photos, and photos of its form."""
        plates: dict[str, list[str]] = {}

        def look(sha256: str, data: bytes) -> Finding | None:
            plates[sha256] = found = self._looker.lines(data)
            detail = ", ".join(found)
            return Finding(sha256=sha256, flag=Flag.PLATE_READ, detail=detail) if found else None

        seen = look_at_each(claim, fetch, look)
        return replace(seen, findings=(*seen.findings, *differing(claim, plates)))

    def check(self) -> None:
        """Return when the extra works, having tried."""
        self._looker.lines(sample())

    def close(self) -> None:
        """End the process, if it runs."""
        self._looker.close()


def differing(claim: Claim, plates: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Yield that no plate of the photos is one of the form, if both are known.

    A form names the other car too, so one that agrees is enough.

    Args:
        claim: The claim.
        plates: The plates that were read, by the SHA-256 of the picture.
    """
    seen, said = (
        tuple(dict.fromkeys(plate for name in names for plate in plates.get(name, ())))
        for names in (photo_names(claim), page_names(claim))
    )
    if seen and said and not set(seen) & set(said):
        detail = f"photo {' '.join(seen)}, form {' '.join(said)}"
        yield Finding(sha256=photo_names(claim)[0], flag=Flag.PLATE_DIFFERS, detail=detail)


def open_ocr() -> Reading:
    """Open the extra ``ocr``.

    Raises:
        NoSuchPlug: It is not installed.
    """
    expect_installed("ocr", "rapidocr", "onnxruntime")
    return Reading()
