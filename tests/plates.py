"""Licence plates drawn for tests: in a photo-like scene, or on a form."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from tests.pictures import scene

SIDECODES = (
    *("ND-12-34", "56-78-AB", "90-HJ-12", "GK-34-LN", "PR-ST-56", "78-XZ-BD", "90-FGH-1"),
    *("2-JKL-34", "NP-567-R", "S-890-TX", "GBB-12-Z", "H-34-JKL", "5-NP-678", "901-RS-2"),
)
"""A plate of each sidecode, 1 to 14; together they have every digit and nearly every letter."""

WIDE, HIGH = 400, 90  # pixels: a plate is 520 by 110 mm
YELLOW, BLUE = (250, 200, 20), (20, 60, 160)


def plate(text: str) -> Image.Image:
    """Return a plate as it is screwed on a car: black on yellow, NL on blue at its left."""
    picture = Image.new("RGB", (WIDE, HIGH), YELLOW)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 40, HIGH), BLUE)
    draw.text((20, 65), "NL", "white", ImageFont.load_default(24), anchor="mm")
    draw.text((220, 45), text, "black", ImageFont.load_default(70), anchor="mm")
    draw.rectangle((0, 0, WIDE - 1, HIGH - 1), outline="black", width=3)
    return picture


def cars(plates: Sequence[str]) -> Image.Image:
    """Return something like a photo of parked cars with these plates, two a row."""
    picture = scene(1280, 960)
    for place, text in enumerate(plates):
        down, across = divmod(place, 2)
        picture.paste(plate(text), (120 + 640 * across, 40 + 130 * down))
    return picture


def form(*lines: str) -> Image.Image:
    """Return a page with these lines of print."""
    page = Image.new("RGB", (960, 1280), "white")
    font = ImageFont.load_default(36)
    for place, text in enumerate(lines):
        ImageDraw.Draw(page).text((80, 100 + 90 * place), text, "black", font)
    return page
