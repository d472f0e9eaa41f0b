"""Webhooks, signed as Standard Webhooks has it.

What is posted to is checked at the address that is connected to, so that a name which resolves to
something else the next time leads nowhere; redirects are not followed.

Source: https://www.standardwebhooks.com, version 1.0.0.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from claimbot import __version__
from claimbot.errors import BadConfiguration, SinkDown, SinkError, SinkGone
from claimbot.sinks import Message, SinkOptions

AT_ONCE = 10  # of 50 messages the last ends within 45 s, which is what a sink is given
CONNECT_WITHIN = timedelta(seconds=5)
ANSWER_WITHIN = timedelta(seconds=7)
ANSWER_READ = 65_536  # bytes; nothing in it matters but that its connection can be used again
KEY_LENGTHS = range(24, 65)  # bytes, as the standard wants
SECRETS = 2  # the new one and the one before
PREFIX = "whsec_"
MAKE_ONE = "make one: echo whsec_$(openssl rand -base64 32)"

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_FAILED = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    OSError,
    UnicodeError,  # a host name that no resolver takes
)

LAST_PORT = 65_535
Socket = tuple[int, int, int | bytes]


class _Unreachable(SinkDown):
    """There is no connection to be had, whatever is to be sent."""


class Webhook:
    """Posts each event by itself, several at a time."""

    def __init__(self, url: httpx.URL, options: SinkOptions) -> None:
        """Take where to and with what; connect later.

        Raises:
            BadConfiguration: A secret cannot be used.
        """
        self._keys = _keys(options.secrets)
        self._clock = options.clock
        self._allow_private = options.allow_private
        self._url = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        self._headers = [
            (b"Host", url.netloc),
            (b"Content-Type", b"application/cloudevents+json"),
            (b"User-Agent", f"claimbot/{__version__}".encode()),
        ]
        if url.userinfo:
            account = f"{url.username}:{url.password}".encode()
            self._headers.append((b"Authorization", b"Basic " + base64.b64encode(account)))
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def publish(self, batch: Sequence[Message]) -> Collection[str]:
        """Post the events; return the ids of those that were answered with 2xx.

        Raises:
            SinkDown: Not all of them.
            SinkGone: One was answered with 410.
        """
        first, *others = batch
        room = asyncio.Semaphore(AT_ONCE)
        failures = [await self._post(first, room)]
        if isinstance(failures[0], _Unreachable):
            raise failures[0]
        failures += await asyncio.gather(*(self._post(one, room) for one in others))
        confirmed = {
            one.id for one, failure in zip(batch, failures, strict=True) if failure is None
        }
        failed = [failure for failure in failures if failure is not None]
        for failure in failed:
            if isinstance(failure, SinkGone):
                raise SinkGone(str(failure), confirmed=confirmed)
        if failed:
            asked = [one.retry_after for one in failed if isinstance(one, SinkDown)]
            longest = max((wait for wait in asked if wait), default=None)
            raise SinkDown(str(failed[0]), longest, confirmed=confirmed)
        return confirmed

    async def close(self) -> None:
        """Let go of the connections."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.aclose()

    async def _post(self, message: Message, room: asyncio.Semaphore) -> SinkError | None:
        """Return what kept the receiver from taking an event; None when it took it."""
        async with room:
            try:
                async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
                    status, retry_after = await self._send(message)
            except TimeoutError:
                return SinkDown(f"no answer within {ANSWER_WITHIN.seconds} s")
            except (httpcore.ConnectError, httpcore.ConnectTimeout, socket.gaierror) as error:
                return _Unreachable(f"cannot be reached: {error}")
            except SinkDown as error:
                return error
            except _FAILED as error:
                return SinkDown(f"no answer: {type(error).__name__}")
        match status:
            case _ if status in range(200, 300):
                return None
            case 410:
                return SinkGone("HTTP 410: it wants nothing more")
            case _ if status in range(300, 400):
                return SinkDown(f"HTTP {status}: redirects are not followed; name where it leads")
            case _:
                return SinkDown(f"HTTP {status}", retry_after)

    async def _send(self, message: Message) -> tuple[int, timedelta | None]:
        """Return the status of the answer, and how long it asks us to wait."""
        pool = self._pool = self._pool or self._connected()
        now = self._clock()
        extensions = {"timeout": {"connect": CONNECT_WITHIN.total_seconds()}}
        async with pool.stream(
            "POST",
            self._url,
            headers=[*self._headers, *signed(message, now, self._keys)],
            content=message.data,
            extensions=extensions,
        ) as answer:
            read = 0
            async for chunk in answer.aiter_stream():
                read += len(chunk)
                if read > ANSWER_READ:
                    break
        told = [value for name, value in answer.headers if name.lower() == b"retry-after"]
        return answer.status, _retry_after(told[0], now) if told else None

    def _connected(self) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),  # it heeds SSL_CERT_FILE
            max_connections=AT_ONCE,
            network_backend=_Checked(allow_private=self._allow_private),
        )


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, unless it is told otherwise."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers, of those that the host's name has now.

        Raises:
            SinkDown: None of them is public.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        allowed = [one for one in addresses if self._allow_private or is_public(one)]
        if not allowed:
            raise _Unreachable(
                f"{host} is at {addresses[0]}, which is not public; name another, "
                "or set CLAIMBOT_WEBHOOK_ALLOW_PRIVATE=true"
            )
        failure: Exception | None = None
        for address in allowed:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = failure or error
        raise _Unreachable(f"cannot be reached: {failure}")

    async def sleep(self, seconds: float) -> None:  # pragma: no cover  it is told no retries
        """Wait."""
        await self._inner.sleep(seconds)


def is_public(address: str) -> bool:
    """Tell whether an IP address is on the internet, and what it stands for is, too."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        within = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in _NAT64:
            within = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if within is not None:
            return is_public(str(within))
    return ip.is_global and not ip.is_multicast


def signed(message: Message, at: datetime, keys: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Return the headers that prove who sent a message, and when; a signature for each key."""
    moment = str(int(at.timestamp()))
    content = f"{message.id}.{moment}.".encode() + message.data
    signatures = [hmac.digest(key, content, hashlib.sha256) for key in keys]
    return [
        (b"Webhook-Id", message.id.encode()),
        (b"Webhook-Timestamp", moment.encode()),
        (
            b"Webhook-Signature",
            b" ".join(b"v1," + base64.b64encode(signature) for signature in signatures),
        ),
    ]


def _keys(secrets: Sequence[str]) -> list[bytes]:
    if not 0 < len(secrets) <= SECRETS:
        raise BadConfiguration(
            f"a webhook needs CLAIMBOT_WEBHOOK_SECRETS, one or, for a change, two; {MAKE_ONE}"
        )
    keys = []
    for secret in secrets:
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith(PREFIX) or len(key) not in KEY_LENGTHS:
            raise BadConfiguration(
                "CLAIMBOT_WEBHOOK_SECRETS has one that is not whsec_ and 24 to 64 bytes "
                f"in base 64; {MAKE_ONE}"
            )
        keys.append(key)
    return keys


def _retry_after(told: bytes, now: datetime) -> timedelta | None:
    """Return how long a ``Retry-After`` asks us to wait, in seconds or until a date."""
    text = told.decode("latin-1").strip()
    try:
        if text.isdecimal():
            return timedelta(seconds=int(text))
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta())


def open_webhook(url: str, options: SinkOptions) -> Webhook:
    """Return the webhook at a URL.

    Raises:
        BadConfiguration: The URL or a secret cannot be used.
    """
    address = httpx.URL()
    try:
        address = httpx.URL(url)
        is_url = bool(address.host) and 0 < (address.port or 443) <= LAST_PORT
    except (httpx.InvalidURL, UnicodeError):
        is_url = False
    if not is_url:
        raise BadConfiguration("a webhook in CLAIMBOT_SINKS is no URL; write https://HOST/PATH")
    if address.scheme != "https" and not options.allow_private:
        raise BadConfiguration(
            f"the webhook at {address.host} would be sent in the clear; write https://, or, "
            "within your own network, set CLAIMBOT_WEBHOOK_ALLOW_PRIVATE=true"
        )
    return Webhook(address, options)
