"""A policy directory says whether a number is known, keeps up with its file, and never raises."""

import asyncio
import re
from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from claimbot.claim import PolicyNumber, Standing
from claimbot.errors import BadConfiguration, NoSuchPlug
from claimbot.policies import open_policies
from claimbot.policies.csv_file import MOST_SHAPES, CsvPolicies, open_csv
from claimbot.policies.pattern import is_eleven_proof, open_pattern
from claimbot.policy_number import find_policy_numbers


def written(folder: Path, content: str | bytes) -> str:
    """Write a file of policies and return the URL of its directory."""
    path = folder / "policies.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return f"csv:{path}"


async def known(directory: CsvPolicies, *numbers: str) -> list[bool]:
    """Return which numbers are known."""
    return [(await directory.look_up(number)).standing is Standing.KNOWN for number in numbers]


@pytest.mark.parametrize(
    ("url", "pattern", "example"),
    [
        (r"pattern:\d{9}", r"\d{9}", "123456789"),
        (r"pattern:^\d{9}$", r"^\d{9}$", "123456789"),
        (r"pattern:[A-Z]{2}\d{6}", r"[A-Z]{2}\d{6}", "AB123456"),
        (r"pattern:\d{4}[A-Z]{2}\d{4}|\d{9}", r"\d{4}[A-Z]{2}\d{4}|\d{9}", "1234AB5678"),
        (r"pattern:P[A-HJ]-?[0-9]{3,5}\d+", r"P[A-HJ]-?[0-9]{3,5}\d+", ""),
        (r"pattern:PX?[A-HJ][0-9]{3,5}\d+", r"PX?[A-HJ][0-9]{3,5}\d+", "PA1231"),
        (r"pattern:(?:A|B)\d{5}?example=B12345", r"(?:A|B)\d{5}", "B12345"),
        (r"pattern:\d{9}(?:AB)?", r"\d{9}(?:AB)?", ""),
    ],
)
def test_a_pattern_is_all_of_the_url_but_its_options(url: str, pattern: str, example: str) -> None:
    """An example is made up for a plain row of classes and counts; otherwise it is asked for."""
    if not example:
        with pytest.raises(BadConfiguration, match=r"no example .*\?example="):
            open_pattern(url)
        return

    directory = open_pattern(url)

    directory.check()
    assert directory.pattern.pattern == pattern
    assert directory.example == example
    assert find_policy_numbers(example, directory.pattern).alone


@pytest.mark.parametrize(
    ("url", "right", "wrong"),
    [
        (r"pattern:\d{9}", "123456789", "12345678"),
        (r"pattern:\d{9}", "123456789", "\u0661\u0662\u0663456789"),
        (r"pattern:[A-Z]{2}\d{2}", "AB12", "ab12"),
        (r"pattern:\d{9}?check=luhn", "123456782", "123456789"),
        (r"pattern:\d{9}?check=11-proof", "123456789", "123456788"),
        (r"pattern:\d{9}?check=elfproef", "123456789", "123456798"),
        (r"pattern:\d{9}?check=nl.bsn", "111222333", "111252333"),
        (r"pattern:\d{7}?check=iso7064.mod_97_10", "7940712", "7940700"),
        (r"pattern:\d{9}?check=luhn&example=123456789", "123456782", "123456783"),
    ],
)
async def test_a_number_is_known_when_it_fits_and_its_check_is_right(
    url: str, right: str, wrong: str
) -> None:
    """The pattern covers the whole number, in capitals; the check digit is looked at too."""
    directory = open_policies(url)

    assert await directory.look_up(right) == PolicyNumber(number=right, standing=Standing.KNOWN)
    assert await directory.look_up(wrong) == PolicyNumber(number=wrong, standing=Standing.UNKNOWN)


@pytest.mark.parametrize("check", ["luhn", "11-proof", "nl.bsn"])
async def test_an_example_fails_the_check_so_that_it_is_nobodys(check: str) -> None:
    """Who copies the example from the screen does not become somebody else."""
    directory = open_pattern(rf"pattern:\d{{9}}?check={check}")

    assert directory.pattern.fullmatch(directory.example)
    assert (await directory.look_up(directory.example)).standing is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("pattern:", r"also fits an empty text; .*CLAIMBOT_POLICIES=pattern:\d{9}"),
        (r"pattern:\d*", r"also fits an empty text; .*CLAIMBOT_POLICIES=pattern:\d{9}"),
        ("pattern:[", r"cannot read the pattern [: .*CLAIMBOT_POLICIES=pattern:\d{9}"),
        (r"pattern:\d{99999999999}", r"cannot read the pattern .*CLAIMBOT_POLICIES=pattern:\d{9}"),
        (r"pattern:\d{9}?chek=luhn", "no option 'chek' .*there are check and example"),
        (r"pattern:\d{9}?check=lune", "no check 'lune'; write luhn, 11-proof or"),
        (r"pattern:\d{9}?check=exceptions", "no check 'exceptions'; write luhn, 11-proof or"),
        (r"pattern:\d{9}?check=../luhn", "no check '../luhn'; write luhn, 11-proof or"),
        (r"pattern:[a-z]{2}\d{6}", "no example .*upper case without separators"),
        (r"pattern:\d{3}-\d{3}?example=123-456", "no example .*upper case without separators"),
        (r"pattern:\d{9}?example=12345678", "no example .*upper case without separators"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_what_to_write(url: str, message: str) -> None:
    """The operator gets one line that ends in what to do."""
    expected = ".*".join(re.escape(part) for part in message.split(".*"))

    with pytest.raises(BadConfiguration, match=expected) as error:
        open_pattern(url)

    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("number", "right"), [("123456789", True), ("123456788", False), ("12345678X", False)]
)
def test_eleven_proof_is_the_dutch_bank_check(number: str, *, right: bool) -> None:
    """Weights from the right, 1 upwards; only digits can be weighed."""
    assert is_eleven_proof(number) is right


@pytest.mark.parametrize(
    "content",
    [
        "123456789\n987654321\n",
        "\ufeffpolisnummer\r\n123456789\r\n987654321\r\n",
        "polis;naam\n123.456.789;Jan\n987 654 321;An, Bé\n",
        "polis,naam\n123-456-789,Jan\n\n987654321,An\n",
        "polis\tnaam\n123/456/789\tJan\n987654321\tAn\n",
        '"polis","naam"\n"123456789","De Vries; Jan"\n"987654321","An"\n',
        "polis;naam\n123456789;Ren\u00e9\n987654321;An\n".encode("cp1252"),
    ],
)
async def test_the_first_column_is_read_as_excel_and_others_write_it(
    tmp_path: Path, content: str | bytes
) -> None:
    """Separators, headings, byte-order marks and Windows-1252 make no difference."""
    directory = open_csv(written(tmp_path, content))

    directory.check()
    assert await known(directory, "123456789", "987654321", "JAN", "111111111") == [
        True,
        True,
        False,
        False,
    ]
    assert directory.pattern.pattern == "[0-9]{9}"


async def test_a_column_is_chosen_by_its_name(tmp_path: Path) -> None:
    """Its case does not matter, nor do rows that are too short or have no number."""
    url = written(tmp_path, "Naam;Polisnummer \nJan;ab-123456\nAn\nBo;onbekend\nCo;1,2E+08\n")

    directory = open_csv(f"{url}?column=polisnummer")

    assert await known(directory, "AB123456", "ONBEKEND") == [True, False]
    assert directory.pattern.pattern == "[A-Z]{2}[0-9]{6}"


def test_the_pattern_is_made_of_the_shapes_in_the_file(tmp_path: Path) -> None:
    """Numbers of every shape there is are found in a message, and no others."""
    directory = open_csv(written(tmp_path, "123456789\n987654321\nAB123456\n1234AB5678\n"))

    said = "123 456 780 of CD 65.43.21, anders 8765-XY-4321, niet 12345678 of ABC123456"

    assert find_policy_numbers(said, directory.pattern).numbers == (
        "123456780",
        "CD654321",
        "8765XY4321",
    )


def test_letters_and_digits_mixed_at_random_are_found_by_their_length(tmp_path: Path) -> None:
    """A file with too many shapes to list still has a pattern; it asks for one digit at least."""
    numbers = [f"{place:06b}7".replace("1", "K") for place in range(MOST_SHAPES + 1)] + ["12345"]
    directory = open_csv(written(tmp_path, "\n".join(numbers)))

    assert all(directory.pattern.fullmatch(number) for number in numbers)
    assert not directory.pattern.fullmatch("SCHADE")
    assert not directory.pattern.fullmatch("12345678")


@pytest.mark.parametrize(
    ("content", "example"),
    [
        ("555555555\n", "123456789"),
        ("123456789\n123456780\n", "123456781"),
        ("XY555555\nXY555556\n555555555\n", "AB345678"),
        ("\n".join(map(str, range(10))) + "\nA1\n", "A2"),
    ],
)
def test_an_example_has_a_shape_of_the_file_and_is_not_in_it(
    tmp_path: Path, content: str, example: str
) -> None:
    """The most common shape goes first, as long as not all its numbers are taken."""
    assert open_csv(written(tmp_path, content)).example == example


async def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    """Policies can be updated while the bot serves, also to numbers of another shape."""
    directory = open_csv(written(tmp_path, "123456789\n"))
    before = await known(directory, "123456789", "AB123456")

    written(tmp_path, "AB123456\n")

    assert before == [True, False]
    assert directory.pattern.pattern == "[A-Z]{2}[0-9]{6}"
    assert directory.example == "AB345678"
    assert await known(directory, "123456789", "AB123456") == [False, True]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"nothing\n")])
async def test_a_file_that_vanishes_leaves_numbers_unverified(tmp_path: Path, spoil) -> None:
    """The claim goes on, the log says why without a number, and the file may come back."""
    directory = open_csv(written(tmp_path, "123456789\n"))
    spoil(tmp_path / "policies.csv")

    with capture_logs() as logged:
        found = await directory.look_up("123456789")

    assert found == PolicyNumber(number="123456789", standing=Standing.UNVERIFIED)
    assert [line["event"] for line in logged] == ["policies cannot be read"]
    assert "123456789" not in str(logged)
    assert directory.pattern.pattern == "[0-9]{9}"
    assert directory.example == "123456780"
    with pytest.raises(BadConfiguration):
        directory.check()

    written(tmp_path, "555555555\n444444444\n")

    assert await known(directory, "123456789", "555555555") == [False, True]


@pytest.mark.parametrize(
    ("cell", "since"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        (" 2026-03-31T00:00:00", date(2026, 3, 31)),
        ("31-3-2026", date(2026, 3, 31)),
        ("31/03/2026 00:00", date(2026, 3, 31)),
        ("31.03.2026", date(2026, 3, 31)),
        ("31-02-2026", None),
        ("03-31-2026", None),
        ("soon", None),
        ("", None),
    ],
)
async def test_a_file_may_say_since_when_a_policy_is_in_force(
    tmp_path: Path, cell: str, since: date | None
) -> None:
    """As databases and Excel write a day; what cannot be read as one is not known."""
    url = written(
        tmp_path, f"polisnummer;ingangsdatum\n123456789;{cell}\n987654321\n555555555;2020-1-1\n"
    )

    directory = open_csv(f"{url}?since=Ingangsdatum&column=polisnummer")

    assert (await directory.look_up("123456789")).since == since
    assert (await directory.look_up("987654321")).since is None
    assert (await directory.look_up("000000000")).since is None


async def test_a_policy_that_was_renewed_is_in_force_since_its_first_day(tmp_path: Path) -> None:
    """One row a term, in any order."""
    terms = "123456789,2026-01-01\n123456789,2025-01-01\n123456789,\n"

    directory = open_csv(written(tmp_path, f"number,since\n{terms}") + "?since=since")

    assert (await directory.look_up("123456789")).since == date(2025, 1, 1)


def test_a_column_without_any_day_is_named(tmp_path: Path) -> None:
    """Else nobody would notice that no photo is ever flagged."""
    url = written(tmp_path, "number,since\n123456789,31 maart 2026\n")

    with pytest.raises(BadConfiguration, match="no day such as 2026-03-31 in its column 'since'"):
        open_csv(f"{url}?since=since")


async def test_many_may_ask_while_the_file_changes(tmp_path: Path) -> None:
    """Every answer is one of the old file or one of the new one, and it is read once."""
    directory = open_csv(written(tmp_path, "123456789\n"))
    written(tmp_path, "123456789\n555555555\n")

    with capture_logs() as logged:
        found = await asyncio.gather(*(directory.look_up("555555555") for _ in range(50)))

    assert {policy.standing for policy in found} == {Standing.KNOWN}
    assert len(logged) == 1


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ("", "", "no policy numbers in it"),
        ("polisnummer\n", "", "no policy numbers in it"),
        ("123456789\n", "?column=polis", "no column 'polis' in its first line"),
        ("", "?column=polis", "no column 'polis' in its first line"),
        ("polis\n123456789\n".encode("utf-16"), "", "no policy numbers in it"),
        (b'"' + b"9" * 200_000, "", "not a text"),
        (b"123456789\n\x81\n", "", "not a text"),
        ("\n".join(map(str, range(10))), "", "none is left as an example"),
    ],
)
def test_a_file_without_policies_is_bad_configuration(
    tmp_path: Path, content: str | bytes, options: str, reason: str
) -> None:
    """The operator gets one line that names the file and ends in what to do; no cell is shown."""
    url = written(tmp_path, content) + options

    with pytest.raises(BadConfiguration, match=f"policies.csv: .*{reason}.*=csv:PATH$") as error:
        open_csv(url)

    assert "123456789" not in str(error.value)


def test_a_file_that_is_not_there_is_bad_configuration(tmp_path: Path) -> None:
    """A wrong path is noticed when the bot starts."""
    with pytest.raises(BadConfiguration, match=r"none\.csv: No such file .*=csv:PATH$"):
        open_csv(f"csv:{tmp_path / 'none.csv'}")


def test_a_folder_is_not_a_file_of_policies(tmp_path: Path) -> None:
    """What is there and cannot be read says so."""
    with pytest.raises(BadConfiguration, match="Is a directory; write"):
        open_csv(f"csv:{tmp_path}")


def test_the_scheme_names_the_plug(tmp_path: Path) -> None:
    """Directories are opened by URL; a scheme that nothing answers to is named."""
    assert open_policies(r"pattern:\d{9}").example == "123456789"
    assert open_policies(written(tmp_path, "123456789\n")).example == "123456780"
    with pytest.raises(NoSuchPlug, match="csv, pattern"):
        open_policies("carrier-pigeon:coop")
