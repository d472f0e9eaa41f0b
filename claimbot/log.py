"""The log: one line of JSON an event on standard error, and nothing personal in it."""

import contextlib
import logging
import sys
import traceback

import structlog
from structlog.typing import EventDict, WrappedLogger

PERSONAL = frozenset(
    """
    about actor address adjuster answer author body buttons caption chat claim_form detail email
    file filename files first_name form from handle insurer label last_name latitude lines location
    longitude message name number options password payload phone photo place plate policies policy
    policy_number position query question remark remarks said say secret sender state text title to
    token url user username values words
    """.split()  # noqa: SIM905 a list of sixty strings is longer and no clearer
)
"""Keys that no log line keeps, whatever is passed under them."""

Scalar = str | int | float | bool | None


def drop_personal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Remove what a policyholder might have said or sent.

    What is left has no parts that could hold it: of a value that is neither plain nor a list of
    plain ones, only its type is named.
    """
    return {key: _plain(value) for key, value in event.items() if key not in PERSONAL}


def _plain(value: object) -> Scalar | list[Scalar]:
    match value:
        case None | str() | int() | float():
            return value
        case list() | tuple() | set() | frozenset():
            found = [item for item in value if item is None or isinstance(item, str | int | float)]
            return found if len(found) == len(value) else type(value).__name__
        case _:
            return type(value).__name__


def name_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put an exception's type and place into the line, and leave its message out.

    Messages of other people's code quote what they choke on: a name, a token, a whole row.
    """
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event.update(error=type(error).__name__, where=trail(error))
    return event


def _exception(told: object) -> BaseException | None:
    """Return the exception that ``exc_info`` stands for in `structlog` and `logging`."""
    match told:
        case BaseException() as error:
            return error
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exc_info()[1]
        case _:
            return None


def trail(error: BaseException) -> list[str]:
    """Return where an exception comes from, the innermost place last."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-6:]]


class _StandardError:
    """Writes to whatever standard error is by then; a log that is cut off stops no work."""

    def msg(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


class _Forwarding(logging.Handler):
    """Takes the records of other people's code, and logs of each who wrote it and where.

    Neither its text nor its exception's: uvicorn quotes requests there, httpx URLs with a token in
    them, SQLAlchemy rows.
    """

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno,
            "another library logged",
            logger=record.name,
            line=f"{record.pathname}:{record.lineno}",
            exc_info=record.exc_info,
        )


def set_up(*, verbose: bool = True) -> None:
    """Send log lines to standard error; only warnings and worse unless ``verbose``."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            name_exception,
            drop_personal,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose else logging.WARNING
        ),
        logger_factory=lambda *_: _StandardError(),
    )
    # Other people's code logs what it likes; its warnings are kept, its chatter is not.
    logging.basicConfig(level=logging.WARNING, handlers=[_Forwarding()], force=True)
    logging.captureWarnings(capture=True)
