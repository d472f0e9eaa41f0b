"""The ``claimbot`` command: every error is one line that says what to do, and an exit code."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from claimbot.errors import BadConfiguration, ClaimbotError, LeaseLost

FAILED = 1
LEASE_LOST = 5
BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits.h
INTERRUPTED = 130  # as a shell says of what Ctrl-C ended


def main() -> NoReturn:
    """Run the command that the arguments name, and exit."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us, as with `>&-`
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 a stream, for good
    threading.excepthook = _thread_ended
    code = exit_code(_command)
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more
        code = code or _unwritten(error)
    sys.exit(code)


def exit_code(command: Callable[[], object]) -> int:
    """Run a command, tell of an error in one line, and return how to exit."""
    try:
        command()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else FAILED
    except LeaseLost as error:
        return _failed(str(error), LEASE_LOST)
    except BadConfiguration as error:
        return _failed(str(error), BAD_CONFIGURATION)
    except ClaimbotError as error:
        return _failed(str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or type(error).__name__
        return _failed(f"{place}{reason}; put that right, then try again")
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 a traceback would quote what the code chokes on
        return _failed(_unforeseen(error))
    return 0


def _command() -> None:
    from claimbot.cli import cli

    cli(prog_name="claimbot")  # also as `python -m claimbot`


def _failed(message: str, code: int = FAILED) -> int:
    from claimbot.cli.context import say

    say(f"claimbot: {message}")
    return code


def _unwritten(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):  # `| head` has read enough
        return FAILED
    return _failed(f"standard output: {error.strerror}; write it somewhere else")


def _unforeseen(error: BaseException) -> str:
    """Name an error that nobody foresaw, without its message, which may quote anything."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    from claimbot.log import trail

    if type(error) in {DatabaseError, OperationalError}:
        reason = str(getattr(error, "orig", "")).partition("\n")[0]
        return f"the database cannot be used: {reason}; `claimbot doctor` looks what is wrong"
    places = " < ".join(reversed(trail(error)[-3:]))
    return f"{type(error).__name__} at {places}; this is a mistake in claimbot, please report it"


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        with contextlib.suppress(OSError):
            _failed(_unforeseen(ended.exc_value))


if __name__ == "__main__":
    main()
