"""The fake Bot API behaves as Telegram's does, as far as claimbot can tell."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.fake_bot_api import BLOCKED, HANG_UP, SERVER_ERROR, FakeBotApi, flood
from tests.fake_bot_api.bot import Bot


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A bare HTTP client, as any bot has."""
    async with httpx.AsyncClient() as bare:
        yield bare


@pytest.fixture
def bot(api: FakeBotApi, client: httpx.AsyncClient) -> Bot:
    """A bot of that Bot API."""
    return Bot(api, client)


def picture(width: int, height: int) -> bytes:
    """Return a JPEG of that size."""
    file = BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, "JPEG")
    return file.getvalue()


async def test_an_update_comes_again_until_a_later_offset_confirms_it(
    api: FakeBotApi, bot: Bot
) -> None:
    """Asking is not confirming."""
    piet = api.user()
    first, second = await piet.says("een"), await piet.says("twee")

    assert await bot.updates() == [first, second]
    assert await bot.updates(offset=first) == [first, second]
    assert api.acked == set()

    assert await bot.updates(offset=first + 1) == [second]
    assert api.acked == {first}
    assert api.pending == [second]


async def test_a_long_poll_returns_as_soon_as_somebody_writes(api: FakeBotApi, bot: Bot) -> None:
    """A bot need not wait for the end of its poll."""
    poll = asyncio.create_task(bot.updates(timeout=60))
    await api.until(lambda: bool(api.called("getUpdates")), "polled")

    update = await api.user().says("hallo")

    assert await poll == [update]


async def test_a_poll_without_news_returns_nothing(bot: Bot) -> None:
    """An empty answer ends a poll, not an error."""
    assert await bot.updates(timeout=0) == []


async def test_a_second_poll_ends_the_first(api: FakeBotApi, bot: Bot) -> None:
    """Two bots with one token fall over each other, and are told so."""
    first = asyncio.create_task(bot.ask("getUpdates", timeout=60))
    await api.until(lambda: bool(api.called("getUpdates")), "polled")

    await bot.updates(timeout=0)

    assert (await first)["error_code"] == 409


async def test_updates_that_the_bot_did_not_ask_for_are_not_sent(
    api: FakeBotApi, bot: Bot
) -> None:
    """``allowed_updates`` holds until it is given again."""
    await bot.updates(allowed_updates=["message"])
    piet = api.user()
    hello = await piet.says("hallo")
    await piet.edits("hallo!")

    assert await bot.updates() == [hello]


async def test_a_wrong_token_is_unauthorised(api: FakeBotApi, client: httpx.AsyncClient) -> None:
    """A token is good for one bot."""
    answer = await client.post(f"{api.url}/bot123:other/getMe")

    assert answer.status_code == 401


async def test_an_unknown_method_or_path_is_not_found(
    api: FakeBotApi, bot: Bot, client: httpx.AsyncClient
) -> None:
    """What the fake has not, it says so."""
    assert (await bot.ask("sendDice"))["error_code"] == 404
    assert (await client.get(api.url)).status_code == 404


async def test_parameters_come_as_a_query_a_form_or_json(
    api: FakeBotApi, client: httpx.AsyncClient
) -> None:
    """Each of the ways that the Bot API takes them works."""
    piet = api.user()
    address = f"{api.url}/bot{api.token}/sendMessage"

    await client.get(address, params={"chat_id": piet.id, "text": "query"})
    await client.post(address, data={"chat_id": piet.id, "text": "form"})
    await client.post(address, json={"chat_id": piet.id, "text": "json"})

    assert [said.text for said in await piet.hears(3)] == ["query", "form", "json"]


async def test_hearing_fails_with_what_was_heard(api: FakeBotApi, bot: Bot) -> None:
    """A test that waits in vain says what came instead."""
    piet = api.user()
    await bot.call("sendMessage", chat_id=piet.id, text="Goedemorgen")

    with pytest.raises(AssertionError, match="Goedemorgen"):
        await piet.hears(2, within=0.01)


async def test_a_message_must_be_one_that_telegram_takes(api: FakeBotApi, bot: Bot) -> None:
    """Nobody, nothing, too much and too long a button are refused in Telegram's words."""
    chat = api.user().id
    button = {"inline_keyboard": [[{"text": "Ja", "callback_data": "x" * 65}]]}

    async def refusal(**params: object) -> object:
        return (await bot.ask("sendMessage", **params))["description"]

    assert await refusal(chat_id=1, text="x") == "Bad Request: chat not found"
    assert await refusal(chat_id=chat, text=" ") == "Bad Request: message text is empty"
    assert await refusal(chat_id=chat, text="x" * 4097) == "Bad Request: message is too long"
    too_long = await refusal(chat_id=chat, text="x", reply_markup=button)
    assert too_long == "Bad Request: BUTTON_DATA_INVALID"


async def test_a_button_is_pressed_by_label_or_data_and_answered(
    api: FakeBotApi, bot: Bot
) -> None:
    """The newest message with such a button counts."""
    piet = api.user()
    rows = [[{"text": "Ja", "callback_data": "yes"}, {"text": "Nee", "callback_data": "no"}]]
    markup = {"inline_keyboard": rows}
    await bot.call("sendMessage", chat_id=piet.id, text="Klopt dit?", reply_markup=markup)

    [asked] = await piet.hears()
    await piet.presses("Nee")
    await piet.presses("yes")
    updates = await bot.call("getUpdates")

    assert asked.labels == ["Ja", "Nee"]
    assert [update["callback_query"]["data"] for update in updates] == ["no", "yes"]
    query = updates[0]["callback_query"]["id"]
    assert await bot.call("answerCallbackQuery", callback_query_id=query) is True
    assert api.answered == {query}
    assert (await bot.ask("answerCallbackQuery", callback_query_id="99"))["error_code"] == 400
    with pytest.raises(AssertionError, match="no button 'Misschien'"):
        await piet.presses("Misschien")


async def test_who_blocks_the_bot_is_not_reached(api: FakeBotApi, bot: Bot) -> None:
    """Blocking is an update, and a 403 from then on, until the bot is let in again."""
    piet = api.user(language_code=None)
    await piet.blocks_bot()

    refused = await bot.ask("sendMessage", chat_id=piet.id, text="Bent u daar?")

    assert refused["description"] == "Forbidden: bot was blocked by the user"
    await piet.unblocks_bot()
    await bot.call("sendMessage", chat_id=piet.id, text="Bent u daar?")
    updates = await bot.call("getUpdates")
    statuses = [update["my_chat_member"]["new_chat_member"]["status"] for update in updates]
    assert statuses == ["kicked", "member"]


async def test_a_photo_is_scaled_to_telegrams_sizes(api: FakeBotApi, bot: Bot) -> None:
    """A large one comes in four sizes, a small one in as many as it is larger than."""
    piet = api.user()
    await piet.sends_photo(picture(4000, 3000), "de auto")
    await piet.sends_photo(picture(300, 400))

    updates = await bot.call("getUpdates")

    large, small = (update["message"]["photo"] for update in updates)
    assert [(size["width"], size["height"]) for size in large] == [
        (90, 68),
        (320, 240),
        (800, 600),
        (1280, 960),
    ]
    assert [(size["width"], size["height"]) for size in small] == [
        (67, 90),
        (240, 320),
        (300, 400),
    ]
    assert updates[0]["message"]["caption"] == "de auto"


async def test_a_photo_sent_as_it_is_arrives_unchanged(api: FakeBotApi, bot: Bot) -> None:
    """A test can send bytes that are no picture at all."""
    await api.user().sends_photo(b"no picture", as_is=True)
    updates = await bot.call("getUpdates")
    [size] = updates[0]["message"]["photo"]

    file = await bot.call("getFile", file_id=size["file_id"])

    assert (await bot.download(file["file_path"])).content == b"no picture"
    assert (await bot.download("photos/none.jpg")).status_code == 404


async def test_an_album_is_one_update_for_each_photo(api: FakeBotApi, bot: Bot) -> None:
    """They share a ``media_group_id``; the caption stands under the first."""
    await api.user().sends_album([b"1", b"2", b"3"], "mijn auto", as_is=True)

    updates = await bot.call("getUpdates")

    messages = [update["message"] for update in updates]
    assert len(messages) == 3
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["mijn auto", None, None]


async def test_files_are_handed_out_up_to_twenty_megabytes(api: FakeBotApi, bot: Bot) -> None:
    """Larger ones and unknown ones are refused."""
    await api.user().sends_document(b"PK", "film.zip", "application/zip", size=20_000_001)
    [file_id] = api.files

    assert (await bot.ask("getFile", file_id=file_id))["description"] == (
        "Bad Request: file is too big"
    )
    assert (await bot.ask("getFile", file_id="x"))["description"] == (
        "Bad Request: wrong file_id or the file is temporarily unavailable"
    )


async def test_failures_happen_as_often_as_they_are_ordered(api: FakeBotApi, bot: Bot) -> None:
    """A flood, a refusal, an error and a dropped connection; then it works, or is healed."""
    api.fails("getMe", flood(3))
    api.fails("getMe", BLOCKED)
    api.fails("getMe", SERVER_ERROR)
    api.fails("getMe", HANG_UP)

    first = await bot.ask("getMe")
    codes = [(await bot.ask("getMe"))["error_code"] for _ in range(2)]
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.ask("getMe")

    assert (first["error_code"], first["parameters"]) == (429, {"retry_after": 3})
    assert codes == [403, 500]
    assert await bot.call("getMe")
    api.fails("getMe", SERVER_ERROR, times=9)
    api.heals()
    assert await bot.call("getMe")


async def test_updates_outlive_a_restart_of_telegram(api: FakeBotApi, bot: Bot) -> None:
    """Down and up again: the same address, the same unconfirmed updates."""
    update = await api.user().says("hallo")

    await api.stop()
    await api.stop()
    with pytest.raises(httpx.ConnectError):
        await bot.updates()
    await api.start()

    assert await bot.updates() == [update]


async def test_people_send_whatever_people_send(api: FakeBotApi, bot: Bot) -> None:
    """Each kind of message carries the field that names it; a known id is the same person."""
    piet = api.user(42, language_code="pl")
    assert api.user(42) is piet
    await piet.sends_voice()
    await piet.sends_video()
    await piet.sends_sticker()
    await piet.sends_location()
    await piet.sends_contact()
    await piet.sends(dice={"emoji": "🎲", "value": 6})
    await piet.sends_document(b"%PDF-", "form.pdf", "application/pdf", "formulier")
    await piet.edits("het formulier")
    await piet.says_in_group("/start")

    updates = await bot.call("getUpdates")

    events = [update.get("message") or update["edited_message"] for update in updates]
    kinds = ("voice", "video", "sticker", "location", "contact", "dice", "document", "caption")
    assert all(kind in event for kind, event in zip(kinds, events, strict=False))
    assert events[7]["caption"] == "het formulier"
    assert events[8]["chat"]["type"] == "supergroup"
    assert events[0]["from"]["language_code"] == "pl"
