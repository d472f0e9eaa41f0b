"""What an adjuster asks about a claim that was sent, and what joins the claim in answer."""

from dataclasses import replace
from datetime import datetime

from claimbot.claim import Amendment, Draft, FormFile, Photo
from claimbot.conversation.answer import Answer, asking
from claimbot.conversation.events import Amend, Asked, Effect, Line, line
from claimbot.conversation.photos import TAKEN, place, tell_burst, verdicts
from claimbot.conversation.questions import inquiry
from claimbot.conversation.state import (
    Asking,
    Conversation,
    Inquiry,
    Outcome,
    Sent,
    Verdict,
    settled,
)
from claimbot.understanding import is_small_talk

JOINED_KEPT = 20  # words and files for each question of an adjuster's


def ask(was: Conversation, event: Asked) -> Answer:
    """Return the answer to an adjuster's question: it is put now, and the draft waits.

    While a person is talking it is put too, and the bot stays silent otherwise.
    """
    now, told = tell(was)
    claim = event.claim
    there = event.slot is not None and 1 <= event.slot <= len(claim.photos)
    asked = Inquiry(
        reference=claim.reference,
        question=event.question,
        slot=event.slot if there else None,
        photos=claim.photos,
    )
    # Of a chat that was erased, this is all that is known.
    known = Sent(reference=claim.reference, at=claim.submitted_at, due_at=claim.due_at)
    now = replace(now, asked=asked, sent=now.sent or known)
    if now.asking is Asking.HUMAN:
        return Answer(now, (*told, inquiry(now, asked)), asks=False)
    return Answer(asking(now, Asking.ADJUSTER), told)


def put_aside(now: Conversation) -> Conversation:
    """Return the conversation with an adjuster's question waiting until the draft is sent."""
    return settled(replace(now, asked=replace(now.asked, aside=True) if now.asked else None))


def closed(now: Conversation) -> Conversation:
    """Return the conversation when the claim that an adjuster asked about is decided, or gone."""
    asks = now.asking is Asking.ADJUSTER
    now = replace(now, asked=None)
    return settled(now) if asks else now


def joins(now: Conversation) -> bool:
    """Tell whether what is sent joins the claim that an adjuster asked about."""
    if now.asked is None:
        return False
    if now.asking is Asking.HUMAN:
        return now.asked.is_open or not now.begun
    return now.asking is Asking.ADJUSTER or not now.begun


def is_answer(now: Conversation, text: str) -> bool:
    """Tell whether words are for the adjuster: a mere "yes" is for as long as they wait for it."""
    return joins(now) and (_about(now).is_open or not is_small_talk(text))


def join_words(now: Conversation, words: str) -> Answer:
    """Return the answer to words for the adjuster."""
    return _join(now, Amendment(reference=_about(now).reference, words=words.strip()))


def join_form(now: Conversation, file: FormFile, words: str) -> Answer:
    """Return the answer to a document for the adjuster, with its caption."""
    about = _about(now).reference
    return _join(now, Amendment(reference=about, file=file, words=words.strip()))


def join_photo(
    now: Conversation, photo: Photo, words: str, at: datetime
) -> tuple[Conversation, tuple[Effect, ...]]:
    """Return the conversation with a photo for the adjuster, its verdict not told yet.

    It joins the claim at once; its caption, ``words``, goes with it.
    """
    now, verdict, effects = _judged(now, photo, words)
    burst_from = now.burst_from or at
    now = replace(now, burst=(*now.burst, verdict), burst_from=burst_from, burst_to=at)
    return now, effects


def join_photo_quietly(now: Conversation, photo: Photo, words: str) -> Answer | None:
    """Return what a photo leads to while a person is talking; None if it is refused."""
    now, _, effects = _judged(now, photo, words)
    return Answer(now, effects=effects) if effects else None


def tell(now: Conversation) -> tuple[Conversation, tuple[Line, ...]]:
    """Return the verdicts of a burst in words, and the conversation with what is asked next."""
    if not joins(now) or not now.burst:
        return tell_burst(now)
    asked, outcomes = _about(now), {verdict.outcome for verdict in now.burst}
    lines = verdicts(_seen_alone(now))
    if TAKEN & outcomes:
        lines = (*lines, _joined(now))
    before = asked.tries if outcomes == {Outcome.REFUSED} else 0
    tries = before + (Outcome.REFUSED in outcomes)
    now = replace(now, burst=(), burst_from=None, burst_to=None, asked=replace(asked, tries=tries))
    return (settled(now) if now.asking is Asking.ADJUSTER else now), lines


def _about(now: Conversation) -> Inquiry:
    assert now.asked is not None  # noqa: S101 for the type checker: it `joins`
    return now.asked


def _joined(now: Conversation) -> Line:
    return line("joined", reference=_about(now).reference)


def _join(now: Conversation, more: Amendment) -> Answer:
    asked = _about(now)
    if not more.words and more.file is None:
        return Answer(now)
    if asked.joined >= JOINED_KEPT:
        return Answer(now, (line("remark.full"),))
    asked = replace(asked, joined=asked.joined + 1, is_open=False)
    now = replace(now, asked=asked)
    now = settled(now) if now.asking is Asking.ADJUSTER else now
    return Answer(now, (_joined(now),), (Amend(more),))


def _seen_alone(now: Conversation) -> Conversation:
    """Return a conversation in which the claim asked about is the draft, to judge photos by."""
    asked = _about(now)
    return Conversation(
        language=now.language,
        draft=Draft(photos=asked.photos),
        asking=now.asking,
        begun=True,
        slot=asked.slot,
        photo_tries=asked.tries,
        burst=now.burst,
    )


def _judged(
    now: Conversation, photo: Photo, words: str
) -> tuple[Conversation, Verdict, tuple[Effect, ...]]:
    """Judge a photo as one of the claim asked about, and let it join that if it is taken."""
    asked = _about(now)
    after, verdict = place(_seen_alone(now), photo)
    if verdict.outcome is Outcome.HELD:  # nobody has to ask what it is for
        after = replace(after, draft=Draft(photos=(*asked.photos, *after.held)))
        verdict = replace(verdict, outcome=Outcome.EXTRA)
    photos = after.draft.photos
    if verdict.outcome not in TAKEN:
        return now, verdict, ()
    slot = verdict.slot if len(photos) == len(asked.photos) else None
    amendment = Amendment(
        reference=asked.reference,
        photo=photos[slot - 1 if slot else -1],
        slot=slot,
        words=words.strip(),
    )
    asked = replace(asked, photos=photos, slot=after.slot, is_open=False)
    return replace(now, asked=asked), verdict, (Amend(amendment),)
