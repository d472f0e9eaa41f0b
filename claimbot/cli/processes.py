"""``claimbot serve``, and ``web``, ``worker`` and ``relay``: its parts, each in a process.

These share the database and the photos, nothing else, and none of them knows of the others.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

import typer

from claimbot.cli.context import read_settings, say

if TYPE_CHECKING:
    from claimbot.app import App, Part


Host = Annotated[str | None, typer.Option(help="Instead of CLAIMBOT_HOST.", show_default=False)]
Port = Annotated[int | None, typer.Option(help="Instead of CLAIMBOT_PORT.", show_default=False)]


def serve(host: Host = None, port: Port = None) -> None:
    """Run everything in one process until it is told to stop."""
    from claimbot.app import Part

    _serve(host, port, frozenset(Part))


def web(host: Host = None, port: Port = None) -> None:
    """Take in messages, and say how things are at /readyz and /metrics.

    Any number may run behind a load balancer that CLAIMBOT_TELEGRAM_WEBHOOK_URL names.  Without
    that, messages are fetched, and only one may run: Telegram hands them to one at a time.
    """
    from claimbot.app import Part

    _serve(host, port, {Part.INTAKE})


def worker() -> None:
    """Decide what is answered: fetch photos, judge them, carry conversations on.

    Any number may run, on several machines with PostgreSQL and photos in a bucket or a folder
    that they share.  On SQLite they share one machine and its file; more than one then gains
    nothing.
    """
    from claimbot.app import Part

    _run(Part.WORKER)


def relay() -> None:
    """Send the answers, and whatever else is to be delivered.

    Any number may run, each with its own limit of CLAIMBOT_MESSAGES_PER_SECOND.
    """
    from claimbot.app import Part

    _run(Part.RELAY)


def _serve(host: str | None, port: int | None, parts: Collection["Part"]) -> None:
    """Run these parts, and answer over HTTP, until told to stop."""
    from claimbot import log
    from claimbot.app import Part, build
    from claimbot.cli.serving import listen, serve_until_stopped

    log.set_up()
    settings = read_settings(host=host, port=port)
    with listen(settings.host, settings.port) as listening:
        app = build(settings)
        _warn(app)
        if Part.WORKER not in parts and app.channels and not settings.telegram_webhook_url:
            say(
                "messages are fetched, so only one web may run; "
                "set CLAIMBOT_TELEGRAM_WEBHOOK_URL for more"
            )
        serve_until_stopped(app, listening, parts)


def _run(part: "Part") -> None:
    """Run one part until told to stop."""
    import asyncio

    import structlog

    from claimbot import log
    from claimbot.app import build
    from claimbot.cli.stopping import run_until_stopped

    log.set_up()
    app = build(read_settings())
    _warn(app)

    async def work() -> None:
        async with app.running({part}):
            structlog.get_logger().info("running", part=part.value, channels=sorted(app.channels))
            await asyncio.Event().wait()  # until cancelled

    run_until_stopped(app, work())


def _warn(app: "App") -> None:
    if not app.channels:
        say("no channel is set up; set CLAIMBOT_TELEGRAM_TOKEN for Telegram")
