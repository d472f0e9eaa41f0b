"""Content credentials are noted with what they say, and nobody is asked about them."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from claimbot.claim import Finding, Flag
from tests.extras_at_hand import at_hand, child_of
from tests.fake_bot_api import FakeBotApi
from tests.journeys import POLICY_NUMBER, laid, photo
from tests.pictures import encoded, scene
from tests.store_builders import claim

INTACT = "signature intact, written by Polder Painter, signed as Polder Camera"


@pytest.fixture
def child() -> Any:
    """What the extra's process runs, in this process."""
    return child_of("c2pa")


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A server that nobody is to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


def signed(*about: str, **more: Any) -> bytes:
    """Return a JPEG with content credentials."""
    from tests import credentials  # noqa: PLC0415  it needs the extra

    return credentials.signed(*about, **more)


def told(child: Any, data: bytes) -> str:
    """Return what the adjuster reads of a picture."""
    return ", ".join(json.loads(child.answer(data)))


def was_called(server: socket.socket) -> bool:
    """Tell whether somebody connected to a server."""
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_a_picture_says_how_it_was_made(child: Any) -> None:
    """By whom, by what, and whether that is still the picture that was signed."""
    assert told(child, signed()) == INTACT
    assert told(child, signed("trainedAlgorithmicMedia")) == f"made by AI, {INTACT}"
    composite = signed("compositeWithTrainedAlgorithmicMedia")
    assert told(child, composite) == f"partly made by AI, {INTACT}"


def test_a_picture_that_was_changed_since_is_told(child: Any) -> None:
    """One byte of its pixels is enough."""
    data = bytearray(signed())
    data[-100] ^= 1

    assert told(child, bytes(data)) == INTACT.replace("intact", "not valid")


def test_credentials_that_are_damaged_are_told(child: Any) -> None:
    """At every one of many places; none of them breaks anything."""
    data = signed()
    begin = data.index(b"jumb")
    answers = set()
    for place in range(begin, begin + 4000, 97):
        damaged = bytearray(data)
        damaged[place] ^= 0x55
        answers.add(told(child, bytes(damaged)))

    assert "cannot be read" in answers
    assert any("signature not valid" in answer for answer in answers)


def test_pictures_without_credentials_have_none(child: Any) -> None:
    """Nor has what is no picture at all."""
    for kind in ("JPEG", "PNG", "WEBP", "HEIF"):
        assert told(child, encoded(scene(64, 64), kind)) == ""
    for data in (b"", b"no picture", signed()[:3000]):
        assert told(child, data) == ""


def test_names_are_one_short_line(child: Any) -> None:
    """Whoever made the picture chose them."""
    program = {"name": "Polder\n\x1b]0;" + "painter " * 99, "version": "1"}

    line = told(child, signed(program=program))

    assert "\n" not in line
    assert len(line) < 200


def test_nobody_is_asked_for_credentials_or_certificates(
    child: Any, server: socket.socket
) -> None:
    """Not even when the picture says where; the library by itself would."""
    import c2pa  # noqa: PLC0415  it is there now

    port = server.getsockname()[1]
    elsewhere = signed(remote=f"http://127.0.0.1:{port}/credentials")
    revocable = signed(ocsp=f"http://127.0.0.1:{port}/ocsp")

    assert told(child, elsewhere) == "kept elsewhere, not fetched"
    assert told(child, revocable) == INTACT
    assert not was_called(server)

    server.settimeout(10)
    with ThreadPoolExecutor(1) as other:
        reading = other.submit(_read, c2pa, elsewhere)
        server.accept()[0].close()
        reading.result()


def _read(c2pa: Any, data: bytes) -> None:
    with pytest.raises(c2pa.C2paError):
        c2pa.Reader(BytesIO(data))


def test_a_claims_pictures_are_noted() -> None:
    """By the extra's own process, which works when it is tried."""
    files = {"aa": signed(), "bb": encoded(scene(64, 64))}
    with closing(at_hand("c2pa")) as extra:
        extra.check()
        seen = extra.inspect(claim("CB-1", "aa", "bb"), files.__getitem__)

    note = Finding(sha256="aa", flag=Flag.CONTENT_CREDENTIALS, detail=INTACT)
    assert (seen.findings, seen.failure) == ((note,), None)


async def test_a_picture_of_an_ai_reaches_the_adjuster_as_such(tmp_path: Path) -> None:
    """From the chat to the claim's findings; the policyholder hears nothing of it."""
    at_hand("c2pa")
    made_up = signed("trainedAlgorithmicMedia", picture=photo("close by"))
    async with FakeBotApi() as api, laid(api, tmp_path, extras="c2pa") as table:
        piet = api.user()
        for words in ("hallo", POLICY_NUMBER):
            await table.answers(piet, await piet.says(words))
        album = [photo("whole car"), photo("from two metres"), made_up]
        await table.answers(piet, *await piet.sends_album(album, as_is=True))
        for words in ("geen", "versturen"):
            await table.answers(piet, await piet.says(words))

        [sent] = table.app.desk.newest()

    assert [(found.sha256, found.detail) for found in sent.findings] == [
        (sent.claim.photos[2].sha256, f"made by AI, {INTACT}")
    ]
    assert "AI" not in " ".join(said.text for said in piet.heard)
