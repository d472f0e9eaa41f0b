"""``claimbot claims``: what adjusters ask, note and say, and how they wait for and find claims."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from claimbot.app import build
from claimbot.cli import workplace
from claimbot.errands import Act, read_errand
from claimbot.settings import read_settings
from claimbot.store import Chat, Status, claims
from tests.command_line import Shell, open_shell
from tests.queued_claims import hand_over, plain_claim, reference

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


def errands(shell: Shell, chat: str = ZEROS) -> list[tuple[Act, str, int | None]]:
    """Return what is to be said in a chat for adjusters."""
    with shell.store() as store:
        lines = store.transcript(Chat(channel="telegram", chat=chat))
    found = [read_errand(line.body) for line in lines if line.inbound]
    return [(one.act, one.text, one.slot) for one in found if one]


def test_the_policyholder_is_asked(shell: Shell) -> None:
    """By whoever holds the claim, which then waits for the answer and is nobody's."""
    shell.send(plain_claim(0))
    shell.run("claims", "next")

    done = shell.run("claims", "ask", ZEROS, "Where was it?")

    assert (done.code, done.out, done.err) == (0, f"{ZEROS} waits for the policyholder\n", "")
    assert errands(shell) == [(Act.ASKED, "Where was it?", None)]
    assert "0 ready, 0 later, 0 held" in shell.run("claims", "next").err
    (stats,) = shell.run("queue", "stats", "--json").json
    assert stats["parked"] == 1


def test_an_answer_is_waited_for_no_longer(shell: Shell) -> None:
    """By anyone; the claim is theirs first."""
    shell.send(plain_claim(0))
    shell.run("claims", "next")
    shell.run("claims", "ask", ZEROS, "Where was it?")

    done = shell.run("claims", "recall", ZEROS, "--adjuster", "bo")

    assert (done.code, done.out, done.err) == (0, f"{ZEROS} waits for nobody\n", "")
    assert shell.run("claims", "next").code == NOTHING_READY
    assert shell.run("claims", "next", "--adjuster", "bo").code == 0


def test_a_photo_is_asked_for_anew_by_a_script(shell: Shell) -> None:
    """By the lease's id; the bot has words for it."""
    shell.send(plain_claim(0))
    (claim,) = shell.run("claims", "next", "--json").json

    (asked,) = shell.run("claims", "ask", claim["lease"]["id"], "--photo", "1", "--json").json

    assert (asked["reference"], asked["status"], asked["lease"]) == (ZEROS, "asked", None)
    assert asked["revision"] > claim["revision"]
    assert errands(shell) == [(Act.ASKED, "", 1)]


@pytest.mark.parametrize("by_lease", [False, True])
def test_a_canned_text_is_in_the_policyholders_language(shell: Shell, *, by_lease: bool) -> None:
    """With the number of the photo in it."""
    shell.send(plain_claim(0, language="en"))
    (claim,) = shell.run("claims", "next", "--json").json
    name = claim["lease"]["id"] if by_lease else ZEROS

    done = shell.run("claims", "ask", name, "--canned", "photo.again", "--photo", "1")

    assert done.code == 0
    wanted = "Could you take photo 1 again, in daylight and without moving?"
    assert errands(shell) == [(Act.ASKED, wanted, 1)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--canned", "?"], "no text is called ?; there are photo.again, "),
        (["--canned", "photo.again"], "text photo.again needs a value for photo"),
        (["why?", "--photo", "9"], f"claim {ZEROS} has no photo 9; name one of 1 to "),
    ],
)
def test_what_cannot_be_asked_is_not(shell: Shell, arguments: list[str], told: str) -> None:
    """And the claim stays with who holds it."""
    shell.send(plain_claim(0))
    shell.run("claims", "next")

    done = shell.run("claims", "ask", ZEROS, *arguments)

    assert (done.code, done.out) == (FAILED, "")
    assert done.err.startswith(f"claimbot: {told}")
    assert shell.run("claims", "extend", ZEROS).code == 0


def test_only_who_holds_a_claim_asks(shell: Shell) -> None:
    """Exit 5, as for every other thing that is done with a claim."""
    shell.send(plain_claim(0))
    shell.run("claims", "next", "--adjuster", "bo")

    assert shell.run("claims", "ask", ZEROS, "Where?").code == LEASE_LOST
    assert errands(shell) == []


def test_notes_are_for_adjusters(shell: Shell) -> None:
    """Anyone's, about any claim, in several lines if need be; nothing is said in the chat."""
    shell.send(plain_claim(0))

    done = shell.run("claims", "note", "cb oooo oooo", "Looks fine.\nCall the garage.")
    (noted,) = shell.run("claims", "note", ZEROS, "Done.", "--adjuster", "bo", "--json").json

    assert (done.code, done.out, done.err) == (0, f"{ZEROS}: noted\n", "")
    assert (noted["author"], noted["text"]) == ("bo", "Done.")
    (shown,) = shell.run("claims", "show", ZEROS, "--json").json
    assert [note["author"] for note in shown["notes"]] == ["ann", "bo"]
    assert errands(shell) == []


def test_what_was_done_about_a_claim_is_shown(shell: Shell) -> None:
    """Who, when and what, with the words of notes and questions; steering nothing."""
    shell.send(plain_claim(0))
    shell.run("claims", "next")
    shell.run("claims", "note", ZEROS, "Looks fine [/] :car:")
    shell.run("claims", "ask", ZEROS, "Once more, please?", "--photo", "1")

    told = shell.run("claims", "show", ZEROS)
    (shown,) = shell.run("claims", "show", ZEROS, "--json").json

    actions = ["claim submitted", "claim leased", "claim noted", "claim asked"]
    assert [event["action"] for event in shown["events"]] == actions
    assert shown["events"][3]["detail"]["slot"] == 1
    for part in (
        "Revision  2",
        "policyholder was asked",
        "claim submitted",
        "Looks fine [/] :car:",
        "claim asked (photo 1)",
        "Once more, please?",
    ):
        assert part in told.out


def test_who_waits_for_a_person_is_written_to(shell: Shell) -> None:
    """Also after someone took them on, until the bot goes on with them."""
    hand_over(build(read_settings(), channels={}), reference(9))

    taken = shell.run("claims", "accept", reference(9))
    told = shell.run("claims", "tell", reference(9), "Hello, this is Ann.")
    released = shell.run("claims", "release", reference(9), "--json")

    assert f"claims tell {reference(9)} TEXT" in taken.err
    assert told.out == f"{reference(9)}: the policyholder is told\n"
    assert released.json == [{"reference": reference(9), "status": "released"}]
    acts = [(Act.TOLD, "Hello, this is Ann.", None), (Act.RELEASED, "", None)]
    assert errands(shell, "5") == acts


def test_nobody_is_written_to_who_does_not_wait(shell: Shell) -> None:
    """Nor can the bot be let go on with them."""
    for arguments in (["tell", ZEROS, "Hello"], ["release", ZEROS]):
        done = shell.run("claims", *arguments)

        assert (done.code, done.out) == (FAILED, "")
        assert done.err.startswith(f"claimbot: no claim {ZEROS}; ")


def test_an_adjuster_waits_for_a_claim(shell: Shell) -> None:
    """No longer than they said; one that comes meanwhile is theirs."""
    assert shell.run("claims", "next", "--wait", "1").code == NOTHING_READY

    shell.monkeypatch.setattr(workplace, "sleep", lambda _: shell.send(plain_claim(0)))
    assert shell.run("claims", "next", "--wait", "60").code == 0


def test_a_claim_goes_to_who_has_the_skills(shell: Shell) -> None:
    """All of them; a claim that asks for none is anyone's."""
    shell.send(plain_claim(0), plain_claim(1))
    with shell.store() as store:
        needs = text("INSERT INTO queue_skill (claim_id, skill) VALUES (:claim_id, :skill)")
        told = [{"claim_id": ZEROS, "skill": skill} for skill in ("glass", "vans")]
        store.write(lambda tx: tx.execute(needs, told))

    (first,) = shell.run("claims", "next", "--skill", "glass", "--json").json
    none = shell.run("claims", "next", "--skill", "glass")
    (other,) = shell.run("claims", "next", "--skill", "vans", "--skill", "glass", "--json").json

    assert (first["reference"], none.code) == (reference(1), NOTHING_READY)
    assert other["reference"] == ZEROS


def test_claims_are_searched(shell: Shell) -> None:
    """By reference or by what the policy number begins with, however they are typed."""
    shell.send(plain_claim(0, policy_number="111222333"), plain_claim(1, policy_number="111999"))
    with shell.store() as store:
        store.write(lambda tx: claims.set_status(tx, ZEROS, Status.ASKED))

    def found(*arguments: str) -> list[str]:
        done = shell.run("claims", "list", "--json", *arguments)
        return [claim["reference"] for claim in done.json]

    assert found("--query", "111") == [reference(1), ZEROS]
    assert found("--query", "111 222-333") == [ZEROS]
    assert found("--query", "cb oooo oooo") == [ZEROS]
    assert found("--query", "111", "--status", "asked") == [ZEROS]
    assert shell.run("claims", "list", "--query", "22").err == "no claims\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", ZEROS],
        ["ask", ZEROS, ""],
        ["ask", ZEROS, "why?", "--canned", "when"],
        ["ask", ZEROS, "why?", "--photo", "0"],
        ["ask", ZEROS, "x" * 2_001],
        ["note", ZEROS],
        ["note", ZEROS, " \n"],
        ["note", ZEROS, "\x1b[2J"],
        ["tell", ZEROS],
        ["next", "--wait", "-1"],
        ["next", "--skill", ""],
        ["--url", "https://claims.example", "list"],
        ["--token", "cbt_x", "list"],
        ["--url", "claims.example", "--token", "cbt_x", "list"],
        ["--url", "https://ann:pw@claims.example", "--token", "cbt_x", "list"],
        ["--url", "https://[claims", "--token", "cbt_x", "list"],
        ["--url", "https://claims.example:99999", "--token", "cbt_x", "list"],
        ["--url", "https://claims.example", "--token", "cbt_\n", "list"],
        ["list", "--query", "\udcff"],
    ],
)
def test_wrong_usage_exits_2(shell: Shell, arguments: list[str]) -> None:
    """Before anything is touched, with a hint on standard error."""
    done = shell.run("claims", *arguments)

    assert (done.code, done.out) == (USAGE, "")
    assert done.err.splitlines()[-1].startswith("Error: ")
