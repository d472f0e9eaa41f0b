r"""Policy numbers that are known by their looks: ``pattern:\d{9}?check=luhn``."""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import cycle, islice

from stdnum import luhn

from claimbot.claim import PolicyNumber, Standing
from claimbot.errors import BadConfiguration
from claimbot.policy_number import find_policy_numbers

ADVICE = r"write for example CLAIMBOT_POLICIES=pattern:\d{9}"
CHARACTERS = "1234567890ABCDEFGHJKLMNPRSTVWXYZ"  # for a made-up number

_OPTIONS = re.compile(r"\?([a-z]+=[^?&]*(?:&[a-z]+=[^?&]*)*)\Z")
_MODULE = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*")
_PART = re.compile(
    r"(?P<what>\\d|\[[^]\\]+]|[A-Z0-9])"
    r"(?:\{(?P<least>[0-9]{1,2})(?:,[0-9]*)?\}|\+|(?P<may_lack>[?*]))?"
)

Check = Callable[[str], bool]


class PatternPolicies:
    """A policy directory without a list: a number that fits the pattern and its check is known."""

    def __init__(self, pattern: re.Pattern[str], example: str, check: Check) -> None:
        """Remember what makes a number one of ours."""
        self.pattern = pattern
        self.example = example
        self._check = check

    async def look_up(self, number: str) -> PolicyNumber:
        """Say whether a number fits; there is nothing that can be down."""
        known = self.pattern.fullmatch(number) and self._check(number)
        return PolicyNumber(number=number, standing=Standing.KNOWN if known else Standing.UNKNOWN)

    def check(self) -> None:
        """Return at once: what was opened can be asked."""


def open_pattern(url: str) -> PatternPolicies:
    r"""Open ``pattern:REGEX[?check=NAME][&example=NUMBER]``.

    The expression matches a whole number in upper case without separators.  Checks are ``luhn``,
    ``11-proof`` (``elfproef``) and the modules of python-stdnum, such as ``iso7064.mod_97_10``.
    An example is made up for expressions as simple as ``[A-Z]{2}\d{6}``.

    Raises:
        BadConfiguration: The expression, the check or the example cannot be used.
    """
    regex = url.partition(":")[2]
    options: dict[str, str] = {}
    if query := _OPTIONS.search(regex):
        regex = regex[: query.start()]
        options = dict(option.split("=", 1) for option in query[1].split("&"))
    if unknown := sorted(options.keys() - {"check", "example"}):
        raise BadConfiguration(f"no option '{unknown[0]}' in {url}; there are check and example")
    try:
        pattern = re.compile(regex, re.ASCII)
    except (re.error, OverflowError) as error:
        raise BadConfiguration(f"cannot read the pattern {regex}: {error}; {ADVICE}") from None
    if pattern.fullmatch(""):
        raise BadConfiguration(f"the pattern '{regex}' also fits an empty text; {ADVICE}")
    check = _open_check(options.get("check"))
    example = options.get("example") or _nobodys(regex, check)
    if find_policy_numbers(example, pattern).numbers != (example,):
        raise BadConfiguration(
            f"no example for the pattern {regex}; it takes upper case without separators; "
            r"write one that fits, as in pattern:\d{9}?example=123456789"
        )
    return PatternPolicies(pattern, example, check)


def _nobodys(regex: str, check: Check) -> str:
    """Return a made-up number, one that fails the check if there is one."""
    made_up = [_made_up(regex, start) for start in range(5)]
    return next((number for number in made_up if not check(number)), made_up[0])


def _made_up(regex: str, start: int) -> str:
    """Return characters that fit the first alternative, or "" when that is not a plain row."""
    row, made_up, end = regex.partition("|")[0].removeprefix("^").removesuffix("$"), "", 0
    sources: dict[str, Iterator[str]] = {}
    while part := _PART.match(row, end):
        what = part["what"]
        if what not in sources:
            sources[what] = islice(cycle(filter(re.compile(what).match, CHARACTERS)), start, None)
        times = 0 if part["may_lack"] else int(part["least"] or 1)
        made_up += "".join(islice(sources[what], times))
        end = part.end()
    return made_up if end == len(row) else ""


def _open_check(name: str | None) -> Check:
    if name is None:
        return bool
    if name in {"11-proof", "elfproef"}:
        return is_eleven_proof
    if name == "luhn":
        return luhn.is_valid
    try:
        module = import_module(f"stdnum.{name}") if _MODULE.fullmatch(name) else None
    except ImportError:
        module = None
    check: Check | None = getattr(module, "is_valid", None)
    if check is None:
        raise BadConfiguration(
            f"no check '{name}'; write luhn, 11-proof or a python-stdnum module "
            f"such as check=iso7064.mod_97_10"
        )
    return check


def is_eleven_proof(number: str) -> bool:
    """Tell whether the digits, weighed ..., 3, 2, 1, add up to a multiple of eleven.

    Source: the "elfproef" of Dutch bank account numbers.
    """
    if not number.isdecimal():
        return False
    return sum(weight * int(digit) for weight, digit in enumerate(reversed(number), 1)) % 11 == 0
