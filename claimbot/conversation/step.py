"""The conversation: one pure function, so that a replayed conversation is the conversation."""

import re
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from claimbot.claim import Priority
from claimbot.conversation.answer import Answer, asking
from claimbot.conversation.choices import (
    add_to_claim,
    choose,
    replace_photo,
    take_form,
    take_place,
)
from claimbot.conversation.events import (
    Asked,
    CallHuman,
    Effect,
    Elapsed,
    Erase,
    Event,
    Expedite,
    Left,
    Line,
    Pressed,
    Reason,
    Released,
    Said,
    Say,
    Sending,
    SentForm,
    SentPhoto,
    SentUnusable,
    SharedPlace,
    Submit,
    Told,
    Unusable,
    Words,
    line,
)
from claimbot.conversation.joining import (
    ask,
    is_answer,
    join_photo,
    join_photo_quietly,
    join_words,
    joins,
    put_aside,
    tell,
)
from claimbot.conversation.numbers import (
    OPEN,
    call_human,
    hear_numbers,
    known_numbers,
    note_number,
)
from claimbot.conversation.photos import keep_quietly, take_photo
from claimbot.conversation.questions import had, question, yes_and_no
from claimbot.conversation.remarks import REMARK_KEPT, cut, remark
from claimbot.conversation.state import (
    AWAY_AFTER,
    Asking,
    Conversation,
    settled,
    wake_at,
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

AnsweredAtOnce = Said | Pressed | SentForm | SharedPlace | SentUnusable
Answered = tuple[Conversation, tuple[Effect, ...]]

_PHOTO = re.compile(r"\D{0,20}(\d{1,4})\D{0,20}")  # "7", "photo 7", "7 please"


def step(was: Conversation, event: Event) -> Answered:
    """Return the conversation after an event, and what to do about it: at most one message.

    Pure: no clock, chance, input or output.  Never raises, whatever the event.

    Args:
        was: The conversation so far, with a claim reference to send the draft under.
        event: What happened; its time is not before that of the event before.
    """
    match event:
        case Elapsed(at=at):
            return _elapsed(was, at)
        case Left():
            return replace(tell(was)[0], reminded=True), ()
        case Asked():
            return _say(ask(was, event))
        case Told(text=text):
            return _say(Answer(was, (line("told", text=text),), asks=False))
        case Released():
            return _release(was) if was.asking is Asking.HUMAN else (was, ())
        case SentUnusable(kind=Unusable.GROUP):
            return _in_a_group(was)
        case Said() | Pressed() | SentPhoto() | SentForm() | SharedPlace() | SentUnusable():
            return _respond(was, event)
        case never:
            assert_never(never)


def _respond(was: Conversation, event: Sending) -> Answered:
    away = was.is_waiting and was.heard_at is not None and event.at - was.heard_at >= AWAY_AFTER
    now = replace(was, heard_at=event.at, reminded=False)
    if now.sent is None and not now.begun:
        now = settled(replace(now, begun=True))
    alarm = _heed(now, event)
    if now.asking is Asking.HUMAN:
        return _while_human(alarm, event)
    if isinstance(event, SentPhoto):
        return _photo(alarm, event)
    now, burst = tell(alarm.now)
    answer = _answer(now, event, before=alarm.now, away=away)
    if _is_dropped(now, answer):
        burst = ()
    back = (line("back"),) if away and answer.asks else ()
    return _say(_after(alarm, replace(answer, lines=(*back, *burst, *answer.lines))))


def _is_dropped(now: Conversation, answer: Answer) -> bool:
    """Tell whether the answer forgets the draft: then nobody says that its photos are saved."""
    is_sent = any(isinstance(effect, Submit) for effect in answer.effects)
    return answer.now.draft.is_empty and not now.draft.is_empty and not is_sent


def _in_a_group(was: Conversation) -> Answered:
    """Say once that this is not the place: others read along."""
    now = replace(was, introduced=True)
    return now, () if was.introduced else (Say((line("unusable.group"),)),)


def _heed(now: Conversation, event: Event) -> Answer:
    """Return what to say and do at once when someone is hurt; note when the car is stuck.

    Whom to call is said whatever else there is to say; a person is told once a draft.
    """
    text = event.words.text if isinstance(event, Said | SentPhoto | SentForm) else ""
    priority = now.draft.priority
    if not tells_of_injury(text):
        if now.begun and priority is Priority.NORMAL and tells_of_breakdown(text):
            now = replace(now, draft=replace(now.draft, priority=Priority.NOT_DRIVABLE))
        return Answer(now)
    lines: tuple[Line, ...] = (line("hurt"),)
    about = now.asked if joins(now) else None if now.begun else now.sent
    sooner = (Expedite(about.reference, Priority.HURT),) if about else ()
    if now.begun:
        lines = lines if now.asking is Asking.HUMAN else (*lines, line("hurt.later"))
        if priority is Priority.HURT:
            return Answer(now, lines, sooner)
        now = replace(now, draft=replace(now.draft, priority=Priority.HURT))
    reference = now.reference if now.begun or about is None else about.reference
    return Answer(now, lines, (CallHuman(Reason.HURT, reference), *sooner))


def _after(alarm: Answer, answer: Answer) -> Answer:
    """Put an answer behind what is said about an injury; nothing is asked of them then."""
    if not alarm.lines:
        return answer
    told = tuple(said for said in answer.lines if said != REMARK_KEPT)
    return replace(
        answer,
        lines=(*alarm.lines, *told),
        effects=(*alarm.effects, *answer.effects),
        asks=False,
        offers=False,
    )


def _answer(
    now: Conversation, event: AnsweredAtOnce, *, before: Conversation, away: bool
) -> Answer:
    """Return the answer to an event.

    ``before`` is the conversation whose question the policyholder saw: photos that were not
    answered yet may have led to another one.
    """
    match event:
        case Pressed(id=pressed):
            return _press(now, pressed, before, event.at)
        case SentForm(file=file, words=words):
            answer = take_form(now, file, cut(words))
            return _with_caption(answer, words, goes_along=joins(now) or not answer.now.begun)
        case SharedPlace(place=place):
            return take_place(now, place)
        case SentUnusable(kind=kind):
            return Answer(now, (line(f"unusable.{kind}"),))
        case Said(words=words):
            return _hear(now, words, before, event.at, away=away)
        case never:
            assert_never(never)


def _press(now: Conversation, pressed: str, before: Conversation, at: datetime) -> Answer:
    choice = next((choice for choice in Choice if choice == pressed.partition(":")[0]), None)
    if now.asking is Asking.ADJUSTER:  # the buttons above the adjuster's question are good still
        beneath = put_aside(now)
        if pressed in {on.id for on in question(beneath)[1]}:
            now = before = beneath
    current = all(pressed in {on.id for on in question(then)[1]} for then in (before, now))
    if choice and (current or choice in PRESSED_LATE):
        return choose(now, choice, at)
    return Answer(now, (line("stale"),))


def _offered(now: Conversation) -> tuple[Choice, ...]:
    return tuple(option.choice for option in question(now)[1])


def _understood(text: str, now: Conversation) -> Choice | None:
    yes, no = yes_and_no(now)
    return understand(text, _offered(now), yes=yes, no=no)


def _hear(
    now: Conversation, words: Words, before: Conversation, at: datetime, *, away: bool
) -> Answer:
    if code := asked_language(words.text):
        return Answer(replace(now, language=code), (line("language"),))
    if Asking.ADJUSTER in {before.asking, now.asking}:
        return _hear_answer(now, words, at)
    choice = _understood(words.text, before)
    if choice and (choice in COMMANDS or choice is _understood(words.text, now)):
        greets = away and choice is Choice.GREETING
        return Answer(asking(now, Asking.BACK)) if greets else choose(now, choice, at)
    if now.asking is Asking.WHICH_PHOTO and (slot := _PHOTO.fullmatch(words.text)):
        return replace_photo(now, int(slot[1]))
    if now.begun and (answer := hear_numbers(now, words)):
        return answer
    now, told = remark(now, words.text)
    if away:
        return Answer(asking(now, Asking.BACK), told)
    if now.sent and not now.begun and not is_small_talk(words.text):
        return join_words(now, cut(words)) if joins(now) else add_to_claim(now, (), cut(words))
    return Answer(now, told)


def _hear_answer(now: Conversation, words: Words, at: datetime) -> Answer:
    """Hear what was said to an adjuster: whatever it is, but for a command, they are told."""
    match understand(words.text, ()):
        case None | Choice.CHANGE:  # "that is wrong" is an answer
            return join_words(now, cut(words))
        case Choice.HUMAN if not is_small_talk(words.text):
            # "An employee of the garage" may be the answer: who is called reads it.
            return call_human(now, Reason.ASKED, cut(words))
        case Choice.SEND as choice:
            return choose(put_aside(now), choice, at)
        case choice:
            return choose(now, choice, at)


def _with_caption(answer: Answer, words: Words, *, goes_along: bool) -> Answer:
    """Hear a caption as well, unless it ``goes_along``; what it leads to comes after the rest."""
    if understand(words.text, ()) is Choice.HUMAN:
        heard = call_human(answer.now, Reason.ASKED)
    elif goes_along:
        return answer
    elif (numbers := hear_numbers(answer.now, words)) is not None:
        heard = numbers
    else:
        heard = Answer(*remark(answer.now, words.text), asks=answer.asks)
    return replace(
        heard,
        lines=(*answer.lines, *heard.lines),
        effects=(*answer.effects, *heard.effects),
    )


def _photo(alarm: Answer, event: SentPhoto) -> Answered:
    """Take a photo; its verdict waits for the rest of the burst, word of an injury does not."""
    now = alarm.now
    effects: tuple[Effect, ...] = ()
    if understand(event.words.text, ()) is Choice.HUMAN:
        now, effects = _taken(now, event)
        now, told = tell(now)
        called = call_human(now, Reason.ASKED)
        effects = (*effects, *called.effects)
        called = replace(called, lines=(*told, *called.lines), effects=effects)
        return _say(_after(alarm, called))
    overdue = now.answer_at is not None and now.answer_at <= event.at
    if overdue or alarm.lines:
        now, told = tell(now)
        now, effects = _say(_after(alarm, Answer(now, told)))
    for_adjuster = joins(now)
    now, amended = _taken(now, event)
    now = _caption(now, event.words) if now.begun and not for_adjuster else now
    return now, (*amended, *effects)


def _taken(now: Conversation, event: SentPhoto) -> Answered:
    if joins(now):
        return join_photo(now, event.photo, cut(event.words), event.at)
    return take_photo(now, event.photo, event.media_type, event.at), ()


def _caption(now: Conversation, words: Words) -> Conversation:
    """Hear a photo's caption quietly; a policy number is told with the photo's verdict."""
    heard = hear_numbers(now, words) if known_numbers(words) else None
    if heard is None:
        return remark(now, words.text)[0]
    noted = heard.now.draft.policy_number != now.draft.policy_number
    return replace(
        now,
        draft=heard.now.draft,
        numbers=heard.now.numbers,
        number_tries=heard.now.number_tries,
        number_later=heard.now.number_later,
        asking=Asking.POLICY_NUMBER if now.asking in OPEN else now.asking,
        noted=now.noted or noted,
    )


def _elapsed(was: Conversation, at: datetime) -> Answered:
    due = wake_at(was)
    if due is None or at < due:
        return was, ()
    if was.answer_at is not None:
        now, lines = tell(was)
        return _say(Answer(now, lines))
    if was.erase_at is not None and at >= was.erase_at:
        return Conversation(language=was.language, reference=was.reference), (Erase(),)
    now = settled(replace(was, reminded=True))
    return _say(Answer(now, (line("reminder"), *had(now))))


def _while_human(alarm: Answer, event: Event) -> Answered:
    """Keep what comes and stay silent: a person is talking.  Only an injury is answered."""
    now, effects = alarm.now, alarm.effects
    match event:
        case SentPhoto(photo=photo, words=words) if joins(now) and (
            joined := join_photo_quietly(now, photo, cut(words))
        ):
            now, effects = joined.now, (*effects, *joined.effects)
        case SentPhoto(photo=photo) if now.begun:
            now = keep_quietly(now, photo)
        case SentPhoto(photo=photo):
            effects = (*effects, *add_to_claim(now, (photo.sha256,)).effects)
        case SentForm(file=file, words=words):
            answer = take_form(now, file, cut(words))
            now, effects = asking(answer.now, Asking.HUMAN), (*effects, *answer.effects)
        case SharedPlace(place=place):
            answer = take_place(now, place)
            now, effects = asking(answer.now, Asking.HUMAN), (*effects, *answer.effects)
        case Said(words=words) if understand(words.text, ()) is Choice.CONTINUE:
            return _release(now)
        case Said(words=words) if understand(words.text, ()) is Choice.ERASE:
            return _say(_after(alarm, Answer(asking(now, Asking.ERASE))))
        case Said(words=words) if is_answer(now, words.text):
            answer = join_words(now, cut(words))
            now, effects = answer.now, (*effects, *answer.effects)
        case Said(words=words) if now.begun:
            known = known_numbers(words)
            if len(known) == 1 and now.draft.policy_number is None:
                now = asking(note_number(now, known[0]).now, Asking.HUMAN)
            else:
                now = remark(now, words.text)[0]
        case Said(words=words) if not is_small_talk(words.text):
            effects = (*effects, *add_to_claim(now, (), cut(words)).effects)
        case _:
            pass
    return now, ((*effects, Say(alarm.lines)) if alarm.lines else effects)


def _release(was: Conversation) -> Answered:
    """Let the bot go on, with the question that is open."""
    now = settled(replace(was, number_tries=0))
    return _say(Answer(now, (line("human.released"),)))


def _say(answer: Answer) -> Answered:
    """Put an answer into one message: the introduction once, the sentences, the open question."""
    now, lines = answer.now, answer.lines
    asked, options = question(now)
    # Who answered an adjuster is not asked for new damage.
    done = now.asking is Asking.NOTHING and any(said.key == "joined" for said in lines)
    asks = answer.asks and not done
    if asks:
        lines = (*lines, *asked)
    if not now.introduced and Erase() not in answer.effects:
        lines = (line("intro"), *lines)
        now = replace(now, introduced=True)
    offers = asks or answer.offers
    return now, (*answer.effects, Say(lines, options if offers else ()))
