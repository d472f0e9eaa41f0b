"""Conversations for tests: a policyholder who sends real events, and what the bot told them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import assert_never
from zoneinfo import ZoneInfo

from claimbot.claim import (
    Amendment,
    Claim,
    Flag,
    Flaw,
    FormFile,
    Photo,
    Place,
    PolicyNumber,
    Standing,
)
from claimbot.conversation import (
    Amend,
    Asked,
    Asking,
    CallHuman,
    Conversation,
    Effect,
    Elapsed,
    Event,
    Left,
    Option,
    Pressed,
    Released,
    Said,
    Say,
    SentForm,
    SentPhoto,
    SentUnusable,
    SharedPlace,
    Submit,
    Told,
    Unusable,
    Words,
    step,
    wake_at,
)
from claimbot.conversation.questions import question
from claimbot.policy_number import find_policy_numbers
from claimbot.wording import Voice, render
from claimbot.words import Choice

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
REFERENCE = "CB-7K3M-Q21W"
NEXT_REFERENCE = "CB-0000-0000"
VOICE = Voice(
    insurer="Polder Verzekeringen",
    emergency="112",
    example="100000001",
    zone=ZoneInfo("Europe/Amsterdam"),
    phone="088 000 0000",
)

NUMBER = "123456789"
OTHER_NUMBER = "234567890"
THIRD_NUMBER = "345678901"
UNVERIFIED_NUMBER = "800000001"
UNKNOWN_NUMBER = "900000001"

_STANDING = {"8": Standing.UNVERIFIED, "9": Standing.UNKNOWN}
_PATTERN = re.compile(r"\d{9}")
_PHASH_BITS = 256


def policy(number: str = NUMBER) -> PolicyNumber:
    """Return a number as the tests' directory knows it: 8... is unverified, 9... unknown."""
    return PolicyNumber(number=number, standing=_STANDING.get(number[0], Standing.KNOWN))


def words(text: str) -> Words:
    """Return a text with the policy numbers that are found in it."""
    found = find_policy_numbers(text, _PATTERN)
    numbers = tuple(policy(number) for number in found.numbers)
    return Words(text=text, numbers=numbers, alone=found.alone, attempt=found.attempt)


def digest(name: str) -> str:
    """Return the SHA-256 that stands for a photo or file of this name."""
    return sha256(name.encode()).hexdigest()


def photo(name: str, *flaws: Flaw, flags: tuple[Flag, ...] = ()) -> Photo:
    """Return a judged photo.  "a" and "a again" show the same picture in other bytes."""
    picture, _, again = name.partition(" ")
    phash = int(digest(picture), 16) ^ (1 if again else 0)
    return Photo(sha256=digest(name), flaws=flaws, flags=flags, phash=f"{phash:064x}")


def form(name: str = "form") -> FormFile:
    """Return a claim form as a PDF."""
    return FormFile(sha256=digest(name), media_type="application/pdf")


@dataclass
class Chat:
    """A policyholder at their phone: each method is one event, and time passes with it.

    ``now`` is the conversation, ``told`` the last message and ``effects`` all that was done with
    the last event; ``events``, ``claims``, ``amendments`` and ``calls`` are all there were so far.
    """

    language: str = "nl"
    now: Conversation = field(init=False)
    clock: datetime = NOON
    told: Say = field(default=Say(()), init=False)
    effects: tuple[Effect, ...] = field(default=(), init=False)
    events: list[Event] = field(default_factory=list, init=False)
    claims: list[Claim] = field(default_factory=list, init=False)
    amendments: list[Amendment] = field(default_factory=list, init=False)
    calls: list[CallHuman] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.now = Conversation(language=self.language, reference=REFERENCE)

    def happens(self, event: Event) -> "Chat":
        """Let something happen; what the bot says becomes the last message."""
        self.events.append(event)
        self.now, self.effects = step(self.now, event)
        if not self.now.reference:
            self.now = replace(self.now, reference=NEXT_REFERENCE)
        self.told = next((did for did in self.effects if isinstance(did, Say)), Say(()))
        self.claims += (did.claim for did in self.effects if isinstance(did, Submit))
        self.amendments += (did.amendment for did in self.effects if isinstance(did, Amend))
        self.calls += (did for did in self.effects if isinstance(did, CallHuman))
        return self

    def later(self, **duration: float) -> "Chat":
        """Let time pass, and wake the bot whenever it asked for that; its words add up."""
        until = self.clock + timedelta(**duration)
        said: list[Say] = []
        while (due := wake_at(self.now)) is not None and due <= until:
            self.clock = due
            self.happens(Elapsed(due))
            said += [self.told] if self.told.lines else []
        self.clock = until
        self.told = Say(tuple(line for say in said for line in say.lines), _last(said))
        return self

    def says(self, *texts: str) -> "Chat":
        """Write one or more messages."""
        for text in texts:
            self.clock += timedelta(seconds=20)
            self.happens(Said(words(text), self.clock))
        return self

    def presses(self, *choices: Choice | str) -> "Chat":
        """Press one or more buttons."""
        for choice in choices:
            self.clock += timedelta(seconds=2)
            offered = {str(option.choice): option.id for option in question(self.now)[1]}
            self.happens(Pressed(offered.get(choice, str(choice)), self.clock))
        return self

    def sends(self, *photos: Photo | str, caption: str = "", answered: bool = True) -> "Chat":
        """Send photos within a second, and unless told otherwise wait for the answer."""
        for picture in photos:
            sent = photo(picture) if isinstance(picture, str) else picture
            self.clock += timedelta(seconds=0.1)
            self.happens(SentPhoto(sent, "image/jpeg", words(caption), self.clock))
        return self.later(seconds=2) if answered else self

    def sends_form(self, name: str = "form", caption: str = "") -> "Chat":
        """Send a PDF."""
        self.clock += timedelta(seconds=20)
        return self.happens(SentForm(form(name), words(caption), self.clock))

    def sends_other(self, kind: Unusable) -> "Chat":
        """Send what a claim has no place for."""
        self.clock += timedelta(seconds=20)
        return self.happens(SentUnusable(kind, self.clock))

    def shares(self, latitude: float, longitude: float) -> "Chat":
        """Share a place."""
        self.clock += timedelta(seconds=20)
        place = Place(latitude=latitude, longitude=longitude)
        return self.happens(SharedPlace(place, self.clock))

    def is_asked(self, question: str = "", slot: int | None = None) -> "Chat":
        """Let an adjuster ask something about the claim that was sent last, as it is now."""
        self.clock += timedelta(seconds=20)
        claim = self.claims[-1]
        for more in self.amendments:
            claim = claim.amended(more) if more.reference == claim.reference else claim
        return self.happens(Asked(question, slot, claim, self.clock))

    def is_told(self, text: str) -> "Chat":
        """Let an adjuster write something."""
        self.clock += timedelta(seconds=20)
        return self.happens(Told(text, self.clock))

    def is_released(self) -> "Chat":
        """Let the person who took over give the conversation back to the bot."""
        self.clock += timedelta(seconds=20)
        return self.happens(Released(self.clock))

    def leaves(self) -> "Chat":
        """Block the bot."""
        self.clock += timedelta(seconds=20)
        return self.happens(Left(self.clock))

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of the last message's sentences."""
        return tuple(line.key for line in self.told.lines)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Return the choices under the last message."""
        return tuple(option.choice for option in self.told.options)

    @property
    def text(self) -> str:
        """Return the last message as the policyholder reads it."""
        return render(self.told, self.now.language, VOICE)[0]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return what the buttons under the last message say."""
        return tuple(label for _, label in render(self.told, self.now.language, VOICE)[1])

    @property
    def photos(self) -> tuple[str, ...]:
        """Return the SHA-256s of the draft's photos, in their places."""
        return tuple(kept.sha256 for kept in self.now.draft.photos)


def _last(said: Sequence[Say]) -> tuple[Option, ...]:
    return said[-1].options if said else ()


def begun(language: str = "nl") -> Chat:
    """Return a chat in which the policyholder said hello."""
    return Chat(language).says("hoi")


def at_photos(language: str = "nl") -> Chat:
    """Return a chat that has the policy number."""
    return begun(language).says(NUMBER)


def at_form(language: str = "nl") -> Chat:
    """Return a chat that has the policy number and three photos: car, metres and close."""
    return at_photos(language).sends("car", "metres", "close")


def at_review(language: str = "nl") -> Chat:
    """Return a chat that has everything."""
    return at_form(language).says("geen")


def sent(language: str = "nl") -> Chat:
    """Return a chat whose claim was sent."""
    return at_review(language).presses(Choice.SEND)


def asking(question: Asking, language: str = "nl") -> Chat:
    """Return a chat whose open question this is, reached as a policyholder would."""
    match question:
        case Asking.NOTHING:
            return sent(language)
        case Asking.POLICY_NUMBER:
            return begun(language)
        case Asking.CONFIRM_NUMBER:
            return begun(language).says(f"volgens mij {NUMBER} ofzo")
        case Asking.PICK_NUMBER:
            return begun(language).says(f"{NUMBER} of {OTHER_NUMBER} ofzo")
        case Asking.PHOTO:
            return at_photos(language)
        case Asking.REPLACEMENT:
            return at_review(language).presses(Choice.CHANGE, Choice.PHOTOS, Choice.PHOTO_2)
        case Asking.EXTRA:
            return at_review(language).sends("fourth")
        case Asking.WHICH_PHOTO:
            return at_review(language).presses(Choice.CHANGE, Choice.PHOTOS)
        case Asking.FORM:
            return at_form(language)
        case Asking.REVIEW:
            return at_review(language)
        case Asking.CHANGE:
            return at_review(language).presses(Choice.CHANGE)
        case Asking.STOP:
            return at_review(language).presses(Choice.STOP)
        case Asking.START_OVER:
            return at_review(language).says("opnieuw")
        case Asking.ERASE:
            return at_review(language).says("wissen")
        case Asking.BACK:
            return at_review(language).later(days=2).says("hallo")
        case Asking.AFTER:
            return sent(language).sends("later")
        case Asking.ADJUSTER:
            return sent(language).is_asked("Wie reed er?")
        case Asking.HUMAN:
            return at_photos(language).says("medewerker")
        case never:
            assert_never(never)
