"""The command line.  Data goes to standard output, everything else to standard error.

Commands import what they need inside, so that ``claimbot --help`` is quick.
"""

from typing import Annotated

import typer

from claimbot import __version__
from claimbot.cli import (
    claims,
    conversations,
    exporting,
    operations,
    photos,
    privacy,
    processes,
    queue,
    sinks,
    talking,
    tokens,
)
from claimbot.cli.context import FLAGS

cli = typer.Typer(
    name="claimbot",
    help="Car-damage claim intake by chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich's help takes longer to import than all the rest
    context_settings={"help_option_names": ["-h", "--help"]},
)

cli.command("demo")(conversations.demo)
cli.command("chat")(conversations.chat)
cli.command("replay")(conversations.replay)
cli.add_typer(photos.commands, name="photos")
cli.command("serve")(processes.serve)
cli.command("web")(processes.web)
cli.command("worker")(processes.worker)
cli.command("relay")(processes.relay)
cli.add_typer(claims.commands, name="claims")
claims.commands.command("ask")(talking.ask)
claims.commands.command("recall")(talking.recall)
claims.commands.command("note")(talking.note)
claims.commands.command("tell")(talking.tell)
claims.commands.command("release")(talking.release)
claims.commands.command("export")(exporting.export)
cli.add_typer(queue.commands, name="queue")
cli.add_typer(sinks.commands, name="sinks")
cli.add_typer(tokens.commands, name="token")
cli.add_typer(operations.database, name="db")
cli.add_typer(privacy.commands, name="privacy")
cli.add_typer(operations.audit, name="audit")
cli.command("config")(operations.config)
cli.command("doctor")(operations.doctor)
cli.command("openapi")(exporting.openapi)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"claimbot {__version__}")
        raise typer.Exit


@cli.callback()
def settings(
    database: Annotated[
        str | None, typer.Option(help="Instead of CLAIMBOT_DATABASE.", show_default=False)
    ] = None,
    photos: Annotated[
        str | None, typer.Option(help="Instead of CLAIMBOT_PHOTOS.", show_default=False)
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show and exit.")
    ] = False,
) -> None:
    """Remember the flags that every command knows."""
    FLAGS.update(database=database, photos=photos)
