"""``claimbot queue``: how the adjuster queue is doing."""

from typing import Annotated

import typer

from claimbot.cli.context import err, opened, out, print_json, this_adjuster

commands = typer.Typer(help="How the adjuster queue is doing.", no_args_is_help=True)
dead = typer.Typer(help="Claims that came back too often.", no_args_is_help=True)
commands.add_typer(dead, name="dead")

Json = Annotated[bool, typer.Option("--json", help="One line of JSON instead of text.")]


@commands.command()
def stats(as_json: Json = False) -> None:
    """Count what is ready, held, set aside or dead, and who waits for a person."""
    from claimbot.cli.tables import local, numbers_table

    with opened() as app:
        depth, waiting = app.desk.depth(), len(app.desk.handovers())
        numbers = {
            "ready": depth.ready,
            "leased": depth.leased,
            "parked": depth.parked,
            "dead": depth.dead,
            "handovers": waiting,
        }
        oldest = depth.oldest_ready
        if as_json:
            print_json({**numbers, "oldest_ready": oldest and oldest.isoformat()})
            return
        due = local(oldest, app.settings.timezone) if oldest else "-"
        out().print(numbers_table({**numbers, "first one due": due}))


@dead.command("list")
def list_dead(as_json: Json = False) -> None:
    """Show the claims that came back too often, and why each time."""
    with opened() as app:
        letters = app.desk.dead()
        if as_json:
            for letter in letters:
                print_json({"reference": letter.claim_id, "reasons": letter.reasons})
            return
        for letter in letters:
            out().print(f"{letter.claim_id}: {'; '.join(letter.reasons)}")
        if not letters:
            err().print("no dead letters")


@dead.command()
def requeue(
    name: Annotated[str, typer.Argument(help="The claim's reference.", metavar="CLAIM")],
    actor: Annotated[
        str, typer.Option("--adjuster", default_factory=this_adjuster, show_default="$USER")
    ],
) -> None:
    """Put a dead letter back into the queue."""
    with opened() as app:
        if not app.desk.requeue(actor, name):
            err().print(f"{name} is no dead letter; `claimbot queue dead list` shows them")
            raise typer.Exit(1)
        out().print(f"{name} is back in the queue")
