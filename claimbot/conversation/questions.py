"""The open question in words, and what the bot says it has."""

from claimbot.claim import PHOTOS_ASKED, Draft
from claimbot.conversation.events import Line, Option, line
from claimbot.conversation.state import Asking, Conversation, needed
from claimbot.words import Choice

CANDIDATES = (Choice.FIRST, Choice.SECOND, Choice.THIRD)
WHICH = (Choice.PHOTO_1, Choice.PHOTO_2, Choice.PHOTO_3)


def question(now: Conversation) -> tuple[tuple[Line, ...], tuple[Option, ...]]:
    """Return the open question as one sentence (none when nothing is asked) and its choices."""
    asked, options = _question(now)
    return ((asked,) if asked else ()), options


def _question(now: Conversation) -> tuple[Line | None, tuple[Option, ...]]:
    draft = now.draft
    match now.asking:
        case Asking.POLICY_NUMBER:
            key = "ask.number" if draft.policy_number is None else "ask.number.new"
            return line(key), () if draft.policy_number else _options(Choice.LATER)
        case Asking.CONFIRM_NUMBER:
            read = line("ask.number.confirm", number=now.numbers[0].number)
            return read, _options(Choice.YES, Choice.NO)
        case Asking.PICK_NUMBER:
            choices = zip(CANDIDATES, now.numbers, strict=False)
            return line("ask.number.pick"), tuple(Option(c, n.number) for c, n in choices)
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
            return line("ask.which_photo", kept=kept), _options(*WHICH[:kept])
        case Asking.FORM if now.pages:
            return line("ask.form.more"), _options(Choice.DONE, Choice.EXTRA)
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
            asked = line("ask.after.photo", reference=now.sent.reference if now.sent else "")
            return asked, _options(Choice.NEW_CLAIM, Choice.ADD_TO_CLAIM, Choice.DISCARD)
        case Asking.NOTHING if now.sent:
            asked = line("ask.after", reference=now.sent.reference)
            return asked, _options(Choice.NEW_CLAIM, Choice.HUMAN)
        case Asking.NOTHING | Asking.HUMAN:
            return None, ()


def _options(*choices: Choice) -> tuple[Option, ...]:
    return tuple(Option(choice) for choice in choices)


def _review(draft: Draft) -> Line:
    number = draft.policy_number.number if draft.policy_number else ""
    extra = len(draft.photos) - PHOTOS_ASKED
    photos = line("photos.more", n=extra) if extra > 0 else line("photos.three")
    form = line("form.files", n=len(draft.form)) if draft.form else line("form.absent")
    return line("ask.review", number=number, photos=(photos,), form=(form,))


def having(draft: Draft) -> tuple[Line, ...]:
    """Return what the draft holds, as parts of a list; never empty."""
    parts: list[Line] = []
    if draft.policy_number:
        parts.append(line("have.number", number=draft.policy_number.number))
    if len(draft.photos) == 1:
        parts.append(line("have.photo"))
    elif draft.photos:
        parts.append(line("have.photos", n=len(draft.photos)))
    if draft.form:
        parts.append(line("have.form"))
    if draft.remarks:
        parts.append(line("have.remarks"))
    return tuple(parts) or (line("have.nothing"),)


def missing(now: Conversation) -> tuple[Line, ...]:
    """Return what the draft still needs, as parts of a list; never empty."""
    first = len(now.draft.photos) + 1
    parts: list[Line] = []
    for asking in needed(now):
        match asking:
            case Asking.POLICY_NUMBER:
                parts.append(line("need.number"))
            case Asking.PHOTO if first == PHOTOS_ASKED:
                parts.append(line("need.photo", slot=PHOTOS_ASKED))
            case Asking.PHOTO:
                parts.append(line("need.photos", slots=tuple(range(first, PHOTOS_ASKED + 1))))
            case Asking.FORM:
                parts.append(line("need.form"))
            case _ if not parts:
                parts.append(line("need.review"))
            case _:
                pass
    return tuple(parts)
