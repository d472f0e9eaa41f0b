"""Soaking does what it says, also when it is short."""

import re
from contextlib import closing

import pytest

from claimbot.photos.examiners import Examiners
from tests.soak.photos import Sent, main
from tests.unruly import idle


def test_broken_photos_are_sent_for_as_long_as_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """First to children, then to this process, from the same seed."""
    main(["--minutes", "0.03", "--seed", "5", "--children", "1"])

    seeds = re.findall(r"^seed (\d+)$", capsys.readouterr().out, re.MULTILINE)
    assert seeds.count("5") == 2


def test_a_photo_for_which_there_is_no_time_is_counted() -> None:
    """It is to be sent again, so that it is not refused."""
    with closing(Examiners(1, idle)) as examiners:
        sent = Sent(examiners)
        sent.is_answered(b"hang")

    assert sent.busy == 1
