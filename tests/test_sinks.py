"""Which systems are told of claims, and what the policyholder and the adjuster do for them."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from claimbot.app import build, now
from claimbot.errors import BadConfiguration, NoSuchPlug
from claimbot.plugins import installed
from claimbot.replay.player import stage_settings
from claimbot.sinks import SinkOptions, open_sink, parse_sinks
from claimbot.store import deliveries
from claimbot.web.gauges import exposition
from tests.fake_bot_api import FakeBotApi
from tests.journeys import Table, laid, reference_in
from tests.store_builders import NOON
from tests.webhook_receiver import SECRET, Receiver, receiving


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n", ",\n  "])
def test_several_sinks_are_named(between: str) -> None:
    """With spaces or commas between them; a cluster's hosts have commas too."""
    urls = ("https://claims.example/hooks?full=1", "kafka://a:9092,b:9092/claims", "redis://r/0")

    found = parse_sinks(between.join(urls))

    assert [address.url for address in found] == ["https://claims.example/hooks", *urls[1:]]
    assert [address.full for address in found] == [True, False, False]
    assert parse_sinks("") == ()


def test_a_sink_is_called_by_what_may_be_seen_of_its_url() -> None:
    """It keeps its name when its password changes, and one with other options has another."""
    urls = [f"redis://bo:{word}@r:6379/claims?maxlen=9" for word in ("secret", "other")]
    [one], [same] = map(parse_sinks, urls)
    [other] = parse_sinks(urls[0].replace("9", "8"))

    assert re.fullmatch(r"redis://r:6379/claims#[0-9a-f]{8}", one.name)
    assert one.name == same.name != other.name
    assert "secret" in one.url


def test_the_path_of_a_webhook_is_not_seen() -> None:
    """Who knows it may often post there; the names go into the log and the metrics."""
    one, other = parse_sinks("https://hooks.example/T0/secret https://hooks.example/T0/else")

    assert re.fullmatch(r"https://hooks\.example/#[0-9a-f]{8}", one.name)
    assert one.name != other.name


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("claims.example/hooks", "no URL; write SCHEME://HOST/PATH"),
        ("https://", "no URL; write SCHEME://HOST/PATH"),
        ("https://[::1/", "no URL; write SCHEME://HOST/PATH"),
        ("https://exa mple.com/", "no URL; write SCHEME://HOST/PATH"),
        ("https://a.example/hook htps//b.example/hook", "no URL; write SCHEME://HOST/PATH"),
        ("https://a.example/?full=yes", r"write \?full=1 or nothing"),
        ("https://a.example/ https://bo@a.example/", r"names https://a.example/#\w+ twice"),
    ],
)
def test_what_names_no_sink_is_refused(text: str, complaint: str) -> None:
    """In one sentence that says what to do."""
    with pytest.raises(BadConfiguration, match=complaint):
        parse_sinks(text)


def test_the_sinks_we_bring_are_listed_as_any_others_would_be() -> None:
    """Ours have no other way in than a third party's; an unknown one is told which there are."""
    assert {"http", "https"} <= set(installed("sinks"))
    with pytest.raises(NoSuchPlug, match="no sinks plug for 'pigeon'; installed: "):
        open_sink("pigeon://loft/", SinkOptions(clock=now))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A claim system, where it is as late as where the claimbot is."""
    async with receiving(clock=NOON.timestamp) as receiver:
        yield receiver


@pytest.fixture
async def table(receiver: Receiver, tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot that tells it of claims."""
    secrets = SecretStr(SECRET)
    async with (
        FakeBotApi() as api,
        laid(
            api,
            tmp_path,
            sinks=receiver.url,
            webhook_secrets=secrets,
            webhook_allow_private=True,
        ) as ready,
    ):
        yield ready
        await ready.app.publisher.close()


async def test_a_claim_system_hears_of_a_claim_from_its_sending_to_its_decision(
    table: Table, receiver: Receiver
) -> None:
    """Each time with its next revision."""
    piet = table.api.user()
    await table.has_draft(piet)
    reference = reference_in((await table.answers(piet, await piet.says("versturen")))[-1])
    while await table.app.publisher.once():
        pass
    held = table.app.desk.next("ann", hold=table.app.settings.hold)
    assert held
    table.app.desk.accept("ann", reference)
    while await table.app.publisher.once():
        pass

    told = [(event["type"], event["data"]["status"]) for event in receiver.events]
    assert told == [("claim.submitted", "queued"), ("claim.decided", "decided")]
    assert [event["id"] for event in receiver.events] == [f"{reference}:1", f"{reference}:2"]
    assert receiver.refused == 0


async def test_a_sink_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    """Before anything is taken in."""
    settings = stage_settings(tmp_path)
    app = build(settings.model_copy(update={"sinks": "https://claims.example/"}), channels={})
    try:
        with pytest.raises(BadConfiguration, match="needs CLAIMBOT_WEBHOOK_SECRETS"):
            async with app.running():
                pass  # pragma: no cover
    finally:
        app.close()


async def test_what_sinks_were_not_told_is_counted(table: Table) -> None:
    """Also when that is nothing, so that an alarm can be set."""
    app = table.app
    [state] = app.desk.sinks.all()

    def counted() -> list[str]:
        text = exposition(app.store, app.queue, app.clock, app.desk.sinks.all).decode()
        return [line for line in text.splitlines() if line.startswith("claimbot_sink_")]

    assert [line.rpartition(" ")[2] for line in counted()] == ["0.0"] * 3
    app.store.write(
        lambda tx: deliveries.announce(
            tx, [state.name], "claim.asked", "CB-1", revision=1, at=NOON
        )
    )
    app.store.write(lambda tx: deliveries.disable(tx, state.name, NOON, "HTTP 410"))
    assert counted() == [
        f'claimbot_sink_waiting{{sink="{state.name}"}} 1.0',
        f'claimbot_sink_dead{{sink="{state.name}"}} 0.0',
        f'claimbot_sink_disabled{{sink="{state.name}"}} 1.0',
    ]
