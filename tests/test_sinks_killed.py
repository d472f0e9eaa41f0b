"""A claim reaches a sink, whatever instant the relay dies at."""

import asyncio
from itertools import count, cycle, islice
from pathlib import Path

from claimbot.sinks import parse_sinks
from claimbot.store import Chat, Store, deliveries
from tests.databases import open_store
from tests.fake_bot_api import FakeBotApi
from tests.killed.instants import parse_instant
from tests.killed.mortal import Mortal
from tests.store_builders import NOON, claim, turn
from tests.webhook_receiver import SECRET, Receiver, receiving

KILLS = 20
POINTS = ("after-publish:1", "before-publish:1", "before-confirm:1", "any:60", "after-confirm:1")


def submit(store: Store, number: int, sinks: list[str]) -> str:
    """Have a claim submitted, and return the id of the event that the sinks are told of."""
    sent = claim(f"CB-{number}")
    key = Chat(channel="telegram", chat=sent.reference)
    store.record(
        turn(
            key,
            claim=sent,
            announce=lambda tx, event_type, stored: deliveries.announce(
                tx, sinks, event_type, stored.claim.reference, revision=1, at=NOON
            ),
        )
    )
    return f"{sent.reference}:1"


async def send_until_it_lasts(store: Store, receiver: Receiver, mortal: Mortal) -> set[str]:
    """Have claims submitted, some at a time, until the relay is killed no more."""
    sent: set[str] = set()
    names = [address.name for address in parse_sinks(receiver.url)]
    for number in count():
        sent.add(await asyncio.to_thread(submit, store, number, names))
        if number % 3 == 0:
            await receiver.until(lambda: sent <= set(receiver.times))
            if mortal.lasts:
                return sent
    raise AssertionError


async def test_each_claim_reaches_the_receiver_once_by_its_id(tmp_path: Path) -> None:
    """Killed twenty times before, while and after it tells; a repeat has the id of the first."""
    instants = [parse_instant(point) for point in islice(cycle(POINTS), KILLS)]
    with open_store("sqlite", tmp_path) as store:
        async with (
            FakeBotApi() as api,
            receiving() as receiver,
            Mortal(
                api,
                tmp_path,
                instants,
                command="relay",
                SINKS=receiver.url,
                WEBHOOK_SECRETS=SECRET,
                WEBHOOK_ALLOW_PRIVATE="true",
            ) as mortal,
        ):
            sent = await send_until_it_lasts(store, receiver, mortal)
            assert await mortal.stop(within=30) == 0

        [name] = [address.name for address in parse_sinks(receiver.url)]
        log = store.read(lambda tx: deliveries.log(tx, name, limit=10_000))
    assert mortal.kills == KILLS
    assert set(receiver.times) == sent == {told.event_id for told in log}
    assert {told.state for told in log} == {"confirmed"}
    assert receiver.refused == 0
    told_as = {(event["id"], str(event)) for event in receiver.events}
    assert len(told_as) == len(sent)
    assert sum(receiver.times.values()) > len(sent)  # or nothing was put to the test
