"""What was found of a claim's photos is told to its adjuster in words."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from claimbot.claim import Claim, Finding, Flag, Sighting
from claimbot.cli.phrases import FLAGS
from claimbot.cli.tables import claim_panel
from claimbot.store import Status, StoredClaim, findings
from tests.command_line import Shell, open_shell
from tests.queued_claims import reference, rich_claim
from tests.store_builders import ANN

ZEROS = reference(0)
LURE = "12-AB-34\x1b]0;mine\x07"


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell in an empty folder, with a claim in the queue."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        shell.send(rich_claim(0))
        yield shell


def lines_of(sent: Claim) -> list[str]:
    """Return what an adjuster reads of a claim."""
    stored = StoredClaim(
        key=ANN,
        claim=sent,
        status=Status.QUEUED,
        due_at=sent.due_at,
        decided_at=None,
        decision=None,
    )
    console = Console(width=120)
    with console.capture() as written:
        console.print(claim_panel(stored, None, "Europe/Amsterdam"))
    return [" ".join(line.split()) for line in written.get().splitlines()]


def test_every_flag_has_words() -> None:
    """None is shown as it is kept."""
    assert FLAGS.keys() == set(Flag)


def test_what_the_extras_found_is_shown(shell: Shell) -> None:
    """In which file, what, and which; whatever a picture says steers no terminal."""
    found = (
        Finding(sha256="b" * 64, flag=Flag.PLATE_READ, detail="AB-123-C"),
        Finding(sha256="b" * 64, flag=Flag.FACES, detail="2 faces"),
        Finding(sha256="e" * 64, flag=Flag.PLATE_READ, detail=LURE),
    )
    before = shell.run("claims", "show", ZEROS)
    with shell.store() as store:
        store.write(lambda tx: findings.keep(tx, ZEROS, found))

    shown, told = shell.run("claims", "show", ZEROS), shell.run("claims", "show", ZEROS, "--json")

    rows = [line.split("  ") for line in shown.out.splitlines()]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert ["photo 2", "licence plate", "AB-123-C"] in rows
    assert ["photo 2", "faces", "2 faces"] in rows
    assert [row[:2] for row in rows if row[:1] == ["form"]] == [["form", "licence plate"]]
    assert "\x1b]0;" not in shown.out
    assert "looked at" not in before.out
    (claim,) = told.json
    assert len(claim["findings"]) == 3
    assert claim["photos"][1]["flags"] == ["taken_on_third_try", "faces", "plate_read"]


def test_where_a_photo_was_seen_before_is_shown() -> None:
    """In which claim, and how much alike."""
    sent = rich_claim(0)
    seen = (
        Sighting(sha256="a" * 64, reference="CB-1", distance=0, exact=True, turned=False),
        Sighting(sha256="c" * 64, reference="CB-2", distance=7, exact=False, turned=False),
        Sighting(sha256="d" * 64, reference="CB-3", distance=9, exact=False, turned=True),
    )

    before, shown = lines_of(sent), lines_of(replace(sent, sightings=seen))

    assert [line for line in shown if line not in before] == [
        "seen before in claim how",
        "photo 1 CB-1 the same file",
        "photo 3 CB-2 7 of 256 bits differ",
        "photo 4 CB-3 9 of 256 bits differ, turned or mirrored",
    ]
