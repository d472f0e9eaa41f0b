"""The one process of ``claimbot serve``: channels, worker, relay and web."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import structlog
import uvicorn

from claimbot.app import App
from claimbot.errors import ClaimbotError
from claimbot.web import create_web

log = structlog.get_logger()

STOP_WITHIN = 3  # seconds for requests in hand
STOPS = (signal.SIGINT, signal.SIGTERM)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens, before anything else is started.

    Raises:
        ClaimbotError: The port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
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


def serve_until_stopped(app: App, listening: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in hand; a second one ends it at once.

    Raises:
        BadConfiguration: A channel refuses our credentials.
    """
    asyncio.run(_serve(app, listening))


class _Server(uvicorn.Server):
    """Uvicorn, which leaves signals to us: it would end the process with what is in hand."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing about them."""
        yield


async def _serve(app: App, listening: socket.socket) -> None:
    web = create_web(
        store=app.store,
        queue=app.queue,
        photos=app.photos,
        clock=app.clock,
        telegram=app.telegram,
    )
    server = _Server(
        uvicorn.Config(
            web,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_WITHIN,
        )
    )
    running = asyncio.create_task(_run(app, server, listening))
    with _signals(lambda: _stop(server, running)), contextlib.suppress(asyncio.CancelledError):
        await running


async def _run(app: App, server: uvicorn.Server, listening: socket.socket) -> None:
    async with app.running():
        host, port = listening.getsockname()[:2]
        log.info("serving", host=host, port=port, channels=sorted(app.channels))
        await server.serve(sockets=[listening])
        log.info("stopping")


def _stop(server: uvicorn.Server, running: "asyncio.Task[None]") -> None:
    server.should_exit = True
    if not server.started:  # a channel may be waiting for an answer
        running.cancel()


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` at the first signal to stop; the next one does what it always does."""
    loop = asyncio.get_running_loop()

    def restore() -> None:
        for number in STOPS:
            loop.remove_signal_handler(number)

    def stop_once() -> None:
        restore()
        stop()

    for number in STOPS:
        loop.add_signal_handler(number, stop_once)
    try:
        yield
    finally:
        restore()
