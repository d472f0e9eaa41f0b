"""Policy numbers from a CSV file: ``csv:policies.csv?column=polisnummer&since=ingangsdatum``.

The file may be replaced while the bot serves: it is read again when it changed.
"""

import asyncio
import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from itertools import groupby, product
from pathlib import Path
from string import ascii_uppercase, digits
from threading import Lock

import structlog

from claimbot.claim import PolicyNumber, Standing
from claimbot.errors import BadConfiguration
from claimbot.policy_number import squeeze

MOST_SHAPES = 30  # beyond, letters and digits are mixed at random and only the length counts

_OPTIONS = re.compile(r"\?((?:column|since)=[^?&]*(?:&(?:column|since)=[^?&]*)*)\Z")
_NUMBER = re.compile(r"(?=[A-Z]*[0-9])[A-Z0-9]+")
_DAY = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ].*)?|(\d\d?)[-/.](\d\d?)[-/.](\d{4})(?: .*)?", re.ASCII
)
_SHAPE = str.maketrans(digits + ascii_uppercase, "9" * len(digits) + "A" * len(ascii_uppercase))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policies:
    """What one reading of the file found."""

    version: tuple[int, int, int]  # of the file: when it changed, bytes, inode
    numbers: Mapping[str, date | None]  # and since when each is in force
    pattern: re.Pattern[str]
    example: str


class CsvPolicies:
    """A policy directory in a CSV file."""

    def __init__(self, path: Path, column: str | None, since: str | None) -> None:
        """Read the file.

        Raises:
            BadConfiguration: It cannot be read, or has no policy numbers.
        """
        self._path = path
        self._column = column
        self._since = since
        self._lock = Lock()
        self._policies = _read(path, column, since)

    @property
    def pattern(self) -> re.Pattern[str]:
        """The shapes of the numbers, as of the last time the file could be read."""
        return self._latest().pattern

    @property
    def example(self) -> str:
        """A number of the most common shape that is not in the file."""
        return self._latest().example

    async def look_up(self, number: str) -> PolicyNumber:
        """Say whether a number is in the file as it is now."""
        try:
            policies = await asyncio.to_thread(self._refresh)
        except BadConfiguration as error:
            log.warning("policies cannot be read", reason=str(error))
            return PolicyNumber(number=number, standing=Standing.UNVERIFIED)
        standing = Standing.KNOWN if number in policies.numbers else Standing.UNKNOWN
        since = policies.numbers.get(number)
        return PolicyNumber(number=number, standing=standing, since=since)

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
                self._policies = _read(self._path, self._column, self._since)
            return self._policies


def open_csv(url: str) -> CsvPolicies:
    """Open ``csv:PATH[?column=NAME][&since=NAME]``.

    The numbers are those of the first column, or of the named one; ``since`` names the column with
    the day from which each policy is in force, as ``2026-03-31`` or ``31-3-2026``.  Comma,
    semicolon or tab; UTF-8 or Windows-1252, as Excel writes them.  Cells without a digit, such as
    a heading, are passed over.

    Raises:
        BadConfiguration: The file cannot be read, or has no policy numbers.
    """
    path, options = url.partition(":")[2], dict[str, str]()
    if query := _OPTIONS.search(path):
        path = path[: query.start()]
        options = dict(option.split("=", 1) for option in query[1].split("&"))
    return CsvPolicies(Path(path), options.get("column") or None, options.get("since") or None)


def _version(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise _unusable(path, error.strerror) from None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path, column: str | None, since: str | None) -> _Policies:
    version = _version(path)  # before reading, so that a change meanwhile is noticed
    try:
        numbers = _earliest(_numbers(path, column, since))
    except OSError as error:
        raise _unusable(path, error.strerror) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unusable(path, f"not a text with comma-separated values ({error})") from None
    if not numbers:
        raise _unusable(path, "no policy numbers in it")
    if since is not None and not any(numbers.values()):
        raise _unusable(path, f"no day such as 2026-03-31 in its column '{since}'")
    shapes = Counter(number.translate(_SHAPE) for number in numbers)
    common = [shape for shape, _ in shapes.most_common()]
    example = next((number for shape in common for number in _free(shape, numbers)), None)
    if example is None:
        raise _unusable(path, "every number of its shapes is taken, none is left as an example")
    log.info("policies read", numbers=len(numbers), shapes=len(shapes))
    return _Policies(version=version, numbers=numbers, pattern=_pattern(common), example=example)


def _numbers(
    path: Path, column: str | None, since: str | None
) -> Iterator[tuple[str, date | None]]:
    text = _text(path.read_bytes())
    heading = text.partition("\n")[0]
    separator = max(",;\t", key=heading.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=separator)
    names: list[str] = []
    if column is not None or since is not None:
        names = [name.strip().casefold() for name in next(rows, [])]
    place = 0 if column is None else _place(path, column, names)
    start = None if since is None else _place(path, since, names)
    for row in rows:
        if len(row) > place:
            cell = row[place]
            plain = cell.isascii() and cell.isalnum()  # nearly all are, and squeezing takes time
            number = cell.upper() if plain else squeeze(cell)
            if _NUMBER.fullmatch(number):
                told = row[start] if start is not None and len(row) > start else ""
                yield number, _day(told)


def _earliest(rows: Iterator[tuple[str, date | None]]) -> dict[str, date | None]:
    """Return each number with its first day: a policy that was renewed is in force since then."""
    numbers: dict[str, date | None] = {}
    for number, day in rows:
        before = numbers.get(number)
        numbers[number] = min(filter(None, (before, day)), default=None)
    return numbers


def _place(path: Path, column: str, names: list[str]) -> int:
    if column.casefold() not in names:
        raise _unusable(path, f"no column '{column}' in its first line")
    return names.index(column.casefold())


def _day(text: str) -> date | None:
    """Return the day that a cell such as ``2026-03-31`` or ``31-3-2026`` names, if it does."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _free(shape: str, numbers: Collection[str]) -> Iterator[str]:
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
