"""What holds of every conversation, whatever a policyholder sends, in any order, at any time."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings

from claimbot.claim import PHOTOS_ASKED, UNREADABLE, Claim, Flaw, Photo
from claimbot.codec import dump, load
from claimbot.conversation import (
    Asked,
    Asking,
    CallHuman,
    Conversation,
    Elapsed,
    Erase,
    Event,
    Line,
    Pressed,
    Said,
    Say,
    SentForm,
    SentPhoto,
    Told,
    step,
    wake_at,
)
from claimbot.conversation.joining import joins
from claimbot.wording import render
from claimbot.words import languages
from tests import builders
from tests.any_conversation import Move, Turn, last, moves, openings, play, take, wakes
from tests.builders import NUMBER, VOICE, words

TEXT_LENGTH = 1024  # characters; WhatsApp takes no longer text with buttons
PLAIN_LENGTH = 4096  # without
MOST_OPTIONS = 3
LABEL_LENGTH = 20
FEW_STEPS = 20  # from anywhere to the receipt

thorough = settings(
    max_examples=2000 if os.environ.get("CI") else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@thorough
@given(openings, moves)
def test_whatever_arrives_is_answered_with_one_message_at_most(
    opening: Asking | None, moves: list[Move]
) -> None:
    """Nothing raises; a message is short, in every language, with few choices of few letters."""
    for turn in play(opening, moves):
        messages = [did for did in turn.effects if isinstance(did, Say)]
        assert len(messages) <= 1
        for message in messages:
            assert message.lines
            assert len(message.options) <= MOST_OPTIONS
            for language in languages():
                text, buttons = render(message, language, VOICE)
                assert 0 < len(text) < (TEXT_LENGTH if buttons else PLAIN_LENGTH)
                if not isinstance(turn.event, Asked | Told) and turn.now.asked is None:
                    assert not set("{}") & set(text)
                assert all(0 < len(label) <= LABEL_LENGTH for _, label in buttons)
                assert len({label for _, label in buttons}) == len(buttons)


@thorough
@given(openings, moves)
def test_a_claim_is_sent_once_and_as_it_was_reviewed(
    opening: Asking | None, moves: list[Move]
) -> None:
    """A claim is complete, and is what the last review showed; no reference is used twice."""
    review: Line | None = None
    references: list[str] = []
    for turn in play(opening, moves):
        for claim in turn.claims:
            assert review is not None
            assert dict(review.values) == values_of(claim)
            references.append(claim.reference)
        shown = (line for line in turn.said.lines if line.key == "ask.review")
        review = next(shown, review)
        if turn.claims or Erase() in turn.effects:
            review = None
    assert len(set(references)) == len(references)


def values_of(claim: Claim) -> dict[str, object]:
    """Return what a review has to say of a claim."""
    extra, files = len(claim.photos) - PHOTOS_ASKED, len(claim.form)
    assert extra >= 0
    kept = Line(key="photos.more", values=(("n", extra),)) if extra else Line(key="photos.three")
    form = {0: Line(key="form.absent"), 1: Line(key="form.file")}.get(
        files, Line(key="form.files", values=(("n", files),))
    )
    return {"number": claim.policy_number, "photos": (kept,), "form": (form,)}


@thorough
@given(openings, moves)
def test_a_person_can_be_reached_from_anywhere(opening: Asking | None, moves: list[Move]) -> None:
    """One word calls a person, in either language; another one brings the bot back."""
    now, at = last(play(opening, moves))

    for word in ("medewerker", "agent"):
        called = take(now, Said(words(word), at))
        back = take(called.now, Said(words("verder"), at))

        assert called.now.asking is Asking.HUMAN
        assert now.asking is Asking.HUMAN or CallHuman in map(type, called.effects)
        assert back.now.asking is not Asking.HUMAN
        assert "human.released" in back.keys


@thorough
@given(openings, moves)
def test_who_gives_what_is_asked_ends_with_a_receipt(
    opening: Asking | None, moves: list[Move]
) -> None:
    """From anywhere it takes only photos and typed answers, and few of them."""
    now, at = last(play(opening, moves))

    *_, turn = patiently(now, at)

    assert "receipt" in turn.keys


def patiently(now: Conversation, at: datetime) -> Iterator[Turn]:
    """Yield what happens when someone gives what is asked until the claim is sent."""
    number, claims = 0, False
    while not claims:
        assert number < FEW_STEPS
        *_, turn = answered(now, at, number)
        yield turn
        number, claims = number + 1, bool(turn.claims)
        now, at = last([turn])


def answered(now: Conversation, at: datetime, number: int) -> Iterator[Turn]:
    """Yield what happens when someone gives what the open question asks for."""
    answers = {
        Asking.POLICY_NUMBER: NUMBER,
        Asking.CONFIRM_NUMBER: "ja",
        Asking.PICK_NUMBER: "1",
        Asking.EXTRA: "extra foto",
        Asking.WHICH_PHOTO: "1",
        Asking.FORM: "klaar" if now.pages else "geen",
        Asking.REVIEW: "versturen",
        Asking.AFTER: "nieuwe melding",
        Asking.ADJUSTER: "Dat was mijn broer.",
        Asking.NOTHING: "nieuwe melding" if now.sent else "hoi",
    }
    if now.answer_at:
        yield take(now, Elapsed(max(at, now.answer_at)))
    elif now.asking in {Asking.PHOTO, Asking.REPLACEMENT}:
        photo = builders.photo(f"patience {number} {at}")
        photo = replace(photo, phash=None)
        yield (turn := take(now, SentPhoto(photo, "image/jpeg", words(""), at)))
        yield from wakes(turn.now, at + timedelta(seconds=2))
    else:
        yield take(now, Said(words(answers.get(now.asking, "verder")), at))


@thorough
@given(openings, moves)
def test_a_choice_can_be_pressed_typed_and_numbered(
    opening: Asking | None, moves: list[Move]
) -> None:
    """The label of a button and its number do what the button does."""
    for turn in play(opening, moves):
        if turn.now.burst:
            continue
        at = turn.event.at + timedelta(seconds=5)
        buttons = render(turn.said, turn.now.language, VOICE)[1]
        for number, (id_, label) in enumerate(buttons, start=1):
            pressed = step(turn.now, Pressed(id_, at))
            assert step(turn.now, Said(words(label), at)) == pressed
            assert step(turn.now, Said(words(str(number)), at)) == pressed
            assert "stale" not in take(turn.now, Pressed(id_, at)).keys


@thorough
@given(openings, moves)
def test_no_photo_is_refused_for_its_quality_three_times_in_a_row(
    opening: Asking | None, moves: list[Move]
) -> None:
    """The third try is taken, and the adjuster sees that it was one."""
    refused = {"draft": 0, "claim": 0}
    for turn in play(opening, moves):
        about = "claim" if joins(turn.was) else "draft"
        values = {line.key: dict(line.values) for line in turn.said.lines}
        verdicts = {key for key in values if key.startswith(("photo.", "burst.", "form.page"))}
        flaws = {key.removeprefix("photo.") for key in verdicts}
        flaws |= {str(dict(line.values).get("flaw")) for line in turn.said.lines}
        if flaws & {str(flaw) for flaw in Flaw}:
            kept = {key for key in verdicts if key.endswith(("kept", "one", "third_try"))}
            refused[about] = 1 if kept else refused[about] + 1
            quality = {str(flaw) for flaw in Flaw} - {str(flaw) for flaw in UNREADABLE}
            assert refused[about] <= 2 or not flaws & (quality - {"duplicate"})
        elif verdicts or "started_over" in values or Erase() in turn.effects or turn.claims:
            refused[about] = 0
        if isinstance(turn.event, Asked):
            refused["claim"] = 0


@thorough
@given(openings, moves)
def test_a_good_photo_is_kept(opening: Asking | None, moves: list[Move]) -> None:
    """Unless there is enough, it is there already, or it came for a claim that was sent."""
    for turn in play(opening, moves):
        match turn:
            case Turn(event=SentPhoto(photo=Photo(flaws=()) as photo), was=was, now=now):
                asked = was.asked.photos if was.asked else ()
                there = (*was.draft.photos, *was.held, *asked)
                known = any(photo.looks_like(kept) for kept in there)
                full = len(was.draft.photos) + len(was.held) + len(was.draft.form) >= 10
                full |= len(asked) >= 10
                passed_on = {name for did in calls(turn) for name in did.files}
                passed_on |= {more.photo.sha256 for more in turn.amendments if more.photo}
                assert known or full or photo.sha256 in kept_by(now) | passed_on
            case _:
                pass


def calls(turn: Turn) -> list[CallHuman]:
    """Return which calls for a person a turn made."""
    return [did for did in turn.effects if isinstance(did, CallHuman)]


def kept_by(now: Conversation) -> set[str]:
    """Return the SHA-256s of all photos and files that a conversation holds."""
    photos = {photo.sha256 for photo in (*now.draft.photos, *now.held)}
    return photos | {file.sha256 for file in now.draft.form}


@thorough
@given(openings, moves)
def test_what_was_given_stays(opening: Asking | None, moves: list[Move]) -> None:
    """A photo or form goes when it is replaced, sent or passed on, and when they say so."""
    on_request = {"photo.replaced", "photo.discarded", "photo.discarded.many", "started_over"}
    for turn in play(opening, moves):
        lost = kept_by(turn.was) - kept_by(turn.now)
        lost -= {name for did in calls(turn) for name in did.files}
        lost -= {page.sha256 for page in turn.was.pages if "photo.counted" in turn.keys}
        done = turn.claims or Erase() in turn.effects or on_request & turn.keys
        replaced = isinstance(turn.event, SentPhoto | SentForm) and (
            turn.was.slot is not None or turn.was.form_anew
        )
        assert not lost or done or replaced or "form.none" in turn.keys


@thorough
@given(openings, moves)
def test_the_bot_wakes_when_there_is_something_to_do(
    opening: Asking | None, moves: list[Move]
) -> None:
    """It asks for no moment that has passed, and a wake-up in time is never for nothing."""
    for turn in play(opening, moves):
        due = wake_at(turn.now)
        match turn.event:
            case Elapsed(at=at) if at == wake_at(turn.was):
                assert due is None or due > at
                assert turn.effects
            case Said() | Pressed() | SentPhoto() | SentForm():
                assert due is None or due > turn.event.at
            case _:
                assert (turn.was == turn.now) <= (due == wake_at(turn.was))


@thorough
@given(openings, moves)
def test_a_conversation_survives_being_stored(opening: Asking | None, moves: list[Move]) -> None:
    """What is read back from the store is what was put in."""
    now, _ = last(play(opening, moves))

    assert load(Conversation, dump(now)) == now


@thorough
@given(openings, moves)
def test_flags_change_nothing_for_the_policyholder(
    opening: Asking | None, moves: list[Move]
) -> None:
    """The bot says the same about a photo that the adjuster will look at twice."""
    plain = [replace(move, event=without_flags(move.event)) for move in moves]

    said = [turn.said for turn in play(opening, moves)]

    assert said == [turn.said for turn in play(opening, plain)]


def without_flags(event: Event) -> Event:
    """Return the same event with nothing for the adjuster to see."""
    match event:
        case SentPhoto(photo=photo):
            return replace(event, photo=replace(photo, flags=()))
        case _:
            return event
