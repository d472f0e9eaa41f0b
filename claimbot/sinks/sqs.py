"""Claims to an SQS queue.

A message is confirmed when SQS names it among those that were successful.  A FIFO queue keeps the
order of what is about one claim, and drops a repeat for five minutes; another drops none: its
attribute ``id`` tells it.

The credentials are the environment's, as AWS names them, or the role of the machine.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from claimbot.sinks import Message, SinkOptions
from claimbot.sinks.brokers import (
    CONNECT_WITHIN,
    CONTENT_TYPE,
    NO_ANSWER,
    Broker,
    Outcome,
    Place,
    Refused,
    Trouble,
    read_place,
    unreadable,
)

EXAMPLE = "sqs://sqs.eu-central-1.amazonaws.com/123456789012/claims"

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
AT_ONCE = 10  # messages
AT_ONCE_BYTES = 1_048_576  # of all messages together, and so of one
BESIDE_BYTES = 1_000  # of a message's attributes; they have some 200

REGION = re.compile(r"sqs\.([a-z0-9-]+)\.amazonaws\.")
REASONS = (
    ("NonExistentQueue|QueueDoesNotExist", "there is no such queue; make it"),
    (
        "Access|Token|Signature|UnrecognizedClient|Security",
        "access is refused; the credentials must let us sqs:SendMessage",
    ),
)
"""What to say of an error whose code matches; the first counts."""


class Queue:
    """How SQS is spoken to."""

    trouble = (BotoCoreError,)
    reasons = (
        (
            NoCredentialsError,
            "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
        (NoRegionError, "there is no region; add ?region=NAME to its URL"),
        (BotoCoreError, NO_ANSWER),
    )

    def __init__(self, place: Place, scheme: str) -> None:
        ((host, port),) = place.hosts
        self._endpoint = f"{scheme}://{host}:{port}"
        self._url = f"{self._endpoint}/{place.path}"
        found = REGION.match(host)
        self._region = place.options.get("region") or (found[1] if found else None)
        self._is_fifo = place.path.endswith(".fifo")

    async def dial(self) -> Any:
        """Return a client, which connects when it is used."""
        return await asyncio.to_thread(
            boto3.client,
            "sqs",
            endpoint_url=self._endpoint,
            region_name=self._region,
            config=Config(
                connect_timeout=CONNECT_WITHIN.total_seconds(),
                read_timeout=CONNECT_WITHIN.total_seconds(),
                retries={"total_max_attempts": 1},
            ),
        )

    async def tell(self, connection: Any, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Send all in their order, as many at once as SQS takes; after a failure no more."""
        outcomes: list[Outcome] = [Refused()] * len(batch)
        for some in _pieces(batch):
            entries = [self._entry(at, batch[at]) for at in some]
            try:
                answer = await asyncio.to_thread(
                    connection.send_message_batch, QueueUrl=self._url, Entries=entries
                )
            except (BotoCoreError, ClientError) as error:
                trouble = Trouble(_said(error)) if isinstance(error, ClientError) else error
                for at in range(some[0], len(batch)):
                    outcomes[at] = trouble
                break
            for sent in answer.get("Successful", ()):
                outcomes[int(sent["Id"])] = None
            for failed in answer.get("Failed", ()):
                if not failed["SenderFault"]:
                    outcomes[int(failed["Id"])] = Trouble("SQS failed to keep it")
        return outcomes

    async def hang_up(self, connection: Any) -> None:
        """Close the connection."""
        connection.close()

    def _entry(self, at: int, message: Message) -> dict[str, Any]:
        kept = {"id": message.id, "type": message.type, "content-type": CONTENT_TYPE}
        entry: dict[str, Any] = {
            "Id": str(at),
            "MessageBody": _allowed(message.data.decode()),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in kept.items()
            },
        }
        if self._is_fifo:
            entry["MessageGroupId"] = message.key
            # A hash, as SQS does not take every character here.
            entry["MessageDeduplicationId"] = hashlib.sha256(message.id.encode()).hexdigest()
        return entry


def open_sqs(url: str, _: SinkOptions) -> Broker[Any]:
    """Open ``sqs://HOST/ACCOUNT/QUEUE?region=NAME``: the queue's URL, with ``sqs`` for ``https``.

    With ``sqs+http`` it is a server without TLS.  AWS's host names its region.

    Raises:
        BadConfiguration: The URL says something else.
    """
    is_plain = url.startswith("sqs+http:")
    port = 80 if is_plain else 443
    place = read_place(url, port=port, options=("region",), example=EXAMPLE)
    if not place.path or len(place.hosts) > 1 or place.user:
        raise unreadable(EXAMPLE)
    return Broker(place.shown, Queue(place, "http" if is_plain else "https"))


def _pieces(batch: Sequence[Message]) -> Iterator[list[int]]:
    """Yield which messages go together, by their places; those that are too large are left out."""
    piece: list[int] = []
    room = AT_ONCE_BYTES
    for at, message in enumerate(batch):
        size = len(message.data) + BESIDE_BYTES
        if size > AT_ONCE_BYTES:
            continue
        if len(piece) == AT_ONCE or size > room:
            yield piece
            piece, room = [], AT_ONCE_BYTES
        piece.append(at)
        room -= size
    if piece:
        yield piece


def _allowed(body: str) -> str:
    """Return the same JSON without the two characters that SQS refuses."""
    return body.replace("\ufffe", r"\ufffe").replace("\uffff", r"\uffff")


def _said(error: ClientError) -> str:
    code = error.response["Error"]["Code"]
    for pattern, reason in REASONS:
        if re.search(pattern, code):
            return reason
    return code if re.fullmatch(r"[\w.]+", code) else NO_ANSWER
