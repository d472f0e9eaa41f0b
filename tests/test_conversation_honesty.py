"""What a reply says that the bot holds is what the draft holds, whatever was sent before."""

from collections.abc import Iterator
from datetime import timedelta

from hypothesis import example, given

from claimbot.claim import Draft
from claimbot.conversation import Asking, Conversation, Line, Said, SentPhoto, Submit
from claimbot.conversation.joining import joins
from claimbot.conversation.questions import having
from tests.any_conversation import Move, moves, openings, play
from tests.builders import NOON, photo, words
from tests.test_conversation_properties import thorough

IN_THEIR_PLACE = ("photo.fine", "photo.saved", "photo.third_try", "photo.replaced")


def says(text: str) -> Move:
    """Return that something is said at once."""
    return Move(after=timedelta(), event=Said(words(text), NOON), awake=True)


def shows(name: str) -> Move:
    """Return that a good photo is sent at once."""
    sent = SentPhoto(photo(name), "image/jpeg", words(""), NOON)
    return Move(after=timedelta(), event=sent, awake=True)


@thorough
@given(openings, moves)
@example(Asking.REVIEW, [])
@example(None, [says("wissen"), shows("a"), says("wissen")])
@example(None, [shows("a"), says("opnieuw"), shows("b"), says("opnieuw")])
def test_what_a_reply_says_is_there_is_there(opening: Asking | None, moves: list[Move]) -> None:
    """Every number, count and place that is named, in every sentence but a receipt."""
    for turn in play(opening, moves):
        if any(isinstance(did, Submit) for did in turn.effects):
            continue
        # A photo that comes after a pause is taken in once the ones before it are answered.
        answered = turn.was if isinstance(turn.event, SentPhoto) else turn.now
        for told in turn.said.lines:
            # What is sent for an adjuster is told of the claim that they asked about.
            drafts = [turn.now.draft, answered.draft]
            drafts += [asked_about(answered)] if joins(turn.was) else []
            assert not all(list(untrue(told, draft)) for draft in drafts)


def asked_about(now: Conversation) -> Draft:
    """Return what the bot knows of the claim that an adjuster asked about."""
    return Draft(photos=now.asked.photos if now.asked else ())


def untrue(told: Line, draft: Draft) -> Iterator[str]:
    """Yield what a sentence says of a draft that is not so."""
    values = dict(told.values)
    photos, number = len(draft.photos), draft.policy_number and draft.policy_number.number
    if told.key in {"number.noted", "number.same", "ask.review"} and values["number"] != number:
        yield f"{told.key}: policy number {values['number']}, not {number}"
    if "have" in values and values["have"] != having(draft):
        yield f"{told.key}: {values['have']}"
    if "kept" in values and values["kept"] != photos:
        yield f"{told.key}: {values['kept']} photos, not {photos}"
    if told.key in IN_THEIR_PLACE and not 1 <= place(values["slot"]) <= photos:
        yield f"{told.key}: photo {values['slot']} of {photos}"
    if told.key in {"burst.kept", "burst.third_try"}:
        slots = values["slots"]
        assert isinstance(slots, tuple)
        yield from (f"{told.key}: photo {n} of {photos}" for n in slots if place(n) > photos)
    if told.key.startswith("ask.photo.") and told.key != f"ask.photo.{photos + 1}":
        yield f"{told.key} after {photos}"
    if told.key in {"form.pages", "form.full"} and values["n"] != len(draft.form):
        yield f"{told.key}: {values['n']} pages, not {len(draft.form)}"


def place(slot: object) -> int:
    """Return a photo's place, which is a number."""
    assert isinstance(slot, int)
    return slot
