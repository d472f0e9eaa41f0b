"""What an adjuster wants said in a chat, as it lies in the inbox among the chat's own messages.

It goes that way so that a chat stays strictly in order, whoever acts in it.
"""

from dataclasses import dataclass
from enum import StrEnum

from claimbot.codec import dump, load

_BEGIN = '{"claimbot":'  # no channel's payload begins so, and nobody can make one that does


class Act(StrEnum):
    """What the adjuster did."""

    ASKED = "asked"
    TOLD = "told"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Something for the worker to say in a chat.

    Attributes:
        act: What the adjuster did.
        reference: Of the sent claim that they asked about.
        text: Their own words.
        slot: The photo that they want anew, from 1.
    """

    act: Act
    reference: str = ""
    text: str = ""
    slot: int | None = None


def dump_errand(errand: Errand) -> str:
    """Return the payload of an inbox row that carries the errand."""
    return f"{_BEGIN}{dump(errand)}}}"


def is_errand(payload: str) -> bool:
    """Tell whether an inbox row's payload is an errand, and no channel's."""
    return payload.startswith(_BEGIN)


def read_errand(payload: str) -> Errand | None:
    """Return the errand that an inbox row's payload carries; ``None`` if it is a channel's.

    Raises:
        pydantic.ValidationError: It is an errand of another version's.
    """
    if not is_errand(payload):
        return None
    return load(Errand, payload[len(_BEGIN) : -1])
