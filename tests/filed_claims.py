"""Claims whose files lie in the photo store, as they leave the house."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from PIL.ExifTags import GPS

from claimbot.claim import Claim, FormFile, Photo
from claimbot.photos import PhotoStore
from claimbot.queues import AdjusterQueue
from claimbot.store import Chat, KeptFile, Store
from tests.pictures import encoded, exif, scene
from tests.queued_claims import NOON, PDF, plain_claim, send

PLACE: dict[int, object] = {
    GPS.GPSLatitudeRef: "N",
    GPS.GPSLatitude: (52.0, 5.0, 25.0),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (5.0, 7.0, 12.0),
}
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A claim that was sent, and the bytes of its files in their order."""

    claim: Claim
    photos: tuple[bytes, ...]
    form: tuple[bytes, ...]


@cache
def picture(name: str, kind: str) -> bytes:
    """Return a photo that says where it was taken, another one for each name.

    A JPEG is larger than what adjusters look at; a large PNG of noise takes seconds to write.
    """
    width = 2000 if kind == "JPEG" else 400
    return encoded(scene(width, width * 3 // 4, name.encode()), kind, exif=exif({}, place=PLACE))


def file_claim(
    store: Store, queue: AdjusterQueue, photos: PhotoStore, number: int, **told: Any
) -> Filed:
    """Send a claim with a JPEG and a PNG, and a form of a PDF and a photo of a page."""
    sent = plain_claim(number, **told)
    chat = Chat(channel="telegram", chat=sent.reference)

    def put(data: bytes, media_type: str) -> str:
        name = photos.put(data)
        kept = KeptFile(sha256=name, facts=None, media_type=media_type, size=len(data))
        store.keep_file(chat, kept, NOON)
        return name

    pictures = tuple(picture(f"{number} {kind}", kind) for kind in MEDIA_TYPES)
    pages = {"application/pdf": PDF, "image/jpeg": picture(f"{number} page", "JPEG")}
    claim = replace(
        sent,
        photos=tuple(
            Photo(sha256=put(data, kind))
            for data, kind in zip(pictures, MEDIA_TYPES.values(), strict=True)
        ),
        form=tuple(
            FormFile(sha256=put(data, kind), media_type=kind) for kind, data in pages.items()
        ),
    )
    send(store, queue, claim)
    return Filed(claim=claim, photos=pictures, form=tuple(pages.values()))
