"""Soaking does what it says, also when it is short."""

import re
import subprocess
import sys
from contextlib import closing
from time import monotonic

import pytest

from claimbot.photos.examiners import Examiners
from tests.journeys import ROOT
from tests.soak.photos import Sent, main
from tests.soak.watch import watched
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


def test_what_hangs_is_ended_and_told() -> None:
    """Also while it waits for a thread that never ends."""
    hangs = (
        "import threading\n"
        "from tests.soak.watch import watched\n"
        "def hang(): threading.Event().wait()\n"
        "with watched(within=0.2): hang()\n"
    )

    ended = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-c", hangs], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("no progress for 0.2 s; this is where it hangs:\n")
    assert "in hang" in ended.stderr


def test_what_goes_on_is_let_be() -> None:
    """However long it takes in all."""
    with watched(within=0.3) as progressed:
        until = monotonic() + 1
        while monotonic() < until:
            progressed()
