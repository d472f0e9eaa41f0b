"""What is understood: choices, injuries, breakdowns and languages, in Dutch and in English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimbot.conversation import Asking, Conversation
from claimbot.conversation.questions import question, yes_and_no
from claimbot.understanding import (
    asked_language,
    choose,
    first_language,
    is_small_talk,
    plain,
    tells_of_breakdown,
    tells_of_injury,
)
from claimbot.words import COMMANDS, Choice, languages
from tests.builders import asking, at_form, at_photos, begun

LANGUAGES = tuple(languages().values())
SAID = [
    (phrase, choice)
    for language in LANGUAGES
    for choice in Choice
    for phrase in (language.labels[choice], *language.heard.get(choice, ()))
]
MENTIONED = [
    (phrase, choice)
    for language in LANGUAGES
    for choice, phrases in language.mentions.items()
    for phrase in phrases
]
QUESTIONS: list[Conversation] = [
    *(asking(each).now for each in Asking),
    at_form().sends("page").now,
    at_form().sends_form().says("wijzigen", "formulier").now,
    at_photos().sends("car").says("wijzigen", "foto's").now,
    begun().says("123456789, 234567890 of 345678901").now,
]

HURT = [
    "Mijn vrouw is gewond",
    "er zijn gewonden!",
    "ik heb pijn in mijn nek",
    "NEKPIJN",
    "er ligt bloed op de stoel",
    "iemand zit bekneld",
    "de ambulance is onderweg",
    "niet ernstig gewond",
    "niemand zwaar gewond",
    "ik ben niet gewond maar mijn vriendin wel",
    "Ik ben niet gewond, mijn vriendin wel.",
    "geen schade, wel letsel",
    "ik weet niet of hij gewond is",
    "geen idee of er gewonden zijn",
    "hij is gewond en hij kan niet lopen",
    "mijn man is gewond, hij reageert niet",
    "ze ademt niet",
    "de auto staat in brand",
    "we zitten vast in de auto",
    "ik ben gewond kan niemand bereiken",
    "my wife is hurt nobody is here",
    "niemand gewond behalve mijn dochter",
    "nobody is hurt except my son",
    "no one is hurt, only my wife",
    "geen gewonden wel nekpijn",
    "het bloeden stopt niet",
    "er is nog geen ambulance",
    "weet niet hoeveel gewonden",
    "i don't know who is hurt",
    "help 112",
    "hij heeft een gebroken arm",
    "he isn't moving, blood everywhere",
    "ik heb een fietser aangereden",
    "112",
    "moet ik 112 bellen?",
    "ik heb 112 al gebeld, geen paniek",
    "My wife is hurt",
    "two people are injured",
    "he's bleeding",
    "there\u2019s blood everywhere",
    "not badly hurt",
    "nobody seriously injured",
    "I am not hurt but my wife is",
    "no damage but an injury",
    "I don't know if she is hurt",
    "no idea whether he is injured",
    "she is unconscious",
    "trapped in the car",
    "the car is on fire",
    "he is not breathing",
    "call 911!",
    "call an ambulance please",
    "\N{FULLWIDTH LATIN SMALL LETTER H}urt",
]
UNHURT = [
    "",
    "niemand gewond",
    "Gelukkig is er niemand gewond geraakt.",
    "er zijn geen gewonden",
    "we zijn niet gewond",
    "Gewond: nee",
    "Gewonden? Geen.",
    "letsel: 0",
    "geen letsel, alleen blikschade",
    "zonder letsel",
    "Nee, niemand van ons in de auto is gewond hoor",
    "gewond is er gelukkig niemand",
    "gewond ben ik niet hoor",
    "pijn heb ik niet",
    "een ambulance is niet nodig",
    "niet gewond maar wel geschrokken",
    "ongedeerd",
    "Hoofdstraat 112, Utrecht",
    "mijn Porsche 911 is geraakt",
    "bel me op 06 112 33 445",
    "nobody is hurt",
    "Nobody was hurt or injured, thankfully",
    "no injuries",
    "Injuries: none",
    "Is anyone injured? No",
    "I'm not hurt",
    "we aren't injured",
    "no-one was hurt",
    "without any injury",
    "I don't think anyone is hurt",
    "no ambulance needed",
    "an ambulance was not needed",
    "the police called me",
    "er zit een deuk in de deur",
]


@pytest.mark.parametrize(("phrase", "choice"), SAID)
def test_every_phrase_makes_its_choice(phrase: str, choice: Choice) -> None:
    """When it is on offer: as it is written, shouted, or with a full stop."""
    assert choose(phrase, (choice,)) is choice
    assert choose(f"  {phrase.upper()} ", (choice,)) is choice
    assert phrase == "?" or choose(f"{phrase}!", (choice,)) is choice


@pytest.mark.parametrize(("phrase", "choice"), MENTIONED)
def test_every_mention_makes_its_choice(phrase: str, choice: Choice) -> None:
    """In a short sentence, not in a story."""
    assert choose(f"sorry maar {phrase} graag", (choice,)) is choice
    assert choose(f"{phrase} {'en toen ' * 8}", (choice,)) is None


@pytest.mark.parametrize(
    "now", QUESTIONS, ids=lambda now: f"{now.asking}, {len(question(now)[1])} choices"
)
def test_no_phrase_means_two_choices_at_once(now: Conversation) -> None:
    """What is offered together can be told apart; a yes or no counts as what it stands for."""
    yes, no = yes_and_no(now)
    stands_for = {Choice.YES: yes, Choice.NO: no}
    on_offer = {option.choice for option in question(now)[1]} | {yes, no}

    meant: dict[str, set[Choice]] = {}
    for phrase, choice in SAID:
        chosen = {choice, stands_for.get(choice)} & on_offer
        meant.setdefault(plain(phrase), set()).update(each for each in chosen if each)

    assert {phrase: choices for phrase, choices in meant.items() if len(choices) > 1} == {}


@pytest.mark.parametrize("choice", sorted(COMMANDS))
def test_commands_are_understood_whatever_is_asked(choice: Choice) -> None:
    """In every language."""
    assert all(choose(language.labels[choice], ()) is choice for language in LANGUAGES)


def test_other_choices_are_not_understood_unless_offered() -> None:
    """A yes to nothing is nothing."""
    assert choose("ja", (Choice.SEND,)) is None
    assert choose("ja", (Choice.SEND,), yes=Choice.SEND) is Choice.SEND
    assert choose("geen formulier", ()) is None
    assert choose("heb ik niet", (Choice.LATER,)) is Choice.LATER


def test_a_number_chooses_by_its_place() -> None:
    """Also in full-width digits; a number without a choice is none."""
    offered = (Choice.SEND, Choice.CHANGE)

    assert choose("2.", offered) is Choice.CHANGE
    assert choose("\N{FULLWIDTH DIGIT ONE}", offered) is Choice.SEND
    assert choose("3", offered) is None
    assert choose("0", offered) is None
    assert choose("12", offered) is None


def test_what_is_offered_wins_from_a_command() -> None:
    """The same words may mean either."""
    assert choose("stop", ()) is Choice.STOP
    assert choose("stop", (Choice.KEEP,)) is Choice.KEEP
    assert choose("klopt niet", ()) is Choice.CHANGE
    assert choose("klopt niet", (Choice.YES, Choice.NO)) is Choice.NO


def test_slash_commands_are_words() -> None:
    """As Telegram sends them, with the bot's name and whatever follows."""
    assert choose("/stop@schadebot", ()) is Choice.STOP
    assert choose("/start abc", ()) is Choice.GREETING


@pytest.mark.parametrize("text", ["ja", "Dank je wel!", "😀", "", "12", "/help"])
def test_small_talk_is_no_remark(text: str) -> None:
    """An adjuster needs not read it."""
    assert is_small_talk(text)
    assert not is_small_talk("de spiegel is eraf")


@pytest.mark.parametrize("text", HURT)
def test_an_injury_is_noticed(text: str) -> None:
    """Also when it is half denied, unsure, or in capitals."""
    assert tells_of_injury(text)


@pytest.mark.parametrize("text", UNHURT)
def test_no_injury_is_no_alarm(text: str) -> None:
    """Most people write that nobody is hurt."""
    assert not tells_of_injury(text)


@pytest.mark.parametrize(
    "text", ["De auto rijdt niet meer.", "it had to be TOWED", "total loss", "can\u2019t drive"]
)
def test_a_breakdown_is_noticed(text: str) -> None:
    """The car stands somewhere, and costs money."""
    assert tells_of_breakdown(text)
    assert not tells_of_breakdown("alles rijdt nog")


def test_a_language_can_be_asked_for() -> None:
    """By its own name and the other's."""
    for known in LANGUAGES:
        for name in known.names:
            assert asked_language(f"{name.title()}!") == known.code
    assert asked_language("I speak English") is None


@pytest.mark.parametrize(
    ("hint", "text", "code"),
    [
        ("en-GB", "hoi", "en"),
        ("nl_BE", "hello", "nl"),
        ("de", "Hello, I have damage to my car", "en"),
        (None, "Goedendag, ik heb schade aan mijn auto", "nl"),
        (None, "someone hit my car in the street", "en"),
        (None, "Guten Tag", "nl"),
        ("fr", "", "nl"),
    ],
)
def test_the_first_language(hint: str | None, text: str, code: str) -> None:
    """The channel's hint, else what they write, else the default."""
    assert first_language(hint, text, "nl") == code


def test_the_default_language_breaks_a_tie() -> None:
    """Where a text has as many words of both."""
    assert first_language(None, "auto car", "nl") == "nl"
    assert first_language(None, "auto car", "en") == "en"


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Nothing that can be written raises."""
    plain(text)
    choose(text, (Choice.YES, Choice.NO))
    is_small_talk(text)
    tells_of_injury(text)
    tells_of_breakdown(text)
    asked_language(text)
    assert first_language(None, text, "en") in languages()
