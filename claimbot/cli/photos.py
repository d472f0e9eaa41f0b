"""``claimbot photos``: what the bot would say of a photo, and of a folder of them."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from errno import EINVAL, ENOENT
from pathlib import Path
from secrets import token_hex
from typing import Annotated, TextIO
from urllib.parse import quote_from_bytes

import typer

from claimbot.cli.context import out, print_json, say

commands = typer.Typer(help="What the bot would say of a photo.", no_args_is_help=True)


@commands.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Photos.", metavar="FILE...")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a file and line.")
    ] = False,
) -> None:
    """Measure and judge photos.  Refused ones are no failure; unreadable files are."""
    from claimbot.cli.looking import Unseen, look_at
    from claimbot.photos.examination import as_json as in_json

    reports = []
    failed = False
    bar = not (as_json and sys.stdout.isatty())  # lines there show the progress themselves
    with closing(look_at(files, bar=bar)) as looks:
        for path, look in looks:
            if isinstance(look, Unseen):
                say(f"claimbot: {path}: {look.reason}")
                failed = True
                continue
            seen = in_json(str(path), look.examined)
            if as_json:
                print_json(seen)
                sys.stdout.flush()
            else:
                reports.append(seen)
    if reports:
        from claimbot.cli.tables import photos_table

        out().print(photos_table(reports))
    if failed:
        raise typer.Exit(1)


@commands.command()
def report(
    folder: Annotated[
        Path, typer.Argument(help="Photos, also those in its folders.", metavar="DIR")
    ],
    html: Annotated[Path, typer.Option(help="The page to write.", metavar="FILE")],
) -> None:
    """Write a contact sheet of a folder: verdicts, facts, histograms to choose thresholds by."""
    from claimbot.cli.contact_sheet.frames import Frame, Sheet
    from claimbot.cli.contact_sheet.page import page
    from claimbot.cli.looking import Unseen, find_files, look_at
    from claimbot.cli.phrases import FLAWS

    target = os.path.realpath(html)
    paths = [path for path in find_files(folder) if os.path.realpath(path) != target]
    if not paths:
        say(f"claimbot: {folder}: no files; name a folder of photos")
        raise typer.Exit(1)
    frames, others = [], []
    failed = False
    with _replacing(Path(target)) as file:
        with closing(look_at(paths, thumbnails=True)) as looks:
            for path, look in looks:
                name = str(path.relative_to(folder))
                if isinstance(look, Unseen):
                    say(f"claimbot: {path}: {look.reason}")
                    failed = True
                    others.append((name, look.reason))
                    continue
                photo, facts = look.examined.photo, look.examined.facts
                if facts is None:
                    others.append((name, FLAWS[photo.flaws[0]]))
                    continue
                link = _link(path, html.parent)
                frames.append(
                    Frame(file=name, link=link, photo=photo, facts=facts, thumbnail=look.thumbnail)
                )
        title = f"Photos in {folder.resolve().name}"
        sheet = Sheet(title=title, frames=frames, others=others)
        file.writelines(page(sheet))
    size = f"{html.stat().st_size / 1e6:.1f} MB"
    say(f"written: {html}, {size}; {sheet.counted}; {sheet.others_counted}")
    if failed:
        raise typer.Exit(1)


def _link(path: Path, folder: Path) -> str:
    """Return a file's address as seen from a page in ``folder``."""
    return quote_from_bytes(os.fsencode(os.path.relpath(path, folder)))


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """Open a file that takes the place of ``path`` once it is whole.

    Raises:
        OSError: There is no folder for it, or something that is no file has its name.
    """
    if path.exists() and not path.is_file():
        raise OSError(EINVAL, "Is no file", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(ENOENT, "No such folder", str(path.parent))
    unfinished = path.with_name(f".{token_hex(8)}.html")
    try:
        with unfinished.open("x", encoding="utf-8") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
