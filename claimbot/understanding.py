"""What a policyholder's words mean: a choice, a cry for help, a language.

Small lists of words, no guessing: a word that is not on a list is passed on to the adjuster.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, reduce
from itertools import pairwise
from operator import or_

from claimbot.words import COMMANDS, Alarm, Choice, languages

MENTION_WORDS = 8  # a longer text that names "an employee" tells a story, and asks for nobody
NEGATION_REACH = 4  # words from "not" to "hurt"
HEARD_LENGTH = 4_096  # characters: a whole message of Telegram's
EMERGENCY_NUMBERS = frozenset({"112", "911", "999"})

_WORD = re.compile(r"\w+(?:'\w+)*")
_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"  # what phones make of an apostrophe
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_COMMAND = re.compile(r"/(\w+)(?:@\w+)?")


def plain(text: str) -> str:
    """Return a text as it is compared: lower case, single spaces, no punctuation around it."""
    if command := _COMMAND.match(text.strip()):
        text = command[1]
    text = _lower(text)
    return _EDGES.sub("", " ".join(text.split())) or text.strip()


def _lower(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace(_CURLY, "'")


@cache
def _index() -> dict[str, tuple[Choice, ...]]:
    found: dict[str, list[Choice]] = {}
    for language in languages().values():
        for choice in Choice:
            for phrase in (language.labels[choice], *language.heard.get(choice, ())):
                known = found.setdefault(plain(phrase), [])
                if choice not in known:
                    known.append(choice)
    return {phrase: tuple(choices) for phrase, choices in found.items()}


def choose(
    text: str, offered: Sequence[Choice], *, yes: Choice | None = None, no: Choice | None = None
) -> Choice | None:
    """Return the choice that a text makes, out of those on offer and the `COMMANDS`.

    A choice on offer can be made by its label or another of its phrases, in any language, or by
    its number; what is on offer wins from a command of the same words.

    Args:
        text: What the policyholder wrote.
        offered: The choices of the open question, in their order.
        yes: The choice that a plain "yes" makes.
        no: The choice that a plain "no" makes.
    """
    said = plain(text)
    if said.isdecimal() and len(said) == 1 and 1 <= int(said) <= len(offered):
        return offered[int(said) - 1]
    meant = _index().get(said, ())
    stands_for = {Choice.YES: yes, Choice.NO: no}
    for choice in (*meant, *(stands_for.get(choice) for choice in meant)):
        if choice is not None and choice in (*offered, yes, no):
            return choice
    commands = (choice for choice in meant if choice in COMMANDS)
    return next(commands, None) or _mentioned(said, offered)


def _mentioned(said: str, offered: Sequence[Choice]) -> Choice | None:
    if len(said.split()) > MENTION_WORDS:
        return None
    for language in languages().values():
        for choice, phrases in language.mentions.items():
            if (choice in COMMANDS or choice in offered) and _names(said, phrases):
                return choice
    return None


def _names(said: str, phrases: Iterable[str]) -> bool:
    """Tell whether a text has one of the phrases in it, as whole words."""
    padded = f" {' '.join(_WORD.findall(said))} "
    return any(f" {phrase} " in padded for phrase in phrases)


def is_small_talk(text: str) -> bool:
    """Tell whether a text says nothing that an adjuster would want to read."""
    said = plain(text)
    return said in _index() or not any(character.isalpha() for character in said)


def tells_of_injury(text: str) -> bool:
    """Tell whether a text says that someone is hurt or in danger, or calls the emergency number.

    "Nobody is hurt" does not; "not badly hurt" and "I am not hurt but she is" do.  A false alarm
    costs an adjuster a look, a missed one costs more: when in doubt, the answer is yes.
    """
    known = _alarm()
    said = _lower(text[:HEARD_LENGTH])
    if plain(said) in EMERGENCY_NUMBERS or _names(said, known.danger):
        return True
    clauses = [words for part in _clauses().split(said) if (words := _WORD.findall(part))]
    denied = False  # in the clause before
    for clause, following in pairwise([*clauses, []]):
        if denied and clause[-1] in known.contrary:
            return True
        told = [place for place in range(len(clause)) if _alarms(clause, place)]
        if told and _names(" ".join([*clause[told[0] :], *following]), known.exceptions):
            return True
        answered = bool(following) and (known.nobody | known.negations).issuperset(following)
        if not all(answered or _is_denied(clause, place) for place in told):
            return True
        denied = bool(told)
    return False


@cache
def _alarm() -> Alarm:
    return reduce(or_, (language.alarm for language in languages().values()))


@cache
def _clauses() -> re.Pattern[str]:
    """Return what stands between two clauses."""
    joints = "|".join(map(re.escape, sorted(_alarm().joints)))
    return re.compile(rf"[.,;:!?\n]|\b(?:{joints})\b")


def _alarms(clause: Sequence[str], place: int) -> bool:
    """Tell whether a word alarms, unless it is denied: an emergency number does when called."""
    word = clause[place]
    if word not in EMERGENCY_NUMBERS:
        return word in _alarm().hurt
    neighbours = (*clause[max(0, place - 1) : place], *clause[place + 1 : place + 2])
    in_groups = any(neighbour.isdecimal() for neighbour in neighbours)
    return not in_groups and not _alarm().calls.isdisjoint(clause)


def _is_denied(clause: Sequence[str], place: int) -> bool:
    """Tell whether a clause says that its word at ``place`` is not so."""
    known = _alarm()
    for at in range(place - 1, -1, -1):
        word = clause[at]
        if word in known.degrees:
            return False
        if word in known.nobody or (word in known.negations and place - at <= NEGATION_REACH):
            return True
    after = [word for word in clause[place + 1 :] if word not in known.fillers]
    return bool(after) and after[-1] in known.nobody | known.negations


def tells_of_breakdown(text: str) -> bool:
    """Tell whether a text says that the car cannot be driven."""
    said = _lower(text)
    return any(_names(said, language.stranded) for language in languages().values())


def asked_language(text: str) -> str | None:
    """Return the code of the language that a text asks for, such as ``"en"`` for "English"."""
    said = plain(text)
    for language in languages().values():
        if said in language.names:
            return language.code
    return None


def first_language(hint: str | None, text: str, default: str) -> str:
    """Return the language to begin in: the channel's hint, else the text's, else the default.

    Args:
        hint: An IETF tag such as ``"nl-BE"``, if the channel gives one.
        text: What the policyholder wrote first.
        default: The configured language's code.
    """
    known = languages()
    if hint and (code := hint.replace("_", "-").split("-")[0].casefold()) in known:
        return code
    words = set(_WORD.findall(text.casefold()))
    scores = {code: len(words & language.common) for code, language in known.items()}
    best = max(scores, key=lambda code: (scores[code], code == default))
    return best if scores[best] else default
