"""``claimbot serve`` killed, stopped and started again: nothing is lost, nothing done twice."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fake_bot_api import SERVER_ERROR, UNAUTHORIZED, FakeBotApi, Person
from tests.journeys import NL, POLICY_NUMBER, REFERENCE, Served, photo, photos

STOPPED_WITHIN = 10  # seconds


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


def let_holds_run_out(served: Served) -> None:
    """Make due what a killed process was delivering, as it would be in some seconds."""
    with closing(sqlite3.connect(served.database, timeout=10)) as database:
        database.execute("UPDATE outbox SET not_before = NULL WHERE settled_at IS NULL")
        database.commit()


def repeated(person: Person) -> int:
    """Return how many messages someone was told again."""
    texts = [said.text for said in person.heard]
    return len(texts) - len(set(texts))


async def hears_of(api: FakeBotApi, person: Person, words: str) -> None:
    """Wait until someone is told something with these words."""
    await api.until(lambda: any(words in m.text for m in person.heard), words, within=15)


async def test_what_was_kept_when_the_process_was_killed_is_answered(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Promise 1, between keeping and answering: an album whose photos were still to be fetched."""
    piet = api.user()
    async with Served(api, tmp_path) as served:
        await piet.says(POLICY_NUMBER)
        await hears_of(api, piet, NL["ask.photo.1"])
        api.fails("getFile", SERVER_ERROR, times=100)
        await api.confirmed(*await piet.sends_album(photos(), as_is=True))
        await api.until(lambda: bool(api.called("getFile")), "fetching", within=15)
        await served.kill()
        api.heals()
        let_holds_run_out(served)

        await served.start()
        await hears_of(api, piet, NL["ask.form"])

    assert repeated(piet) <= 1
    assert len({said.text for said in piet.heard}) == 2


async def test_a_claim_that_was_being_sent_when_the_process_was_killed_is_sent_once(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Promise 2: killed with the receipt on its way; of all messages that one may come again."""
    piet, an = api.user(), api.user()
    async with Served(api, tmp_path) as served:
        for said, answer in (("hallo", "ask.number"), (POLICY_NUMBER, "ask.photo.1")):
            await piet.says(said)
            await hears_of(api, piet, NL[answer])
        await piet.sends_album(photos(), as_is=True)
        await hears_of(api, piet, NL["ask.form"])
        await piet.says("geen")
        await api.until(lambda: "Versturen" in piet.heard[-1].labels, "review", within=15)
        told = len(piet.heard)
        await piet.says("versturen")
        await an.says("hallo")
        await api.until(lambda: len(piet.heard) > told, "receipt", within=15)
        await served.kill()
        let_holds_run_out(served)

        await served.start()
        await piet.says("status")
        await hears_of(api, an, NL["ask.number"])
        await hears_of(api, piet, NL["status.sent"].partition("{")[0])
        listed = await served.command("claims", "list", "--json")
        taken = [await served.command("claims", "next", "--json") for _ in range(2)]

    [claim] = [json.loads(line) for line in listed.out.splitlines()]
    assert {found for m in piet.heard for found in REFERENCE.findall(m.text)} == {
        claim["reference"]
    }
    assert [ended.code for ended in taken] == [0, 3]
    assert repeated(piet) <= 1
    assert repeated(an) <= 1


async def test_a_process_that_is_told_to_stop_leaves_the_rest_for_the_next(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Soon, with exit code 0; what it could not finish is answered after the next start."""
    piet = api.user()
    async with Served(api, tmp_path) as served:
        await piet.says(POLICY_NUMBER)
        await piet.hears(within=10)
        api.fails("getFile", SERVER_ERROR, times=100)
        sent = [await piet.sends_photo(photo("whole car"), as_is=True), await piet.says("status")]
        await api.confirmed(*sent)
        await api.until(lambda: bool(api.called("getFile")), "fetching", within=15)

        assert await served.stop(within=STOPPED_WITHIN) == 0
        missed = await piet.says("hallo?")
        api.heals()
        await served.start()
        await api.confirmed(missed, within=10)
        await hears_of(api, piet, NL["status.draft"].partition("{")[0])

    assert all(set(entry) >= {"event", "level", "timestamp"} for entry in served.entries())
    assert repeated(piet) == 0


async def test_a_token_that_is_refused_is_one_line_and_loses_nothing(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Exit code 78; with the right one, what was sent meanwhile is answered."""
    piet = api.user()
    update = await piet.says("hallo")
    api.fails("getMe", UNAUTHORIZED)
    served = Served(api, tmp_path)

    ended = await served.command("serve", "--port", "0")

    assert ended.code == 78
    assert ended.err.count("\n") == 1
    assert "CLAIMBOT_TELEGRAM_TOKEN" in ended.err
    assert update in api.pending
    async with served:
        await piet.hears(within=10)
