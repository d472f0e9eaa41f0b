"""What a claim is made of: values only, no behaviour that needs anything but themselves."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from claimbot import likeness

PHOTOS_ASKED = 3  # the whole car with its plate, the damage from 2 m, the damage close by
PHOTOS_KEPT = 10  # the three and up to seven extras
NEAR_DUPLICATE_BITS = (
    24  # of 256: recompression moves at most 10, two photos of one car differ by 102
)


class Flaw(StrEnum):
    """Why a photo is refused, in the order in which it is judged."""

    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    BLANK = "blank"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    BLURRED = "blurred"
    DUPLICATE = "duplicate"


UNREADABLE = frozenset({Flaw.NOT_AN_IMAGE, Flaw.UNSUPPORTED_FORMAT, Flaw.TOO_LARGE})
"""Nobody can look at such a file, so it is not taken on the third try either."""


class Flag(StrEnum):
    """Something about a photo or a claim that only the adjuster sees."""

    SOFT = "soft"
    DIM = "dim"
    BRIGHT = "bright"
    SMALL = "small"
    SCREENSHOT = "screenshot"
    EDITED = "edited"
    TAKEN_LONG_AGO = "taken_long_ago"
    TAKEN_BEFORE_POLICY = "taken_before_policy"
    TAKEN_ELSEWHERE = "taken_elsewhere"
    SEEN_IN_ANOTHER_CLAIM = "seen_in_another_claim"
    TAKEN_ON_THIRD_TRY = "taken_on_third_try"
    POLICY_UNVERIFIED = "policy_unverified"
    CONTENT_CREDENTIALS = "content_credentials"
    PLATE_READ = "plate_read"
    PLATE_DIFFERS = "plate_differs"
    FACES = "faces"


class Standing(StrEnum):
    """What the policy directory says of a policy number."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    UNVERIFIED = "unverified"  # the directory could not be asked


class Priority(StrEnum):
    """How soon an adjuster has to look."""

    HURT = "hurt"
    NOT_DRIVABLE = "not_drivable"
    NORMAL = "normal"


ANSWER_WITHIN = {
    Priority.HURT: timedelta(minutes=15),
    Priority.NOT_DRIVABLE: timedelta(hours=4),
    Priority.NORMAL: timedelta(days=1),
}
"""How long an insurer may take to answer; a queue that is ordered by due time does not starve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyNumber:
    """A policy number as it stands in the directory: upper case, no separators."""

    number: str
    standing: Standing
    since: date | None = None  # from when the policy is in force, where the directory says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point on the earth, WGS 84: degrees north, -90 to 90, and east, -180 to 180."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo that was received and judged.

    ``sha256`` names its bytes in the photo store; ``phash`` is 64 hexadecimal digits (256 bits),
    ``None`` when no pixel could be read.
    """

    sha256: str
    flaws: tuple[Flaw, ...] = ()
    flags: tuple[Flag, ...] = ()
    phash: str | None = None

    def looks_like(self, other: "Photo") -> bool:
        """Tell whether both show the same picture: the same bytes, or nearly the same hash."""
        if self.sha256 == other.sha256:
            return True
        if self.phash is None or other.phash is None:
            return False
        return likeness.distance(self.phash, other.phash) <= NEAR_DUPLICATE_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A photo of this claim, ``sha256``, that another claim, ``reference``, has too.

    ``distance`` is that of their perceptual hashes, 0 to `NEAR_DUPLICATE_BITS`, or 0 for the same
    bytes (``exact``); ``turned`` says that theirs was turned or mirrored.
    """

    sha256: str
    reference: str
    distance: int
    exact: bool
    turned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found in a file of a claim after the claim was sent; only the adjuster sees it.

    ``detail`` is one line for people: the plate, who signed the credentials, how many faces.
    """

    sha256: str
    flag: Flag
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFile:
    """One file of the claim form: a PDF, or a photo of a page."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A claim being collected: what the policyholder gave so far.

    ``photos`` are in slot order: the first three answer the three questions, the rest are extras.
    ``form_settled`` is true once the form question was answered, also with "none"; ``place`` is
    where they said the car is, if they shared it.
    """

    policy_number: PolicyNumber | None = None
    photos: tuple[Photo, ...] = ()
    form: tuple[FormFile, ...] = ()
    form_settled: bool = False
    place: Place | None = None
    remarks: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was given yet."""
        return self == Draft()

    @property
    def is_complete(self) -> bool:
        """Tell whether everything that must be there is there."""
        enough = len(self.photos) >= PHOTOS_ASKED
        return self.policy_number is not None and enough and self.form_settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A finished claim, as the policyholder sent it.  ``reference`` is its only name.

    ``flags``, here and of the photos, ``policy_since`` and ``sightings`` are for adjusters only.
    """

    reference: str
    language: str
    policy_number: str
    photos: tuple[Photo, ...]
    form: tuple[FormFile, ...]
    remarks: tuple[str, ...]
    priority: Priority
    flags: tuple[Flag, ...]
    submitted_at: datetime
    policy_since: date | None = None
    place: Place | None = None
    sightings: tuple[Sighting, ...] = ()

    @property
    def due_at(self) -> datetime:
        """Return until when the policyholder was promised an answer."""
        return self.submitted_at + ANSWER_WITHIN[self.priority]

    def amended(self, more: "Amendment") -> "Claim":
        """Return the claim with what joins it; what it has already is not taken twice."""
        photos, form, remarks = self.photos, self.form, self.remarks
        if more.photo and more.slot:
            photos = (*photos[: more.slot - 1], more.photo, *photos[more.slot :])
        elif more.photo and more.photo not in photos:
            photos = (*photos, more.photo)
        if more.file and more.file not in form:
            form = (*form, more.file)
        if more.words:
            remarks = (*remarks, more.words)
        return replace(self, photos=photos, form=form, remarks=remarks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What joins a claim that was sent, under its ``reference``.

    ``slot`` is the photo, from 1, in whose place ``photo`` comes; without, it is an extra one.
    """

    reference: str
    photo: Photo | None = None
    slot: int | None = None
    file: FormFile | None = None
    words: str = ""
