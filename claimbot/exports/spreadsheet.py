"""The export ``csv``: a row for each claim (RFC 4180, UTF-8), safe to open as a spreadsheet."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

from claimbot.exports import Bundle

COLUMNS = (
    *("reference", "revision", "status", "priority", "policy_number", "policy_since"),
    *("submitted_at", "due_at", "decision", "decided_at", "channel", "language"),
    *("photos", "form", "flags", "latitude", "longitude", "remarks"),
)

# What a spreadsheet may take for a formula, also full-width and after spaces.  And not only where
# a cell begins: with semicolons between cells, as in a Dutch Excel, a comma does not end one and
# a semicolon inside it does.
_BEGINS = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")  # noqa: RUF001 they are meant
_WITHIN = re.compile(r"(?<=[;,\t\r\n\"'])(\s*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001 same
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # they would steer a terminal


class Spreadsheet:
    """Writes a table.  What a policyholder wrote is text there and never a formula."""

    media_type = "text/csv; charset=utf-8; header=present"
    ending = "csv"

    def export(self, bundles: Iterable[Bundle]) -> Iterator[bytes]:
        """Yield the heading, then a row for each claim."""
        yield _row(COLUMNS)
        for bundle in bundles:
            cells = _cells(bundle.claim)
            yield _row(cells[column] for column in COLUMNS)


def _cells(claim: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in each column; numbers are counts, or degrees."""
    flags = [*claim["flags"], *(flag for photo in claim["photos"] for flag in photo["flags"])]
    return {
        **claim,
        **(claim["place"] or {"latitude": None, "longitude": None}),
        "photos": len(claim["photos"]),
        "form": len(claim["form"] or ()),
        "flags": " ".join(dict.fromkeys(flags)),
        "remarks": "\n".join(claim["remarks"]),
    }


def _row(cells: Iterable[object]) -> bytes:
    line = StringIO(newline="")
    csv.writer(line).writerow(as_text(cell) if isinstance(cell, str) else cell for cell in cells)
    return line.getvalue().encode()


def as_text(text: str) -> str:
    """Return a text so that no spreadsheet reads a formula in it."""
    text = _WITHIN.sub(r"\1'", _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text))
    return f"'{text}" if _BEGINS.match(text) else text
