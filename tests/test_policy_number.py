"""The policy number is found however it is written, and nothing else is taken for it."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claimbot.policy_number import TEXT_READ, Found, find_policy_numbers, squeeze
from claimbot.policy_number.lookalikes import DUTCH_PLATES

DIGITS = re.compile(r"\d{9}")
TEN_DIGITS = re.compile(r"\d{10}")
LETTERS_FIRST = re.compile(r"[A-Z]{2}\d{6}")
LETTERS_AMID = re.compile(r"\d{4}[A-Z]{2}\d{4}")
LIKE_A_PLATE = re.compile(r"[A-Z]{2}\d{4}")
ANY_LENGTH = re.compile(r"\d{6,9}")

ALONE = [
    "123456789",
    "123 456 789",
    "123.456.789",
    "123-456-789",
    "123/45/6789",
    "12 34 56 789",
    "1 2 3 4 5 6 7 8 9",
    "1234 - 56789",
    "123\u00a0456\u00a0789",
    "123\u2011456\u2011789",
    "\u202a123456789\u202c",
    "１２３４５６７８９",  # noqa: RUF001 -- full-width digits
    "١٢٣٤٥٦٧٨٩",
    "1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣",
    "(123456789)",
    "123456789!",
    "123456789 👍",
    "123456789\n",
    "polis 123456789",
    "Polisnummer: 123456789",
    "polisnummer123456789",
    "polisnr.123456789",
    "POLISNR 123 456 789",
    "nr: 123456789",
    "Hoi, mijn polisnummer is 123456789",
    "Goedemiddag! Het is 123.456.789, bedankt.",
    "dit is mijn polis nummer 123456789",
    "mijn polis=123456789",
    "nee, 123456789",
    "my policy number is 123456789",
    "Hello, it's 123456789",
    "the policy number's 123-456-789, thanks",
    "No. 123456789",
    "NL 058 123456789",
    "NL/058/123456789",
    "nl058123456789",
    "NL-058-123 456 789",
    "NL123456789",
    "123456789 123456789",
]

IN_A_SENTENCE = [
    "Ik rij in een Golf uit 2019, polis 123456789, kenteken 12-AB-34",
    "mijn polisnummer is 123 456 789 en ik stuur zo 3 foto's",
    "123456789 en mijn telefoon is 0612345678",
    "Op 2-3-2026 om 14:05 reed iemand tegen mij aan. Polis 123.456.789.",
    "op 2 maart 2026 123 456 789",
    "tel 06-12345678, 123 456 789",
    "bel me op 06 12345678 polisnummer 123456789",
    "Polis 123456789 2 foto's",
    "2 foto's bij 123456789",
    "polis 123456789/01",
    "12-123456789",
    "schade 500 euro 123456789",
    "I was hit yesterday, policy 123456789, plate AB-123-C",
    "kenteken AB-12-CD 123456789",
    "Jan de Vries, 1234 AB 12, 123456789",
    "polisnummer 123456789, jan@voorbeeld.nl",
    "112 gebeld. 123-456-789",
    "polisnummer 123456789 schadenummer CB-7K3M-Q2XK",
    "klantnummer 987654321 polisnummer 123456789",
    "мой номер 123456789",
    "我的保单号是123456789",
    "sinds 2015 bij jullie, 123456789",
]

SOMETHING_ELSE = [
    "hallo",
    "",
    "👍",
    "12-AB-34",
    "mijn kenteken is XX-12-34",
    "g-123-bb",
    "1-ABC-123",
    "B-AB 1234",
    "0612345678",
    "06-12345678",
    "06 12 34 56 78",
    "+31 6 12345678",
    "+31 (0)6 1234 5678",
    "+31612345678",
    "0031612345678",
    "020-1234567",
    "0470 12 34 56",
    "+32 470 12 34 56",
    "0049 151 23456789",
    "0900-8844",
    "bel 612345678",
    "mijn telefoonnummer is 612345678",
    "WhatsApp: 612 345 678",
    "2-3-2026",
    "02/03/2026",
    "02.03.26",
    "2026-03-02",
    "12 03 2026",
    "2 maart 2026",
    "14:05",
    "rond 14.05 uur",
    "1430 uur",
    "op 12-03",
    "NL91 ABNA 0417 1643 00",
    "nl91abna0417164300",
    "BE68 5390 0754 7034",
    "1234 AB",
    "1234AB 56",
    "€ 1.234,56",
    "1234,56",
    "EUR 2500",
    "2500 euro",
    "2.500,-",
    "85.000 km",
    "85000 km",
    "Golf uit 2019",
    "112",
    "bel 911",
    "CB-7K3M-Q2XK",
    "cb 1234 5678",
    "bsn 123456782",
    "mijn bsn is 123456782",
    "klantnummer: 123456789",
    "schadenummer 2026-123456",
    "chassis nr 123456789",
    "jan123456789@voorbeeld.nl",
    "https://voorbeeld.nl/123456789",
    "www.voorbeeld.nl/?p=123456789",
    "foto 2 van 3",
]

A_TRY = [
    "12345678",
    "1234567890",
    "12345",
    "12 34 56 78",
    "mijn polisnummer is 123 456 78",
    "123 456 789 0",
    "1234-5678-9012",
    "123,456,789",
    "X123456789",
    "123456789B",
    "polis 12345678 en kenteken 12-AB-34",
    "2026-123456789",
]


@pytest.mark.parametrize("text", ALONE)
def test_a_number_by_itself_needs_no_confirmation(text: str) -> None:
    """Separators, foreign digits, the green card and polite words around it do not matter."""
    assert find_policy_numbers(text, DIGITS) == Found(numbers=("123456789",), alone=True)


@pytest.mark.parametrize("text", IN_A_SENTENCE)
def test_a_number_is_found_in_a_sentence(text: str) -> None:
    """What else is said is not mixed up with it; that it was read so is to be confirmed."""
    assert find_policy_numbers(text, DIGITS) == Found(numbers=("123456789",), alone=False)


@pytest.mark.parametrize("text", SOMETHING_ELSE)
def test_other_numbers_are_no_policy_number_and_no_try_at_one(text: str) -> None:
    """Plates, phones, dates, times, amounts, postcodes, IBANs and references are left alone."""
    assert find_policy_numbers(text, DIGITS) == Found()


@pytest.mark.parametrize("text", A_TRY)
def test_a_mistyped_number_is_noticed_and_not_mended(text: str) -> None:
    """A digit too few or too many is a try; no part of a longer number is taken."""
    assert find_policy_numbers(text, DIGITS) == Found(attempt=True)


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("AB123456", LETTERS_FIRST, Found(numbers=("AB123456",), alone=True)),
        ("ab 12 34 56", LETTERS_FIRST, Found(numbers=("AB123456",), alone=True)),
        ("polis nr. ab-123.456", LETTERS_FIRST, Found(numbers=("AB123456",), alone=True)),
        ("a b 123456", LETTERS_FIRST, Found(numbers=("AB123456",), alone=True)),
        ("NL058AB123456", LETTERS_FIRST, Found(numbers=("AB123456",), alone=True)),
        ("NL 123456", LETTERS_FIRST, Found(numbers=("NL123456",), alone=True)),
        ("auto ab 123456 2 foto's", LETTERS_FIRST, Found(numbers=("AB123456",))),
        ("NO123456", LETTERS_FIRST, Found(numbers=("NO123456",), alone=True)),
        ("1234 AB 5678", LETTERS_AMID, Found(numbers=("1234AB5678",), alone=True)),
        ("polis 1234-ab-5678, kenteken 12-ab-34", LETTERS_AMID, Found(numbers=("1234AB5678",))),
        ("ik woon op 3511 AB en heb 1234AB5678", LETTERS_AMID, Found(numbers=("1234AB5678",))),
        ("123 456 789", ANY_LENGTH, Found(numbers=("123456789",), alone=True)),
        ("112 345 678", ANY_LENGTH, Found(numbers=("112345678",), alone=True)),
    ],
)
def test_numbers_with_letters_or_of_any_length_are_found(
    text: str, pattern: re.Pattern[str], found: Found
) -> None:
    """The pattern is the insurer's; the longest number wins."""
    assert find_policy_numbers(text, pattern) == found


@pytest.mark.parametrize(
    "text", ["nr 123456", "no. 123456", "it is 123456", "ik woon op 123456", "XAB123456"]
)
def test_a_common_word_is_not_read_as_the_letters_of_a_number(text: str) -> None:
    """Who writes "nr 123456" left the letters out, and did not mean NR123456."""
    assert find_policy_numbers(text, LETTERS_FIRST) == Found(attempt=True)


@pytest.mark.parametrize(
    ("text", "pattern", "number"),
    [
        ("0612345678", TEN_DIGITS, "0612345678"),
        ("06-12345678", TEN_DIGITS, "0612345678"),
        ("polisnummer 0612345678", TEN_DIGITS, "0612345678"),
        ("0612345678 is mijn polisnummer", TEN_DIGITS, "0612345678"),
        ("AB-12-34", LIKE_A_PLATE, "AB1234"),
        ("mijn polis is ab 1234", LIKE_A_PLATE, "AB1234"),
    ],
)
def test_a_lookalike_counts_when_it_is_all_that_is_said(
    text: str, pattern: re.Pattern[str], number: str
) -> None:
    """An insurer may use numbers that look like a telephone number or a plate."""
    assert find_policy_numbers(text, pattern) == Found(numbers=(number,), alone=True)


def test_a_lookalike_counts_when_it_is_named_in_a_sentence() -> None:
    """Who says "polisnummer" right before it means it."""
    text = "mijn polisnummer is AB1234, er zit een deuk in mijn deur"

    assert find_policy_numbers(text, LIKE_A_PLATE) == Found(numbers=("AB1234",))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("mijn nummer is 0612345678", TEN_DIGITS),
        ("ik ben te bereiken op 0612345678", TEN_DIGITS),
        ("x" * TEXT_READ + " 0612345678", TEN_DIGITS),
        ("dat is een deuk, " * 9 + "0612345678", TEN_DIGITS),
        ("het kenteken is AB-12-34", LIKE_A_PLATE),
    ],
)
def test_a_lookalike_is_left_alone_in_a_sentence(text: str, pattern: re.Pattern[str]) -> None:
    """A number of one's own may well be a telephone number."""
    assert find_policy_numbers(text, pattern).numbers == ()


def test_several_numbers_are_told_in_order_and_once() -> None:
    """Which one it is, is for the conversation to ask."""
    text = "987654321 of 123456789? Ik denk 987-654-321"

    assert find_policy_numbers(text, DIGITS) == Found(numbers=("987654321", "123456789"))


def test_two_numbers_are_not_alone() -> None:
    """Two numbers and nothing else still have to be chosen from."""
    found = find_policy_numbers("123456789 987654321", DIGITS)

    assert found == Found(numbers=("123456789", "987654321"), alone=False)


@pytest.mark.parametrize("shape", DUTCH_PLATES)
def test_a_dutch_plate_is_no_try_at_a_number(shape: str) -> None:
    """Every sidecode is known, with hyphens, with spaces and without either."""
    plate = shape.replace("X", "k").replace("9", "7")

    for text in (plate, plate.replace("-", " "), plate.replace("-", ""), f"auto {plate} botste"):
        assert find_policy_numbers(text, DIGITS) == Found()


@pytest.mark.parametrize("length", [TEXT_READ - 5, TEXT_READ - 9, TEXT_READ + 10])
def test_what_comes_too_late_is_not_read_in_part(length: int) -> None:
    """A long text is read up to a limit, and a number that the limit cuts is not found there."""
    long = "a " * (length // 2) + " " * (length % 2)

    assert find_policy_numbers(f"{long}1234567890", DIGITS).numbers == ()
    assert find_policy_numbers(f"123456789 {long}", DIGITS).numbers == ("123456789",)


def test_squeezing_leaves_what_is_no_separator() -> None:
    """What is not a number does not become one."""
    assert squeeze(" ab-12.34/5６\u00a0") == "AB123456"  # noqa: RUF001 -- a full-width digit
    assert squeeze("1,23E+08") == "1,23E+08"


patterns = st.sampled_from([DIGITS, TEN_DIGITS, LETTERS_FIRST, LETTERS_AMID, ANY_LENGTH])
texts = st.text() | st.text(alphabet="0123456789 .-/,:+€NLABISpolis\n", max_size=80)


@settings(deadline=None)
@given(texts, patterns)
@example("\ufdfa" * 400, DIGITS)
@example("123456789" * 9, DIGITS)
@example("ß²⅓٣" * 9, LETTERS_FIRST)
def test_whatever_is_written_every_number_found_is_one(
    text: str, pattern: re.Pattern[str]
) -> None:
    """Nothing raises; every number fits the pattern; alone is one number; a try has none."""
    found = find_policy_numbers(text, pattern)

    assert all(pattern.fullmatch(number) for number in found.numbers)
    assert len(set(found.numbers)) == len(found.numbers)
    assert not found.alone or len(found.numbers) == 1
    assert not found.attempt or not found.numbers


@st.composite
def written_apart(draw: st.DrawFn, letters: str, digits: int) -> tuple[str, str]:
    """Return a number, and the same with separators strewn in, in either case."""
    number = draw(st.text(letters, min_size=2, max_size=2)) if letters else ""
    number += draw(st.text("0123456789", min_size=digits, max_size=digits))
    separators = st.sampled_from(["", "", "", " ", "-", ".", "/", " - ", "\u00a0", "\u2013", "_"])
    apart = "".join(character + draw(separators) for character in number[:-1]) + number[-1]
    return number, draw(st.sampled_from([apart, apart.lower()]))


@settings(deadline=None)
@given(written_apart("", 9))
def test_a_number_is_found_however_it_is_set_apart(written: tuple[str, str]) -> None:
    """Any separators anywhere in nine digits change nothing, even where it looks like a date."""
    number, apart = written

    assert find_policy_numbers(apart, DIGITS) == Found(numbers=(number,), alone=True)
    for text in (f"polisnummer {apart}, zie de foto", f"Mijn polis is: {apart}\nEr is schade"):
        assert find_policy_numbers(text, DIGITS) == Found(numbers=(number,))


@settings(deadline=None)
@given(written_apart("BCFGH", 6))
def test_a_number_with_letters_is_found_however_it_is_set_apart(written: tuple[str, str]) -> None:
    """Any separators anywhere in letters and digits change nothing."""
    number, apart = written

    assert find_policy_numbers(apart, LETTERS_FIRST) == Found(numbers=(number,), alone=True)
    assert find_policy_numbers(f"policy no. {apart} car", LETTERS_FIRST).numbers == (number,)


@settings(deadline=None)
@given(
    st.text("0123456789", min_size=10, max_size=30), st.sampled_from(["{}", "polis {}!", "a {} b"])
)
def test_a_longer_run_of_digits_holds_no_number(run: str, sentence: str) -> None:
    """Ten digits or more are never cut down to nine."""
    assert find_policy_numbers(sentence.format(run), DIGITS).numbers == ()


@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "a1",
        "a 1 ",
        "a.",
        "1.1.",
        "06-",
        "+31 0",
        "0612345678 ",
        "12 AB ",
        "@a",
        "\ufdfa",
        "(0)",
    ],
)
def test_hostile_text_takes_no_time(piece: str) -> None:
    """A hundred thousand characters made to be tried again and again cost a moment."""
    text = piece * (100_000 // len(piece))
    began = time.process_time()

    find_policy_numbers(text, TEN_DIGITS)

    assert time.process_time() - began < 0.5  # 0.06 s at most on a laptop
