"""``claimbot queue``: how the adjuster queue is doing."""

from typing import Annotated

import typer

from claimbot.cli.claims import Adjuster, Json, written
from claimbot.cli.context import opened, out, print_json, print_line, say

commands = typer.Typer(help="How the adjuster queue is doing.", no_args_is_help=True)
dead = typer.Typer(
    help="Claims that came back too often, messages that could not be handled, answers that could "
    "not be sent.",
    no_args_is_help=True,
)
commands.add_typer(dead, name="dead")

DeadLetter = Annotated[
    str,
    typer.Argument(
        help="The claim's reference, or a name such as message-12 or answer-34.",
        metavar="DEAD_LETTER",
        callback=written,
    ),
]


@commands.command()
def stats(as_json: Json = False) -> None:
    """Count what is ready, held, set aside or dead, and who waits for a person."""
    from claimbot.cli.tables import queue_table
    from claimbot.codec import plain

    with opened() as app:
        depth, counts = app.desk.depth(), app.store.counts()
        if as_json:
            lost = {f"dead_{what}s": number for what, number in counts.undelivered.items()}
            print_json(plain(depth) | lost | {"handovers": counts.attention_open})
        else:
            out().print(queue_table(depth, counts, app.settings.timezone))


@dead.command("list")
def list_dead(as_json: Json = False) -> None:
    """Show the claims that came back too often, and what never reached the bot or its chat.

    With --json, a message is a line with "message" in it, an answer one with "answer", and a
    claim one with "reference".
    """
    from claimbot.cli.tables import local
    from claimbot.desk import undelivered_as_json

    with opened() as app:
        letters, undelivered = app.desk.dead(), app.desk.undelivered()
        for letter in letters:
            if as_json:
                print_json({"reference": letter.claim_id, "reasons": letter.reasons})
            else:
                print_line(f"{letter.claim_id}: {'; '.join(letter.reasons)}")
        for lost in undelivered:
            if as_json:
                print_json(undelivered_as_json(lost))
            else:
                about = f", claim {lost.reference}" if lost.reference else ""
                since = local(lost.since, app.settings.timezone)
                told = f"tries: {lost.tries}, the last on {since} by {lost.channel}{about}"
                print_line(f"{lost.name}: {' '.join(lost.failure.split())} ({told})")
        if not letters and not undelivered and not as_json:
            say("no dead letters")


@dead.command()
def requeue(name: DeadLetter, adjuster: Adjuster) -> None:
    """Put a dead letter back into the queue; exit 1 when it is none.

    A message is handled again, and an answer sent again, after all that its chat waits for.
    """
    from claimbot.reference import parse_reference
    from claimbot.store.dead_letters import Direction, parse_name

    lost = parse_name(name)
    letter = lost or parse_reference(name) or name
    with opened() as app:
        if not app.desk.requeue(adjuster, name):
            say(f"{letter} is no dead letter; `claimbot queue dead list` shows them")
            raise typer.Exit(1)
    if lost is None:
        print_line(f"{letter} is back in the queue")
    elif lost.direction is Direction.MESSAGE:
        print_line(f"{letter} will be handled again")
    else:
        print_line(f"{letter} will be sent again")
