"""Whether a photo can be used: rules over its facts, and where each threshold comes from.

Refusals cost an honest policyholder a walk back to the car, so a rule refuses only what at most
1 in 1000 of 1,031 real damage photos is; the rest is a note to the adjuster.
"""

import re
from datetime import date, timedelta

from claimbot.claim import Flag, Flaw
from claimbot.photos.measure import Facts

# Messengers send 1280 x 960 or so; a short side under 480 shows no plate and no scratch.
SHORTEST_SIDE_PX = 480
SMALL_SIDE_PX = 720

# Levels of luma.  Of 1,031 damage photos: 0 blank, 0 dark, 1 overexposed.
BLANK_SPREAD = 12  # p99 - p1; a finger on the lens, a wall, a pocket
DARK_P95 = 60  # photos darkened to under a third
OVEREXPOSED_P5 = 200
OVEREXPOSED_SHARE = 0.80  # not a half: 15 in 1000 are of a car before a white wall
DIM_MEAN = 40  # 1 in 1000
BRIGHT_MEAN = 215  # 1 in 1000

# Both: 1 in 1000 damage photos, and a third of really blurred ones, those where nothing shows.
BLURRED_BLOCK = 90
BLURRED_REBLUR = 0.50
# Either: 26 in 1000 damage photos, and three quarters of really blurred ones.  Milder blur
# cannot be told from a smooth panel.
SOFT_BLOCK = 180
SOFT_REBLUR = 0.46

SCREENSHOT_SHARE = 0.70  # 4 in 1000 damage photos, 70 % of PNG and 45 % of JPEG screenshots

LONG_AGO = timedelta(days=30)
EDITORS = re.compile(
    r"\b(acdsee|affinity|beautyplus|canva|capture one|darktable|faceapp|facetune|fotor|gimp"
    r"|imagemagick|krita|lightroom|luminar|meitu|paint\.net|paintshop|photopea|photoroom"
    r"|photoscape|photoshop|picasa|picsart|pixelmator|pixlr|polarr|remini|snapseed|vsco)\b",
    re.IGNORECASE,
)
"""Programs that change a picture; a phone's firmware writes its own name in the same field."""


def judge(facts: Facts, *, today: date | None) -> tuple[tuple[Flaw, ...], tuple[Flag, ...]]:
    """Return what a photo is refused for, at most one flaw, and what the adjuster should know.

    Args:
        facts: What was measured.  No EXIF is neither good nor bad.
        today: The day on which it was sent; ``None`` leaves its age out.
    """
    flaw = _flaw(facts)
    return (() if flaw is None else (flaw,)), _flags(facts, today)


def _flaw(facts: Facts) -> Flaw | None:
    """Return the first flaw: a small photo looks blurred, and a dark one does."""
    if facts.short_side_px < SHORTEST_SIDE_PX:
        return Flaw.TOO_SMALL
    if facts.spread < BLANK_SPREAD:
        return Flaw.BLANK
    if facts.p95 < DARK_P95:
        return Flaw.DARK
    if facts.p5 > OVEREXPOSED_P5 or facts.share_clipped_high > OVEREXPOSED_SHARE:
        return Flaw.OVEREXPOSED
    if facts.block < BLURRED_BLOCK and facts.reblur < BLURRED_REBLUR:
        return Flaw.BLURRED
    return None


def _flags(facts: Facts, today: date | None) -> tuple[Flag, ...]:
    noted = {
        Flag.SOFT: facts.block < SOFT_BLOCK or facts.reblur < SOFT_REBLUR,
        Flag.DIM: facts.mean < DIM_MEAN,
        Flag.BRIGHT: facts.mean > BRIGHT_MEAN,
        Flag.SMALL: facts.short_side_px < SMALL_SIDE_PX,
        Flag.SCREENSHOT: facts.is_screenshot or facts.share_flat > SCREENSHOT_SHARE,
        Flag.EDITED: EDITORS.search(facts.software or "") is not None,
        Flag.TAKEN_LONG_AGO: _taken_long_ago(facts, today),
    }
    return tuple(flag for flag, applies in noted.items() if applies)


def _taken_long_ago(facts: Facts, today: date | None) -> bool:
    if facts.taken_at is None or today is None:
        return False
    return today - date.fromisoformat(facts.taken_at[:10]) > LONG_AGO
