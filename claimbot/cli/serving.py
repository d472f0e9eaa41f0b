"""The one process of ``claimbot serve``: channels, worker, relay and web."""

import asyncio
import socket

import structlog
import uvicorn

from claimbot.app import App
from claimbot.errors import ClaimbotError
from claimbot.web import create_web

log = structlog.get_logger()

STOP_WITHIN = 5  # seconds for requests in hand


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
    except OSError as error:
        listening.close()
        raise ClaimbotError(
            f"cannot listen on {host}:{port}: {error.strerror}; "
            "stop what uses it, or choose another with --port"
        ) from None
    return listening


def serve_until_stopped(app: App, listening: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in hand.

    Raises:
        BadConfiguration: A channel refuses our credentials.
    """
    asyncio.run(_serve(app, listening))


async def _serve(app: App, listening: socket.socket) -> None:
    web = create_web(
        store=app.store,
        queue=app.queue,
        photos=app.photos,
        clock=app.clock,
        telegram=app.telegram,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            web,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_WITHIN,
        )
    )
    async with app.running():
        host, port = listening.getsockname()[:2]
        log.info("serving", host=host, port=port, channels=sorted(app.channels))
        await server.serve(sockets=[listening])
        log.info("stopping")
