"""The ``claimbot`` command: every error is one line that says what to do, and an exit code."""

import os
import sys
from typing import NoReturn

from claimbot.errors import BadConfiguration, ClaimbotError, LeaseLost

FAILED = 1
LEASE_LOST = 5
BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits.h
INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command that the arguments name, and exit."""
    from claimbot.cli import cli

    try:
        cli()
    except LeaseLost as error:
        _fail(error, LEASE_LOST)
    except BadConfiguration as error:
        _fail(error, BAD_CONFIGURATION)
    except (ClaimbotError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # `claimbot ... | head` has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        _fail(error, FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(0)


def _fail(error: Exception, code: int) -> NoReturn:
    sys.stderr.write(f"claimbot: {error}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
