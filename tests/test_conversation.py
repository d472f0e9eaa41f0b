"""From hello to receipt: what the bot asks, what it takes for an answer, and what it sends."""

from dataclasses import replace

import pytest

from claimbot.conversation import (
    Asking,
    Elapsed,
    Event,
    Left,
    Pressed,
    Said,
    Say,
    SentForm,
    SentPhoto,
    SentUnusable,
    Unusable,
    step,
)
from claimbot.words import Choice
from tests.builders import (
    NOON,
    NUMBER,
    REFERENCE,
    Chat,
    asking,
    at_form,
    at_photos,
    at_review,
    digest,
    form,
    photo,
    sent,
    words,
)

EVERY_KIND: tuple[Event, ...] = (
    Said(words("zomaar iets"), NOON),
    Said(words(NUMBER), NOON),
    Pressed("yes", NOON),
    SentPhoto(photo("new"), "image/jpeg", words(""), NOON),
    SentForm(form("new"), words(""), NOON),
    SentUnusable(Unusable.VOICE, NOON),
    Left(NOON),
    Elapsed(NOON),
)


def test_from_hello_to_receipt() -> None:
    """Number, three photos, no form, send: each is answered by the next question."""
    chat = Chat()

    assert chat.says("hoi").keys == ("intro", "ask.number")
    assert chat.says(NUMBER).keys == ("number.noted", "ask.photo.1")
    assert chat.sends("car").keys == ("photo.fine", "ask.photo.2")
    assert chat.sends("metres").keys == ("photo.fine", "ask.photo.3")
    assert chat.sends("close").keys == ("photo.fine", "ask.form")
    assert chat.says("geen").keys == ("form.none", "ask.review")
    assert chat.says("versturen").keys == ("receipt",)

    (claim,) = chat.claims
    assert claim.reference == REFERENCE
    assert claim.policy_number == NUMBER
    assert [kept.sha256 for kept in claim.photos] == [
        digest(n) for n in ("car", "metres", "close")
    ]
    assert claim.form == ()
    assert claim.flags == ()
    assert f"\n{REFERENCE}\n" in chat.text


def test_the_other_way_round() -> None:
    """The order does not matter: form first, then photos, the number last."""
    chat = Chat("en")

    assert chat.sends_form().keys == ("intro", "form.kept", "ask.number")
    assert chat.sends("car").keys == ("photo.saved", "ask.number")
    assert chat.sends("metres", "close").keys == ("burst.all_fine", "ask.number")
    assert chat.says(NUMBER).keys == ("number.noted", "ask.review")
    assert chat.says("1").keys == ("receipt",)
    assert chat.claims[0].form == (form(),)


@pytest.mark.parametrize("question", Asking)
def test_every_question_can_be_reached(question: Asking) -> None:
    """Each open question stands at the end of an ordinary conversation."""
    assert asking(question).now.asking is question


@pytest.mark.parametrize("event", EVERY_KIND, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("question", Asking)
def test_every_question_takes_every_kind_of_event(question: Asking, event: Event) -> None:
    """Nothing raises or says two things; only a person who is talking is not interrupted."""
    chat = asking(question)

    now, effects = step(chat.now, replace(event, at=chat.clock))

    assert len([did for did in effects if isinstance(did, Say)]) <= 1
    waits = isinstance(event, SentPhoto | Left | Elapsed) or question is Asking.HUMAN
    assert waits or any(isinstance(did, Say) for did in effects)
    assert now.asking is Asking.HUMAN or question is not Asking.HUMAN


@pytest.mark.parametrize("question", [each for each in Asking if each is not Asking.HUMAN])
def test_every_question_can_be_left(question: Asking) -> None:
    """Out of each one can go on, stop, erase everything or ask for a person."""
    assert asking(question).says("verder").keys
    assert asking(question).says("medewerker").now.asking is Asking.HUMAN
    assert asking(question).says("stop").keys
    asked = question in {Asking.STOP, Asking.ERASE}
    erased = asking(question).says(*["wissen"] * (1 if asked else 2)).keys
    assert erased in {("erased",), ("erased.but_claim",)}


def test_a_pdf_is_the_form() -> None:
    """It settles the question at once."""
    chat = at_form().sends_form()

    assert chat.keys == ("form.kept", "ask.review")
    assert "Formulier: ja\n" in chat.text


def test_photos_are_pages_while_the_form_is_asked_for() -> None:
    """Any number of pages, until they say that it is done."""
    chat = at_form().sends("page 1")
    assert chat.keys == ("form.page", "ask.form.more")
    assert chat.choices == (Choice.DONE, Choice.EXTRA)
    assert chat.sends("page 2", "page 3").keys == ("form.pages", "ask.form.more")

    assert chat.says("dat was het").keys == ("ask.review",)
    assert "ja, 3 bestanden" in chat.text
    assert len(chat.now.draft.form) == 3


def test_going_on_keeps_the_pages() -> None:
    """There are no more, they say."""
    assert at_form().sends("page 1").says("verder").keys == ("ask.review",)


def test_the_same_page_twice_is_one_page() -> None:
    """Who taps twice has one page."""
    chat = at_form().sends("page 1").sends("page 1")

    assert chat.keys == ("form.page", "ask.form.more")
    assert len(chat.now.draft.form) == 1
    assert at_form().sends_form().sends_form().now.draft.form == (form(),)


def test_a_photo_that_was_no_page_becomes_an_extra_photo() -> None:
    """The form question is open again."""
    chat = at_form().sends("bumper").says("extra foto")

    assert chat.keys == ("photo.counted", "ask.form")
    assert chat.photos[3] == digest("bumper")
    assert chat.now.draft.form == ()


def test_a_page_that_was_a_known_photo_is_not_kept_twice() -> None:
    """Neither as a page nor as a photo."""
    chat = at_form().sends("car").says("extra foto")

    assert len(chat.photos) == 3
    assert chat.now.draft.form == ()


def test_the_form_is_replaced_only_by_another() -> None:
    """The old one stays until the new one is here, and comes back if that was no form."""
    chat = at_form().sends_form("old").presses(Choice.CHANGE, Choice.FORM)
    assert chat.keys == ("ask.form.new",)
    assert chat.choices == (Choice.CONTINUE, Choice.NO_FORM)

    chat.sends("bumper").says("extra foto")

    assert chat.now.draft.form == (form("old"),)
    assert chat.says("wijzigen", "formulier", "nee").now.draft.form == (form("old"),)
    chat.says("wijzigen", "formulier").sends_form("new")
    assert chat.now.draft.form == (form("new"),)
    assert chat.says("wijzigen", "formulier", "geen").now.draft.form == ()


def test_a_form_has_ten_files_at_most() -> None:
    """One more is not taken, and the policyholder is told."""
    chat = at_form().sends(*(f"page {number}" for number in range(10)))

    assert chat.sends("one more").keys == ("form.full", "ask.form.more")
    assert chat.sends_form().keys == ("form.full", "ask.form.more")
    assert len(chat.now.draft.form) == 10


def test_who_has_a_form_is_asked_to_send_it() -> None:
    """A "yes" alone changes nothing."""
    assert at_form().says("ja").keys == ("ask.form",)


def test_the_review_can_be_answered_in_words() -> None:
    """Yes sends it, no asks what to change, and "nothing" goes back."""
    assert at_review().says("ja").keys == ("receipt",)
    assert at_review().says("dat klopt niet").keys == ("ask.change",)
    assert at_review().says("nee", "nee").keys == ("ask.review",)


def test_sending_early_asks_for_what_is_missing() -> None:
    """Nothing is sent that is not complete."""
    chat = at_photos().says("versturen")

    assert chat.keys == ("send.not_yet", "ask.photo.1")
    assert chat.claims == []


def test_sending_from_elsewhere_shows_the_review_first() -> None:
    """What is sent was seen."""
    chat = at_review().says("wijzigen", "versturen")

    assert chat.keys == ("ask.review",)
    assert chat.claims == []


def test_a_button_pressed_twice_sends_once() -> None:
    """The second press is told that the claim was sent."""
    chat = at_review().presses(Choice.SEND, Choice.SEND)

    assert chat.keys == ("stale", "ask.after")
    assert len(chat.claims) == 1


def test_send_is_not_taken_for_photos_that_came_after_the_review() -> None:
    """The button was under a message that did not know of them."""
    chat = at_review().sends("fourth", answered=False).presses(Choice.SEND)

    assert chat.keys == ("stale", "ask.extra")
    assert chat.claims == []

    chat = at_review().sends("fourth", answered=False).says("ja")
    assert chat.keys == ("send.not_yet", "ask.extra")


def test_what_is_not_understood_goes_along() -> None:
    """Remarks reach the adjuster as they were written."""
    chat = at_photos().says("De tegenpartij reed door rood.", "👍")
    assert chat.keys == ("ask.photo.1",)
    chat.sends("car", caption="linkerkant").sends("metres", "close")

    chat.sends_form(caption="zie pagina 2").says("ja")

    assert chat.claims[0].remarks == (
        "De tegenpartij reed door rood.",
        "linkerkant",
        "zie pagina 2",
    )


def test_remarks_do_not_grow_without_end() -> None:
    """Twenty of a thousand characters; the adjuster finds the rest in the chat."""
    chat = at_photos().says(*(f"{number} {'x' * 1500}" for number in range(20)))
    assert chat.keys == ("remark.kept", "ask.photo.1")

    chat.says("nog iets")

    assert chat.keys == ("remark.full", "ask.photo.1")
    assert {len(remark) for remark in chat.now.draft.remarks} == {1000}


def test_a_new_claim_has_its_own_reference() -> None:
    """The first claim is left as it was."""
    chat = sent().presses(Choice.NEW_CLAIM)
    assert chat.keys == ("new_claim", "ask.number")

    chat.says(NUMBER).sends("x", "y", "z").says("geen", "ja")

    first, second = chat.claims
    assert first.reference != second.reference
    assert len(second.photos) == 3
