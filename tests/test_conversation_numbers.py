"""The policy number: found, confirmed, corrected, postponed, or handed to a person."""

from dataclasses import replace

from claimbot.claim import Flag, Standing
from claimbot.conversation import Asking, CallHuman, Option, Reason, Said
from claimbot.words import Choice
from tests.builders import (
    NUMBER,
    OTHER_NUMBER,
    REFERENCE,
    THIRD_NUMBER,
    UNKNOWN_NUMBER,
    UNVERIFIED_NUMBER,
    asking,
    at_photos,
    at_review,
    begun,
    digest,
    policy,
    words,
)


def test_a_number_in_a_sentence_is_confirmed() -> None:
    """It may be another number; a plain yes takes it."""
    chat = begun().says(f"het zou {NUMBER} moeten zijn geloof ik")

    assert chat.keys == ("ask.number.confirm",)
    assert chat.choices == (Choice.YES, Choice.NO)
    assert chat.says("klopt").keys == ("number.noted", "ask.photo.1")


def test_a_number_that_was_misread_is_asked_again() -> None:
    """A no forgets it."""
    chat = asking(Asking.CONFIRM_NUMBER).says("nee")

    assert chat.keys == ("ask.number",)
    assert chat.now.draft.policy_number is None


def test_saying_the_number_again_confirms_it() -> None:
    """Also in a sentence: "no, I mean ..." is common."""
    chat = asking(Asking.CONFIRM_NUMBER).says(f"jazeker wel {NUMBER} dus")

    assert chat.keys == ("number.noted", "ask.photo.1")


def test_several_numbers_are_offered() -> None:
    """Each under its own button, three at most."""
    chat = begun().says(f"{NUMBER}, {OTHER_NUMBER}, {THIRD_NUMBER} of 456789012")

    assert chat.told.options == (
        Option(Choice.FIRST, NUMBER, NUMBER),
        Option(Choice.SECOND, OTHER_NUMBER, OTHER_NUMBER),
        Option(Choice.THIRD, THIRD_NUMBER, THIRD_NUMBER),
    )
    assert chat.presses(Choice.SECOND).keys == ("number.noted", "ask.photo.1")
    assert chat.now.draft.policy_number == policy(OTHER_NUMBER)


def test_none_of_several_numbers() -> None:
    """The question comes back when the right one is not among them."""
    assert asking(Asking.PICK_NUMBER).says("geen van deze").keys == ("ask.number",)


def test_long_numbers_do_not_fit_on_a_button() -> None:
    """Then the buttons count, and the text has the numbers."""
    for length, labels in ((20, ("A" * 20, "B" * 20)), (21, ("Eerste", "Tweede"))):
        numbers = tuple(replace(policy(), number=letter * length) for letter in "AB")
        chat = begun()
        chat.happens(Said(replace(words("A of B"), numbers=numbers), chat.clock))

        assert chat.labels == labels
        assert all(number.number in chat.text for number in numbers)


def test_an_unknown_number_is_asked_three_times() -> None:
    """The second time in other words; then a person takes over, with all there is."""
    chat = begun().says(UNKNOWN_NUMBER)
    assert chat.keys == ("number.unknown",)
    assert chat.choices == (Choice.LATER,)
    assert chat.says("polis 12345678").keys == ("number.shape.again",)

    assert chat.says(UNKNOWN_NUMBER).keys == ("human.number", "human")
    assert chat.calls == [CallHuman(Reason.POLICY_NUMBER, REFERENCE)]
    assert chat.says("verder").keys == ("human.released", "ask.number")
    assert chat.says(UNKNOWN_NUMBER).keys == ("number.unknown",)


def test_something_like_a_number_is_not_taken_for_a_remark() -> None:
    """Digits of another length are a try at the number."""
    chat = begun().says("12345678")

    assert chat.keys == ("number.shape",)
    assert chat.now.draft.remarks == ()
    assert chat.says("87654321").keys == ("number.shape.again",)


def test_the_number_can_wait() -> None:
    """First come the photos; a second "later" at the end calls a person."""
    chat = begun().says("die heb ik niet bij de hand")

    assert chat.keys == ("number.later", "ask.photo.1")
    assert chat.sends("car", "metres", "close").keys == ("burst.all_fine", "ask.form")
    assert chat.says("geen").keys == ("form.none", "ask.number")
    assert chat.says("later").keys == ("human.number", "human")


def test_an_unknown_number_among_the_photos_opens_the_question_again() -> None:
    """Who postponed the number and then gives one is answering; "later" still works."""
    chat = begun().says("later", UNKNOWN_NUMBER)

    assert chat.keys == ("number.unknown",)
    assert chat.says("later").keys == ("number.later", "ask.photo.1")


def test_an_unknown_number_does_not_hide_another_question() -> None:
    """What to do with a photo is still asked, and one question is enough."""
    chat = begun().says("later").sends("car", "metres", "close").says("geen").sends("fourth")

    assert chat.says(UNKNOWN_NUMBER).keys == ("number.unknown.aside", "ask.extra")


def test_an_unknown_number_besides_a_known_one_is_a_remark() -> None:
    """The other party's number, for one: it is passed on."""
    chat = at_photos().says(f"tegenpartij {UNKNOWN_NUMBER}")

    assert chat.keys == ("remark.kept", "ask.photo.1")
    assert chat.now.draft.remarks == (f"tegenpartij {UNKNOWN_NUMBER}",)


def test_a_number_that_could_not_be_checked_is_taken() -> None:
    """The adjuster sees that the directory was down."""
    chat = begun().says(UNVERIFIED_NUMBER).sends("car", "metres", "close").says("geen", "ja")

    assert chat.claims[0].flags == (Flag.POLICY_UNVERIFIED,)


def test_the_same_number_again_is_no_news() -> None:
    """It is said once more, and its standing may have become better."""
    chat = begun().says(UNVERIFIED_NUMBER)
    known = replace(policy(UNVERIFIED_NUMBER), standing=Standing.KNOWN)
    again = replace(words(UNVERIFIED_NUMBER), numbers=(known,))

    chat.happens(Said(again, chat.clock))
    assert chat.keys == ("number.same", "ask.photo.1")
    assert chat.now.draft.policy_number == known

    assert chat.says(UNVERIFIED_NUMBER).now.draft.policy_number == known


def test_another_number_is_confirmed_before_it_replaces_the_first() -> None:
    """Also when it is all of the message."""
    chat = at_photos().says(OTHER_NUMBER)

    assert chat.keys == ("ask.number.confirm",)
    assert chat.says("ja").now.draft.policy_number == policy(OTHER_NUMBER)


def test_the_first_number_again_takes_back_the_other() -> None:
    """What was to be confirmed is forgotten."""
    chat = at_photos().says(OTHER_NUMBER, NUMBER)

    assert chat.keys == ("number.same", "ask.photo.1")
    assert chat.now.draft.policy_number == policy(NUMBER)


def test_an_old_button_means_the_number_that_is_on_it() -> None:
    """It does not note another one that was asked about since."""
    chat = begun().says(f"ik denk dat het {NUMBER} is")
    (old, _) = (option.id for option in chat.told.options)
    chat.says(f"of was het toch {OTHER_NUMBER} misschien")

    assert chat.presses(old).keys[0] == "stale"
    assert chat.now.draft.policy_number is None
    assert chat.presses(Choice.YES).keys[0] == "number.noted"
    assert OTHER_NUMBER in chat.text


def test_the_number_is_changed_at_the_review() -> None:
    """The new one is shown before anything is sent; "verder" leaves the old one."""
    chat = at_review().presses(Choice.CHANGE, Choice.POLICY_NUMBER)

    assert chat.keys == ("ask.number.new",)
    assert chat.says(OTHER_NUMBER).keys == ("number.noted", "ask.review")
    assert OTHER_NUMBER in chat.text
    assert chat.says("wijzigen", "polisnummer", "verder").keys == ("ask.review",)
    assert chat.now.draft.policy_number == policy(OTHER_NUMBER)


def test_a_photo_does_not_answer_which_number_is_right() -> None:
    """The question stays open; an extra photo is asked about afterwards."""
    chat = at_review().presses(Choice.CHANGE, Choice.POLICY_NUMBER).sends("fourth")

    assert chat.keys == ("ask.number.new",)
    assert chat.says(OTHER_NUMBER).keys == ("number.noted", "ask.extra")


def test_a_caption_can_be_the_number() -> None:
    """It is told with the photo's verdict, and not asked again."""
    chat = begun().sends("car", caption=NUMBER)

    assert chat.keys == ("number.noted", "photo.fine", "ask.photo.2")


def test_a_caption_with_a_number_in_it_is_confirmed() -> None:
    """The photo is kept meanwhile."""
    chat = begun().sends("car", caption=f"polis {NUMBER} denk ik zo")

    assert chat.keys == ("photo.saved", "ask.number.confirm")
    assert chat.says("ja").keys == ("number.noted", "ask.photo.2")


def test_an_unknown_number_in_a_caption_is_a_remark() -> None:
    """A caption is no try at the question."""
    chat = begun().sends("car", caption=UNKNOWN_NUMBER + " op de bon")

    assert chat.keys == ("photo.saved", "ask.number")
    assert chat.now.draft.remarks == (UNKNOWN_NUMBER + " op de bon",)
    assert chat.now.number_tries == 0


def test_a_caption_corrects_the_number() -> None:
    """Then what was asked is answered, and an album after it is still an album."""
    chat = at_review().presses(Choice.CHANGE, Choice.POLICY_NUMBER)

    chat.sends("fourth", caption=OTHER_NUMBER)

    assert chat.keys == ("number.noted", "ask.extra")
    assert chat.photos == tuple(map(digest, ("car", "metres", "close")))


def test_a_caption_answers_which_number_it_is() -> None:
    """Also while the bot has not yet said a word about the photo."""
    chat = asking(Asking.PICK_NUMBER).sends("car", caption=OTHER_NUMBER, answered=False)

    assert chat.says("1").keys == ("number.noted", "photo.fine", "ask.photo.2")
    assert chat.now.draft.policy_number == policy(OTHER_NUMBER)


def test_a_form_with_the_number_in_its_caption() -> None:
    """Both are taken, one after the other."""
    chat = begun().sends_form(caption=f"polisnummer {NUMBER}")

    assert chat.keys == ("form.kept", "number.noted", "ask.photo.1")
