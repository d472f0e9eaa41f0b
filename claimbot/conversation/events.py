"""What can happen in a conversation, and what the bot can do about it.

Events are past tense and carry their time; effects are imperative and carried out by the intake.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from claimbot.claim import Amendment, Claim, FormFile, Photo, Place, PolicyNumber, Priority
from claimbot.words import Choice


class Unusable(StrEnum):
    """What a policyholder may send that a claim has no place for."""

    VOICE = "voice"
    VIDEO = "video"
    STICKER = "sticker"
    CONTACT = "contact"
    FILE = "file"
    TOO_BIG = "too_big"
    LOST = "lost"  # the channel could not give us the file any more
    GROUP = "group"  # written in a group: claims are made in a private chat
    UNKNOWN = "unknown"


ID_LENGTH = 64  # Telegram's limit, in bytes; a policy number is ASCII


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text, and the policy numbers found in it as the policy directory knows them.

    ``alone`` is true when the text is nothing but a policy number; ``attempt`` when none was
    found and yet the text looks like a try at one.
    """

    text: str = ""
    numbers: tuple[PolicyNumber, ...] = ()
    alone: bool = False
    attempt: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """The policyholder wrote something."""

    words: Words
    at: datetime


@dataclass(frozen=True, slots=True)
class Pressed:
    """The policyholder pressed a button, maybe one of long ago."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A picture arrived and was judged; ``words`` is its caption."""

    photo: Photo
    media_type: str
    words: Words
    at: datetime


@dataclass(frozen=True, slots=True)
class SentForm:
    """A document that can be a claim form arrived; ``words`` is its caption."""

    file: FormFile
    words: Words
    at: datetime


@dataclass(frozen=True, slots=True)
class SharedPlace:
    """The policyholder showed on a map where they are."""

    place: Place
    at: datetime


@dataclass(frozen=True, slots=True)
class SentUnusable:
    """Something arrived that a claim has no place for."""

    kind: Unusable
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """The policyholder blocked the bot."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Nothing happened until the moment that `wake_at` named."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """An adjuster asked something about a claim that was sent, as it is now.

    ``slot`` is the photo of it that they want anew, from 1.
    """

    question: str
    slot: int | None
    claim: Claim
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """An adjuster wrote something that asks for no answer."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """The person who took the conversation over lets the bot go on."""

    at: datetime


Sending = Said | Pressed | SentPhoto | SentForm | SharedPlace | SentUnusable
Event = Sending | Asked | Told | Released | Left | Elapsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence to be said, by its key in ``words`` and the values it mentions."""

    key: str
    values: tuple[tuple[str, "Value"], ...] = ()


Value = str | int | datetime | tuple[int, ...] | tuple[Line, ...]


def line(key: str, **values: Value) -> Line:
    """Return the sentence ``key`` with its values."""
    return Line(key=key, values=tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Option:
    """A choice on offer; ``label`` where the language's own label does not do.

    ``about`` is the policy number that it is about: an old button means that one, and no other.
    """

    choice: Choice
    label: str = ""
    about: str = ""

    @property
    def id(self) -> str:
        """Return what a channel sends back when it is pressed."""
        return f"{self.choice}:{self.about}"[:ID_LENGTH] if self.about else self.choice.value


@dataclass(frozen=True, slots=True)
class Say:
    """Send one message: some sentences, and the choices on offer."""

    lines: tuple[Line, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Submit:
    """Put a finished claim into the adjuster queue."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Amend:
    """Let something join a claim that was sent; it goes back to the adjuster who asked for it."""

    amendment: Amendment


@dataclass(frozen=True, slots=True)
class Expedite:
    """Let adjusters see a claim that was sent sooner, if its priority is not as high already."""

    reference: str
    priority: Priority


class Reason(StrEnum):
    """Why a human is called."""

    HURT = "hurt"
    ASKED = "asked"
    POLICY_NUMBER = "policy_number"
    ADDITION = "addition"
    BROKEN = "broken"  # what they sent breaks the bot, which says so and goes on


@dataclass(frozen=True, slots=True)
class CallHuman:
    """Show the conversation to the adjusters as one that needs a person.

    ``reference`` is the draft's or the sent claim's; ``files`` are the SHA-256s of what came with
    it and ``words`` what was written, when the draft does not hold them.
    """

    reason: Reason
    reference: str
    files: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Erase:
    """Delete what is kept of this chat, but for the claims that were sent."""


Effect = Say | Submit | Amend | Expedite | CallHuman | Erase
