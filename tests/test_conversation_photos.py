"""Photos: judged at once, answered once, refused twice at most, replaced only by a better one."""

from dataclasses import replace

import pytest

from claimbot.claim import UNREADABLE, Flag, Flaw, Photo
from claimbot.conversation import CallHuman, Reason
from claimbot.words import Choice
from tests.builders import (
    NUMBER,
    REFERENCE,
    Chat,
    at_form,
    at_photos,
    at_review,
    begun,
    digest,
    photo,
    sent,
)

QUALITY = [flaw for flaw in Flaw if flaw not in UNREADABLE and flaw is not Flaw.DUPLICATE]


def test_an_album_is_answered_once() -> None:
    """The bot waits until no more photos come, then says all in one message."""
    chat = at_photos()

    for name in ("car", "metres", "close"):
        assert chat.sends(name, answered=False).effects == ()

    assert chat.later(seconds=1.4).keys == ()
    assert chat.later(seconds=0.2).keys == ("burst.all_fine", "ask.form")


def test_who_keeps_sending_is_answered_in_between() -> None:
    """Ten seconds after the first photo at the latest."""
    chat = at_photos().sends("car", answered=False)
    for number in range(12):
        chat.later(seconds=0.8)
        assert (chat.keys == ()) == (number < 11)
        chat.sends(f"more {number}", answered=False)


def test_a_photo_after_a_pause_is_another_album() -> None:
    """Also when the bot was down meanwhile: what was due is said first."""
    chat = at_photos().sends("car", answered=False)
    chat.clock = chat.clock.replace(minute=30)

    assert chat.sends("metres", answered=False).keys == ("photo.fine", "ask.photo.2")
    assert chat.later(seconds=2).keys == ("photo.fine", "ask.photo.3")


def test_an_album_before_anything_else() -> None:
    """Photos before the policy number are welcome, and say hello."""
    chat = Chat().sends("car", "metres", "close")

    assert chat.keys == ("intro", "burst.all_fine", "ask.number")
    assert chat.says(NUMBER).keys == ("number.noted", "ask.form")


def test_an_album_of_five() -> None:
    """What is wrong with which one, which are taken as what, and what becomes of the rest."""
    chat = at_photos().sends("a", "b", photo("bad", Flaw.BLURRED), "c", "d")

    assert chat.keys == (
        *("burst.got", "burst.flaw", "burst.kept", "burst.extra.one", "ask.form"),
    )
    assert chat.text == (
        "5 foto's ontvangen: 4 goed, 1 niet.\n"
        "De derde: niet scherp.\n"
        "De goede zijn foto 1, 2 en 3.\n"
        "1 extra foto bewaard.\n"
        'Heb je een ingevuld schadeformulier? Stuur het nu, of typ "geen".'
    )
    assert chat.photos == tuple(map(digest, "abcd"))


def test_an_album_with_many_bad_photos() -> None:
    """Then their number is said, not each of them, and one piece of advice is enough."""
    bad = [photo(str(number), Flaw.DARK) for number in range(6)]
    chat = at_photos("en").sends("a", *bad, photo("x", Flaw.BLURRED), photo("y", Flaw.BLURRED))

    assert chat.text == (
        "Got 9 photos: 1 fine, 8 not.\n"
        "6 photos: too dark.\n"
        "The eighth and ninth: not sharp.\n"
        "Turn on the flash or find more light.\n"
        "The fine one is photo 1.\n"
        "Send photo 2: the damage from about 2 metres."
    )


def test_an_album_longer_than_there_are_words_for() -> None:
    """The eleventh is named by its number."""
    names = [f"n {number}" for number in range(10)]
    chat = at_photos().sends(*names, photo("bad", Flaw.DARK))

    assert "De 11: te donker." in chat.text


@pytest.mark.parametrize("flaw", QUALITY)
def test_the_third_try_is_taken(flaw: Flaw) -> None:
    """Refused with a reason, refused in other words, taken with a flag."""
    chat = at_photos()

    assert chat.sends(photo("1", flaw)).keys == (f"photo.{flaw}", f"advice.{flaw}", "ask.photo.1")
    again = (f"photo.{flaw}", f"advice.{flaw}.again", "ask.photo.1")
    assert chat.sends(photo("2", flaw)).keys == again
    assert chat.photos == ()
    assert chat.sends(photo("3", flaw)).keys == ("photo.third_try", "ask.photo.2")
    assert chat.now.draft.photos[0].flags == (Flag.TAKEN_ON_THIRD_TRY,)
    assert chat.sends(photo("4", flaw)).keys == (f"photo.{flaw}", f"advice.{flaw}", "ask.photo.2")


def test_what_the_second_refusal_promises_is_kept() -> None:
    """An album counts as one try, whatever was good in it counts as a new beginning."""
    chat = at_photos().sends(photo("1", Flaw.DARK))
    chat.sends("good", photo("2", Flaw.DARK))
    assert "advice.dark" in chat.keys

    assert "advice.dark.again" in chat.sends(photo("3", Flaw.DARK), photo("4", Flaw.DARK)).keys
    chat.sends(photo("5", Flaw.DARK), photo("6", Flaw.DARK))

    assert chat.keys == (
        *("burst.got", "burst.flaw", "advice.dark", "photo.third_try", "ask.photo.3"),
    )


def test_a_sharp_photo_takes_the_place_of_a_blurred_one() -> None:
    """The same picture again, better: it is no repetition of what was taken for want of it."""
    blurred, sharp = photo("far", Flaw.BLURRED), photo("near")
    blurred, sharp = replace(blurred, phash="0" * 64), replace(sharp, phash="0" * 63 + "f")
    chat = at_photos().sends("car")
    for _ in range(3):
        chat.sends(blurred)

    assert chat.sends(sharp).keys == ("photo.replaced", "ask.photo.3")
    assert chat.photos[1] == sharp.sha256
    assert chat.sends(sharp).keys[0] == "photo.duplicate"


def test_a_better_photo_is_what_was_asked_for() -> None:
    """Who replaces a blurred photo by a sharp one of the same view has answered."""
    blurred, sharp = photo("far", Flaw.BLURRED), photo("near")
    blurred, sharp = replace(blurred, phash="0" * 64), replace(sharp, phash="0" * 63 + "f")
    chat = at_photos().sends("car")
    for _ in range(3):
        chat.sends(blurred)
    chat.sends("close").says("geen").says("wijzigen").says("foto's").says("2")

    assert chat.sends(sharp).keys == ("photo.replaced", "ask.review")


def test_a_third_try_among_good_photos() -> None:
    """Each is named for what it is."""
    chat = at_photos().sends(photo("1", Flaw.DARK)).sends(photo("2", Flaw.DARK))

    chat.sends(photo("3", Flaw.DARK), "b", "c")

    assert chat.keys == ("burst.kept", "photo.third_try", "ask.form")


@pytest.mark.parametrize("flaw", sorted(UNREADABLE))
def test_what_nobody_can_open_is_never_taken(flaw: Flaw) -> None:
    """Not on the third try either, and there is advice each time."""
    chat = at_photos()

    for number in range(4):
        chat.sends(photo(str(number), flaw))
        assert chat.keys[0] == f"photo.{flaw}"

    assert chat.keys == (f"photo.{flaw}", f"advice.{flaw}.again", "ask.photo.1")


def test_a_photo_sent_twice_is_asked_for_again() -> None:
    """The same picture, also when it was compressed anew; the very same file is never taken."""
    chat = at_photos().sends("car")

    assert chat.sends("car").keys == ("photo.duplicate", "advice.duplicate", "ask.photo.2")
    assert "foto 1" in chat.text
    again = ("photo.duplicate", "advice.duplicate.again", "ask.photo.2")
    assert chat.sends("car again").keys == again
    assert chat.sends("car").keys == again
    assert chat.sends("car again").keys == ("photo.third_try", "ask.photo.3")


def test_photos_without_a_hash_differ() -> None:
    """Where no pixel could be compared, only the same bytes are the same."""
    bare = [Photo(sha256=digest(name)) for name in ("a", "b", "a")]

    assert at_photos().sends(*bare).photos == (digest("a"), digest("b"))


def test_a_bad_photo_before_the_number_is_asked_for_first() -> None:
    """They stand beside the car now; the number comes after."""
    chat = begun().sends(photo("dark", Flaw.DARK))

    assert chat.keys == ("photo.dark", "advice.dark", "ask.photo.1")
    assert chat.sends("car").keys == ("photo.saved", "ask.number")


def test_a_fourth_photo_is_asked_about() -> None:
    """Keep it, put it in another's place, or leave it."""
    chat = at_review().sends("fourth")

    assert chat.keys == ("ask.extra",)
    assert chat.choices == (Choice.EXTRA, Choice.REPLACE, Choice.DISCARD)
    assert chat.says("extra foto").keys == ("photo.extra", "ask.review")
    assert chat.photos[3] == digest("fourth")


def test_a_fourth_photo_replaces_another() -> None:
    """The one they name, by button or number."""
    chat = at_review().sends("fourth").says("foto vervangen")
    assert chat.keys == ("ask.which_photo",)

    assert chat.says("foto 2").keys == ("photo.replaced", "ask.review")
    assert chat.photos == tuple(map(digest, ("car", "fourth", "close")))


def test_a_fourth_photo_is_not_used() -> None:
    """It is dropped because they said so."""
    chat = at_review().sends("fourth").says("nee")

    assert chat.keys == ("photo.discarded", "ask.review")
    assert len(chat.photos) == 3


def test_several_photos_too_many() -> None:
    """One question for all of them; replacing takes them one by one."""
    chat = at_review().sends("fourth", "fifth")
    assert "Wat doe ik met deze 2?" in chat.text
    assert chat.presses(Choice.REPLACE, Choice.PHOTO_1).keys == ("photo.replaced", "ask.extra")
    assert chat.says("1").keys == ("photo.extra", "ask.review")

    assert at_review().sends("4", "5").says("1").keys == ("photo.extra.many", "ask.review")
    assert at_review().sends("4", "5").says("3").keys == ("photo.discarded.many", "ask.review")


def test_a_bad_fourth_photo_is_no_reason_to_go_back() -> None:
    """Nothing is missing, so it is left out without advice; the third try is asked about."""
    chat = at_review().sends(photo("1", Flaw.BLURRED))
    assert chat.text.startswith("Deze foto is niet scherp.\nIk gebruik hem niet.\n")

    assert chat.sends(photo("2", Flaw.BLURRED)).keys[-1] == "ask.review"
    assert chat.sends(photo("3", Flaw.BLURRED)).keys == ("ask.extra",)


def test_a_held_photo_sent_again() -> None:
    """It has no number yet to be called by."""
    chat = at_review().sends("fourth").sends("fourth")

    assert chat.keys == ("photo.duplicate.held", "photo.unused", "ask.extra")


def test_ten_photos_are_enough() -> None:
    """More are not kept, and the policyholder is told."""
    chat = at_review().sends(*(str(number) for number in range(6))).says("1")
    assert len(chat.photos) == 9
    chat.sends("tenth")

    assert chat.sends("eleventh").keys == ("photo.full", "ask.extra")
    assert "Ik heb al 10 foto's" in chat.text
    assert chat.sends("x", "y").keys == ("burst.full", "ask.extra")
    assert chat.says("1").now.draft.photos[9].sha256 == digest("tenth")


def test_an_album_of_twelve() -> None:
    """Three places, seven extras, two too many."""
    chat = at_photos().sends(*(str(number) for number in range(12)))

    assert chat.keys == ("burst.extra", "burst.full", "ask.form")
    assert len(chat.photos) == 10


def test_no_photo_to_change_yet() -> None:
    """Then the next one is asked for."""
    assert at_photos().says("wijzigen", "foto's").keys == ("ask.photo.1",)


def test_words_cut_an_album_short() -> None:
    """The verdict comes with the answer to what was said."""
    chat = at_photos().sends("car", answered=False).says("de spiegel is er ook af")

    assert chat.keys == ("photo.fine", "remark.kept", "ask.photo.2")
    assert chat.later(seconds=10).keys == ()


def test_asking_for_a_person_under_a_photo() -> None:
    """The photo is taken, and a person called."""
    chat = at_photos().sends("car", caption="Medewerker", answered=False)

    assert chat.keys == ("photo.fine", "human")
    assert chat.calls == [CallHuman(Reason.ASKED, REFERENCE)]
    assert begun().sends_form(caption="ik wil een mens spreken").keys == ("form.kept", "human")


def test_a_page_that_cannot_be_opened() -> None:
    """Any photo of a page will do, but for that; the good ones beside it are kept."""
    chat = at_form().sends(photo("1", Flaw.NOT_AN_IMAGE))
    assert chat.keys == ("form.unreadable", "ask.form")

    pages = (photo("2", Flaw.OVEREXPOSED), photo("3", Flaw.TOO_LARGE))

    assert chat.sends(*pages).keys == ("form.page", "form.unreadable", "ask.form.more")
    assert len(chat.now.draft.form) == 1


def test_extras_from_pages_stop_at_ten() -> None:
    """Photos that were taken for pages are not kept beyond what is enough."""
    album = (str(number) for number in range(9))
    chat = at_photos().sends(*album).sends("x", "y").says("extra foto")

    assert len(chat.photos) == 10
    assert chat.photos[9] == digest("x")


def test_a_photo_after_the_receipt_is_asked_about() -> None:
    """It may belong to the claim, to a new one, or nowhere."""
    chat = sent().sends("more")
    assert chat.keys == ("ask.after.photo",)

    assert chat.says("bij die melding").keys == ("added",)
    assert chat.calls == [CallHuman(Reason.ADDITION, REFERENCE, (digest("more"),))]
    assert sent().sends("more").says("nieuwe melding").keys == (
        *("new_claim", "status.have", "ask.number"),
    )
    assert sent().sends("more").says("niet gebruiken").keys == ("photo.discarded", "ask.after")


def test_several_photos_after_the_receipt() -> None:
    """One question for all; in a new claim they take the first places."""
    chat = sent().sends("x", "y")
    assert chat.keys == ("ask.after.photos",)

    chat.presses(Choice.NEW_CLAIM)

    assert chat.photos == (digest("x"), digest("y"))
    assert "Ik heb: 2 foto's." in chat.text
