"""Faces are counted, and hidden so that nobody knows them."""

import json
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from claimbot.claim import Finding, Flag
from claimbot.errors import MachineBusy
from tests.extras_at_hand import at_hand, child_of
from tests.pictures import encoded, scene
from tests.plates import cars
from tests.store_builders import claim

PHOTOS = Path(__file__).parents[2] / "shared" / "photos"
FACE = (181, 58, 270, 178)  # left, top, right, bottom of the astronaut's


@pytest.fixture
def child() -> Any:
    """What the extra's process runs, in this process."""
    return child_of("faces")


@pytest.fixture
def extra() -> Iterator[Any]:
    """The extra, whose process is not started yet."""
    with closing(at_hand("faces")) as one:
        yield one


def astronaut() -> Image.Image:
    """Return NASA's portrait of Eileen Collins, which scikit-image ships, 512 by 512."""
    found = find_spec("skimage")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Image.open(Path(found.submodule_search_locations[0], "data", "astronaut.png"))


def bystanders(across: int, down: int, side: int) -> bytes:
    """Return a photo with so many people side by side and above each other."""
    one = astronaut().convert("RGB").resize((side, side))
    picture = Image.new("RGB", (across * side, down * side))
    for place in range(across * down):
        picture.paste(one, (place % across * side, place // across * side))
    return encoded(picture, quality=90)


def count(child: Any, data: bytes) -> int:
    """Return how many faces are found."""
    return len(json.loads(child.answer(child.COUNT + data)))


def hidden(child: Any, data: bytes) -> bytes:
    """Return a JPEG of ours with its faces hidden."""
    answer = child.answer(b"#" + data)
    assert isinstance(answer, bytes)
    return answer


def detail(picture: Image.Image) -> int:
    """Return how far a picture is, in levels, from one of five by five soft spots."""
    spots = picture.resize((5, 5), Image.Resampling.BOX)
    soft = spots.resize(picture.size, Image.Resampling.BICUBIC)
    return max(ImageChops.difference(picture, soft).tobytes())


@pytest.mark.parametrize(("across", "down", "side"), [(1, 1, 512), (2, 1, 640), (4, 3, 300)])
def test_each_face_is_found_once(child: Any, across: int, down: int, side: int) -> None:
    """Near by or far away, one or a dozen, in pictures of any shape."""
    assert count(child, bystanders(across, down, side)) == across * down


def test_a_face_is_where_it_is(child: Any) -> None:
    """To a few pixels, also in a picture that is looked at smaller than it is."""
    for scale in (1, 4):
        side = 512 * scale
        [box] = child.faces(astronaut().convert("RGB").resize((side, side)))

        assert [edge / scale for edge in box] == pytest.approx(FACE, abs=6)


def test_what_is_no_face_is_not_found(child: Any) -> None:
    """Cars, plates and noise; and what is no picture has no face."""
    for data in (encoded(scene()), encoded(cars(["ND-12-34"])), b"", b"no picture"):
        assert count(child, data) == 0


def test_a_hidden_face_is_a_few_spots_of_colour(child: Any) -> None:
    """With hair and chin; nothing finds it again, and the rest of the picture is as it was."""
    before = bystanders(1, 1, 512)

    after = hidden(child, before)

    assert count(child, after) == 0
    was, now = (Image.open(BytesIO(data)).convert("RGB") for data in (before, after))
    changed = ImageChops.difference(was, now).convert("L").point(lambda step: step > 40 and 255)
    left, top, right, bottom = changed.getbbox() or (0, 0, 0, 0)
    assert (left < FACE[0], top < FACE[1], right > FACE[2], bottom > FACE[3]) == (True,) * 4
    assert (right - left, bottom - top) < (150, 200)
    assert detail(was.crop(FACE)) > 100
    assert detail(now.crop(FACE)) < 70


def test_faces_at_the_edge_are_hidden_too(child: Any) -> None:
    """What sticks out of the picture takes nothing from what is in it."""
    cut = astronaut().convert("RGB").crop((200, 70, 512, 512))

    assert count(child, encoded(cut)) == 1
    assert count(child, hidden(child, encoded(cut))) == 0


def test_a_copy_says_nothing_of_its_file(child: Any) -> None:
    """A JPEG without EXIF, comment or profile, as the copy was."""
    with Image.open(BytesIO(hidden(child, bystanders(1, 1, 512)))) as copy:
        assert copy.format == "JPEG"
        assert {"exif", "comment", "icc_profile"}.isdisjoint(copy.info)


def test_a_picture_without_faces_is_left_as_it_is(extra: Any) -> None:
    """Byte for byte, through the extra's own process."""
    data = encoded(scene())

    assert extra.hide(data) == data


def test_a_picture_in_which_faces_cannot_be_looked_for_is_not_shown(extra: Any) -> None:
    """Better no copy than one with a face."""
    with pytest.raises(MachineBusy):
        extra.hide(b"no picture")


def test_a_claims_faces_are_noted(extra: Any) -> None:
    """By the extra's own process, which works when it is tried."""
    files = {"aa": bystanders(1, 1, 512), "bb": encoded(scene()), "cc": bystanders(2, 1, 512)}
    extra.check()

    seen = extra.inspect(claim("CB-1", "aa", "bb", "cc"), files.__getitem__)

    assert seen.failure is None
    assert seen.findings == (
        Finding(sha256="aa", flag=Flag.FACES, detail="1 face"),
        Finding(sha256="cc", flag=Flag.FACES, detail="2 faces"),
    )
    assert extra.hide(files["cc"]) != files["cc"]


@pytest.mark.shared
@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the real photos are not on this machine")
def test_real_damage_has_no_face_but_passers_by_have(child: Any) -> None:
    """Measured: one of the 98 damage photos shows people, two, and they alone are found."""
    damage, passers_by = PHOTOS / "damage", "vehicle-damage__c02019_real_damage.jpg"
    some = {*sorted(damage.iterdir())[::4], damage / passers_by}

    found = {path.name: count(child, path.read_bytes()) for path in some}

    assert {name: faces for name, faces in found.items() if faces} == {passers_by: 2}
