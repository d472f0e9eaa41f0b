"""Parts of a page that a command prints, between ``<!-- name -->`` and ``<!-- /name -->``."""

import re
import sys
from pathlib import Path

PHOTOS_PAGE = Path(__file__).parents[1] / "docs" / "photos.md"


def marked(page: Path, name: str) -> str:
    """Return what a page has between the marks of this name."""
    [part] = _between(name).findall(page.read_text(encoding="utf-8"))
    return str(part)


def show(text: str, page: Path, name: str, arguments: list[str]) -> None:
    """Print a text or, where the arguments have ``--write``, put it between a page's marks."""
    if "--write" not in arguments:
        sys.stdout.write(text)
        return
    was = page.read_text(encoding="utf-8")
    page.write_text(_between(name).sub(lambda _: text, was), encoding="utf-8")


def table(heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Return a Markdown table; what is not text stands on the right."""
    ends = ("---" if isinstance(cell, str) else "--:" for cell in rows[0])
    lines = (heads, ends, *rows)
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- {name} -->\n).*(?=<!-- /{name} -->)", re.DOTALL)
