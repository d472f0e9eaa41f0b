"""The folder that keeps photos."""

import os
import resource
import stat
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from claimbot.errors import BadConfiguration, PhotoMissing
from claimbot.photos import open_photos
from claimbot.photos.folder import Folder, open_folder

PHOTO = b"three dents and a scratch"
NAME = sha256(PHOTO).hexdigest()


def files(root: Path) -> list[Path]:
    """Return every file under a folder, hidden ones too."""
    return [path for path in root.rglob("*") if path.is_file()]


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


def test_bytes_are_kept_under_their_hash(tmp_path: Path) -> None:
    """What was put comes back, from a file that anyone can check with sha256sum."""
    folder = Folder(tmp_path / "photos")

    name = folder.put(PHOTO)

    assert name == NAME
    assert folder.get(name) == PHOTO
    assert files(tmp_path) == [tmp_path / "photos" / name[:2] / name[2:4] / name]


def test_nobody_else_can_read_a_photo(tmp_path: Path) -> None:
    """Files and folders are for their owner alone, whatever the umask."""
    was = os.umask(0)
    try:
        Folder(tmp_path / "data" / "photos").put(PHOTO)
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


def test_putting_mends_a_damaged_photo(tmp_path: Path) -> None:
    """Bytes that rotted are written again when the photo is sent again."""
    folder = Folder(tmp_path)
    folder.put(PHOTO)
    files(tmp_path)[0].write_bytes(PHOTO[:-1])

    folder.put(PHOTO)

    assert folder.get(NAME) == PHOTO


def test_the_same_photo_put_by_many_at_once_is_kept_once(tmp_path: Path) -> None:
    """Workers that receive the same photo do not disturb each other."""
    folder = Folder(tmp_path / "photos")

    with ThreadPoolExecutor(8) as workers:
        names = set(workers.map(folder.put, [PHOTO] * 40))

    assert names == {NAME}
    assert len(files(tmp_path)) == 1


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path) -> None:
    """A put that fails says so, and half a photo is not kept."""
    folder = Folder(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            folder.put(PHOTO)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert files(tmp_path) == []


@pytest.mark.parametrize("name", [NAME, "", "../../etc/passwd", NAME.upper(), NAME + "\n"])
def test_a_photo_that_is_not_there_is_missing(tmp_path: Path, name: str) -> None:
    """Any name but that of a kept photo is missing, and none of them leaves the folder."""
    with pytest.raises(PhotoMissing, match="is not in the photo store"):
        Folder(tmp_path).get(name)


def test_a_photo_that_changed_is_missing(tmp_path: Path) -> None:
    """Bytes that no longer match their name are never handed out."""
    folder = Folder(tmp_path)
    folder.put(PHOTO)
    files(tmp_path)[0].write_bytes(b"another car")

    with pytest.raises(PhotoMissing, match="its bytes have changed"):
        folder.get(NAME)


def test_deleting_forgets_what_a_crash_left_too(tmp_path: Path) -> None:
    """After a person's data are erased, no unfinished copy of their photo remains."""
    folder = Folder(tmp_path)
    folder.put(PHOTO)
    (tmp_path / NAME[:2] / NAME[2:4] / f".{NAME}.half").write_bytes(PHOTO[:10])

    folder.delete(NAME)
    folder.delete(NAME)

    assert files(tmp_path) == []


@pytest.mark.parametrize("name", [NAME, "../outside", ""])
def test_deleting_what_is_not_there_does_nothing(tmp_path: Path, name: str) -> None:
    """A name that holds no photo is no error, and no way out of the folder."""
    (tmp_path / "outside").write_bytes(b"kept")

    Folder(tmp_path / "photos").delete(name)

    assert files(tmp_path) == [tmp_path / "outside"]


def test_checking_proves_that_bytes_can_be_kept(tmp_path: Path) -> None:
    """A folder that can be written to passes, and holds nothing afterwards."""
    Folder(tmp_path / "deep" / "photos").check()

    assert files(tmp_path) == []


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
    for use in (lambda: folder.put(PHOTO), lambda: folder.delete(kept)):
        with pytest.raises(FileNotFoundError, match="the folder is gone"):
            use()

    (tmp_path / "elsewhere").rename(tmp_path / "photos")
    folder.check()
    assert folder.get(kept) == PHOTO
