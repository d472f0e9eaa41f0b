"""Telegram's way out: messages sent and files fetched, against the fake Bot API."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import HttpUrl, SecretStr
from telegram.error import NetworkError

from claimbot import app
from claimbot.channels import Button, File, Outbound
from claimbot.channels.telegram import Telegram, TelegramOptions, open_telegram
from claimbot.channels.telegram.messages import keyboard, pieces
from claimbot.channels.telegram.refusals import Refusals
from claimbot.errors import Blocked, ChannelDown, FileGone, FileTooBig, Undeliverable
from claimbot.replay.player import stage_settings
from tests.fake_bot_api import (
    HANG_UP,
    NOT_FOUND,
    SERVER_ERROR,
    UNAUTHORIZED,
    FakeBotApi,
    Refused,
    flood,
)

MEGABYTE = 1_000_000


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
async def channel(api: FakeBotApi) -> AsyncIterator[Telegram]:
    """A channel that takes nothing in: sending and fetching need no start."""
    opened = open_telegram(TelegramOptions(token=api.token, base_url=api.url))
    yield opened
    await opened.stop()


def buttons(*labels: str) -> tuple[Button, ...]:
    """Return buttons with these labels, and ids of their own."""
    return tuple(Button(id=f"id-{label}", label=label) for label in labels)


async def the_file(api: FakeBotApi, data: bytes, *, size: int | None = None) -> File:
    """Return a document that somebody sent, of which the message tells no size."""
    await api.user().sends_document(data, "scan.pdf", "application/pdf", size=size)
    return File(handle=list(api.files)[-1], as_photo=False)


async def test_a_message_is_plain_text_with_its_buttons(
    api: FakeBotApi, channel: Telegram
) -> None:
    """No markup is read into it, and a button carries its id."""
    piet = api.user()
    text = "Klopt dit? <b>*Nee*</b>"

    await channel.send(str(piet.id), Outbound(text=text, buttons=buttons("Ja", "Nee")))

    [said] = await piet.hears()
    assert said.text == text
    assert [[(key.label, key.data) for key in row] for row in said.keyboard] == [
        [("Ja", "id-Ja"), ("Nee", "id-Nee")]
    ]
    assert "parse_mode" not in api.called("sendMessage")[0]


async def test_a_long_message_comes_in_pieces_with_the_buttons_last(
    api: FakeBotApi, channel: Telegram
) -> None:
    """Nothing of it is lost, and the choice stands where it is read."""
    piet = api.user()
    text = "\n".join(f"regel {number}" for number in range(1000))

    await channel.send(str(piet.id), Outbound(text=text, buttons=buttons("Ja")))

    said = await piet.hears(3)
    assert "\n".join(one.text for one in said) == text
    assert [one.labels for one in said] == [[], [], ["Ja"]]


async def test_who_blocked_us_or_is_gone_is_blocked(api: FakeBotApi, channel: Telegram) -> None:
    """Nothing more can be said there."""
    piet = api.user()
    await piet.blocks_bot()

    for chat in (str(piet.id), "1", "0"):
        with pytest.raises(Blocked):
            await channel.send(chat, Outbound(text="Bent u daar?"))
    for gone in (
        Refused(400, "Bad Request: group upgraded", {"migrate_to_chat_id": -100}),
        Refused(403, "Forbidden: user is deactivated"),
    ):
        api.fails("sendMessage", gone)
        with pytest.raises(Blocked):
            await channel.send("2", Outbound(text="Bent u daar?"))


async def test_a_flood_is_waited_out_by_whoever_sends(api: FakeBotApi, channel: Telegram) -> None:
    """With the patience that Telegram asks for, and without holding up other chats."""
    piet, an = api.user(), api.user()
    api.fails("sendMessage", flood(30))

    with pytest.raises(ChannelDown) as down:
        await channel.send(str(piet.id), Outbound(text="hallo"))

    assert down.value.retry_after == timedelta(seconds=30)
    await channel.send(str(an.id), Outbound(text="hallo"))
    assert [said.text for said in await an.hears()] == ["hallo"]


async def test_no_more_is_sent_in_a_second_than_the_settings_allow(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """To all chats together, and not as many again to begin with."""
    changes = {
        "telegram_token": SecretStr(api.token),
        "telegram_base_url": HttpUrl(api.url),
        "messages_per_second": 20,
    }
    channel = app.open_telegram(stage_settings(tmp_path).model_copy(update=changes))
    assert channel is not None
    people = [api.user() for _ in range(11)]
    began = time.monotonic()

    await asyncio.gather(*(channel.send(str(one.id), Outbound(text="hallo")) for one in people))

    assert time.monotonic() - began >= (len(people) - 1) / 20
    assert [len(one.heard) for one in people] == [1] * len(people)
    await channel.stop()


@pytest.mark.parametrize("trouble", [SERVER_ERROR, HANG_UP, UNAUTHORIZED])
async def test_trouble_that_passes_is_a_channel_that_is_down(
    api: FakeBotApi, channel: Telegram, trouble: Refused
) -> None:
    """To be tried again later, with a reason that does not hold the token."""
    piet = api.user()
    file = await the_file(api, b"%PDF-")
    for method in ("sendMessage", "getFile"):
        api.fails(method, trouble)

    with pytest.raises(ChannelDown) as down:
        await channel.send(str(piet.id), Outbound(text="hallo"))
    with pytest.raises(ChannelDown):
        await channel.fetch(file, limit=MEGABYTE)

    assert down.value.retry_after is None
    assert api.token not in str(down.value)


@pytest.mark.parametrize(
    "message",
    [
        Outbound(text=""),
        Outbound(text=" \n"),
        Outbound(text="Kies", buttons=(Button(id="x" * 65, label="Ja"),)),
    ],
)
async def test_a_message_that_telegram_never_takes_is_undeliverable(
    api: FakeBotApi, channel: Telegram, message: Outbound
) -> None:
    """Trying again would not help, and the policyholder is not to blame."""
    with pytest.raises(Undeliverable):
        await channel.send(str(api.user().id), message)


async def test_a_file_is_fetched_as_it_was_sent(api: FakeBotApi, channel: Telegram) -> None:
    """Byte for byte, up to the limit."""
    file = await the_file(api, b"%PDF-" * 1000)

    assert await channel.fetch(file, limit=5000) == b"%PDF-" * 1000


async def test_a_file_over_the_limit_is_not_downloaded(api: FakeBotApi, channel: Telegram) -> None:
    """Neither when the message tells its size, nor when only Telegram does."""
    file = await the_file(api, b"%PDF-")
    told = File(handle=file.handle, as_photo=False, size=5)

    for big in (told, file):
        with pytest.raises(FileTooBig):
            await channel.fetch(big, limit=4)

    assert len(api.called("getFile")) == 1
    assert api.called("file") == []


async def test_a_file_larger_than_it_was_said_to_be_is_refused(
    api: FakeBotApi, channel: Telegram
) -> None:
    """What counts is the bytes."""
    file = await the_file(api, b"%PDF-", size=1)

    with pytest.raises(FileTooBig):
        await channel.fetch(file, limit=4)


async def test_a_file_that_telegram_does_not_hand_out_is_too_big(
    api: FakeBotApi, channel: Telegram
) -> None:
    """It stops at 20 MB, whatever our limit."""
    file = await the_file(api, b"film", size=20 * MEGABYTE + 1)

    with pytest.raises(FileTooBig):
        await channel.fetch(file, limit=50 * MEGABYTE)


async def test_a_file_that_telegram_lost_is_gone(api: FakeBotApi, channel: Telegram) -> None:
    """Unknown, without a path, or no longer under its path."""
    file = await the_file(api, b"%PDF-")

    with pytest.raises(FileGone):
        await channel.fetch(File(handle="nobody's", as_photo=True), limit=MEGABYTE)
    api.fails("file", NOT_FOUND)
    with pytest.raises(FileGone):
        await channel.fetch(file, limit=MEGABYTE)


async def test_a_download_that_breaks_off_is_tried_later(
    api: FakeBotApi, channel: Telegram
) -> None:
    """The file is still there."""
    file = await the_file(api, b"%PDF-")
    api.fails("file", HANG_UP)

    with pytest.raises(ChannelDown):
        await channel.fetch(file, limit=MEGABYTE)

    assert await channel.fetch(file, limit=MEGABYTE) == b"%PDF-"


def test_a_reason_never_holds_the_token() -> None:
    """Nor a whole page of a proxy's."""
    refusals = Refusals("123:secret")

    reason = refusals.reason(NetworkError("cannot reach /bot123:secret/getMe: " + "x" * 999))

    assert reason.startswith("NetworkError: cannot reach /bot<token>/getMe: x")
    assert len(reason) == 200


def test_short_buttons_stand_three_in_a_row_and_long_ones_alone() -> None:
    """No label is cut off on a small phone."""

    def rows(*labels: str) -> list[list[str]]:
        made = keyboard(buttons(*labels))
        assert made is not None
        return [[key.text for key in row] for row in made.inline_keyboard]

    assert keyboard(()) is None
    assert rows("Ja", "Nee", "Stop", "Help") == [["Ja", "Nee", "Stop"], ["Help"]]
    assert rows("Ja", "Opnieuw beginnen") == [["Ja"], ["Opnieuw beginnen"]]


def test_a_text_is_cut_where_it_hurts_least() -> None:
    """Between paragraphs, else lines, else words, else anywhere."""
    assert pieces("aa\n\nb\nc d", longest=8) == ["aa", "b\nc d"]
    assert pieces("aa bb\ncc dd", longest=9) == ["aa bb", "cc dd"]
    assert pieces("aa bb cc", longest=6) == ["aa bb", "cc"]
    assert pieces("aabbcc", longest=4) == ["aabb", "cc"]
    assert pieces("😀😀😀", longest=3) == ["😀", "😀", "😀"]
    assert pieces("\ud83d") == ["?"]
    assert pieces("") == [""]


@given(st.text(st.sampled_from("a😀 \n")), st.integers(min_value=2, max_value=9))
@example("\n\n\n\n", 2)
def test_pieces_lose_nothing_but_white_space(text: str, longest: int) -> None:
    """Each fits, none is empty unless all is, and together they are the text."""
    found = pieces(text, longest=longest)

    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(len(piece.encode("utf-16-le")) <= 2 * longest for piece in found)
    assert "" not in found or found == [""]
