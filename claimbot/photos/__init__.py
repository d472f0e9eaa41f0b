"""Photos: the store of their bytes, and what is measured and judged of them.

bytes -> facts (measured once) -> flaws (refuse) and flags (for the adjuster only)

That is `examination.examine`, which loads Pillow; this module does not, so that knowing of photos
costs nothing.
"""

from typing import Protocol

from claimbot.plugins import load_plug


class PhotoStore(Protocol):
    """Bytes under their SHA-256: photos and claim forms.  Synchronous; call it in a thread."""

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256 in hexadecimal.

        Durable when it returns.  A second call with the same bytes changes nothing.

        Raises:
            OSError: The bytes could not be kept.
        """

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked against their name.

        Raises:
            PhotoMissing: They are not there, or no longer what they were.
        """

    def delete(self, sha256: str) -> None:
        """Forget the bytes.  A second call does nothing."""

    def check(self) -> None:
        """Return when bytes can be kept, without leaving any.

        Raises:
            BadConfiguration: They cannot; the message says where and why.
        """


def open_photos(url: str) -> PhotoStore:
    """Open the photo store at a URL such as ``file:./photos``.

    Raises:
        NoSuchPlug: No installed plug answers to the scheme.
    """
    store: PhotoStore = load_plug("photos", url)(url)
    return store
