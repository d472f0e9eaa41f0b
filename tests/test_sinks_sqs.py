"""Claims to SQS: moto's server, which is not AWS's but speaks its protocol over HTTP."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import pytest
from werkzeug import Request, Response

from claimbot.errors import SinkDown
from claimbot.sinks import open_sink
from tests.s3_server import S3Server
from tests.sink_contract import OPTIONS, Received, Receiver, SinkContract, message
from tests.tcp_proxy import TcpProxy

REGION = "eu-central-1"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody to AWS, and not who tests."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3kr1t")


@pytest.fixture
def server() -> Iterator[S3Server]:
    """Give moto, which is empty."""
    server = S3Server()
    with server.running():
        server.tell("POST", "/moto-api/reset")
        yield server


class TestSqsAgainstAFake(SinkContract):
    """What every plug promises."""

    @pytest.fixture(params=["claims", "claims.fifo"])
    async def receiver(self, server: S3Server, request: pytest.FixtureRequest):
        """Give a queue, of both kinds."""
        is_fifo = request.param.endswith(".fifo")
        client = boto3.client("sqs", endpoint_url=server.endpoint, region_name=REGION)
        queue = client.create_queue(
            QueueName=request.param, Attributes={"FifoQueue": "true"} if is_fifo else {}
        )["QueueUrl"]

        async def read() -> Received:
            found = []
            while told := client.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["id"]
            ).get("Messages"):
                for one in told:
                    found.append(
                        (one["MessageAttributes"]["id"]["StringValue"], one["Body"].encode())
                    )
                    client.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
            return found

        parts = urlsplit(server.endpoint)
        assert parts.port is not None
        async with TcpProxy(parts.port) as proxy:
            yield Receiver(
                url=f"sqs+http://127.0.0.1:{proxy.port}{urlsplit(queue).path}?region={REGION}",
                proxy=proxy,
                read=read,
                drops_repeats=is_fifo,
                too_big=1_100_000,
            )


async def test_what_sqs_refuses_is_written_otherwise(server: S3Server) -> None:
    """It knows two characters less than Unicode; the JSON says the same."""
    bodies: list[str] = []

    def listen(request: Request) -> Response:
        bodies.extend(entry["MessageBody"] for entry in json.loads(request.get_data())["Entries"])
        return Response(json.dumps({"Successful": [{"Id": "0"}]}))

    server.trouble = listen
    words = "nonsense \ufffe \uffff \ufffd"
    sink = open_sink(
        f"sqs+http://{server.endpoint.partition('//')[2]}/1/claims?region={REGION}", OPTIONS
    )

    await sink.publish([message(data=json.dumps(words, ensure_ascii=False).encode())])
    await sink.close()

    assert [json.loads(body) for body in bodies] == [words]
    assert not {"\ufffe", "\uffff"} & set(bodies[0])


async def told(server: S3Server, query: str = f"?region={REGION}") -> SinkDown:
    """Return the trouble with a queue."""
    place = server.endpoint.partition("//")[2]
    sink = open_sink(f"sqs+http://{place}/123456789012/claims{query}", OPTIONS)
    with pytest.raises(SinkDown) as caught:
        await sink.publish([message(number) for number in range(12)])
    await sink.close()
    return caught.value


async def test_a_queue_that_is_not_there_is_named(server: S3Server) -> None:
    """The message says what to do about it."""
    assert str(await told(server)).endswith("/claims: there is no such queue; make it")


async def test_what_sqs_fails_to_keep_is_not_confirmed(server: S3Server) -> None:
    """It answers for each message; what is the message's own fault is no trouble."""
    asked: list[list[str]] = []

    def answer(request: Request) -> Response:
        ids = [entry["Id"] for entry in json.loads(request.get_data())["Entries"]]
        asked.append(ids)
        failed = [{"Id": "1", "SenderFault": False}, {"Id": "3", "SenderFault": True}]
        kept = [{"Id": at} for at in ids if at not in ("1", "3")]
        return Response(json.dumps({"Successful": kept, "Failed": failed}))

    server.trouble = answer

    down = await told(server)

    assert str(down).endswith(": SQS failed to keep it")
    assert asked == [[str(at) for at in range(10)], ["10", "11"]]
    assert set(down.confirmed) == {message(at).id for at in range(12) if at not in (1, 3)}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "access is refused; the credentials must let us sqs:SendMessage"),
        ("ThrottlingException", "ThrottlingException"),
        ("<s3kr1t>", "no answer"),
    ],
)
async def test_an_error_is_said_in_words_or_by_its_code(
    server: S3Server, code: str, said: str
) -> None:
    """Its text may repeat the request; after the first the rest is not sent."""
    before = len(server.asked)
    trouble = json.dumps({"__type": code, "message": "s3kr1t"})
    server.trouble = lambda _: Response(trouble, 400)

    reason = str(await told(server)).partition(": ")[2]

    assert (reason, len(server.asked) - before) == (said, 1)


async def test_missing_credentials_are_asked_for(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names what to set."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    assert "are no credentials; set AWS_ACCESS_KEY_ID and AWS" in str(await told(server))


async def test_a_batch_of_what_is_too_big_is_not_sent(server: S3Server) -> None:
    """There would be nothing in it."""
    before = len(server.asked)
    place = server.endpoint.partition("//")[2]
    sink = open_sink(f"sqs+http://{place}/1/claims?region={REGION}", OPTIONS)

    assert list(await sink.publish([message(data=b"x" * 1_100_000)])) == []
    assert len(server.asked) == before


async def test_a_missing_region_is_asked_for(server: S3Server) -> None:
    """Only AWS's own hosts name theirs."""
    assert "there is no region; add ?region=NAME" in str(await told(server, ""))
