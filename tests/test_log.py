"""Promise 6: no secret, plate, name, phone number or message text is in the log."""

import json
import logging
import warnings
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
import structlog

from claimbot import desk, log
from claimbot.channels import Button, File, Inbound, Location, Outbound, Received, Text
from claimbot.claim import (
    Amendment,
    Claim,
    Draft,
    Finding,
    FormFile,
    Photo,
    Place,
    PolicyNumber,
    Sighting,
    Standing,
)
from claimbot.codec import plain
from claimbot.conversation import Asked, Conversation, Said, SentPhoto, Told, Words, events
from claimbot.conversation.state import Inquiry
from claimbot.desk import Handover, Held, Note
from claimbot.errands import Act, Errand
from claimbot.exports import Bundle, Original
from claimbot.queues import Lease
from claimbot.store import Attention, Chat, StoredClaim, Turn, answered
from claimbot.store.ended_leases import EndedLease
from claimbot.store.questions import Question
from claimbot.store.tokens import Token
from claimbot.web.api.access import Caller
from claimbot.wording import Voice
from tests.queued_claims import rich_claim

PRIVATE = "Jansen 06-12345678"
NUMBER = PolicyNumber(number=PRIVATE, standing=Standing.KNOWN)
CLAIM = replace(rich_claim(0), policy_number=PRIVATE, remarks=(PRIVATE, PRIVATE))
CONVERSATION = Conversation(
    language="nl",
    reference="CB-1",
    draft=Draft(policy_number=NUMBER, remarks=(PRIVATE,)),
    numbers=(NUMBER, NUMBER),
)
WORDS = Words(text=PRIVATE, numbers=(NUMBER,))
CHAT = Chat(channel="telegram", chat=PRIVATE)
VALUES: tuple[Any, ...] = (
    CLAIM,
    CONVERSATION,
    CONVERSATION.draft,
    NUMBER,
    WORDS,
    Said(WORDS, datetime.now(UTC)),  # noqa: TID251 any moment will do
    CHAT,
    Text(text=PRIVATE),
    Outbound(text=PRIVATE, buttons=(Button(id="1", label=PRIVATE),)),
    Received(channel="telegram", chat=PRIVATE, message_id="1", payload=PRIVATE),
    Attention(reference="CB-1", reason="asked", detail=PRIVATE),
    Amendment(reference="CB-1", words=PRIVATE),
    Inquiry(reference="CB-1", question=PRIVATE, slot=None, photos=()),
    Errand(act=Act.ASKED, reference="CB-1", text=PRIVATE),
    Note(id=1, reference="CB-1", author=PRIVATE, text=PRIVATE, written_at=datetime.now(UTC)),  # noqa: TID251
)
KINDS = (
    *(Claim, Conversation, Draft, Photo, FormFile, PolicyNumber, Words, Said, SentPhoto),
    *(Place, Sighting, Finding, Location, events.SharedPlace),
    *(Amendment, Inquiry, Errand, Asked, Told, events.Amend, events.Expedite),
    *(events.SentForm, events.SentUnusable, events.CallHuman, events.Line, events.Option),
    *(Text, File, Inbound, Outbound, Button, Received, Chat, Turn, Attention, Voice),
    *(Token, Caller, answered.Asked),
    *(StoredClaim, Note, Question, Held, Handover, desk.Event, Lease, EndedLease),
    *(Bundle, Original),
)
HARMLESS = {
    *("channel", "language", "message_id", "reference"),  # names that we or a channel gave
    *("sha256", "phash", "media_type", "id", "kind", "claim"),
    *("since", "policy_since", "flag", "distance", "exact", "turned", "sightings"),
    *("at", "wake_at", "due_at", "submitted_at", "heard_at", "burst_from", "burst_to", "zone"),
    *(
        "asking",
        "standing",
        "flaws",
        "flags",
        "flaw",
        "priority",
        "reason",
        "emergency",
        "example",
    ),
    *("begun", "introduced", "number_later", "form_anew", "form_settled", "noted", "reminded"),
    *(
        "number_tries",
        "photo_tries",
        "slot",
        "turn",
        "inspect",
        "inbox_id",
        "as_photo",
        "alone",
        "attempt",
        "size",
    ),
    # Values with fields of their own, of which only the type is named; numbers are also counted.
    *("draft", "photos", "numbers", "held", "pages", "form_before", "burst", "sent", "content"),
    *("enqueue", "attention", "erase", "key", "choice", "asked", "amendment"),
    *("fetch", "known"),
    *("amend", "unpark", "hasten", "expedite", "announce", "act"),
    *("is_open", "aside", "tries", "joined"),
    *("status", "decision", "revision", "findings", "stored", "lease", "claim_id", "deed"),
    *("scopes", "created_at", "last_used_at", "revoked_at", "token_id", "request_hash"),
    *("written_at", "asked_at", "answered_at", "decided_at", "expires_at", "action"),
}


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """Put back what `log.set_up` changes for the whole process."""
    handlers, level = logging.root.handlers[:], logging.root.level
    log.set_up()
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was logged, which is JSON on standard error and nothing else."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.isascii()
    return [json.loads(line) for line in err.splitlines()]


def test_a_line_is_json_with_its_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    """Ids, counts and durations are kept as they are."""
    structlog.get_logger().info(
        "claim submitted", claim="CB-1", photos=3, seconds=0.5, effects=["Say"], late=None
    )

    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "claim submitted",
        "level": "info",
        "claim": "CB-1",
        "photos": 3,
        "seconds": 0.5,
        "effects": ["Say"],
        "late": None,
    }


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_whole_value_leaves_nothing_private(
    value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it is logged whole, by its fields, or as JSON; in a list or alone."""
    by_field = {field.name: getattr(value, field.name) for field in fields(value)}
    logger = structlog.get_logger()

    logger.info("whole", value=value, several=[value], mixed={"a": value})
    logger.info("fields", **by_field)
    logger.info("json", **plain(value), whole=plain(value))
    logger.bind(**by_field).info("bound")

    assert len(told := lines(capsys)) == 4
    assert "Jansen" not in json.dumps(told)
    assert told[0]["value"] == type(value).__name__
    assert told[0]["several"] == "list"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_personal_or_harmless(
    kind: type[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """A new field has to be put on one of the two lists; a personal one is not logged."""
    names = {field.name for field in fields(kind)}

    assert names - log.PERSONAL - HARMLESS == set()
    structlog.get_logger().info("said", **dict.fromkeys(names & log.PERSONAL, PRIVATE))
    (line,) = lines(capsys)
    assert line.keys() == {"event", "level", "timestamp"}


def test_an_exception_is_named_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    """Its type and where it came from, however it is handed over."""
    logger = structlog.get_logger()
    try:
        raise ValueError(PRIVATE)  # noqa: TRY301 it is caught here to be logged
    except ValueError as error:
        logger.exception("broken")
        kept = error
    logger.error("broken", exc_info=kept)
    logger.error("broken", exc_info=(ValueError, kept, kept.__traceback__))
    logger.error("no exception", exc_info=True)  # noqa: LOG014 that is the point
    logger.error("none either", exc_info=(None, None, None))

    *named, nothing, none = lines(capsys)
    assert len(named) == 3
    for line in named:
        assert line["error"] == "ValueError"
        assert line["where"][-1].endswith("test_an_exception_is_named_without_its_message")
        assert "Jansen" not in json.dumps(line)
    assert "error" not in nothing | none


@pytest.mark.parametrize(
    "name", ["httpx", "uvicorn.error", "sqlalchemy.engine.Engine", "asyncio", "alembic"]
)
def test_other_libraries_tell_where_they_are_and_no_more(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not their text, its arguments or their exception's text: those quote rows and requests."""
    library = logging.getLogger(name)
    library.info("HTTP Request: GET https://api.telegram.org/bot%s", PRIVATE)
    library.warning("parameters: %s", PRIVATE)
    try:
        raise ValueError(PRIVATE)  # noqa: TRY301 it is caught here to be logged
    except ValueError:
        library.exception(PRIVATE, stack_info=True)

    warned, failed = lines(capsys)
    assert (warned["level"], warned["logger"]) == ("warning", name)
    assert warned["event"] == "another library logged"
    assert "test_log.py:" in warned["line"]
    assert (failed["level"], failed["error"]) == ("error", "ValueError")
    assert "Jansen" not in json.dumps([warned, failed])


def test_a_warning_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Python would print its text, which may quote anything."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn(PRIVATE, stacklevel=1)

    (line,) = lines(capsys)
    assert line["logger"] == "py.warnings"
    assert "Jansen" not in json.dumps(line)


def test_a_quiet_log_keeps_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """And the next switch makes it talk again."""
    logger = structlog.get_logger()

    log.set_up(verbose=False)
    logger.info("quiet")
    logger.warning("loud")
    log.set_up(verbose=True)
    logger.info("loud again")

    assert [line["event"] for line in lines(capsys)] == ["loud", "loud again"]


def test_a_log_that_nobody_reads_stops_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when standard error was a pipe whose reader is gone."""
    closed = StringIO()
    closed.close()
    monkeypatch.setattr("sys.stderr", closed)

    structlog.get_logger().info("said to nobody")
