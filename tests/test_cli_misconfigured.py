"""Settings that cannot be used: one line that says what to do, exit 78, and no value in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import Shell, open_shell

BAD_CONFIGURATION = 78
HUSH = "hush"
"""What every secret of these tests has in it."""


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside files that are not what a setting takes them for."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        (tmp_path / "text").write_text("this is no database, whatever its name may say")
        yield shell


def complaint(shell: Shell, *arguments: str, **environment: str) -> str:
    """Run a command that cannot work, and return its one line of complaint."""
    done = shell.run(*arguments, **environment)

    (line,) = done.err.splitlines()
    assert (done.code, done.out) == (BAD_CONFIGURATION, "")
    assert line.startswith("claimbot: ")
    assert HUSH not in line
    return line.removeprefix("claimbot: ")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PORT", "eighty", "it should be a valid integer"),
        ("PORT", "65536", "it should be less than or equal to 65535"),
        ("HOLD_MINUTES", "0", "it should be greater than or equal to 1"),
        ("HOLD_MINUTES", "1.5", "it should be a valid integer"),
        ("MESSAGE_GAP_SECONDS", "-1", "it should be greater than or equal to 0"),
        ("MESSAGE_GAP_SECONDS", "nan", "it should be"),
        ("LANGUAGE", "xx", "no such language here; choose nl or en"),
        ("TIMEZONE", "Mars/Base", "no such time zone; write for example Europe/Amsterdam"),
        ("TIMEZONE", "../../etc/passwd", "no such time zone"),
        ("TELEGRAM_BASE_URL", "hush", "it should be a valid URL"),
        ("TELEGRAM_WEBHOOK_URL", "ftp://bo:hush@host", "URL scheme should be"),
    ],
)
def test_a_bad_value_is_explained(shell: Shell, name: str, value: str, reason: str) -> None:
    """In the environment by the variable's name, in the file by the key's."""
    in_environment = complaint(shell, "config", **{name: value})

    assert in_environment.startswith(f"CLAIMBOT_{name} cannot be used: ")
    assert reason in in_environment
    assert in_environment.endswith("; correct or unset it")

    (shell.folder / "claimbot.toml").write_text(f"{name.lower()} = '{value}'")
    in_file = complaint(shell, "claims", "list")
    assert in_file.startswith(f"'{name.lower()}' in claimbot.toml cannot be used: ")
    assert reason in in_file
    assert in_file.endswith("; correct or remove it")


def test_a_bad_flag_is_named_as_a_flag(shell: Shell) -> None:
    """Also when the environment has a good value."""
    told = complaint(shell, "serve", "--port", "65536", PORT="8000")

    assert told.startswith("--port cannot be used: it should be less than or equal to 65535")


@pytest.mark.parametrize("command", [["config"], ["doctor"], ["claims", "next"], ["db", "check"]])
def test_a_misspelt_key_is_pointed_out(shell: Shell, command: list[str]) -> None:
    """By every command: what it was meant to set is not set."""
    (shell.folder / "claimbot.toml").write_text("emergency_nr = 'hush'")

    told = complaint(shell, *command)

    hint = "did you mean 'emergency_number'?"
    assert told == f"claimbot.toml has 'emergency_nr', which is no setting; {hint}"


def test_a_key_like_no_other_is_pointed_out(shell: Shell) -> None:
    """Nothing is guessed then."""
    (shell.folder / "claimbot.toml").write_text("[colours]\nred = 1")

    told = complaint(shell, "config")

    assert told == "claimbot.toml has 'colours', which is no setting; remove it"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"port = 1\nport = 2\n", "is not TOML: Cannot overwrite a value (at line 2, "),
        (b"port", "is not TOML: "),
        (b"insurer = '\xff'", "is not TOML: "),
    ],
)
def test_a_malformed_file_is_named(shell: Shell, content: bytes, told: str) -> None:
    """With the line, where there is one."""
    (shell.folder / "claimbot.toml").write_bytes(content)

    found = complaint(shell, "config")

    assert found.startswith(f"claimbot.toml {told}")
    assert found.endswith("; correct or remove it")


def test_a_file_that_cannot_be_read_is_named(shell: Shell) -> None:
    """It is not passed over: what it says matters."""
    (shell.folder / "claimbot.toml").mkdir()

    told = complaint(shell, "config")

    assert told.startswith("claimbot.toml cannot be read: Is a directory; ")


def test_a_file_from_a_windows_editor_is_read(shell: Shell) -> None:
    """Some begin a text with a byte order mark."""
    (shell.folder / "claimbot.toml").write_bytes(b"\xef\xbb\xbfinsurer = 'Zee\xc3\xabn'")

    assert "CLAIMBOT_INSURER = Zeeën  (claimbot.toml)" in shell.run("config").out


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE", "hush", "write 'sqlite:///claimbot.db' or "),
        ("DATABASE", "mysql://bo:hush@host/db", "no database for 'mysql'; write "),
        ("DATABASE", "sqlite://", "loses claims; write "),
        ("DATABASE", "sqlite:///gone/claimbot.db", "make its folder"),
        ("DATABASE", "sqlite:///text", "file is not a database; name another file"),
        ("DATABASE", "postgresql://bo:hush@127.0.0.1:1/claims", "start the server, or "),
        ("PHOTOS", "file:text/photos", "let this user write there, or set CLAIMBOT_PHOTOS"),
        ("PHOTOS", "ftp://bo:hush@host", "no photos plug for 'ftp'; installed: file"),
        ("PHOTOS", "file://host/photos", "write file:./photos or file:/srv/photos"),
        ("QUEUE", "memory:", "in memory it loses claims; leave it empty"),
        ("QUEUE", "sqs://hush", "no queues plug for 'sqs'; installed: memory, postgresql, sqlite"),
        ("QUEUE", "sqlite:///other.db", "leave QUEUE unset"),
        ("POLICIES", "ldap://hush", "no policies plug for 'ldap'; installed: csv, pattern"),
        ("POLICIES", "pattern:[", "write for example "),
        ("POLICIES", "csv:gone.csv", "No such file or directory; write "),
        ("POLICIES", "csv:text", "no policy numbers in it; write "),
    ],
)
def test_a_service_that_cannot_be_used_is_named(
    shell: Shell, name: str, value: str, told: str
) -> None:
    """With what to write instead, and without a password."""
    assert told in complaint(shell, "claims", "next", **{name: value})


def test_flags_name_services_too(shell: Shell) -> None:
    """Before the command, for every command."""
    assert "make its folder" in complaint(
        shell, "--database", "sqlite:///gone/claimbot.db", "queue", "stats"
    )
    assert "installed: file" in complaint(shell, "--photos", "ftp:", "queue", "stats")


def test_the_secrets_of_a_channel_stay_out_of_its_complaint(shell: Shell) -> None:
    """A token that cannot be one, a webhook without its secret."""
    bad_token = complaint(shell, "serve", "--port", "0", TELEGRAM_TOKEN="hush hush")  # noqa: S106 the test's
    no_secret = complaint(
        shell,
        "serve",
        "--port",
        "0",
        TELEGRAM_TOKEN="123:hush",  # noqa: S106 same
        TELEGRAM_WEBHOOK_URL="https://bot.example",
    )

    assert bad_token.endswith("copy it from @BotFather into CLAIMBOT_TELEGRAM_TOKEN")
    assert no_secret.endswith("set CLAIMBOT_TELEGRAM_WEBHOOK_SECRET")
