"""``claimbot queue``: how the adjuster queue is doing."""

import typer

from claimbot.cli.claims import Adjuster, Claim, Json
from claimbot.cli.context import opened, out, print_json, print_line, say

commands = typer.Typer(help="How the adjuster queue is doing.", no_args_is_help=True)
dead = typer.Typer(help="Claims that came back too often.", no_args_is_help=True)
commands.add_typer(dead, name="dead")


@commands.command()
def stats(as_json: Json = False) -> None:
    """Count what is ready, held, set aside or dead, and who waits for a person."""
    from claimbot.cli.tables import queue_table
    from claimbot.codec import plain

    with opened() as app:
        depth, handovers = app.desk.depth(), app.store.counts().attention_open
        if as_json:
            print_json(plain(depth) | {"handovers": handovers})
        else:
            out().print(queue_table(depth, handovers, app.settings.timezone))


@dead.command("list")
def list_dead(as_json: Json = False) -> None:
    """Show the claims that came back too often, and why each time."""
    with opened() as app:
        letters = app.desk.dead()
        for letter in letters:
            if as_json:
                print_json({"reference": letter.claim_id, "reasons": letter.reasons})
            else:
                print_line(f"{letter.claim_id}: {'; '.join(letter.reasons)}")
        if not letters and not as_json:
            say("no dead letters")


@dead.command()
def requeue(name: Claim, adjuster: Adjuster) -> None:
    """Put a dead letter back into the queue; exit 1 when it is none."""
    from claimbot.reference import parse_reference

    reference = parse_reference(name) or name
    with opened() as app:
        if not app.desk.requeue(adjuster, reference):
            say(f"{reference} is no dead letter; `claimbot queue dead list` shows them")
            raise typer.Exit(1)
        print_line(f"{reference} is back in the queue")
