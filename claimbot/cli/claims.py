"""``claimbot claims``: what an adjuster does from a terminal."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimbot.cli.context import opened, out, print_json, print_line, printable, say, this_adjuster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claimbot.app import App
    from claimbot.claim import Claim as SentClaim
    from claimbot.desk import Handover
    from claimbot.queues import Lease
    from claimbot.store import StoredClaim

NOTHING_READY = 3
LONGEST_DELAY = 7 * 24 * 60  # minutes

commands = typer.Typer(help="Pull claims, look at them, decide.", no_args_is_help=True)


def written(text: str) -> str:
    """Return a name or a reason that someone typed, if it is one."""
    if not text.strip() or printable(text) != text or "\n" in text:
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


def _hold(app: "App", minutes: int | None) -> timedelta:
    return timedelta(minutes=minutes) if minutes else app.settings.hold


@commands.command("list")
def list_claims(
    status: Annotated[
        str | None, typer.Option(help="Only queued, asked or decided ones.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """Show claims, last sent first, and who waits for a person."""
    from claimbot.cli.tables import claims_table, handovers_table
    from claimbot.desk import as_json as claim_json
    from claimbot.desk import handover_as_json
    from claimbot.store import Status

    if status is not None and status not in list(Status):
        raise typer.BadParameter(f"choose {', '.join(Status)}", param_hint="--status")
    with opened() as app:
        found = app.desk.overview(Status(status) if status else None, limit=limit)
        waiting = app.desk.handovers()
        if as_json:
            for stored, lease in found:
                print_json(claim_json(stored, lease))
            for handover in waiting:
                print_json(handover_as_json(handover))
            return
        if found:
            out().print(claims_table(found, app.settings.timezone))
        elif not waiting:
            say("no claims")
        if found and waiting:
            out().print()
        if waiting:
            out().print(handovers_table(waiting, app.settings.timezone))


@commands.command("next")
def take_next(adjuster: Adjuster, hold: Hold = None, as_json: Json = False) -> None:
    """Take the claim that is due first; exit 3 when none is ready."""
    with opened() as app:
        held = app.desk.next(adjuster, hold=_hold(app, hold))
        if held is None:
            depth = app.desk.depth()
            counts = f"{depth.ready} ready, {depth.delayed} later, {depth.leased} held"
            say(f"nothing in the queue: {counts}")
            raise typer.Exit(NOTHING_READY)
        _show(app, held.stored, held.lease, as_json=as_json)
        if not as_json:
            name = held.lease.claim_id
            say(f"`claimbot claims accept {name}` takes it on, `... return {name}` gives it back;")
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
    """Show a claim, and who waits for a person under its reference.

    With --json, one object a line: the claim if there is one, then each call for a person.
    """
    from claimbot.cli.tables import handover_panel
    from claimbot.desk import handover_as_json
    from claimbot.errors import NoSuchClaim

    with opened() as app:
        if files:
            files.mkdir(mode=0o700, parents=True, exist_ok=True)
        handovers = app.desk.handovers_of(name)
        given: list[SentClaim | Handover] = []
        try:
            stored, lease = app.desk.show(name)
        except NoSuchClaim:
            if not handovers:
                raise
        else:
            given.append(stored.claim)
            _show(app, stored, lease, as_json=as_json)
        for handover in handovers:
            given.append(handover)
            if as_json:
                print_json(handover_as_json(handover))
            else:
                out().print()
                out().print(handover_panel(handover, app.settings.timezone))
        done = [_write_files(app, sent, files, originals) for sent in given if files]
        if not all(done):
            raise typer.Exit(1)


@commands.command()
def extend(name: Name, adjuster: Adjuster, hold: Hold = None, as_json: Json = False) -> None:
    """Hold on to a claim; exit 5 when it is no longer yours."""
    from claimbot.cli.tables import local
    from claimbot.desk import lease_as_json

    with opened() as app:
        lease = app.desk.extend(adjuster, name, hold=_hold(app, hold))
        if as_json:
            print_json(lease_as_json(lease))
        else:
            until = local(lease.expires_at, app.settings.timezone)
            print_line(f"{lease.claim_id} is yours until {until}")


@commands.command()
def accept(name: Name, adjuster: Adjuster, as_json: Json = False) -> None:
    """Take a claim on: it leaves the queue.  Exit 5 when it is no longer yours.

    Also takes on someone who waits for a person and has no claim yet.
    """
    from claimbot.desk import as_json as claim_json
    from claimbot.errors import NoSuchClaim

    with opened() as app:
        try:
            stored = app.desk.accept(adjuster, name)
        except NoSuchClaim:
            reference = app.desk.take_over(adjuster, name)
            if as_json:
                print_json({"reference": reference, "status": "taken over"})
            else:
                print_line(f"{reference} is yours; answer the policyholder yourself")
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
    with opened() as app:
        reference = app.desk.give_back(
            adjuster, name, reason=reason, delay=timedelta(minutes=delay)
        )
        is_dead = any(letter.claim_id == reference for letter in app.desk.dead())
        if as_json:
            print_json({"reference": reference, "status": "dead" if is_dead else "queued"})
        elif is_dead:
            print_line(f"{reference} came back too often and is set aside as a dead letter")
            say(f"`claimbot queue dead requeue {reference}` puts it back into the queue")
        else:
            print_line(f"{reference} is back in the queue")


def _show(app: "App", stored: "StoredClaim", lease: "Lease | None", *, as_json: bool) -> None:
    from claimbot.cli.tables import claim_panel
    from claimbot.desk import as_json as claim_json

    if as_json:
        print_json(claim_json(stored, lease))
    else:
        out().print(claim_panel(stored, lease, app.settings.timezone, app.clock()))


def _write_files(app: "App", given: "SentClaim | Handover", folder: Path, originals: bool) -> bool:
    """Write what the policyholder sent, as ``CB-7K3M-Q2XK-photo-1.jpeg``, for this user only.

    Unless the ``originals`` are wanted, of all but PDFs it is the copies that adjusters look at.
    A file of which there is none does not keep the others from being written; tell whether all
    were.
    """
    from claimbot.errors import MachineBusy, NoPicture, PhotoMissing

    complete = True
    for name, sha256 in _files(given):
        try:
            data, ending = _file(app, sha256, originals=originals)
        except (MachineBusy, NoPicture, PhotoMissing) as error:
            hint = " with --originals" if isinstance(error, NoPicture) else ""
            say(f"claimbot: {given.reference}-{name}: {error}{hint}")
            complete = False
            continue
        target = folder / f"{given.reference}-{name}.{ending}"
        target.unlink(missing_ok=True)  # also what someone else may have put there
        target.touch(mode=0o600, exist_ok=False)
        target.write_bytes(data)
        say(f"wrote {target}")
    return complete


def _file(app: "App", sha256: str, *, originals: bool) -> tuple[bytes, str]:
    """Return a file as it is to be written, and the ending of its name."""
    from claimbot.photos.copies import Variant

    kept = app.store.kept_file(sha256)
    media_type = kept.media_type if kept else ""
    if originals or media_type == "application/pdf":
        return app.desk.file(sha256), media_type.rpartition("/")[2] or "bin"
    return app.desk.picture(sha256, Variant.VIEW), "jpeg"


def _files(given: "SentClaim | Handover") -> "Iterator[tuple[str, str]]":
    """Yield each file's part in the claim, and its SHA-256."""
    from claimbot.desk import Handover

    draft = given.draft if isinstance(given, Handover) else given
    for place, photo in enumerate(draft.photos, start=1):
        yield f"photo-{place}", photo.sha256
    for place, page in enumerate(draft.form, start=1):
        yield f"form-{place}", page.sha256
    if isinstance(given, Handover):
        for sha256 in given.files:
            yield f"added-{sha256[:12]}", sha256
