"""The tables of rules in docs/photos.md, from the thresholds and the words themselves.

``python -m tests.photo_rules`` prints them, with ``--write`` they go into the page.
"""

import sys

from claimbot.claim import NEAR_DUPLICATE_BITS, Flag, Flaw
from claimbot.photos import judge, opening
from claimbot.photos.circumstances import FAR_KM
from claimbot.photos.examination import LIMITS
from claimbot.photos.measure import CLIPPED_HIGH
from claimbot.words.en.replies import REPLIES
from tests.marked import PHOTOS_PAGE, show, table

REFUSED_WHEN = {
    Flaw.NOT_AN_IMAGE: "it cannot be decoded as what its first bytes say it is",
    Flaw.UNSUPPORTED_FORMAT: "it is a picture or document of another kind, such as GIF or PDF",
    Flaw.TOO_LARGE: "it is over the limits below",
    Flaw.TOO_SMALL: f"its short side is under {judge.SHORTEST_SIDE_PX} px",
    Flaw.BLANK: f"`p99` - `p1` is under {judge.BLANK_SPREAD}",
    Flaw.DARK: f"`p95` is under {judge.DARK_P95}",
    Flaw.OVEREXPOSED: f"`p5` is over {judge.OVEREXPOSED_P5}, or over "
    f"{judge.OVEREXPOSED_SHARE:.0%} of the pixels are at {CLIPPED_HIGH} or above",
    Flaw.BLURRED: f"`block` is under {judge.BLURRED_BLOCK} "
    f"and `reblur` under {judge.BLURRED_REBLUR:.2f}",
    Flaw.DUPLICATE: "the same bytes, or a hash at most "
    f"{NEAR_DUPLICATE_BITS} of 256 bits away, are in the same claim",
}
NOTED_WHEN = {
    Flag.SOFT: f"`block` is under {judge.SOFT_BLOCK} or `reblur` under {judge.SOFT_REBLUR:.2f}",
    Flag.DIM: f"`mean` is under {judge.DIM_MEAN}",
    Flag.BRIGHT: f"`mean` is over {judge.BRIGHT_MEAN}",
    Flag.SMALL: f"its short side is under {judge.SMALL_SIDE_PX} px",
    Flag.SCREENSHOT: f"over {judge.SCREENSHOT_SHARE:.0%} of the pixels equal their right and "
    "lower neighbours, or its EXIF says so",
    Flag.EDITED: "its EXIF names a program that changes pictures, such as Photoshop",
    Flag.TAKEN_LONG_AGO: f"its EXIF says that it was taken over {judge.LONG_AGO.days} days ago",
    Flag.TAKEN_BEFORE_POLICY: "its EXIF says that it was taken before the policy was in force",
    Flag.TAKEN_ELSEWHERE: f"its EXIF says a place over {FAR_KM} km from the one that was shared",
    Flag.SEEN_IN_ANOTHER_CLAIM: "another claim has it, be it turned or mirrored: which one and "
    "how near is said",
    Flag.TAKEN_ON_THIRD_TRY: "two photos were refused before it",
}
MEGA = 1_000_000


def flaws_table() -> str:
    """Return the reasons to refuse a photo, in the order in which they are judged."""
    heads = ("flaw", "refused when", "the policyholder is told")
    return table(heads, [(f"`{flaw}`", when, _told(flaw)) for flaw, when in REFUSED_WHEN.items()])


def _told(flaw: Flaw) -> str:
    said = REPLIES[f"photo.{flaw}"].format(photo=REPLIES["photo.this"], same=1)
    return f"{said} {REPLIES[f'advice.{flaw}']}"


def flags_table() -> str:
    """Return what only the adjuster sees of a photo."""
    return table(
        ("flag", "noted when"), [(f"`{flag}`", when) for flag, when in NOTED_WHEN.items()]
    )


def limits_table() -> str:
    """Return what a file may cost."""
    pixels = ", ".join(f"{kind} {most // MEGA}" for kind, most in opening.MOST_PIXELS.items())
    scanned = opening.MOST_SCANNED_PIXELS // MEGA
    return table(
        ("limit", "of what"),
        [
            (f"{opening.MOST_BYTES // MEGA} MB", "the file"),
            (f"megapixels: {pixels}", "what its header announces"),
            (f"{opening.MOST_PIXELS_IN_SCANS // MEGA} megapixels", "a JPEG in several scans"),
            (f"{opening.MOST_SCANS} scans, {scanned} megapixels in all", "same"),
            (
                f"{LIMITS.cpu.total_seconds():g} s of processor time",
                "the child process, each time",
            ),
            (f"{LIMITS.wall.total_seconds():g} s", "same, by the clock"),
            (f"{LIMITS.memory_bytes // MEGA} MB of address space", "same"),
        ],
    )


def main(arguments: list[str]) -> None:
    """Print the tables, or write them where the page is marked."""
    show(flaws_table(), PHOTOS_PAGE, "flaws", arguments)
    show(flags_table(), PHOTOS_PAGE, "flags", arguments)
    show(limits_table(), PHOTOS_PAGE, "limits", arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
