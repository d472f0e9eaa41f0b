"""Where settings come from, and what is shown of them."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from claimbot.errors import BadConfiguration
from claimbot.settings import (
    Settings,
    describe,
    explain,
    read_settings,
    shown,
    unknown_variables,
)
from tests.command_line import unset_settings


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without a claimbot.toml, with nothing set."""
    monkeypatch.chdir(tmp_path)
    unset_settings(monkeypatch)


def test_the_defaults_run_on_a_laptop() -> None:
    """No service, no token: SQLite, a folder, a pattern."""
    settings = read_settings()

    assert settings.database == "sqlite:///claimbot.db"
    assert settings.photos == "file:./photos"
    assert settings.policies == r"pattern:\d{9}"
    assert settings.telegram_token is None
    assert settings.hold == timedelta(minutes=30)
    assert {setting.origin for setting in explain(settings)} == {"default"}


def test_flags_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag that was not given, or a variable that is empty, is no value."""
    (tmp_path / "claimbot.toml").write_text("port = 1\nhost = 'file'\ninsurer = 'file'\n")
    monkeypatch.setenv("CLAIMBOT_PORT", "2")
    monkeypatch.setenv("claimbot_host", "environment")
    monkeypatch.setenv("CLAIMBOT_INSURER", "")
    flags = {"port": 3, "host": None}

    settings = read_settings(flags)

    assert (settings.port, settings.host, settings.insurer) == (3, "environment", "file")
    origins = {setting.name: setting.origin for setting in explain(settings, flags)}
    assert origins["CLAIMBOT_PORT"] == "flag"
    assert origins["CLAIMBOT_HOST"] == "environment"
    assert origins["CLAIMBOT_INSURER"] == "claimbot.toml"


def test_a_number_in_the_file_will_do_for_a_text(tmp_path: Path) -> None:
    """Nobody thinks of quotes around a phone number."""
    (tmp_path / "claimbot.toml").write_text("emergency_number = 112\nphone = 31205550123\n")

    settings = read_settings()

    assert (settings.emergency_number, settings.phone) == ("112", "31205550123")


def test_a_setting_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    """A list is no host."""
    (tmp_path / "claimbot.toml").write_text("host = ['a']")

    with pytest.raises(BadConfiguration, match="a valid string; correct or remove"):
        read_settings()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, ""),
        (8000, "8000"),
        (SecretStr("hush"), "(set)"),
        ("sqlite:///claimbot.db", "sqlite:///claimbot.db"),
        (r"pattern:\d{9}?check=luhn", r"pattern:\d{9}?check=luhn"),
        ("postgresql://bo@host/db", "postgresql://bo@host/db"),
        ("postgresql://bo:hush@host/db", "postgresql://bo:***@host/db"),
        ("postgresql://bo:h@u/sh@host/db", "postgresql://bo:***@host/db"),
        ("postgresql://:hush@host/db", "postgresql://:***@host/db"),
        (
            "postgresql://host/db?user=bo&password=hush",
            "postgresql://host/db?user=bo&password=***",
        ),
        ("bo:hush@host/db", "bo:***@host/db"),
        ("https://host/check?api_key=hush#top", "https://host/check?api_key=***#top"),
        ("s3://bucket?endpoint=http://bo:hush@host", "s3://bucket?endpoint=http://bo:***@host"),
    ],
)
def test_no_secret_is_shown(value: object, told: str) -> None:
    """Neither a token nor a password in a URL, also one that was not escaped."""
    assert shown(value) == told


def test_numbers_are_described_with_their_range() -> None:
    """As it is checked, so that the two cannot differ."""
    fields = Settings.model_fields

    assert describe(fields["port"]) == "The port that `serve` listens on (0 to 65535)."
    assert describe(fields["phone"]) == "A phone number that people answer; empty: none."
    bounded = [name for name, field in fields.items() if field.annotation in {int, float}]
    assert all(" to " in describe(fields[name]) for name in bounded)


def test_variables_that_no_setting_has_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the setting whose name is close, if one is; other programs' are not ours."""
    for name in ("CLAIMBOT_PORRT", "CLAIMBOT_COLOUR", "claimbot_port", "OTHERBOT_PORT"):
        monkeypatch.setenv(name, "1")

    assert unknown_variables() == {"CLAIMBOT_PORRT": "CLAIMBOT_PORT", "CLAIMBOT_COLOUR": None}
