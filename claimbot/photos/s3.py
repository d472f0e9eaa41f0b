"""Photos in a bucket that speaks S3, laid out as in a folder: ``ab/cd/abcd...``, copies beside it.

The credentials are the environment's, as AWS names them: ``AWS_ACCESS_KEY_ID`` and so on, or the
role of the machine.  A bucket that keeps old versions keeps what was erased, too: let it not.
"""

import contextlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from obstore.exceptions import BaseError
from obstore.store import S3Store

from claimbot.errors import BadConfiguration, PhotoMissing
from claimbot.photos import name_of, names_at, path_of, path_of_copy, verified

if TYPE_CHECKING:
    from obstore.store import S3Config

# A server that is away or hangs is given up after some 8 s: nothing is tried again after
# RETRY_WITHIN.
CONNECT_WITHIN = timedelta(seconds=3)
ANSWER_WITHIN = timedelta(seconds=4)  # and for each further piece of the answer
DONE_WITHIN = timedelta(seconds=20)  # 25 MB at 10 Mbit/s
RETRY_WITHIN = timedelta(seconds=5)
RETRIES = 2

LISTED_AT_ONCE = 1_000  # objects; as many as a server tells of in one answer
PROOF = ".check."  # what an object's name begins with that proves that objects can be written

BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]+)(?:/([\w./-]*))?")
ENDPOINT = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?")
LAST_PORT = 65_535
EXAMPLE = "s3://bucket/prefix?endpoint=https://s3.example.com&region=eu-central-1"

REASONS = (
    ("<Code>NoSuchBucket<", "there is no such bucket; make it, or set CLAIMBOT_PHOTOS to another"),
    (
        "Missing [A-Z]|/latest/api/token",  # the last that is asked is the machine itself
        "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    (
        "status code: 40[13] ",
        "access is refused; the credentials must let us list, read, write and delete objects",
    ),
    ("error sending request", "no answer; look at its endpoint in CLAIMBOT_PHOTOS"),
    ("builder error", "a server without TLS must stand in the URL: endpoint=http://..."),
)
"""What to say of an error whose text matches; the first counts."""


class Bucket:
    """A photo store in an S3 bucket.  Any number of processes may share it."""

    def __init__(self, shown: str, quick: S3Store, patient: S3Store) -> None:
        """Take what errors call it, and its clients; the patient one is for long uploads."""
        self._shown = shown
        self._quick = quick
        self._patient = patient

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256; they have been read back when it returns.

        Raises:
            OSError: The bytes could not be kept.
        """
        name = name_of(data)
        path = path_of(name)
        if self._read(path) != data:
            self._write(path, data)
            if self._read(path) != data:
                raise OSError(f"{self._shown}: does not give back what it took; look at its disks")
        return name

    def get(self, sha256: str) -> bytes:
        """Return the bytes, checked against their name.

        Raises:
            PhotoMissing: They are not there, or no longer what they were.
            OSError: It cannot be told; try again.
        """
        return verified(sha256, self._read(path_of(sha256)))

    def delete(self, sha256: str) -> None:
        """Forget the bytes and their copies.  A second call does nothing.

        Raises:
            OSError: They may still be there.
        """
        try:
            path = path_of(sha256)
        except PhotoMissing:
            return
        self._forget(path)  # first: who keeps a copy just now looks for it afterwards
        self._forget(*(copy for copy in self._beginning_with(path) if copy != path))

    def put_copy(self, sha256: str, name: str, data: bytes) -> None:
        """Keep a copy of a photo.  A second call replaces the first one's bytes.

        Raises:
            PhotoMissing: There is no such photo, or it was deleted meanwhile; no copy is left.
            OSError: The copy could not be kept.
            ValueError: The name is not one.
        """
        self._write(path_of_copy(sha256, name), data)
        original = path_of(sha256)
        found = self._beginning_with(original)
        if original not in found:
            self._forget(*found)  # alone: the original may be put anew just now
            raise PhotoMissing(sha256)

    def get_copy(self, sha256: str, name: str) -> bytes | None:
        """Return what `put_copy` kept under this name; ``None`` when there is nothing.

        Raises:
            PhotoMissing: No photo can have this name.
            OSError: It cannot be told; try again.
            ValueError: The copy's name is not one.
        """
        return self._read(path_of_copy(sha256, name))

    def stored(self, before: datetime) -> Iterator[str]:
        """Yield the SHA-256 of all bytes that were last written before a moment.

        What a crash left half written before then is removed on the way.

        Raises:
            OSError: It cannot be told what else there is.
        """
        return names_at(self._finished(before), before)

    def check(self) -> None:
        """Return when bytes can be kept, without leaving any.

        Raises:
            BadConfiguration: They cannot; the message says where and why.
        """
        proof = f"{PROOF}{token_hex(8)}"
        try:
            with self._told():
                self._quick.put(proof, b"", use_multipart=False)
            try:
                self._read(proof)
                self._beginning_with(path_of(name_of(b"")))
            finally:
                self._forget(proof)
        except OSError as error:
            raise BadConfiguration(str(error)) from error

    def _read(self, path: str) -> bytes | None:
        with self._told():
            try:
                return bytes(self._quick.get(path).bytes())
            except FileNotFoundError as error:
                # A bucket that is gone, or another kind of server, is no photo that is gone.
                if "<Code>NoSuchKey<" not in str(error):
                    raise
        return None

    def _write(self, path: str, data: bytes) -> None:
        with self._told():
            self._patient.put(path, data, use_multipart=False)  # whole, or not there

    def _forget(self, *paths: str) -> None:
        with self._told():
            self._quick.delete(paths)

    def _beginning_with(self, path: str) -> list[str]:
        with self._told():
            found = self._quick.list(path.rpartition("/")[0]).collect()
        return [thing["path"] for thing in found if thing["path"].startswith(path)]

    def _finished(self, before: datetime) -> Iterator[tuple[str, float]]:
        """Yield every path and when it was written, in order; remove a proof of before."""
        pages = self._quick.list(chunk_size=LISTED_AT_ONCE)
        while True:
            with self._told():
                page = next(pages, None)
            if page is None:
                return
            for thing in page:
                path, written_at = thing["path"], thing["last_modified"]
                if not path.startswith(PROOF):
                    yield path, written_at.timestamp()
                elif written_at < before:
                    self._forget(path)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Make any trouble an OSError of one sentence."""
        try:
            yield
        except (BaseError, OSError) as error:
            # Not "from error": its text is a page long and repeats the request.
            raise OSError(f"{self._shown}: {_reason(error)}") from None


def open_s3(url: str) -> Bucket:
    """Open the bucket of ``s3://bucket/prefix?endpoint=https://host&region=name``.

    Without an endpoint it is AWS's.  Nothing is sent before it is used.

    Raises:
        BadConfiguration: The URL names no bucket, or holds what it must not.
    """
    if "@" in url:
        raise BadConfiguration(
            "the URL of the photo store must not hold a password; "
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead"
        )
    place, _, query = url.partition("?")
    found = BUCKET.fullmatch(place)
    options = dict(parse_qsl(query, keep_blank_values=True))
    endpoint, region = options.pop("endpoint", ""), options.pop("region", "")
    if found is None or options or not _may_be(endpoint):
        # It is not repeated: nobody knows what it holds.
        raise BadConfiguration(f"the URL of the photo store cannot be read; write {EXAMPLE}")
    config: S3Config = {"disable_bulk_delete": True}  # not every server can
    if endpoint:  # under both names, as the environment may name another one under either
        config["endpoint"] = config["aws_endpoint_url_s3"] = endpoint
    if region:
        config["region"] = region
    shown = f"{place} at {endpoint}" if endpoint else place
    try:
        quick, patient = (
            S3Store(
                found[1],
                prefix=found[2] or "",
                config=config,
                client_options={
                    "allow_http": endpoint.startswith("http:"),
                    "connect_timeout": CONNECT_WITHIN,
                    "read_timeout": patience,
                    "timeout": DONE_WITHIN,
                },
                retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_WITHIN},
            )
            for patience in (ANSWER_WITHIN, DONE_WITHIN)
        )
    except (BaseError, ValueError) as error:
        raise BadConfiguration(f"{shown}: {_reason(error)}") from None
    return Bucket(shown, quick, patient)


def _may_be(endpoint: str) -> bool:
    """Tell whether it names a server; obstore panics at some that do not."""
    found = ENDPOINT.fullmatch(endpoint)
    return not endpoint or (found is not None and int(found[1] or 0) <= LAST_PORT)


def _reason(error: Exception) -> str:
    text = str(error)
    for pattern, reason in REASONS:
        if re.search(pattern, text):
            return reason
    code = re.search(r"<Code>(\w+)<", text)
    return code[1] if code else text.partition("\n")[0].partition("<")[0]
