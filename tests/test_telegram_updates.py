"""What a kept update says, whatever it is."""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claimbot.channels import (
    Blocking,
    Content,
    File,
    Inbound,
    Location,
    Nothing,
    Other,
    Press,
    Text,
    Unusable,
)
from claimbot.channels.telegram.updates import (
    NO_CHAT,
    chat_of,
    parse_update,
    query_of,
    read_update,
    received,
)
from claimbot.claim import Place

NOON = 1_780_000_000
PIET = {"id": 7_000_000_001, "is_bot": False, "first_name": "Piet", "language_code": "nl"}
PRIVATE = {"id": 7_000_000_001, "type": "private", "first_name": "Piet"}
GROUP = {"id": -1_001_234_567_890, "type": "supergroup", "title": "Familie"}
PHOTO = [
    {"file_id": "small", "width": 90, "height": 68, "file_size": 1_000},
    {"file_id": "large", "width": 1280, "height": 960, "file_size": 200_000},
    {"file_id": "middle", "width": 800, "height": 600, "file_size": 90_000},
]
SCAN = {"file_id": "scan", "file_name": "IMG_1.HEIC", "mime_type": "image/heic", "file_size": 5}


def message(**fields: object) -> dict[str, object]:
    """Return a message of Piet's with some fields."""
    return {"message_id": 1, "date": NOON, "chat": PRIVATE, "from": PIET} | fields


def read(kind: str, event: object) -> Inbound:
    """Return what an update of one kind says."""
    return read_update(json.dumps({"update_id": 5, kind: event}))


def content(**fields: object) -> Content:
    """Return what a message with some fields says."""
    return read("message", message(**fields)).content


def other(kind: Unusable) -> Other:
    """Return the content that a claim has no place for."""
    return Other(kind=kind)


def test_a_text_says_who_when_and_in_which_language() -> None:
    """Everything that the conversation needs, the time aware and UTC."""
    assert read("message", message(text="hallo")) == Inbound(
        chat="7000000001",
        at=datetime.fromtimestamp(NOON, UTC),
        content=Text(text="hallo"),
        language="nl",
    )


def test_a_command_is_words() -> None:
    """``/start`` means what the conversation makes of it."""
    assert content(text="/start hallo") == Text(text="/start hallo")


def test_someone_without_a_language_has_none() -> None:
    """Telegram leaves it out, or sends it empty."""
    for sender in ({"id": 1}, {"id": 1, "language_code": ""}):
        assert read("message", message(text="hi") | {"from": sender}).language is None


def test_of_a_photo_the_largest_size_is_taken() -> None:
    """By its pixels, wherever in the list it stands."""
    assert content(photo=PHOTO, caption="de voorkant") == File(
        handle="large", as_photo=True, caption="de voorkant", size=200_000
    )


def test_a_document_keeps_its_name_and_type() -> None:
    """A picture sent as a file, a PDF or anything else: what it is, its bytes tell."""
    assert content(document=SCAN, caption="formulier") == File(
        handle="scan",
        as_photo=False,
        caption="formulier",
        name="IMG_1.HEIC",
        media_type="image/heic",
        size=5,
    )
    assert content(document={"file_id": "bare"}) == File(handle="bare", as_photo=False)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("animation", Unusable.VIDEO),
        ("video", Unusable.VIDEO),
        ("video_note", Unusable.VIDEO),
        ("voice", Unusable.VOICE),
        ("audio", Unusable.VOICE),
        ("sticker", Unusable.STICKER),
        ("location", Unusable.UNKNOWN),
        ("contact", Unusable.CONTACT),
        ("poll", Unusable.UNKNOWN),
        ("dice", Unusable.UNKNOWN),
        ("story", Unusable.UNKNOWN),
        ("hologram", Unusable.UNKNOWN),
    ],
)
def test_what_a_claim_has_no_place_for_is_named(field: str, kind: Unusable) -> None:
    """Also what Telegram invents after us."""
    assert content(**{field: {"file_id": "x"}}) == other(kind)


def test_an_animation_is_not_its_document() -> None:
    """Telegram sends one along with it for old bots."""
    assert content(animation={"file_id": "x"}, document=SCAN) == other(Unusable.VIDEO)


def test_a_venue_is_a_location() -> None:
    """Telegram sends both fields."""
    utrecht = {"latitude": 52.0907, "longitude": 5.1214}
    place = Place(latitude=52.0907, longitude=5.1214)
    assert content(location=utrecht) == Location(place=place)
    assert content(venue={"title": "Dom"}, location=utrecht) == Location(place=place)


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"latitude": 91, "longitude": 5},
        {"latitude": 52, "longitude": -181},
        {"latitude": "north", "longitude": 5},
        None,
    ],
)
def test_a_location_that_is_nowhere_is_something_unknown(place: object) -> None:
    """It is answered, and it is no place."""
    assert content(location=place) == other(Unusable.UNKNOWN)


def test_a_press_is_the_button_and_has_no_time() -> None:
    """The message under which it stood may be days old."""
    asked = {"message_id": 9, "date": NOON - 86_400, "chat": PRIVATE, "text": "Klopt dit?"}
    query = {"id": "77", "from": PIET, "message": asked, "data": "yes"}

    inbound = read("callback_query", query)

    assert inbound == Inbound(chat="7000000001", at=None, content=Press(id="yes"), language="nl")
    assert query_of(json.dumps({"update_id": 5, "callback_query": query})) == "77"
    assert query_of(json.dumps({"update_id": 5, "message": message(text="x")})) is None


def test_a_press_without_a_message_is_of_the_senders_chat() -> None:
    """A private chat has the number of its person."""
    inbound = read("callback_query", {"id": "77", "from": PIET, "data": "yes"})

    assert (inbound.chat, inbound.content) == ("7000000001", Press(id="yes"))


def test_a_press_on_a_game_is_unknown() -> None:
    """It has no data."""
    query = {"id": "77", "from": PIET, "game_short_name": "x"}

    assert read("callback_query", query).content == other(Unusable.UNKNOWN)


def test_corrected_words_are_words() -> None:
    """Of a text or a caption, at the time of the edit."""
    text = read("edited_message", message(text="NL-123", edit_date=NOON + 60))
    caption = read("edited_message", message(photo=PHOTO, caption="NL-123"))

    assert text.content == caption.content == Text(text="NL-123")
    assert text.at == datetime.fromtimestamp(NOON + 60, UTC)
    assert caption.at == datetime.fromtimestamp(NOON, UTC)


def test_a_replaced_photo_is_a_photo() -> None:
    """An edit without a caption can be another picture."""
    edited = read("edited_message", message(photo=PHOTO))

    assert edited.content == File(handle="large", as_photo=True, size=200_000)


def test_a_live_location_that_moves_asks_for_no_answer() -> None:
    """It edits itself every few seconds."""
    assert read("edited_message", message(location={})).content == Nothing()


def test_blocking_the_bot_and_letting_it_in_are_told_apart() -> None:
    """By the status that the bot has now."""
    for status, blocked in {"kicked": True, "left": True, "member": False}.items():
        change = message(new_chat_member={"status": status})
        assert read("my_chat_member", change).content == Blocking(blocked=blocked)


def test_a_group_is_no_place_for_a_claim() -> None:
    """Whatever is said there; but for a bot that was put out there is nobody to tell."""
    added = message(chat=GROUP, new_chat_member={"status": "member"})
    removed = message(chat=GROUP, new_chat_member={"status": "kicked"})
    pressed = {"id": "7", "from": PIET, "message": {"chat": GROUP}, "data": "yes"}

    assert content(chat=GROUP, text="/start") == other(Unusable.GROUP)
    assert read("callback_query", pressed).content == other(Unusable.GROUP)
    assert read("callback_query", pressed).chat == "-1001234567890"
    assert read("my_chat_member", added).content == other(Unusable.GROUP)
    assert read("my_chat_member", removed).content == Blocking(blocked=True)
    assert read("edited_message", message(chat=GROUP, text="hi")).content == Nothing()


def test_an_update_of_another_kind_still_has_its_chat() -> None:
    """What cannot be read can be answered."""
    inbound = read("hologram", {"chat": PRIVATE, "from": PIET})

    assert inbound == Inbound(chat="7000000001", at=None, content=other(Unusable.UNKNOWN))


def test_a_message_that_lacks_what_it_must_have_is_unknown() -> None:
    """Not lost, not a crash."""
    assert content(date="gisteren") == other(Unusable.UNKNOWN)
    assert content(photo=[{"width": 90}]) == other(Unusable.UNKNOWN)


def test_a_nul_does_not_reach_the_database() -> None:
    """PostgreSQL refuses a text that has one."""
    assert content(text="NL\x00123") == Text(text="NL123")


def test_half_an_emoji_is_replaced() -> None:
    """No database could store it."""
    assert content(text="mooi \ud83d") == Text(text="mooi ?")


def test_a_kept_update_is_all_that_telegram_sent() -> None:
    """Named by its number, unparsed, and safe for any database's encoding."""
    update = parse_update(b'{"update_id": 5, "message": {"chat": {"id": 9}, "text": "\\ud83d"}}')

    kept = received(update)

    assert (kept.channel, kept.chat, kept.message_id) == ("telegram", "9", "5")
    assert json.loads(kept.payload) == update
    assert kept.payload.isascii()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"update_id": "5"}',
        b'{"update_id": true}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_an_update_is_refused(body: bytes) -> None:
    """So that the webhook answers 400, and keeps nothing."""
    with pytest.raises(ValueError):  # noqa: PT011 - the route tells no more than that
        parse_update(body)


KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]
FIELDS = [
    "chat",
    "from",
    "id",
    "type",
    "date",
    "edit_date",
    "text",
    "caption",
    "photo",
    "document",
]
FIELDS += ["file_id", "width", "message", "data", "new_chat_member", "status", "video"]
ANY_TEXT = st.text(st.characters(), max_size=5)  # half emojis included
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | ANY_TEXT, inner, max_size=5)
    ),
    max_leaves=20,
)
ANYTHING = st.dictionaries(st.sampled_from(KINDS) | ANY_TEXT, JSON, max_size=4)
NEARLY_RIGHT = st.dictionaries(
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(FIELDS), JSON | ANY_TEXT, max_size=3).map(
        lambda fields: message(**fields)
    ),
)


@given(ANYTHING | NEARLY_RIGHT)
@example({"message": {"chat": {"id": "x"}}})
@example({"message": {"chat": {"id": 1}, "date": 10**30}})
@example({"message": {"chat": {"id": 1}, "date": 2**36 - 1, "text": "x"}})
def test_every_json_object_is_read_and_has_its_chat(update: dict[str, object]) -> None:
    """Whatever was kept is read without an error, in its chat, and can be stored anywhere."""
    payload = json.dumps(update)

    inbound = read_update(payload)

    assert inbound.chat == chat_of(json.loads(payload))
    assert re.fullmatch("-?[0-9]+", inbound.chat)
    assert inbound.at is None or inbound.at.tzinfo is UTC
    words = [value for value in asdict(inbound.content).values() if isinstance(value, str)]
    assert "\0" not in "".join(words)
    assert "".join(words).encode() is not None
    query_of(payload)


@given(st.text())
@example("[" * 100_000)
@example("[]")
def test_every_payload_is_read(payload: str) -> None:
    """Even one that is no JSON, or no object."""
    assert read_update(payload).chat == NO_CHAT
