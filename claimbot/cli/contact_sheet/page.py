"""The contact sheet as HTML: functions that return a piece of it each.

Choosing and ordering need no script: a radio button that is checked hides the frames that lack
its word among their classes, or makes one of their ranks their place.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import resources

from claimbot.claim import Flag, Flaw
from claimbot.cli.contact_sheet.frames import Frame, Sheet, Verdict
from claimbot.cli.contact_sheet.histogram import histogram
from claimbot.cli.contact_sheet.metrics import METRICS, Metric
from claimbot.cli.context import printable
from claimbot.cli.phrases import FLAGS, FLAWS
from claimbot.photos.measure import Facts

TAKEN = "taken"
KINDS: Mapping[str, Mapping[str, str] | Mapping[Flaw, str] | Mapping[Flag, str]] = {
    "Verdict": {
        TAKEN: "taken",
        Verdict.FINE: "taken, nothing noted",
        Verdict.NOTED: "taken, with a note",
        Verdict.REFUSED: "refused",
    },
    "Refused": FLAWS,
    "Noted for the adjuster": FLAGS,
}
"""The words by which frames are chosen, and how people read them."""


def page(sheet: Sheet) -> Iterator[str]:
    """Yield the page piece by piece."""
    frames = sheet.frames
    yield from _head(sheet)
    others = f'; <a href="#others">{sheet.others_counted}</a>' if sheet.others else ""
    yield f"<body><header><h1>{_text(sheet.title)}</h1><p>{sheet.counted}{others}</p></header>"
    if frames:
        yield f'<div class="controls">{_kinds(frames)}{_orders()}</div>'
    yield "<main>"
    if frames:
        yield from _histograms(frames)
        yield '<h2>Photos</h2><ol class="frames">'
        for frame, ranks in zip(frames, _ranks(frames), strict=True):
            yield _frame(frame, ranks)
        yield "</ol>"
    if sheet.others:
        yield _others(sheet.others)
    yield "</main></body></html>\n"


def _head(sheet: Sheet) -> Iterator[str]:
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Whatever a file is called, the page loads nothing and runs nothing.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{_text(sheet.title)}</title><style>\n"
    )
    yield resources.files(__package__).joinpath("sheet.css").read_text(encoding="utf-8")
    for words in KINDS.values():
        for word in words:
            yield f":root:has(#show-{word}:checked) .frame:not(.{word}) {{ display: none; }}\n"
    for metric in METRICS:
        name = metric.name
        yield f":root:has(#by-{name}:checked) .frame {{ --rank: var(--{name}); }}\n"
    yield "</style></head>"


def _kinds(frames: Sequence[Frame]) -> str:
    """Return how many photos there are of each kind, to choose one by."""
    counts = Counter(word for frame in frames for word in _words(frame))
    groups = [_kind("all", "all photos", len(frames), len(frames), chosen=True)]
    for title, words in KINDS.items():
        rows = "".join(
            _kind(word, told, counts[word], len(frames))
            for word, told in words.items()
            if counts[word]
        )
        if rows:
            groups.append(f'<tr><th colspan="3" scope="rowgroup">{title}</th></tr>{rows}')
    return (
        "<fieldset><legend>Show</legend><table><thead><tr>"
        '<th scope="col">Kind</th><th scope="col">Photos</th><th scope="col">Share</th>'
        f"</tr></thead>{''.join(f'<tbody>{group}</tbody>' for group in groups)}</table></fieldset>"
    )


def _kind(word: str, told: str, count: int, of: int, *, chosen: bool = False) -> str:
    return (
        f"<tr><td>{_radio('show', word, told, chosen=chosen)}</td>"
        f"<td>{count:,}</td><td>{count / of:.0%}</td></tr>"
    )


def _orders() -> str:
    """Return by what photos can be put in order."""
    choices = [
        _radio("by", "name", "name", chosen=True),
        *(_radio("by", metric.name, metric.title.lower()) for metric in METRICS),
    ]
    return (
        f'<fieldset><legend>Order by</legend><div class="orders">{"".join(choices)}</div>'
        '<label class="reverse"><input type="checkbox" id="reverse"> highest first</label>'
        "</fieldset>"
    )


def _radio(name: str, word: str, told: str, *, chosen: bool = False) -> str:
    return (
        f'<label><input type="radio" name="{name}" id="{name}-{word}"'
        f"{' checked' if chosen else ''}> {escape(told)}</label>"
    )


def _histograms(frames: Sequence[Frame]) -> Iterator[str]:
    yield (
        '<details open><summary><h2>Measurements</h2></summary><p class="legend">'
        '<span class="fine">not remarked</span><span class="noted">noted for it</span>'
        '<span class="refused">refused for it</span></p><div class="metrics">'
    )
    for metric in METRICS:
        yield (
            f"<figure><figcaption><h3>{metric.title} <code>{metric.name}</code></h3>"
            f"<p>{_about(metric)}</p></figcaption>{histogram(metric, frames)}</figure>"
        )
    yield "</div></details>"


def _about(metric: Metric) -> str:
    provided = (
        f"{threshold.words.capitalize()} only {threshold.provided}."
        for threshold in metric.thresholds
        if threshold.provided
    )
    return escape(" ".join((metric.about, *provided)))


def _frame(frame: Frame, ranks: str) -> str:
    name = _text(frame.file)
    picture = '<span class="gone">no picture could be made</span>'
    if frame.thumbnail:
        address = f"data:image/jpeg;base64,{b64encode(frame.thumbnail).decode()}"
        picture = f'<img src="{address}" alt="{name}, full size" loading="lazy" decoding="async">'
    return (
        f'<li class="frame {" ".join(_words(frame))}" style="{ranks}">'
        f'<a href="{escape(frame.link)}">{picture}</a>'
        f"<h3>{name}</h3>{_verdict(frame)}<p>{_taken(frame.facts)}</p>"
        f"<dl>{''.join(_measured(metric, frame) for metric in METRICS)}</dl></li>"
    )


def _words(frame: Frame) -> tuple[str, ...]:
    """Return the classes by which a frame is chosen."""
    taken = () if frame.photo.flaws else (TAKEN,)
    return (*taken, frame.verdict, *frame.photo.flaws, *frame.photo.flags)


def _verdict(frame: Frame) -> str:
    flaws = ", ".join(FLAWS[flaw] for flaw in frame.photo.flaws)
    flags = ", ".join(FLAGS[flag] for flag in frame.photo.flags)
    told = []
    if flaws:
        told.append(f'<p class="verdict refused"><b>refused</b> {escape(flaws)}</p>')
    if flags:
        told.append(f'<p class="verdict noted"><b>noted</b> {escape(flags)}</p>')
    return "".join(told) or '<p class="verdict fine"><b>fine</b></p>'


def _taken(facts: Facts) -> str:
    """Return how and when the photo was made, as far as is known."""
    told = (
        f"{facts.format} {facts.width} x {facts.height}",
        f"{facts.bytes / 1000:,.0f} kB",
        facts.taken_at and facts.taken_at.replace("T", " "),
        facts.camera,
        facts.software,
    )
    return " · ".join(_text(part) for part in told if part)


def _measured(metric: Metric, frame: Frame) -> str:
    written = metric.written(metric.of(frame.facts))
    verdict = metric.verdict(frame.facts, frame.photo)
    if verdict is not Verdict.FINE:
        written = f"<strong>{written}</strong>"
    return f'<div class="{verdict}"><dt>{metric.title}</dt><dd>{written}</dd></div>'


def _ranks(frames: Sequence[Frame]) -> Iterator[str]:
    """Yield each frame's rank in every order, as properties of its style."""
    ranks: list[list[str]] = [[f"--name:{rank}"] for rank in range(len(frames))]
    for metric in METRICS:
        values = [metric.of(frame.facts) for frame in frames]
        for rank, number in enumerate(sorted(range(len(frames)), key=values.__getitem__)):
            ranks[number].append(f"--{metric.name}:{rank}")
    return map(";".join, ranks)


def _others(others: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><td>{_text(file)}</td><td>{_text(why)}</td></tr>" for file, why in others)
    return (
        '<h2 id="others">Other files</h2><table class="others"><thead><tr>'
        '<th scope="col">File</th><th scope="col">Why it has no picture</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _text(told: str) -> str:
    """Return a text as it is read, whoever wrote it."""
    return escape(printable(told))
