"""Replacing a photo: the old one stays until the new one is fine, and there is a way back."""

from claimbot.claim import Flaw
from claimbot.conversation import Asking
from tests.builders import (
    asking,
    at_photos,
    at_review,
    digest,
    photo,
)


def test_replacing_a_photo() -> None:
    """The old one stays until the new one is fine."""
    chat = at_review().says("wijzigen", "foto's", "2")
    assert chat.keys == ("ask.replacement",)

    assert chat.sends(photo("bad", Flaw.DARK)).keys == (
        *("photo.dark", "advice.dark", "ask.replacement"),
    )
    assert chat.photos[1] == digest("metres")
    assert chat.sends("new").keys == ("photo.replaced", "ask.review")
    assert chat.photos == tuple(map(digest, ("car", "new", "close")))


def test_replacing_a_photo_on_the_third_try() -> None:
    """It takes the place of the old one all the same."""
    chat = asking(Asking.REPLACEMENT)

    chat.sends(photo("1", Flaw.DARK)).sends(photo("2", Flaw.DARK)).sends(photo("3", Flaw.DARK))

    assert chat.keys == ("photo.third_try", "ask.review")
    assert chat.photos[1] == digest("3")


def test_replacing_with_an_album() -> None:
    """The first takes the place, the others are kept."""
    chat = asking(Asking.REPLACEMENT).sends("new", "more")

    assert chat.keys == ("burst.all_fine", "photo.replaced", "burst.extra.one", "ask.review")
    assert chat.photos == tuple(map(digest, ("car", "new", "close", "more")))


def test_thinking_better_of_replacing() -> None:
    """Nothing changes, and a photo after that is an extra one."""
    chat = asking(Asking.REPLACEMENT).says("verder")
    assert chat.keys == ("ask.review",)

    assert chat.sends("fourth").keys == ("ask.extra",)


def test_changing_something_else_ends_replacing() -> None:
    """A photo is not put in a place that was asked for long before."""
    chat = asking(Asking.REPLACEMENT).says("wijzigen", "formulier").sends("page 1").says("klaar")

    assert chat.keys == ("ask.review",)
    assert chat.photos[1] == digest("metres")


def test_any_photo_can_be_replaced() -> None:
    """Only three fit on buttons; the others have a number, and a wrong one is asked again."""
    chat = at_review().sends("fourth").says("extra foto", "wijzigen", "foto's")

    assert chat.says("5").keys == ("ask.which_photo",)
    assert chat.says("0").keys == ("ask.which_photo",)
    assert chat.says("nummer 4 graag").keys == ("ask.replacement",)
    assert chat.sends("new").photos[3] == digest("new")


def test_replacing_the_only_photo() -> None:
    """A plain yes will do."""
    chat = at_photos().sends("car").says("wijzigen", "foto's")

    assert chat.keys == ("ask.which_photo.one",)
    assert chat.says("ja").keys == ("ask.replacement",)
