"""``claimbot sinks``, and what `claimbot doctor` says of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from claimbot.store import deliveries
from claimbot.store.deliveries import EventType
from tests.command_line import Done, Shell, open_shell
from tests.store_builders import NOON
from tests.webhook_receiver import SECRET

NAME, ID = "https://claims.example/hooks#9f86d081", "9f86d081"


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def announce(shell: Shell, *references: str, name: str = NAME) -> None:
    """Have a sink told, by and by, of claims."""
    with shell.store() as store:
        for reference in references:
            store.write(
                lambda tx, reference=reference: deliveries.announce(  # type: ignore[misc]
                    tx, [name], EventType.SUBMITTED, reference, revision=1, at=NOON
                )
            )


def give_up(shell: Shell, name: str = NAME) -> None:
    """Fail for good to tell a sink what it is to be told."""
    with shell.store() as store:
        for one in store.read(lambda tx: deliveries.log(tx, name, limit=9)):
            store.write(lambda tx, one=one: deliveries.give_up(tx, one.id, NOON, "HTTP 500"))  # type: ignore[misc]


def disable(shell: Shell, name: str = NAME) -> None:
    """Have a sink refuse for good."""
    with shell.store() as store:
        store.write(lambda tx: deliveries.disable(tx, name, NOON, "HTTP 410"))


def test_sinks_are_listed(shell: Shell) -> None:
    """With what they were not told, and which are not configured any more."""
    announce(shell, "CB-1")
    announce(shell, "CB-2", name="redis://r/old#12345678")
    disable(shell)

    told = shell.run("sinks", "list", SINKS="https://claims.example/other")
    assert shell.run("sinks", "list").code == 0
    [other, hook, old] = shell.run(
        "sinks", "list", "--json", SINKS="https://claims.example/other"
    ).json

    assert (other["configured"], other["waiting"]) == (True, 0)
    assert (hook["id"], hook["name"], hook["waiting"]) == (ID, NAME, 1)
    assert (hook["reason"], hook["disabled_at"]) == ("HTTP 410", "2026-03-01T12:00:00Z")
    assert (old["configured"], old["dead"], old["disabled_at"]) == (False, 0, None)
    lines = told.out.splitlines()
    assert lines[0].split() == ["sink", "waiting", "given", "up"]
    assert "disabled since 2026-03-01 13:00" in told.out
    assert "not configured any more; the oldest since 2026-03-01 13:00" in told.out


def test_without_sinks_it_is_said_how_to_have_one(shell: Shell) -> None:
    """Nothing goes to standard output."""
    told = shell.run("sinks", "list")

    assert (told.code, told.out) == (0, "")
    assert told.err == "no sinks; CLAIMBOT_SINKS names them\n"


def test_the_log_of_a_sink_is_shown(shell: Shell) -> None:
    """Newest first; the short name is enough."""
    announce(shell, "CB-1", "CB-2")
    give_up(shell)

    told = shell.run("sinks", "log", ID)
    assert [one["event_id"] for one in shell.run("sinks", "log", NAME, "--json").json] == [
        *("CB-2:1", "CB-1:1"),
    ]
    assert len(shell.run("sinks", "log", ID, "--limit", "1", "--json").json) == 1

    assert told.out.splitlines()[1].split() == [
        *("CB-2:1", "claim.submitted", "2026-03-01", "13:00", "1", "dead:", "HTTP", "500"),
    ]


def test_a_sink_that_was_told_nothing_yet(shell: Shell) -> None:
    """It is one that is configured."""
    sink = {"SINKS": "https://claims.example/hooks"}
    name = shell.run("sinks", "list", "--json", **sink).json[0]["id"]

    assert shell.run("sinks", "log", name, **sink).err == "it was told nothing yet\n"


def test_a_sink_is_told_again(shell: Shell) -> None:
    """Of all that was given up, or of one event whatever became of it."""
    announce(shell, "CB-1", "CB-2")
    give_up(shell)

    assert shell.run("sinks", "redeliver", ID, "--event", "CB-1:1").out == "1 will be told again\n"
    assert shell.run("sinks", "redeliver", ID).out == "1 will be told again\n"
    nothing = shell.run("sinks", "redeliver", ID)

    assert nothing.code == 1
    assert nothing.err.startswith("there is nothing to tell it again; `claimbot sinks log`")
    with shell.store() as store:
        entries = [row.entry for row in store.audit_rows()]
    assert [(one.actor, one.action, one.subject) for one in entries] == [
        ("adjuster:ann", "sink told again", NAME),
    ] * 2


def test_a_sink_is_enabled(shell: Shell) -> None:
    """Once."""
    disable(shell)

    assert shell.run("sinks", "enable", ID).code == 0
    again = shell.run("sinks", "enable", NAME)

    assert again.code == 1  # nothing is left of it, so nobody knows it
    assert (
        again.err == f"claimbot: no sink {NAME}; `claimbot sinks list` shows the sinks there are\n"
    )


def test_a_sink_that_is_not_disabled_is_not_enabled(shell: Shell) -> None:
    """The message says where to look."""
    announce(shell, "CB-1")

    told = shell.run("sinks", "enable", ID)

    assert (told.code, told.out) == (1, "")
    assert told.err == f"{ID} is not disabled; `claimbot sinks list` shows which are\n"


def line(told: Done) -> str:
    """Return what the doctor says of sinks."""
    return next(line for line in told.out.splitlines() if line.split()[1] == "sinks")


def test_the_doctor_looks_at_sinks(shell: Shell) -> None:
    """Whether they can be opened, what waits, and which refused for good."""
    settings = {"SINKS": "https://claims.example/hooks", "WEBHOOK_SECRETS": SECRET}
    name = shell.run("sinks", "list", "--json", **settings).json[0]["name"]
    assert "none; CLAIMBOT_SINKS may name URLs of " in line(shell.run("doctor"))
    announce(shell, "CB-1", "CB-2", name=name)
    give_up(shell, name)
    announce(shell, "CB-3", name=name)

    assert "1 configured; 1 events wait, 2 were given up" in line(shell.run("doctor", **settings))

    disable(shell, name)
    told = shell.run("doctor", **settings)
    assert told.code == 1
    assert "refused for good: HTTP 410" in line(told)
    assert "sinks" in line(shell.run("doctor", SINKS="pigeon://loft/"))
    assert "no sinks plug for 'pigeon'" in line(shell.run("doctor", SINKS="pigeon://loft/"))


def test_the_doctor_looks_at_sinks_before_there_is_a_database(shell: Shell) -> None:
    """They are opened all the same."""
    settings = {"SINKS": "https://claims.example/hooks", "WEBHOOK_SECRETS": SECRET}

    told = shell.run("--database", "sqlite:///other.db", "doctor", **settings)

    assert line(told).split()[2:] == ["1", "configured"]
