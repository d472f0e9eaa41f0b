"""Sinks: where other systems are told what became of a claim.

A sink is told through the claim database, which stays the one truth: what it is told may come
twice, under the same id, and in another order than it happened.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from claimbot.errors import BadConfiguration
from claimbot.plugins import load_plug

_BETWEEN = re.compile(r"[,\s]+(?=[a-z][a-z0-9+.-]*://)")  # a comma alone parts a cluster's hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An event of a claim.

    Attributes:
        id: The same at every try and every sink: a receiver drops what it has seen.
        type: Such as ``claim.submitted``.
        time: When it happened, in UTC.
        subject: The claim's reference.
        data: The whole event: CloudEvents 1.0 in JSON, structured mode
            (``application/cloudevents+json``), UTF-8.
        key: What is about one claim has one key, for a sink that keeps order by key.
    """

    id: str
    type: str
    time: datetime
    subject: str
    data: bytes
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkOptions:
    """What a sink is told beside its URL, which may be logged and shown.

    Attributes:
        clock: Returns the time.
        secrets: Those that webhooks are signed with, each with its ``whsec_``.
        allow_private: Whether webhooks may go to addresses that are not public, and without TLS.
    """

    clock: Callable[[], datetime]
    secrets: tuple[str, ...] = ()
    allow_private: bool = False


class Sink(Protocol):
    """A system that is told of claims.

    It is used by one task at a time, on one event loop, and connects when it first publishes.
    """

    async def publish(self, batch: Sequence[Message]) -> Collection[str]:
        """Return the ids of those messages that the system has durably confirmed.

        The others are published again later; so is one that was confirmed, if we die before that
        is noted.  Within 45 s it is cancelled.

        Raises:
            SinkDown: It cannot be reached, or refuses, for now.
            SinkGone: It wants nothing more, for good.
        """

    async def close(self) -> None:
        """Let go of the connection; a later `publish` opens another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A sink as it is configured.

    Attributes:
        name: The URL without account and query, a webhook's without its path, and a short hash
            after ``#`` that tells it from others: the same for as long as the URL is, whatever its
            account.  It is logged and shown.
        url: The URL for its plug, without ``full``.
        full: Whether it is told the whole claim, not just which one.
    """

    name: str
    url: str
    full: bool


def parse_sinks(text: str) -> tuple[Address, ...]:
    """Return the sinks of a setting: URLs, with spaces or commas between them.

    Raises:
        BadConfiguration: One is no URL, or is there twice.
    """
    found = [_address(url) for url in _BETWEEN.split(text.strip(", \n\t")) if url]
    for address in found:
        if sum(other.name == address.name for other in found) > 1:
            raise BadConfiguration(f"CLAIMBOT_SINKS names {address.name} twice; name it once")
    return tuple(found)


def open_sink(url: str, options: SinkOptions) -> Sink:
    """Open the sink at a URL; nothing is connected to yet.

    Raises:
        NoSuchPlug: No installed plug answers to the scheme.
        BadConfiguration: The URL cannot be used.
    """
    sink: Sink = load_plug("sinks", url)(url, options)
    return sink


def _address(url: str) -> Address:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    is_url = parts.scheme and (parts.netloc or parts.path.strip("/"))
    if not is_url or re.search(r"\s", url):
        raise BadConfiguration(
            "CLAIMBOT_SINKS has something that is no URL; write SCHEME://HOST/PATH, and % escapes"
        )
    asked = parts.query.split("&")
    full = [one for one in asked if one.partition("=")[0] == "full"]
    if full not in ([], ["full=1"]):
        raise BadConfiguration("'full' in a sink's URL cannot be used; write ?full=1 or nothing")
    parts = parts._replace(query="&".join(one for one in asked if one not in full), fragment="")
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    mark = hashlib.sha256(bare.geturl().encode()).hexdigest()[:8]
    # Whoever knows a webhook's path may often post to it.
    path = "/" if bare.scheme in {"http", "https"} else bare.path
    name = f"{bare._replace(path=path, query='').geturl()}#{mark}"
    return Address(name=name, url=parts.geturl(), full=bool(full))
