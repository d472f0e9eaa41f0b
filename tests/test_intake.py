"""The intake as policyholders meet it: what they send, what they are told, what is kept."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from claimbot.channels.telegram.updates import received
from tests.databases import DATABASES
from tests.fake_bot_api import HANG_UP, FakeBotApi
from tests.journeys import (
    EN,
    NL,
    POLICY_NUMBER,
    REFERENCE,
    Table,
    chat_of,
    laid,
    photo,
    photos,
    reference_in,
)
from tests.pictures import encoded, scene

HOUR = timedelta(hours=1)
PDF = b"%PDF-1.7\n% a filled in form\n%%EOF\n"


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
async def table(api: FakeBotApi, tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database."""
    async with laid(api, tmp_path) as ready:
        yield ready


@pytest.mark.parametrize("database", DATABASES)
async def test_a_conversation_becomes_one_claim_in_the_queue(
    api: FakeBotApi, tmp_path: Path, database: str
) -> None:
    """Promise 2, from the first word to the receipt: the claim, once, its photos readable."""
    async with laid(api, tmp_path, database=database) as table:
        piet = api.user()
        await table.has_draft(piet)
        [receipt] = await table.answers(piet, await piet.presses("Versturen"))

        held = table.app.desk.next("an", hold=HOUR)
        assert held is not None
        assert REFERENCE.findall(receipt) == [held.lease.claim_id]
        assert held.stored.key == chat_of(piet)
        assert held.stored.claim.policy_number == POLICY_NUMBER
        assert [table.app.desk.file(p.sha256) for p in held.stored.claim.photos] == photos()
        assert table.app.desk.next("an", hold=HOUR) is None
        assert len(api.answered) == 1


async def test_an_update_that_comes_twice_is_answered_once(table: Table) -> None:
    """Promise 3: a redelivery changes nothing."""
    piet = table.api.user()
    first = await table.answers(piet, await piet.says("hallo"))
    again = received(json.loads(table.app.store.transcript(chat_of(piet))[0].body))

    await table.app.worker.receive([again])
    second = await table.answers(piet)

    assert (len(first), second) == (1, [])


async def test_an_album_is_answered_once_when_it_is_all_there(table: Table) -> None:
    """Every photo is stored at once; what is said of them waits for a second and a half."""
    piet = table.api.user()
    await table.answers(piet, await piet.says(f"hallo, polis {POLICY_NUMBER}"))
    await table.api.confirmed(*await piet.sends_album(photos(), as_is=True))
    await table.works()
    before = len(piet.heard)
    await table.waits(timedelta(seconds=1.4))
    assert len(piet.heard) == before

    await table.waits(timedelta(seconds=0.1))

    assert len(piet.heard) == before + 1
    assert NL["ask.form"] in piet.heard[-1].text


async def test_a_caption_can_hold_the_policy_number(table: Table) -> None:
    """It is found there as in a message, and not asked for again."""
    piet = table.api.user()

    sent = await piet.sends_photo(photo("whole car"), f"polis {POLICY_NUMBER}", as_is=True)
    [answer] = await table.answers(piet, sent)

    assert POLICY_NUMBER in answer
    assert NL["ask.photo.2"] in answer


@pytest.mark.parametrize(
    ("code", "words", "replies"),
    [
        ("en-GB", "hallo", EN),
        ("nl", "hello, I had an accident", NL),
        ("fy", "hello, I had an accident with my car", EN),
        (None, "hallo, ik heb schade aan mijn auto", NL),
        ("fy", "?", NL),
    ],
)
async def test_the_first_message_sets_the_language(
    table: Table, code: str | None, words: str, replies: dict[str, str]
) -> None:
    """What the phone is set to, else what is written, else what is configured."""
    piet = table.api.user(language_code=code)

    [answer] = await table.answers(piet, await piet.says(words))

    assert replies["ask.number"] in answer


async def test_the_first_caption_sets_the_language_too(table: Table) -> None:
    """Who begins with a photo is answered in the language of its caption."""
    piet = table.api.user(language_code=None)
    words = "this is my car after the accident"

    [answer] = await table.answers(
        piet, await piet.sends_photo(photo("whole car"), words, as_is=True)
    )

    assert EN["ask.number"] in answer


async def test_a_claim_is_sent_once_however_often_it_is_asked(table: Table) -> None:
    """Promise 2: impatient fingers make one claim."""
    piet = table.api.user()
    await table.has_draft(piet)

    updates = [await piet.presses("Versturen") for _ in range(5)]
    [receipt, *_] = await table.answers(piet, *updates)

    [stored] = table.app.desk.newest()
    assert stored.claim.reference == reference_in(receipt)
    assert table.app.desk.depth().ready == 1


async def test_a_button_that_cannot_be_confirmed_is_answered(table: Table) -> None:
    """The spinner is a courtesy, the answer is not."""
    piet = table.api.user()
    await table.answers(piet, await piet.says("hallo"))
    table.api.fails("answerCallbackQuery", HANG_UP)

    [answer] = await table.answers(piet, await piet.presses("Later"))

    assert NL["ask.photo.1"] in answer


async def test_word_of_an_injury_calls_a_person(table: Table) -> None:
    """Promise 8: at once, whatever the open question is."""
    piet = table.api.user()

    await table.answers(piet, await piet.says("er is iemand gewond"))

    [call] = table.app.desk.handovers()
    assert (call.channel, call.reason) == ("telegram", "hurt")
    assert call.draft.remarks == ("er is iemand gewond",)


async def test_erasing_leaves_no_bytes(table: Table) -> None:
    """Promise 9: the photos are deleted from the store, by way of the outbox."""
    piet = table.api.user()
    await table.has_draft(piet)
    assert len(table.blobs()) == 3

    await table.answers(piet, await piet.says("wissen"))
    await table.answers(piet, await piet.presses("Alles wissen"))

    assert table.blobs() == []
    assert table.app.store.transcript(chat_of(piet)) == []


async def test_a_conversation_begins_anew_after_it_was_erased(table: Table) -> None:
    """What was said in the same breath after the erasure is answered."""
    piet = table.api.user()
    await table.has_draft(piet)
    await table.answers(piet, await piet.says("wissen"))

    said = [await piet.presses("Alles wissen"), await piet.says("hallo")]
    answers = await table.answers(piet, *said)

    assert NL["ask.number"] in answers[-1]


async def test_silence_is_answered_once_and_then_the_draft_is_erased(table: Table) -> None:
    """One reminder after 20 hours, and after 30 days nothing is left but hashes."""
    piet = table.api.user()
    await table.has_draft(piet)
    told = len(piet.heard)

    await table.waits(timedelta(days=29))
    assert len(piet.heard) == told + 1
    assert NL["reminder"] in piet.heard[-1].text
    await table.waits(timedelta(days=2))

    assert len(piet.heard) == told + 1
    assert table.app.store.open_chat(chat_of(piet)).state is None
    assert table.blobs() == []


async def test_who_blocks_the_bot_is_not_reminded(table: Table) -> None:
    """Nothing more is said, and coming back is no message to be answered."""
    piet = table.api.user()
    await table.has_draft(piet)
    told = len(piet.heard)

    await table.answers(piet, await piet.blocks_bot())
    await table.waits(timedelta(days=2))
    await table.answers(piet, await piet.unblocks_bot())

    assert len(piet.heard) == told


async def test_a_pdf_is_the_claim_form(table: Table) -> None:
    """Whatever it is called; its bytes are kept as they came."""
    piet = table.api.user()
    await table.has_draft(piet, form=None)

    remark = "de ander reed door"
    sent = await piet.sends_document(PDF, "scan.bin", "application/octet-stream", remark)
    [review] = await table.answers(piet, sent)
    await table.answers(piet, await piet.says("versturen"))

    assert NL["form.kept"] in review
    [stored] = table.app.desk.newest()
    [form] = stored.claim.form
    assert form.media_type == "application/pdf"
    assert table.app.desk.file(form.sha256) == PDF
    assert stored.claim.remarks == (remark,)


async def test_a_picture_that_is_sent_as_a_document_is_a_photo(table: Table) -> None:
    """So that nothing is lost in it; HEIC is what iPhones make."""
    piet = table.api.user()
    await table.answers(piet, await piet.says(POLICY_NUMBER))
    heic = encoded(scene(800, 600), "HEIF")

    sent = await piet.sends_document(heic, "IMG_0001.HEIC", "image/heic")
    [answer] = await table.answers(piet, sent)

    assert NL["ask.photo.2"] in answer
    [blob] = table.blobs()
    kept = table.app.store.kept_file(blob.name)
    assert blob.read_bytes() == heic
    assert kept is not None
    assert kept.media_type == "image/heif"


@pytest.mark.parametrize(
    ("data", "name", "size", "reply"),
    [
        (b"PK\x03\x04word/document.xml", "form.docx", None, "file"),
        (b"", "empty.pdf", None, "file"),
        (PDF, "scan.pdf", 26_000_000, "too_big"),
        (PDF, "scan.pdf", 21_000_000, "too_big"),
    ],
)
async def test_a_file_that_is_of_no_use_is_named_as_such(
    table: Table, data: bytes, name: str, size: int | None, reply: str
) -> None:
    """With what to do instead, and the open question again; nothing of it is kept."""
    piet = table.api.user()

    [answer] = await table.answers(
        piet, await piet.sends_document(data, name, "application/pdf", size=size)
    )

    assert NL[f"unusable.{reply}"] in answer
    assert NL["ask.number"] in answer
    assert table.blobs() == []


async def test_a_photo_that_is_none_is_refused_as_a_photo(table: Table) -> None:
    """It was sent as a picture, so it is spoken of as one."""
    piet = table.api.user()

    [answer] = await table.answers(piet, await piet.sends_photo(b"no picture", as_is=True))

    assert NL["photo.not_an_image"] in answer


async def test_a_file_that_telegram_no_longer_has_is_asked_for_again(table: Table) -> None:
    """It is nobody's fault, and nothing to wait for."""
    piet = table.api.user()
    sent = await piet.sends_photo(photo("whole car"), as_is=True)
    table.api.files.clear()

    [answer] = await table.answers(piet, sent)

    assert NL["unusable.lost"] in answer


async def test_what_a_claim_has_no_place_for_is_answered_kindly(table: Table) -> None:
    """A sentence about it and the open question; a location that moves asks for nothing."""
    piet = table.api.user()

    voice = await table.answers(piet, await piet.sends_voice())
    place = await table.answers(piet, await piet.sends_location())
    moved = await table.answers(piet, await piet.edits(""))

    assert NL["unusable.voice"] in voice[0]
    assert NL["place.kept"] in place[0]
    assert moved == []
