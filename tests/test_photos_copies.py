"""What adjusters look at, read byte by byte: pixels, and nothing that the file said."""

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageOps, ImageStat

from claimbot.errors import NoPicture, PhotoMissing
from claimbot.photos.copies import Copies, Variant, make_copy
from claimbot.photos.examiners import Examiners
from claimbot.photos.folder import Folder
from claimbot.photos.opening import Opened, look_at, open_photo
from tests.pictures import encoded, exif, grain, jpeg_with_scans, png_that_claims, scene

SHARED = Path(__file__).parents[2] / "shared" / "photos"

SIZE = (64, 48)
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)

PHOTO, GREY = scene(400, 300), grain(400, 300)  # small, as they are encoded many times

WORDS = "ann in Utrecht"
MAKER, ORIENTATION = 0x010F, 0x0112
PLACE: dict[int, object] = {1: "N", 2: (52.0, 5.0, 26.5), 3: "E", 4: (5.0, 7.3, 0.0), 29: WORDS}
TOLD = exif({MAKER: WORDS}, {0x9286: WORDS.encode()}, PLACE)

# Markers of ITU-T T.81, table B.1: a frame of one scan, and its tables; the first is JFIF's.
JFIF, QUANTIZATION, FRAME, HUFFMAN, SCAN = 0xE0, 0xDB, 0xC0, 0xC4, 0xDA


def parts(data: bytes) -> dict[int, bytes]:
    """Return the segments of a JPEG that is one picture in one scan and nothing more."""
    found: dict[int, bytes] = {}
    position = 2
    while SCAN not in found:
        assert data[position] == 0xFF
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4])
        found[data[position + 1]] = data[position + 4 : end]
        position = end
    assert data.index(b"\xff\xd9", position) == len(data) - 2  # in a scan, 0 follows 0xff
    return found


def shown(data: bytes, long_side_px: int = 320) -> Image.Image:
    """Return what the copy of a photo shows."""
    copy = make_copy(data, long_side_px)
    assert copy is not None
    return Image.open(BytesIO(copy), formats=("JPEG",))


def colour(data: bytes) -> tuple[int, ...]:
    """Return the one colour of a photo's copy, in RGB, as near as a JPEG keeps it."""
    image = shown(data).convert("RGB")
    assert all(high - low <= 2 for low, high in ImageStat.Stat(image).extrema)
    return tuple(round(mean / 5) * 5 for mean in ImageStat.Stat(image).mean)


def flag() -> Image.Image:
    """Return a picture that is another one in each of its eight positions."""
    picture = Image.new("RGB", (160, 120), WHITE)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 79, 59), fill=RED)
    draw.rectangle((80, 0, 159, 59), fill=BLUE)
    return picture


def swapping() -> bytes:
    """Return a colour profile in which what is called red is blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")


@pytest.mark.parametrize(
    "data",
    [
        encoded(PHOTO, exif=TOLD, comment=WORDS, xmp=WORDS.encode(), icc_profile=swapping()),
        encoded(PHOTO, exif=TOLD, comment=WORDS) + WORDS.encode(),
        encoded(GREY, exif=TOLD, comment=WORDS),
        encoded(PHOTO, "WEBP", exif=TOLD, xmp=WORDS.encode()),
        encoded(PHOTO, "PNG", exif=TOLD, icc_profile=swapping()),
        encoded(PHOTO, "HEIF", exif=TOLD, xmp=WORDS.encode()),
    ],
    ids=["jpeg", "jpeg and more", "grey jpeg", "webp", "png", "heif"],
)
@pytest.mark.parametrize("long_side_px", [320, 1600])
def test_a_copy_is_pixels_and_nothing_else(data: bytes, long_side_px: int) -> None:
    """Promise 6: no place, no name, no words; nothing in the file that does not make pixels."""
    assert WORDS.encode() in data

    copy = make_copy(data, long_side_px)

    assert copy is not None
    found = parts(copy)
    assert found.keys() == {JFIF, QUANTIZATION, FRAME, HUFFMAN, SCAN}
    assert found[JFIF] == b"JFIF\0\1\1\0\0\1\0\1\0\0"  # version, no density, no thumbnail
    assert WORDS.encode() not in copy


@pytest.mark.parametrize(
    ("size", "long_side_px", "becomes"),
    [
        ((1280, 960), 320, (320, 240)),
        ((960, 1280), 320, (240, 320)),
        ((2000, 1500), 1600, (1600, 1200)),
        ((300, 200), 320, (300, 200)),
        ((1280, 960), 1600, (1280, 960)),
        ((3000, 1), 320, (320, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_copy_fits_and_is_not_enlarged(
    kind: str, size: tuple[int, int], long_side_px: int, becomes: tuple[int, int]
) -> None:
    """Its long side is the one that was asked for, or the photo's own."""
    assert shown(encoded(Image.new("RGB", size), kind), long_side_px).size == becomes


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_copy_is_upright(kind: str, orientation: int) -> None:
    """As Pillow's own reader turns it: nothing is left that could say how to."""
    data = encoded(flag(), kind, exif=exif({ORIENTATION: orientation}))

    copy = shown(data, 80)

    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    wanted = upright.convert("RGB").resize(copy.size)
    assert max(ImageStat.Stat(ImageChops.difference(copy, wanted)).mean) < 5


def test_a_grey_photo_stays_grey() -> None:
    """It takes fewer bytes so."""
    assert shown(encoded(GREY)).mode == "L"


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (encoded(Image.new("RGBA", SIZE, (*BLUE, 0)), "PNG"), WHITE),
        (encoded(Image.new("RGBA", SIZE, (*RED, 51)), "PNG"), (255, 205, 205)),
        (encoded(Image.new("RGBA", SIZE, (*RED, 51)), "WEBP", lossless=True), (255, 205, 205)),
        (encoded(Image.new("RGBA", SIZE, (*BLUE, 0)), "HEIF"), WHITE),
        (encoded(Image.new("LA", SIZE, (0, 0)), "PNG"), WHITE),
        (encoded(Image.new("RGBA", SIZE, (*BLUE, 0)).quantize(), "PNG"), WHITE),
        (encoded(Image.new("RGB", SIZE, RED).quantize(), "PNG"), RED),
        (encoded(Image.new("RGB", SIZE, RED), "PNG", transparency=RED), WHITE),
        (encoded(Image.new("1", SIZE, 1), "PNG"), WHITE),
        (encoded(Image.new("I;16", SIZE, 150 * 256), "PNG"), (150, 150, 150)),
        (encoded(Image.new("CMYK", SIZE, (0, 255, 255, 0))), RED),
        (encoded(Image.new("RGB", SIZE, RED), keep_rgb=True), RED),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else str(value),
)
def test_a_copy_looks_like_the_photo(data: bytes, looks: tuple[int, ...]) -> None:
    """Whatever way it was written: on white paper, in the colours of any screen."""
    assert colour(data) == looks


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_are_those_of_the_photos_profile(kind: str) -> None:
    """Phones write others than screens take for granted; without a profile they would pale."""
    red = Image.new("RGB", SIZE, RED)

    assert colour(encoded(red, kind, icc_profile=swapping(), quality=100)) == BLUE


@pytest.mark.parametrize(("mode", "looks"), [("RGB", RED), ("CMYK", RED), ("L", (75, 75, 75))])
@pytest.mark.parametrize(
    "profile", [b"\0", bytes(200), swapping()[:400], swapping().replace(b"RGB ", b"Lab ")]
)
def test_a_profile_that_is_none_changes_nothing(
    mode: str, looks: tuple[int, ...], profile: bytes
) -> None:
    """Neither a broken one, nor one for another kind of colours."""
    image = Image.new("RGB", SIZE, RED).convert(mode)

    assert colour(encoded(image, icc_profile=profile)) == looks


def test_a_large_photo_is_not_decoded_in_full() -> None:
    """A thumbnail of 108 megapixels is made of the eighth part of its sides."""
    data = encoded(Image.new("L", (12_000, 9_000), 90))

    assert look_at(data, "RGB", 320, lambda decoded: decoded.image.size) == (1500, 1125)
    assert shown(data).size == (320, 240)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7\n",
        encoded(scene(64, 64), "GIF"),
        encoded(PHOTO)[:-2_000],
        png_that_claims(60_000, 60_000),
        jpeg_with_scans(16, 16, 501),
    ],
)
def test_what_is_no_photo_has_no_copy(data: bytes) -> None:
    """The guards are those of the examination."""
    assert make_copy(data, 320) is None


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the real photos are not on this machine")
@pytest.mark.parametrize("folder", ["damage", "formats", "exif", "hostile"])
def test_what_can_be_examined_can_be_shown(folder: str) -> None:
    """Every real photo has a clean copy, and what is refused unseen has none."""
    for path in sorted((SHARED / folder).iterdir()):
        copy = make_copy(path.read_bytes(), 320)

        assert (copy is not None) == isinstance(open_photo(path.read_bytes()), Opened), path
        if copy is not None:
            assert parts(copy).keys() == {JFIF, QUANTIZATION, FRAME, HUFFMAN, SCAN}, path


class Copyist:
    """Makes copies in this process, and counts them; first does what a test wants done then."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.made = 0
        self.meanwhile = meanwhile

    def copy(self, data: bytes, *, long_side_px: int) -> Future[bytes | None]:
        """Return a copy that is made already."""
        self.made += 1
        self.meanwhile()
        future: Future[bytes | None] = Future()
        future.set_result(make_copy(data, long_side_px))
        return future


def whiten(data: bytes) -> bytes:
    """Return a JPEG of this size with all that it shows hidden."""
    return encoded(Image.new("RGB", Image.open(BytesIO(data)).size, WHITE))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A photo store."""
    return Folder(tmp_path)


@pytest.fixture(scope="module")
def examiners() -> Iterator[Examiners]:
    """Who makes copies in service."""
    with closing(Examiners(1)) as ready:
        yield ready


@pytest.mark.parametrize(("variant", "width"), [(Variant.THUMBNAIL, 320), (Variant.VIEW, 1600)])
def test_a_copy_is_made_by_a_child_and_kept(
    folder: Folder, examiners: Examiners, variant: Variant, width: int
) -> None:
    """It is the same, byte for byte, as one that is made here."""
    data = encoded(scene(2000, 1500))
    name = folder.put(data)

    copy = Copies(folder, examiners).get(name, variant)

    assert copy == make_copy(data, width)
    assert folder.get_copy(name, variant) == copy
    assert folder.get(name) == data


def test_a_copy_is_made_once(folder: Folder) -> None:
    """Whoever looks again, or from another process, gets the same one."""
    name = folder.put(encoded(PHOTO))
    copyist = Copyist()

    first = Copies(folder, copyist).get(name, Variant.VIEW)

    assert Copies(folder, copyist).get(name, Variant.VIEW) == first
    assert copyist.made == 1


def test_a_copy_that_got_lost_is_made_anew(folder: Folder, tmp_path: Path) -> None:
    """It is a cache, and can be emptied."""
    name = folder.put(encoded(PHOTO))
    copies = Copies(folder, Copyist())
    first = copies.get(name, Variant.VIEW)
    next(tmp_path.rglob(f"{name}.*")).unlink()

    assert copies.get(name, Variant.VIEW) == first


@pytest.mark.parametrize("variant", Variant)
def test_what_is_no_photo_cannot_be_shown(folder: Folder, variant: Variant) -> None:
    """A claim form may be a PDF; the message says what can be done with it."""
    name = folder.put(b"%PDF-1.7\n")

    with pytest.raises(NoPicture, match=f"file {name} cannot be shown as a picture; open it as"):
        Copies(folder, Copyist()).get(name, variant)


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd"])
def test_a_photo_that_is_not_there_has_no_copy(folder: Folder, name: str) -> None:
    """It is missing, as when the photo itself is asked for."""
    with pytest.raises(PhotoMissing, match="is not in the photo store"):
        Copies(folder, Copyist()).get(name, Variant.VIEW)


def test_a_copy_that_cannot_be_kept_is_shown(folder: Folder) -> None:
    """A full disk is no reason to look at nothing."""
    data = encoded(PHOTO)
    name = folder.put(data)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        copy = Copies(folder, Copyist()).get(name, Variant.THUMBNAIL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert copy == make_copy(data, 320)
    assert folder.get_copy(name, "thumbnail") is None


def test_a_photo_that_is_erased_while_it_is_copied_leaves_nothing(
    folder: Folder, tmp_path: Path
) -> None:
    """Promise 9: neither the photo, nor what was just being made of it."""
    name = folder.put(encoded(PHOTO))
    copies = Copies(folder, Copyist(lambda: folder.delete(name)))

    with pytest.raises(PhotoMissing):
        copies.get(name, Variant.VIEW)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_faces_are_hidden_in_every_variant(folder: Folder) -> None:
    """They are looked for once, in the larger one, and the smaller one is made of that."""
    name = folder.put(encoded(PHOTO))
    looked_at: list[tuple[int, int]] = []

    def hide(data: bytes) -> bytes:
        looked_at.append(Image.open(BytesIO(data)).size)
        return whiten(data)

    copies = Copies(folder, Copyist(), hide=hide)

    for variant in Variant:
        assert colour(copies.get(name, variant)) == WHITE
    assert looked_at == [(400, 300)]


def test_older_copies_are_not_shown_once_faces_are_hidden(folder: Folder) -> None:
    """Nor the other way round: each kind has its own name in the store."""
    data = encoded(PHOTO)
    name = folder.put(data)
    plain, hiding = Copies(folder, Copyist()), Copies(folder, Copyist(), hide=whiten)

    before = plain.get(name, Variant.VIEW)
    hidden = hiding.get(name, Variant.VIEW)

    assert colour(hidden) == WHITE
    assert plain.get(name, Variant.VIEW) == before == make_copy(data, 1600)
    assert hiding.get(name, Variant.VIEW) == hidden


@pytest.mark.parametrize("variant", Variant)
def test_when_faces_cannot_be_hidden_nothing_is_shown(folder: Folder, variant: Variant) -> None:
    """Rather no picture than one with a bystander in it."""

    def hide(_: bytes) -> bytes:
        raise OSError("no process can be started")

    name = folder.put(encoded(PHOTO))

    with pytest.raises(OSError, match="no process"):
        Copies(folder, Copyist(), hide=hide).get(name, variant)

    assert folder.get_copy(name, "view-hidden") is None
