"""The photos and forms of claims, written into a folder."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from claimbot.claim import Claim
from claimbot.cli.context import say
from claimbot.desk import Handover
from claimbot.errors import MachineBusy, NoPicture, PhotoMissing


class Kind(StrEnum):
    """What a file is to a claim."""

    PHOTO = "photo"
    FORM = "form"
    ADDED = "added"  # came with a call for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of a claim or a handover: the ``place``-th of its kind, from 1."""

    reference: str
    kind: Kind
    place: int
    sha256: str

    @property
    def name(self) -> str:
        """What the file is called, without an ending: ``CB-7K3M-Q2XK-photo-1``."""
        place = self.sha256[:12] if self.kind is Kind.ADDED else self.place
        return f"{self.reference}-{self.kind}-{place}"


ReadFile = Callable[[Part, bool], tuple[bytes, str]]
"""Returns a file, or unless originals are wanted a copy to look at, and the ending of its name."""


def parts_of(given: Claim | Handover) -> Iterator[Part]:
    """Yield the files that a policyholder sent."""
    draft = given.draft if isinstance(given, Handover) else given
    files = {
        Kind.PHOTO: [photo.sha256 for photo in draft.photos],
        Kind.FORM: [page.sha256 for page in draft.form],
        Kind.ADDED: given.files if isinstance(given, Handover) else (),
    }
    for kind, names in files.items():
        for place, sha256 in enumerate(names, start=1):
            yield Part(reference=given.reference, kind=kind, place=place, sha256=sha256)


def write(read: ReadFile, parts: Iterable[Part], folder: Path, *, originals: bool) -> bool:
    """Write files, as ``CB-7K3M-Q2XK-photo-1.jpeg``, for this user only.

    Unless the ``originals`` are wanted, of all but PDFs it is the copies that adjusters look at.
    A file of which there is none does not keep the others from being written; tell whether all
    were.
    """
    complete = True
    for part in parts:
        try:
            data, ending = read(part, originals)
        except (MachineBusy, NoPicture, PhotoMissing) as error:
            hint = " with --originals" if isinstance(error, NoPicture) else ""
            say(f"claimbot: {part.name}: {error}{hint}")
            complete = False
            continue
        target = folder / f"{part.name}.{ending}"
        target.unlink(missing_ok=True)  # also what someone else may have put there
        target.touch(mode=0o600, exist_ok=False)
        target.write_bytes(data)
        say(f"wrote {target}")
    return complete
