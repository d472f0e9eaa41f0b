"""The export ``zip``: each claim in a folder of its own, with its files as they were sent."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile, ZipInfo

from claimbot.exports import Bundle
from claimbot.exports.lines import as_line

MANIFEST = "SHA256SUMS"  # `sha256sum --check SHA256SUMS` looks the unpacked files over
_PRIVATE = 0o600 << 16  # how Unix unpacks a file


class Archive:
    """Writes a zip file.  Nothing is compressed: photos are already, and zlibs differ."""

    media_type = "application/zip"
    ending = "zip"

    def export(self, bundles: Iterable[Bundle]) -> Iterator[bytes]:
        """Yield the archive, a file at a time; the manifest comes last."""
        sums = []
        out = _Outlet()
        with ZipFile(out, "w") as archive:
            for bundle in bundles:
                for name, data in _files(bundle):
                    _add(archive, name, data)
                    sums.append(f"{sha256(data).hexdigest()}  {name}\n")
                    yield out.taken()
            _add(archive, MANIFEST, "".join(sums).encode())
        yield out.taken()


class _Outlet:
    """What a zip file is written to, that it cannot seek in; what was written can be taken."""

    def __init__(self) -> None:
        self._waiting = BytesIO()

    def write(self, data: bytes) -> int:
        return self._waiting.write(data)

    def flush(self) -> None:
        """Do nothing: it is taken anyway."""

    close = flush

    def taken(self) -> bytes:
        taken = self._waiting.getvalue()
        self._waiting = BytesIO()
        return taken


def _files(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    folder = bundle.claim["reference"]
    yield f"{folder}/claim.json", as_line(bundle.claim)
    for original in (*bundle.photos(), *bundle.form()):
        yield f"{folder}/{original.filename}", bundle.fetch(original.sha256)


def _add(archive: ZipFile, name: str, data: bytes) -> None:
    """Add a file, dated 1980, the beginning of a zip file's time: the same each time."""
    entry = ZipInfo(name)
    entry.create_system = 3  # Unix, wherever we run
    entry.external_attr = _PRIVATE
    archive.writestr(entry, data)
