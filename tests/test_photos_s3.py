"""Photos in an S3 bucket: moto's server, and servers that are away, ill or of another kind."""

import socket
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from werkzeug import Request, Response

from claimbot.errors import BadConfiguration, NoSuchPlug, PhotoMissing
from claimbot.photos import open_photos, path_of, s3
from claimbot.photos.folder import Folder
from claimbot.photos.s3 import Bucket, open_s3
from tests.photo_store_contract import (
    ANY_TIME,
    NAME,
    PHOTO,
    PLACE,
    PhotoStoreContract,
    Shelf,
)
from tests.s3_server import S3Server, serving

NOBODY = "http://127.0.0.1:1"  # a port at which nothing listens
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

USES: dict[str, Callable[[Bucket], object]] = {
    "put": lambda bucket: bucket.put(PHOTO),
    "get": lambda bucket: bucket.get(NAME),
    "delete": lambda bucket: bucket.delete(NAME),
    "put_copy": lambda bucket: bucket.put_copy(NAME, "view", b"small"),
    "get_copy": lambda bucket: bucket.get_copy(NAME, "view"),
    "stored": lambda bucket: list(bucket.stored(ANY_TIME)),
}
every_use = pytest.mark.parametrize("use", USES)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have credentials, and no machine that would give others."""
    for key in KEYS:
        monkeypatch.setenv(key, "anyone")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", NOBODY)


@pytest.fixture
def server() -> Iterator[S3Server]:
    """Serve an empty bucket."""
    with serving() as server:
        yield server


def opened(endpoint: str, place: str = "photos") -> Bucket:
    """Open a place on a server."""
    return open_s3(f"s3://{place}?endpoint={endpoint}&region=eu-central-1")


class TestBucket(PhotoStoreContract):
    """A bucket keeps the contract."""

    @pytest.fixture
    def shelf(self, server: S3Server) -> Shelf:
        """The store, and the server's own insides."""
        return Shelf(
            store=opened(server.endpoint), names=server.keys, read=server.read, lay=server.lay
        )


def test_the_bucket_is_found_by_its_scheme(server: S3Server) -> None:
    """``s3:`` in the PHOTOS setting is this plug."""
    open_photos(f"s3://photos?endpoint={server.endpoint}").put(PHOTO)

    assert server.keys() == {PLACE}


@pytest.mark.parametrize("prefix", ["claims", "claims/", "/claims", "claims/2026"])
def test_a_prefix_leaves_room_for_others(server: S3Server, prefix: str) -> None:
    """A bucket can be shared: all of ours lies below the prefix."""
    opened(server.endpoint, f"photos/{prefix}").put(PHOTO)

    assert server.keys() == {f"{prefix.strip('/')}/{PLACE}"}


def test_a_folder_can_be_copied_into_a_bucket(server: S3Server, tmp_path: Path) -> None:
    """Who outgrows a disk moves with any tool that copies files."""
    folder = Folder(tmp_path)
    folder.put_copy(folder.put(PHOTO), "view", b"small")
    for path in tmp_path.rglob(f"{NAME}*"):
        server.lay(str(path.relative_to(tmp_path)), path.read_bytes())

    bucket = opened(server.endpoint)

    assert bucket.get(NAME) == PHOTO
    assert bucket.get_copy(NAME, "view") == b"small"


def test_more_photos_than_one_answer_holds_are_listed(server: S3Server) -> None:
    """The server tells of a thousand at a time; only those below our prefix are asked for."""
    names = {f"{number:064x}" for number in range(1_001)}
    server.fill(f"claims/{path_of(name)}" for name in names)
    server.fill([f"claims2/{PLACE}", PLACE])
    server.asked.clear()

    assert set(opened(server.endpoint, "photos/claims").stored(ANY_TIME)) == names
    assert len(server.asked) == 2


def test_a_photo_that_is_there_is_not_sent_again(server: S3Server) -> None:
    """Policyholders send a photo twice; it is uploaded once."""
    bucket = opened(server.endpoint)

    bucket.put(PHOTO)
    bucket.put(PHOTO)

    assert server.asked.count(f"PUT /photos/{PLACE}") == 1


def test_a_photo_that_arrives_otherwise_is_not_kept(server: S3Server) -> None:
    """Promise 2: what is said to be kept has been read back."""

    def garble(request: Request) -> None:
        if request.method == "PUT":
            request.environ["wsgi.input"] = BytesIO(bytes(len(PHOTO)))

    server.trouble = garble

    with pytest.raises(OSError, match="does not give back what it took"):
        opened(server.endpoint).put(PHOTO)


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:secret@photos",
        "s3://photos?endpoint=https://key:secret@s3.example.com",
        "s3://key:sec/ret@photos/claims",
    ],
)
def test_a_password_in_the_url_is_refused(url: str) -> None:
    """URLs are shown and logged, so the message does not repeat it either."""
    with pytest.raises(BadConfiguration, match=r"must not hold a password; set AWS_") as caught:
        open_s3(url)

    assert "sec" not in str(caught.value).replace("SECRET", "")


@pytest.mark.parametrize(
    "url",
    [
        "s3:",
        "s3://",
        "s3:photos",
        "s3:///photos",
        "s3://Photos",
        "s3://photos/a b",
        "s3://photos#claims",
        "s3://photos?secret_access_key=hidden",
        "s3://photos?endpoint=ftp://hidden",
        "s3://photos?endpoint=hidden:9000",
        "s3://photos?endpoint=http://hidden:99999",
        "s3://photos?endpoint=http://hidden/path",
    ],
)
def test_a_url_that_names_no_bucket_is_refused(url: str) -> None:
    """The message shows one that would do, and nothing of this one: who knows what it holds."""
    with pytest.raises(BadConfiguration, match=r"write s3://bucket/prefix\?endpoint") as caught:
        open_s3(url)

    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["a//b", "a/../b"])
def test_a_prefix_that_names_no_place_is_refused(prefix: str) -> None:
    """As nothing can climb below a prefix, nothing can in it."""
    with pytest.raises(BadConfiguration, match=f"s3://photos/{prefix}: Could not parse path"):
        open_s3(f"s3://photos/{prefix}")


def test_the_urls_server_goes_before_the_environments(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photos are not sent to a server that was meant for another program."""
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, NOBODY)

    opened(server.endpoint).check()


def test_without_tls_nothing_is_sent_unless_the_url_says_so(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that only the environment names is spoken to in secret, or not at all."""
    monkeypatch.setenv("AWS_ENDPOINT", server.endpoint)
    before = list(server.asked)

    with pytest.raises(BadConfiguration, match="must stand in the URL: endpoint=http://"):
        open_s3("s3://photos").check()

    assert server.asked == before


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message can be pasted into a terminal."""
    monkeypatch.delitem(sys.modules, "claimbot.photos.s3")
    monkeypatch.setitem(sys.modules, "obstore.store", None)

    with pytest.raises(NoSuchPlug, match=r"pip install claimbot\[s3\]"):
        open_photos("s3://photos")


def test_a_bucket_that_is_not_there_holds_no_missing_photos(server: S3Server) -> None:
    """It is a mistake in the settings, or a loss; no photo is called missing for it."""
    bucket = opened(server.endpoint, "phtoos")

    with pytest.raises(BadConfiguration, match="there is no such bucket; make it, or set CLAIMB"):
        bucket.check()
    for use in USES.values():
        with pytest.raises(OSError, match=r"s3://phtoos at http://127\S+: there is no such buck"):
            use(bucket)


def test_missing_credentials_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names what to set."""
    for key in KEYS:
        monkeypatch.delenv(key)

    with pytest.raises(BadConfiguration, match="are no credentials; set AWS_ACCESS_KEY_ID and"):
        opened(NOBODY).check()


@pytest.mark.parametrize("missing", KEYS)
def test_half_of_the_credentials_are_none(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found before anything is sent."""
    monkeypatch.delenv(missing)

    with pytest.raises(BadConfiguration, match="are no credentials; set AWS_ACCESS_KEY_ID and"):
        opened(NOBODY)


def test_a_machines_own_role_will_do(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a cloud's machine no secret needs to be set."""
    for key in KEYS:
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", server.endpoint)

    opened(server.endpoint).check()


def test_refused_credentials_are_told_from_missing_ones(server: S3Server) -> None:
    """The message names what they must allow."""
    server.tell("POST", "/moto-api/reset-auth", b"0")
    try:
        with pytest.raises(BadConfiguration, match="refused; the credentials must let us list"):
            opened(server.endpoint).check()
    finally:
        server.tell("POST", "/moto-api/reset-auth", b"inf")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_every_right_that_is_needed_is_checked(server: S3Server, method: str) -> None:
    """A store that could not be read or emptied is found before the first photo comes."""

    def refuse(request: Request) -> Response | None:
        return Response(status=403) if request.method == method else None

    server.trouble = refuse

    with pytest.raises(BadConfiguration, match="access is refused"):
        opened(server.endpoint).check()


def test_checking_in_vain_leaves_nothing(server: S3Server) -> None:
    """Whatever was put to prove that it can be is taken away again."""

    def refuse(request: Request) -> Response | None:
        return Response(status=403) if request.method == "GET" else None

    server.trouble = refuse
    with pytest.raises(BadConfiguration):
        opened(server.endpoint).check()
    server.trouble = lambda _: None

    assert server.keys() == set()


@every_use
def test_a_server_that_is_ill_is_an_oserror(server: S3Server, use: str) -> None:
    """It is asked three times; then the intake tries again later."""
    server.asked.clear()
    server.trouble = lambda _: Response("<Error><Code>SlowDown</Code></Error>", 503)

    with pytest.raises(OSError, match=r"s3://photos at http://127\S+: SlowDown$"):
        USES[use](opened(server.endpoint))

    assert len(server.asked) == 3


@every_use
def test_a_server_that_is_away_is_an_oserror(use: str) -> None:
    """One sentence, which says where to look."""
    with pytest.raises(OSError, match=r"s3://photos at \S+: no answer; look at its endpoint in C"):
        USES[use](opened(NOBODY))


@pytest.mark.parametrize("use", ["put", "get", "delete", "get_copy", "stored"])
def test_a_server_that_hangs_is_given_up(use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three times its patience, and before any photo is on its way."""
    monkeypatch.setattr(s3, "ANSWER_WITHIN", timedelta(milliseconds=50))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        bucket = opened(f"http://127.0.0.1:{listening.getsockname()[1]}")

        with pytest.raises(OSError, match="no answer"):
            USES[use](bucket)


def test_a_server_of_another_kind_holds_no_missing_photos(server: S3Server) -> None:
    """Its "not found" says nothing of photos, which are not called missing for it."""
    server.trouble = lambda _: Response("<html>Not Found</html>", 404)

    with pytest.raises(OSError, match=r"status code: 404 Not Found: $") as caught:
        opened(server.endpoint).get(NAME)

    assert not isinstance(caught.value, PhotoMissing)


def test_an_answer_that_breaks_off_is_an_oserror(server: S3Server) -> None:
    """Half a photo is not a photo that changed."""
    server.lay(PLACE, PHOTO)
    head = {"ETag": '"x"', "Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT"}

    def break_off(_: Request) -> Response:
        answer = Response(PHOTO[:10], headers=head)
        answer.automatically_set_content_length = False
        answer.content_length = len(PHOTO)
        return answer

    server.trouble = break_off

    with pytest.raises(OSError, match="s3://photos at"):
        opened(server.endpoint).get(NAME)
