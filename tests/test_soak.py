"""Soaking does what it says, also when it is short."""

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from claimbot.photos.examiners import Examiners
from claimbot.store import Entry
from tests.databases import open_store
from tests.journeys import ROOT
from tests.soak import adjusters
from tests.soak.adjusters import ACCEPTED, LEASED, are_decided_once
from tests.soak.photos import Sent, main
from tests.soak.watch import watched
from tests.store_builders import NOON
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


def test_each_claim_is_decided_once_however_many_adjusters_die(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Promise 4, on each database: who comes back too late is refused, and others go on."""
    adjusters.main(["--claims", "200", "--minutes", "0.01", "--seed", "5"])

    told = capsys.readouterr().out
    assert re.findall(r"seed 5 on (\w+)", told) == ["sqlite", "postgresql"]
    assert len(re.findall(r"[1-9]\d* deaths, 200 decisions, [1-9]\d* refusals", told)) == 2


@pytest.mark.parametrize(
    "done",
    [
        [(LEASED, "ann"), (ACCEPTED, "ann"), (ACCEPTED, "ann")],
        [(LEASED, "ann"), (LEASED, "bo"), (ACCEPTED, "ann")],
        [(LEASED, "ann"), (ACCEPTED, "ann"), (LEASED, "bo"), (ACCEPTED, "bo")],
    ],
    ids=["twice", "by who held it no more", "again"],
)
def test_a_claim_that_is_decided_wrongly_is_noticed(
    tmp_path: Path, done: list[tuple[str, str]]
) -> None:
    """So that a soak without an error means something."""
    entries = [Entry(actor=actor, action=action, subject="CB-1") for action, actor in done]
    with open_store("sqlite", tmp_path) as store:
        store.act(lambda _: None, at=NOON, entries=lambda _: entries)
        with pytest.raises(AssertionError, match="CB-1"):
            are_decided_once(store, 0)
