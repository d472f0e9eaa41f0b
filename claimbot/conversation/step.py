"""The conversation: one pure function, so that a replayed conversation is the conversation."""

from dataclasses import replace
from datetime import datetime

from claimbot.claim import Priority
from claimbot.conversation.answer import Answer, asking
from claimbot.conversation.choices import choose, replace_photo, take_form
from claimbot.conversation.events import (
    CallHuman,
    Effect,
    Elapsed,
    Erase,
    Event,
    Left,
    Line,
    Option,
    Pressed,
    Reason,
    Said,
    Say,
    SentForm,
    SentPhoto,
    SentUnusable,
    Words,
    line,
)
from claimbot.conversation.numbers import hear_numbers
from claimbot.conversation.photos import keep_quietly, take_photo, tell_burst
from claimbot.conversation.questions import having, question
from claimbot.conversation.state import (
    AWAY_AFTER,
    KEEP_DRAFT,
    REMIND_AFTER,
    Asking,
    Conversation,
    settled,
)
from claimbot.understanding import (
    asked_language,
    is_small_talk,
    tells_of_breakdown,
    tells_of_injury,
)
from claimbot.understanding import choose as understand
from claimbot.words import COMMANDS, Choice

PRESSED_LATE = frozenset({Choice.HUMAN, Choice.CHANGE, Choice.STOP})  # harmless at any time
REMARKS_KEPT = 20
REMARK_LENGTH = 1000  # characters; the whole text stays in the transcript


def step(was: Conversation, event: Event) -> tuple[Conversation, tuple[Effect, ...]]:
    """Return the conversation after an event, and what to do about it: at most one message.

    Pure: no clock, chance, input or output.  Never raises, whatever the event.

    Args:
        was: The conversation so far, with a claim reference to send the draft under.
        event: What happened; its time is not before that of the event before.
    """
    if isinstance(event, Elapsed):
        return _elapsed(was, event.at)
    if isinstance(event, Left):
        return replace(was, reminded=True, burst=(), burst_from=None, burst_to=None), ()
    away = was.heard_at is not None and event.at - was.heard_at >= AWAY_AFTER
    now = replace(was, heard_at=event.at, reminded=False)
    if now.sent is None and not now.begun:
        now = settled(replace(now, begun=True))
    if now.asking is Asking.HUMAN:
        return _while_human(now, event)
    if isinstance(event, SentPhoto):
        return _photo(now, event)
    told, burst = tell_burst(now)
    away = away and was.is_waiting
    answer = _answer(told, event, offered=_offered(now), away=away)
    back = (line("back"),) if away and answer.now.asking is not Asking.BACK else ()
    return _say(replace(answer, lines=(*back, *burst, *answer.lines)))


def _offered(now: Conversation) -> tuple[Choice, ...]:
    return tuple(option.choice for option in question(now)[1])


def _answer(now: Conversation, event: Event, *, offered: tuple[Choice, ...], away: bool) -> Answer:
    match event:
        case Pressed(id=pressed):
            return _press(now, pressed, offered, event.at)
        case SentForm(file=file, words=words):
            return _with_caption(take_form(now, file), words)
        case SentUnusable(kind=kind):
            return Answer(now, (line(f"unusable.{kind}"),))
        case Said(words=words):
            return _hear(now, words, offered, event.at, away=away)
        case _:
            return Answer(now)


def _press(now: Conversation, pressed: str, offered: tuple[Choice, ...], at: datetime) -> Answer:
    choice = next((choice for choice in Choice if choice == pressed), None)
    current = choice in offered and choice in _offered(now)
    if choice and (current or choice in PRESSED_LATE):
        return choose(now, choice, at)
    return Answer(now, (line("stale"),))


def _hear(
    now: Conversation, words: Words, offered: tuple[Choice, ...], at: datetime, *, away: bool
) -> Answer:
    code = asked_language(words.text)
    if code:
        return Answer(replace(now, language=code), (line("language"),))
    if tells_of_injury(words.text):
        now, lines, effects = _raise_alarm(now)
        answer = _mean(now, words, offered, at, away=away)
        return replace(answer, lines=(*lines, *answer.lines), effects=(*effects, *answer.effects))
    if tells_of_breakdown(words.text) and now.draft.priority is Priority.NORMAL and now.begun:
        now = replace(now, draft=replace(now.draft, priority=Priority.NOT_DRIVABLE))
    return _mean(now, words, offered, at, away=away)


def _raise_alarm(now: Conversation) -> tuple[Conversation, tuple[Line, ...], tuple[Effect, ...]]:
    """Say whom to call, whatever else was said; a person is told once a draft."""
    told = (line("hurt"),)
    if now.draft.priority is Priority.HURT:
        return now, told, ()
    reference = now.reference
    if now.begun:
        now = replace(now, draft=replace(now.draft, priority=Priority.HURT))
    elif now.sent:
        reference = now.sent.reference
    return now, told, (CallHuman(Reason.HURT, reference),)


def _mean(
    now: Conversation, words: Words, offered: tuple[Choice, ...], at: datetime, *, away: bool
) -> Answer:
    choice = understand(words.text, offered)
    if choice and (choice in COMMANDS or choice in _offered(now)):
        greets = away and choice is Choice.GREETING
        return Answer(asking(now, Asking.BACK)) if greets else choose(now, choice, at)
    if now.asking is Asking.WHICH_PHOTO and words.text.strip().isdecimal():
        return replace_photo(now, int(words.text.strip()[:4]))
    if now.begun and (answer := hear_numbers(now, words)):
        return answer
    if away:
        now = asking(_remark(now, words.text)[0], Asking.BACK)
        return Answer(now)
    now, told = _remark(now, words.text)
    return Answer(now, told)


def _remark(now: Conversation, text: str) -> tuple[Conversation, tuple[Line, ...]]:
    """Keep words that the bot does not understand for the adjuster, who may."""
    remark = text.strip()[:REMARK_LENGTH]
    if not now.begun or is_small_talk(text):
        return now, ()
    if len(now.draft.remarks) >= REMARKS_KEPT:
        return now, (line("remark.full"),)
    draft = replace(now.draft, remarks=(*now.draft.remarks, remark))
    return replace(now, draft=draft), (line("remark.kept"),)


def _with_caption(answer: Answer, words: Words) -> Answer:
    """Hear a caption as well; what it leads to comes after what it stood under."""
    if not words.text.strip() or not answer.now.begun:
        return answer
    heard = hear_numbers(answer.now, words)
    if heard is None:
        now, told = _remark(answer.now, words.text)
        heard = Answer(now, told, asks=answer.asks)
    return Answer(
        heard.now,
        (*answer.lines, *heard.lines),
        (*answer.effects, *heard.effects),
        asks=heard.asks,
    )


def _photo(now: Conversation, event: SentPhoto) -> tuple[Conversation, tuple[Effect, ...]]:
    """Take a photo; its verdict waits for the rest of the burst, word of an injury does not."""
    effects: tuple[Effect, ...] = ()
    lines: tuple[Line, ...] = ()
    if tells_of_injury(event.words.text):
        now, lines, effects = _raise_alarm(now)
    now = take_photo(now, event.photo, event.media_type, event.at)
    if now.begun and event.words.text.strip():
        now = _caption(now, event.words)
    if lines:
        now, burst = tell_burst(now)
        return _say(Answer(now, (*lines, *burst), effects))
    return now, effects


def _caption(now: Conversation, words: Words) -> Conversation:
    known = hear_numbers(now, words) if words.numbers else None
    if known is None:
        return _remark(now, words.text)[0]
    if known.now.asking is Asking.HUMAN or known.now.number_tries > now.number_tries:
        return now  # an unknown number in a caption is no try at the question
    return replace(known.now, asking=now.asking)


def _elapsed(was: Conversation, at: datetime) -> tuple[Conversation, tuple[Effect, ...]]:
    if was.answer_at is not None and at >= was.answer_at:
        now, lines = tell_burst(was)
        return _say(Answer(now, lines))
    if not was.is_waiting or was.heard_at is None:
        return was, ()
    if at - was.heard_at >= KEEP_DRAFT:
        return Conversation(language=was.language, reference=was.reference), (Erase(),)
    if not was.reminded and at - was.heard_at >= REMIND_AFTER:
        now = settled(replace(was, reminded=True))
        return _say(Answer(now, (line("reminder", have=having(now.draft)),)))
    return was, ()


def _while_human(now: Conversation, event: Event) -> tuple[Conversation, tuple[Effect, ...]]:
    """Keep what comes and stay silent: a person is talking.  Only an injury is answered."""
    match event:
        case SentPhoto(photo=photo):
            return keep_quietly(now, photo), ()
        case SentForm(file=file):
            answer = take_form(now, file)
            return asking(answer.now, Asking.HUMAN), answer.effects
        case Said(words=words) if tells_of_injury(words.text):
            now, lines, effects = _raise_alarm(now)
            return now, (Say(lines), *effects)
        case Said(words=words) if understand(words.text, (Choice.CONTINUE,)) is Choice.CONTINUE:
            now = settled(replace(now, number_tries=0))
            return _say(Answer(now, (line("human.released"),)))
        case _:
            return now, ()


def _say(answer: Answer) -> tuple[Conversation, tuple[Effect, ...]]:
    """Put an answer into one message: the introduction once, the sentences, the open question."""
    now, lines = answer.now, answer.lines
    options: tuple[Option, ...] = ()
    if answer.asks:
        asked, options = question(now)
        lines = (*lines, *asked)
    if not now.introduced:
        lines = (line("intro"), *lines)
        now = replace(now, introduced=True)
    if not lines:
        return now, answer.effects
    return now, (*answer.effects, Say(lines, options))
