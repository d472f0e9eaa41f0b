"""Find Dutch licence plates in what was read from a picture.

Foreign plates are welcome, and not found: most countries' have no shape that tells them from
other text.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import product

from claimbot.policy_number.lookalikes import DUTCH_PLATES

# Of six characters; what is further from a plate is one by chance.
MOST_MISREAD = 2
MOST_MISREAD_BARE = 1  # without hyphens more words look like one

_ALIKE = ("0D", "0O", "0Q", "1I", "1L", "2Z", "5S", "6G", "8B")
_LOOKALIKES = {
    character: [pair.replace(character, "") for pair in _ALIKE if character in pair]
    for character in "".join(_ALIKE)
}

# RDW: from sidecode 4 on no vowels, and neither C nor Q nor Y; M is for motorcycles and W for
# trailers.  O is only the first letter, of semi-trailers.
_LETTERS = "BDFGHJKLMNPRSTVWXZ"
_EARLY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_EARLY = DUTCH_PLATES[:3]
_DIGITS = "0123456789"

# Without hyphens, 1234 AB is a postcode, and AB 1234 nearly always something else.
_BARE = DUTCH_PLATES[2:]
_MONTH = "MRT"  # of 1-MRT-26; the others have vowels

_CANDIDATES = re.compile(
    r"(?<![^\W_])(?<!-)(?:NL[ .-])?(?:NL)??(?:"  # NLB-00-B is a plate, too
    r"([A-Za-z0-9]{1,3})-([A-Za-z0-9]{1,3})-([A-Za-z0-9]{1,3})"
    r"|([A-Z0-9]{1,3})[ .]([A-Z0-9]{1,3})[ .]([A-Z0-9]{1,3})"
    r"|([A-Z0-9]{6})"
    r")(?![^\W_]|-)"
)
_HYPHENS = {ord(dash): "-" for dash in "\u00b7\u2010\u2012\u2013\u2014\u2015\u2022\u2212"}


def find_plates(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the plates in lines of text, such as ``AB-123-C``, in order and each once.

    With hyphens, dots or spaces where the plate has its hyphens, or with none at all.  A letter
    that looks like a digit, or the other way round, is taken for what the sidecode has in its
    place, if only one plate comes of that.
    """
    return tuple(dict.fromkeys(plate for line in lines for plate in _in_line(line)))


def _in_line(line: str) -> Iterator[str]:
    for found in _CANDIDATES.finditer(line.translate(_HYPHENS)):
        groups = [group.upper() for group in found.groups() if group]
        plate = _plate(groups)
        if plate is not None and _MONTH not in groups:
            yield plate


def _plate(groups: list[str]) -> str | None:
    """Return the one plate that these groups, or six characters in one, can be read as."""
    if len(groups) == 1:
        shapes, most_misread = _BARE, MOST_MISREAD_BARE
    else:
        lengths = [len(group) for group in groups]
        shapes = tuple(s for s in DUTCH_PLATES if [len(part) for part in s.split("-")] == lengths)
        most_misread = MOST_MISREAD
    read = "".join(groups)
    for most in (0, most_misread):  # what is a plate as it stands was not misread
        plates = {plate for shape in shapes for plate in _readings(read, shape, most)}
        if plates:
            return plates.pop() if len(plates) == 1 else None
    return None


def _readings(read: str, shape: str, most_misread: int) -> Iterator[str]:
    """Yield the plates of this shape that six characters can be read as."""
    letters = _EARLY_LETTERS if shape in _EARLY else _LETTERS
    choices: list[list[str]] = []
    misread = 0
    for place, (character, kind) in enumerate(zip(read, shape.replace("-", ""), strict=True)):
        wanted = _DIGITS if kind == "9" else letters + ("O" if place == 0 else "")
        right = character in wanted
        misread += not right
        alike = [other for other in _LOOKALIKES.get(character, ()) if other in wanted]
        choices.append([character] if right else alike)
    if misread <= most_misread:
        for characters in product(*choices):
            rest = iter(characters)
            yield "".join(mark if mark == "-" else next(rest) for mark in shape)
