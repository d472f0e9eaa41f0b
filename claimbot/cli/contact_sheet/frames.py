"""What the contact sheet shows of each photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from claimbot.claim import Photo
from claimbot.photos.measure import Facts


class Verdict(StrEnum):
    """What became of a photo; its words are the sheet's."""

    FINE = "fine"
    NOTED = "noted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A photo that could be opened.

    ``file`` is its path inside the folder, ``link`` its address as seen from the page;
    ``thumbnail`` is a JPEG, ``None`` when none could be made.
    """

    file: str
    link: str
    photo: Photo
    facts: Facts
    thumbnail: bytes | None

    @property
    def verdict(self) -> Verdict:
        """Tell whether it is refused, taken with a note for the adjuster, or just taken."""
        if self.photo.flaws:
            return Verdict.REFUSED
        return Verdict.NOTED if self.photo.flags else Verdict.FINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that is on the page; ``others`` are files without a picture, and why."""

    title: str
    frames: Sequence[Frame]
    others: Sequence[tuple[str, str]]

    @property
    def counted(self) -> str:
        """How many photos there are, taken and refused."""
        refused = sum(frame.verdict is Verdict.REFUSED for frame in self.frames)
        taken = len(self.frames) - refused
        return f"{_counted(self.frames, 'photo')}: {taken:,} taken, {refused:,} refused"

    @property
    def others_counted(self) -> str:
        """How many other files there are."""
        return _counted(self.others, "other file")


def _counted(things: Sequence[object], name: str) -> str:
    return f"{len(things):,} {name}{'' if len(things) == 1 else 's'}"
