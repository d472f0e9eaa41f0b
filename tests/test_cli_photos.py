"""``claimbot photos check``: what the bot would say of a photo."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from claimbot.claim import Flaw
from tests.command_line import Shell, open_shell
from tests.pictures import encoded, scene

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
    """With the verdict in plain words, and no markup from a file's name."""
    done = shell.run("photos", "check", "good.jpg", "dark.png", "[x] none.jpg")

    _, good, dark, none = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert good.split()[:4] == ["good.jpg", "960", "x", "720"]
    assert "fine" in good
    assert "too dark (" in dark
    assert "rather dark" in dark
    assert none.split() == ["[x]", "none.jpg", "-", "-", "-", "not", "a", "picture"]


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_file_that_cannot_be_read_exits_1(shell: Shell, flags: list[str]) -> None:
    """After the others were looked at."""
    done = shell.run("photos", "check", "gone.jpg", ".", "good.jpg", *flags)

    assert done.code == 1
    assert "good.jpg" in done.out
    assert done.err.splitlines() == [
        "claimbot: gone.jpg: No such file or directory; name a photo",
        "claimbot: .: Is a directory; name a photo",
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
    assert told.out.splitlines()[-1].startswith("\N{REPLACEMENT CHARACTER}.jpg")


def test_no_file_is_wrong_usage(shell: Shell) -> None:
    """A hint on standard error, exit 2."""
    done = shell.run("photos", "check")

    assert (done.code, done.out) == (2, "")
    assert "Missing argument 'FILE...'" in done.err
