"""Whatever is sent as a photo, what is promised of it holds."""

import os
from pathlib import Path

import pytest

from tests.fuzzing import fuzz
from tests.photo_promises import keeps_its_promises

SECONDS = 20 if os.environ.get("CI") == "true" else 4


def test_whatever_is_sent_is_answered_as_promised() -> None:
    """No error, no long time, facts within their ranges, the same verdict again."""
    assert fuzz(keeps_its_promises, seconds=SECONDS) > 0


def test_a_photo_that_fails_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that still fails, for whoever is to find out why."""
    monkeypatch.chdir(tmp_path)

    def is_short(data: bytes) -> None:
        assert len(data) < 100

    with pytest.raises(AssertionError):
        fuzz(is_short, seconds=1, first_seed=7)

    [failed] = (tmp_path / ".hypothesis" / "photos").iterdir()
    assert failed.name == "seed-7"
    assert len(failed.read_bytes()) >= 100
