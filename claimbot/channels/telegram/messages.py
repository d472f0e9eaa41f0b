"""Fit a message into what Telegram takes: pieces of text and rows of buttons."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from claimbot.channels import Button

LONGEST_TEXT = 4096  # UTF-16 code units; https://core.telegram.org/bots/api#sendmessage
SHORT_LABEL = 10  # characters; three such buttons fit side by side on a small phone
BUTTONS_IN_ROW = 3


def pieces(text: str, *, longest: int = LONGEST_TEXT) -> list[str]:
    """Return a text in pieces of at most ``longest`` UTF-16 code units; never no piece.

    Cuts between paragraphs, else lines, else words, else where it must, and drops the white space
    at a cut.
    """
    text = text.encode("utf-8", "replace").decode()  # half an emoji cannot be sent
    found = []
    while len(units := text.encode("utf-16-le")) > 2 * longest:
        head = units[: 2 * longest].decode(
            "utf-16-le", "ignore"
        )  # ignore half an emoji at its end
        cuts = (head.rfind(gap) for gap in ("\n\n", "\n", " "))
        cut = next((cut for cut in cuts if cut > 0), len(head))
        found.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [piece for piece in (*found, text) if piece] or [""]


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Return buttons as an inline keyboard: up to three in a row when every label is short."""
    if not buttons:
        return None
    short = all(len(button.label) <= SHORT_LABEL for button in buttons)
    in_row = BUTTONS_IN_ROW if short else 1
    keys = [InlineKeyboardButton(button.label, callback_data=button.id) for button in buttons]
    return InlineKeyboardMarkup(
        [keys[start : start + in_row] for start in range(0, len(keys), in_row)]
    )
