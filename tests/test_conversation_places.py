"""Sharing a location: it goes with the claim, whatever else is going on."""

from claimbot.claim import Place
from claimbot.conversation import Asking, Reason
from claimbot.words import Choice
from tests.builders import Chat, asking, at_review, begun, sent

UTRECHT = Place(latitude=52.0907, longitude=5.1214)


def test_a_place_goes_with_the_claim() -> None:
    """It is noted and the open question asked again."""
    chat = at_review().shares(52.0907, 5.1214)
    assert chat.keys == ("place.kept", "ask.review")

    [claim] = chat.presses(Choice.SEND).claims

    assert claim.place == UTRECHT


def test_the_last_place_counts() -> None:
    """Who shared a wrong one shares another."""
    chat = begun().shares(0, 0).shares(52.0907, 5.1214)

    assert chat.now.draft.place == UTRECHT
    assert "de plek" in chat.says("status").text


def test_a_conversation_may_begin_with_a_place() -> None:
    """It is kept, and the bot says who it is."""
    chat = Chat().shares(52.0907, 5.1214)

    assert chat.keys == ("intro", "place.kept", "ask.number")
    assert chat.now.draft.place == UTRECHT


def test_a_place_after_the_claim_is_for_a_person() -> None:
    """The claim is with the adjuster by then, who is shown where it is."""
    chat = sent().shares(52.0907, 5.1214)

    assert chat.keys == ("added",)
    [call] = chat.calls
    assert (call.reason, call.words) == (Reason.ADDITION, "52.09070, 5.12140")


def test_a_place_is_kept_while_a_person_is_awaited() -> None:
    """The bot is silent, and the place is in the draft; after a claim, it is in a call."""
    chat = asking(Asking.HUMAN).shares(52.0907, 5.1214)
    assert (chat.told.lines, chat.now.draft.place) == ((), UTRECHT)

    chat = sent().says("medewerker").shares(52.0907, 5.1214)
    assert chat.told.lines == ()
    assert chat.calls[-1].words == "52.09070, 5.12140"
    assert chat.now.asking is Asking.HUMAN
