"""``claimbot claims``: what an adjuster does from a terminal."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from claimbot.cli.context import out, print_json, print_line, printable, say, this_adjuster
from claimbot.cli.workplace import API, Workplace, at_work

if TYPE_CHECKING:
    from claimbot.cli.claim_files import Part
    from claimbot.queues import Lease
    from claimbot.store import StoredClaim

NOTHING_READY = 3
LONGEST_DELAY = 7 * 24 * 60  # minutes
LONGEST_WAIT = 24 * 60 * 60  # seconds
LONGEST_LINE = 2_000  # characters

commands = typer.Typer(no_args_is_help=True)


@commands.callback()
def reach(
    url: Annotated[
        str | None,
        typer.Option(
            help="Work over the API of the claimbot that serves at this URL, not on the database.",
            envvar="CLAIMBOT_URL",
            show_default=False,
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            help="With --url: from `claimbot token add`. Others see it here, not in the variable.",
            envvar="CLAIMBOT_TOKEN",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Pull claims, look at them, ask, decide."""
    API.clear()
    if not url and not token:
        return
    if not url or not token:
        raise typer.BadParameter("give both --url and --token, or neither")
    if not _is_address(url):
        raise typer.BadParameter("write https://HOST", param_hint="--url")
    if not (token.isascii() and token.isprintable()):
        raise typer.BadParameter("write it as `claimbot token add` did", param_hint="--token")
    API.update(url=url, token=token)


def _is_address(url: str) -> bool:
    try:
        address = urlsplit(url)
        is_port = address.port != 0
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and address.username is None
    return address.scheme in {"http", "https"} and bool(address.hostname) and is_port and is_plain


def written(text: str) -> str:
    """Return a name or a reason that someone typed, if it is one."""
    if "\n" in text or not text.strip() or len(text) > LONGEST_LINE or printable(text) != text:
        raise typer.BadParameter("write a line of text")
    return text.strip()


Adjuster = Annotated[
    str,
    typer.Option(
        default_factory=this_adjuster, help="Who works.", show_default="$USER", callback=written
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One line of JSON instead of text.")]
Claim = Annotated[
    str, typer.Argument(help="The claim's reference.", metavar="CLAIM", callback=written)
]
Name = Annotated[
    str,
    typer.Argument(
        help="The claim's reference, or the lease's id.", metavar="CLAIM", callback=written
    ),
]
Hold = Annotated[
    int | None,
    typer.Option(help="Minutes to hold it; default: CLAIMBOT_HOLD_MINUTES.", min=1, max=1440),
]


def _hold(work: Workplace, minutes: int | None) -> timedelta:
    return timedelta(minutes=minutes) if minutes else work.settings.hold


@commands.command("list")
def list_claims(
    status: Annotated[
        str | None, typer.Option(help="Only queued, asked or decided ones.", show_default=False)
    ] = None,
    query: Annotated[
        str,
        typer.Option(
            help="Only that reference, or those whose policy number begins so.",
            show_default=False,
            callback=lambda text: text and written(text),
        ),
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """Show claims, last sent first, and who waits for a person unless it is a search."""
    from claimbot.cli.tables import claims_table, handovers_table
    from claimbot.desk import as_json as claim_json
    from claimbot.desk import handover_as_json
    from claimbot.store import Status

    if status is not None and status not in list(Status):
        raise typer.BadParameter(f"choose {', '.join(Status)}", param_hint="--status")
    with at_work() as work:
        found = work.desk.search(query, status=Status(status) if status else None, limit=limit)
        waiting = [] if query else work.desk.handovers()
        if as_json:
            for stored, lease in found:
                print_json(claim_json(stored, lease))
            for handover in waiting:
                print_json(handover_as_json(handover))
            return
        if found:
            out().print(claims_table(found, work.zone))
        elif not waiting:
            say("no claims")
        if found and waiting:
            out().print()
        if waiting:
            out().print(handovers_table(waiting, work.zone))


@commands.command("next")
def take_next(
    adjuster: Adjuster,
    hold: Hold = None,
    wait: Annotated[
        int, typer.Option(help="Seconds to wait for one.", min=0, max=LONGEST_WAIT)
    ] = 0,
    skill: Annotated[
        list[str] | None,
        typer.Option(
            help="What the adjuster can do, again for each; a claim may ask for it.",
            callback=lambda skills: [written(skill) for skill in skills or ()],
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Take the claim that is due first; exit 3 when none is ready."""
    from claimbot.desk import as_json as claim_json

    with at_work() as work:
        held = work.next(
            adjuster,
            hold=_hold(work, hold),
            skills=skill or (),
            wait=timedelta(seconds=wait),
        )
        if held is None:
            depth = work.desk.depth()
            counts = f"{depth.ready} ready, {depth.delayed} later, {depth.leased} held"
            say(f"nothing in the queue: {counts}")
            raise typer.Exit(NOTHING_READY)
        if as_json:
            print_json(claim_json(held.stored, held.lease))
        else:
            print_claim(work, held.stored, held.lease)
            name = held.lease.claim_id
            say(f"`claimbot claims accept {name}` takes it on, `... return {name}` gives it back;")
            say(f"`claimbot claims ask {name} TEXT` asks its policyholder;")
            say(f"`claimbot claims show {name} --files FOLDER` writes its photos")


@commands.command()
def show(
    name: Claim,
    files: Annotated[
        Path | None,
        typer.Option(help="Also write the photos and the form into this folder."),
    ] = None,
    originals: Annotated[
        bool,
        typer.Option(help="With --files: the photos as sent, with where each was taken."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a claim, what was done about it, and who waits for a person under its reference.

    With --json, one object a line: the claim if there is one, then each call for a person.
    """
    from claimbot.cli.claim_files import parts_of, write
    from claimbot.cli.tables import events_table, handover_panel
    from claimbot.desk import as_json as claim_json
    from claimbot.desk import event_as_json, handover_as_json, note_as_json
    from claimbot.errors import NoSuchClaim

    with at_work() as work:
        if files:
            files.mkdir(mode=0o700, parents=True, exist_ok=True)
        handovers = work.desk.handovers_of(name)
        parts: list[Part] = []
        try:
            stored, lease = work.desk.show(name)
        except NoSuchClaim:
            if not handovers:
                raise
        else:
            parts += parts_of(stored.claim)
            notes, events = work.desk.notes(name), work.desk.events(name)
            if as_json:
                told = claim_json(stored, lease)
                told["notes"] = [note_as_json(note) for note in notes]
                told["events"] = [event_as_json(event) for event in events]
                print_json(told)
            else:
                print_claim(work, stored, lease)
                out().print()
                out().print(events_table(events, work.zone))
        for handover in handovers:
            parts += parts_of(handover)
            if as_json:
                print_json(handover_as_json(handover))
            else:
                out().print()
                out().print(handover_panel(handover, work.zone))
        if files and not write(work.file, parts, files, originals=originals):
            raise typer.Exit(1)


@commands.command()
def extend(name: Name, adjuster: Adjuster, hold: Hold = None, as_json: Json = False) -> None:
    """Hold on to a claim; exit 5 when it is no longer yours."""
    from claimbot.cli.tables import local
    from claimbot.desk import lease_as_json

    with at_work() as work:
        lease = work.desk.extend(adjuster, name, hold=_hold(work, hold))
        if as_json:
            print_json(lease_as_json(lease))
        else:
            until = local(lease.expires_at, work.zone)
            print_line(f"{lease.claim_id} is yours until {until}")


@commands.command()
def accept(name: Name, adjuster: Adjuster, as_json: Json = False) -> None:
    """Take a claim on: it leaves the queue.  Exit 5 when it is no longer yours.

    Also takes on someone who waits for a person and has no claim yet.
    """
    from claimbot.desk import as_json as claim_json
    from claimbot.errors import NoSuchClaim

    with at_work() as work:
        try:
            stored = work.desk.accept(adjuster, name)
        except NoSuchClaim:
            reference = work.desk.take_over(adjuster, name)
            if as_json:
                print_json({"reference": reference, "status": "taken over"})
            else:
                print_line(f"{reference} is yours; answer the policyholder yourself")
                say(f"`claimbot claims tell {reference} TEXT` writes to them;")
                say(f"`claimbot claims release {reference}` lets the bot go on")
            return
        if as_json:
            print_json(claim_json(stored, None))
        else:
            print_line(f"{stored.claim.reference} is accepted")


@commands.command("return")
def give_back(
    name: Name,
    adjuster: Adjuster,
    reason: Annotated[
        str, typer.Option(help="Why, for the next adjuster.", callback=written)
    ] = "returned",
    delay: Annotated[
        int, typer.Option(help="Minutes before it is ready again.", min=0, max=LONGEST_DELAY)
    ] = 0,
    as_json: Json = False,
) -> None:
    """Give a claim back to the queue; exit 5 when it is no longer yours."""
    with at_work() as work:
        reference, is_dead = work.give_back(
            adjuster, name, reason=reason, delay=timedelta(minutes=delay)
        )
        if as_json:
            print_json({"reference": reference, "status": "dead" if is_dead else "queued"})
        elif is_dead:
            print_line(f"{reference} came back too often and is set aside as a dead letter")
            say(f"`claimbot queue dead requeue {reference}` puts it back into the queue")
        else:
            print_line(f"{reference} is back in the queue")


def print_claim(work: Workplace, stored: "StoredClaim", lease: "Lease | None") -> None:
    """Show a claim to a person."""
    from claimbot.cli.tables import claim_panel

    out().print(claim_panel(stored, lease, work.zone, work.clock()))
