"""What is measured of a photo as people read it, and from where on it is remarked upon.

The numbers are those of `claimbot.photos.judge`; a test holds that they do what is said here.
"""

from dataclasses import dataclass

from claimbot.claim import Flag, Flaw, Photo
from claimbot.cli.contact_sheet.frames import Verdict
from claimbot.cli.phrases import FLAGS, FLAWS
from claimbot.photos import judge
from claimbot.photos.measure import CLIPPED_HIGH, CLIPPED_LOW, Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From where on a value is remarked upon: ``under`` this number, or over it.

    ``provided`` is what must be so as well.
    """

    at: float
    under: bool
    remark: Flaw | Flag
    provided: str = ""

    @property
    def words(self) -> str:
        """What is remarked, as an adjuster reads it."""
        return FLAWS[self.remark] if isinstance(self.remark, Flaw) else FLAGS[self.remark]

    def is_crossed_by(self, value: float) -> bool:
        """Tell whether a value is on the side that is remarked upon."""
        return value < self.at if self.under else value > self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number of `Facts`: ``name`` is the field's or the property's.

    ``most`` is the highest value there can be, ``None`` when there is no such; then the scale is
    logarithmic, for the tail is long.  ``form`` is how it is written, as in `format`.
    """

    name: str
    title: str
    about: str
    form: str
    most: float | None
    thresholds: tuple[Threshold, ...] = ()

    def of(self, facts: Facts) -> float:
        """Return the value."""
        value: float = getattr(facts, self.name)
        return value

    def verdict(self, facts: Facts, photo: Photo) -> Verdict:
        """Tell what became of a photo for this value's sake."""
        value = self.of(facts)
        crossed = {limit.remark for limit in self.thresholds if limit.is_crossed_by(value)}
        if crossed.intersection(photo.flaws):
            return Verdict.REFUSED
        return Verdict.NOTED if crossed.intersection(photo.flags) else Verdict.FINE

    def written(self, value: float) -> str:
        """Return a value as people read it."""
        return format(value, self.form).replace(".0%", "%").replace("%", " %")

    def told(self, threshold: Threshold) -> str:
        """Return a threshold as people read it."""
        side = "under" if threshold.under else "over"
        return f"{threshold.words} {side} {self.written(threshold.at)}"


LEVELS = 255

METRICS = (
    Metric(
        name="block",
        title="Sharpest place",
        about="The variance of the Laplacian where it is highest: one sharp scratch is enough.",
        form=",.0f",
        most=None,
        thresholds=(
            Threshold(
                at=judge.BLURRED_BLOCK,
                under=True,
                remark=Flaw.BLURRED,
                provided=f"if reblur is under {judge.BLURRED_REBLUR:.2f} too",
            ),
            Threshold(at=judge.SOFT_BLOCK, under=True, remark=Flag.SOFT),
        ),
    ),
    Metric(
        name="reblur",
        title="Lost by one more blur",
        about="The share of contrast that blurring takes away: low when it was blurred before.",
        form=".2f",
        most=1,
        thresholds=(
            Threshold(at=judge.SOFT_REBLUR, under=True, remark=Flag.SOFT),
            Threshold(
                at=judge.BLURRED_REBLUR,
                under=True,
                remark=Flaw.BLURRED,
                provided=f"if block is under {judge.BLURRED_BLOCK} too",
            ),
        ),
    ),
    Metric(
        name="mean",
        title="Mean level",
        about="Luma on average: 0 is black, 255 white.",
        form=".0f",
        most=LEVELS,
        thresholds=(
            Threshold(at=judge.DIM_MEAN, under=True, remark=Flag.DIM),
            Threshold(at=judge.BRIGHT_MEAN, under=False, remark=Flag.BRIGHT),
        ),
    ),
    Metric(
        name="p5",
        title="Darkest 5 %",
        about="The level that 5 % of the pixels do not exceed.",
        form=".0f",
        most=LEVELS,
        thresholds=(Threshold(at=judge.OVEREXPOSED_P5, under=False, remark=Flaw.OVEREXPOSED),),
    ),
    Metric(
        name="p95",
        title="Brightest 5 %",
        about="The level that 95 % of the pixels do not exceed.",
        form=".0f",
        most=LEVELS,
        thresholds=(Threshold(at=judge.DARK_P95, under=True, remark=Flaw.DARK),),
    ),
    Metric(
        name="spread",
        title="Levels used",
        about="From the darkest 1 % to the brightest 1 %.",
        form=".0f",
        most=LEVELS,
        thresholds=(Threshold(at=judge.BLANK_SPREAD, under=True, remark=Flaw.BLANK),),
    ),
    Metric(
        name="share_clipped_low",
        title="Clipped black",
        about=f"The share of pixels at a level of {CLIPPED_LOW} or less.",
        form=".1%",
        most=1,
    ),
    Metric(
        name="share_clipped_high",
        title="Clipped white",
        about=f"The share of pixels at a level of {CLIPPED_HIGH} or more.",
        form=".1%",
        most=1,
        thresholds=(Threshold(at=judge.OVEREXPOSED_SHARE, under=False, remark=Flaw.OVEREXPOSED),),
    ),
    Metric(
        name="share_flat",
        title="Drawn, not seen",
        about="The share of pixels that equal their right and lower neighbours.",
        form=".1%",
        most=1,
        thresholds=(Threshold(at=judge.SCREENSHOT_SHARE, under=False, remark=Flag.SCREENSHOT),),
    ),
    Metric(
        name="short_side_px",
        title="Short side",
        about="Pixels, the photo upright.",
        form=",.0f",
        most=None,
        thresholds=(
            Threshold(at=judge.SHORTEST_SIDE_PX, under=True, remark=Flaw.TOO_SMALL),
            Threshold(at=judge.SMALL_SIDE_PX, under=True, remark=Flag.SMALL),
        ),
    ),
)
