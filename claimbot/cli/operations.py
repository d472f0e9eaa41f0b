"""``claimbot serve``, ``db``, ``config`` and ``doctor``: running it."""

from typing import TYPE_CHECKING, Annotated

import typer

from claimbot.cli.context import FLAGS, err, out, print_json, read_settings

if TYPE_CHECKING:
    from claimbot.cli.doctor import Check

database = typer.Typer(help="The claim database.", no_args_is_help=True)

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
    with listen(settings.host, settings.port) as listening:
        app = build(settings)
        try:
            if not app.channels:
                err().print("no channel is set up; set CLAIMBOT_TELEGRAM_TOKEN for Telegram")
            serve_until_stopped(app, listening)
        finally:
            app.close()


@database.command()
def upgrade() -> None:
    """Bring the database to this claimbot's schema."""
    from claimbot.store import Store

    store = Store(read_settings().database)
    try:
        store.upgrade()
    finally:
        store.close()
    err().print("the database is up to date")


def config(as_json: Json = False) -> None:
    """Show every setting, its value and where that came from."""
    from claimbot.cli.tables import settings_table
    from claimbot.codec import plain
    from claimbot.settings import explain, unknown_variables

    settings = explain(read_settings(), FLAGS)
    if as_json:
        print_json([plain(setting) for setting in settings])
    else:
        out().print(settings_table(settings))
    for name in unknown_variables():
        err().print(f"no setting is called {name}; is it misspelt?")


def doctor(as_json: Json = False) -> None:
    """Check that everything claimbot needs is there; exit 1 when something is not."""
    from claimbot.cli.doctor import examine

    checks = examine(read_settings())
    healthy = all(check.ok for check in checks)
    if as_json:
        print_json({"ok": healthy, "checks": [_plain(check) for check in checks]})
    else:
        for check in checks:
            mark = "[green]ok[/]     " if check.ok else "[red]failed[/] "
            out().print(f"{mark}{check.name}: {check.detail}", soft_wrap=True)
    if not healthy:
        raise typer.Exit(1)


def _plain(check: "Check") -> dict[str, object]:
    return {"name": check.name, "ok": check.ok, "detail": check.detail}
