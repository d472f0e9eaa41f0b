"""Every error claimbot raises on purpose, and who handles it.

    ClaimbotError
    ├── BadConfiguration      the command line: one line, exit 78
    │   ├── NoSuchPlug        a URL whose scheme no installed plug answers to
    │   └── SchemaOutdated    the database is older or newer than this claimbot
    ├── AlreadyAsked          the desk: exit 1, HTTP 409
    ├── BeingDiscarded        the intake and the relay: as any other OSError, try again later
    ├── BadTranscript         the command line: one line, exit 1
    ├── ClaimDecided          the intake: what was sent no longer joins the claim
    ├── ChildDied             of `children`: who asked the child says what that means
    ├── LeaseLost             the desk: exit 5, HTTP 409
    ├── NoSuchClaim           the desk: exit 1, HTTP 404
    ├── NoSuchSink            the desk: exit 1, HTTP 404
    ├── NoPicture             the desk: a file of which there is nothing to be shown
    ├── MachineBusy           the intake: handles the message again later
    ├── PhotoMissing          the desk: the photo store lost bytes, or they changed
    ├── ReferenceTaken        the intake: draws another claim reference
    ├── NoSuchPhoto           the desk: exit 1, HTTP 422
    ├── NoSuchText            the desk: exit 1, HTTP 422
    ├── RevisionConflict      the desk: exit 1, HTTP 412
    ├── SinkError             the publisher
    │   ├── SinkDown          try again later
    │   └── SinkGone          tell this sink nothing more, until somebody enables it
    ├── TurnTaken             the intake: another worker was first; reads again
    └── ChannelError          the intake and the relay
        ├── ChannelDown       try again later
        ├── Blocked           the policyholder blocked us: no more messages
        ├── Undeliverable     the relay: gives this message up, goes on with the next
        ├── FileTooBig        the policyholder is asked for a smaller file
        └── FileGone          the policyholder is asked to send it again

What a policyholder can do wrong is an answer (``Flaw``, ``Say``), never an error.
"""

from collections.abc import Collection
from datetime import timedelta


class ClaimbotError(Exception):
    """The root; never raised itself."""


class BadConfiguration(ClaimbotError):
    """A setting cannot be used; the message ends in what to do."""


class NoSuchPlug(BadConfiguration):
    """No installed plug answers to a URL's scheme."""


class SchemaOutdated(BadConfiguration):
    """The database's schema is not the one this claimbot works with."""


class BeingDiscarded(ClaimbotError, OSError):
    """A file's bytes are being deleted just now, or may be."""


class BadTranscript(ClaimbotError):
    """A transcript cannot be read or played; the message names the line and what to do."""


class ClaimDecided(ClaimbotError):
    """Nothing joins a claim any more once it is decided."""


class LeaseLost(ClaimbotError):
    """The lease ran out, was returned, or another adjuster holds the claim."""

    def __init__(self, claim_id: str) -> None:
        """Remember the claim: callers show it, never parse it."""
        super().__init__(f"claim {claim_id} is not yours now; `claimbot claims show` says why")
        self.claim_id = claim_id


class NoSuchClaim(ClaimbotError):
    """No claim, hand-over or lease has this reference."""

    def __init__(self, reference: str) -> None:
        """Remember what was looked for."""
        super().__init__(
            f"no claim {reference}; `claimbot claims list` shows the claims there are"
        )
        self.reference = reference


class AlreadyAsked(ClaimbotError):
    """Another claim of the policyholder waits for an answer: theirs would be taken for that."""

    def __init__(self, reference: str) -> None:
        """Remember the other claim."""
        super().__init__(
            f"their claim {reference} waits for an answer; "
            f"ask when it is there, or after `claimbot claims recall {reference}`"
        )
        self.reference = reference


class NoSuchPhoto(ClaimbotError):
    """The claim has no photo of this number."""

    def __init__(self, reference: str, slot: int, photos: int) -> None:
        """Remember which was asked for, from 1, and how many there are."""
        super().__init__(
            f"claim {reference} has no photo {slot}; name one of 1 to {photos}, or none"
        )
        self.reference = reference
        self.slot = slot


class NoSuchText(ClaimbotError):
    """There is no such text for adjusters to send, or it needs a value; the message says which."""


class NoSuchSink(ClaimbotError):
    """No sink has this name."""

    def __init__(self, name: str) -> None:
        """Remember what was looked for."""
        super().__init__(f"no sink {name}; `claimbot sinks list` shows the sinks there are")
        self.name = name


class NoPicture(ClaimbotError):
    """There is no picture to be made of these bytes; they can only be had as they were sent."""

    def __init__(self, sha256: str) -> None:
        """Remember which file it is."""
        super().__init__(f"file {sha256} cannot be shown as a picture; open it as it was sent")
        self.sha256 = sha256


class MachineBusy(ClaimbotError):
    """A photo could not be looked at in time, by no fault of its own."""


class PhotoMissing(ClaimbotError):
    """The photo store does not hold these bytes, or holds other ones under their name."""

    def __init__(self, sha256: str, reason: str = "is not in the photo store") -> None:
        """Remember which photo it is."""
        super().__init__(f"photo {sha256} {reason}")
        self.sha256 = sha256


class ReferenceTaken(ClaimbotError):
    """Another claim has this claim reference already."""


class RevisionConflict(ClaimbotError):
    """Somebody changed the claim since it was read."""

    def __init__(self, reference: str, revision: int) -> None:
        """Remember the revision that there is now."""
        super().__init__(f"claim {reference} is at revision {revision} now; read it again first")
        self.reference = reference
        self.revision = revision


class SinkError(ClaimbotError):
    """A sink did not take what it was told, or not all of it.

    ``confirmed`` are the ids of what it took all the same.
    """

    def __init__(self, reason: str, *, confirmed: Collection[str] = ()) -> None:
        """Remember what it took; the reason is shown, and has no secret in it."""
        super().__init__(reason)
        self.confirmed = confirmed


class SinkDown(SinkError):
    """The sink cannot be reached, or refuses, for now."""

    def __init__(
        self,
        reason: str,
        retry_after: timedelta | None = None,
        *,
        confirmed: Collection[str] = (),
    ) -> None:
        """Remember how long the sink asks us to wait, if it said so."""
        super().__init__(reason, confirmed=confirmed)
        self.retry_after = retry_after


class SinkGone(SinkError):
    """The sink wants nothing more, for good."""


class TurnTaken(ClaimbotError):
    """Another worker recorded this conversation's turn first."""


class ChannelError(ClaimbotError):
    """A channel could not do what it was asked."""


class ChannelDown(ChannelError):
    """The channel cannot be reached or asks for patience."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        """Remember how long the channel asks us to wait, if it said so."""
        super().__init__(reason)
        self.retry_after = retry_after


class Blocked(ChannelError):
    """The policyholder blocked the bot, or the chat no longer exists."""


class Undeliverable(ChannelError):
    """The channel will never take this message, however often it is sent."""


class FileTooBig(ChannelError):
    """The file is larger than the channel, or we, accept."""


class FileGone(ChannelError):
    """The channel no longer has the file."""
