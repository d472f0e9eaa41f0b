"""``claimbot photos``: what the bot would say of a photo."""

from pathlib import Path
from typing import Annotated

import typer

from claimbot.cli.context import err, out, print_json

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
    from claimbot.cli.tables import photos_table
    from claimbot.photos.examination import report

    reports = []
    failed = False
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            err().print(f"claimbot: {file}: {error.strerror}; name a photo", soft_wrap=True)
            failed = True
            continue
        seen = report(str(file), data)
        if as_json:
            print_json(seen)
        else:
            reports.append(seen)
    if reports:
        out().print(photos_table(reports))
    if failed:
        raise typer.Exit(1)
