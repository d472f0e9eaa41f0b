"""``claimbot demo``, ``chat`` and ``replay``: the bot without a channel."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimbot.cli.context import FLAGS, err, out, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from claimbot.replay import Played, Talk
    from claimbot.replay.player import Turn

DEMO_ADJUSTER = "demo"
SHOWN = "happy-path-en.talk"  # the conversation that the demo shows whole
ASKED = "adjuster-asks.talk"  # and the one of which it shows what came after the claim
PHOTOS = ("*.jpg", "*.heic")
NEXT = (
    ("chat", "talk to the bot yourself; the path of a picture sends it"),
    ("claims next", "then pull the claim that you sent, as an adjuster"),
    ("photos check FILE", "what the bot thinks of a photo of yours, in numbers"),
    ("serve", "on Telegram; the README says how"),
)


def samples() -> Path:
    """Return the folder of sample conversations: in the package when installed, else beside it."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "fixtures"
    return (installed if installed.is_dir() else package.parent / "fixtures") / "conversations"


def replay(
    paths: Annotated[
        list[Path], typer.Argument(help="Transcripts (*.talk) or folders.", metavar="PATH...")
    ],
    write: Annotated[
        bool, typer.Option("--write", help="Write what the bot says now into the files.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a conversation and line.")
    ] = False,
) -> None:
    """Replay transcripts; exit 1 with a difference where the bot's words are not as written."""
    from claimbot import log
    from claimbot.errors import BadTranscript
    from claimbot.replay import find_talks, parse_talk

    log.set_up(verbose=False)
    different = unreadable = 0
    found = find_talks(paths)
    for path in found:
        try:
            played = _play(parse_talk(path))
        except BadTranscript as error:
            err().print(f"claimbot: {error}", markup=False, soft_wrap=True)
            unreadable += 1
            continue
        if as_json:
            print_json(played.as_json())
        if write and played.diff:
            path.write_text(played.text, encoding="utf-8")
            err().print(f"written: {path}", markup=False, soft_wrap=True)
        elif played.diff:
            different += 1
            _print_difference(played)
    counted = f"{len(found)} conversations, {different} different"
    err().print(f"{counted}, {unreadable} unreadable" if unreadable else counted)
    if different:
        err().print("`claimbot replay --write` takes the new words over", style="dim")
    if different or unreadable:
        raise typer.Exit(1)


def _play(talk: "Talk", folder: Path | None = None) -> "Played":
    import asyncio

    from claimbot.replay import play

    return asyncio.run(play(talk, folder))


def _print_difference(played: "Played") -> None:
    from rich.text import Text

    styles = {"-": "red", "+": "green", "@": "cyan"}
    for line in played.diff.splitlines():
        err().print(Text(line, styles.get(line[:1], "")), soft_wrap=True)


def demo() -> None:
    """Replay the sample conversations, then pull a claim as an adjuster.  No network."""
    from claimbot import log

    log.set_up(verbose=False)
    folder = samples()
    console = out()
    alike = _show_conversations(console, folder)
    with tempfile.TemporaryDirectory(prefix="claimbot-") as passing:
        _heading(console, "One of them, as the policyholder sees it")
        _show_transcript(console, folder / SHOWN, Path(passing))
        _heading(console, "What the bot thinks of the sample photos")
        _show_photos(console, folder.parent / "photos")
        _heading(console, "An adjuster pulls the claim")
        _pull(console, Path(passing))
    _heading(console, "Another one asks for a photo anew, in the same chat")
    _show_question(console, folder / ASKED)
    _heading(console, "What to try next")
    _show_next(console, folder.parent / "photos")
    if not alike:
        err().print("the bot's words differ from a sample; `claimbot replay` shows where")
        raise typer.Exit(1)


def _heading(console: "Console", text: str) -> None:
    console.print()
    console.rule(f"[bold]{text}", align="left")


def _show_conversations(console: "Console", folder: Path) -> bool:
    """Replay the samples and show a row for each; tell whether all are as written."""
    from rich.progress import track

    from claimbot.cli.tables import talks_table
    from claimbot.replay import find_talks, parse_talk

    _heading(console, "Sample conversations, replayed")
    paths = track(find_talks([folder]), "Replaying", console=err(), transient=True)
    played = [_play(parse_talk(path)) for path in paths]
    console.print(talks_table(played))
    return not any(one.diff for one in played)


def _show_transcript(console: "Console", path: Path, folder: Path) -> None:
    """Play a conversation as if it had just taken place, and show it whole."""
    from dataclasses import replace
    from datetime import timedelta

    from claimbot.app import now
    from claimbot.replay import parse_talk

    start = now() - timedelta(minutes=10)
    _show_turns(console, _play(replace(parse_talk(path), start=start), folder).turns)


def _show_question(console: "Console", path: Path) -> None:
    """Play a conversation, and show it from where an adjuster asks something."""
    from itertools import dropwhile

    from claimbot.replay import parse_talk

    turns = _play(parse_talk(path)).turns
    _show_turns(console, dropwhile(lambda turn: not turn.user.startswith("!"), turns))


def _show_turns(console: "Console", turns: "Iterable[Turn]") -> None:
    from textwrap import fill

    from rich.text import Text

    from claimbot.replay.player import written

    width = console.width
    for turn in turns:
        for line in turn.user.splitlines():
            mark = "" if line.startswith("!") else "> "
            console.print(Text(mark + line, "bold cyan" if mark else "bold magenta"))
        for message in turn.bot:
            for line in written(message).splitlines():
                indented = fill(line, width, initial_indent="  ", subsequent_indent="  ")
                console.print(indented, markup=False)


def _show_photos(console: "Console", folder: Path) -> None:
    from rich.progress import track

    from claimbot.cli.tables import photos_table
    from claimbot.photos.examination import as_json, examine

    paths = sorted(path for pattern in PHOTOS for path in folder.glob(pattern))
    judging = track(paths, "Judging", console=err(), transient=True)
    console.print(
        photos_table([as_json(path.name, examine(path.read_bytes())) for path in judging])
    )


def _show_next(console: "Console", photos: Path) -> None:
    import shutil
    import sys

    from rich.table import Table

    typed = Path(sys.argv[0])
    is_found = typed.name != "claimbot" or shutil.which("claimbot")
    name = "claimbot" if is_found else str(typed)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for command, about in NEXT:
        table.add_row(f"{name} {command}", about)
    console.print(table)
    here = Path.cwd()
    shown = photos.relative_to(here) if photos.is_relative_to(here) else photos
    console.print(f"Photos to send are in {shown}", markup=False, soft_wrap=True)


def _pull(console: "Console", folder: Path) -> None:
    """Take the claim that was just made, show it and accept it, as ``claimbot claims`` does."""
    from claimbot.app import build
    from claimbot.cli.tables import claim_panel
    from claimbot.replay.player import stage_settings

    app = build(stage_settings(folder), channels={})
    try:
        held = app.desk.next(DEMO_ADJUSTER, hold=app.settings.hold)
        if held is None:
            err().print("claimbot: the demo made no claim; is the installation complete?")
            raise typer.Exit(1)
        console.print(claim_panel(held.stored, held.lease, app.settings.timezone))
        for photo in held.stored.claim.photos:
            size = len(app.desk.file(photo.sha256))
            console.print(f"photo {photo.sha256[:12]}: {size:,} bytes, read back unchanged")
        app.desk.accept(DEMO_ADJUSTER, held.lease.claim_id)
        left = app.desk.depth().ready
        console.print(f"{held.lease.claim_id} is accepted; {left} left in the queue")
    finally:
        app.close()


def chat(
    language: Annotated[
        str | None, typer.Option(help="Instead of CLAIMBOT_LANGUAGE.", show_default=False)
    ] = None,
) -> None:
    """Talk to the bot here; type a path to send that file, several for an album.

    Claims go into the database of the settings, so that `claimbot claims next` finds them.
    """
    import contextlib
    import sys

    from claimbot import log
    from claimbot.app import build
    from claimbot.channels.terminal import Terminal
    from claimbot.cli.keyboard import Keyboard, answered, working
    from claimbot.settings import read_settings

    log.set_up(verbose=False)
    settings = read_settings({**FLAGS, "language": language, "message_gap_seconds": 0})
    keyboard = Keyboard()
    terminal = Terminal(
        language=language,
        writing=sys.stdout,
        typed=keyboard.typed if keyboard.is_terminal else None,
    )
    app = build(settings, channels={terminal.name: terminal})
    try:
        with working(app) as run, contextlib.suppress(KeyboardInterrupt):
            err().print("Type to the bot; a path sends that file. Ctrl-D ends.", style="dim")
            for line in keyboard.lines():
                run(terminal.hear(line))
                if not keyboard.is_terminal:  # a script waits for the answer, as people do
                    answered(app)
            if not answered(app):
                err().print("not everything is answered; `claimbot chat` goes on with it")
    finally:
        app.close()
