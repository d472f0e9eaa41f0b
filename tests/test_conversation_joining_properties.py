"""What holds of adjusters' questions and of what joins a claim, whatever is sent and when."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import example, given

from claimbot.claim import Claim
from claimbot.conversation import (
    Asked,
    Asking,
    Conversation,
    Erase,
    Left,
    Pressed,
    Released,
    Said,
    Say,
    SentForm,
    SentPhoto,
    Told,
    closed,
)
from claimbot.conversation.questions import question
from tests.any_conversation import (
    EARLIER,
    Move,
    Turn,
    as_sent,
    last,
    moves,
    openings,
    play,
    take,
    wakes,
)
from tests.builders import NUMBER, form, photo, words
from tests.test_conversation_properties import thorough

DRAFT = ("draft", "held", "pages", "numbers", "slot", "form_anew", "form_before", "begun")


def draft_of(now: Conversation) -> list[object]:
    """Return everything that belongs to the claim being collected."""
    return [getattr(now, name) for name in DRAFT]


@thorough
@given(openings, moves)
def test_a_question_and_its_answer_leave_the_draft_alone(
    opening: Asking | None, moves: list[Move]
) -> None:
    """Whatever was open; while a person talks, it stays with them."""
    was, at = last(play(opening, moves))

    by_hand = was.asking is Asking.HUMAN
    told = words(f"Dat was mijn broer, polis {NUMBER}.")
    wheel = photo("wheel")

    asked = take(was, Asked("Wie reed er?", None, EARLIER, at))

    assert "ask.adjuster" in {key.removesuffix(".draft") for key in asked.keys}
    assert asked.now.asking is (Asking.HUMAN if by_hand else Asking.ADJUSTER)
    assert draft_of(asked.now) == draft_of(was)
    for event in (Said(told, at), SentForm(form(), told, at), SentPhoto(wheel, "", told, at)):
        answered = take(asked.now, event)
        assert [more.words for more in answered.amendments] == [told.text]
        for turn in (answered, *wakes(answered.now, at + timedelta(seconds=2))):
            assert draft_of(turn.now) == draft_of(was)
        assert (turn.now.asking is Asking.HUMAN) == by_hand
        assert turn.now.asking is not Asking.ADJUSTER


@thorough
@given(openings, moves)
def test_what_the_bot_says_joined_the_claim_did(opening: Asking | None, moves: list[Move]) -> None:
    """And what joined is said, unless a person is talking; of photos, when the burst is told."""
    untold = 0
    for turn in play(opening, moves):
        photos = [more for more in turn.amendments if more.photo]
        if "joined" in turn.keys:
            assert turn.amendments or untold
        if isinstance(turn.event, SentPhoto):
            untold = 0 if "joined" in turn.keys else untold
            untold += len(photos)
        elif turn.said.lines and not isinstance(turn.event, Told):
            told = turn.was.asking is Asking.HUMAN or "joined" in turn.keys
            assert told or not (untold or turn.amendments)
            untold = 0
        elif isinstance(turn.event, Left) or Erase() in turn.effects:
            untold = 0
        if turn.was.asking is Asking.HUMAN:
            untold = 0


@thorough
@given(openings, moves)
def test_the_bot_knows_the_photos_of_the_claim_asked_about(
    opening: Asking | None, moves: list[Move]
) -> None:
    """It judges by what the claim has; a photo is the draft's or the claim's, never both."""
    sent = EARLIER
    for turn in play(opening, moves):
        sent = followed(turn, sent)
        asked = turn.now.asked
        if asked and asked.reference == sent.reference:
            assert asked.photos == sent.photos
            assert len(asked.photos) <= 10
        joined = {more.photo.sha256 for more in turn.amendments if more.photo}
        new = {photo.sha256 for photo in turn.now.draft.photos} - {
            photo.sha256 for photo in turn.was.draft.photos
        }
        assert not joined & new
        for more in turn.amendments:
            assert more.photo or more.file or more.words
            assert asked is not None
            assert more.reference == asked.reference


def followed(turn: Turn, sent: Claim) -> Claim:
    """Return the claim that was asked about last, or sent since, with all that joined it."""
    if isinstance(turn.event, Asked):
        sent = turn.event.claim
    return as_sent(turn, sent)


@thorough
@given(openings, moves)
@example(Asking.HUMAN, [])
def test_the_bot_is_silent_while_a_person_talks(opening: Asking | None, moves: list[Move]) -> None:
    """But for what that person says, word of an injury, and a wish to go on or to be erased."""
    spoken = {"hurt", "human.released", "ask.erase", "told", "ask.adjuster", "ask.adjuster.draft"}
    for turn in play(opening, moves):
        if turn.was.asking is not Asking.HUMAN:
            continue
        messages = [did for did in turn.effects if isinstance(did, Say)]
        assert not messages or turn.keys & (spoken | {"unusable.group"})
        if isinstance(turn.event, SentPhoto | SentForm | Pressed | Asked | Told):
            assert turn.now.asking is Asking.HUMAN


@thorough
@given(openings, moves)
def test_a_release_goes_on_with_what_is_open(opening: Asking | None, moves: list[Move]) -> None:
    """It is said and asked once; nothing happens to who talks to the bot already."""
    was, at = last(play(opening, moves))

    released = take(was, Released(at))

    if was.asking is Asking.HUMAN:
        asked = {line.key for line in question(released.now)[0]}
        assert released.keys >= {"human.released", *asked}
    else:
        assert (released.now, released.effects) == (was, ())
    assert released.now.asking is not Asking.HUMAN
    assert take(released.now, Released(at)).effects == ()


@thorough
@given(openings, moves)
def test_the_end_of_a_claim_leaves_the_draft_alone(
    opening: Asking | None, moves: list[Move]
) -> None:
    """When it is decided, nothing joins it any more, and its question is gone."""
    was, at = last(play(opening, moves))
    was = take(was, Asked("", 2, EARLIER, at)).now

    now = closed(was)

    assert now.asking is not Asking.ADJUSTER
    assert replace(now, asking=was.asking, asked=was.asked) == was
    assert take(now, Said(words("Dat was mijn broer."), at)).amendments == []
