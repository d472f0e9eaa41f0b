"""What adjusters look at: photos made small, set upright, and rid of all that their files say.

The original stays in the photo store as it was sent.  A copy holds pixels and nothing else.
"""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from enum import StrEnum
from io import BytesIO
from typing import Protocol

from PIL import Image

from claimbot.claim import Flaw
from claimbot.errors import NoPicture
from claimbot.photos import PhotoStore
from claimbot.photos.opening import Decoded, look_at

QUALITY = 85  # at 95, 98 photos of damage took 1.65 times the bytes


class Variant(StrEnum):
    """What a copy is for; the value is its name in the photo store."""

    THUMBNAIL = "thumbnail"  # one of many
    VIEW = "view"  # what is judged


LONG_SIDE_PX = {Variant.THUMBNAIL: 320, Variant.VIEW: 1600}


class Copyist(Protocol):
    """Who makes copies without coming to harm: `photos.examiners.Examiners`."""

    def copy(self, data: bytes, *, long_side_px: int) -> Future[bytes | None]:
        """Return what `make_copy` is going to return."""


class Copies:
    """The copies of the photos in a store: made when they are first asked for, and kept there."""

    def __init__(
        self,
        photos: PhotoStore,
        examiners: Copyist,
        *,
        hide: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Take the store, who makes copies, and what hides bystanders' faces in a JPEG, if any."""
        self._photos = photos
        self._examiners = examiners
        self._hide = hide

    def get(self, sha256: str, variant: Variant) -> bytes:
        """Return a copy of a photo: a JPEG.

        Raises:
            PhotoMissing: The photo is not there, or no longer what it was.
            NoPicture: There are bytes, but no picture can be made of them.
            MachineBusy: There was no time to make it; ask again later.
            OSError: The store cannot be reached; same.
        """
        # A copy without faces has a name of its own: the others may be older than the wish.
        name = f"{variant}-hidden" if self._hide else variant.value
        kept = self._photos.get_copy(sha256, name)
        if kept is not None:
            return kept
        made = self._made(sha256, variant)
        with contextlib.suppress(OSError):  # a full disk: it is made anew the next time
            self._photos.put_copy(sha256, name, made)
        return made

    def _made(self, sha256: str, variant: Variant) -> bytes:
        if self._hide and variant is not Variant.VIEW:
            # Faces are looked for once, where they are large enough to be found.
            return self._copy(sha256, self.get(sha256, Variant.VIEW), variant)
        copy = self._copy(sha256, self._photos.get(sha256), variant)
        return self._hide(copy) if self._hide else copy

    def _copy(self, sha256: str, data: bytes, variant: Variant) -> bytes:
        copy = self._examiners.copy(data, long_side_px=LONG_SIDE_PX[variant]).result()
        if copy is None:
            raise NoPicture(sha256)
        return copy


def make_copy(data: bytes, long_side_px: int) -> bytes | None:
    """Return a photo as a JPEG of at most this size, upright, without metadata; never enlarged.

    Colours become sRGB, what is transparent white.  The same bytes give the same copy.

    Returns:
        ``None`` when ``data`` holds no photo that could be decoded.

    Raises:
        MemoryError: There is too little for it.
    """
    copy = look_at(data, "RGB", long_side_px, _copy)
    return None if isinstance(copy, Flaw) else copy


def _copy(decoded: Decoded) -> bytes:
    image = _on_paper(decoded.image)
    image = image.resize(decoded.size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    image = _in_srgb(image, decoded.image.info.get("icc_profile"))
    if decoded.exif.upright is not None:
        image = image.transpose(decoded.exif.upright)
    image.info.clear()  # Pillow would write the comment
    file = BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _on_paper(image: Image.Image) -> Image.Image:
    """Return the image as it looks on white paper, in RGB, L or CMYK."""
    if image.mode.startswith("I;16"):
        # convert() alone would cut at 255.
        image = image.point(lambda level: level * (1 / 256)).convert("L")
    if image.has_transparency_data:
        ink = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(ink, mask=ink)
        return paper
    return image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile and image.mode != "L":
        from PIL import ImageCms  # noqa: PLC0415  few photos need it

        with contextlib.suppress(OSError, ImageCms.PyCMSError):  # it is broken, or another mode's
            stated = ImageCms.ImageCmsProfile(BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.buildTransform(stated, srgb, image.mode, "RGB").apply(image)
    return image.convert("RGB") if image.mode == "CMYK" else image
