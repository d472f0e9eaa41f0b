"""A claim's files over HTTP: in parts, when they changed, and never those of another claim."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from claimbot.claim import FormFile, Photo
from claimbot.photos.folder import Folder
from claimbot.store.tokens import Scope
from tests.api_office import ApiOffice, open_office, problem, served
from tests.filed_claims import Filed, file_claim
from tests.queued_claims import PDF, plain_claim, reference

ZEROS = reference(0)
FIRST = f"claims/{ZEROS}/photos/1"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ApiOffice]:
    """An office of its own for each test."""
    with open_office("sqlite", tmp_path) as office:
        yield office


@pytest.fixture
def filed(office: ApiOffice) -> Filed:
    """A claim with files, of reference 0."""
    return file_claim(office.store, office.queue, Folder(office.folder), 0)


@pytest.fixture
def ann(office: ApiOffice) -> Iterator[httpx.Client]:
    """An adjuster who may look at claims."""
    headers = {"Authorization": f"Bearer {office.token('ann', Scope.READ)}"}
    with served(office) as url, httpx.Client(base_url=url, headers=headers) as client:
        yield client


def test_a_photo_is_had_as_it_was_sent(ann: httpx.Client, filed: Filed) -> None:
    """Its very bytes under their type, as a file to be saved and not a page to be opened."""
    for place, (data, kind) in enumerate(zip(filed.photos, ("jpeg", "png"), strict=True), 1):
        answer = ann.get(f"claims/{ZEROS}/photos/{place}", params={"variant": "original"})

        assert (answer.status_code, answer.content) == (200, data)
        assert answer.headers["content-type"] == f"image/{kind}"
        assert answer.headers["etag"] == f'"{sha256(data).hexdigest()}"'
        assert answer.headers["content-disposition"] == (
            f'attachment; filename="{ZEROS}-photo-{place}.{kind}"'
        )
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("variant", "shape", "size"),
    [
        ({}, "view", (1600, 1200)),
        ({"variant": "view"}, "view", (1600, 1200)),
        ({"variant": "thumbnail"}, "thumbnail", (320, 240)),
    ],
)
def test_a_photo_to_look_at_does_not_say_where_it_was_taken(
    ann: httpx.Client, filed: Filed, variant: dict[str, str], shape: str, size: tuple[int, int]
) -> None:
    """It is a small JPEG and nothing else; that is what one gets without asking for more."""
    answer = ann.get(FIRST, params=variant)

    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["etag"] == f'"{sha256(answer.content).hexdigest()}"'
    assert answer.headers["content-disposition"] == (
        f'inline; filename="{ZEROS}-photo-1-{shape}.jpeg"'
    )
    copy = Image.open(BytesIO(answer.content))
    assert copy.size == size
    assert not copy.getexif()
    assert Image.open(BytesIO(filed.photos[0])).getexif()
    assert b"Exif" not in answer.content


@pytest.mark.usefixtures("filed")
@pytest.mark.parametrize("variant", ["original", "thumbnail"])
def test_what_did_not_change_is_not_sent_again(ann: httpx.Client, variant: str) -> None:
    """By any of the tags that a browser or a cache may have kept."""
    whole = ann.get(FIRST, params={"variant": variant})
    tag = whole.headers["etag"]

    for known in (tag, f'"another", {tag}', f"W/{tag}", "*"):
        answer = ann.get(FIRST, params={"variant": variant}, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert answer.headers["cache-control"] == "private, no-cache"
    for known in ('"another"', tag.strip('"'), ""):
        answer = ann.get(FIRST, params={"variant": variant}, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=10-", 10, -1),
        ("bytes=-5", -5, -1),
        ("bytes=10-999999999999", 10, -1),
        ("bytes=-999999999999", 0, -1),
    ],
)
def test_a_part_of_a_photo(
    ann: httpx.Client, filed: Filed, wanted: str, first: int, last: int
) -> None:
    """So that a download that broke off goes on where it was."""
    answer = ann.get(FIRST, params={"variant": "original"}, headers={"Range": wanted})

    data = filed.photos[0]
    size = len(data)
    assert (answer.status_code, answer.content) == (206, data[first : last % size + 1])
    assert answer.headers["content-range"] == f"bytes {first % size}-{last % size}/{size}"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == f'"{sha256(data).hexdigest()}"'


def test_parts_that_are_not_understood_are_all_of_it(ann: httpx.Client, filed: Filed) -> None:
    """As RFC 9110 has it: a range is a wish."""
    for wanted in ("5-2", "bytes=5-2", "bytes=0-1,4-5", "bytes=-", "bytes=a-b", "lines=1-2", ""):
        answer = ann.get(FIRST, params={"variant": "original"}, headers={"Range": wanted})

        assert (answer.status_code, answer.content) == (200, filed.photos[0])


@pytest.mark.parametrize("beyond", ["bytes={}-", "bytes={}-{}", "bytes=-0"])
def test_a_part_that_is_not_there(ann: httpx.Client, filed: Filed, beyond: str) -> None:
    """The answer says how much there is."""
    size = len(filed.photos[0])

    answer = ann.get(
        FIRST, params={"variant": "original"}, headers={"Range": beyond.format(size, size)}
    )

    assert (answer.status_code, problem(answer)) == (416, "range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{size}"


def test_a_part_of_another_version_is_not_glued_on(ann: httpx.Client, filed: Filed) -> None:
    """If-Range with another tag, or a weak one or a date, gets the whole file."""
    tag = f'"{sha256(filed.photos[0]).hexdigest()}"'
    original = {"variant": "original"}

    same = ann.get(FIRST, params=original, headers={"Range": "bytes=0-3", "If-Range": tag})
    for other in ('"another"', f"W/{tag}", "Sun, 01 Mar 2026 12:00:00 GMT"):
        answer = ann.get(FIRST, params=original, headers={"Range": "bytes=0-3", "If-Range": other})
        assert (answer.status_code, answer.content) == (200, filed.photos[0])

    assert (same.status_code, same.content) == (206, filed.photos[0][:4])


def test_the_form_is_had_too(ann: httpx.Client, filed: Filed) -> None:
    """A PDF as it was sent, a photo of a page as a photo."""
    pdf = ann.get(f"claims/{ZEROS}/form/1")
    page = ann.get(f"claims/{ZEROS}/form/2")
    original = ann.get(f"claims/{ZEROS}/form/2", params={"variant": "original"})

    assert (pdf.content, pdf.headers["content-type"]) == (PDF, "application/pdf")
    assert pdf.headers["content-disposition"] == f'attachment; filename="{ZEROS}-form-1.pdf"'
    assert page.headers["content-disposition"] == f'inline; filename="{ZEROS}-form-2-view.jpeg"'
    assert not Image.open(BytesIO(page.content)).getexif()
    assert original.content == filed.form[1]


@pytest.mark.usefixtures("filed")
def test_there_is_no_picture_of_a_pdf(ann: httpx.Client) -> None:
    """The answer says what to ask for."""
    answer = ann.get(f"claims/{ZEROS}/form/1", params={"variant": "thumbnail"})

    assert (answer.status_code, problem(answer)) == (404, "no-picture")


def test_a_photo_of_another_claim_is_never_shown(
    office: ApiOffice, ann: httpx.Client, filed: Filed
) -> None:
    """A photo is had by its place in its claim only, not by its hash, not by counting on."""
    other = file_claim(office.store, office.queue, Folder(office.folder), 1)
    name = filed.claim.photos[0].sha256

    for place in (3, 1_000):
        answer = ann.get(f"claims/{ZEROS}/photos/{place}")
        assert (answer.status_code, problem(answer)) == (404, "not-found")
        assert problem(ann.get(f"claims/{ZEROS}/form/{place}")) == "not-found"
    for wrong in (name, "0", "-1", "1.5", f"..%2F..%2F{reference(1)}%2Fphotos%2F1"):
        assert ann.get(f"claims/{reference(1)}/photos/{wrong}").status_code in {404, 422}
    shown = ann.get(f"claims/{reference(1)}/photos/1", params={"variant": "original"})
    assert shown.content == other.photos[0] != filed.photos[0]


@pytest.mark.usefixtures("filed")
def test_an_unknown_claim_has_no_photos(ann: httpx.Client) -> None:
    """Nor has a shape that there is not."""
    assert problem(ann.get(f"claims/{reference(1)}/photos/1")) == "no-such-claim"
    assert problem(ann.get(f"claims/{reference(1)}/form/1")) == "no-such-claim"
    assert problem(ann.get(FIRST, params={"variant": "huge"})) == "invalid"


@pytest.mark.parametrize("variant", ["original", "view"])
def test_a_photo_that_is_lost_is_gone(
    office: ApiOffice, ann: httpx.Client, filed: Filed, variant: str
) -> None:
    """Which is no reason to try again."""
    Folder(office.folder).delete(filed.claim.photos[0].sha256)

    answer = ann.get(FIRST, params={"variant": variant})

    assert (answer.status_code, problem(answer)) == (410, "gone")


def test_what_is_no_photo_is_not_taken_for_a_page(office: ApiOffice, ann: httpx.Client) -> None:
    """Whatever media type was kept for it: a browser would run what it calls a page."""
    page = b"<script>alert(1)</script>"
    name = Folder(office.folder).put(page)
    form = (FormFile(sha256=name, media_type="text/html"),)
    office.send_claim(replace(plain_claim(2), photos=(Photo(sha256=name),), form=form))

    for part in ("photos", "form"):
        answer = ann.get(f"claims/{reference(2)}/{part}/1", params={"variant": "original"})

        assert answer.content == page
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment; ")


@pytest.mark.usefixtures("filed")
def test_photos_take_a_token(office: ApiOffice, ann: httpx.Client) -> None:
    """That allows to read claims."""
    nobody = httpx.get(ann.base_url.join(FIRST))
    sinks = {"Authorization": f"Bearer {office.token('bo', Scope.SINKS)}"}

    assert (nobody.status_code, problem(nobody)) == (401, "no-token")
    assert problem(ann.get(FIRST, headers=sinks)) == "wrong-scope"
