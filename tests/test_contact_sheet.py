"""The contact sheet: one page that is right, safe, and of use without a script."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from claimbot.claim import Flag, Flaw, Photo
from claimbot.cli.contact_sheet.frames import Frame, Sheet
from claimbot.cli.contact_sheet.histogram import histogram
from claimbot.cli.contact_sheet.metrics import METRICS, Metric, Threshold
from claimbot.cli.contact_sheet.page import page
from claimbot.photos.judge import judge
from claimbot.photos.measure import Facts
from tests.pictures import GOOD, facts

VOID = {"img", "input", "meta"}
BY_NAME = {metric.name: metric for metric in METRICS}
THRESHOLDS = [(metric, threshold) for metric in METRICS for threshold in metric.thresholds]


@dataclass
class Read(HTMLParser):
    """A page as it is parsed: its elements, and its text without that of the style sheet."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def read(text: str) -> Read:
    """Return a page, all of whose elements are closed where they should be."""
    found = Read()
    found.feed(text)
    found.close()
    assert found.open == []
    return found


def frame(file: str = "a.jpg", seen: Facts = GOOD, thumbnail: bytes | None = b"jpeg") -> Frame:
    """Return a photo with its verdict."""
    flaws, flags = judge(seen, today=None)
    photo = Photo(sha256=seen.sha256, flaws=flaws, flags=flags)
    return Frame(file=file, link=file, photo=photo, facts=seen, thumbnail=thumbnail)


def shown(*frames: Frame, others: Sequence[tuple[str, str]] = ()) -> str:
    """Return the page with these photos."""
    return "".join(page(Sheet(title="Cars & dents", frames=frames, others=others)))


DARK = frame("dark.jpg", facts(mean=12.0, p5=0, p95=30, p99=40))
DIM = frame("dim.jpg", facts(mean=30.0))
FINE = frame("fine.jpg")


def holding(metric: Metric, value: float) -> dict[str, object]:
    """Return the facts that make a metric this value."""
    match metric.name:
        case "spread":
            return {"p99": GOOD.p1 + value}
        case "short_side_px":
            return {"width": value, "height": value}
        case name:
            return {name: value}


def beyond(metric: Metric, threshold: Threshold) -> dict[str, object]:
    """Return the facts just on the other side of a threshold."""
    step = 0.01 if metric.most == 1 else 1
    return holding(metric, threshold.at + (-step if threshold.under else step))


def noticed(seen: Facts) -> set[Flaw | Flag]:
    """Return all that is remarked of a photo."""
    return {remark for remarks in judge(seen, today=None) for remark in remarks}


@pytest.mark.parametrize(
    ("metric", "threshold"), THRESHOLDS, ids=lambda value: getattr(value, "name", None)
)
def test_a_threshold_is_the_rules_own(metric: Metric, threshold: Threshold) -> None:
    """What the page says is remarked from there on is, and not before."""
    partners = {
        name: value
        for other, limit in THRESHOLDS
        if threshold.provided and limit.remark is threshold.remark and other is not metric
        for name, value in beyond(other, limit).items()
    }

    before = facts(**partners, **holding(metric, threshold.at))
    after = facts(**partners, **beyond(metric, threshold))

    assert threshold.remark not in noticed(before)
    assert not threshold.is_crossed_by(metric.of(before))
    assert threshold.remark in noticed(after)
    assert threshold.is_crossed_by(metric.of(after))
    if threshold.provided:
        assert threshold.remark not in noticed(facts(**beyond(metric, threshold)))
        assert bool(partners)


def test_the_page_is_well_formed_and_says_what_it_is() -> None:
    """Every element is closed in its place, every id is given once, every picture described."""
    found = read(shown(FINE, DIM, DARK, others=[("notes.txt", "not a picture")]))

    ids = Counter(str(at["id"]) for _, at in found.elements if "id" in at)
    assert found.all("html") == [{"lang": "en"}]
    assert found.all("title")
    assert "Cars & dents" in found.text
    assert set(ids.values()) == {1}
    assert all(picture["alt"] for picture in found.all("img"))
    assert all(drawing["aria-label"] for drawing in found.all("svg"))
    assert len(found.all("svg")) == len(METRICS)


def test_the_page_needs_nothing_else() -> None:
    """No script, and no address but those of the photos and of the pictures inside it."""
    text = shown(FINE)
    found = read(text)

    addresses = [at[key] for _, at in found.elements for key in ("href", "src") if key in at]
    assert addresses == ["fine.jpg", "data:image/jpeg;base64,anBlZw=="]
    assert not {"script", "link", "iframe"} & {tag for tag, _ in found.elements}
    assert "url(" not in text
    assert "http" not in re.sub("http-equiv", "", text)


def test_each_photo_is_there_once_with_its_verdict() -> None:
    """In the given order: refused and why, taken and what is noted, or fine."""
    found = read(shown(FINE, DIM, DARK))

    frames = [str(at["class"]).split() for at in found.all("li")]
    assert [str(picture["alt"]).split(",")[0] for picture in found.all("img")] == [
        "fine.jpg",
        "dim.jpg",
        "dark.jpg",
    ]
    assert frames == [
        ["frame", "taken", "fine"],
        ["frame", "taken", "noted", "dim"],
        ["frame", "refused", "dark", "dim"],
    ]
    assert "refused too dark" in found.text
    assert "noted rather dark" in found.text
    assert "3 photos: 2 taken, 1 refused" in found.text


def test_kinds_that_are_there_can_be_chosen() -> None:
    """Each with its count; a kind that no photo is of is not offered."""
    text = shown(FINE, DIM, DARK)
    found = read(text)

    choices = [at for at in found.all("input") if at.get("name") == "show"]
    assert {at["id"]: "checked" in at for at in choices} == {
        "show-all": True,
        "show-taken": False,
        "show-fine": False,
        "show-noted": False,
        "show-refused": False,
        "show-dark": False,
        "show-dim": False,
    }
    assert re.search(r"rather dark</label></td><td>2</td><td>67%</td>", text)
    assert ":root:has(#show-dark:checked) .frame:not(.dark) { display: none; }" in text


def test_photos_can_be_put_in_the_order_of_any_metric() -> None:
    """Each frame carries its rank in every order."""
    soft = frame("soft.jpg", facts(block=100.0))
    text = shown(FINE, soft, DARK)

    styles = [str(at["style"]) for at in read(text).all("li")]
    ranks = [dict(part.split(":") for part in style.split(";")) for style in styles]
    assert [rank["--name"] for rank in ranks] == ["0", "1", "2"]
    assert [rank["--block"] for rank in ranks] == ["1", "0", "2"]
    assert [rank["--p95"] for rank in ranks] == ["1", "2", "0"]
    for metric in METRICS:
        assert f'id="by-{metric.name}"' in text
        assert f"#by-{metric.name}:checked) .frame {{ --rank: var(--{metric.name}); }}" in text


def test_what_a_stranger_wrote_stays_text() -> None:
    """Names and EXIF are shown as they are, and neither break the page nor steer a reader."""
    evil = '<script>alert("1")</script>&.jpg'
    told = facts(camera="<b>x", software="\u202eevil", taken_at="2026-11-01T12:00:00")

    found = read(shown(frame(evil, told), others=[("\udcff<i>.txt", "not a picture")]))

    assert not {"script", "i"} & {tag for tag, _ in found.elements}
    assert found.all("img")[0]["alt"] == f"{evil}, full size"
    assert evil in found.text
    assert "2026-11-01 12:00:00 · <b>x · \N{REPLACEMENT CHARACTER}evil" in found.text
    assert "\N{REPLACEMENT CHARACTER}<i>.txt" in found.text


def test_a_photo_without_a_thumbnail_is_told_as_such() -> None:
    """Its facts are there all the same."""
    found = read(shown(frame(thumbnail=None)))

    assert found.all("img") == []
    assert "no picture could be made" in found.text


def test_a_folder_without_photos_has_a_page_of_its_other_files() -> None:
    """Nothing to choose from, nothing to draw."""
    found = read(shown(others=[("notes.txt", "not a picture"), ("b.pdf", "not read")]))

    assert found.all("svg") == found.all("input") == []
    assert "0 photos: 0 taken, 0 refused; 2 other files" in found.text


def luminance(colour: str) -> float:
    """Return how bright a colour is, as WCAG 2 defines it."""
    digits = colour * 2 if len(colour) == 3 else colour
    levels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (math.pow((level + 0.055) / 1.055, 2.4) for level in levels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read(theme: int) -> None:
    """WCAG 2 AA: a contrast of 4.5 at least, on the page and on a card."""
    schemes = re.findall(r":root \{(.*?)\}", shown(), re.DOTALL)
    colours = dict(re.findall(r"--(\w+): #(\w+)", schemes[theme]))

    grounds = [luminance(colours.pop(ground)) for ground in ("page", "card")]
    del colours["line"]
    assert colours.keys() == {"text", "quiet", "link", "fine", "noted", "refused"}
    for colour in map(luminance, colours.values()):
        for ground in grounds:
            assert (max(colour, ground) + 0.05) / (min(colour, ground) + 0.05) >= 4.5


def drawn(name: str, *frames: Frame) -> Read:
    """Return the drawing of a metric."""
    return read(histogram(BY_NAME[name], frames))


def sides(name: str, *values: float) -> list[str]:
    """Return what is written left and right of each threshold over photos with these values."""
    metric = BY_NAME[name]
    text = histogram(metric, [frame(seen=facts(**holding(metric, value))) for value in values])
    return [read(told).text for told in re.findall(r'<text class="side.*?</text>', text)]


def test_both_sides_of_a_threshold_are_counted() -> None:
    """A value on the threshold itself is not remarked; the name is where there is room."""
    assert sides("block", 0.0, 20.0, 89.9, 90.0, 179.0, 40_000.0) == [
        "3",
        "3\N{EN SPACE}blurred under 90",
        "5",
        "1\N{EN SPACE}not quite sharp under 180",
    ]
    assert sides("p5", 0, 200, 201) == ["too bright over 200\N{EN SPACE}2", "1"]


def test_bars_are_coloured_by_what_the_metric_decided() -> None:
    """A photo that is refused for its darkness is no remark on its sharpness."""
    assert [at["class"] for at in drawn("block", FINE, DARK).all("rect")] == ["fine"]
    assert [at["class"] for at in drawn("p95", FINE, DARK).all("rect")] == ["fine", "refused"]
    assert [at["class"] for at in drawn("mean", FINE, DIM).all("rect")] == ["fine", "noted"]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_everything_is_drawn_inside_the_drawing(metric: Metric) -> None:
    """Also the lowest and highest values there can be, and hundreds of photos with the same."""
    values = [0, metric.most] if metric.most else [0, 1, 1e6]
    frames = [frame(seen=facts(**holding(metric, value))) for value in values]

    found = drawn(metric.name, *frames, *[FINE] * 500)

    width, height = map(float, str(found.all("svg")[0]["viewbox"]).split()[2:])
    for bar in found.all("rect"):
        x, y = float(str(bar["x"])), float(str(bar["y"]))
        assert x >= 0
        assert x + float(str(bar["width"])) <= width
        assert y >= 0
        assert y + float(str(bar["height"])) <= height
    for line in found.all("path"):
        across = float(re.split("[M ]", str(line["d"]))[1])
        assert 0 <= across <= width
