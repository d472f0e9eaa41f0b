"""What flaws, flags and the like are called to an adjuster's face."""

from collections.abc import Mapping

from claimbot.claim import Flag, Flaw, Priority
from claimbot.conversation import Reason

FLAWS: Mapping[Flaw, str] = {
    Flaw.NOT_AN_IMAGE: "not a picture",
    Flaw.UNSUPPORTED_FORMAT: "a kind of file that is not read",
    Flaw.TOO_LARGE: "too large a file",
    Flaw.TOO_SMALL: "too few pixels",
    Flaw.BLANK: "blank",
    Flaw.DARK: "too dark",
    Flaw.OVEREXPOSED: "too bright",
    Flaw.BLURRED: "blurred",
    Flaw.DUPLICATE: "the same as another photo",
}

FLAGS: Mapping[Flag, str] = {
    Flag.SOFT: "not quite sharp",
    Flag.DIM: "rather dark",
    Flag.BRIGHT: "rather bright",
    Flag.SMALL: "few pixels",
    Flag.SCREENSHOT: "looks like a screenshot",
    Flag.EDITED: "saved by an editing program",
    Flag.TAKEN_LONG_AGO: "taken over 30 days before it was sent",
    Flag.TAKEN_BEFORE_POLICY: "taken before the policy was in force",
    Flag.TAKEN_ELSEWHERE: "taken far from where the car is said to be",
    Flag.SEEN_IN_ANOTHER_CLAIM: "also in another claim",
    Flag.TAKEN_ON_THIRD_TRY: "taken on the third try",
    Flag.POLICY_UNVERIFIED: "policy number not verified",
    Flag.CONTENT_CREDENTIALS: "content credentials",
    Flag.PLATE_READ: "licence plate",
    Flag.PLATE_DIFFERS: "another plate than on the form",
    Flag.FACES: "faces",
}

PRIORITIES: Mapping[Priority, str] = {
    Priority.HURT: "somebody is hurt",
    Priority.NOT_DRIVABLE: "cannot drive on",
    Priority.NORMAL: "normal",
}

REASONS: Mapping[str, str] = {
    Reason.HURT: "somebody is hurt",
    Reason.ASKED: "asked for a person",
    Reason.POLICY_NUMBER: "no known policy number",
    Reason.ADDITION: "sent more after the claim",
    Reason.BROKEN: "sent what the bot cannot handle",
}

SLOTS = ("whole car", "from 2 m", "close by")
"""What the photos show that are asked for, in their order; the rest are extras."""
EXTRA = "extra"
