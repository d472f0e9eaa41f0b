"""What an adjuster asks after the receipt, and how the answer joins the claim."""

from dataclasses import replace

import pytest

from claimbot.claim import Amendment, Flag, Flaw, Priority
from claimbot.conversation import (
    Asked,
    Asking,
    CallHuman,
    Conversation,
    Expedite,
    Reason,
    Unusable,
    closed,
)
from claimbot.conversation.joining import JOINED_KEPT
from claimbot.words import Choice
from tests.builders import (
    NEXT_REFERENCE,
    NUMBER,
    OTHER_NUMBER,
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
)

QUESTION = "Wie reed er?"


def asked(question: str = QUESTION, slot: int | None = None) -> Chat:
    """Return a chat whose claim was sent, and about which an adjuster asks something."""
    return sent().is_asked(question, slot)


def second_draft() -> Chat:
    """Return a chat with a claim that was sent, and a second one with its number and a photo."""
    return sent().says("nieuwe melding", OTHER_NUMBER).sends("another-car")


def test_a_question_names_who_asks_about_which_claim() -> None:
    """In the policyholder's language, the adjuster's words as they are."""
    assert asked().text == (
        "Een medewerker van Polder Verzekeringen vraagt bij je melding CB-7K3M-Q21W:\nWie reed er?"
    )
    assert sent("en").is_asked(slot=3).text == (
        "A colleague at Polder Verzekeringen asks about your claim CB-7K3M-Q21W:\n"
        "Send another photo 3: the damage close by."
    )


@pytest.mark.parametrize(
    ("slot", "wanted"),
    [
        (None, "Stuur nog een foto van de schade."),
        (1, "Stuur een nieuwe foto 1: de hele auto, met kenteken."),
        (4, "Stuur een nieuwe foto 4."),
        (9, "Stuur nog een foto van de schade."),
    ],
)
def test_a_photo_is_asked_for_by_what_it_shows(slot: int | None, wanted: str) -> None:
    """An extra one by its number; one that is not there cannot be replaced."""
    chat = at_form().says("geen").sends("fourth").presses(Choice.EXTRA, Choice.SEND)

    assert chat.is_asked(slot=slot).text.endswith(wanted)
    assert chat.is_asked("Met flits graag.", 2).text.endswith(
        "Met flits graag.\nStuur een nieuwe foto 2: de schade vanaf ongeveer 2 meter."
    )


@pytest.mark.parametrize("answer", ["Mijn broer.", "ja", "1", "dat klopt niet", NUMBER, "👍"])
def test_whatever_is_answered_joins_the_claim(answer: str) -> None:
    """Also what would be a choice, a change or a policy number at another time."""
    chat = asked().says(answer)

    assert chat.keys == ("joined",)
    assert chat.amendments == [Amendment(reference=REFERENCE, words=answer)]
    assert chat.calls == []


def test_commands_are_no_answers() -> None:
    """Help, status and a person are there as ever, and the question is put again."""
    assert asked().says("help").keys == ("help", "ask.adjuster")
    assert asked().says("status").keys == ("status.sent", "ask.adjuster")
    assert asked().says("English").keys == ("language", "ask.adjuster")
    assert asked().says("versturen").keys == ("ask.adjuster",)
    assert asked().says("medewerker").keys == ("human",)
    assert asked().says("wissen", "ja").keys == ("erased.but_claim",)
    assert asked().says(" ").keys == ("ask.adjuster",)
    assert asked().sends_other(Unusable.VOICE).keys == ("unusable.voice", "ask.adjuster")


def test_an_answer_that_names_a_person_is_read_by_one() -> None:
    """It may have been the answer, or a call for help: whoever is called sees the words."""
    chat = asked().says("Een medewerker van de garage")

    assert chat.keys == ("human",)
    assert [call.words for call in chat.calls] == ["Een medewerker van de garage"]


def test_a_photo_that_answers_takes_the_place_of_the_old_one() -> None:
    """One message says so; the next photo is an extra one."""
    chat = asked(slot=2).sends("metres-anew")

    assert chat.keys == ("photo.replaced", "joined")
    assert chat.sends("more", caption="de velg").keys == ("joined",)
    assert chat.amendments == [
        Amendment(reference=REFERENCE, photo=photo("metres-anew"), slot=2),
        Amendment(reference=REFERENCE, photo=photo("more"), words="de velg"),
    ]


def test_a_photo_that_answers_is_judged_as_before() -> None:
    """Refused twice with what to do about it; the third try is taken, and flagged."""
    blurred = photo("blurred", Flaw.BLURRED)
    chat = asked(slot=2).sends(blurred)
    assert chat.keys == ("photo.blurred", "advice.blurred", "ask.adjuster")
    assert chat.amendments == []
    assert chat.sends(blurred).keys[1] == "advice.blurred.again"

    assert chat.sends(blurred).keys == ("photo.third_try", "joined")

    flagged = replace(blurred, flags=(Flag.TAKEN_ON_THIRD_TRY,))
    assert chat.amendments == [Amendment(reference=REFERENCE, photo=flagged, slot=2)]


def test_a_photo_for_a_question_in_words_is_advised_on_too() -> None:
    """It has no place of its own, and is wanted all the same."""
    chat = asked("Hoe ziet de velg eruit?").sends(photo("dark", Flaw.DARK))

    assert chat.keys == ("photo.dark", "advice.dark", "ask.adjuster")
    assert chat.sends("wheel").keys == ("joined",)


def test_a_photo_that_the_claim_has_is_no_answer() -> None:
    """Neither the same bytes, nor the same picture again."""
    assert asked(slot=2).sends("car").keys == (
        *("photo.duplicate", "advice.duplicate", "ask.adjuster"),
    )
    assert asked().sends("close again").keys[0] == "photo.duplicate"


def test_an_album_that_answers_is_answered_once() -> None:
    """The first takes the place, the others are extras; what is refused is named."""
    chat = asked(slot=2).sends("one", "two", photo("dark", Flaw.DARK))

    assert chat.keys[:1] == ("burst.got",)
    assert {"burst.extra.one", "photo.replaced", "joined"} <= set(chat.keys)
    assert [more.slot for more in chat.amendments] == [2, None]


def test_a_claim_keeps_ten_photos() -> None:
    """One more is not taken, and the policyholder is told."""
    chat = asked().sends(*map(str, range(7)))
    assert len(chat.amendments) == 7

    assert chat.sends("one more").keys == ("photo.full", "ask.after")
    assert len(chat.amendments) == 7


def test_a_form_and_a_place_join_the_claim() -> None:
    """With what was written under them."""
    chat = asked().sends_form(caption="hier is hij").shares(52.09, 5.11)

    assert chat.amendments == [
        Amendment(reference=REFERENCE, file=form(), words="hier is hij"),
        Amendment(reference=REFERENCE, words="52.09000, 5.11000"),
    ]


def test_what_joins_does_not_grow_without_end() -> None:
    """Words stay in the chat then, and the policyholder is told."""
    chat = asked().says(*(f"en nog iets {number}" for number in range(JOINED_KEPT)))
    assert len(chat.amendments) == JOINED_KEPT

    assert chat.says("nog meer").keys == ("remark.full", "ask.after")
    assert chat.is_asked().says("nu wel").keys == ("joined",)


def test_what_comes_after_the_answer_joins_too() -> None:
    """Until the claim is decided; small talk is no news, and a new claim can be begun."""
    chat = asked().says("Mijn broer.", "Hij woont in Breda.")
    assert len(chat.amendments) == 2

    assert chat.says("bedankt").keys == ("thanks",)
    assert chat.says("ok").keys == ("ask.after",)
    assert chat.says("nieuwe melding").keys == ("new_claim", "ask.number")
    assert chat.sends("another-car").photos == (digest("another-car"),)
    assert len(chat.amendments) == 2


def test_a_claim_that_is_decided_is_joined_by_nothing() -> None:
    """What is sent then reaches a person, as after any receipt."""
    chat = asked()
    chat.now = closed(chat.now)

    assert chat.now.asking is Asking.NOTHING
    assert chat.says("Mijn broer.").keys == ("added",)
    assert chat.amendments == []


@pytest.mark.parametrize("here", [here for here in Asking if here is not Asking.HUMAN])
def test_a_question_destroys_no_draft(here: Asking) -> None:
    """Whatever is open, it is kept while the adjuster's question is answered, and asked then."""
    claim = sent().claims[0]
    chat = asking(here)
    chat.claims = chat.claims or [claim]
    was = chat.now

    chat.is_asked()

    assert chat.now.asking is Asking.ADJUSTER
    kept = ("draft", "held", "pages", "numbers", "slot", "form_anew", "reference", "begun")
    assert [getattr(chat.now, name) for name in kept] == [getattr(was, name) for name in kept]
    assert chat.says("Mijn broer.").keys[0] == "joined"
    assert chat.now.draft == was.draft
    assert chat.now.asking is not Asking.ADJUSTER


def test_photos_before_the_question_are_the_drafts() -> None:
    """They are answered first; those after it are the adjuster's, until one answered."""
    chat = second_draft().sends("other-metres", answered=False).is_asked(slot=3)

    assert chat.keys == ("photo.fine", "ask.adjuster.draft")
    assert chat.photos == (digest("another-car"), digest("other-metres"))
    assert chat.sends("closer").keys == ("photo.replaced", "joined", "ask.photo.3")
    assert chat.sends("other-close").keys == ("photo.fine", "ask.form")


def test_a_question_can_wait_for_the_draft() -> None:
    """It is put again with the receipt."""
    chat = second_draft().is_asked()
    assert 'Typ "verder"' in chat.text

    assert chat.says("verder").keys == ("ask.photo.2",)
    chat.sends("other-metres", "other-close").says("geen").presses(Choice.SEND)

    assert chat.keys == ("receipt", "ask.adjuster")
    assert chat.says("Mijn broer.").amendments[-1].reference == REFERENCE


def test_the_button_above_the_question_still_works() -> None:
    """Who was about to send does."""
    chat = sent().says("nieuwe melding", NUMBER).sends("x", "y", "z").says("geen").is_asked()

    assert chat.presses(Choice.SEND).keys == ("receipt", "ask.adjuster")
    assert chat.claims[-1].reference == NEXT_REFERENCE
    assert asked().presses(Choice.SEND).keys == ("stale", "ask.adjuster")


def test_starting_over_does_not_forget_the_question() -> None:
    """Nor is it in the way."""
    chat = asked().says("opnieuw")

    assert chat.keys == ("started_over", "ask.number")
    assert chat.now.asked is not None
    assert chat.now.asked.is_open


def test_a_question_in_a_chat_that_was_erased() -> None:
    """The bot says who it is; all it knows is the claim."""
    claim = sent().claims[0]
    chat = Chat().happens(Asked(QUESTION, None, claim, claim.submitted_at))

    assert chat.keys == ("intro", "ask.adjuster")
    assert chat.says("Mijn broer.").keys == ("joined",)
    assert chat.says("status").keys == ("status.sent",)


def test_what_an_adjuster_writes_is_said() -> None:
    """It asks nothing, and changes nothing."""
    for chat in (sent(), at_review(), asking(Asking.HUMAN)):
        was = chat.now

        assert chat.is_told("We hebben je gebeld {naam}.").keys == ("told",)

        assert chat.text.endswith("schrijft:\nWe hebben je gebeld {naam}.")
        assert chat.now == was


def test_a_person_gives_the_conversation_back() -> None:
    """The bot says so, and asks what is open; a second time nothing happens."""
    chat = at_photos().says("medewerker").is_released()
    assert chat.keys == ("human.released", "ask.photo.1")
    assert chat.is_released().effects == ()

    assert sent().says("medewerker").is_released().keys == ("human.released", "ask.after")
    assert asked().says("medewerker").is_released().keys == ("human.released", "ask.adjuster")


def test_while_a_person_talks_answers_join_quietly() -> None:
    """The bot puts the question and is silent; a photo that is refused is shown to the person."""
    chat = sent().says("medewerker").is_asked(slot=1)
    assert chat.keys == ("ask.adjuster",)
    assert chat.now.asking is Asking.HUMAN

    dark = photo("dark", Flaw.DARK)
    chat.sends(dark).sends("car-anew").says("ja").sends_form().says("ok", "Het was gisteren.")

    assert chat.told.lines == ()
    assert chat.amendments == [
        Amendment(reference=REFERENCE, photo=photo("car-anew"), slot=1),
        Amendment(reference=REFERENCE, file=form()),
        Amendment(reference=REFERENCE, words="Het was gisteren."),
    ]
    assert CallHuman(Reason.ADDITION, REFERENCE, (dark.sha256,)) in chat.calls
    assert chat.says("verder").keys == ("human.released", "ask.after")


def test_an_injury_after_the_receipt_brings_the_claim_forward() -> None:
    """Besides the call for a person; in answer to a question it joins the claim as well."""
    sooner = Expedite(REFERENCE, Priority.HURT)
    assert sooner in sent().says("nu heb ik nekpijn").effects

    chat = asked().says("nu heb ik nekpijn")
    assert chat.keys == ("hurt", "joined")
    assert sooner in chat.effects
    assert CallHuman(Reason.HURT, REFERENCE) in chat.effects
    assert chat.amendments[0].words == "nu heb ik nekpijn"

    chat = second_draft().says("mijn zoon is gewond")
    assert not any(isinstance(did, Expedite) for did in chat.effects)
    assert chat.now.draft.priority is Priority.HURT
    assert sooner in second_draft().is_asked().says("mijn zoon is gewond").effects


def test_an_injury_under_a_photo_that_answers() -> None:
    """It does not wait for the verdict."""
    chat = asked(slot=1).sends("car-anew", caption="ik heb pijn", answered=False)

    assert chat.keys == ("hurt",)
    assert chat.amendments[0].words == "ik heb pijn"
    assert chat.later(seconds=2).keys == ("photo.replaced", "joined")


def test_a_person_can_be_called_under_a_photo_that_answers() -> None:
    """The photo joins the claim all the same."""
    chat = asked(slot=1).sends("car-anew", caption="medewerker", answered=False)

    assert chat.keys == ("photo.replaced", "joined", "human")
    assert chat.amendments[0].slot == 1


def test_a_conversation_of_an_older_version_has_no_question() -> None:
    """Nothing joins anything then."""
    assert Conversation(language="nl").asked is None
    assert closed(at_form().now) == at_form().now
