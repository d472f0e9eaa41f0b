"""Exports: claims as files for other systems and other people, each format a plug.

Claims come as the desk prints them, plain values; `document` is their schema.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from claimbot.plugins import load_plug
from claimbot.store import KeptFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A file of a claim as it was sent, and its name beside the claim's other files."""

    sha256: str
    media_type: str
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A claim and what is needed to have its files.

    ``fetch`` returns the bytes with a SHA-256, checked against it, and raises ``PhotoMissing``;
    ``known`` returns what is known of them.  Neither is asked for what is not exported.
    """

    claim: Mapping[str, Any]
    fetch: Callable[[str], bytes]
    known: Callable[[str], KeptFile | None]

    def photos(self) -> list[Original]:
        """Return the photos in slot order."""
        return [
            self._original(photo["sha256"], f"photo-{place}")
            for place, photo in enumerate(self.claim["photos"], start=1)
        ]

    def form(self) -> list[Original]:
        """Return the files of the claim form, the first page first."""
        return [
            self._original(page["sha256"], f"form-{place}")
            for place, page in enumerate(self.claim["form"] or (), start=1)
        ]

    def _original(self, sha256: str, stem: str) -> Original:
        kept = self.known(sha256)
        media_type = (kept and kept.media_type) or "application/octet-stream"
        return Original(
            sha256=sha256, media_type=media_type, filename=f"{stem}.{ending_of(media_type)}"
        )


class Exporter(Protocol):
    """Writes claims in one format.  Synchronous and slow; call it in a thread.

    ``media_type`` is what HTTP calls the format, ``ending`` that of a file's name.
    """

    media_type: str
    ending: str

    def export(self, bundles: Iterable[Bundle]) -> Iterator[bytes]:
        """Yield the file piece by piece, with the claims in the order in which they come.

        The same claims give the same bytes.  No more than one claim's file is held in memory.

        Raises:
            PhotoMissing: A file that belongs into it is lost.
            OSError: The photo store cannot be reached; try again.
        """


def open_exporter(name: str) -> Exporter:
    """Open the exporter of this name, such as ``"zip"``; `plugins.installed` has the names.

    Raises:
        NoSuchPlug: None is installed.
    """
    exporter: Exporter = load_plug("exporters", name)()
    return exporter


def ending_of(media_type: str) -> str:
    """Return how the name of such a file ends, as the rest of claimbot names it."""
    known = media_type.startswith("image/") or media_type == "application/pdf"
    return media_type.rpartition("/")[2] if known else "bin"
