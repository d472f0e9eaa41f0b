"""``claimbot claims``: an adjuster's day in a terminal, and a script's."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from claimbot.app import build, now
from claimbot.claim import Flag, Flaw, Priority
from claimbot.cli.phrases import FLAGS, FLAWS, PRIORITIES
from claimbot.cli.tables import local
from claimbot.settings import read_settings
from claimbot.store import Attention, Status, claims
from tests.command_line import Shell, open_shell
from tests.pictures import encoded, exif, scene
from tests.queued_claims import (
    NOON,
    PDF,
    PHOTO,
    addition,
    hand_over,
    plain_claim,
    reference,
    rich_claim,
    send_with_files,
)

NOTHING_READY, LEASE_LOST, USAGE, FAILED = 3, 5, 2, 1
ZEROS = reference(0)


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def test_the_next_claim_is_printed_with_its_lease(shell: Shell) -> None:
    """One line of JSON on standard output, nothing on standard error."""
    shell.send(rich_claim(0))

    done = shell.run("claims", "next", "--json")

    assert (done.code, done.err) == (0, "")
    (claim,) = done.json
    assert claim["reference"] == ZEROS
    assert claim["policy_number"] == "123456789"
    assert [photo["flaws"] for photo in claim["photos"]] == [[], ["blurred"], [], []]
    assert claim["form"][0]["media_type"] == "application/pdf"
    assert claim["lease"].keys() >= {"id", "expires_at", "attempt"}
    assert (claim["lease"]["adjuster"], claim["lease"]["attempt"]) == ("ann", 1)
    assert done.out.isascii()


def test_an_empty_queue_exits_3(shell: Shell) -> None:
    """With a message, and nothing on standard output, also not for a script."""
    for arguments in (["claims", "next"], ["claims", "next", "--json"]):
        done = shell.run(*arguments)

        assert (done.code, done.out) == (NOTHING_READY, "")
        assert done.err == "nothing in the queue: 0 ready, 0 later, 0 held\n"


def test_a_claim_is_a_pleasure_to_read(shell: Shell) -> None:
    """Times in the local zone, flaws and flags in plain words, and what to do next."""
    shell.send(rich_claim(0))

    done = shell.run("claims", "next", "--adjuster", "bo")

    for told in (
        "somebody is hurt",
        "2026-03-01 13:15, ",
        " days ago",
        "by telegram",
        "policy number not verified",
        "whole car",
        "blurred, taken on the third try",
        "looks like a screenshot, saved by an editing program",
        "held by bo until",
        "application/pdf",
    ):
        assert told in done.out
    assert f"claims accept {ZEROS}" in done.err


def test_a_policyholders_words_do_not_steer_the_terminal(shell: Shell) -> None:
    """Escape sequences, markup and writing from right to left are shown, not obeyed."""
    shell.send(rich_claim(0))

    done = shell.run("claims", "show", ZEROS)

    assert "Tegen een paal [/] :car: \N{REPLACEMENT CHARACTER}]0;mine" in done.out
    assert "\x1b" not in done.out
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in done.out


@pytest.mark.parametrize(
    ("left", "told"),
    [(timedelta(minutes=119), "in 118 min"), (timedelta(hours=47), "in 46 h")],
)
def test_the_time_left_is_told(shell: Shell, left: timedelta, told: str) -> None:
    """As long as the claim is not decided."""
    shell.send(plain_claim(0))
    due = now() + left
    with shell.store() as store:
        store.write(lambda tx: tx.execute(text("UPDATE claim SET due_at = :due"), {"due": due}))

    assert told in shell.run("claims", "show", ZEROS).out

    shell.run("claims", "next")
    shell.run("claims", "accept", ZEROS)
    assert told not in shell.run("claims", "show", ZEROS).out


@pytest.mark.parametrize("name", [ZEROS, "cb oooo oooo"])
def test_a_claim_is_held_on_to_and_accepted(shell: Shell, name: str) -> None:
    """By its reference, as sloppily as people type it."""
    shell.send(plain_claim(0))
    shell.run("claims", "next", "--hold", "1")

    extended = shell.run("claims", "extend", name, "--hold", "90")
    accepted = shell.run("claims", "accept", name)

    assert (extended.code, extended.err) == (0, "")
    assert extended.out.startswith(f"{ZEROS} is yours until ")
    assert (accepted.code, accepted.out, accepted.err) == (0, f"{ZEROS} is accepted\n", "")
    assert shell.run("claims", "next").code == NOTHING_READY


def test_a_script_goes_by_the_lease(shell: Shell) -> None:
    """Each command's JSON parses, and the lease's id names the claim."""
    shell.send(plain_claim(0))
    (claim,) = shell.run("claims", "next", "--json").json
    lease = claim["lease"]["id"]

    (extended,) = shell.run("claims", "extend", lease, "--json").json
    (accepted,) = shell.run("claims", "accept", lease, "--json").json

    assert (extended["id"], extended["attempt"]) == (lease, 1)
    assert extended["expires_at"] >= claim["lease"]["expires_at"]
    assert (accepted["status"], accepted["decision"]) == ("decided", "accepted")
    assert accepted["lease"] is None


@pytest.mark.parametrize("action", ["extend", "accept", "return"])
def test_a_lease_that_is_lost_exits_5(shell: Shell, action: str) -> None:
    """Whether another adjuster holds the claim, nobody does, or the lease ran out."""
    shell.send(plain_claim(0))
    nobodys = shell.run("claims", action, ZEROS)
    (claim,) = shell.run("claims", "next", "--json").json
    of_ann = shell.run("claims", action, ZEROS, "--adjuster", "bo")
    with shell.store() as store:
        ended = text("UPDATE queue_entry SET lease_until = '2026-01-01 00:00:00.000000'")
        store.write(lambda tx: tx.execute(ended))
    expired = shell.run("claims", action, claim["lease"]["id"], "--json")

    for done in (nobodys, of_ann, expired):
        assert (done.code, done.out) == (LEASE_LOST, "")
        assert done.err.startswith("claimbot: claim ")
        assert done.err.endswith(" is not yours now; `claimbot claims show` says why\n")


@pytest.mark.parametrize("action", ["show", "extend", "accept", "return"])
def test_a_claim_that_is_not_there_exits_1(shell: Shell, action: str) -> None:
    """And the message says how to find one that is."""
    done = shell.run("claims", action, ZEROS)

    assert (done.code, done.out) == (FAILED, "")
    advice = "`claimbot claims list` shows the claims there are"
    assert done.err == f"claimbot: no claim {ZEROS}; {advice}\n"


def test_a_claim_that_comes_back_too_often_is_set_aside(shell: Shell) -> None:
    """It is not said to be in the queue then, and the message says how it gets there."""
    shell.send(plain_claim(0), plain_claim(1))
    for _ in range(2):
        shell.run("claims", "next")
        done = shell.run("claims", "return", ZEROS, "--reason", "tea")
        assert done.out == f"{ZEROS} is back in the queue\n"
    shell.run("claims", "next")
    dead = shell.run("claims", "return", ZEROS)

    assert dead.out == f"{ZEROS} came back too often and is set aside as a dead letter\n"
    assert dead.err == f"`claimbot queue dead requeue {ZEROS}` puts it back into the queue\n"

    shell.run("claims", "next")
    done = shell.run("claims", "return", reference(1), "--delay", "5", "--json")
    assert done.json == [{"reference": reference(1), "status": "queued"}]
    assert "0 ready, 1 later, 0 held" in shell.run("claims", "next").err


def test_claims_are_listed(shell: Shell) -> None:
    """Last sent first, with who holds them; who waits for a person is below."""
    call = Attention(reference="HO-1", reason="policy_number")
    shell.send(rich_claim(0), plain_claim(1), plain_claim(2), plain_claim(3), calls=(call,))
    shell.run("claims", "next", "--adjuster", "bo [x]")
    shell.run("claims", "next")
    shell.run("claims", "accept", reference(1))
    with shell.store() as store:
        store.write(lambda tx: claims.set_status(tx, reference(2), Status.ASKED))

    done = shell.run("claims", "list")

    shown = [line for line in done.out.splitlines() if line.startswith("CB-")]
    endings = ("queued", "policyholder was asked", "accepted", "held by bo [x]")
    for line, number, ending in zip(shown, (3, 2, 1, 0), endings, strict=True):
        assert line.startswith(reference(number))
        assert line.rstrip().endswith(ending)
    assert "4 + form" in shown[3]
    assert done.out.rstrip().endswith("policy number")
    assert done.err == ""


def test_claims_are_listed_for_a_script(shell: Shell) -> None:
    """One line of JSON a claim, of the status that is asked for."""
    shell.send(plain_claim(0), plain_claim(1))
    (taken,) = shell.run("claims", "next", "--json").json

    found = shell.run("claims", "list", "--json").json
    decided = shell.run("claims", "list", "--status", "decided", "--json")

    assert [claim["reference"] for claim in found] == [reference(1), ZEROS]
    assert [claim["lease"] for claim in found] == [None, taken["lease"]]
    assert shell.run("claims", "list", "--json", "--limit", "1").json == found[:1]
    assert (decided.code, decided.out, decided.err) == (0, "", "")


def test_no_claims_is_said_on_standard_error(shell: Shell) -> None:
    """An empty list is no data; who waits for a person is shown instead, if anyone does."""
    empty = shell.run("claims", "list")
    shell.send(plain_claim(0), calls=(Attention(reference="HO-1", reason="asked"),))
    waiting = shell.run("claims", "list", "--status", "decided")

    assert (empty.code, empty.out, empty.err) == (0, "", "no claims\n")
    assert waiting.err == ""
    assert waiting.out.startswith("waits for a person")


def test_who_waits_for_a_person_is_shown_with_what_they_gave(shell: Shell) -> None:
    """Promise 8: they need not repeat anything, so the adjuster sees all of it."""
    photo, added = hand_over(build(read_settings(), channels={}), reference(9), "kom snel")

    (told,) = shell.run("claims", "show", reference(9), "--json").json
    shown = shell.run("claims", "show", reference(9), "--files", "out", "--originals")

    assert (told["status"], told["reason"], told["words"]) == ("handover", "asked", "kom snel")
    assert [kept["sha256"] for kept in told["photos"]] == [photo]
    assert told["files"] == [added]
    assert shell.run("claims", "list", "--json").json == [told]
    for part in ("asked for a person", "kom snel", "123456789", "op de A2"):
        assert part in shown.out
    assert shown.err.count("wrote ") == 2


def test_who_waits_for_a_person_is_taken_on(shell: Shell) -> None:
    """They are on nobody's list any more, and a second adjuster is told so."""
    hand_over(build(read_settings(), channels={}), reference(9))

    first = shell.run("claims", "accept", reference(9))
    again = shell.run("claims", "accept", reference(9), "--json")

    assert first.out == f"{reference(9)} is yours; answer the policyholder yourself\n"
    assert (again.code, again.out) == (FAILED, "")
    assert shell.run("claims", "list").err == "no claims\n"


def test_what_came_after_a_claim_is_shown_with_it(shell: Shell) -> None:
    """And is done with when the claim is."""
    shell.send(plain_claim(0), calls=(addition(ZEROS),))

    claim, call = shell.run("claims", "show", ZEROS, "--json").json
    shell.run("claims", "next")
    shell.run("claims", "accept", ZEROS)

    assert (claim["reference"], call["reference"]) == (ZEROS, ZEROS)
    assert (call["reason"], call["words"]) == ("addition", "nog iets")
    assert len(shell.run("claims", "show", ZEROS, "--json").json) == 1


def test_what_was_sent_is_written_into_a_folder(shell: Shell) -> None:
    """As it was sent, under names that two claims do not share, for this user's eyes only."""
    app = build(read_settings(), channels={})
    send_with_files(app, 0)
    app.close()

    done = shell.run("claims", "show", ZEROS, "--files", "out/put", "--originals", "--json")

    folder = shell.folder / "out" / "put"
    photo, form = folder / f"{ZEROS}-photo-1.jpeg", folder / f"{ZEROS}-form-1.pdf"
    assert (photo.read_bytes(), form.read_bytes()) == (PHOTO, PDF)
    assert [path.stat().st_mode & 0o077 for path in (photo, form, folder)] == [0, 0, 0]
    assert (done.code, done.json[0]["reference"]) == (0, ZEROS)
    assert done.err.splitlines() == [
        f"wrote out/put/{photo.name}",
        f"wrote out/put/{form.name}",
    ]


def test_adjusters_are_written_copies_that_do_not_say_where_they_were_taken(
    shell: Shell,
) -> None:
    """Photos upright and of a size to look at, without their EXIF; a PDF as it was sent."""
    place = {1: "N", 2: (52.0, 22.0, 23.0), 3: "E", 4: (4.0, 53.0, 33.0)}
    picture = encoded(scene(), exif=exif({0x0112: 6, 0x010F: "ann's phone"}, place=place))
    app = build(read_settings(), channels={})
    send_with_files(app, 0, picture)
    app.close()

    done = shell.run("claims", "show", ZEROS, "--files", "out")

    folder = shell.folder / "out"
    with Image.open(folder / f"{ZEROS}-photo-1.jpeg") as copy:
        assert (copy.size, dict(copy.getexif())) == ((960, 1280), {})
    assert (folder / f"{ZEROS}-form-1.pdf").read_bytes() == PDF
    assert done.code == 0


def test_a_picture_that_cannot_be_shown_is_named(shell: Shell) -> None:
    """It can still be had as it was sent."""
    app = build(read_settings(), channels={})
    send_with_files(app, 0)
    app.close()

    done = shell.run("claims", "show", ZEROS, "--files", "out")

    assert done.code == FAILED
    assert "cannot be shown as a picture; open it as it was sent" in done.err


def test_files_that_cannot_be_written_or_found_are_named(shell: Shell) -> None:
    """A file in the place of the folder; bytes that the photo store lost."""
    shell.send(plain_claim(0))
    (shell.folder / "taken").touch()

    done = shell.run("claims", "show", ZEROS, "--files", "taken")
    assert (done.code, done.out) == (FAILED, "")
    assert done.err.startswith("claimbot: taken: File exists; ")

    done = shell.run("claims", "show", ZEROS, "--files", "out")
    assert done.code == FAILED
    assert f"photo {0:064x} is not in the photo store" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--status", "lost"],
        ["list", "--limit", "0"],
        ["next", "--hold", "0"],
        ["next", "--hold", "soon"],
        ["next", "--adjuster", " "],
        ["next", "--adjuster", "ann\x1b[2J"],
        ["next", "--adjuster", "ann\nbo"],
        ["show"],
        ["show", ""],
        ["accept", "\udcff"],
        ["return", ZEROS, "--reason", ""],
        ["return", ZEROS, "--delay", "99999999"],
        ["burn"],
    ],
)
def test_wrong_usage_exits_2(shell: Shell, arguments: list[str]) -> None:
    """Before anything is touched, with a hint on standard error."""
    done = shell.run("claims", *arguments)

    assert (done.code, done.out) == (USAGE, "")
    assert done.err.splitlines()[-1].startswith("Error: ")


def test_nobody_in_particular_is_an_adjuster_too(shell: Shell) -> None:
    """In a container there is no user's name."""
    shell.monkeypatch.delenv("USER")
    shell.monkeypatch.delenv("USERNAME", raising=False)
    shell.send(plain_claim(0))

    assert "held by adjuster until" in shell.run("claims", "next").out


def test_times_are_local() -> None:
    """In summer and in winter."""
    assert local(NOON, "Europe/Amsterdam") == "2026-03-01 13:00"
    assert local(NOON + timedelta(days=90), "Europe/Amsterdam") == "2026-05-30 14:00"


def test_everything_has_plain_words() -> None:
    """No flaw, flag or priority is shown by its name in the code."""
    assert set(FLAWS) == set(Flaw)
    assert set(FLAGS) == set(Flag)
    assert set(PRIORITIES) == set(Priority)
