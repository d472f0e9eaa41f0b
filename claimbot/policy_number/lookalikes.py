"""What has digits and is no policy number: telephone numbers, dates, amounts, licence plates.

For texts in capitals with ASCII digits, plain spaces and hyphens.  Everything here repeats a
bounded number of times, so that no text takes long.
"""

import re

_WORDS = """
AAN ALS AM AN AND AS AT BIJ BY CA CM DAG DAT DE DIT DUS EEN EN ER EUR FOR FROM HET HEY HI HIER HIJ
HOI IK IN IS IT JA JE KG KM MAAR ME MET MIJ MIJN MM MN MY NA NO NR NUM OF OK OKE OM ON OP OR PK PM
SO SVP TE THAT THE THIS TO TOT U UIT UUR UW VAN VOOR WAS WE WITH YES YOU ZE ZIJ
"""
_PLATES = """
XX-99-99 99-99-XX 99-XX-99 XX-99-XX XX-XX-99 99-XX-XX 99-XXX-9 9-XXX-99 XX-999-X X-999-XX XXX-99-X
X-99-XXX 9-XX-999 999-XX-9
"""

COMMON_WORDS = frozenset(_WORDS.split())
"""Short words that are hardly ever the letters of a number when a gap parts them from it."""

DUTCH_PLATES = tuple(_PLATES.split())
"""The shapes of Dutch licence plates, sidecodes 1 to 14."""

_GAP = r"[ ().\-/]{0,3}"
_FREE, _END = r"(?<![A-Z0-9])(?<![0-9][-./])", r"(?![A-Z0-9]|[-./][0-9])"
_DAY, _MONTH, _YEAR = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])", "(?:19|20)[0-9]{2}"
_MONTHS = "(?:JAN|FEB|MRT|MAART|MAR|APR|MEI|MAY|JUN|JUL|AUG|SEP|OKT|OCT|NOV|DEC)[A-Z]{0,6}"
_AMOUNT = r"[0-9]{1,9}(?:[.,][0-9]{1,3}){0,4}(?:,-)?"
_OTHER_NUMBERS = (
    "(?:TELEFOON|MOBIEL|BSN|KLANT|RELATIE|SCHADE|CLAIM|DOSSIER|ZAAK|CHASSIS|RIJBEWIJS|REKENING"
    "|FACTUUR|PHONE|MOBILE|CUSTOMER|ACCOUNT|LICENCE|INVOICE)[ -]?(?:NUMMER|NUMBER|NR|NO)"
    "|TEL|TELEFOON|PHONE|MOBIEL|MOBILE|MOB|GSM|WHATSAPP|BEL|CALL|BSN|KVK|VIN"
)
_INTRODUCED = r"(?:[ .:#=]{1,3}(?:NUMMER|NUMBER|NR|NO|IS|ME|MIJ|OP|ON)\b){0,3}[ .:#=]{1,3}"


def _plate(groups: str) -> str:
    """Return the expression of a licence plate such as ``XX-99-99``, also without its hyphens."""
    no_word = rf"(?!(?:{'|'.join(sorted(COMMON_WORDS))})\b)"
    return "[ -]?".join(
        f"{no_word}[A-Z]{{{len(group)}}}" if group[0] == "X" else f"[0-9]{{{len(group)}}}"
        for group in groups.split("-")
    )


CERTAIN = re.compile(
    "|".join(
        [
            r"(?:HTTPS?://|\bWWW\.)\S+",
            r"[\w.+-]{1,64}@[\w.-]+",
            r"\bCB[ -]?[0-9A-Z]{4}[ -]?[0-9A-Z]{4}\b",  # a claim reference
            rf"\bNL[0-9]{{2}}{_GAP}[A-Z]{{4}}(?:{_GAP}[0-9]){{10}}\b",  # IBANs
            rf"\bBE[0-9]{{2}}(?:{_GAP}[0-9]){{12}}\b",
            rf"\bDE[0-9]{{2}}(?:{_GAP}[0-9]){{18}}\b",
            rf"\b(?:{_OTHER_NUMBERS}){_INTRODUCED}\+?[0-9](?:{_GAP}[0-9]){{3,14}}(?![0-9])",
            # Telephone numbers: Dutch with a country code, any with one, any without.
            rf"(?:\+|\b00){_GAP}31{_GAP}0?(?:{_GAP}[0-9]){{9}}(?![0-9])",
            rf"\+{_GAP}[1-9](?:{_GAP}[0-9]){{7,13}}(?![0-9])",
            rf"\b00{_GAP}[1-9](?:{_GAP}[0-9]){{9,13}}(?![0-9])",
            rf"{_FREE}0[1-9](?:{_GAP}[0-9]){{8}}[0-9]{{0,2}}(?![0-9])",
            rf"{_FREE}0[89]00[ -]?[0-9]{{4,7}}\b",
            # Dates and amounts.
            rf"{_FREE}{_DAY}[-/.]{_MONTH}[-/.](?:{_YEAR}|[0-9]{{2}}){_END}",
            rf"{_FREE}{_DAY} {_MONTH} {_YEAR}{_END}",
            rf"{_FREE}{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}{_END}",
            rf"{_FREE}{_DAY} {_MONTHS}\.?(?: {_YEAR}\b)?",
            rf"(?:€|\bEURO?) ?{_AMOUNT}",
            rf"{_FREE}{_AMOUNT} ?(?:€|(?:EUR|EUROS?|KM|KILOMETER|CM|MM|METER|KG|PK|HP)\b)",
            r"\b[0-9]{1,9}(?:\.[0-9]{3}){0,3},(?:[0-9]{2}\b|-)",
        ]
    )
)
"""Something else for sure: a policy number has no character in common with it."""

LIKELY = re.compile(
    f"{_FREE}(?:"
    + "|".join(
        [
            *map(_plate, DUTCH_PLATES),
            r"[1-9]-?[A-Z]{3}-?[0-9]{3}|[A-Z]{3}-[0-9]{3}",  # Belgian plates
            r"[A-Z]{1,3}-[A-Z]{1,2}[ -]?[0-9]{1,4}[EH]?",  # German plates
            _plate("9999-XX"),  # a postcode
            "[0-9]{1,2}[.:][0-9]{2}(?::[0-9]{2})?",  # a time
            "[0-9]{1,2}[.:]?[0-9]{2} ?(?:UUR|U|H|AM|PM)",
            f"{_DAY}[-/]{_MONTH}|{_YEAR}",
            "112|911|999",
        ]
    )
    + f"){_END}"
)
"""Something else by its shape, unless it is a part of a policy number: 1234 AB 5678."""
