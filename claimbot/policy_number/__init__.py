"""Find the policy number in what someone wrote.

A text is a row of atoms: runs of letters and runs of digits.  Neighbouring atoms that together
match the insurer's pattern are a policy number, unless they are a part of a longer number or of
something else that has digits (`lookalikes`).

Every expression here repeats a bounded number of times, so that no text takes long.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from claimbot.policy_number.lookalikes import CERTAIN, COMMON_WORDS, LIKELY

TEXT_READ = 4000  # characters of a message; Telegram and WhatsApp send 4096 at most
MOST_ATOMS = 18  # of a policy number; "1 2 3 4 5 6 7 8 9" has nine
SUFFIX = 3  # digits that an insurer adds at most, as in 123456789/01

_AROUND = """
POLIS POLISNUMMER POLISNR POLICY POLICYNUMBER NUMMER NR NL NUMBER NUM NO MIJN MN MY IS WAS HET DIT
DAT DE IT THIS THAT THE HIER HERE VAN EN AND AUTO VERZEKERING AUTOVERZEKERING INSURANCE JA NEE YES
OK OKE SORRY HI HEY HELLO HALLO HOI DAG GOEDEMORGEN GOEDEMIDDAG GOEDENAVOND GOEDENDAG GOOD MORNING
AFTERNOON EVENING SVP PLEASE DANK BEDANKT THANKS THANK YOU
"""
FILLER = frozenset(_AROUND.split())
"""What is said around a policy number that is the whole answer, or is glued to it."""

_NEVER_LETTERS = (FILLER | COMMON_WORDS) - {"NL"}
_ATOM = re.compile(r"[A-Z]+|[0-9]+")
_WORD = re.compile(r"[^\W_]+")
_JOINT = re.compile(r"[ ./_-]{0,3}")
_SEPARATORS = re.compile(r"[\s./_-]+")
_ELIDED = re.compile(r"['\u2019][ST]\b")  # it's, 't
_GREEN_CARD = re.compile(r"NL[0-9]{3}(.+)")  # country, insurer's code, policy number
_ATTEMPT = re.compile(r"[0-9](?:(?:[ ./_-]{0,3}|,)[0-9]){3}")
_NAMED = re.compile(
    r"\bPOLI(?:S|CY) ?(?:(?:NUMMER|NUMBER|NR|NO)\b)?(?:[ .:#=]{0,3}\b(?:IS|WAS)\b)?[ .:#=-]{0,3}$"
)
_NAMED_REACH = 40  # characters that `_NAMED` looks back
_WORDS_REACH = 80  # characters of filler around a number that is all of the message
_HYPHENS = {ord(dash): "-" for dash in "\u2010\u2012\u2013\u2014\u2015\u2212"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a message has of policy numbers.

    ``numbers`` are in upper case without separators, in order, each once.  ``alone``: the message
    is nothing but one of them, so it needs no confirmation.  ``attempt``: there is none, but the
    message has digits that look like a try at one.
    """

    numbers: tuple[str, ...] = ()
    alone: bool = False
    attempt: bool = False


def squeeze(text: str) -> str:
    """Return a policy number as it is compared: upper case, ASCII digits, no separators."""
    return _SEPARATORS.sub("", _plain(text))


def find_policy_numbers(text: str, pattern: re.Pattern[str]) -> Found:
    """Return the policy numbers in a message.

    What looks like something else, such as a telephone number, counts all the same when it is
    all of the message, or is said to be the policy number.  Letters that are also a common word
    ("no", "is") count as part of a number only where they stand against its digits.

    Args:
        text: As it was written; the first `TEXT_READ` characters are read.
        pattern: Matches a whole policy number in upper case without separators.
    """
    message = _Message(_plain(text), pattern)
    windows = tuple(message.windows())
    if windows:
        numbers = tuple(dict.fromkeys(window.number for window in windows))
        alone = len(numbers) == 1 and FILLER.issuperset(message.words_around(*windows))
        return Found(numbers=numbers, alone=alone)
    rest = LIKELY.sub("\n", CERTAIN.sub("\n", message.text))
    return Found(attempt=_ATTEMPT.search(rest) is not None)


def _plain(text: str) -> str:
    """Return a text in capitals, with one kind of digit, space and hyphen; nothing invisible."""
    kept = []
    composed = unicodedata.normalize("NFKC", text[: TEXT_READ + 1])
    if len(composed) > TEXT_READ:  # the last word may be cut in two
        composed = " ".join(composed[:TEXT_READ].rsplit(maxsplit=1)[:-1])
    for character in composed.translate(_HYPHENS):
        kind = unicodedata.category(character)
        if kind == "Nd":
            kept.append(str(unicodedata.decimal(character)))
        elif kind == "Zs" or character == "\t":
            kept.append(" ")
        elif kind[0] != "M" and kind != "Cf":  # keycap emoji, direction marks, soft hyphens
            kept.append(character)
    return _ELIDED.sub("", "".join(kept).upper())


class _Cut(Enum):
    """What a number that starts or ends between two atoms would be."""

    CLEAN = auto()
    IN_DIGITS = auto()  # whole if it is in one piece, else maybe a few groups of a longer one
    BROKEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """A stretch of text that reads as a policy number."""

    first: int  # atom
    last: int
    number: str


class _Message:
    """A plain text, its atoms, and where there are lookalikes.

    ``_joined[i]`` tells whether atoms i - 1 and i can belong to one number, ``_cuts[i]`` what it
    means to part them.
    """

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self.text = text
        self._pattern = pattern
        self._atoms = [(*atom.span(), atom[0]) for atom in _ATOM.finditer(text)]
        self._certain = _spans(CERTAIN, text)
        self._likely = _spans(LIKELY, text)
        self._joined = [False] * (len(self._atoms) + 1)
        self._cuts = [_Cut.CLEAN] * (len(self._atoms) + 1)
        for place, ((_, end, left), (start, _, right)) in enumerate(pairwise(self._atoms), 1):
            gap = text[end:start]
            if _JOINT.fullmatch(gap):
                words = not _NEVER_LETTERS.isdisjoint((left, right))
                self._joined[place] = not (gap and words)
                if not (self._certain[end - 1] or self._certain[start]):
                    self._cuts[place] = _cut(left, gap, right)

    def windows(self) -> Iterator[_Window]:
        """Yield the longest policy number at each place, from left to right."""
        place = 0
        while place < len(self._atoms):
            window = self._longest(place)
            if window is not None:
                yield window
                place = window.last
            place += 1

    def words_around(self, *windows: _Window) -> list[str]:
        """Return the words outside the windows."""
        kept, start = [], 0
        for window in windows:
            kept.append(self.text[start : self._atoms[window.first][0]])
            start = self._atoms[window.last][1]
        return _WORD.findall(" ".join([*kept, self.text[start:]]))

    def _longest(self, first: int) -> _Window | None:
        found, squeezed, grouped = None, "", False
        if self._cuts[first] is _Cut.BROKEN:
            return None
        for last in range(first, min(first + MOST_ATOMS, len(self._atoms))):
            atom = self._atoms[last][2]
            if last > first:
                if not self._joined[last]:
                    break
                grouped = grouped or (atom.isdigit() and squeezed[-1].isdigit())
                if grouped and self._cuts[first] is _Cut.IN_DIGITS:
                    break
            squeezed += atom
            cut = self._cuts[last + 1]
            if cut is _Cut.CLEAN or (cut is _Cut.IN_DIGITS and not grouped):
                number = self._read(squeezed)
                if number is not None:
                    window = _Window(first=first, last=last, number=number)
                    found = window if self._is_meant(window) else found
        return found

    def _read(self, squeezed: str) -> str | None:
        if self._pattern.fullmatch(squeezed):
            return squeezed
        card = _GREEN_CARD.fullmatch(squeezed)
        return card[1] if card and self._pattern.fullmatch(card[1]) else None

    def _is_meant(self, window: _Window) -> bool:
        """Tell whether a window is no lookalike, or is meant as the policy number all the same."""
        start, end = self._atoms[window.first][0], self._atoms[window.last][1]
        looks_else = any(self._certain[start:end]) or any(
            span and not (start <= span[0] and span[1] <= end and span != (start, end))
            for span in self._likely[start:end]
        )
        if not looks_else or _NAMED.search(self.text[max(0, start - _NAMED_REACH) : start]):
            return True
        if len(self.text) - (end - start) > _WORDS_REACH:
            return False
        around = self.words_around(window)
        named = any(word.startswith("POLI") for word in around)
        return not around or (named and FILLER.issuperset(around))


def _spans(lookalikes: re.Pattern[str], text: str) -> list[tuple[int, int] | None]:
    """Return the span of the lookalike that each character is part of."""
    spans: list[tuple[int, int] | None] = [None] * len(text)
    for match in lookalikes.finditer(text):
        spans[match.start() : match.end()] = [match.span()] * len(match[0])
    return spans


def _cut(left: str, gap: str, right: str) -> _Cut:
    if not gap:
        return _Cut.BROKEN if FILLER.isdisjoint((left, right)) else _Cut.CLEAN
    if not (left.isdigit() and right.isdigit()):
        return _Cut.CLEAN
    suffix = min(len(left), len(right)) <= SUFFIX
    return _Cut.IN_DIGITS if suffix or " " in gap else _Cut.BROKEN
