"""The log: one line of JSON an event on standard error, and nothing personal in it."""

import logging
import sys
import traceback

import structlog
from structlog.typing import EventDict, WrappedLogger

PERSONAL = frozenset(
    {
        *(
            "address",
            "body",
            "caption",
            "chat",
            "claim_form",
            "detail",
            "form",
            "from",
            "location",
        ),
        *("message", "name", "number", "payload", "phone", "photo", "place", "plate", "policy"),
        *("policy_number", "position", "remark", "remarks", "said", "secret", "state", "text"),
        *("token", "url", "user", "words"),
    }
)
"""Keys that no log line keeps, whatever is passed under them."""


def drop_personal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Remove what a policyholder might have said or sent."""
    return {key: value for key, value in event.items() if key not in PERSONAL}


def name_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put an exception's type and place into the line, and leave its message out.

    Messages of other people's code quote what they choke on: a name, a token, a whole row.
    """
    if not event.pop("exc_info", False):
        return event
    error = sys.exc_info()[1]
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-6:]]
    return event


def set_up(*, verbose: bool = True) -> None:
    """Send log lines to standard error; only warnings and worse unless ``verbose``."""
    level = logging.INFO if verbose else logging.WARNING
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            drop_personal,
            name_exception,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Other people's code logs what it likes; its warnings are kept, its chatter is not.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s", force=True)
