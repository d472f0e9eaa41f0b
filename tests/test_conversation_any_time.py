"""What holds at any time: stopping, silence, small talk, languages, late buttons, odd messages."""

import pytest

from claimbot.conversation import (
    Asking,
    Conversation,
    Erase,
    Unusable,
    wake_at,
)
from claimbot.words import Choice
from tests.builders import (
    NUMBER,
    REFERENCE,
    Chat,
    asking,
    at_form,
    at_photos,
    at_review,
    begun,
    sent,
)


def test_stopping_keeps_the_draft() -> None:
    """For thirty days, without a reminder; who comes back is told what there is."""
    chat = at_photos().sends("car").says("stop")
    assert chat.choices == (Choice.KEEP, Choice.ERASE, Choice.CONTINUE)
    assert chat.says("stoppen").keys == ("stopped",)

    assert chat.later(days=3).keys == ()
    assert chat.says("daar ben ik weer").keys == ("back", "remark.kept", "ask.back")
    assert chat.says("ja").keys == ("ask.photo.2",)


def test_thanks_after_stopping_is_no_return() -> None:
    """They are not asked to go on, nor reminded."""
    chat = at_photos().says("stop", "ja", "bedankt")

    assert chat.keys == ("thanks",)
    assert chat.later(days=3).keys == ()


def test_not_stopping_after_all() -> None:
    """The open question comes back."""
    assert at_photos().says("stop", "nee").keys == ("ask.photo.1",)


def test_stopping_by_erasing() -> None:
    """Nothing is left, and the next message is the first."""
    chat = at_photos().says("stop", "wissen")

    assert chat.keys == ("erased",)
    assert Erase() in chat.effects
    assert chat.now == Conversation(language="nl", reference=REFERENCE)
    assert chat.says("hoi").keys == ("intro", "ask.number")


def test_nothing_to_stop_yet() -> None:
    """Who gave nothing needs no choice."""
    assert begun().says("stop").keys == ("nothing.to_stop",)
    assert begun().says("wijzigen").keys == ("nothing.to_change", "ask.number")


def test_erasing_is_confirmed() -> None:
    """A yes does it, a no goes on; a claim that was sent stays with the insurer."""
    assert at_photos().says("wissen").keys == ("ask.erase",)
    assert at_photos().says("wissen", "nee").keys == ("ask.photo.1",)
    assert at_photos().says("wissen", "ja").keys == ("erased",)

    chat = sent().says("wissen", "ja")
    assert chat.keys == ("erased.but_claim",)
    assert REFERENCE in chat.text


def test_starting_over_is_confirmed() -> None:
    """Unless there is nothing to lose."""
    chat = at_photos().says("opnieuw")
    assert chat.choices == (Choice.START_OVER, Choice.CONTINUE)

    assert chat.says("ja").keys == ("started_over", "ask.number")
    assert chat.now.draft.is_empty
    assert chat.says("opnieuw beginnen").keys == ("started_over", "ask.number")
    assert at_photos().says("opnieuw", "nee").keys == ("ask.photo.1",)


def test_back_after_two_days() -> None:
    """What there is, what is missing, and whether to go on."""
    chat = at_photos().sends("car").later(days=2).says("hallo")

    assert chat.text == (
        "Welkom terug.\n"
        f"Ik heb: polisnummer {NUMBER} en 1 foto.\n"
        "Nog nodig: foto 2, foto 3 en het schadeformulier (als je dat hebt).\n"
        "Wil je verder?"
    )
    assert chat.labels == ("Verder", "Opnieuw beginnen", "Alles wissen")
    assert chat.says("3").keys == ("ask.erase",)


def test_back_with_an_answer() -> None:
    """Who comes back with what was asked is not asked whether to go on."""
    assert begun().sends("car").later(days=2).says(NUMBER).keys == (
        *("back", "number.noted", "ask.photo.2"),
    )
    assert at_review().later(days=2).presses(Choice.SEND).keys == ("receipt",)


def test_not_going_on_after_all() -> None:
    """A no to "shall we go on" is a wish to stop."""
    assert asking(Asking.BACK).says("nee").keys == ("ask.stop",)


def test_who_was_away_is_welcomed_back() -> None:
    """Six hours count as away."""
    assert at_photos().later(hours=6).says("help").keys == ("back", "help", "ask.photo.1")
    assert at_photos().later(hours=5.9).says("help").keys == ("help", "ask.photo.1")


def test_a_reminder_after_twenty_hours() -> None:
    """Once, with what there is and the open question; then nothing until all is erased."""
    chat = at_photos().sends("car").later(hours=19)
    assert chat.keys == ()

    assert chat.later(hours=2).keys == ("reminder", "status.have", "ask.photo.2")
    assert chat.later(days=28).keys == ()
    chat.later(days=2)

    assert chat.effects == (Erase(),)
    assert chat.keys == ()
    assert chat.now == Conversation(language="nl", reference=REFERENCE)
    assert wake_at(chat.now) is None


def test_a_reminder_does_not_say_everything_twice() -> None:
    """The review shows what there is; who gave nothing that counts is not told so."""
    assert at_review().later(hours=21).keys == ("reminder", "ask.review")
    assert begun().says("later").says("mijn vrouw is gewond").later(hours=21).keys == (
        *("reminder", "status.have", "ask.photo.1"),
    )
    assert Chat().says("112").later(hours=21).keys == ("reminder", "ask.number")


def test_nothing_is_kept_of_who_only_said_hello() -> None:
    """No reminder, no erasure."""
    assert wake_at(begun().now) is None


def test_who_blocked_the_bot_is_not_reminded() -> None:
    """The draft waits its thirty days, and photos not answered yet are not lost."""
    chat = at_photos().sends("car", "metres", "close", answered=False).leaves()

    assert chat.later(days=2).keys == ()
    assert chat.says("verder").keys == ("back", "ask.form")
    assert chat.leaves().later(days=31).effects == (Erase(),)


def test_help() -> None:
    """What one can do, and the open question again."""
    assert at_photos().says("help").keys == ("help", "ask.photo.1")


def test_another_language() -> None:
    """From the next word on, with everything kept."""
    chat = at_review().says("English")
    assert chat.text.startswith("From now on in English.\nPolicy: 123456789\n")
    assert chat.labels == ("Send", "Change", "Stop")

    assert chat.says("Nederlands").text.startswith("Vanaf nu in het Nederlands.")
    assert chat.says("send").claims[0].language == "nl"


def test_saying_hello_again() -> None:
    """Early on it is a hello; later it tells what there is."""
    assert begun().says("hoi").keys == ("hello", "ask.number")
    assert at_photos().says("/start").keys == ("hello", "ask.back")
    assert sent().says("hallo").keys == ("hello", "ask.after")


def test_thanks_in_between() -> None:
    """It is friendly, and not a remark."""
    chat = at_photos().says("Dank je wel!")

    assert chat.keys == ("thanks", "ask.photo.1")
    assert chat.now.draft.remarks == ()


def test_status_of_a_draft() -> None:
    """What there is and what is missing, once."""
    assert begun().says("status").keys == ("status.nothing", "ask.number")
    assert at_form().says("status").keys == ("status.draft", "ask.form")
    assert at_review().says("status").keys == ("ask.review",)

    chat = (
        begun()
        .says("later")
        .sends("car", "metres")
        .sends_form(caption="de voorkant")
        .says("status")
    )
    assert chat.text.startswith(
        "Ik heb: 2 foto's, het schadeformulier en je opmerkingen. "
        "Nog nodig: foto 3 en je polisnummer."
    )
    assert (
        begun()
        .says("de spiegel is eraf", "status")
        .text.startswith(
            "Ik heb: je opmerkingen. "
            "Nog nodig: je polisnummer, 3 foto's en het schadeformulier (als je dat hebt)."
        )
    )
    nothing = begun().says("later", "status").text
    assert nothing.startswith("Ik heb nog niets van je.")


@pytest.mark.parametrize("id_", ["human", "change", "stop"])
def test_some_buttons_work_for_ever(id_: str) -> None:
    """Those that do no harm."""
    assert at_photos().presses(id_).now.asking == id_


@pytest.mark.parametrize("id_", ["send", "erase", "yes", "photo_1", "no such button"])
def test_other_buttons_of_long_ago_do_nothing(id_: str) -> None:
    """The policyholder is told, and asked what is open now."""
    assert at_photos().presses(id_).keys == ("stale", "ask.photo.1")


def test_a_button_before_the_first_word() -> None:
    """Of a chat that was erased, for one."""
    assert Chat().presses("send").keys == ("intro", "stale", "ask.number")


@pytest.mark.parametrize("kind", [kind for kind in Unusable if kind is not Unusable.GROUP])
def test_what_a_claim_has_no_place_for(kind: Unusable) -> None:
    """A kind sentence, and the open question again."""
    assert at_photos().sends_other(kind).keys == (f"unusable.{kind}", "ask.photo.1")


def test_in_a_group_the_bot_says_once_where_to_go() -> None:
    """It asks nothing where others read along."""
    chat = Chat().sends_other(Unusable.GROUP)
    assert chat.keys == ("unusable.group",)

    assert chat.sends_other(Unusable.GROUP).keys == ()
