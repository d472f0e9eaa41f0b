"""``claimbot demo``, ``chat`` and ``replay``: the bot without a channel."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimbot.cli.context import FLAGS, err, out, print_json

if TYPE_CHECKING:
    from claimbot.replay import Played

DEMO_ADJUSTER = "demo"
SHOWN = "happy-path-en.talk"  # the conversation that the demo shows whole


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
    from claimbot.replay import find_talks

    log.set_up(verbose=False)
    failed = 0
    found = find_talks(paths)
    for path in found:
        played = _play(path)
        if as_json:
            print_json(played.as_json())
        if write and played.diff:
            path.write_text(played.text, encoding="utf-8")
            err().print(f"written: {path}", soft_wrap=True)
        elif played.diff:
            failed += 1
            _print_difference(played)
    err().print(f"{len(found)} conversations, {failed} different")
    if failed:
        raise typer.Exit(1)


def _play(path: Path, folder: Path | None = None) -> "Played":
    import asyncio

    from claimbot.replay import parse_talk, play

    return asyncio.run(play(parse_talk(path), folder))


def _print_difference(played: "Played") -> None:
    from rich.text import Text

    styles = {"-": "red", "+": "green", "@": "cyan"}
    for line in played.diff.splitlines():
        err().print(Text(line, styles.get(line[:1], "")), soft_wrap=True)
    err().print("`claimbot replay --write` takes the new words over", style="dim")


def demo() -> None:
    """Replay the sample conversations, then pull a claim as an adjuster.  No network."""
    from rich.progress import track
    from rich.rule import Rule

    from claimbot import log
    from claimbot.cli.tables import photos_table, talks_table
    from claimbot.photos.examination import report
    from claimbot.replay import find_talks

    log.set_up(verbose=False)
    folder = samples()
    console = out()
    console.print(Rule("Sample conversations"))
    talks = find_talks([folder])
    steps = track(talks, "Replaying", console=err(), transient=True)
    played = [_play(path) for path in steps]
    console.print(talks_table(played))

    with tempfile.TemporaryDirectory(prefix="claimbot-") as passing:
        shown = _play(folder / SHOWN, Path(passing))
        console.print(Rule("One of them, whole"))
        _print_transcript(shown)

        console.print(Rule("What the bot thinks of the sample photos"))
        pictures = sorted((folder.parent / "photos").glob("*.[jh]*"))
        judging = track(pictures, "Judging", console=err(), transient=True)
        console.print(photos_table([report(path.name, path.read_bytes()) for path in judging]))

        console.print(Rule("An adjuster pulls the claim"))
        _pull(Path(passing))
    if any(one.diff for one in played):
        err().print("the bot's words differ from a sample; `claimbot replay` shows where")
        raise typer.Exit(1)


def _pull(folder: Path) -> None:
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
        out().print(claim_panel(held.stored, held.lease, app.settings.timezone))
        for photo in held.stored.claim.photos:
            size = len(app.desk.file(photo.sha256))
            out().print(f"photo {photo.sha256[:12]}: {size:,} bytes, read back unchanged")
        app.desk.accept(DEMO_ADJUSTER, held.lease.claim_id)
        left = app.desk.depth().ready
        out().print(f"{held.lease.claim_id} is accepted; {left} left in the queue")
    finally:
        app.close()


def _print_transcript(played: "Played") -> None:
    from rich.text import Text

    from claimbot.replay.player import written

    for turn in played.turns:
        for line in turn.user.splitlines():
            out().print(Text(f"> {line}", "bold cyan"))
        for message in turn.bot:
            out().print(Text("< " + written(message).replace("\n", "\n  ")))


def chat(
    language: Annotated[
        str | None, typer.Option(help="Instead of CLAIMBOT_LANGUAGE.", show_default=False)
    ] = None,
) -> None:
    """Talk to the bot here; type a path to send that file, several for an album.

    Claims go into the database of the settings, so that `claimbot claims next` finds them.
    """
    import asyncio

    from claimbot import log
    from claimbot.app import build
    from claimbot.channels.terminal import Terminal
    from claimbot.settings import read_settings

    log.set_up(verbose=False)
    settings = read_settings({**FLAGS, "language": language, "message_gap_seconds": 0})
    terminal = Terminal(language=language)
    app = build(settings, channels={terminal.name: terminal})

    async def talk() -> None:
        async with app.running():
            await terminal.ended()

    err().print("Type to the bot; a path sends that file. Ctrl-D ends.", style="dim")
    try:
        asyncio.run(talk())
    finally:
        app.close()
