"""What becomes of a photo, and how a burst of them is answered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from claimbot.claim import PHOTOS_ASKED, PHOTOS_KEPT, UNREADABLE, Flag, Flaw, FormFile, Photo
from claimbot.conversation.answer import asking
from claimbot.conversation.events import Line, line
from claimbot.conversation.state import Asking, Conversation, Outcome, Verdict, settled

TRIES_REFUSED = 2  # the third try is taken, flagged for the adjuster
PLACES_NAMED = 5  # "the second and fourth"; with more it is their number
TAKEN = frozenset({Outcome.KEPT, Outcome.THIRD_TRY, Outcome.EXTRA, Outcome.REPLACED})
ALL_FINE = TAKEN - {Outcome.THIRD_TRY}


def take_photo(now: Conversation, photo: Photo, media_type: str, at: datetime) -> Conversation:
    """Return the conversation with a judged photo in its place, its verdict not told yet."""
    if now.asking is Asking.FORM:
        now, verdict = _take_page(now, photo, media_type)
    else:
        now, verdict = place(now, photo)
    return replace(now, burst=(*now.burst, verdict), burst_from=now.burst_from or at, burst_to=at)


def keep_quietly(now: Conversation, photo: Photo) -> Conversation:
    """Return the conversation with a photo that came while a person is talking."""
    draft = now.draft
    if photo.flaws or _seen(now, photo) or len(draft.photos) + len(now.held) >= PHOTOS_KEPT:
        return now
    return replace(now, draft=replace(draft, photos=(*draft.photos, photo)))


def _take_page(now: Conversation, photo: Photo, media_type: str) -> tuple[Conversation, Verdict]:
    """Take a photo as a page of the form: any that opens will do, paper is mostly white."""
    draft = now.draft
    if any(flaw in UNREADABLE for flaw in photo.flaws):
        return now, Verdict(outcome=Outcome.PAGE_REFUSED, slot=0)
    page = FormFile(sha256=photo.sha256, media_type=media_type)
    kept = () if now.form_anew else draft.form
    if page in kept:
        return now, Verdict(outcome=Outcome.PAGE, slot=0)
    if len(kept) >= PHOTOS_KEPT:
        return now, Verdict(outcome=Outcome.PAGES_FULL, slot=0)
    now = replace(
        now,
        draft=replace(draft, form=(*kept, page)),
        pages=(*now.pages, photo),
        form_anew=False,
        form_before=draft.form if now.form_anew else now.form_before,
    )
    return now, Verdict(outcome=Outcome.PAGE, slot=0)


def place(now: Conversation, photo: Photo) -> tuple[Conversation, Verdict]:
    """Return the conversation with a photo in its place, and what became of it."""
    photos = now.draft.photos
    slot = now.slot or (len(photos) + 1 if _wants_photo(now) else 0)
    same = _seen(now, photo)
    if not photo.flaws and 0 < same <= len(photos) and photos[same - 1].flaws:
        return _better(now, photo, same)
    if not photo.flaws and same:
        photo = replace(photo, flaws=(Flaw.DUPLICATE,))
    begins_anew = any(told.outcome in TAKEN for told in now.burst)
    outcome = Outcome.REPLACED if now.slot else Outcome.KEPT
    if photo.flaws:
        if begins_anew or now.photo_tries < TRIES_REFUSED or _never(now, photo):
            flaw = photo.flaws[0]
            return now, Verdict(outcome=Outcome.REFUSED, slot=slot, flaw=flaw, same=same)
        photo = replace(photo, flags=(*photo.flags, Flag.TAKEN_ON_THIRD_TRY))
        outcome = Outcome.THIRD_TRY
    if now.slot:
        photos = (*photos[: now.slot - 1], photo, *photos[now.slot :])
        now = replace(now, slot=None)
    elif slot:
        photos = (*photos, photo)
    elif len(photos) + len(now.held) >= PHOTOS_KEPT:
        return now, Verdict(outcome=Outcome.FULL, slot=slot)
    elif begins_anew:
        photos, outcome = (*photos, photo), Outcome.EXTRA
    else:
        return replace(now, held=(*now.held, photo)), Verdict(outcome=Outcome.HELD, slot=slot)
    return replace(now, draft=replace(now.draft, photos=photos)), Verdict(
        outcome=outcome, slot=slot
    )


def _better(now: Conversation, photo: Photo, slot: int) -> tuple[Conversation, Verdict]:
    """Put a photo in the place of the same picture that was taken in spite of a flaw."""
    photos = now.draft.photos
    photos = (*photos[: slot - 1], photo, *photos[slot:])
    now = replace(now, draft=replace(now.draft, photos=photos))
    if now.slot == slot:
        now = replace(now, slot=None)
    return now, Verdict(outcome=Outcome.REPLACED, slot=slot)


def _seen(now: Conversation, photo: Photo) -> int:
    """Return the slot of the photo that this one repeats, counted from 1; 0 when it is new."""
    for slot, kept in enumerate((*now.draft.photos, *now.held), start=1):
        if photo.looks_like(kept):
            return slot
    return 0


def _never(now: Conversation, photo: Photo) -> bool:
    """Tell whether a photo is of no use to anyone: it cannot be opened, or is here to the byte."""
    if any(flaw in UNREADABLE for flaw in photo.flaws):
        return True
    return any(photo.sha256 == kept.sha256 for kept in (*now.draft.photos, *now.held))


def _wants_photo(now: Conversation) -> bool:
    """Tell whether a photo has a place that waits for it."""
    return now.begun and (now.slot is not None or len(now.draft.photos) < PHOTOS_ASKED)


def tell_burst(now: Conversation) -> tuple[Conversation, tuple[Line, ...]]:
    """Return the verdicts in words, and the conversation with the question that follows them."""
    burst = now.burst
    if not burst:
        return now, ()
    refused = any(verdict.outcome is Outcome.REFUSED for verdict in burst)
    if any(verdict.outcome is not Outcome.REFUSED for verdict in burst):
        now = replace(now, photo_tries=0)
    lines = verdicts(now)
    number = now.draft.policy_number
    if now.noted and number:
        lines = (line("number.noted", number=number.number), *lines)
    tries = now.photo_tries + refused
    stays = _stays(now)
    now = replace(now, burst=(), burst_from=None, burst_to=None, noted=False, photo_tries=tries)
    if stays:
        return now, lines
    now = settled(now)
    if refused and now.asking is Asking.POLICY_NUMBER and _wants_photo(now):
        now = asking(now, Asking.PHOTO)  # while they stand beside the car
    return now, lines


def verdicts(now: Conversation) -> tuple[Line, ...]:
    """Return the verdicts of a burst in words."""
    return _one(now, now.burst[0]) if len(now.burst) == 1 else _many(now, now.burst)


def _stays(now: Conversation) -> bool:
    """Tell whether the open question is one that a photo neither answers nor makes pointless."""
    correcting = now.draft.policy_number is not None and not now.numbers and not now.noted
    firm = {Asking.FORM, Asking.ERASE, Asking.START_OVER}
    return now.asking in firm or (now.asking is Asking.POLICY_NUMBER and correcting)


def _one(now: Conversation, verdict: Verdict) -> tuple[Line, ...]:
    kept, slot = len(now.draft.photos), verdict.slot
    match verdict.outcome:
        case Outcome.KEPT if now.draft.policy_number is None and not now.number_later:
            return (line("photo.saved", slot=slot),)
        case Outcome.KEPT:
            return (line("photo.fine", slot=slot),)
        case Outcome.THIRD_TRY:
            return (line("photo.third_try", slot=slot),)
        case Outcome.REPLACED:
            return (line("photo.replaced", slot=slot),)
        case Outcome.FULL:
            return (line("photo.full", kept=kept + len(now.held)),)
        case Outcome.REFUSED:
            return _refused(now, verdict)
        case Outcome.PAGE | Outcome.PAGE_REFUSED | Outcome.PAGES_FULL:
            return _pages(now, (verdict,))
        case Outcome.HELD | Outcome.EXTRA:  # an extra one never comes alone
            return ()
        case never:
            assert_never(never)


def _refused(now: Conversation, verdict: Verdict) -> tuple[Line, ...]:
    flaw = verdict.flaw or Flaw.NOT_AN_IMAGE
    photo = line("photo.nth", slot=verdict.slot) if verdict.slot else line("photo.this")
    key = f"photo.{flaw}"
    if flaw is Flaw.DUPLICATE and verdict.same > len(now.draft.photos):
        key = "photo.duplicate.held"
    told = line(key, photo=(photo,), same=verdict.same)
    wanted = verdict.slot or now.asking is Asking.ADJUSTER
    return (told, *_advice(now, flaw)) if wanted else (told, line("photo.unused"))


def _advice(now: Conversation, flaw: Flaw) -> tuple[Line, ...]:
    """Return what to do about a flaw, the second time in other words; not if no photo is asked."""
    if not _wants_photo(now) and now.asking is not Asking.ADJUSTER:
        return ()
    return (line(f"advice.{flaw}.again" if now.photo_tries else f"advice.{flaw}"),)


def _many(now: Conversation, burst: Sequence[Verdict]) -> tuple[Line, ...]:
    pages = tuple(verdict for verdict in burst if verdict.outcome.startswith("page"))
    if pages:
        return _pages(now, pages)
    slots = {
        outcome: tuple(verdict.slot for verdict in burst if verdict.outcome is outcome)
        for outcome in Outcome
    }
    kept, third = slots[Outcome.KEPT], slots[Outcome.THIRD_TRY]
    bad, extra, full = (
        len(slots[outcome]) for outcome in (Outcome.REFUSED, Outcome.EXTRA, Outcome.FULL)
    )
    lines: list[Line] = []
    if bad:
        lines.append(line("burst.got", n=len(burst), good=len(burst) - bad, bad=bad))
        lines += _flaws(now, burst)
    elif all(verdict.outcome in ALL_FINE for verdict in burst):
        lines.append(line("burst.all_fine", n=len(burst)))
    if kept and (bad or third):
        one = line("burst.kept.one", slot=kept[0])
        lines.append(line("burst.kept", slots=kept) if len(kept) > 1 else one)
    lines += (line("photo.third_try", slot=slot) for slot in third)
    lines += (line("photo.replaced", slot=slot) for slot in slots[Outcome.REPLACED])
    if extra:
        lines.append(line("burst.extra" if extra > 1 else "burst.extra.one", n=extra))
    if full:
        lines.append(line("burst.full", kept=len(now.draft.photos) + len(now.held), n=full))
    return tuple(lines)


def _flaws(now: Conversation, burst: Sequence[Verdict]) -> list[Line]:
    """Name what is wrong with which photos of a burst, and say what to do about the first."""
    lines: list[Line] = []
    flaws = tuple(dict.fromkeys(verdict.flaw for verdict in burst if verdict.flaw))
    for flaw in flaws:
        places = tuple(place for place, told in enumerate(burst, start=1) if told.flaw is flaw)
        if len(places) <= PLACES_NAMED:
            lines.append(line("burst.flaw", nth=places, flaw=flaw))
        else:
            lines.append(line("burst.flaws", n=len(places), flaw=flaw))
    return [*lines, *_advice(now, flaws[0])]


def _pages(now: Conversation, verdicts: Sequence[Verdict]) -> tuple[Line, ...]:
    outcomes = {verdict.outcome for verdict in verdicts}
    pages = len(now.draft.form)
    lines = []
    if Outcome.PAGE in outcomes:
        lines.append(line("form.pages", n=pages) if pages > 1 else line("form.page"))
    if Outcome.PAGES_FULL in outcomes:
        lines.append(line("form.full", n=pages))
    if Outcome.PAGE_REFUSED in outcomes:
        lines.append(line("form.unreadable"))
    return tuple(lines)
