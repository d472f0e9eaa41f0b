"""``claimbot sinks``: the systems that are told of claims."""

from typing import Annotated

import typer

from claimbot.cli.claims import Adjuster, Json, written
from claimbot.cli.context import opened, out, print_json, print_line, say

commands = typer.Typer(help="The systems that are told of claims.", no_args_is_help=True)

Sink = Annotated[
    str,
    typer.Argument(
        help="The sink's name, or what stands behind its #.", metavar="SINK", callback=written
    ),
]


@commands.command("list")
def list_sinks(as_json: Json = False) -> None:
    """Show the sinks, and what each has not been told."""
    from claimbot.cli.tables import sinks_table
    from claimbot.desk import sink_as_json

    with opened() as app:
        states = app.desk.sinks.all()
        configured = {state.name for state in states if app.desk.sinks.is_configured(state.name)}
        if as_json:
            for state in states:
                print_json(sink_as_json(state, configured=state.name in configured))
        elif states:
            out().print(sinks_table(states, configured, app.settings.timezone))
        else:
            say("no sinks; CLAIMBOT_SINKS names them")


@commands.command("log")
def show_log(
    sink: Sink,
    limit: Annotated[int, typer.Option(help="How many, at most.", min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """Show what a sink was told and is to be told, newest first."""
    from claimbot.cli.tables import deliveries_table
    from claimbot.desk import delivery_as_json

    with opened() as app:
        told = app.desk.sinks.log(sink, limit=limit)
        if as_json:
            for one in told:
                print_json(delivery_as_json(one))
        elif told:
            out().print(deliveries_table(told, app.settings.timezone))
        else:
            say("it was told nothing yet")


@commands.command()
def redeliver(
    sink: Sink,
    adjuster: Adjuster,
    event: Annotated[
        str | None,
        typer.Option(
            help="The event's id, also of one that was confirmed; default: all that were given "
            "up.",
            show_default=False,
            callback=lambda text: text and written(text),
        ),
    ] = None,
) -> None:
    """Tell a sink again of an event, or of all that were given up; exit 1 when there is none."""
    with opened() as app:
        number = app.desk.sinks.redeliver(adjuster, sink, event)
    if not number:
        say("there is nothing to tell it again; `claimbot sinks log` shows what it was told")
        raise typer.Exit(1)
    print_line(f"{number} will be told again")


@commands.command()
def enable(sink: Sink, adjuster: Adjuster) -> None:
    """Tell a sink again that refused for good; exit 1 when it did not."""
    with opened() as app:
        if not app.desk.sinks.enable(adjuster, sink):
            say(f"{sink} is not disabled; `claimbot sinks list` shows which are")
            raise typer.Exit(1)
    print_line(f"{sink} is told again, first of all what waits for it")
