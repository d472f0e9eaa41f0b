"""``claimbot serve`` as it is run: a process of its own, over a fake Bot API."""

import asyncio
import json
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from claimbot.web.service import BODY_LIMIT, SECRET_HEADER
from tests.fake_bot_api import SERVER_ERROR, FakeBotApi, flood
from tests.journeys import (
    NL,
    POLICY_NUMBER,
    Served,
    hand_in,
    photo,
    photos,
    reference_in,
)
from tests.pictures import encoded, scene

SECRET = "s3cret_-"  # noqa: S105 of a fake
PDF = b"%PDF-1.7\n% a filled in form\n%%EOF\n"
FLOOD = 200  # messages


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
def port() -> Iterator[int]:
    """A port that is free, and kept from others until it is asked for."""
    with closing(socket.socket()) as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as who asks for it does
        free.bind(("127.0.0.1", 0))
        yield free.getsockname()[1]


def by_webhook(api: FakeBotApi, folder: Path, port: int) -> Served:
    """Return a claimbot that Telegram posts to."""
    return Served(
        api,
        folder,
        port=port,
        TELEGRAM_WEBHOOK_URL=f"http://127.0.0.1:{port}",
        TELEGRAM_WEBHOOK_SECRET=SECRET,
    )


def sql(path: Path, statement: str) -> None:
    """Do something to the database while claimbot serves."""
    with closing(sqlite3.connect(path, timeout=10)) as database:
        database.execute(statement)
        database.commit()


async def test_a_webhook_takes_in_all_that_a_claim_is_made_of(
    api: FakeBotApi, tmp_path: Path, port: int
) -> None:
    """An album, a HEIC photo and a PDF; nobody but Telegram is listened to."""
    heic = encoded(scene(800, 600, b"close by"), "HEIF")
    whole, near, _ = photos()
    async with by_webhook(api, tmp_path, port) as served, httpx.AsyncClient() as stranger:
        piet = api.user()
        await piet.says("hallo")
        await piet.hears(within=10)
        await piet.sends_album([whole, near], as_is=True)
        await piet.hears(within=10)
        await piet.sends_document(heic, "IMG_1.HEIC", "image/heic")
        await piet.hears(within=10)
        await piet.says(POLICY_NUMBER)
        await piet.hears()
        await piet.sends_document(PDF, "formulier.pdf", "application/pdf")
        await piet.hears()
        await piet.presses("Versturen")
        [receipt] = await piet.hears()

        for body, headers, status in (
            (b"{}", {SECRET_HEADER: "wrong"}, 401),
            (b"{}", {}, 401),
            (b"{}", {SECRET_HEADER: SECRET}, 400),
            (b"x" * (BODY_LIMIT + 1), {SECRET_HEADER: SECRET}, 413),
        ):
            url = f"{served.url}/channels/telegram"
            answer = await stranger.post(url, content=body, headers=headers)
            assert (answer.status_code, answer.content) == (status, b"")
            assert "server" not in answer.headers

        sql(served.database, "ALTER TABLE inbox RENAME TO away")
        lost = await piet.says("status")
        await api.until(lambda: api.deliveries[-1].status == 503, "refused")
        assert lost in api.pending
        sql(served.database, "ALTER TABLE away RENAME TO inbox")
        await piet.hears()
        assert reference_in(receipt.text) in piet.heard[-1].text

        taken = await served.command("claims", "next", "--json", "--adjuster", "an")

    claim = json.loads(taken.out)
    assert claim["reference"] == reference_in(receipt.text)
    assert [kept["sha256"] for kept in claim["photos"]] == [
        sha256(sent).hexdigest() for sent in (whole, near, heic)
    ]
    assert [kept["sha256"] for kept in claim["form"]] == [sha256(PDF).hexdigest()]
    assert api.called("getUpdates") == []


async def test_a_log_names_nobody(api: FakeBotApi, tmp_path: Path) -> None:
    """Promise 6: no name, number, word or secret of a whole conversation, troubles included."""
    async with Served(api, tmp_path) as served:
        piet = api.user()
        api.fails("getFile", SERVER_ERROR)
        api.fails("sendMessage", flood(1))
        await piet.sends_photo(b"no picture", "mijn Saab staat op de Dam", as_is=True)
        await piet.hears(within=15)
        await hand_in(piet, photos())
        await piet.says("bel mijn broer Joris")
        await piet.hears()
        await piet.blocks_bot()
        await piet.says("hoor je mij?")
        await api.until(lambda: len(api.called("sendMessage")) > len(piet.heard) + 1, "refused")
        assert await served.stop() == 0

    log = "".join(served.log)
    events = {entry["event"] for entry in served.entries()}
    assert {"message handled", "message postponed", "delivery put off"} <= events
    personal = (str(piet.id), "Piet", POLICY_NUMBER, "Saab", "Joris", "hoor", "hallo")
    for secret in (api.token, *personal):
        assert secret not in log


async def test_a_flood_in_one_chat_does_not_hold_up_another(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Promise 3: who is not flooding is answered within two seconds."""
    async with Served(api, tmp_path):
        flooding, an = api.user(), api.user()
        for person in (flooding, an):
            await person.says("hallo")
            await person.hears(within=10)
        sent = [
            await flooding.says(f"bericht {number}")
            if number % 20
            else await flooding.sends_photo(photo(f"flood {number}"), as_is=True)
            for number in range(FLOOD)
        ]
        await api.confirmed(*sent[: FLOOD // 2], within=30)

        async with asyncio.timeout(2):
            await an.says(POLICY_NUMBER)
            [answer] = await an.hears()

        assert NL["ask.photo.1"] in answer.text
