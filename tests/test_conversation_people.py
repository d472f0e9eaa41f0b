"""When a person is called: on request, for an injury, or for a claim that was sent."""

from claimbot.claim import Flaw, Priority
from claimbot.conversation import (
    Asking,
    CallHuman,
    Erase,
    Reason,
)
from claimbot.words import Choice
from tests.builders import (
    NEXT_REFERENCE,
    NUMBER,
    OTHER_NUMBER,
    REFERENCE,
    UNKNOWN_NUMBER,
    Chat,
    asking,
    at_photos,
    begun,
    digest,
    photo,
    policy,
    sent,
)


def test_a_person_takes_over() -> None:
    """The bot is silent until they call it back; what is sent meanwhile is kept."""
    chat = at_photos().says("kan ik een mens spreken?")
    assert chat.keys == ("human",)
    assert "088 000 0000" in chat.text
    assert chat.calls == [CallHuman(Reason.ASKED, REFERENCE)]

    chat.says("hallo?", "ja", "1").presses(Choice.CONTINUE).sends("car").sends_form()
    assert chat.effects == ()
    assert chat.now.asking is Asking.HUMAN

    assert chat.says("verder").keys == ("human.released", "ask.photo.2")
    assert chat.photos == (digest("car"),)
    assert chat.now.draft.form


def test_a_number_told_to_a_person_is_noted() -> None:
    """Nothing has to be said twice, if there is no doubt about it."""
    chat = begun().says("medewerker", f"{NUMBER} of {OTHER_NUMBER}", UNKNOWN_NUMBER)
    assert chat.now.draft.policy_number is None

    assert chat.says(f"het is {NUMBER}", OTHER_NUMBER, "verder").keys == (
        *("human.released", "ask.photo.1"),
    )
    assert chat.now.draft.policy_number == policy(NUMBER)


def test_photos_sent_to_a_person_are_kept_up_to_ten() -> None:
    """Each once, and only those that one can see something on."""
    chat = at_photos().says("medewerker")

    chat.sends("car", "car", photo("dark", Flaw.DARK)).sends(*map(str, range(12)))

    assert chat.photos == tuple(map(digest, ("car", *map(str, range(9)))))


def test_a_draft_in_a_persons_hands_is_erased_as_well() -> None:
    """After thirty days of silence, without a reminder."""
    chat = asking(Asking.HUMAN)

    assert chat.later(days=29).keys == ()
    assert chat.later(days=2).effects == (Erase(),)


def test_a_person_after_the_receipt() -> None:
    """They are called about the claim, and see what is sent next."""
    chat = sent().says("medewerker")
    assert chat.calls == [CallHuman(Reason.ASKED, REFERENCE)]

    chat.sends("more").sends_form().says("ok", "bel me na vijven")

    given = [(call.files, call.words) for call in chat.calls]
    more, form = (digest("more"),), (digest("form"),)
    assert given == [((), ""), (more, ""), (form, ""), ((), "bel me na vijven")]
    assert chat.says("verder").keys == ("human.released", "ask.after")
    assert chat.says("nieuwe melding", "medewerker").calls[-1].reference == NEXT_REFERENCE


def test_a_person_does_not_stand_in_the_way_of_erasing() -> None:
    """Who wants everything erased does not have to wait for somebody."""
    chat = at_photos().says("medewerker", "wis alles")

    assert chat.keys == ("ask.erase",)
    assert chat.says("ja").keys == ("erased",)


def test_a_photo_does_not_answer_whether_to_erase() -> None:
    """It may have been on its way; the question stands, and so does the answer to it."""
    chat = at_photos().says("wissen").sends("car")

    assert chat.keys == ("photo.fine", "ask.erase")
    assert chat.says("ja").keys == ("erased",)


def test_an_injury_is_answered_first() -> None:
    """Whom to call, and nothing is asked; a person is told, and the claim goes first."""
    chat = at_photos().says("Mijn vrouw is gewond!")

    assert chat.keys == ("hurt", "hurt.later")
    assert chat.choices == ()
    assert chat.calls == [CallHuman(Reason.HURT, REFERENCE)]
    assert chat.now.draft.priority is Priority.HURT
    assert chat.now.draft.remarks == ("Mijn vrouw is gewond!",)
    assert chat.says("verder").keys == ("ask.photo.1",)


def test_a_person_is_told_of_an_injury_once() -> None:
    """What to do is said every time."""
    chat = at_photos().says("mijn vrouw is gewond", "ze bloedt")

    assert chat.keys == ("hurt", "hurt.later")
    assert len(chat.calls) == 1


def test_an_injury_in_the_first_message() -> None:
    """The bot says what it is, then whom to call."""
    assert Chat().says("help, gewonden").keys == ("intro", "hurt", "hurt.later")


def test_an_injury_under_a_photo() -> None:
    """It does not wait for the rest of the album; the photo is answered after that."""
    chat = at_photos().sends("car", answered=False)

    chat.sends("metres", caption="mijn been doet pijn", answered=False)

    assert chat.keys == ("hurt", "hurt.later", "photo.fine")
    assert chat.later(seconds=2).keys == ("photo.fine", "ask.photo.3")


def test_an_injury_under_a_form() -> None:
    """The form is kept all the same."""
    chat = at_photos().sends_form(caption="er zijn gewonden")

    assert chat.keys == ("hurt", "hurt.later", "form.kept")


def test_an_injury_told_to_a_person() -> None:
    """The one thing that the bot does not keep silent about."""
    chat = asking(Asking.HUMAN).says("ik ben gewond")

    assert chat.keys == ("hurt",)
    assert chat.now.asking is Asking.HUMAN
    assert chat.calls[-1].reason is Reason.HURT


def test_an_injury_after_the_receipt() -> None:
    """The person who is told finds the claim that was sent."""
    chat = sent().says("nu heb ik nekpijn")

    assert chat.keys == ("hurt", "added")
    assert CallHuman(Reason.HURT, REFERENCE) in chat.calls


def test_a_car_that_cannot_drive_goes_before_others() -> None:
    """Also in a caption; an injury goes before both."""
    chat = at_photos().says("de auto is weggesleept")
    assert chat.now.draft.priority is Priority.NOT_DRIVABLE
    assert chat.says("mijn zoon is gewond").now.draft.priority is Priority.HURT
    assert chat.says("en de auto rijdt niet").now.draft.priority is Priority.HURT

    captioned = at_photos().sends("car", caption="rijdt niet meer")
    assert captioned.now.draft.priority is Priority.NOT_DRIVABLE


def test_status_after_the_receipt() -> None:
    """When it was sent and until when they may have to wait; then, that it took too long."""
    assert sent().says("status").keys == ("status.sent",)
    assert sent().later(days=2).says("status").keys == ("status.late",)
    assert sent().says("nieuwe melding", "status").keys == (
        *("status.sent", "status.nothing", "ask.number"),
    )
    assert sent().sends("more").says("status").keys == ("status.sent", "ask.after.photo")


def test_thanks_after_the_receipt() -> None:
    """The conversation may end there."""
    assert sent().says("bedankt").keys == ("thanks",)
    assert sent().says("ok").keys == ("ask.after",)


def test_words_after_the_receipt_reach_a_person() -> None:
    """An answer to the adjuster's question, for one; the claim they belong to is named."""
    chat = sent().says("de auto staat bij garage Jansen")

    assert chat.keys == ("added",)
    words = "de auto staat bij garage Jansen"
    assert chat.calls == [CallHuman(Reason.ADDITION, REFERENCE, words=words)]
    assert sent().sends("more").says("voor gisteren").keys == ("added", "ask.after.photo")


def test_a_form_after_the_receipt_reaches_a_person() -> None:
    """It can only be for the claim."""
    chat = sent().sends_form(caption="hier is hij alsnog")

    assert chat.keys == ("added",)
    call = CallHuman(Reason.ADDITION, REFERENCE, (digest("form"),), "hier is hij alsnog")
    assert chat.calls == [call]


def test_changing_or_stopping_what_was_sent() -> None:
    """Only a person can; a photo that waits for its place is left out."""
    assert sent().presses(Choice.CHANGE).keys == ("sent.final",)
    assert sent().says("stop").keys == ("sent.final",)
    assert sent().says("versturen").keys == ("ask.after",)
    assert asking(Asking.AFTER).says("wijzigen").keys == ("sent.final", "ask.after.photo")
    assert asking(Asking.AFTER).says("stop").keys == ("photo.discarded", "ask.after")


def test_starting_over_after_the_receipt() -> None:
    """That is a new claim, under its own reference."""
    chat = sent().says("opnieuw")

    assert chat.keys == ("started_over", "ask.number")
    assert chat.now.reference == NEXT_REFERENCE


def test_stopping_a_second_claim() -> None:
    """The first is not touched by it."""
    chat = sent().presses(Choice.NEW_CLAIM).says(NUMBER, "stop", "wissen")

    assert chat.keys == ("erased.but_claim",)
    assert REFERENCE in chat.text
