"""``claimbot photos``: what the bot would say of a photo."""

from pathlib import Path
from typing import Annotated

import typer

from claimbot.cli.context import out, print_json, say

commands = typer.Typer(help="What the bot would say of a photo.", no_args_is_help=True)


@commands.callback()
def photos() -> None:
    """Keep ``check`` a command of its own, now that it is the only one."""


@commands.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Photos.", metavar="FILE...")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a file and line.")
    ] = False,
) -> None:
    """Measure and judge photos.  Refused ones are no failure; unreadable files are."""
    from claimbot.app import now
    from claimbot.cli.tables import photos_table
    from claimbot.photos.examination import report
    from claimbot.photos.opening import MOST_BYTES

    reports = []
    failed = False
    for path in files:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)  # more is refused, however much more
        except OSError as error:
            say(f"claimbot: {path}: {error.strerror}; name a photo")
            failed = True
            continue
        seen = report(str(path), data, today=now().date())
        if as_json:
            print_json(seen)
        else:
            reports.append(seen)
    if reports:
        out().print(photos_table(reports))
    if failed:
        raise typer.Exit(1)
