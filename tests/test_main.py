"""``python -m claimbot``: exit codes, and no traceback, whatever happens."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from runpy import run_path

import pytest
from sqlalchemy import text

import claimbot
from claimbot.__main__ import exit_code, main
from claimbot.errors import BadConfiguration, ClaimbotError, LeaseLost
from tests.command_line import Shell, open_shell
from tests.queued_claims import plain_claim, reference

ROOT = Path(claimbot.__file__).parents[1]
HEAVY = {"telegram", "PIL", "sqlalchemy", "sqlmodel", "pydantic", "fastapi", "rich", "asyncio"}


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def start(folder: Path, *command: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Start this Python with a command in a folder, where it finds this claimbot."""
    return subprocess.Popen(  # noqa: S603 it runs what is written here
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a process and return how it exited and what it wrote."""
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["--version"], 0, f"claimbot {claimbot.__version__}\n", ""),
        (["photos", "check", "gone.jpg"], 1, "", "claimbot: gone.jpg: No such file"),
        (["fly"], 2, "", "Usage: claimbot "),
        (["claims", "next", "--json"], 3, "", "nothing in the queue: "),
        (["claims", "accept", "a-lease-that-is-nobodys"], 5, "", "claimbot: claim "),
    ],
)
def test_a_process_exits_as_scripts_expect(
    shell: Shell, arguments: list[str], code: int, out: str, err: str
) -> None:
    """Data on standard output, messages on standard error."""
    exited, told, complained = finish(start(shell.folder, "-m", "claimbot", *arguments))

    assert (exited, told) == (code, out)
    assert complained.startswith(err)
    assert "Traceback" not in complained


def test_a_bad_setting_exits_78(shell: Shell) -> None:
    """Which is sysexits.h's EX_CONFIG."""
    shell.monkeypatch.setenv("CLAIMBOT_LANGUAGE", "xx")

    code, out, err = finish(start(shell.folder, "-m", "claimbot", "config"))

    assert (code, out) == (78, "")
    assert err.startswith("claimbot: CLAIMBOT_LANGUAGE cannot be used: ")


def test_help_is_quick(shell: Shell) -> None:
    """No heavy module is imported to print it; typer needs pydantic for a command's options."""
    script = (
        "import atexit, sys; from claimbot.__main__ import main;"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main()"
    )

    for arguments, needed in ((["--help"], set()), (["claims", "next", "--help"], {"pydantic"})):
        code, out, modules = finish(start(shell.folder, "-c", script, *arguments))

        assert (code, HEAVY & set(modules.split())) == (0, needed)
        assert out.startswith("Usage: claimbot ")


def test_no_arguments_show_the_help(shell: Shell) -> None:
    """It is wrong usage all the same."""
    done = shell.run()

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: claimbot ")


def test_ctrl_c_is_silent(shell: Shell) -> None:
    """Ctrl-C in a chat ends it, as Ctrl-D does or, while it is being set up, with exit 130."""
    process = start(shell.folder, "-m", "claimbot", "chat")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Type to the bot")

    process.send_signal(signal.SIGINT)

    code, out, err = finish(process)
    assert code in {0, 130}
    assert (out, err) == ("", "")


def test_a_reader_that_has_read_enough_is_no_news(shell: Shell) -> None:
    """``claimbot config | head -0`` is silent."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = start(shell.folder, "-m", "claimbot", "config", "--json", stdout=writing)
    finally:
        os.close(writing)

    code, _, err = finish(process)

    assert (code, err) == (1, "")


@pytest.mark.parametrize(
    "command", [["config"], ["config", "--json"], ["claims", "list", "--json"]]
)
@pytest.mark.parametrize(
    ("device", "told"), [("pipe", ""), ("/dev/full", "No space left on device")]
)
def test_output_that_cannot_be_written_is_told_once(
    shell: Shell, command: list[str], device: str, told: str
) -> None:
    """A full disk is a failure, a closed pipe nobody's concern; however much there is to say."""
    shell.send(*map(plain_claim, range(0, 40 * 37, 37)))  # more than a buffer's 8 KB
    reading, writing = os.pipe()
    os.close(reading)
    if device == "/dev/full":
        os.dup2(os.open(device, os.O_WRONLY), writing)
    with os.fdopen(writing, "w") as out:
        shell.monkeypatch.setattr(sys, "stdout", out)

        done = shell.run(*command)

        shell.monkeypatch.undo()
    assert done.code == 1
    assert told in done.err
    assert done.err.count("\n") == bool(told)


def test_closed_streams_are_no_harm(shell: Shell) -> None:
    """A daemon may start us with ``>&- 2>&-``."""
    shell.monkeypatch.setattr(sys, "stdout", None)
    shell.monkeypatch.setattr(sys, "stderr", None)

    assert shell.run("config").code == 0

    sys.stdout.close()
    sys.stderr.close()


def raising(error: BaseException) -> Callable[[], None]:
    """Return a command that fails so."""

    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (ClaimbotError("no; do this"), 1, "claimbot: no; do this\n"),
        (LeaseLost("CB-1"), 5, "claimbot: claim CB-1 is not yours now"),
        (BadConfiguration("no;\ndo this"), 78, "claimbot: no; do this\n"),
        (PermissionError(13, "Permission denied", "a.txt"), 1, "claimbot: a.txt: Permission de"),
        (ConnectionError(), 1, "claimbot: ConnectionError; put that right"),
        (KeyboardInterrupt(), 130, ""),
        (SystemExit(3), 3, ""),
        (SystemExit("gone"), 1, ""),
    ],
)
def test_every_error_has_its_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, told: str
) -> None:
    """And is told in one line, or not at all."""
    assert exit_code(raising(error)) == code

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(told)
    assert err.count("\n") == bool(told)


def test_a_command_that_returns_is_fine() -> None:
    """Its value does not matter."""
    assert exit_code(lambda: 7) == 0


def test_a_mistake_of_ours_is_one_line_that_quotes_nothing(shell: Shell) -> None:
    """Its type and place are enough to mend it; its message may hold what people wrote."""
    shell.send(plain_claim(0))
    with shell.store() as store:
        store.write(lambda tx: tx.execute(text('UPDATE claim SET body = \'{"name": "Jansen"}\'')))

    done = shell.run("claims", "show", reference(0))

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("claimbot: ValidationError at ")
    assert done.err.endswith("; this is a mistake in claimbot, please report it\n")
    assert "codec.py:" in done.err
    assert "Jansen" not in done.err
    assert done.err.count("\n") == 1


def test_a_database_that_fails_is_one_line_without_its_rows(shell: Shell) -> None:
    """What the database says of itself, and where to look next."""
    with shell.store() as store:
        store.write(lambda tx: tx.execute(text("DROP TABLE attention")))

    done = shell.run("queue", "stats")

    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "claimbot: the database cannot be used: no such table: attention; "
        "`claimbot doctor` looks what is wrong\n"
    )


def test_a_thread_that_dies_is_one_line_too(shell: Shell) -> None:
    """Python would print a traceback, with the message in it."""
    shell.run("--version")

    for error in (ValueError("Jansen"), SystemExit()):
        dying = threading.Thread(target=raising(error))
        dying.start()
        dying.join()

    _, err = shell.capsys.readouterr()
    assert err.startswith("claimbot: ValueError at ")
    assert "Jansen" not in err
    assert err.count("\n") == 1


def test_main_is_what_the_installed_command_calls(shell: Shell) -> None:
    """The entry point and ``python -m`` are one."""
    shell.monkeypatch.setattr(sys, "argv", ["claimbot", "--version"])

    with pytest.raises(SystemExit) as exited:
        run_path(claimbot.__main__.__file__, run_name="__main__")

    (command,) = entry_points(group="console_scripts", name="claimbot")
    assert command.load() is main
    assert exited.value.code == 0
