"""The README keeps up with the commands and the settings."""

import base64
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import typer

import tests.settings_table
from claimbot.cli import cli
from claimbot.settings import CLIENTS
from claimbot.sinks import Message
from claimbot.sinks.https import signed
from tests.settings_table import MARKED, README, main, settings_table
from tests.store_builders import NOON
from tests.webhook_receiver import SECRET


def commands(group: typer.Typer, *path: str) -> Iterator[str]:
    """Yield every command as it is typed."""
    for command in group.registered_commands:
        assert command.callback is not None
        yield " ".join((*path, command.name or command.callback.__name__.replace("_", "-")))
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from commands(inner.typer_instance, *path, str(inner.name))


def test_there_are_commands_to_look_for() -> None:
    """Those in groups too, two deep."""
    assert {"claimbot config", "claimbot claims next", "claimbot queue dead requeue"} <= set(
        commands(cli, "claimbot")
    )


def test_the_readme_mentions_every_command() -> None:
    """As it is typed, so that it can be searched for."""
    readme = README.read_text(encoding="utf-8")

    assert [name for name in commands(cli, "claimbot") if name not in readme] == []


def test_the_readme_lists_every_setting() -> None:
    """With its default and what it is; else run `python -m tests.settings_table --write`."""
    (table,) = MARKED.findall(README.read_text(encoding="utf-8"))

    assert table == settings_table()


def test_the_receiver_in_the_readme_believes_what_is_signed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And nothing that was changed, is old or is signed with another secret."""
    (written,) = re.findall(r"```python\n(import base64.*?)```", README.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(written, names)  # noqa: S102 it is ours
    is_genuine = names["is_genuine"]
    monkeypatch.setattr(names["time"], "time", NOON.timestamp)
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    told = Message(id="CB-1:1", type="", time=NOON, subject="", data=b'{"a": 1}', key="")

    def headers(at: datetime, *keys: bytes) -> dict[str, str]:
        return {name.decode().lower(): value.decode() for name, value in signed(told, at, keys)}

    now = headers(NOON, b"another", key)
    assert is_genuine(now, told.data, SECRET)
    assert not is_genuine(now, told.data + b" ", SECRET)
    assert not is_genuine(now | {"webhook-id": "CB-1:2"}, told.data, SECRET)
    assert not is_genuine(headers(NOON, b"another"), told.data, SECRET)
    assert not is_genuine(headers(NOON - timedelta(hours=1), key), told.data, SECRET)


def test_the_readme_mentions_the_variables_that_are_no_settings() -> None:
    """They say whose API ``claimbot claims`` asks."""
    readme = README.read_text(encoding="utf-8")

    assert [name for name in CLIENTS if f"CLAIMBOT_{name.upper()}=" not in readme] == []


def test_the_table_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row a setting, no secret, no cell that would break the table."""
    monkeypatch.setattr("sys.argv", ["settings_table"])

    run_path(tests.settings_table.__file__, run_name="__main__")

    printed = capsys.readouterr().out
    assert printed == settings_table()
    assert r"| `CLAIMBOT_POLICIES` | `pattern:\d{9}` | The policy directory: " in printed
    assert "| `CLAIMBOT_TELEGRAM_TOKEN` |  | From @BotFather; no token, no Telegram. |" in printed
    assert {line.replace(r"\|", "").count("|") for line in printed.splitlines()} == {4}


def test_the_table_is_written_where_the_readme_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the README stays as it is."""
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- settings -->\nold\n<!-- /settings -->\nafter\n")
    monkeypatch.setattr("tests.settings_table.README", readme)

    main(["--write"])

    assert readme.read_text() == (
        f"before\n<!-- settings -->\n{settings_table()}<!-- /settings -->\nafter\n"
    )
