"""Values to JSON and back."""

import json

import pytest
from pydantic import ValidationError

from claimbot.claim import Claim, Flaw
from claimbot.codec import dump, load, plain
from claimbot.conversation import Asking, Conversation
from tests.builders import REFERENCE, asking, photo, sent


@pytest.mark.parametrize("question", Asking)
def test_every_conversation_comes_back_as_it_was(question: Asking) -> None:
    """Also with photos that were not answered yet."""
    now = asking(question).sends("x", photo("y", Flaw.DARK), answered=False).now

    assert load(Conversation, dump(now)) == now


def test_a_claim_comes_back_as_it_was() -> None:
    """On one line."""
    (claim,) = sent().claims

    assert load(Claim, dump(claim)) == claim
    assert "\n" not in dump(claim)


def test_what_was_stored_before_an_upgrade_can_be_read() -> None:
    """New fields take their defaults."""
    assert load(Conversation, '{"language": "nl"}') == Conversation(language="nl")


def test_what_is_no_such_value_is_refused() -> None:
    """Rather than guessed at."""
    with pytest.raises(ValidationError):
        load(Conversation, '{"language": 1}')


def test_a_value_in_plain_types_is_ready_for_json() -> None:
    """Dictionaries, lists, strings and numbers; enumerations by their value."""
    value = plain(sent().claims[0])

    assert value["reference"] == REFERENCE
    assert value["priority"] == "normal"
    assert json.loads(json.dumps(value)) == value
