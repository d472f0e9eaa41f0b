"""``claimbot serve``, ``db``, ``audit``, ``config`` and ``doctor``: running it."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from claimbot.cli.context import FLAGS, opened, out, print_json, print_line, read_settings, say

if TYPE_CHECKING:
    from claimbot.cli.doctor import Check

database = typer.Typer(help="The claim database.", no_args_is_help=True)
audit = typer.Typer(help="Who did what.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


def serve(
    host: Annotated[
        str | None, typer.Option(help="Instead of CLAIMBOT_HOST.", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Instead of CLAIMBOT_PORT.", show_default=False)
    ] = None,
) -> None:
    """Run everything in one process until it is told to stop."""
    from claimbot import log
    from claimbot.app import build
    from claimbot.cli.serving import listen, serve_until_stopped

    log.set_up()
    settings = read_settings(host=host, port=port)
    with listen(settings.host, settings.port) as listening, closing(build(settings)) as app:
        if not app.channels:
            say("no channel is set up; set CLAIMBOT_TELEGRAM_TOKEN for Telegram")
        serve_until_stopped(app, listening)


@database.command()
def upgrade() -> None:
    """Bring the database to this claimbot's schema."""
    from claimbot.store import Store

    with closing(Store(read_settings().database)) as store:
        store.upgrade()
    say("the database is up to date")


@database.command("check")
def check_database() -> None:
    """See whether the database has this claimbot's schema; exit 78 when not."""
    from claimbot.store import Store

    with closing(Store(read_settings().database)) as store:
        store.check_schema()
    say("the database is up to date")


@audit.command()
def verify(as_json: Json = False) -> None:
    """Follow the chain of what was done; exit 1 where it was tampered with.

    Note the last hash down elsewhere: that rows are missing at the end shows only there.
    """
    with opened() as app:
        verdict = app.store.verify_audit()
    if as_json:
        broken = [{"row": row, "damage": damage} for row, damage in verdict.broken]
        print_json(
            {"ok": not broken, "rows": verdict.rows, "head": verdict.head, "broken": broken}
        )
    else:
        print_line(f"{verdict.rows} rows, the last one's hash is {verdict.head}")
    for row, damage in verdict.broken:
        say(f"row {row} is {damage}; compare with a backup")
    if verdict.broken:
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
