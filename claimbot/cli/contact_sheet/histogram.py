"""A metric's histogram as SVG: how many photos have which value, on which side of a threshold."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from statistics import median

from claimbot.claim import Flaw
from claimbot.cli.contact_sheet.frames import Frame, Verdict
from claimbot.cli.contact_sheet.metrics import Metric, Threshold

# In units of the drawing, which are pixels at the width of a phone.
LEFT, RIGHT = 24, 20
BARS, BAR = 60, 5
WIDTH = LEFT + BARS * BAR + RIGHT
ROW = 16  # a threshold's line of text
HEIGHT = 72
AXIS = 18
LEAST_BAR = 2  # one photo of a thousand is seen

STEPS = (1, 2, 5)
MOST_TICKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A metric's values from left to right; 1 is the lowest when it is logarithmic."""

    low: float
    high: float
    is_logarithmic: bool

    def share(self, value: float) -> float:
        """Return where a value is: 0 at the left end, 1 at the right one."""
        low, high = self._measure(self.low), self._measure(self.high)
        return (self._measure(value) - low) / (high - low)

    def x(self, value: float) -> float:
        """Return where a value is in the drawing."""
        return LEFT + self.share(value) * BARS * BAR

    def bar(self, value: float) -> int:
        """Return the number of the bar that a value is counted in."""
        return min(floor(self.share(value) * BARS), BARS - 1)

    @property
    def ticks(self) -> list[float]:
        """The values that are written below the axis."""
        if not self.is_logarithmic:
            return [self.high * quarter / 4 for quarter in range(5)]
        powers = range(floor(log10(self.low)), ceil(log10(self.high)))
        ticks = [step * 10.0**power for power in powers for step in STEPS]
        inside = [tick for tick in ticks if self.low <= tick <= self.high]
        tens = [tick for tick in inside if log10(tick).is_integer()]
        return tens if len(inside) > MOST_TICKS else inside

    def _measure(self, value: float) -> float:
        return log10(max(value, 1)) if self.is_logarithmic else value


def scale_of(metric: Metric, values: Sequence[float]) -> Scale:
    """Return a scale on which all values and thresholds are, with room beside the latter."""
    if metric.most is not None:
        return Scale(low=0, high=metric.most, is_logarithmic=False)
    shown = [*values, *(threshold.at for threshold in metric.thresholds)]
    return Scale(low=max(min(shown) / 2, 1), high=max(shown) * 1.5, is_logarithmic=True)


def histogram(metric: Metric, frames: Sequence[Frame]) -> str:
    """Return the drawing of a metric over all photos, at least one."""
    values = [metric.of(frame.facts) for frame in frames]
    scale = scale_of(metric, values)
    thresholds = list(enumerate(metric.thresholds))
    bottom = ROW * len(thresholds) + LEAST_BAR * len(Verdict) + HEIGHT
    return "".join(
        (
            f'<svg viewBox="0 0 {WIDTH} {bottom + AXIS}" role="img" ',
            f'aria-label="{escape(_summary(metric, values))}">',
            *_bars(metric, frames, scale, bottom),
            f'<path class="axis" d="M{LEFT} {bottom}H{WIDTH - RIGHT}"/>',
            *(
                f'<text class="tick" x="{scale.x(tick):.1f}" y="{bottom + 13}">'
                f"{metric.written(tick)}</text>"
                for tick in scale.ticks
            ),
            *(_line(threshold, scale, row * ROW, bottom) for row, threshold in thresholds),
            *(
                _sides(metric, threshold, values, scale, row * ROW)
                for row, threshold in thresholds
            ),
            "</svg>",
        )
    )


def _summary(metric: Metric, values: Sequence[float]) -> str:
    """Return what the drawing shows, for those who do not see it."""
    low, middle, high = (metric.written(of(values)) for of in (min, median, max))
    told = [f"{metric.title}: {len(values):,} from {low} to {high}, half of them up to {middle}"]
    for threshold in metric.thresholds:
        crossed = sum(map(threshold.is_crossed_by, values))
        told.append(f"{crossed:,} {metric.told(threshold)}")
    return "; ".join(told)


def _bars(metric: Metric, frames: Sequence[Frame], scale: Scale, bottom: int) -> Iterator[str]:
    """Yield a bar for each range with photos in it, from the fine up to the refused ones."""
    bars = [scale.bar(metric.of(frame.facts)) for frame in frames]
    totals = Counter(bars)
    verdicts = [metric.verdict(frame.facts, frame.photo) for frame in frames]
    counts = Counter(zip(bars, verdicts, strict=True))
    most = max(totals.values())
    yield f'<text class="most end" x="{LEFT - 5}" y="{bottom - HEIGHT + 9}">{most:,}</text>'
    for bar in totals:
        y = float(bottom)
        for verdict in Verdict:
            if count := counts[bar, verdict]:
                height = max(count * HEIGHT / most, LEAST_BAR)
                y -= height
                yield (
                    f'<rect class="{verdict}" x="{LEFT + bar * BAR}" y="{y:.1f}" '
                    f'width="{BAR - 0.5}" height="{height:.1f}">'
                    f"<title>{count:,} {verdict}</title></rect>"
                )


def _line(threshold: Threshold, scale: Scale, top: int, bottom: int) -> str:
    kind = Verdict.REFUSED if isinstance(threshold.remark, Flaw) else Verdict.NOTED
    return f'<path class="threshold {kind}" d="M{scale.x(threshold.at):.1f} {top}V{bottom}"/>'


def _sides(
    metric: Metric, threshold: Threshold, values: Sequence[float], scale: Scale, top: int
) -> str:
    """Return how many photos are on either side of a threshold, its name where there is room."""
    crossed = sum(map(threshold.is_crossed_by, values))
    left, right = f"{crossed:,}", f"{len(values) - crossed:,}"
    if not threshold.under:
        left, right = right, left
    name = f'<tspan class="name">{escape(metric.told(threshold))}</tspan>'
    x, y = scale.x(threshold.at), top + ROW - 5
    if x < WIDTH / 2:
        right = f"{right}&ensp;{name}"
    else:
        left = f"{name}&ensp;{left}"
    return (
        f'<text class="side end" x="{x - 4:.1f}" y="{y}">{left}</text>'
        f'<text class="side" x="{x + 4:.1f}" y="{y}">{right}</text>'
    )
