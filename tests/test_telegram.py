"""Telegram's intake: a real Application over real HTTP, against the fake Bot API."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs
from telegram import Update
from telegram.error import NetworkError, TimedOut

from claimbot.channels import Button, Channel, File, Outbound, Press, Text
from claimbot.channels.telegram import TelegramOptions, listening, open_telegram
from claimbot.channels.telegram.listening import Listening
from claimbot.channels.telegram.polling import DurableQueue, PollingRequest
from claimbot.errors import BadConfiguration
from claimbot.plugins import load_plug
from tests.fake_bot_api import HANG_UP, UNAUTHORIZED, FakeBotApi
from tests.telegram_intake import Inbox, started


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
def inbox() -> Inbox:
    """An empty inbox."""
    return Inbox()


async def test_a_message_is_kept_then_confirmed(api: FakeBotApi, inbox: Inbox) -> None:
    """What Telegram sent is in the inbox, whole, before Telegram may forget it."""
    async with started(api, inbox) as channel:
        update = await api.user(7_000_000_042).says("hallo")
        await api.confirmed(update)

        kept = inbox.kept[str(update)]
        assert (kept.channel, kept.chat) == ("telegram", "7000000042")
        assert json.loads(kept.payload)["message"]["from"]["first_name"] == "Piet"
        assert channel.read(kept.payload).content == Text(text="hallo")


async def test_an_album_is_a_message_for_each_photo(api: FakeBotApi, inbox: Inbox) -> None:
    """All of them, each with its own handle."""
    async with started(api, inbox) as channel:
        updates = await api.user().sends_album([b"1", b"2", b"3"], "mijn auto", as_is=True)
        await api.confirmed(*updates)

    found = [channel.read(inbox.kept[str(update)].payload).content for update in updates]
    photos = [content for content in found if isinstance(content, File)]
    assert [photo.caption for photo in photos] == ["mijn auto", "", ""]
    assert len({photo.handle for photo in photos}) == 3


async def test_a_pressed_button_is_kept_and_its_spinner_stopped(
    api: FakeBotApi, inbox: Inbox
) -> None:
    """`greet` answers the press, survives a Telegram that refuses, and ignores anything else."""
    async with started(api, inbox) as channel:
        piet = api.user()
        hello = await piet.says("hallo")
        choice = Outbound(text="Klopt dit?", buttons=(Button(id="yes", label="Ja"),))
        await channel.send(str(piet.id), choice)
        press = await piet.presses("Ja")
        await api.confirmed(hello, press)

        assert channel.read(inbox.kept[str(press)].payload).content == Press(id="yes")
        await channel.greet(inbox.kept[str(hello)].payload)
        assert api.answered == set()
        await channel.greet(inbox.kept[str(press)].payload)
        assert len(api.answered) == 1
        api.fails("answerCallbackQuery", HANG_UP)
        await channel.greet(inbox.kept[str(press)].payload)


async def test_what_the_inbox_did_not_keep_comes_again(api: FakeBotApi, inbox: Inbox) -> None:
    """Nothing of the batch is confirmed, whatever went wrong, and the reason names no content."""
    piet = api.user()
    updates = [await piet.says("een"), await piet.says("twee")]
    inbox.failures = [OSError("could not store 'een'"), asyncio.CancelledError()]

    with capture_logs() as logs:
        async with started(api, inbox):
            await inbox.until(lambda: inbox.tries == 1)
            assert api.acked == set()
            await api.confirmed(*updates, within=10)

    assert inbox.kept.keys() == {str(update) for update in updates}
    assert [entry["reason"] for entry in logs] == [
        "NetworkError: an update was not kept: OSError",
        "NetworkError: an update was not kept: CancelledError",
    ]


INTAKE = """
import asyncio, sys
from claimbot.channels.telegram import TelegramOptions, open_telegram

async def receive(messages):
    print(messages[0].message_id, flush=True)
    await asyncio.Event().wait()

async def main(token, base_url):
    await open_telegram(TelegramOptions(token=token, base_url=base_url)).start(receive)
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_message_outlives_a_kill_before_it_was_confirmed(
    api: FakeBotApi, inbox: Inbox
) -> None:
    """SIGKILL between taking a message in and confirming it: the next process gets it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", INTAKE, api.token, api.url), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    update = await api.user().says("hallo")
    taken = await asyncio.wait_for(process.stdout.readline(), 10)
    process.send_signal(signal.SIGKILL)
    await process.wait()

    assert int(taken) == update
    assert api.acked == set()
    async with started(api, inbox):
        await api.confirmed(update)
    assert str(update) in inbox.kept


async def test_a_wrong_token_is_refused_in_one_line(api: FakeBotApi, inbox: Inbox) -> None:
    """What to do, and not the token: neither in the message nor in a cause."""
    wrong = TelegramOptions(token="99:wrong-token", base_url=api.url)  # noqa: S106 - a fake

    with pytest.raises(BadConfiguration, match="ask @BotFather") as refused:
        await open_telegram(wrong).start(inbox.receive)

    assert "CLAIMBOT_TELEGRAM_TOKEN" in str(refused.value)
    assert "99:wrong" not in str(refused.value)
    assert refused.value.__cause__ is refused.value.__context__ is None


@pytest.mark.parametrize("token", ["", "123:abc\n", "123:abc def", "12/getMe"])
def test_what_cannot_be_a_token_is_refused_before_it_is_sent(token: str) -> None:
    """A line break from a secrets file would be asked about for ever."""
    with pytest.raises(BadConfiguration, match="@BotFather") as refused:
        open_telegram(TelegramOptions(token=token))

    assert "123" not in str(refused.value)


async def test_telegram_may_come_up_after_us(
    api: FakeBotApi, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start without Telegram returns, and goes on trying, whatever it is answered."""
    monkeypatch.setattr(listening, "RETRY_FIRST", timedelta(milliseconds=10))
    update = await api.user().says("hallo")
    api.fails("getMe", HANG_UP)
    api.fails("getMe", UNAUTHORIZED)

    with capture_logs() as logs:
        async with started(api, inbox):
            await api.confirmed(update)

    assert [entry["event"] for entry in logs] == [
        "telegram not reached at start; trying again",
        "telegram still not reached",
        "telegram reached",
    ]


async def test_stopping_while_telegram_is_down_is_clean(api: FakeBotApi, inbox: Inbox) -> None:
    """Nothing is left running, also when it is done twice; and it can be started again."""
    await api.stop()

    async with started(api, inbox) as channel:
        await channel.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await api.start()
        await channel.start(inbox.receive)
        await api.confirmed(await api.user().says("hallo"))


async def test_polling_survives_a_token_that_is_refused_for_a_while(
    api: FakeBotApi, inbox: Inbox
) -> None:
    """python-telegram-bot would stop for good at the first 401, and tell nobody."""
    api.fails("getUpdates", UNAUTHORIZED)
    update = await api.user().says("hallo")

    with capture_logs() as logs:
        async with started(api, inbox):
            await api.confirmed(update)

    assert [entry["reason"] for entry in logs] == ["NetworkError: the token is refused: HTTP 401"]


async def test_polling_that_hangs_is_started_again(
    api: FakeBotApi, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Telegram has not been asked for long, an error is logged and it begins anew."""
    monkeypatch.setattr(listening, "SILENT_AFTER", timedelta(seconds=0.5))
    monkeypatch.setattr(listening, "LONG_POLL", timedelta(seconds=0.1))
    monkeypatch.setattr(listening, "RETRY_FIRST", timedelta(milliseconds=10))
    inbox.works.clear()
    update = await api.user().says("hallo")

    with capture_logs() as logs:
        async with started(api, inbox):
            await inbox.until(lambda: inbox.tries == 2)
            inbox.works.set()
            await api.confirmed(update)

    assert logs[0] == {
        "channel": "telegram",
        "event": "telegram polling died or is stuck; starting it again",
        "log_level": "error",
    }


async def test_a_message_taken_in_while_stopping_comes_again(
    api: FakeBotApi, inbox: Inbox
) -> None:
    """`stop` does not wait for an inbox that hangs, nor confirms what it did not keep."""
    inbox.works.clear()
    await api.user().says("hallo")

    async with started(api, inbox):
        await inbox.until(lambda: inbox.tries == 1)

    assert api.acked == set()


async def test_stopping_does_not_wait_for_the_next_try(
    api: FakeBotApi, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """python-telegram-bot sleeps for 1 to 30 s after a failure, and cannot be woken."""
    failed = asyncio.Event()
    monkeypatch.setattr(listening, "STOP_WITHIN", timedelta(seconds=0.1))
    monkeypatch.setattr(Listening, "_polling_failed", lambda *_: failed.set())
    api.fails("getUpdates", HANG_UP)

    async with started(api, inbox) as channel:
        await failed.wait()
        clock = asyncio.get_running_loop().time
        asked = clock()
        await channel.stop()
        assert clock() - asked < 0.9


async def test_a_message_whose_keeping_is_cancelled_is_not_kept() -> None:
    """A cancellation from outside goes through; only one from below is a failure."""
    started_keeping = asyncio.Event()

    async def keep(_: dict[str, object]) -> None:
        started_keeping.set()
        await asyncio.Event().wait()

    update = Update(update_id=5, api_kwargs={"raw": {"update_id": 5}})
    putting = asyncio.create_task(DurableQueue(keep).put(update))
    await started_keeping.wait()

    putting.cancel()
    await asyncio.wait([putting])

    assert putting.cancelled()


async def test_a_long_poll_that_times_out_is_reported(api: FakeBotApi) -> None:
    """python-telegram-bot tries again at once after a `TimedOut`, and says nothing."""
    request = PollingRequest()

    with pytest.raises(NetworkError, match="timed out") as failed:
        await request.retrieve(f"{api.url}/bot{api.token}/getUpdates?timeout=9", read_timeout=0.05)

    await request.shutdown()
    assert not isinstance(failed.value, TimedOut)


@pytest.mark.parametrize(
    "payload",
    [b"<html>", b"[" * 100_000, b"{}", b'{"ok":true,"result":{}}', b'{"ok":true,"result":[1]}'],
)
def test_an_answer_that_is_not_the_bot_apis_is_a_network_error(payload: bytes) -> None:
    """A proxy's page, say; anything but a `NetworkError` would end polling."""
    with pytest.raises(NetworkError):
        PollingRequest.parse_json_payload(payload)


async def test_polling_removes_a_webhook_and_asks_for_what_we_read(
    api: FakeBotApi, inbox: Inbox
) -> None:
    """One that was set earlier would keep every update; what waits is not dropped."""
    async with httpx.AsyncClient() as client:
        webhook = {"url": "https://127.0.0.1:1/earlier"}
        await client.post(f"{api.url}/bot{api.token}/setWebhook", json=webhook)
    update = await api.user().says("hallo")

    async with started(api, inbox):
        await api.confirmed(update)

    assert json.loads(api.called("getUpdates")[0]["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]


async def test_no_log_holds_the_token_or_what_people_write(
    api: FakeBotApi, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even at DEBUG, where httpx logs URLs and python-telegram-bot whole updates."""
    caplog.set_level(logging.DEBUG)
    options = TelegramOptions(token=api.token, webhook_secret="s3cret")  # noqa: S106 - a fake
    with capture_logs() as logs:
        async with started(api, inbox):
            api.fails("getUpdates", HANG_UP)
            update = await api.user().says("mijn kenteken is XX-12-34")
            await api.confirmed(update)

    told = caplog.text + str(logs) + repr(options)
    assert api.token not in told
    assert "s3cret" not in told
    assert "kenteken" not in told


def test_the_plug_is_a_channel() -> None:
    """Installed under its name, and kept to the Protocol by the type checker."""
    channel: Channel = open_telegram(TelegramOptions(token="1:x"))  # noqa: S106 - a fake

    assert load_plug("channels", "telegram") is open_telegram
    assert channel.name == "telegram"
