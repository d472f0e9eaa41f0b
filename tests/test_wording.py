"""What the bot says: complete in every language, short, friendly, and right for one and many."""

import ast
import string
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import claimbot.conversation
from claimbot.claim import Flaw
from claimbot.conversation import Option, Say, Unusable, line
from claimbot.wording import render
from claimbot.words import Choice, Language, languages
from tests.builders import VOICE

LANGUAGES = tuple(languages().values())
ALWAYS = {"insurer", "emergency", "example", "phone"}
each_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda known: known.code)

SENTENCE_WORDS = 21
LABEL_LENGTH = 20


def places(template: str) -> set[str]:
    """Return the names of the values that a template mentions."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def keys_said() -> set[str]:
    """Return every reply key that the conversation has in its source."""
    folder = Path(claimbot.conversation.__file__).parent
    texts = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.glob("*.py")]
    constants = (node for text in texts for node in ast.walk(text))
    found = {
        node.value
        for node in constants
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    keys = found & set(LANGUAGES[0].replies)
    keys |= {f"unusable.{kind}" for kind in Unusable} | {f"ask.photo.{n}" for n in (1, 2, 3)}
    keys |= {f"photo.{flaw}" for flaw in Flaw} | {"photo.duplicate.held"}
    keys |= {f"advice.{flaw}" for flaw in Flaw} | {f"advice.{flaw}.again" for flaw in Flaw}
    return keys | {"number.unknown.again", "number.shape.again"}


@each_language
def test_every_language_is_complete(language: Language) -> None:
    """The same replies with the same values, every label, flaw, month and ordinal."""
    model = LANGUAGES[0]

    assert language.replies.keys() == model.replies.keys()
    assert language.labels.keys() == set(Choice)
    assert language.flaws.keys() == set(Flaw)
    assert (len(language.months), len(language.ordinals)) == (12, 10)
    for key, template in language.replies.items():
        assert places(template) - ALWAYS == places(model.replies[key]) - ALWAYS, key
    assert all(getattr(language.alarm, name) for name in language.alarm.__slots__)


def test_every_reply_is_said_somewhere() -> None:
    """No dead sentence, and none that is said and not written."""
    elsewhere = {"broken", "human.phone"}  # the intake says the one, wording adds the other

    assert set(LANGUAGES[0].replies) == keys_said() | elsewhere


@each_language
def test_labels_fit_on_a_button(language: Language) -> None:
    """WhatsApp shows 20 characters; no label is a mere sign."""
    for label in language.labels.values():
        assert 0 < len(label) <= LABEL_LENGTH
        assert label[0].isalnum()


@each_language
def test_sentences_are_short(language: Language) -> None:
    """About what someone in distress reads in one go."""
    for template in language.replies.values():
        for sentence in template.replace("\n", " ").replace("? ", ". ").split(". "):
            assert len(sentence.split()) <= SENTENCE_WORDS, sentence


@each_language
def test_nobody_is_accused(language: Language) -> None:
    """No word of fraud, flags or blame, and no joke."""
    said = " ".join((*language.replies.values(), *language.flaws.values())).casefold()

    words = {word.strip(string.punctuation) for word in said.split()}
    never = {"fraud", "fraude", "verdacht", "suspicious", "flag", "fout", "mistake", "schuld"}
    assert not words & never
    assert "!" not in said


@each_language
def test_what_one_is_told_to_type_is_understood(language: Language) -> None:
    """Every word in quotation marks is a label, a phrase, or the other language."""
    heard = {label.casefold() for label in language.labels.values()}
    for phrases in language.heard.values():
        heard.update(phrases)
    names = {name for known in LANGUAGES for name in known.names}
    for key, template in language.replies.items():
        for quoted in template.split('"')[1::2]:
            assert quoted.casefold() in heard | names, key


def test_times_are_local() -> None:
    """In the policyholder's zone, summer time included, as the language writes it."""
    summer = datetime(2026, 7, 1, 22, 5, tzinfo=UTC)
    say = Say((line("status.sent", reference="CB-1", at=summer, before=summer),))

    assert "2 juli om 00.05 uur" in render(say, "nl", VOICE)[0]
    assert "2 July at 00:05" in render(say, "en", VOICE)[0]


def test_lists_are_spoken() -> None:
    """Commas, and a word before the last."""
    say = Say((line("burst.kept", slots=(1, 2, 3)), line("burst.flaw", nth=(2,), flaw=Flaw.DARK)))

    assert render(say, "nl", VOICE)[0] == "De goede zijn foto 1, 2 en 3.\nDe tweede: te donker."
    assert render(say, "en", VOICE)[0].endswith("The second: too dark.")


def test_a_telephone_number_is_told_if_there_is_one() -> None:
    """The sentence about it goes when there is none."""
    say = Say((line("human", reference="CB-1"),))

    assert "Bellen kan ook: 088 000 0000. Toch verder" in render(say, "nl", VOICE)[0]
    without = render(say, "nl", replace(VOICE, phone=""))[0]
    assert "Bellen" not in without
    assert "CB-1. Toch verder" in without


def test_what_a_policyholder_wrote_is_not_a_template() -> None:
    """Braces in a value stay braces."""
    say = Say((line("number.noted", number="{emergency}"),))

    assert "{emergency}" in render(say, "en", VOICE)[0]


def test_buttons_have_an_id_and_a_label() -> None:
    """The language's label, unless the option has its own."""
    say = Say((line("hello"),), (Option(Choice.YES), Option(Choice.FIRST, "123")))

    assert render(say, "nl", VOICE)[1] == (("yes", "Ja"), ("first", "123"))
