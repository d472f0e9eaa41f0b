"""``claimbot photos report``: a folder of photos as one page."""

import os
import re
import signal
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.command_line import Shell, heeding_ctrl_c, open_shell
from tests.pictures import encoded, exif, scene

AMSTERDAM: dict[int, object] = {1: "N", 2: (52.0, 22.0, 12.0), 3: "E", 4: (4.0, 53.0, 42.0)}


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside a folder with a good photo from Amsterdam, a small one below, and a text."""
    below = tmp_path / "claim" / "more"
    below.mkdir(parents=True)
    data = encoded(scene(1200, 900), exif=exif({}, {}, AMSTERDAM))
    (tmp_path / "claim" / "it's <i>.jpg").write_bytes(data)
    (below / "small.png").write_bytes(encoded(scene(300, 200), kind="PNG"))
    (tmp_path / "claim" / "notes.txt").write_text("a text")
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        yield shell


def shown(page: Path) -> list[str]:
    """Return which photos are on a page, as they are written there."""
    return re.findall(r'alt="(.*?), full size"', page.read_text(encoding="utf-8"))


def test_a_folder_is_one_page(shell: Shell) -> None:
    """With each photo once, sorted; what is none stands apart.  The page before it is replaced."""
    page = shell.folder / "sheet.html"
    page.write_text("older")

    done = shell.run("photos", "report", "claim", "--html", "sheet.html")

    assert (done.code, done.out) == (0, "")
    assert re.fullmatch(
        r"written: sheet\.html, \d\.\d MB; 2 photos: 1 taken, 1 refused; 1 other file\n", done.err
    )
    assert shown(page) == ["it&#x27;s &lt;i&gt;.jpg", "more/small.png"]
    assert "<td>notes.txt</td><td>not a picture</td>" in page.read_text()
    assert {path.name for path in shell.folder.iterdir()} == {"claim", "sheet.html"}


def test_the_thumbnails_are_small_and_say_nothing_of_the_place(shell: Shell) -> None:
    """Nor does anything else on the page: it is handed round."""
    shell.run("photos", "report", "claim", "--html", "sheet.html")

    text = (shell.folder / "sheet.html").read_text()
    pictures = re.findall(r"data:image/jpeg;base64,([\w+/=]+)", text)
    opened = [Image.open(BytesIO(b64decode(picture))) for picture in pictures]
    assert [picture.size for picture in opened] == [(320, 240), (300, 200)]
    assert [dict(picture.getexif()) for picture in opened] == [{}, {}]
    assert not re.search(r"52\.37|4\.895|latitude|gps", text, re.IGNORECASE)


def test_photos_are_linked_as_seen_from_the_page(shell: Shell) -> None:
    """So both can be moved together; a name may hold any bytes."""
    odd = os.fsdecode(b"\xff#?%.jpg")
    (shell.folder / "claim" / odd).write_bytes(encoded(scene(960, 720)))
    (shell.folder / "pages").mkdir()

    shell.run("photos", "report", "claim", "--html", "pages/sheet.html")

    text = (shell.folder / "pages" / "sheet.html").read_text(encoding="utf-8")
    assert re.findall(r'<a href="([^#].*?)">', text) == [
        "../claim/it%27s%20%3Ci%3E.jpg",
        "../claim/more/small.png",
        "../claim/%FF%23%3F%25.jpg",
    ]


def test_hidden_files_and_the_page_itself_are_left_out(shell: Shell) -> None:
    """Also those in a hidden folder; links are followed, but no folder is entered twice."""
    claim = shell.folder / "claim"
    for hidden in (".thumbs", "other"):
        (shell.folder / "elsewhere" / hidden).mkdir(parents=True)
        (shell.folder / "elsewhere" / hidden / "a.jpg").write_bytes(encoded(scene(960, 720)))
    (claim / "linked").symlink_to(shell.folder / "elsewhere")
    (claim / "more" / "loop").symlink_to(claim)
    (claim / ".hidden.jpg").write_bytes(b"")
    page = claim / "sheet.html"

    first = shell.run("photos", "report", "claim", "--html", page)
    second = shell.run("photos", "report", "claim", "--html", page)

    assert (first.code, first.err) == (0, second.err)
    assert shown(page)[1:] == ["linked/other/a.jpg", "more/small.png"]


def test_a_file_that_cannot_be_read_exits_1(shell: Shell) -> None:
    """It is named, also on the page, which has all the others."""
    (shell.folder / "claim" / "gone.jpg").symlink_to("nowhere")
    (shell.folder / "claim" / "loop.jpg").symlink_to("loop.jpg")

    done = shell.run("photos", "report", "claim", "--html", "sheet.html")

    why = "No such file or directory; put that right, then try again"
    assert done.code == 1
    gone, loop, written = done.err.splitlines()
    assert gone == f"claimbot: claim/gone.jpg: {why}"
    assert loop.startswith("claimbot: claim/loop.jpg: Too many levels of symbolic links; ")
    assert written.endswith("2 photos: 1 taken, 1 refused; 3 other files")
    assert f"<td>gone.jpg</td><td>{why}</td>" in (shell.folder / "sheet.html").read_text()


@pytest.mark.parametrize(
    ("folder", "page", "told"),
    [
        ("gone", "sheet.html", "gone: No such file or directory; put that right, then try again"),
        ("empty", "sheet.html", "empty: no files; name a folder of photos"),
        ("claim", "claim", "{here}/claim: Is no file; put that right, then try again"),
        ("claim", "gone/a.html", "{here}/gone: No such folder; put that right, then try again"),
    ],
)
def test_what_cannot_be_done_is_told_before_the_work(
    shell: Shell, folder: str, page: str, told: str
) -> None:
    """In one sentence, and nothing is written."""
    (shell.folder / "empty").mkdir()

    done = shell.run("photos", "report", folder, "--html", page)

    assert (done.code, done.out) == (1, "")
    assert done.err == f"claimbot: {told.format(here=shell.folder)}\n"
    assert {path.name for path in shell.folder.iterdir()} == {"claim", "empty"}


def test_ctrl_c_leaves_the_page_that_was_there(shell: Shell) -> None:
    """And nothing beside it."""
    page = shell.folder / "sheet.html"
    page.write_text("older")
    (shell.folder / "claim" / "0-gone.jpg").symlink_to("nowhere")
    for number in range(3000):
        (shell.folder / "claim" / f"{number + 1}.jpg").symlink_to("it's <i>.jpg")
    with (
        heeding_ctrl_c(),
        subprocess.Popen(  # noqa: S603  our own command
            (sys.executable, "-m", "claimbot", "photos", "report", "claim", "--html", page),
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process,
    ):
        assert process.stderr is not None
        assert b"0-gone.jpg" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate()

    assert (process.returncode, told) == (130, b"")
    assert page.read_text() == "older"
    assert {path.name for path in shell.folder.iterdir()} == {"claim", "sheet.html"}


def test_the_page_has_to_be_named(shell: Shell) -> None:
    """A hint on standard error, exit 2."""
    done = shell.run("photos", "report", "claim")

    assert (done.code, done.out) == (2, "")
    assert "Missing option '--html'" in done.err
