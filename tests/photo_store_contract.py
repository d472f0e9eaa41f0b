"""The contract of the photo store: what every plug promises, whatever it keeps bytes in.

A plug keeps it when its subclass of `PhotoStoreContract`, with a fixture ``shelf``, passes.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256, shake_256

import pytest

from claimbot.errors import PhotoMissing
from claimbot.photos import PhotoStore

PHOTO = b"three dents and a scratch"
NAME = sha256(PHOTO).hexdigest()
PLACE = f"{NAME[:2]}/{NAME[2:4]}/{NAME}"
OTHER = b"another car"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ANY_TIME = datetime(2200, 1, 1, tzinfo=UTC)
HOSTILE = ["", ".", "..", "../../etc/passwd", NAME.upper(), NAME + "\n", NAME[:-1], "é" * 64]


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A store, and its insides by another way: names, with their folders, to bytes."""

    store: PhotoStore
    names: Callable[[], set[str]]
    read: Callable[[str], bytes]
    lay: Callable[[str, bytes], None]


class PhotoStoreContract:
    """What is the same for every plug."""

    def test_bytes_are_kept_under_their_hash(self, shelf: Shelf) -> None:
        """What was put comes back, and anyone can check it with sha256sum."""
        assert shelf.store.put(PHOTO) == NAME

        assert shelf.store.get(NAME) == PHOTO
        assert shelf.names() == {PLACE}
        assert shelf.read(PLACE) == PHOTO

    @pytest.mark.parametrize("size", [0, 25_000_000])
    def test_bytes_of_any_number_are_kept(self, shelf: Shelf, size: int) -> None:
        """From none to the most that a channel brings."""
        data = shake_256(b"large").digest(size)

        assert shelf.store.get(shelf.store.put(data)) == data

    def test_photos_do_not_disturb_each_other(self, shelf: Shelf) -> None:
        """Forgetting one leaves the other, with its copy."""
        kept = shelf.store.put(OTHER)
        shelf.store.put_copy(kept, "view", b"small")
        shelf.store.put(PHOTO)

        shelf.store.delete(NAME)

        assert shelf.store.get(kept) == OTHER
        assert shelf.store.get_copy(kept, "view") == b"small"

    def test_a_damaged_photo_is_missing_until_it_is_put_again(self, shelf: Shelf) -> None:
        """Bytes that no longer match their name are never handed out, and mended when sent."""
        shelf.store.put(PHOTO)
        shelf.lay(PLACE, OTHER)

        with pytest.raises(PhotoMissing, match="its bytes have changed"):
            shelf.store.get(NAME)

        shelf.store.put(PHOTO)
        assert shelf.store.get(NAME) == PHOTO

    def test_the_same_photo_put_by_many_at_once_is_kept_once(self, shelf: Shelf) -> None:
        """Workers that receive the same photo do not disturb each other."""
        with ThreadPoolExecutor(8) as workers:
            names = set(workers.map(shelf.store.put, [PHOTO] * 40))

        assert names == {NAME}
        assert shelf.names() == {PLACE}

    @pytest.mark.parametrize("name", [NAME, *HOSTILE])
    def test_a_photo_that_is_not_there_is_missing(self, shelf: Shelf, name: str) -> None:
        """Whatever its name, which leads nowhere else."""
        with pytest.raises(PhotoMissing, match="is not in the photo store"):
            shelf.store.get(name)
        with pytest.raises(PhotoMissing, match="is not in the photo store"):
            shelf.store.put_copy(name, "view", b"small")
        shelf.store.delete(name)

        assert shelf.names() == set()

    def test_a_deleted_photo_is_gone_with_its_copies(self, shelf: Shelf) -> None:
        """Promise 9: nothing of it remains, however often it is deleted."""
        shelf.store.put(PHOTO)
        shelf.store.put_copy(NAME, "view", b"small")
        shelf.store.put_copy(NAME, "thumbnail", b"tiny")

        shelf.store.delete(NAME)
        shelf.store.delete(NAME)

        assert shelf.names() == set()
        assert shelf.store.get_copy(NAME, "view") is None
        with pytest.raises(PhotoMissing):
            shelf.store.get(NAME)

    def test_a_deletion_that_was_cut_short_is_finished_by_the_next(self, shelf: Shelf) -> None:
        """Also copies whose original is gone already are forgotten."""
        shelf.lay(f"{PLACE}.view", b"small")

        shelf.store.delete(NAME)

        assert shelf.names() == set()

    def test_a_copy_lies_beside_its_original(self, shelf: Shelf) -> None:
        """It comes back under its name, and the photo is as it was."""
        shelf.store.put(PHOTO)

        shelf.store.put_copy(NAME, "view-hidden", b"small")

        assert shelf.store.get_copy(NAME, "view-hidden") == b"small"
        assert shelf.store.get_copy(NAME, "view") is None
        assert shelf.names() == {PLACE, f"{PLACE}.view-hidden"}
        assert shelf.store.get(NAME) == PHOTO

    def test_a_copy_that_is_put_again_is_replaced(self, shelf: Shelf) -> None:
        """Whoever made it last had the newest way to make it."""
        shelf.store.put(PHOTO)
        shelf.store.put_copy(NAME, "view", b"small")

        shelf.store.put_copy(NAME, "view", b"smaller")

        assert shelf.store.get_copy(NAME, "view") == b"smaller"

    def test_a_copy_does_not_outlive_its_original(self, shelf: Shelf) -> None:
        """A photo that is erased while its copy is being made leaves none, nor older ones."""
        shelf.lay(f"{PLACE}.thumbnail", b"tiny")

        with pytest.raises(PhotoMissing):
            shelf.store.put_copy(NAME, "view", b"small")

        assert shelf.names() == set()

    @pytest.mark.parametrize("name", ["", "../view", "View", "view.jpg", "-", "view\n", "a b"])
    def test_a_copys_name_is_a_word(self, shelf: Shelf, name: str) -> None:
        """Anything else is a mistake of ours, and leads nowhere."""
        shelf.store.put(PHOTO)

        with pytest.raises(ValueError, match="cannot be the name of a copy"):
            shelf.store.put_copy(NAME, name, b"small")
        with pytest.raises(ValueError, match="cannot be the name of a copy"):
            shelf.store.get_copy(NAME, name)

        assert shelf.names() == {PLACE}

    def test_what_is_stored_is_listed(self, shelf: Shelf) -> None:
        """Each photo by its name, however many copies it has."""
        photos = {shelf.store.put(PHOTO), shelf.store.put(OTHER), shelf.store.put(b"")}
        shelf.store.put_copy(NAME, "view", b"small")
        shelf.store.put_copy(NAME, "thumbnail", b"tiny")

        listed = list(shelf.store.stored(ANY_TIME))

        assert (len(listed), set(listed)) == (3, photos)
        assert len(shelf.names()) == 5

    def test_only_what_was_written_before_is_listed(self, shelf: Shelf) -> None:
        """What was kept just now may be about to be referred to."""
        shelf.store.put(PHOTO)
        shelf.lay(f"{PLACE[:-1]}0.view", b"small")

        assert list(shelf.store.stored(LONG_AGO)) == []

    def test_a_copy_that_lost_its_original_is_listed(self, shelf: Shelf) -> None:
        """So that a deletion that was cut short is found, and finished."""
        shelf.lay(f"{PLACE}.view", b"small")

        (name,) = shelf.store.stored(ANY_TIME)
        shelf.store.delete(name)

        assert shelf.names() == set()

    def test_an_empty_store_lists_nothing(self, shelf: Shelf) -> None:
        """Also one in which nothing was ever kept."""
        assert list(shelf.store.stored(ANY_TIME)) == []

    @pytest.mark.parametrize(
        "path",
        [
            "notes.txt",
            f"{NAME[:2]}/notes.txt",
            f"{NAME[:2]}/{NAME[2:4]}/notes.txt",
            f"{NAME[:2]}/{NAME[2:4]}/{NAME}~",
            f"{NAME[:2]}/00/{NAME}",
            f"claims/{PLACE}",
            NAME,
        ],
    )
    def test_what_is_not_ours_is_not_listed(self, shelf: Shelf, path: str) -> None:
        """Someone may keep other things there, or another store of ours below it."""
        shelf.lay(path, b"somebody else's")

        assert list(shelf.store.stored(ANY_TIME)) == []
        assert shelf.names() == {path}

    def test_a_proof_that_a_crash_left_is_removed(self, shelf: Shelf) -> None:
        """Whoever checks a store writes a little, and may die before it is gone."""
        shelf.lay(".check.abcdefgh", b"")

        assert list(shelf.store.stored(LONG_AGO)) == []
        assert shelf.names() == {".check.abcdefgh"}
        assert list(shelf.store.stored(ANY_TIME)) == []
        assert shelf.names() == set()

    def test_checking_leaves_nothing(self, shelf: Shelf) -> None:
        """A store that can keep bytes passes, and holds nothing afterwards."""
        shelf.store.check()

        assert shelf.names() == set()
