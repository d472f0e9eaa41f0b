"""The claim reference: the one name of a claim, short enough to read out over the phone.

``CB-7K3M-Q2XK`` is the prefix, seven characters of chance (35 bits) and one check character, in
Crockford's base 32: no I, L, O or U, so nothing is mistaken for a 1 or a 0.

Source: https://www.crockford.com/base32.html.  Its check is the number modulo 37, which catches
every wrong character and every two neighbours swapped.  Five of its 37 check symbols
(``* ~ $ = U``) cannot be typed everywhere, so numbers that need one of them are not used.
"""

import re
import unicodedata
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBERS = 32**7
MODULUS = 37

_HEARD = str.maketrans("OIL", "011")
_GAPS = re.compile(r"[\W_]+")
_WRITTEN = re.compile(rf"CB([{ALPHABET}]{{7}})([{ALPHABET}])")


def make_reference(draw: Callable[[int], int]) -> str:
    """Return a new claim reference.

    Args:
        draw: ``draw(n)`` returns a number from 0 up to but not including n by chance, as
            ``secrets.randbelow`` does.  It is asked again, one time in seven, when the number
            has no ordinary check character.
    """
    while (number := draw(NUMBERS)) % MODULUS >= len(ALPHABET):
        pass
    data = "".join(ALPHABET[number >> shift & 31] for shift in range(30, -1, -5))
    return f"CB-{data[:4]}-{data[4:]}{ALPHABET[number % MODULUS]}"


def parse_reference(text: str) -> str | None:
    """Return the reference that someone typed as it is written, or ``None`` if it is not one.

    Case, spaces and hyphens do not matter; O counts as 0, I and L as 1.
    """
    typed = _GAPS.sub("", unicodedata.normalize("NFKC", text)).upper()
    written = _WRITTEN.fullmatch(typed.translate(_HEARD))
    if written is None:
        return None
    data, check = written.groups()
    number = 0
    for character in data:
        number = number * 32 + ALPHABET.index(character)
    if number % MODULUS != ALPHABET.index(check):
        return None
    return f"CB-{data[:4]}-{data[4:]}{check}"
