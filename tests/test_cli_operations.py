"""``claimbot config``, ``doctor`` and ``db``: for who sets claimbot up."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from claimbot.settings import Settings
from tests.command_line import DATABASE, Shell, open_shell
from tests.extras_at_hand import OURS, at_hand
from tests.fake_bot_api import FakeBotApi
from tests.queued_claims import plain_claim

FAILED = 1


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell in an empty folder."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        yield shell


def test_every_setting_is_shown_with_its_origin(shell: Shell) -> None:
    """A flag wins over the environment, that over the file, that over the default."""
    (shell.folder / "claimbot.toml").write_text(
        "database = 'sqlite:///file.db'\nport = 1\nphone = '1'\nemergency_number = 113\n"
    )
    environment = {"DATABASE": "sqlite:///environment.db", "PORT": "2", "PHONE": ""}

    done = shell.run("--database", "sqlite:///flag.db", "config", "--json", **environment)

    assert (done.code, done.err) == (0, "")
    (settings,) = done.json
    found = {setting["name"]: (setting["value"], setting["origin"]) for setting in settings}
    assert found.keys() == {f"CLAIMBOT_{name.upper()}" for name in Settings.model_fields}
    assert found["CLAIMBOT_DATABASE"] == ("sqlite:///flag.db", "flag")
    assert found["CLAIMBOT_PORT"] == ("2", "environment")
    assert found["CLAIMBOT_PHONE"] == ("1", "claimbot.toml")
    assert found["CLAIMBOT_EMERGENCY_NUMBER"] == ("113", "claimbot.toml")
    assert found["CLAIMBOT_LANGUAGE"] == ("nl", "default")
    assert all(setting["description"] for setting in settings)


def test_settings_are_a_list_to_read(shell: Shell) -> None:
    """Name, value and origin on a line that can be searched for; then what it is, in its unit."""
    done = shell.run("config", HOLD_MINUTES="45")

    lines = [line.rstrip() for line in done.out.splitlines()]
    assert "CLAIMBOT_PHONE is not set  (default)" in lines
    at = lines.index("CLAIMBOT_HOLD_MINUTES = 45  (environment)")
    assert lines[at + 1] == "    Minutes that an adjuster holds a claim (1 to 1440)."
    assert (done.code, done.err) == (0, "")


def test_secrets_are_never_shown(shell: Shell) -> None:
    """Tokens are "(set)", passwords in URLs are starred out."""
    for arguments in (["config"], ["config", "--json"]):
        done = shell.run(
            *arguments,
            DATABASE="postgresql://bo:hush@127.0.0.1/claims?sslpassword=hush",
            TELEGRAM_TOKEN="123:hush",  # noqa: S106 it is the test's
            TELEGRAM_WEBHOOK_SECRET="hush",  # noqa: S106 same
        )

        assert done.code == 0
        assert "hush" not in done.out + done.err
        assert "postgresql://bo:***@127.0.0.1/claims?sslpassword=***" in done.out
        assert done.out.count("(set)") == 2


def test_variables_that_no_setting_has_are_pointed_out(shell: Shell) -> None:
    """With what may be meant; they stop nothing."""
    done = shell.run("config", "--json", TELEGRAM_TOKN="hush", COLOUR="red")

    assert done.code == 0
    assert done.err.splitlines() == [
        "no setting is called CLAIMBOT_COLOUR; unset it",
        "no setting is called CLAIMBOT_TELEGRAM_TOKN; did you mean CLAIMBOT_TELEGRAM_TOKEN?",
    ]


def test_a_healthy_claimbot_is_told_so(shell: Shell) -> None:
    """Every check with its name, how it is, and whether that is well."""
    shell.migrate()
    shell.send(plain_claim(0))

    told, found = shell.run("doctor"), shell.run("doctor", "--json")

    assert (told.code, told.err, found.code, found.err) == (0, "", 0, "")
    (health,) = found.json
    assert health["ok"] is True
    assert {check["name"]: check["detail"] for check in health["checks"]} == {
        "settings": "read",
        "database": "up to date, and can be written",
        "queue": "1 ready, 0 leased, 0 dead",
        "photos": "can be kept",
        "policies": "numbers such as 123456789",
        "channels": "none; set CLAIMBOT_TELEGRAM_TOKEN for Telegram",
        "extras": "none; CLAIMBOT_EXTRAS may name c2pa, faces, ocr",
        "sinks": "none; CLAIMBOT_SINKS may name URLs of amqp, amqps, http, https, kafka, nats, "
        "redis, rediss, sqs",
    }
    assert all(check["ok"] for check in health["checks"])
    assert "ok  database  up to date, and can be written" in told.out


def test_the_doctor_makes_no_database(shell: Shell) -> None:
    """One that is not there yet is healthy if it can be made."""
    (health,) = shell.run(
        "doctor",
        "--json",
        COLOUR="red",
    ).json

    details = {check["name"]: check["detail"] for check in health["checks"]}
    assert health["ok"]
    assert details["database"].startswith("not there yet; ")
    assert details["queue"].startswith("not there yet; ")
    assert details["settings"] == "read; of no use: CLAIMBOT_COLOUR"
    assert not (shell.folder / DATABASE).exists()


async def test_the_doctor_asks_telegram(shell: Shell) -> None:
    """A token that it refuses, or a server that is not there, is told of; no token is."""
    async with FakeBotApi() as api:
        asked = {"TELEGRAM_BASE_URL": api.url}
        right = await asyncio.to_thread(shell.run, "doctor", TELEGRAM_TOKEN=api.token, **asked)
        wrong = await asyncio.to_thread(shell.run, "doctor", TELEGRAM_TOKEN="1:hush", **asked)  # noqa: S106 the test's
    away = await asyncio.to_thread(shell.run, "doctor", TELEGRAM_TOKEN=api.token, **asked)

    assert "ok  channels  telegram, which knows the token" in " ".join(right.out.split("   "))
    assert (wrong.code, away.code) == (FAILED, FAILED)
    assert "Telegram refuses the token; ask @BotFather" in " ".join(wrong.out.split())
    assert "hush" not in wrong.out + wrong.err
    assert api.token not in away.out + away.err


@pytest.mark.parametrize(
    ("name", "environment", "told"),
    [
        ("database", {"DATABASE": "sqlite:///gone/claimbot.db"}, "make its folder"),
        ("database", {"DATABASE": "sqlite:///none.db"}, "not a database; name another file"),
        ("database", {"DATABASE": "sqlite:///empty.db"}, "run `claimbot db upgrade`"),
        ("queue", {"QUEUE": "sqs://here"}, "installed: memory, postgresql, sqlite"),
        ("queue", {"QUEUE": "sqs:", "DATABASE": "sqlite:///new.db"}, "installed: memory, "),
        ("photos", {"PHOTOS": "file:none.db/photos"}, "let this user write there"),
        ("policies", {"POLICIES": "csv:gone.csv"}, "gone.csv"),
        ("channels", {"TELEGRAM_TOKEN": "hush hush"}, "copy it from @BotFather"),
        ("extras", {"EXTRAS": "orc"}, "installed: c2pa, faces, ocr"),
    ],
)
def test_what_is_not_well_exits_1(
    shell: Shell, name: str, environment: dict[str, str], told: str
) -> None:
    """With what to do, and everything else looked at all the same."""
    shell.migrate()
    (shell.folder / "none.db").write_text("this is no database, whatever its name may say")
    (shell.folder / "empty.db").touch()

    done = shell.run("doctor", "--json", **environment)

    (health,) = done.json
    failed = {check["name"]: check["detail"] for check in health["checks"] if not check["ok"]}
    assert (done.code, done.err, health["ok"]) == (FAILED, "", False)
    assert told in failed[name]
    assert failed.keys() <= {name, "queue"}
    assert "hush" not in done.out
    assert f"failed  {name}" in shell.run("doctor", **environment).out


def test_a_database_that_is_damaged_is_told_without_its_rows(shell: Shell) -> None:
    """The text of a database's error may quote anything."""
    shell.migrate()
    with shell.store() as store:
        store.write(lambda tx: tx.execute(text("DROP TABLE queue_skill")))
        store.write(lambda tx: tx.execute(text("DROP TABLE queue_entry")))

    (health,) = shell.run("doctor", "--json").json

    (queue,) = (check for check in health["checks"] if not check["ok"])
    assert queue["name"] == "queue"
    assert queue["detail"].startswith("OperationalError; ")
    assert "SELECT" not in queue["detail"]


def test_a_database_that_can_only_be_read_is_told(shell: Shell) -> None:
    """As when its disk is full: what is read is well, and not enough."""
    shell.migrate()
    full = "CREATE TRIGGER full BEFORE INSERT ON pulse BEGIN SELECT RAISE(ABORT, 'no room'); END"
    with shell.store() as store:
        store.write(lambda tx: tx.execute(text(full)))

    done = shell.run("doctor", "--json")

    (health,) = done.json
    (database,) = (check for check in health["checks"] if not check["ok"])
    assert (done.code, database["name"]) == (FAILED, "database")
    assert database["detail"].startswith("it can be read, but not written: no room; make room")


def test_extras_are_tried(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in its own process, with a picture; one that does not work is named."""
    for name in OURS:
        at_hand(name)

    tried = shell.run("doctor", EXTRAS="c2pa, ocr faces")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    failed = shell.run("doctor", EXTRAS="c2pa")

    assert "ok  extras  c2pa, ocr, faces: tried, and ready" in " ".join(tried.out.split("   "))
    assert (tried.code, failed.code) == (0, FAILED)
    assert "'c2pa' does not work: a child process does not start" in " ".join(failed.out.split())
