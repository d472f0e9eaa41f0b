"""The policy number: noted, confirmed, corrected, or handed to a person."""

from dataclasses import replace

from claimbot.claim import PolicyNumber, Standing
from claimbot.conversation.answer import Answer, asking
from claimbot.conversation.events import CallHuman, Line, Reason, Words, line
from claimbot.conversation.state import Asking, Conversation, settled

CANDIDATES_SHOWN = 3
TRIES = 3  # the third number that nobody knows goes to a person

OPEN = frozenset({Asking.POLICY_NUMBER, Asking.CONFIRM_NUMBER, Asking.PICK_NUMBER})


def hear_numbers(now: Conversation, words: Words) -> Answer | None:
    """Return what the numbers in a text lead to, or None when it is not about a policy number."""
    known = known_numbers(words)
    if len(known) == 1:
        return _hear_one(now, known[0], alone=words.alone)
    if known:
        return Answer(settled(replace(now, numbers=known[:CANDIDATES_SHOWN])))
    if now.draft.policy_number and now.asking not in OPEN:
        return None
    if words.numbers:
        return _refuse(now, "number.unknown", words.numbers[0].number)
    if words.attempt and now.asking in OPEN:
        return _refuse(now, "number.shape", "")
    return None


def known_numbers(words: Words) -> tuple[PolicyNumber, ...]:
    """Return the numbers in a text that are, for all we can tell, policy numbers."""
    return tuple(number for number in words.numbers if number.standing is not Standing.UNKNOWN)


def _hear_one(now: Conversation, number: PolicyNumber, *, alone: bool) -> Answer:
    mine = now.draft.policy_number
    if mine and mine.number == number.number:
        surest = number if number.standing is Standing.KNOWN else mine
        now = replace(now, draft=replace(now.draft, policy_number=surest), numbers=())
        return Answer(settled(now), (_about("number.same", number),))
    picked = any(candidate.number == number.number for candidate in now.numbers)
    wanted = mine is None or now.asking in OPEN
    if picked or (alone and wanted):
        return note_number(now, number)
    return Answer(settled(replace(now, numbers=(number,))))


def note_number(now: Conversation, number: PolicyNumber) -> Answer:
    """Return the answer to a policy number that is certain."""
    draft = replace(now.draft, policy_number=number)
    now = replace(now, draft=draft, numbers=(), number_tries=0, number_later=False)
    return Answer(settled(now), (_about("number.noted", number),))


def _about(key: str, number: PolicyNumber) -> Line:
    return line(key, number=number.number)


def _refuse(now: Conversation, key: str, number: str) -> Answer:
    tries = now.number_tries + 1
    was_open = now.asking in OPEN
    now = replace(now, number_tries=tries, numbers=(), number_later=False)
    if tries >= TRIES:
        return call_human(now, Reason.POLICY_NUMBER)
    now = asking(now, Asking.POLICY_NUMBER) if was_open else settled(now)
    if now.asking is not Asking.POLICY_NUMBER:
        return Answer(now, (line("number.unknown.aside", number=number),))
    told = line(key if tries == 1 else f"{key}.again", number=number)
    return Answer(now, (told,), asks=False, offers=True)


def call_human(now: Conversation, reason: Reason, words: str = "") -> Answer:
    """Return the answer that hands the conversation to a person, with all that was collected.

    ``words`` are those that the draft does not hold.
    """
    reference = now.sent.reference if now.sent and not now.begun else now.reference
    why = (line("human.number"),) if reason is Reason.POLICY_NUMBER else ()
    told = (*why, line("human", reference=reference))
    effect = CallHuman(reason, reference, words=words)
    return Answer(asking(now, Asking.HUMAN), told, (effect,), asks=False)
