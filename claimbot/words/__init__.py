"""What the bot says and what it understands, one folder a language.

A new language is one folder beside ``en`` and its name in `languages`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from claimbot.claim import Flaw


class Choice(StrEnum):
    """Everything a policyholder can choose, by a button or by its words."""

    # Understood at any time
    HELP = "help"
    HUMAN = "human"
    STOP = "stop"
    CHANGE = "change"
    STATUS = "status"
    START_OVER = "start_over"
    ERASE = "erase"
    SEND = "send"
    GREETING = "greeting"
    THANKS = "thanks"
    # Understood when offered
    YES = "yes"
    NO = "no"
    LATER = "later"
    NO_FORM = "no_form"
    DONE = "done"
    EXTRA = "extra"
    REPLACE = "replace"
    DISCARD = "discard"
    KEEP = "keep"
    CONTINUE = "continue"
    NEW_CLAIM = "new_claim"
    ADD_TO_CLAIM = "add_to_claim"
    POLICY_NUMBER = "policy_number"
    PHOTOS = "photos"
    FORM = "form"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    PHOTO_1 = "photo_1"
    PHOTO_2 = "photo_2"
    PHOTO_3 = "photo_3"


COMMANDS = frozenset(
    {
        Choice.HELP,
        Choice.HUMAN,
        Choice.STOP,
        Choice.CHANGE,
        Choice.STATUS,
        Choice.START_OVER,
        Choice.ERASE,
        Choice.SEND,
        Choice.CONTINUE,
        Choice.GREETING,
        Choice.THANKS,
    }
)
"""What is understood whatever question is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The words that tell of an injury, and those that deny it.

    A word of ``hurt`` alarms unless it is denied, a phrase of ``danger`` always, an emergency
    number beside one of ``calls``.  It is denied by a word of ``nobody`` in the same clause or one
    of ``negations`` close before it or at the end, ``fillers`` apart; not if one of ``degrees``
    comes between ("not *badly* hurt"), nor if a phrase of ``exceptions`` follows ("nobody is hurt
    *except* my son").  ``joints`` begin another clause, and one that ends in a
    word of ``contrary`` takes back what the clause before it denied ("but she *is*").
    """

    hurt: frozenset[str]
    danger: frozenset[str]
    calls: frozenset[str]
    nobody: frozenset[str]
    negations: frozenset[str]
    degrees: frozenset[str]
    fillers: frozenset[str]
    joints: frozenset[str]
    contrary: frozenset[str]
    exceptions: frozenset[str]

    def __or__(self, other: "Alarm") -> "Alarm":
        """Return the words of both: people mix languages."""
        names = (field.name for field in fields(self))
        return Alarm(**{name: getattr(self, name) | getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language, whole.

    ``replies`` are templates by reply key, ``labels`` what buttons say (at most 20 characters),
    ``heard`` the phrases that mean a choice, ``mentions`` the words that mean it inside a short
    sentence.  ``stranded`` are phrases that say that the car cannot be driven, ``common`` words
    that tell the language from the others.
    """

    code: str
    names: tuple[str, ...]
    replies: Mapping[str, str]
    labels: Mapping[Choice, str]
    heard: Mapping[Choice, tuple[str, ...]]
    mentions: Mapping[Choice, tuple[str, ...]]
    alarm: Alarm
    stranded: tuple[str, ...]
    common: frozenset[str]
    ordinals: tuple[str, ...]
    flaws: Mapping[Flaw, str]
    conjunction: str
    time: str
    months: tuple[str, ...]


def languages() -> Mapping[str, Language]:
    """Return every language by its code, in the order in which they are tried."""
    from claimbot.words.en import ENGLISH
    from claimbot.words.nl import DUTCH

    return {language.code: language for language in (DUTCH, ENGLISH)}
