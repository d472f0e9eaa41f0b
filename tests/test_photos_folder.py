"""The folder that keeps photos."""

import os
import resource
import stat
from pathlib import Path

import pytest

from claimbot.errors import BadConfiguration
from claimbot.photos import open_photos
from claimbot.photos.folder import Folder, open_folder
from tests.photo_store_contract import (
    ANY_TIME,
    LONG_AGO,
    NAME,
    PHOTO,
    PLACE,
    PhotoStoreContract,
    Shelf,
)


def files(root: Path) -> list[Path]:
    """Return every file under a folder, hidden ones too."""
    return [path for path in root.rglob("*") if path.is_file()]


class TestFolder(PhotoStoreContract):
    """A folder keeps the contract."""

    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Shelf:
        """A folder that is not there yet, and its files."""
        root = tmp_path / "deep" / "photos"

        def lay(name: str, data: bytes) -> None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)

        return Shelf(
            store=Folder(root),
            names=lambda: {str(path.relative_to(root)) for path in files(root)},
            read=lambda name: (root / name).read_bytes(),
            lay=lay,
        )


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:./photos", "photos"),
        ("file:photos", "photos"),
        ("file:/srv/photos", "/srv/photos"),
        ("file:///srv/photos", "/srv/photos"),
        ("file:./my%20photos", "my photos"),
    ],
)
def test_a_url_names_a_folder(url: str, path: str) -> None:
    """Relative and absolute URLs mean what they look like; nothing is made by opening."""
    assert open_folder(url).root == Path(path)


@pytest.mark.parametrize("url", ["file:", "file://server/photos", "file://"])
def test_a_url_that_names_no_folder_here_is_refused(url: str) -> None:
    """The message shows the URL and one that would do."""
    with pytest.raises(BadConfiguration, match=f"'{url}'.*write file:./photos"):
        open_folder(url)


def test_the_folder_is_found_by_its_scheme(tmp_path: Path) -> None:
    """``file:`` in the PHOTOS setting is this plug."""
    assert isinstance(open_photos(f"file:{tmp_path}"), Folder)


def test_nobody_else_can_read_a_photo(tmp_path: Path) -> None:
    """Files and folders are for their owner alone, whatever the umask."""
    was = os.umask(0)
    try:
        folder = Folder(tmp_path / "data" / "photos")
        folder.put_copy(folder.put(PHOTO), "view", b"small")
    finally:
        os.umask(was)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").rglob("*")}
    assert modes == {0o700, 0o600}


def test_putting_twice_changes_nothing(tmp_path: Path) -> None:
    """The second put leaves the file as the first one wrote it."""
    folder = Folder(tmp_path)
    folder.put(PHOTO)
    before = files(tmp_path)[0].stat()

    folder.put(PHOTO)

    after = files(tmp_path)[0].stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path) -> None:
    """A put that fails says so, and neither half a photo nor half a copy is kept."""
    folder = Folder(tmp_path)
    name = folder.put(b"small")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            folder.put(PHOTO)
        with pytest.raises(OSError, match="File too large"):
            folder.put_copy(name, "view", PHOTO)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert [path.name for path in files(tmp_path)] == [name]


def test_deleting_forgets_what_a_crash_left_too(tmp_path: Path) -> None:
    """After a person's data are erased, no unfinished copy of their photo remains."""
    folder = Folder(tmp_path)
    folder.put(PHOTO)
    for unfinished in (f".{NAME}.half", f".{NAME}.view.half"):
        (tmp_path / NAME[:2] / NAME[2:4] / unfinished).write_bytes(PHOTO[:10])

    folder.delete(NAME)
    folder.delete(NAME)

    assert files(tmp_path) == []


def test_what_a_crash_left_half_written_is_removed(tmp_path: Path) -> None:
    """Beside a photo that stays, too; not while it may still be being written."""
    folder = Folder(tmp_path)
    folder.put(PHOTO)
    for unfinished in (f".{NAME}.half", f".{NAME}.view.half"):
        (tmp_path / PLACE).with_name(unfinished).write_bytes(PHOTO[:10])

    assert list(folder.stored(LONG_AGO)) == []
    assert len(files(tmp_path)) == 3
    assert list(folder.stored(ANY_TIME)) == [NAME]
    assert files(tmp_path) == [tmp_path / PLACE]


def test_a_file_that_vanishes_while_its_folder_is_read_is_passed_over(tmp_path: Path) -> None:
    """Other processes put and delete meanwhile; a name without a file stands for that here."""
    folder = Folder(tmp_path)
    (tmp_path / folder.put(PHOTO)[:2] / NAME[2:4] / f"{NAME}.view").symlink_to("nowhere")

    assert list(folder.stored(ANY_TIME)) == [NAME]


@pytest.mark.parametrize("name", [NAME, "../outside", ""])
def test_deleting_what_is_not_there_does_nothing(tmp_path: Path, name: str) -> None:
    """A name that holds no photo is no error, and no way out of the folder."""
    (tmp_path / "outside").write_bytes(b"kept")

    Folder(tmp_path / "photos").delete(name)

    assert files(tmp_path) == [tmp_path / "outside"]


def test_a_folder_that_cannot_be_written_to_is_bad_configuration(tmp_path: Path) -> None:
    """The message names the folder, the reason and what to do."""
    in_the_way = tmp_path / "a-file"
    in_the_way.write_bytes(b"")
    folder = Folder(in_the_way / "photos")

    with pytest.raises(BadConfiguration, match=r"a-file/photos: File exists; .* CLAIMBOT_PHOTOS"):
        folder.check()
    with pytest.raises(OSError, match="Not a directory"):
        folder.put(PHOTO)


def test_a_folder_that_is_gone_is_not_begun_anew(tmp_path: Path) -> None:
    """A volume that came loose must not look like an empty store, nor like deleted photos."""
    folder = Folder(tmp_path / "photos")
    folder.check()
    kept = folder.put(PHOTO)
    (tmp_path / "photos").rename(tmp_path / "elsewhere")

    with pytest.raises(BadConfiguration, match="the folder is gone; put it back"):
        folder.check()
    for use in (
        lambda: folder.put(PHOTO),
        lambda: folder.delete(kept),
        lambda: folder.put_copy(kept, "view", b"small"),
        lambda: list(folder.stored(ANY_TIME)),
    ):
        with pytest.raises(FileNotFoundError, match="the folder is gone"):
            use()

    (tmp_path / "elsewhere").rename(tmp_path / "photos")
    folder.check()
    assert folder.get(kept) == PHOTO
