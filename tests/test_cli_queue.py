"""``claimbot queue`` and ``claimbot audit``: for who looks after the adjusters."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from claimbot.store import Attention, Chat
from tests.command_line import Shell, open_shell
from tests.queued_claims import plain_claim, reference
from tests.store_builders import MINUTE, NOON, received, turn

ZEROS = reference(0)
BROKEN = Attention(reference=ZEROS, reason="broken")


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def return_until_dead(shell: Shell, *reasons: str) -> None:
    """Take a claim and give it back, once for each reason."""
    for reason in reasons:
        shell.run("claims", "next")
        shell.run("claims", "return", ZEROS, "--reason", reason)


def test_the_queue_is_counted(shell: Shell) -> None:
    """What is ready and since when, held, set aside or dead, and who waits for a person."""
    call = Attention(reference="HO-1", reason="asked")
    shell.send(plain_claim(0), plain_claim(1), plain_claim(2), calls=(call,))
    shell.run("claims", "next")

    told = shell.run("queue", "stats")
    (counted,) = shell.run("queue", "stats", "--json").json

    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("2  ready, the first since 20")
    assert "1  policyholders who wait for a person" in told.out
    assert counted.pop("oldest_ready").endswith("Z")
    assert counted == {
        "ready": 2,
        "delayed": 0,
        "leased": 1,
        "parked": 0,
        "dead": 0,
        "dead_messages": 0,
        "dead_answers": 0,
        "handovers": 1,
    }


def test_an_empty_queue_is_counted(shell: Shell) -> None:
    """Then nothing has been ready since any time."""
    assert shell.run("queue", "stats").out.splitlines()[0].rstrip() == "0  ready"
    assert shell.run("queue", "stats", "--json").json[0]["oldest_ready"] is None


def test_dead_letters_are_listed_and_requeued(shell: Shell) -> None:
    """With the reasons as they were typed, whatever is in them."""
    shell.send(plain_claim(0))
    return_until_dead(shell, "tea", "[/] :car:", "bus")

    listed = shell.run("queue", "dead", "list")
    (letter,) = shell.run("queue", "dead", "list", "--json").json
    requeued = shell.run("queue", "dead", "requeue", "cb oooo oooo")

    assert (listed.out, listed.err) == (f"{ZEROS}: tea; [/] :car:; bus\n", "")
    assert letter == {"reference": ZEROS, "reasons": ["tea", "[/] :car:", "bus"]}
    assert (requeued.code, requeued.out) == (0, f"{ZEROS} is back in the queue\n")
    assert shell.run("claims", "next", "--json").json[0]["lease"]["attempt"] == 1


def lose(shell: Shell) -> None:
    """Let the chat of the first claim have a message set aside, and an answer given up."""
    key = Chat(channel="telegram", chat=ZEROS)
    with shell.store() as store:
        store.receive([received("1", key)], NOON)
        (waiting,) = store.open_chat(key).waiting
        store.record(turn(key, turn=1, say=("hallo",)))
        store.set_aside(turn(key, turn=2), waiting.id, "KeyError: '\x1b[2J\n[/]'", BROKEN)
        (parcel,) = store.outgoing(NOON, limit=9)
        store.give_up(parcel.id, NOON + MINUTE, "Undeliverable: too strange")


def test_messages_and_answers_are_dead_letters_too(shell: Shell) -> None:
    """With the claim of their chat and why; nothing in them steers the terminal."""
    shell.send(plain_claim(0))
    lose(shell)

    listed = shell.run("queue", "dead", "list")
    message, answer = shell.run("queue", "dead", "list", "--json").json
    told, (counted,) = shell.run("queue", "stats"), shell.run("queue", "stats", "--json").json

    assert (listed.code, listed.err) == (0, "")
    assert [line.partition(" (")[0] for line in listed.out.splitlines()] == [
        "message-1: KeyError: '\ufffd[2J [/]'",
        "answer-1: Undeliverable: too strange",
    ]
    assert f"(tries: 1, the last on 2026-03-01 13:00 by telegram, claim {ZEROS})" in listed.out
    assert message == {
        "message": "message-1",
        "channel": "telegram",
        "claim": ZEROS,
        "since": "2026-03-01T12:00:00Z",
        "tries": 1,
        "reason": "KeyError: '\x1b[2J\n[/]'",
    }
    assert (answer["answer"], answer["reason"]) == ("answer-1", "Undeliverable: too strange")
    assert (counted["dead_messages"], counted["dead_answers"]) == (1, 1)
    assert "1  dead letters: messages that could not be handled" in told.out
    assert "1  dead letters: answers that could not be sent" in told.out


def test_messages_and_answers_are_put_back(shell: Shell) -> None:
    """Once, and the audit says who did."""
    shell.send(plain_claim(0))
    lose(shell)

    handled = shell.run("queue", "dead", "requeue", "message-1")
    sent = shell.run("queue", "dead", "requeue", "Answer-1", "--adjuster", "bo")
    again = shell.run("queue", "dead", "requeue", "message-1")

    assert (handled.code, handled.out) == (0, "message-1 will be handled again\n")
    assert (sent.code, sent.out) == (0, "answer-1 will be sent again\n")
    assert (again.code, again.out) == (1, "")
    assert shell.run("queue", "dead", "list").err == "no dead letters\n"
    with shell.store() as store:
        done = [link.entry for link in store.audit_rows()][1:]
    assert [(entry.actor, entry.action, entry.subject) for entry in done] == [
        ("adjuster:ann", "message requeued", "message-1"),
        ("adjuster:bo", "answer requeued", "answer-1"),
    ]


def test_the_third_return_says_so_to_a_script(shell: Shell) -> None:
    """A claim that became a dead letter is not called queued."""
    shell.send(plain_claim(0))
    return_until_dead(shell, "tea", "rain")
    shell.run("claims", "next")

    done = shell.run("claims", "return", ZEROS, "--json")

    assert done.json == [{"reference": ZEROS, "status": "dead"}]


def test_no_dead_letters_is_said_on_standard_error(shell: Shell) -> None:
    """To people; a script's list is just empty."""
    told, listed = shell.run("queue", "dead", "list"), shell.run("queue", "dead", "list", "--json")

    assert (told.code, told.out, told.err) == (0, "", "no dead letters\n")
    assert (listed.code, listed.out, listed.err) == (0, "", "")


def test_what_is_no_dead_letter_is_not_requeued(shell: Shell) -> None:
    """It exits 1 and says which ones there are."""
    done = shell.run("queue", "dead", "requeue", "[/]")

    assert (done.code, done.out) == (1, "")
    assert done.err == "[/] is no dead letter; `claimbot queue dead list` shows them\n"


def test_an_untouched_audit_is_sound(shell: Shell) -> None:
    """Its last hash is printed, to be noted down elsewhere."""
    shell.send(plain_claim(0))

    told = shell.run("audit", "verify")
    (found,) = shell.run("audit", "verify", "--json").json

    assert (told.code, told.err) == (0, "")
    assert told.out == f"1 rows, the last one's hash is {found['head']}\n"
    assert found == {
        "ok": True,
        "rows": 1,
        "head": found["head"],
        "broken": [],
        "has_noted": True,
    }


def test_an_audit_that_lacks_the_noted_hash_exits_1(shell: Shell) -> None:
    """Rows that are cut off at the end show only so."""
    for number in range(2):
        shell.send(plain_claim(number))
    (before,) = shell.run("audit", "verify", "--json").json
    with shell.store() as store:
        store.write(lambda tx: tx.execute(text("DELETE FROM audit WHERE id = 2")))

    assert shell.run("audit", "verify").code == 0
    noted = ("--noted", before["head"].upper())
    told, found = (shell.run("audit", "verify", *noted, *more) for more in ((), ("--json",)))

    assert (told.code, found.code) == (1, 1)
    assert told.err == "the hash that was noted down is not in the chain; compare with a backup\n"
    assert (found.json[0]["ok"], found.json[0]["has_noted"]) == (False, False)


def test_an_audit_that_was_tampered_with_exits_1(shell: Shell) -> None:
    """And names the row."""
    shell.send(plain_claim(0))
    with shell.store() as store:
        store.write(lambda tx: tx.execute(text("UPDATE audit SET actor = 'nobody'")))

    told, found = shell.run("audit", "verify"), shell.run("audit", "verify", "--json")

    assert (told.code, told.err) == (1, "row 1 is changed; compare with a backup\n")
    assert (found.code, found.json[0]["ok"]) == (1, False)
    assert found.json[0]["broken"] == [{"row": 1, "damage": "changed"}]
