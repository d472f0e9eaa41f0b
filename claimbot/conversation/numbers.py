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
    known = tuple(n for n in words.numbers if n.standing is not Standing.UNKNOWN)
    unknown = tuple(n for n in words.numbers if n.standing is Standing.UNKNOWN)
    if len(known) == 1:
        return _hear_one(now, known[0], alone=words.alone)
    if known:
        return Answer(settled(replace(now, numbers=known[:CANDIDATES_SHOWN])))
    if now.draft.policy_number and now.asking not in OPEN:
        return None
    if unknown:
        return _refuse(now, "number.unknown", unknown[0].number)
    if words.attempt and now.asking in OPEN:
        return _refuse(now, "number.shape", "")
    return None


def _hear_one(now: Conversation, number: PolicyNumber, *, alone: bool) -> Answer:
    if now.draft.policy_number == number:
        return Answer(settled(replace(now, numbers=())), (_about("number.same", number),))
    picked = number in now.numbers
    wanted = now.draft.policy_number is None or now.asking in OPEN
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
    now = replace(now, number_tries=tries, numbers=())
    if tries >= TRIES:
        return call_human(now, Reason.POLICY_NUMBER)
    told = line(key if tries == 1 else f"{key}.again", number=number)
    open_now = now if now.asking in OPEN else settled(now)
    if open_now.asking in OPEN:  # the sentence asks already
        return Answer(asking(open_now, Asking.POLICY_NUMBER), (told,), asks=False)
    return Answer(open_now, (told,))


def call_human(now: Conversation, reason: Reason) -> Answer:
    """Return the answer that hands the conversation to a person, with all that was collected."""
    reference = now.sent.reference if now.sent and not now.begun else now.reference
    why = (line("human.number"),) if reason is Reason.POLICY_NUMBER else ()
    told = (*why, line("human", reference=reference))
    effect = CallHuman(reason, reference)
    return Answer(asking(now, Asking.HUMAN), told, (effect,), asks=False)
