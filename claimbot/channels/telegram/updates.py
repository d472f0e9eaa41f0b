"""Read what Telegram sends: raw updates to `Received` and `Inbound`.

Updates are kept as raw JSON and read later, so every function that meets a kept one is total: what
Telegram sends next year is answered as something unknown, and still belongs to its chat.
"""

import json
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from claimbot.channels import (
    Blocking,
    Content,
    File,
    Inbound,
    Location,
    Nothing,
    Other,
    Press,
    Received,
    Text,
    Unusable,
)
from claimbot.claim import Place

NO_CHAT = "0"  # no Telegram chat has this id: sending to it is refused like to a chat that is gone

UNUSABLE = {
    "animation": Unusable.VIDEO,
    "video": Unusable.VIDEO,
    "video_note": Unusable.VIDEO,
    "voice": Unusable.VOICE,
    "audio": Unusable.VOICE,
    "sticker": Unusable.STICKER,
    "contact": Unusable.CONTACT,
}


def _storable(text: str) -> str:
    """Return a text without half emojis, which no encoding has, and NUL, barred by PostgreSQL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


_Text = Annotated[str, AfterValidator(_storable)]
_UnixTime = Annotated[int, Field(ge=0, lt=2**36)]  # seconds; until the year 4147


class _Sender(BaseModel):
    language_code: _Text | None = None


class _Chat(BaseModel):
    type: _Text = "private"


class _PhotoSize(BaseModel):
    file_id: _Text
    width: int
    height: int
    file_size: int | None = None


class _Document(BaseModel):
    file_id: _Text
    file_name: _Text = ""
    mime_type: _Text = ""
    file_size: int | None = None


class _Location(BaseModel):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class _Message(BaseModel):
    model_config = ConfigDict(extra="allow")  # the names of the other fields tell what it is

    chat: _Chat
    date: _UnixTime
    edit_date: _UnixTime | None = None
    sender: _Sender = Field(_Sender(), alias="from")
    text: _Text | None = None
    caption: _Text = ""
    photo: tuple[_PhotoSize, ...] = ()
    document: _Document | None = None


class _PressedMessage(BaseModel):
    chat: _Chat


class _CallbackQuery(BaseModel):
    sender: _Sender = Field(_Sender(), alias="from")
    message: _PressedMessage | None = None
    data: _Text | None = None


class _Membership(BaseModel):
    status: _Text


class _MembershipChange(BaseModel):
    chat: _Chat
    date: _UnixTime
    sender: _Sender = Field(_Sender(), alias="from")
    new_chat_member: _Membership


class _Update(BaseModel):
    message: _Message | None = None
    edited_message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    my_chat_member: _MembershipChange | None = None


def parse_update(body: bytes) -> dict[str, object]:
    """Return the update that Telegram posted to a webhook.

    Raises:
        ValueError: It is not an update.
    """
    try:
        update = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply for an update") from None
    if not is_update(update):
        raise ValueError("not an update")
    found: dict[str, object] = update
    return found


def is_update(value: object) -> bool:
    """Tell whether a JSON value is an update: an object with a number of its own."""
    return isinstance(value, dict) and type(value.get("update_id")) is int


def received(update: dict[str, object]) -> Received:
    """Return an update as it goes into the inbox: pure ASCII, nothing left out."""
    return Received(
        channel="telegram",
        chat=chat_of(update),
        message_id=str(update["update_id"]),
        payload=json.dumps(update, separators=(",", ":")),
    )


def chat_of(update: dict[str, object]) -> str:
    """Return the chat an update belongs to, `NO_CHAT` if it names none.  Total."""
    for event in update.values():
        # A press has no chat of its own; its message's, or the sender's: they are the same number.
        places = (event, _inside(event, "message"))
        for place in (*(_inside(where, "chat") for where in places), _inside(event, "from")):
            found = _inside(place, "id")
            if type(found) is int:
                return str(found)
    return NO_CHAT


def query_of(payload: str) -> str | None:
    """Return the callback query that a kept update wants answered, if it is a press.  Total."""
    found = _inside(_inside(_parsed(payload), "callback_query"), "id")
    return found if isinstance(found, str) else None


def read_update(payload: str) -> Inbound:
    """Return what a kept update says.  Pure and total."""
    raw = _parsed(payload)
    chat = chat_of(raw)
    try:
        update = _Update.model_validate(raw)
    except ValidationError:
        update = _Update()
    match update:
        case _Update(message=_Message() as message):
            content = _content(message)
            return _inbound(chat, message.date, message.sender, content)
        case _Update(edited_message=_Message() as message):
            edited = message.date if message.edit_date is None else message.edit_date
            return _inbound(chat, edited, message.sender, _corrected(message))
        case _Update(callback_query=_CallbackQuery() as query):
            # Its message has a date, but of when we offered the button: maybe days ago.
            return _inbound(chat, None, query.sender, _pressed(query))
        case _Update(my_chat_member=_MembershipChange() as change):
            return _inbound(chat, change.date, change.sender, _membership(change))
        case _:
            return _inbound(chat, None, _Sender(), Other(kind=Unusable.UNKNOWN))


def _inbound(chat: str, date: int | None, sender: _Sender, content: Content) -> Inbound:
    return Inbound(
        chat=chat,
        at=None if date is None else datetime.fromtimestamp(date, UTC),
        content=content,
        language=sender.language_code or None,
    )


def _content(message: _Message) -> Content:
    if message.chat.type != "private":
        return Other(kind=Unusable.GROUP)
    if message.text is not None:
        return Text(text=message.text)
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return File(
            handle=largest.file_id,
            as_photo=True,
            caption=message.caption,
            size=largest.file_size,
        )
    extra = message.model_extra or {}
    kind = next((kind for field, kind in UNUSABLE.items() if field in extra), None)
    if kind is not None:  # before the document: an animation comes with one, for old bots
        return Other(kind=kind)
    if message.document:
        return File(
            handle=message.document.file_id,
            as_photo=False,
            caption=message.caption,
            name=message.document.file_name,
            media_type=message.document.mime_type,
            size=message.document.file_size,
        )
    return _location(extra.get("location"))


def _location(value: object) -> Content:
    """Return the place that a location or a venue names, which has one too."""
    try:
        found = _Location.model_validate(value)
    except ValidationError:
        return Other(kind=Unusable.UNKNOWN)
    return Location(place=Place(latitude=found.latitude, longitude=found.longitude))


def _corrected(message: _Message) -> Content:
    """Return what an edit says.

    A new caption is words: the photo under it was taken in already.  Without one, the picture may
    have been replaced.  A live location edits itself every few seconds, so it gets no answer.
    """
    match _content(message):
        case Text() as text:
            return text
        case File(caption=caption) if caption:
            return Text(text=caption)
        case File() as file:
            return file
        case _:
            return Nothing()


def _pressed(query: _CallbackQuery) -> Content:
    if query.message is not None and query.message.chat.type != "private":
        return Other(kind=Unusable.GROUP)
    return Other(kind=Unusable.UNKNOWN) if query.data is None else Press(id=query.data)


def _membership(change: _MembershipChange) -> Content:
    if change.new_chat_member.status in {"kicked", "left"}:
        return Blocking(blocked=True)
    if change.chat.type != "private":
        return Other(kind=Unusable.GROUP)
    return Blocking(blocked=False)


def _parsed(payload: str) -> dict[str, object]:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _inside(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None
