"""Someone with Telegram on their phone: what they send, and what they hear from the bot."""

import time
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from tests.fake_bot_api.values import BOT, BotMessage, Json, StoredFile

if TYPE_CHECKING:
    from tests.fake_bot_api.server import FakeBotApi

VARIANTS = (90, 320, 800, 1280)  # px on the long side


class Person:
    """A private chat with the bot; whatever is sent returns the number of its update."""

    def __init__(self, api: "FakeBotApi", user_id: int, language_code: str | None) -> None:
        """Do not make one; `FakeBotApi.user` does."""
        self.id = user_id
        self.blocks = False
        self.heard: list[BotMessage] = []
        self.queries: set[str] = set()
        self._api = api
        self._language_code = language_code
        self._listened_to = 0
        self._last: Json = {}

    async def says(self, text: str) -> int:
        """Send a text or a command."""
        return await self.sends(text=text)

    async def edits(self, words: str) -> int:
        """Change the last message's text, or its caption."""
        words_of = "text" if "text" in self._last else "caption"
        edited = self._last | {words_of: words, "edit_date": int(time.time())}
        return await self._api.push("edited_message", edited)

    async def sends(self, **fields: object) -> int:
        """Send a message with any fields that a Bot API ``Message`` has."""
        self._last = self._envelope() | fields
        return await self._api.push("message", self._last)

    async def sends_photo(
        self, data: bytes, caption: str = "", *, as_is: bool = False, album: str | None = None
    ) -> int:
        """Send a picture, which Telegram scales down and strips of its EXIF; unless ``as_is``."""
        sizes = [("full", 1280, 960, data)] if as_is else _variants(data)
        photo = [
            self._kept(f"photos/{name}_{{}}.jpg", bytes_) | {"width": width, "height": height}
            for name, width, height, bytes_ in sizes
        ]
        fields = {"caption": caption, "media_group_id": album}
        given = {name: value for name, value in fields.items() if value}
        return await self.sends(photo=photo, **given)

    async def sends_album(
        self, photos: Sequence[bytes], caption: str = "", *, as_is: bool = False
    ) -> list[int]:
        """Send pictures at once: one update each, the caption under the first."""
        album = str(13_000_000_000 + self._api.count("album"))
        captions = [caption, *[""] * (len(photos) - 1)]
        return [
            await self.sends_photo(data, under, as_is=as_is, album=album)
            for data, under in zip(photos, captions, strict=True)
        ]

    async def sends_document(
        self, data: bytes, name: str, mime: str, caption: str = "", *, size: int | None = None
    ) -> int:
        """Send a file; ``size`` is what Telegram is to say of it, if not the truth."""
        document = self._kept(f"documents/{{}}_{name}", data, size)
        document |= {"file_name": name, "mime_type": mime}
        return await self.sends(document=document, **({"caption": caption} if caption else {}))

    async def sends_voice(self) -> int:
        """Send a voice message."""
        voice = self._kept("voice/{}.oga", b"OggS") | {"duration": 3, "mime_type": "audio/ogg"}
        return await self.sends(voice=voice)

    async def sends_video(self) -> int:
        """Send a video."""
        shape = {"duration": 3, "width": 640, "height": 480}
        return await self.sends(video=self._kept("videos/{}.mp4", b"ftyp") | shape)

    async def sends_sticker(self) -> int:
        """Send a sticker."""
        shape = {"width": 512, "height": 512, "type": "regular", "emoji": "😀"}
        flags = {"is_animated": False, "is_video": False}
        return await self.sends(sticker=self._kept("stickers/{}.webp", b"RIFF") | shape | flags)

    async def sends_location(self) -> int:
        """Send a place."""
        return await self.sends(location={"latitude": 52.37, "longitude": 4.9})

    async def sends_contact(self) -> int:
        """Send someone's phone number."""
        return await self.sends(contact={"phone_number": "+31600000000", "first_name": "An"})

    async def says_in_group(self, text: str, group_id: int = -1_001_234_567_890) -> int:
        """Write in a group that the bot is in."""
        group = {"id": group_id, "type": "supergroup", "title": "Familie"}
        return await self._api.push("message", self._envelope() | {"chat": group, "text": text})

    async def presses(self, choice: str) -> int:
        """Press the button with this label or data, on the last message that has one.

        Raises:
            AssertionError: No message has one.
        """
        for said in reversed(self.heard):
            for key in (key for row in said.keyboard for key in row):
                if choice in (key.label, key.data):
                    return await self._presses(said, key.data)
        raise AssertionError(f"no button {choice!r}; there are {[m.labels for m in self.heard]}")

    async def blocks_bot(self) -> int:
        """Block the bot: from now on sending to this person is refused."""
        self.blocks = True
        return await self._membership("member", "kicked")

    async def unblocks_bot(self) -> int:
        """Let the bot in again."""
        self.blocks = False
        return await self._membership("kicked", "member")

    async def hears(self, n: int = 1, *, within: float = 5) -> list[BotMessage]:
        """Return the bot's next ``n`` messages since the last call, within some seconds."""
        first, end = self._listened_to, self._listened_to + n
        try:
            await self._api.until(lambda: len(self.heard) >= end, "heard", within=within)
        except AssertionError:
            texts = [said.text for said in self.heard[first:]]
            raise AssertionError(f"not {n} messages within {within} s, but {texts}") from None
        self._listened_to = end
        return self.heard[first:end]

    def message_of_bot(self, said: BotMessage) -> Json:
        """Return a message of the bot's in this chat, as the Bot API shows it."""
        return self._envelope() | {"message_id": said.message_id, "from": BOT, "text": said.text}

    async def _presses(self, said: BotMessage, data: str) -> int:
        query = str(self._api.count("query"))
        self.queries.add(query)
        event = {
            "id": query,
            "from": self._sender(),
            "message": self.message_of_bot(said),
            "chat_instance": str(self.id),
            "data": data,
        }
        return await self._api.push("callback_query", event)

    async def _membership(self, was: str, now: str) -> int:
        event = self._envelope() | {
            "old_chat_member": {"user": BOT, "status": was},
            "new_chat_member": {"user": BOT, "status": now, "until_date": 0},
        }
        del event["message_id"]
        return await self._api.push("my_chat_member", event)

    def _sender(self) -> Json:
        sender: Json = {"id": self.id, "is_bot": False, "first_name": "Piet"}
        return sender | ({"language_code": self._language_code} if self._language_code else {})

    def _envelope(self) -> Json:
        return {
            "message_id": self._api.count("message"),
            "date": int(time.time()),
            "chat": {"id": self.id, "type": "private", "first_name": "Piet"},
            "from": self._sender(),
        }

    def _kept(self, path: str, data: bytes, size: int | None = None) -> Json:
        """Keep a file at Telegram, and return what a message says of it."""
        number = self._api.count("file")
        file_id = f"AgACAgQAAxkBAAI{number:08}"
        size = len(data) if size is None else size
        self._api.files[file_id] = StoredFile(path=path.format(number), data=data, size=size)
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": size}


def _variants(data: bytes) -> list[tuple[str, int, int, bytes]]:
    """Return what Telegram makes of a picture: name, width, height and bytes, smallest first."""
    with Image.open(BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    longest = min(max(upright.size), VARIANTS[-1])
    found = []
    for side in (*(side for side in VARIANTS if side < longest), longest):
        scaled = upright.copy()
        scaled.thumbnail((side, side))
        jpeg = BytesIO()
        scaled.save(jpeg, "JPEG", quality=87)
        found.append((str(side), scaled.width, scaled.height, jpeg.getvalue()))
    return found
