"""An S3 server on loopback: moto's, which tells what it was asked and can be told to misbehave."""

import re
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import s3_backends
from werkzeug import Request, Response
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ACCOUNT = "AWS4-HMAC-SHA256 Credential=anyone/20260301/us-east-1/s3/aws4_request"


class S3Server:
    """Holds one bucket, ``photos``."""

    def __init__(self) -> None:
        self.asked: list[str] = []  # such as "PUT /photos/ab"
        self.trouble: Callable[[Request], Response | None] = lambda _: None
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            "127.0.0.1", 0, self._app, threaded=True, request_handler=MotoRequestHandler
        )
        self.endpoint = f"http://127.0.0.1:{self._server.port}"

    def _app(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append(f"{request.method} {request.path}")
        app = self.trouble(request) or self._moto
        return app(environ, start)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Answer requests for as long as the context lasts."""
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def keys(self) -> set[str]:
        """Return the names of all that is in the bucket."""
        return set(re.findall(r"<Key>(.*?)</Key>", self.tell("GET", "/photos").decode()))

    def read(self, key: str) -> bytes:
        """Return the bytes under a name, as any other client would."""
        return self.tell("GET", f"/photos/{key}")

    def lay(self, key: str, data: bytes) -> None:
        """Put bytes under a name behind our client's back."""
        self.tell("PUT", f"/photos/{key}", data)

    def fill(self, keys: Iterable[str]) -> None:
        """Put many empty objects into the bucket, without a request for each."""
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for key in keys:
            backend.put_object("photos", key, b"")

    def tell(self, method: str, path: str, data: bytes | None = None) -> bytes:
        """Send a request that is not our client's, and return the answer."""
        head = {"Authorization": ACCOUNT, "Content-Type": "application/octet-stream"}
        request = urllib.request.Request(  # noqa: S310  it is http
            self.endpoint + path, data, head, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  same
            body: bytes = answer.read()
        return body


@contextmanager
def serving() -> Iterator[S3Server]:
    """Give a server with its bucket, which is empty."""
    server = S3Server()
    with server.running():
        server.tell("POST", "/moto-api/reset")
        server.tell("PUT", "/photos")
        yield server
