"""Where a conversation is, and what it needs next."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from claimbot.claim import PHOTOS_ASKED, Draft, Flaw, FormFile, Photo, PolicyNumber

BURST_SILENCE = timedelta(seconds=1.5)  # photos of an album arrive within a second of each other
BURST_LIMIT = timedelta(seconds=10)  # who keeps sending is answered in between
AWAY_AFTER = timedelta(hours=6)  # who was away so long is told what we have
REMIND_AFTER = timedelta(hours=20)  # WhatsApp allows free text for 24 h after the last message
KEEP_DRAFT = timedelta(days=30)


class Asking(StrEnum):
    """The open question."""

    NOTHING = "nothing"  # not begun, or everything is sent
    POLICY_NUMBER = "policy_number"
    CONFIRM_NUMBER = "confirm_number"
    PICK_NUMBER = "pick_number"
    PHOTO = "photo"
    REPLACEMENT = "replacement"
    EXTRA = "extra"
    WHICH_PHOTO = "which_photo"
    FORM = "form"
    REVIEW = "review"
    CHANGE = "change"
    STOP = "stop"
    START_OVER = "start_over"
    ERASE = "erase"
    BACK = "back"
    AFTER = "after"
    ADJUSTER = "adjuster"
    HUMAN = "human"


class Outcome(StrEnum):
    """What became of a photo."""

    KEPT = "kept"
    THIRD_TRY = "third_try"
    EXTRA = "extra"
    REPLACED = "replaced"
    HELD = "held"
    REFUSED = "refused"
    FULL = "full"
    PAGE = "page"
    PAGE_REFUSED = "page_refused"
    PAGES_FULL = "pages_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a photo will be told: its outcome, its slot from 1, the slot it repeats (0: none)."""

    outcome: Outcome
    slot: int
    flaw: Flaw | None = None
    same: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The claim that was sent last."""

    reference: str
    at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What an adjuster asked last; until the claim is decided, what is sent may join it.

    It is open until something did, and ``aside`` while they would rather go on with their draft.
    ``photos`` are the claim's, ``slot`` is the one that is wanted anew, from 1, until it is there.
    ``tries`` counts refused photos in a row, ``joined`` the words and files that joined since.
    """

    reference: str
    question: str
    slot: int | None
    photos: tuple[Photo, ...]
    is_open: bool = True
    aside: bool = False
    tries: int = 0
    joined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Everything the bot knows of a chat.

    ``reference`` is the one the draft will be sent under; who calls `step` fills it in whenever it
    is empty.  ``begun`` is false before the first message and after a claim was sent.

    What is on the table beside the draft: ``numbers`` are policy numbers to be confirmed, ``held``
    photos without a place, ``slot`` is the photo being replaced.  ``pages`` are the photos taken
    as pages of the form while it is asked for; with ``form_anew`` the next page replaces the form,
    which is then kept as ``form_before`` until the pages turn out to be pages.

    ``burst`` holds the verdicts that were not told yet, ``noted`` is true when a caption gave the
    policy number meanwhile.  They are told when no photo came for `BURST_SILENCE`, or with the
    answer to what comes first.
    """

    language: str
    reference: str = ""
    draft: Draft = Draft()
    asking: Asking = Asking.NOTHING
    begun: bool = False
    introduced: bool = False
    numbers: tuple[PolicyNumber, ...] = ()
    number_later: bool = False
    number_tries: int = 0
    photo_tries: int = 0
    slot: int | None = None
    held: tuple[Photo, ...] = ()
    pages: tuple[Photo, ...] = ()
    form_anew: bool = False
    form_before: tuple[FormFile, ...] = ()
    noted: bool = False
    burst: tuple[Verdict, ...] = ()
    burst_from: datetime | None = None
    burst_to: datetime | None = None
    heard_at: datetime | None = None
    reminded: bool = False
    sent: Sent | None = None
    asked: Inquiry | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing that could be lost."""
        return self.draft.is_empty and not self.held and not self.burst and not self.numbers

    @property
    def keeps_a_draft(self) -> bool:
        """Tell whether something is kept that waits for the policyholder."""
        return self.begun and not self.is_empty

    @property
    def is_waiting(self) -> bool:
        """Tell whether the bot waits for the policyholder, so that silence means something."""
        return self.keeps_a_draft and self.asking is not Asking.HUMAN

    @property
    def answer_at(self) -> datetime | None:
        """Return when the photos of a burst are to be answered, if there are any."""
        if self.burst_from is None or self.burst_to is None:
            return None
        return min(self.burst_to + BURST_SILENCE, self.burst_from + BURST_LIMIT)

    @property
    def erase_at(self) -> datetime | None:
        """Return until when the draft is kept, if there is one."""
        return self.heard_at + KEEP_DRAFT if self.heard_at and self.keeps_a_draft else None


def wake_at(conversation: Conversation) -> datetime | None:
    """Return when `step` wants an ``Elapsed`` event; None while only the policyholder can act."""
    if conversation.answer_at is not None:
        return conversation.answer_at
    if conversation.is_waiting and conversation.heard_at and not conversation.reminded:
        return conversation.heard_at + REMIND_AFTER
    return conversation.erase_at


def settled(conversation: Conversation) -> Conversation:
    """Return the conversation with the question that its draft leaves open."""
    now = replace(conversation, asking=_open(conversation))
    if now.draft.form_settled:
        return replace(now, pages=(), form_anew=False, form_before=())
    return now


def _open(now: Conversation) -> Asking:
    if now.held:
        return Asking.EXTRA if now.begun else Asking.AFTER
    if now.numbers:
        return Asking.CONFIRM_NUMBER if len(now.numbers) == 1 else Asking.PICK_NUMBER
    if now.slot is not None:
        return Asking.REPLACEMENT
    if now.asked and now.asked.is_open and not (now.begun and now.asked.aside):
        return Asking.ADJUSTER
    if not now.begun:
        return Asking.NOTHING
    return needed(now)[0]


def needed(now: Conversation) -> tuple[Asking, ...]:
    """Return what is still to be asked, in order; never empty, the review comes last."""
    draft = now.draft
    lacks_number = draft.policy_number is None
    wanted = (
        (lacks_number and not now.number_later, Asking.POLICY_NUMBER),
        (len(draft.photos) < PHOTOS_ASKED, Asking.PHOTO),
        (not draft.form_settled, Asking.FORM),
        (lacks_number and now.number_later, Asking.POLICY_NUMBER),
        (True, Asking.REVIEW),
    )
    return tuple(asking for is_wanted, asking in wanted if is_wanted)
