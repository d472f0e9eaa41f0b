"""The open question in words, and what the bot says it has."""

from typing import assert_never

from claimbot.claim import PHOTOS_ASKED, Draft
from claimbot.conversation.events import Line, Option, line
from claimbot.conversation.state import Asking, Conversation, Inquiry, needed
from claimbot.words import Choice

CANDIDATES = (Choice.FIRST, Choice.SECOND, Choice.THIRD)
WHICH = (Choice.PHOTO_1, Choice.PHOTO_2, Choice.PHOTO_3)
PHOTOS_ANEW = ("asked.photo.1", "asked.photo.2", "asked.photo.3")
LABEL_LENGTH = 20  # characters; WhatsApp shows no more on a button

TELLS_WHAT_IS_THERE = frozenset({Asking.BACK, Asking.REVIEW})


def question(now: Conversation) -> tuple[tuple[Line, ...], tuple[Option, ...]]:
    """Return the open question as one sentence (none when nothing is asked) and its choices."""
    asked, options = _question(now)
    return ((asked,) if asked else ()), options


def _question(now: Conversation) -> tuple[Line | None, tuple[Option, ...]]:
    draft = now.draft
    match now.asking:
        case Asking.POLICY_NUMBER:
            if draft.policy_number:
                return line("ask.number.new"), _options(Choice.CONTINUE)
            return line("ask.number"), _options(Choice.LATER)
        case Asking.CONFIRM_NUMBER:
            read = line("ask.number.confirm", number=now.numbers[0].number)
            number = now.numbers[0].number
            return read, tuple(Option(c, about=number) for c in (Choice.YES, Choice.NO))
        case Asking.PICK_NUMBER:
            return _pick(tuple(candidate.number for candidate in now.numbers))
        case Asking.PHOTO:
            return line(f"ask.photo.{len(draft.photos) + 1}"), ()
        case Asking.REPLACEMENT:
            return line("ask.replacement", slot=now.slot or 1), _options(Choice.CONTINUE)
        case Asking.EXTRA:
            kept, n = len(draft.photos), len(now.held)
            key = "ask.extra" if n == 1 else "ask.extra.many"
            options = _options(Choice.EXTRA, Choice.REPLACE, Choice.DISCARD)
            return line(key, kept=kept, n=n), options
        case Asking.WHICH_PHOTO:
            kept = len(draft.photos)
            key = "ask.which_photo" if kept > 1 else "ask.which_photo.one"
            return line(key, kept=kept), _options(*WHICH[:kept])
        case Asking.FORM if now.pages:
            return line("ask.form.more"), _options(Choice.DONE, Choice.EXTRA)
        case Asking.FORM if draft.form:
            return line("ask.form.new"), _options(Choice.CONTINUE, Choice.NO_FORM)
        case Asking.FORM:
            return line("ask.form"), _options(Choice.NO_FORM)
        case Asking.REVIEW:
            return _review(draft), _options(Choice.SEND, Choice.CHANGE, Choice.STOP)
        case Asking.CHANGE:
            options = _options(Choice.POLICY_NUMBER, Choice.PHOTOS, Choice.FORM)
            return line("ask.change"), options
        case Asking.STOP:
            return line("ask.stop"), _options(Choice.KEEP, Choice.ERASE, Choice.CONTINUE)
        case Asking.START_OVER:
            return line("ask.start_over"), _options(Choice.START_OVER, Choice.CONTINUE)
        case Asking.ERASE:
            return line("ask.erase"), _options(Choice.ERASE, Choice.CONTINUE)
        case Asking.BACK:
            asked = line("ask.back", have=having(draft), missing=missing(now))
            return asked, _options(Choice.CONTINUE, Choice.START_OVER, Choice.ERASE)
        case Asking.AFTER:
            key = "ask.after.photo" if len(now.held) == 1 else "ask.after.photos"
            asked = line(key, reference=now.sent.reference if now.sent else "")
            return asked, _options(Choice.NEW_CLAIM, Choice.ADD_TO_CLAIM, Choice.DISCARD)
        case Asking.ADJUSTER if now.asked:
            return inquiry(now, now.asked), ()  # no choices: "1" may be the answer
        case Asking.NOTHING if now.sent:
            asked = line("ask.after", reference=now.sent.reference)
            return asked, _options(Choice.NEW_CLAIM, Choice.HUMAN)
        case Asking.NOTHING | Asking.ADJUSTER | Asking.HUMAN:
            return None, ()
        case never:
            assert_never(never)


def inquiry(now: Conversation, asked: Inquiry) -> Line:
    """Return what an adjuster asks, and about which claim."""
    if asked.slot is None:
        photo = line("asked.photo")
    elif asked.slot <= len(PHOTOS_ANEW):
        photo = line(PHOTOS_ANEW[asked.slot - 1])
    else:
        photo = line("asked.photo.again", slot=asked.slot)
    if not asked.question:
        wanted = photo
    elif asked.slot is None:
        wanted = line("asked.text", text=asked.question)
    else:
        wanted = line("asked.both", text=asked.question, photo=(photo,))
    key = "ask.adjuster.draft" if now.begun else "ask.adjuster"
    return line(key, reference=asked.reference, wanted=(wanted,))


def yes_and_no(now: Conversation) -> tuple[Choice | None, Choice | None]:
    """Return which choices a plain "yes" and "no" make, where the question can be so answered."""
    match now.asking:
        case Asking.CONFIRM_NUMBER:
            return Choice.YES, Choice.NO
        case Asking.PICK_NUMBER:
            return None, Choice.NO
        case Asking.POLICY_NUMBER:
            return None, Choice.CONTINUE if now.draft.policy_number else Choice.LATER
        case Asking.WHICH_PHOTO:
            return Choice.PHOTO_1 if len(now.draft.photos) == 1 else None, Choice.CONTINUE
        case Asking.REPLACEMENT | Asking.CHANGE:
            return None, Choice.CONTINUE
        case Asking.EXTRA:
            return None, Choice.DISCARD
        case Asking.FORM if now.pages:
            return None, Choice.DONE
        case Asking.FORM:
            return None, Choice.CONTINUE if now.draft.form else Choice.NO_FORM
        case Asking.REVIEW:
            return Choice.SEND, Choice.CHANGE
        case Asking.STOP:
            return Choice.KEEP, Choice.CONTINUE
        case Asking.START_OVER:
            return Choice.START_OVER, Choice.CONTINUE
        case Asking.ERASE:
            return Choice.ERASE, Choice.CONTINUE
        case Asking.BACK:
            return Choice.CONTINUE, Choice.STOP
        case Asking.PHOTO | Asking.AFTER | Asking.NOTHING | Asking.ADJUSTER | Asking.HUMAN:
            return None, None
        case never:
            assert_never(never)


def _options(*choices: Choice) -> tuple[Option, ...]:
    return tuple(Option(choice) for choice in choices)


def _pick(numbers: tuple[str, ...]) -> tuple[Line, tuple[Option, ...]]:
    listed = tuple(line("number", number=number) for number in numbers)
    fits = all(len(number) <= LABEL_LENGTH for number in numbers)
    labels = numbers if fits else ("",) * len(numbers)
    options = tuple(Option(*it) for it in zip(CANDIDATES, labels, numbers, strict=False))
    return line("ask.number.pick", numbers=listed), options


def _review(draft: Draft) -> Line:
    number = draft.policy_number.number if draft.policy_number else ""
    extra = len(draft.photos) - PHOTOS_ASKED
    photos = line("photos.more", n=extra) if extra > 0 else line("photos.three")
    match len(draft.form):
        case 0:
            form = line("form.absent")
        case 1:
            form = line("form.file")
        case files:
            form = line("form.files", n=files)
    return line("ask.review", number=number, photos=(photos,), form=(form,))


def counted(photos: int) -> Line:
    """Return a number of photos as a part of a sentence."""
    return line("have.photo") if photos == 1 else line("have.photos", n=photos)


def having(draft: Draft) -> tuple[Line, ...]:
    """Return what the draft holds, as parts of a list; never empty."""
    parts: list[Line] = []
    if draft.policy_number:
        parts.append(line("have.number", number=draft.policy_number.number))
    if draft.photos:
        parts.append(counted(len(draft.photos)))
    if draft.form:
        parts.append(line("have.form"))
    if draft.place:
        parts.append(line("have.place"))
    if draft.remarks:
        parts.append(line("have.remarks"))
    return tuple(parts) or (line("have.nothing"),)


def missing(now: Conversation) -> tuple[Line, ...]:
    """Return what the draft still needs, as parts of a list; never empty."""
    kept = len(now.draft.photos)
    parts: list[Line] = []
    for asking in needed(now):
        match asking:
            case Asking.POLICY_NUMBER:
                parts.append(line("need.number"))
            case Asking.PHOTO if kept == 0:
                parts.append(line("have.photos", n=PHOTOS_ASKED))
            case Asking.PHOTO:
                parts += (line("need.photo", slot=n) for n in range(kept + 1, PHOTOS_ASKED + 1))
            case Asking.FORM:
                parts.append(line("need.form"))
            case _ if not parts:
                parts.append(line("need.review"))
            case _:
                pass
    return tuple(parts)


def had(now: Conversation) -> tuple[Line, ...]:
    """Return what there is in a sentence, unless that is nothing or the open question says it."""
    if now.asking in TELLS_WHAT_IS_THERE or having(now.draft) == having(Draft()):
        return ()
    return (line("status.have", have=having(now.draft)),)
