"""``claimbot privacy``: what is kept of policyholders, and for how long."""

from typing import Annotated

import typer

from claimbot.cli.claims import Json
from claimbot.cli.context import opened, print_json, print_line, say

commands = typer.Typer(help="What is kept of policyholders.", no_args_is_help=True)


@commands.command()
def purge(
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Delete unknown files, however many these are.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase now what was kept for long enough, as is done every hour by itself.

    Exit 1 when most files are unknown to the database, and so were left alone.
    """
    with opened() as app:
        done = app.upkeep.once(foreign=unknown)
    if as_json:
        print_json({"chats": done.chats, "photos": done.photos, "files": done.files})
    else:
        print_line(f"chats erased: {done.chats}")
        print_line(f"unused photos forgotten: {done.photos}")
        print_line(f"files deleted that nothing refers to: {done.files}")
    if done.foreign:
        say(
            f"of {done.sample} files, {done.foreign} are unknown to this database, so none was "
            "deleted; name the right database, or run `claimbot privacy purge --unknown`"
        )
        raise typer.Exit(1)
