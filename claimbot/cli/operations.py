"""``claimbot db``, ``audit``, ``config`` and ``doctor``: looking after it."""

from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimbot.cli.context import FLAGS, out, print_json, print_line, read_settings, say
from claimbot.errors import BadConfiguration, ClaimbotError

if TYPE_CHECKING:
    from claimbot.cli.doctor import Check
    from claimbot.store import Store

database = typer.Typer(help="The claim database.", no_args_is_help=True)
audit = typer.Typer(help="Who did what.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


@database.command()
def upgrade() -> None:
    """Bring the database to this claimbot's schema."""
    from claimbot.store import Store

    with closing(Store(read_settings().database)) as store:
        store.upgrade()
    say("the database is up to date")


@database.command("check")
def check_database(
    as_json: Json = False,
    skip_photos: Annotated[
        bool, typer.Option("--skip-photos", help="Do not read the photos and forms.")
    ] = False,
) -> None:
    """Read the database, and the photos and forms of claims and drafts; exit 1 if one is damaged.

    Exit 78 if the database is not of this version of claimbot.  Nothing is changed, and claimbot
    may serve meanwhile.
    """
    from claimbot.cli.checking import Files, examine
    from claimbot.photos import open_photos

    settings = read_settings()
    with closing(_open_database(settings.database)) as store:
        files = Files(store, open_photos(settings.photos))
        looks = (examine(store), () if skip_photos else files.examine())
        found = []
        for trouble in chain(*looks):
            found.append(trouble)
            say(f"{trouble.part}: {trouble.found}")
    if as_json:
        troubles = [{"part": trouble.part, "found": trouble.found} for trouble in found]
        print_json({"ok": not found, "files": files.number, "found": troubles})
    if found:
        raise typer.Exit(1)
    read = "" if skip_photos else f", and so are {files.number} photos and forms"
    say(f"the database is up to date and whole{read}")


@database.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Also over a file.")] = False,
) -> None:
    """Copy an SQLite database as it is now, also while claimbot serves."""
    import sqlite3

    from claimbot.store.backup import BESIDE, back_up
    from claimbot.store.database import sqlite_path

    url = read_settings().database
    path = sqlite_path(url)
    if path is None:
        raise ClaimbotError("this copies SQLite; run `pg_dump` for PostgreSQL, also while it runs")
    with closing(_open_database(url)) as store:
        its_own = [path.with_name(path.name + end) for end in ("", *BESIDE)]
        if file.exists() and any(own.exists() and file.samefile(own) for own in its_own):
            raise ClaimbotError(f"{file} is the database itself; name another file")
        try:
            size = back_up(store.engine, file, replace=force)
        except FileExistsError as error:
            there = error.filename
            raise ClaimbotError(f"{there} is there already; name another, or --force") from None
        except sqlite3.Error as error:
            raise ClaimbotError(
                f"no backup was made: {error}; make room, or run `claimbot db check`"
            ) from error
    say(
        f"{file} has {size:,} bytes; now copy what CLAIMBOT_PHOTOS names: "
        "all photos of the claims in it are there already"
    )


def _open_database(url: str) -> "Store":
    """Open a database that is there.

    Raises:
        BadConfiguration: It is not, or it cannot be opened.
    """
    from claimbot.cli.doctor import is_not_there_yet
    from claimbot.store import Store

    if is_not_there_yet(url):  # opening it would make it
        raise BadConfiguration("there is no such database; name another or `claimbot db upgrade`")
    return Store(url)


@audit.command()
def verify(
    noted: Annotated[
        str, typer.Option(help="A last hash that was noted down.", show_default=False)
    ] = "",
    as_json: Json = False,
) -> None:
    """Follow the chain of what was done; exit 1 where it was tampered with.

    Note the last hash down elsewhere, and say it with --noted the next time: only so does it show
    that rows are missing at the end, or that the chain was written anew.
    """
    with closing(_open_database(read_settings().database)) as store:
        store.check_schema()
        verdict = store.verify_audit(noted.strip().lower())
    if as_json:
        broken = [{"row": row, "damage": damage} for row, damage in verdict.broken]
        print_json(
            {
                "ok": verdict.is_sound,
                "rows": verdict.rows,
                "head": verdict.head,
                "broken": broken,
                "has_noted": verdict.has_noted,
            }
        )
    else:
        print_line(f"{verdict.rows} rows, the last one's hash is {verdict.head}")
    for row, damage in verdict.broken:
        say(f"row {row} is {damage}; compare with a backup")
    if not verdict.has_noted:
        say("the hash that was noted down is not in the chain; compare with a backup")
    if not verdict.is_sound:
        raise typer.Exit(1)


def config(as_json: Json = False) -> None:
    """Show every setting, its value and where that came from."""
    from claimbot.codec import plain
    from claimbot.settings import explain, unknown_variables

    settings = explain(read_settings(), FLAGS)
    if as_json:
        print_json([plain(setting) for setting in settings])
    else:
        from claimbot.cli.tables import settings_list

        out().print(settings_list(settings))
    for name, meant in unknown_variables().items():
        say(f"no setting is called {name}; {f'did you mean {meant}?' if meant else 'unset it'}")


def doctor(as_json: Json = False) -> None:
    """Check what claimbot needs; exit 1 when it is not there."""
    from claimbot.cli.doctor import examine

    checks = examine(read_settings())
    healthy = all(check.ok for check in checks)
    if as_json:
        print_json({"ok": healthy, "checks": [_plain(check) for check in checks]})
    else:
        from claimbot.cli.tables import checks_list

        out().print(checks_list(checks))
    if not healthy:
        raise typer.Exit(1)


def _plain(check: "Check") -> dict[str, object]:
    return {"name": check.name, "ok": check.ok, "detail": check.detail}
