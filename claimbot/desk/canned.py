"""What adjusters ask often, in the policyholder's language."""

from claimbot.errors import NoSuchText

TEXTS: dict[str, dict[str, str]] = {
    "nl": {
        "photo.again": "Kunt u foto {photo} opnieuw maken, bij daglicht en zonder te bewegen?",
        "photo.more": "Kunt u nog een foto van de schade sturen, van een andere kant?",
        "photo.plate": "Kunt u een foto sturen waarop het kenteken goed te lezen is?",
        "photo.other_car": "Kunt u een foto sturen van de andere auto, met het kenteken erop?",
        "form": "Kunt u het schadeformulier sturen, als pdf of als foto?",
        "when": "Wanneer is de schade ontstaan? Schrijf de datum, en ongeveer hoe laat.",
        "what": "Kunt u in een paar zinnen schrijven wat er gebeurde?",
        "drivable": "Kunt u met de auto nog veilig rijden?",
        "hurt": "Is er iemand gewond geraakt?",
        "witness": "Heeft iemand gezien wat er gebeurde? Schrijf dan de naam en het nummer.",
    },
    "en": {
        "photo.again": "Could you take photo {photo} again, in daylight and without moving?",
        "photo.more": "Could you send another photo of the damage, from another side?",
        "photo.plate": "Could you send a photo on which the number plate can be read well?",
        "photo.other_car": "Could you send a photo of the other car, with its number plate on it?",
        "form": "Could you send the claim form, as a PDF or as a photo?",
        "when": "When did the damage happen? Write the date, and about what time.",
        "what": "Could you write in a few sentences what happened?",
        "drivable": "Can the car still be driven safely?",
        "hurt": "Was anyone hurt?",
        "witness": "Did anyone see what happened? Then write their name and number.",
    },
}
"""By language, then by key; every language has every key, with the same variables."""


def texts(language: str) -> dict[str, str]:
    """Return the texts by key, with their variables in braces; in English if need be."""
    return TEXTS.get(language, TEXTS["en"])


def canned(key: str, language: str, **values: object) -> str:
    """Return a text, in English if there is none in this language.

    Raises:
        NoSuchText: There is none of this key, or it needs a value that is not given.
    """
    known = texts(language)
    if key not in known:
        raise NoSuchText(f"no text is called {key}; there are {', '.join(known)}")
    try:
        return known[key].format_map(values)
    except KeyError as missing:
        raise NoSuchText(f"text {key} needs a value for {missing.args[0]}") from None
