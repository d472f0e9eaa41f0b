"""The table of claims: RFC 4180, and no cell is ever a formula, whatever a policyholder wrote."""

import csv
import re
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claimbot.claim import Place
from claimbot.exports.spreadsheet import COLUMNS
from tests.queued_claims import ESCAPES, plain_claim, reference
from tests.test_exports import bundle, exported, full_claim, stored

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")  # noqa: RUF001 they are meant
EVIL = st.text(st.sampled_from("=+-@;,\"'\t\r\n\x0b\xa0 a1＝"), max_size=12)  # noqa: RUF001


def rows(table: bytes, delimiter: str = ",") -> list[list[str]]:
    """Return what a spreadsheet reads, with this between its cells."""
    return list(csv.reader(StringIO(table.decode(), newline=""), delimiter=delimiter))


def cell(remark: str) -> str:
    """Return what a spreadsheet shows of a remark."""
    claim = replace(plain_claim(1), remarks=(remark,))
    _, row = rows(exported("csv", bundle(stored(claim))))
    return dict(zip(COLUMNS, row, strict=True))["remarks"]


def test_a_claim_is_a_row() -> None:
    """Under a heading, with CR LF after each; a negative number is a number."""
    table = exported("csv", bundle(full_claim()), bundle(stored(plain_claim(1))))

    heading, full, plain = rows(table)
    assert heading == list(COLUMNS)
    told = dict(zip(heading, full, strict=True))
    assert told["reference"] == reference(0)
    assert told["submitted_at"] == "2026-03-01T12:00:00Z"
    assert (told["photos"], told["form"]) == ("4", "1")
    assert told["flags"] == "policy_unverified plate_read taken_on_third_try screenshot edited"
    assert (told["latitude"], told["longitude"]) == ("52.09", "-5.11")
    assert dict(zip(heading, plain, strict=True))["latitude"] == ""
    assert table.endswith(b"\r\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "  =", "\xa0@"])  # noqa: RUF001
def test_a_cell_that_would_be_a_formula_is_text(start: str) -> None:
    """An apostrophe says so to every spreadsheet."""
    assert cell(f'{start}HYPERLINK("http://evil.example")').startswith(f"'{start[:1]}")


@pytest.mark.parametrize(
    ("remark", "shown"),
    [
        ("Tegen een paal, om 12:30", "Tegen een paal, om 12:30"),
        ("één\ntwee", "één\ntwee"),
        ("a-b = c+d@e", "a-b = c+d@e"),
        ("+31 6 12345678", "'+31 6 12345678"),
        ("ja;=1+1", "ja;'=1+1"),
        ("", ""),
    ],
)
def test_what_a_policyholder_wrote_stays_readable(remark: str, shown: str) -> None:
    """Nothing is taken out, and honest words are as they were."""
    assert cell(remark) == shown


def test_a_table_does_not_steer_a_terminal() -> None:
    """`claims export --format csv` without --out prints it."""
    assert "\x1b" not in cell(ESCAPES)
    assert cell("\x1b[2J\x9b2J") == "\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}2J"


@given(remarks=st.lists(EVIL, max_size=3), delimiter=st.sampled_from(",;\t"))
@example(remarks=['ja;"=1+1'], delimiter=";")
@example(remarks=["ja", "=1+1"], delimiter=",")
@example(remarks=["a\r=1"], delimiter="\t")
def test_no_cell_is_a_formula_however_the_table_is_read(
    remarks: list[str], delimiter: str
) -> None:
    """Also with semicolons between cells, as a Dutch Excel reads a file that it is given."""
    claim = replace(
        plain_claim(1), remarks=tuple(remarks), place=Place(latitude=-52.5, longitude=5)
    )

    table = exported("csv", bundle(stored(claim)))

    cells = {cell for row in rows(table, delimiter) for cell in row} - {"-52.5"}
    assert [cell for cell in cells if FORMULA.match(cell)] == []


@given(st.text())
def test_a_table_has_as_many_rows_as_claims(remark: str) -> None:
    """Each with all its cells, whatever is in them."""
    claim = replace(plain_claim(1), remarks=(remark,))

    table = exported("csv", bundle(stored(claim)), bundle(stored(plain_claim(2))))

    assert [len(row) for row in rows(table)] == [len(COLUMNS)] * 3
