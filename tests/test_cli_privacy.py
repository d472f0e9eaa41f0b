"""``claimbot privacy``: what is kept of policyholders, and for how long."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimbot.photos.folder import Folder
from claimbot.store import KeptFile
from tests.command_line import Shell, open_shell
from tests.photo_store_contract import LONG_AGO
from tests.store_builders import ANN, received, turn

FAILED = 1
MANY = 60
DONE = {"chats": 0, "photos": 0, "files": 0}


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell in a folder with an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def lay(shell: Shell, data: bytes) -> str:
    """Leave a file of long ago."""
    folder = Folder(shell.folder / "photos")
    name = folder.put(data)
    (path,) = folder.root.rglob(name)
    os.utime(path, (0, 0))
    return name


def test_a_purge_says_what_it_did(shell: Shell) -> None:
    """A line for each kind; the second time there is nothing left to do."""
    with shell.store() as store:
        for data in (b"one", b"two"):
            file = KeptFile(sha256=lay(shell, data), facts=None, media_type="", size=3)
            store.keep_file(ANN, file, LONG_AGO)
        store.receive([received("1")], LONG_AGO)
        store.record(turn(inbox_id=1, at=LONG_AGO))
    lay(shell, b"of a crash")

    done = shell.run("privacy", "purge")

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "chats erased: 1",
        "unused photos forgotten: 0",
        "files deleted that nothing refers to: 3",
    ]
    assert shell.run("privacy", "purge", "--json").json == [DONE]
    assert [path for path in (shell.folder / "photos").rglob("*") if path.is_file()] == []


def test_the_files_of_another_database_are_left_alone(shell: Shell) -> None:
    """Unless it is said that they are nobody's."""
    for number in range(MANY):
        lay(shell, bytes([number]))

    done = shell.run("privacy", "purge", "--json")

    assert (done.code, done.json) == (FAILED, [DONE])
    assert f"of {MANY} files, {MANY} are unknown to this database" in done.err
    assert "`claimbot privacy purge --unknown`" in done.err

    done = shell.run("privacy", "purge", "--unknown", "--json")

    assert (done.code, done.json) == (0, [DONE | {"files": MANY}])
