"""``claimbot photos check``: what the bot would say of a photo."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image

from claimbot.claim import Flaw
from claimbot.cli.looking import Look, Unseen, in_order
from claimbot.errors import MachineBusy
from claimbot.photos.examination import examine
from tests.command_line import Shell, heeding_ctrl_c, open_shell
from tests.pictures import encoded, exif, scene

AMSTERDAM: dict[int, object] = {1: "N", 2: (52.0, 22.0, 12.0), 3: "E", 4: (4.0, 53.0, 42.0)}

MEASURED = {
    "format",
    "width",
    "height",
    "sha256",
    "block",
    "reblur",
    "mean",
    "p5",
    "p95",
    "phash",
    "taken_at",
}


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside a good photo, a dark one, and a file that is none."""
    (tmp_path / "good.jpg").write_bytes(encoded(scene(960, 720)))
    (tmp_path / "dark.png").write_bytes(
        encoded(scene(960, 720).point(lambda level: level // 12), kind="PNG")
    )
    (tmp_path / "[x] none.jpg").write_text("a text")
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        yield shell


def test_each_photo_is_one_line_of_json(shell: Shell) -> None:
    """In the order of the files; a refused photo is no failure."""
    done = shell.run("photos", "check", "good.jpg", "dark.png", "[x] none.jpg", "--json")

    assert (done.code, done.err) == (0, "")
    good, dark, none = done.json
    assert [seen["file"] for seen in done.json] == ["good.jpg", "dark.png", "[x] none.jpg"]
    assert (good["ok"], good["flaws"]) == (True, [])
    assert good["facts"].keys() >= MEASURED
    assert (good["facts"]["format"], good["facts"]["width"]) == ("JPEG", 960)
    assert (dark["ok"], dark["flaws"]) == (False, ["dark"])
    assert none == {
        "file": "[x] none.jpg",
        "ok": False,
        "flaws": ["not_an_image"],
        "flags": [],
        "facts": None,
    }


def test_people_read_a_table(shell: Shell) -> None:
    """With the verdict in front and in plain words, and no markup from a file's name."""
    done = shell.run("photos", "check", "good.jpg", "dark.png", "[x] none.jpg")

    _, good, dark, why, none, *_ = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert good.split()[:5] == ["fine", "good.jpg", "960", "x", "720"]
    assert dark.split()[:2] == ["refused", "dark.png"]
    assert why.strip() == "too dark (not quite sharp, rather dark)"
    assert none.split() == ["refused", "[x]", "none.jpg", "-", "-", "-"]


def test_people_read_what_the_policyholder_does(shell: Shell) -> None:
    """Once for each flaw, however many photos have it."""
    done = shell.run("photos", "check", "dark.png", "good.jpg", "dark.png")

    title, dark = done.out.splitlines()[-2:]
    assert title.split()[:3] == ["refused", "for", "photos"]
    assert dark.rstrip() == "too dark     2       Turn on the flash or find more light."


def test_what_is_only_noted_stands_below_the_file(shell: Shell) -> None:
    """The bot takes such a photo, so it has nothing to say of it."""
    (shell.folder / "small.jpg").write_bytes(encoded(scene(800, 600)))

    done = shell.run("photos", "check", "small.jpg")

    _, small, why = done.out.splitlines()
    assert small.split()[:2] == ["noted", "small.jpg"]
    assert why.strip() == "few pixels"


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_file_that_cannot_be_read_exits_1(shell: Shell, flags: list[str]) -> None:
    """The others are looked at; what never ends is not waited for."""
    os.mkfifo(shell.folder / "pipe")

    done = shell.run("photos", "check", "gone.jpg", ".", "pipe", "/dev/zero", "good.jpg", *flags)

    assert done.code == 1
    assert "good.jpg" in done.out
    assert done.err.splitlines() == [
        "claimbot: gone.jpg: No such file or directory; put that right, then try again",
        "claimbot: .: Is a folder; name its photos, or use `claimbot photos report`",
        "claimbot: pipe: Is no file; name a photo",
        "claimbot: /dev/zero: Is no file; name a photo",
    ]


def test_only_files_that_cannot_be_read_leave_nothing_to_show(shell: Shell) -> None:
    """Not even an empty table."""
    done = shell.run("photos", "check", "gone.jpg")

    assert (done.code, done.out) == (1, "")


def test_a_file_without_an_end_is_too_large(shell: Shell) -> None:
    """It is read no further than the bot would."""
    endless = shell.folder / "endless.jpg"
    endless.write_bytes(encoded(Image.new("L", (8, 8))))
    os.truncate(endless, 10**12)  # a hole, which takes no room on the disk

    (seen,) = shell.run("photos", "check", endless, "--json").json

    assert seen["flaws"] == [Flaw.TOO_LARGE]


def test_a_name_that_is_no_text_is_told_all_the_same(shell: Shell) -> None:
    """File names are bytes; what is printed of them is valid."""
    name = os.fsdecode(b"\xff.jpg")
    (shell.folder / name).write_bytes(b"")

    found = shell.run("photos", "check", name, "--json")
    told = shell.run("photos", "check", name)

    assert json.loads(found.out)["file"] == name
    assert told.out.splitlines()[1].split()[:2] == ["refused", "\N{REPLACEMENT CHARACTER}.jpg"]


def test_photos_are_told_in_order_whoever_is_ready_first(shell: Shell) -> None:
    """Small ones overtake large ones, but not in what is printed."""
    (shell.folder / "large.png").write_bytes(encoded(scene(2400, 1800), kind="PNG"))
    files = ["large.png", *["[x] none.jpg"] * 5, "good.jpg", "large.png", "dark.png"]

    done = shell.run("photos", "check", *files, "--json")

    assert [seen["file"] for seen in done.json] == files


def test_the_position_is_in_no_answer(shell: Shell) -> None:
    """Facts are shown to people who have no need of it."""
    (shell.folder / "somewhere.jpg").write_bytes(encoded(scene(), exif=exif({}, {}, AMSTERDAM)))

    (seen,) = shell.run("photos", "check", "somewhere.jpg", "--json").json

    assert seen["ok"]
    assert not {"place", "latitude", "longitude"} & seen["facts"].keys()


class Terminal(StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


def test_a_person_at_a_terminal_sees_how_far_it_is(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, and gone at the end; standard output holds only the answers."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen := Terminal())

    done = shell.run("photos", "check", "good.jpg", "dark.png", "--json")

    assert [seen["file"] for seen in done.json] == ["good.jpg", "dark.png"]
    assert "100%" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[1A\x1b[2K")  # up a line, and that is empty


def test_lines_on_the_same_terminal_are_not_disturbed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They show the progress themselves."""
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())

    shell.run("photos", "check", "good.jpg", "dark.png", "--json")

    assert screen.getvalue() == ""


@pytest.mark.usefixtures("shell")
def test_ctrl_c_ends_it_at_once() -> None:
    """As a shell tells it, without a word, and no process is left behind."""
    command = (sys.executable, "-m", "claimbot", "photos", "check", "--json")
    with (
        heeding_ctrl_c(),
        subprocess.Popen(  # noqa: S603  our own command
            (*command, *["good.jpg"] * 5000),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate()

    assert (process.returncode, told) == (130, b"")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_few_files_are_in_hand_however_many_are_named(shell: Shell) -> None:
    """The next one is read when the first one is done."""
    in_hand = 0
    most = 0

    def begin(data: bytes) -> Callable[[], Look]:
        nonlocal in_hand, most
        in_hand += 1
        most = max(most, in_hand)
        return partial(end, data)

    def end(data: bytes) -> Look:
        nonlocal in_hand
        in_hand -= 1
        return Look(examine(data), None)

    paths = [shell.folder / "[x] none.jpg"] * 20
    assert [path for path, _ in in_order(paths, begin, 3)] == paths
    assert (in_hand, most) == (0, 3)


def test_a_machine_without_time_for_a_photo_is_told_as_such(shell: Shell) -> None:
    """It is no verdict on the photo, and the others are looked at."""

    def begin(data: bytes) -> Callable[[], Look]:
        def end() -> Look:
            if data.startswith(b"a text"):
                raise MachineBusy("too slow")
            return Look(examine(data), None)

        return end

    paths = [shell.folder / "[x] none.jpg", shell.folder / "good.jpg"]
    (_, busy), (_, good) = in_order(paths, begin, 2)

    assert busy == Unseen("this machine is too busy to look at it; try again")
    assert isinstance(good, Look)


def test_no_file_is_wrong_usage(shell: Shell) -> None:
    """A hint on standard error, exit 2."""
    done = shell.run("photos", "check")

    assert (done.code, done.out) == (2, "")
    assert "Missing argument 'FILE...'" in done.err
