"""Reply keys and values to a policyholder's text and buttons, in their language."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from claimbot.claim import Flaw
from claimbot.conversation import Line, Option, Say, Value
from claimbot.words import Language, languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What the bot says of its insurer.

    ``example`` is a policy number that is nobody's, ``phone`` one that a person answers, if there
    is one; ``zone`` is the time zone that policyholders are told times in.
    """

    insurer: str
    emergency: str
    example: str
    zone: tzinfo
    phone: str = ""


def render(say: Say, code: str, voice: Voice) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a message's text and its buttons as (id, label), in the language ``code``."""
    language = languages()[code]
    text = "\n".join(_sentence(told, language, voice) for told in say.lines)
    return text, tuple((option.id, _label(option, language)) for option in say.options)


def _label(option: Option, language: Language) -> str:
    return option.label or language.labels[option.choice]


def _sentence(told: Line, language: Language, voice: Voice) -> str:
    phone = language.replies["human.phone"].format(phone=voice.phone) if voice.phone else ""
    always = {
        "insurer": voice.insurer,
        "emergency": voice.emergency,
        "example": voice.example,
        "phone": phone,
    }
    values = {name: _value(name, value, language, voice) for name, value in told.values}
    return language.replies[told.key].format(**always | values)


def _value(name: str, value: Value, language: Language, voice: Voice) -> str:
    match value:
        case datetime():
            local = value.astimezone(voice.zone)
            month = language.months[local.month - 1]
            return language.time.format(
                day=local.day, month=month, hour=local.hour, minute=local.minute
            )
        case tuple():
            return _listed([_part(name, part, language, voice) for part in value], language)
        case Flaw():
            return language.flaws[value]
        case _:
            return str(value)


def _part(name: str, part: int | Line, language: Language, voice: Voice) -> str:
    match part:
        case Line():
            return _sentence(part, language, voice)
        case int() if name == "nth" and part <= len(language.ordinals):
            return language.ordinals[part - 1]
        case _:
            return str(part)


def _listed(parts: list[str], language: Language) -> str:
    *first, last = parts
    return f"{', '.join(first)} {language.conjunction} {last}" if first else last
