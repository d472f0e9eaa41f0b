"""A claim that is about to be sent, beside what was measured of its photos when they came in."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from claimbot.claim import Claim, Photo, Place
from claimbot.codec import load
from claimbot.photos.circumstances import flags_of
from claimbot.photos.measure import Facts
from claimbot.store import Chat, KeptFile, Store


async def assessed(store: Store, chat: Chat, claim: Claim) -> Claim:
    """Return the claim with its photos flagged for what the rest of it says of them."""
    names = [photo.sha256 for photo in claim.photos]
    kept = await asyncio.to_thread(store.kept_files, chat, names)
    return replace(claim, photos=tuple(_assessed(photo, kept, claim) for photo in claim.photos))


async def assessed_photo(store: Store, chat: Chat, reference: str, photo: Photo) -> Photo:
    """Return a photo that joins a claim, flagged for what the rest of the claim says of it.

    Raises:
        NoSuchClaim: The claim is erased.
    """
    stored = await asyncio.to_thread(store.claim, reference)
    kept = await asyncio.to_thread(store.kept_files, chat, [photo.sha256])
    return _assessed(photo, kept, stored.claim)


def _assessed(photo: Photo, kept: Mapping[str, KeptFile], claim: Claim) -> Photo:
    file = kept.get(photo.sha256)
    if file is None or file.facts is None:
        return photo
    try:
        facts = load(Facts, file.facts)
    except ValueError:  # measured by another version, in another way
        return photo
    place = None if file.place is None else load(Place, file.place)
    found = flags_of(facts, place, claim=claim)
    new = tuple(flag for flag in found if flag not in photo.flags)
    return replace(photo, flags=(*photo.flags, *new))
