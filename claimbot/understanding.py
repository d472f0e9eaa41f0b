"""What a policyholder's words mean: a choice, a cry for help, a language.

Small lists of words, no guessing: a word that is not on a list is passed on to the adjuster.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from claimbot.words import COMMANDS, Choice, languages

MENTION_WORDS = 8  # a longer text that names "an employee" tells a story, and asks for nobody
NEGATION_REACH = 4  # words between "nobody" and "hurt"
EMERGENCY_NUMBERS = frozenset({"112", "911", "999"})

_CLAUSE = re.compile(r"[.,;:!?\n]|\b(?:but|maar|and|en)\b")
_WORD = re.compile(r"[\w']+")
_CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"  # what phones make of an apostrophe
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_COMMAND = re.compile(r"/(\w+)(?:@\w+)?")


def plain(text: str) -> str:
    """Return a text as it is compared: lower case, single spaces, no punctuation around it."""
    if command := _COMMAND.match(text.strip()):
        text = command[1]
    text = unicodedata.normalize("NFKC", text).casefold().replace(_CURLY, "'")
    return _EDGES.sub("", " ".join(text.split())) or text.strip()


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


def choose(text: str, offered: Sequence[Choice]) -> Choice | None:
    """Return the choice that a text makes, out of those on offer and the `COMMANDS`.

    A choice on offer can be made by its label or another of its phrases, in any language, or by
    its number; what is on offer wins from a command of the same words.
    """
    said = plain(text)
    if said.isdecimal() and len(said) == 1 and 1 <= int(said) <= len(offered):
        return offered[int(said) - 1]
    meant = _index().get(said, ())
    for choice in meant:
        if choice in offered:
            return choice
    if meant and all(choice in COMMANDS for choice in meant):
        return meant[0]
    return _mentioned(said)


def _mentioned(said: str) -> Choice | None:
    if len(said.split()) > MENTION_WORDS:
        return None
    for language in languages().values():
        for choice, phrases in language.mentions.items():
            if any(re.search(rf"\b{re.escape(phrase)}\b", said) for phrase in phrases):
                return choice
    return None


def is_small_talk(text: str) -> bool:
    """Tell whether a text says nothing that an adjuster would want to read."""
    said = plain(text)
    return said in _index() or not any(character.isalpha() for character in said)


def tells_of_injury(text: str) -> bool:
    """Tell whether a text says that someone is hurt, or calls the emergency number.

    "Nobody is hurt" does not; "not badly hurt" does.  A false alarm costs an adjuster a look, a
    missed one costs more: when in doubt, the answer is yes.
    """
    known = languages().values()
    hurt = frozenset().union(*(language.hurt for language in known))
    negations = frozenset().union(*(language.negations for language in known))
    degrees = frozenset().union(*(language.degrees for language in known))
    for clause in _CLAUSE.split(text.casefold().replace(_CURLY, "'")):
        words = _WORD.findall(clause)
        for place, word in enumerate(words):
            if word in EMERGENCY_NUMBERS and not _stands_alone(words, place):
                continue
            if word not in hurt and word not in EMERGENCY_NUMBERS:
                continue
            before = words[max(0, place - NEGATION_REACH) : place]
            after = words[place + 1 : place + 1 + NEGATION_REACH]
            if negations.isdisjoint(before + after) or not degrees.isdisjoint(before):
                return True
    return False


def _stands_alone(words: Sequence[str], place: int) -> bool:
    """Tell a number from a part of a longer one, such as a policy number in groups."""
    neighbours = (*words[max(0, place - 1) : place], *words[place + 1 : place + 2])
    return not any(word.isdecimal() for word in neighbours)


def tells_of_breakdown(text: str) -> bool:
    """Tell whether a text says that the car cannot be driven."""
    said = plain(text)
    return any(phrase in said for language in languages().values() for phrase in language.stranded)


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
