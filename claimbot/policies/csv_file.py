"""Policy numbers from a CSV file: ``csv:policies.csv?column=polisnummer``.

The file may be replaced while the bot serves: it is read again when it changed.
"""

import asyncio
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import groupby, product
from pathlib import Path
from string import ascii_uppercase, digits
from threading import Lock

import structlog

from claimbot.claim import Standing
from claimbot.errors import BadConfiguration
from claimbot.policy_number import squeeze

MOST_SHAPES = 30  # beyond, letters and digits are mixed at random and only the length counts

_NUMBER = re.compile(r"(?=[A-Z]*[0-9])[A-Z0-9]+")
_SHAPE = str.maketrans(digits + ascii_uppercase, "9" * len(digits) + "A" * len(ascii_uppercase))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policies:
    """What one reading of the file found."""

    version: tuple[int, int, int]  # of the file: when it changed, bytes, inode
    numbers: frozenset[str]
    pattern: re.Pattern[str]
    example: str


class CsvPolicies:
    """A policy directory in a CSV file."""

    def __init__(self, path: Path, column: str | None) -> None:
        """Read the file.

        Raises:
            BadConfiguration: It cannot be read, or has no policy numbers.
        """
        self._path = path
        self._column = column
        self._lock = Lock()
        self._policies = _read(path, column)

    @property
    def pattern(self) -> re.Pattern[str]:
        """The shapes of the numbers, as of the last time the file could be read."""
        return self._latest().pattern

    @property
    def example(self) -> str:
        """A number of the most common shape that is not in the file."""
        return self._latest().example

    async def look_up(self, number: str) -> Standing:
        """Say whether a number is in the file as it is now."""
        try:
            policies = await asyncio.to_thread(self._refresh)
        except BadConfiguration as error:
            log.warning("policies cannot be read", reason=str(error))
            return Standing.UNVERIFIED
        return Standing.KNOWN if number in policies.numbers else Standing.UNKNOWN

    def check(self) -> None:
        """Return when the file can be read.

        Raises:
            BadConfiguration: It cannot; the message says why.
        """
        self._refresh()

    def _latest(self) -> _Policies:
        try:
            return self._refresh()
        except BadConfiguration:
            return self._policies

    def _refresh(self) -> _Policies:
        with self._lock:
            if _version(self._path) != self._policies.version:
                self._policies = _read(self._path, self._column)
            return self._policies


def open_csv(url: str) -> CsvPolicies:
    """Open ``csv:PATH[?column=NAME]``: the numbers of the first column, or of the named one.

    Comma, semicolon or tab; UTF-8 or Windows-1252, as Excel writes them.  Cells without a digit,
    such as a heading, are passed over.

    Raises:
        BadConfiguration: The file cannot be read, or has no policy numbers.
    """
    path, _, column = url.partition(":")[2].partition("?column=")
    return CsvPolicies(Path(path), column or None)


def _version(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise _unusable(path, error.strerror) from None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path, column: str | None) -> _Policies:
    version = _version(path)  # before reading, so that a change meanwhile is noticed
    try:
        numbers = frozenset(_numbers(path, column))
    except OSError as error:
        raise _unusable(path, error.strerror) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unusable(path, f"not a text with comma-separated values ({error})") from None
    if not numbers:
        raise _unusable(path, "no policy numbers in it")
    shapes = Counter(number.translate(_SHAPE) for number in numbers)
    common = [shape for shape, _ in shapes.most_common()]
    example = next((number for shape in common for number in _free(shape, numbers)), None)
    if example is None:
        raise _unusable(path, "every number of its shapes is taken, none is left as an example")
    log.info("policies read", numbers=len(numbers), shapes=len(shapes))
    return _Policies(version=version, numbers=numbers, pattern=_pattern(common), example=example)


def _numbers(path: Path, column: str | None) -> Iterator[str]:
    text = _text(path.read_bytes())
    heading = text.partition("\n")[0]
    separator = max(",;\t", key=heading.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=separator)
    place = 0
    if column is not None:
        names = [name.strip().casefold() for name in next(rows, [])]
        if column.casefold() not in names:
            raise _unusable(path, f"no column '{column}' in its first line")
        place = names.index(column.casefold())
    for row in rows:
        if len(row) > place:
            cell = row[place]
            plain = cell.isascii() and cell.isalnum()  # nearly all are, and squeezing takes time
            number = cell.upper() if plain else squeeze(cell)
            if _NUMBER.fullmatch(number):
                yield number


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _free(shape: str, numbers: frozenset[str]) -> Iterator[str]:
    """Yield the numbers of a shape that are not taken, 123456789 first."""
    symbols = []
    for place, kind in enumerate(shape):
        alphabet = "1234567890" if kind == "9" else ascii_uppercase
        turned = place % len(alphabet)
        symbols.append(alphabet[turned:] + alphabet[:turned])
    return (number for number in map("".join, product(*symbols)) if number not in numbers)


def _pattern(shapes: list[str]) -> re.Pattern[str]:
    if len(shapes) > MOST_SHAPES:
        lengths = sorted(map(len, shapes))
        return re.compile(rf"(?=[A-Z]*[0-9])[A-Z0-9]{{{lengths[0]},{lengths[-1]}}}")
    classes = {"9": "[0-9]", "A": "[A-Z]"}
    return re.compile(
        "|".join(
            "".join(f"{classes[kind]}{{{len(list(run))}}}" for kind, run in groupby(shape))
            for shape in shapes
        )
    )


def _unusable(path: Path, reason: str | None) -> BadConfiguration:
    return BadConfiguration(f"policies {path}: {reason}; write CLAIMBOT_POLICIES=csv:PATH")
