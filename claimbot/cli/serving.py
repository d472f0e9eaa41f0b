"""The one process of ``claimbot serve``: channels, worker, relay and web."""

import asyncio
import contextlib
import socket
from collections.abc import Collection, Iterator

import structlog
import uvicorn

from claimbot.app import App, Part
from claimbot.cli.stopping import run_until_stopped
from claimbot.errors import ClaimbotError
from claimbot.web import create_web

log = structlog.get_logger()

FINISH_WITHIN = 2  # seconds for requests in hand


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, before anything else is started.

    Raises:
        ClaimbotError: The port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # TCP by name, or asyncio does not set TCP_NODELAY: a body, which is written after its headers,
    # would wait 40 ms until the client acknowledged these.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except (OSError, ValueError) as error:  # ValueError: no host is called that
        listening.close()
        reason = getattr(error, "strerror", None) or "no such host"
        raise ClaimbotError(
            f"cannot listen on {host}:{port}: {reason}; "
            "stop what uses it, or choose another with --port"
        ) from None
    return listening


def serve_until_stopped(
    app: App, listening: socket.socket, parts: Collection[Part] = frozenset(Part)
) -> None:
    """Run these parts and the web until SIGINT or SIGTERM, finish what is in hand, close the app.

    Raises:
        BadConfiguration: A channel refuses our credentials.
    """
    run_until_stopped(app, _serve(app, listening, parts))


async def _serve(app: App, listening: socket.socket, parts: Collection[Part]) -> None:
    async with app.running(parts):
        await _answer_http(app, listening)


async def _answer_http(app: App, listening: socket.socket) -> None:
    """Serve the web application until cancelled; then finish the requests in hand."""
    stopping = asyncio.Event()
    web = create_web(
        store=app.store,
        queue=app.queue,
        photos=app.photos,
        clock=app.clock,
        desk=app.desk,
        telegram=app.telegram,
        stopping=stopping.is_set,
    )
    server = _Server(
        uvicorn.Config(
            web,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=FINISH_WITHIN,
        )
    )
    host, port = listening.getsockname()[:2]
    log.info("serving", host=host, port=port, channels=sorted(app.channels))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)  # which would drop what is in hand
    finally:
        stopping.set()
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Uvicorn, which leaves signals to us: it would end the process with what is in hand."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing about them."""
        yield
