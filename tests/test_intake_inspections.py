"""What the extras find reaches the adjuster, and never delays a policyholder's answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs

from claimbot.channels import Outbound
from claimbot.children import Cause, ChildDied
from claimbot.claim import Claim, Finding, Flag
from claimbot.codec import dump
from claimbot.errors import MachineBusy
from claimbot.extras import Extra, Inspected
from claimbot.intake import Relay, pump, relay
from claimbot.store import Chat, StoredClaim
from tests.fake_bot_api import FakeBotApi
from tests.journeys import Table, laid
from tests.store_builders import ANN, BO, CAS, claim, turn

DAY = timedelta(days=1)
PLATE = "AB-123-C"


@dataclass
class Eye:
    """An extra that sees the same in every photo, as often as it is not told to fail."""

    flag: Flag = Flag.PLATE_READ
    failures: list[Exception] = field(default_factory=list)
    looked: int = 0

    def inspect(self, claim: Claim, fetch: Callable[[str], bytes]) -> Inspected:
        self.looked += 1
        found = [
            Finding(sha256=photo.sha256, flag=self.flag, detail=f"{PLATE} {len(data)}")
            for photo in claim.photos
            if (data := fetch(photo.sha256))
        ]
        failure = self.failures.pop(0) if self.failures else None
        return Inspected(findings=tuple(found), failure=failure)

    def check(self) -> None: ...

    def close(self) -> None: ...


class Stuck(Eye):
    """An extra that does not finish before it may."""

    def __init__(self) -> None:
        super().__init__()
        self.is_looking, self.may_go_on, self.has_stopped = Event(), Event(), Event()

    def inspect(self, claim: Claim, fetch: Callable[[str], bytes]) -> Inspected:
        self.is_looking.set()
        self.may_go_on.wait(10)
        try:
            return super().inspect(claim, fetch)
        finally:
            self.has_stopped.set()


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database."""
    async with FakeBotApi() as api, laid(api, tmp_path) as ready:
        yield ready


def looking(table: Table, **extras: Extra) -> Relay:
    """Return a relay with these extras on the table's database."""
    app = table.app
    return Relay(
        store=app.store,
        queue=app.queue,
        photos=app.photos,
        channels=app.channels,
        clock=table.clock,
        gap=timedelta(),
        draw=lambda below: below - 1,
        extras=extras,
    )


def sends(table: Table, *extras: str, reference: str = "CB-1", chat: Chat = ANN) -> None:
    """Record a claim with one photo of five bytes, for these extras to look at."""
    photo = table.app.photos.put(reference.ljust(5).encode())
    number = table.app.store.open_chat(chat).turn
    sent = claim(reference, photo)
    table.app.store.record(
        turn(chat, turn=number, claim=sent, inspect=extras, enqueue=lambda _: None)
    )


def stored(table: Table) -> StoredClaim:
    """Return the claim as its adjuster sees it."""
    return table.app.store.claim("CB-1")


async def works(table: Table, inspecting: Relay) -> list[str]:
    """Let a day pass with everything that becomes due in it; return what is logged."""
    until = table.clock.now + DAY
    with capture_logs() as logs:
        while True:
            while await inspecting.once():
                pass
            due = table.app.store.next_due(table.clock.now)
            if due is None or due > until:
                break
            table.clock.now = due
    table.clock.now = until
    assert PLATE not in json.dumps(logs)
    return [entry["event"] for entry in logs]


async def test_what_the_extras_find_is_kept_with_the_claim(table: Table) -> None:
    """Each looks at every photo, once."""
    ocr, faces = Eye(Flag.PLATE_READ), Eye(Flag.FACES)
    sends(table, "ocr", "faces")

    assert await works(table, looking(table, ocr=ocr, faces=faces)) == []

    found = {(one.flag, one.detail) for one in stored(table).findings}
    assert found == {(Flag.PLATE_READ, f"{PLATE} 5"), (Flag.FACES, f"{PLATE} 5")}
    assert (ocr.looked, faces.looked) == (1, 1)


async def test_an_extra_that_always_fails_is_given_up(table: Table) -> None:
    """After three tries and with a line in the log; the others find what they find."""
    crash: list[Exception] = [ChildDied(Cause.CRASHED)] * 9
    ocr, faces = Eye(Flag.PLATE_READ, failures=crash), Eye(Flag.FACES)
    sends(table, "ocr", "faces")

    events = await works(table, looking(table, ocr=ocr, faces=faces))

    assert events == ["delivery put off", "delivery put off", "delivery given up"]
    assert (ocr.looked, faces.looked) == (relay.TRIES, 1)
    assert Flag.FACES in {one.flag for one in stored(table).findings}


async def test_what_an_extra_found_before_it_failed_is_kept(table: Table) -> None:
    """One photo that cannot be looked at takes nothing away from the others."""
    ocr = Eye(failures=[ChildDied(Cause.CRASHED)])
    sends(table, "ocr")
    inspecting = looking(table, ocr=ocr)

    assert await inspecting.once()
    assert len(stored(table).findings) == 1
    assert await works(table, inspecting) == []

    assert ocr.looked == 2
    assert len(stored(table).findings) == 1


async def test_a_busy_machine_is_waited_for(table: Table) -> None:
    """Much longer than for an extra that fails, but not for ever."""
    short = Eye(failures=[MachineBusy()] * 9)
    ever = Eye(Flag.FACES, failures=[MachineBusy()] * 999)
    sends(table, "ocr", "faces")
    inspecting = looking(table, ocr=short, faces=ever)

    events = await works(table, inspecting) + await works(table, inspecting)

    assert short.looked == 10
    assert events.count("delivery given up") == 1
    assert ever.looked > 99


async def test_an_extra_that_was_switched_off_is_not_waited_for(table: Table) -> None:
    """Its inspections are given up, whether another one is on or none is."""
    sends(table, "ocr", "faces")
    sends(table, "ocr", "c2pa", reference="CB-2", chat=BO)
    faces = {"faces": Eye(Flag.FACES)}

    assert await works(table, looking(table, **faces)) == ["delivery given up"] * 3
    assert [one.flag for one in stored(table).findings] == [Flag.FACES]

    sends(table, "faces", reference="CB-3", chat=CAS)
    assert await works(table, looking(table)) == ["delivery given up"]


async def test_messages_go_out_while_an_extra_is_looking(table: Table) -> None:
    """Also this chat's, also with a hundred claims to look at, which is done one by one."""
    piet = table.api.user()
    chat = Chat(channel="telegram", chat=str(piet.id))
    stuck = Stuck()
    for number in range(100):
        sends(table, "ocr", reference=f"CB-{number}", chat=chat)
    inspecting = looking(table, ocr=stuck)
    running = asyncio.create_task(inspecting.run())
    await asyncio.to_thread(stuck.is_looking.wait, 10)

    for words in ("een", "twee"):
        number = table.app.store.open_chat(chat).turn
        table.app.store.record(turn(chat, turn=number, say=(dump(Outbound(text=words)),)))
        inspecting.nudge()
        await piet.hears()

    assert [said.text for said in piet.heard] == ["een", "twee"]
    assert stuck.looked == 0
    running.cancel()
    stuck.may_go_on.set()
    await asyncio.wait([running])


async def test_a_relay_that_is_stopped_leaves_the_claim_to_the_next_one(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks at no further photo, and nothing of this try is kept."""
    monkeypatch.setattr(pump, "FINISH_WITHIN", timedelta())
    stuck = Stuck()
    sends(table, "ocr")
    running = asyncio.create_task(looking(table, ocr=stuck).run())
    await asyncio.to_thread(stuck.is_looking.wait, 10)

    running.cancel()
    await asyncio.wait([running])
    stuck.may_go_on.set()
    await asyncio.to_thread(stuck.has_stopped.wait, 10)
    assert stored(table).findings == ()
    await works(table, looking(table, ocr=Eye()))

    assert len(stored(table).findings) == 1
