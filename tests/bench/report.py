"""What a bench found, beside what it found the last time."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.photos import Result
from tests.marked import table


def takes_json(parser: ArgumentParser) -> None:
    """Let a bench be told where it keeps what it found."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="compare with it and keep there")


def report(found: Sequence[Result], file: Path | None) -> None:
    """Print the table and, where there is a file, keep the numbers in it for the next time."""
    last = json.loads(file.read_text("utf-8")) if file is not None and file.exists() else {}
    sys.stdout.write(compared(found, last))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = {one.name: round(one.value, 4) for one in found}
        file.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")


def compared(found: Sequence[Result], last: Mapping[str, float]) -> str:
    """Return the table, each number with what it was the last time and by how much it changed."""
    rows: list[tuple[object, ...]] = [
        (one.name, _number(one.value), *_change(one.value, last.get(one.name)), _goal(one))
        for one in found
    ]
    return table(("what", "now", "last time", "change", "goal"), rows)


def _change(now: float, was: float | None) -> tuple[str, str]:
    if not was:
        return "", ""
    return _number(was), f"{now / was - 1:+.0%}"


def _goal(one: Result) -> str:
    has_goal = one.least > 0 or one.most < float("inf")
    return one.goal if has_goal else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
