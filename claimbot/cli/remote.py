"""The desk of a claimbot that serves elsewhere, over its API.

A problem that it answers with is raised as the error that the desk itself would raise.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO, Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx

from claimbot.cli import parsing
from claimbot.cli.claim_files import Kind, Part
from claimbot.desk import Event, Handover, Held, Note
from claimbot.desk.ledger import is_token
from claimbot.errors import (
    AlreadyAsked,
    ClaimbotError,
    LeaseLost,
    NoPicture,
    NoSuchClaim,
    PhotoMissing,
)
from claimbot.queues import MAX_DELIVERIES, Depth, Lease
from claimbot.reference import parse_reference
from claimbot.store import Status, StoredClaim

TIMEOUT = 30  # seconds
LONGEST_WAIT = 20  # seconds that the API waits for a claim
PAGE = 100  # claims
ADJUSTER_HEADER = b"Claimbot-Adjuster"
PROBLEM = "urn:claimbot:problem"

T = TypeVar("T")


class Remote:
    """What an adjuster does, over the API.  Each method does what the desk's of its name does.

    Of all: `ClaimbotError` when the API cannot be reached, or refuses.
    """

    def __init__(self, url: str, token: str) -> None:
        """Take the base URL of who serves, and a token for it."""
        self._url = url
        self._attempts: dict[str, int] = {}
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/').removesuffix('/v1')}/v1/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def next(
        self,
        adjuster: str,
        *,
        hold: timedelta,
        skills: Sequence[str] = (),
        wait: timedelta = timedelta(),
    ) -> Held | None:
        """Take the claim that is due first; None when there is none within ``wait``."""
        until = time.monotonic() + wait.total_seconds()
        while True:
            left = min(LONGEST_WAIT, max(0, round(until - time.monotonic())))
            wanted = {
                "hold_seconds": _seconds(hold),
                "wait_seconds": left,
                "skills": list(skills),
            }
            answer = self._ask("POST", "leases", adjuster=adjuster, body=wanted)
            if answer.status_code != httpx.codes.NO_CONTENT:
                return self._read(answer, parsing.parse_held)
            if not left:
                return None

    def lease(self, token: str) -> Held:
        """Return a claim by the id of the lease on it."""
        return self._read(self._ask("GET", "leases", token), parsing.parse_held)

    def extend(self, adjuster: str, name: str, *, hold: timedelta) -> Lease:
        """Hold on to a claim."""
        was = self._mine(adjuster, name)
        body = {"hold_seconds": _seconds(hold)}
        answer = self._ask("PATCH", "leases", was.token, adjuster=adjuster, body=body)
        return self._read(answer, lambda told: parsing.parse_lease(was.claim_id, told))

    def accept(self, adjuster: str, name: str, *, note: str = "") -> StoredClaim:
        """Take a claim on."""
        try:
            lease = self._mine(adjuster, name)
        except LeaseLost as lost:
            return self._accepted_before(adjuster, lost)
        body = {"note": note}
        self._ask("POST", "leases", lease.token, "ack", adjuster=adjuster, body=body)
        return self.show(lease.claim_id)[0]

    def give_back(
        self, adjuster: str, name: str, *, reason: str, delay: timedelta = timedelta()
    ) -> tuple[str, bool]:
        """Return a claim to the queue; give its reference, and whether it came back too often."""
        is_dead = False
        try:
            lease = self._mine(adjuster, name)
        except LeaseLost as lost:
            if not is_token(name):
                raise
            reference, token = lost.claim_id, name  # perhaps it was given back by this lease
        else:
            reference, token = lease.claim_id, lease.token
            is_dead = lease.attempt >= MAX_DELIVERIES
        body = {"reason": reason, "delay_seconds": _seconds(delay)}
        self._ask("POST", "leases", token, "nack", adjuster=adjuster, body=body)
        return reference, is_dead

    def ask(self, adjuster: str, name: str, text: str, *, slot: int | None = None) -> StoredClaim:
        """Ask the policyholder something."""
        body: dict[str, object] = {"text": text} if text else {}
        place = "questions"
        if slot is not None:
            body["slot"] = slot
            place = "photo-requests"
        answer = self._ask("POST", "claims", name, place, adjuster=adjuster, body=body)
        return self.show(self._read(answer, lambda told: str(told["reference"])))[0]

    def recall(self, adjuster: str, name: str) -> StoredClaim:
        """Wait for an answer no longer."""
        self._ask("POST", "claims", name, "recall", adjuster=adjuster)
        return self.show(name)[0]

    def search(
        self, text: str = "", *, status: Status | None = None, limit: int = 50
    ) -> list[tuple[StoredClaim, Lease | None]]:
        """Return claims, last submitted first, and who holds each."""
        found: list[tuple[StoredClaim, Lease | None]] = []
        wanted: dict[str, str] = {"q": text} if text else {}
        if status is not None:
            wanted["status"] = status.value
        while len(found) < limit:
            wanted["limit"] = str(min(PAGE, limit - len(found)))
            answer = self._ask("GET", "claims", params=wanted)
            some = self._read(answer, lambda page: _each(parsing.parse_claim, page["claims"]))
            after = self._read(answer, lambda page: page["next"])
            found += some
            if after is None or not some:
                break
            wanted["cursor"] = after
        return found

    def show(self, name: str) -> tuple[StoredClaim, Lease | None]:
        """Return a claim and who holds it."""
        return self._read(self._ask("GET", "claims", name), parsing.parse_claim)

    def note(self, adjuster: str, name: str, text: str) -> Note:
        """Write something down about a claim."""
        body = {"text": text}
        answer = self._ask("POST", "claims", name, "notes", adjuster=adjuster, body=body)
        return self._read(answer, lambda told: parsing.parse_note(_reference(name), told))

    def notes(self, name: str) -> list[Note]:
        """Return the notes about a claim."""
        answer = self._ask("GET", "claims", name, "notes")
        reference = _reference(name)
        return self._read(
            answer, lambda told: [parsing.parse_note(reference, note) for note in told]
        )

    def events(self, name: str) -> list[Event]:
        """Return what was done to a claim."""
        answer = self._ask("GET", "claims", name, "events")
        return self._read(answer, lambda told: _each(parsing.parse_event, told))

    def handovers(self) -> list[Handover]:
        """Return who waits for a person."""
        answer = self._ask("GET", "handovers")
        return self._read(answer, lambda told: _each(parsing.parse_handover, told))

    def handovers_of(self, name: str) -> list[Handover]:
        """Return the open calls for a person under a reference."""
        reference = _reference(name)
        return [call for call in self.handovers() if call.reference == reference]

    def take_over(self, adjuster: str, name: str) -> str:
        """Take a handover on; return its reference."""
        self._ask("POST", "handovers", name, "take", adjuster=adjuster)
        return _reference(name)

    def tell(self, adjuster: str, name: str, text: str) -> str:
        """Say something in the chat of a handover, or of a claim that one holds."""
        body = {"text": text}
        self._ask("POST", "handovers", name, "messages", adjuster=adjuster, body=body)
        return _reference(name)

    def release(self, adjuster: str, name: str) -> str:
        """Let the bot go on with a handover; return its reference."""
        self._ask("POST", "handovers", name, "release", adjuster=adjuster)
        return _reference(name)

    def depth(self) -> Depth:
        """Return how many claims the queue holds."""
        return self._read(self._ask("GET", "queue"), parsing.parse_depth)

    def export(
        self,
        adjuster: str,
        form: str,
        *,
        names: Sequence[str] = (),
        status: Status | None = None,
        since: datetime | None = None,
    ) -> IO[bytes]:
        """Return claims in a form: one, or all of them as a table."""
        wanted: dict[str, str] = {}
        path: tuple[str, ...]
        if len(names) == 1:
            path = ("claims", names[0], "export")
            wanted["format"] = form
        elif not names and form == "csv":
            path = ("claims", "exports.csv")
            if status is not None:
                wanted["status"] = status.value
            if since is not None:
                wanted["since"] = since.isoformat()
        else:
            raise ClaimbotError("over the API, name one claim, or choose --format csv for all")
        return BytesIO(self._ask("GET", *path, adjuster=adjuster, params=wanted).content)

    def file(self, part: Part, originals: bool) -> tuple[bytes, str]:
        """Return a file of a claim, or a copy to look at, and the ending of its name."""
        beyond = PhotoMissing(part.sha256, "is no claim's yet, and cannot be had over the API")
        if part.kind is Kind.ADDED:
            raise beyond
        place = "photos" if part.kind is Kind.PHOTO else "form"
        path = ("claims", part.reference, place, str(part.place))
        params = {"variant": "original"} if originals else {}
        try:
            answer = self._ask("GET", *path, params=params, sha256=part.sha256)
        except NoSuchClaim:
            raise beyond from None
        ending = answer.headers.get("content-type", "").rpartition("/")[2]
        return answer.content, "bin" if ending in {"", "octet-stream"} else ending

    def _mine(self, adjuster: str, name: str) -> Lease:
        """Return the adjuster's lease, by the claim's reference or by the lease's id.

        Raises:
            LeaseLost: The adjuster does not hold it.
        """
        lease = self.lease(name).lease if is_token(name) else self.show(name)[1]
        if lease is None or lease.adjuster != adjuster:
            raise LeaseLost(lease.claim_id if lease else _reference(name))
        return lease

    def _accepted_before(self, adjuster: str, lost: LeaseLost) -> StoredClaim:
        """Return a claim that the adjuster took on before, so that they may say it twice.

        Raises:
            LeaseLost: They did not.
        """
        if is_token(lost.claim_id):
            raise lost
        accepted = [
            event.actor for event in self.events(lost.claim_id) if event.action == "claim accepted"
        ]
        if accepted[-1:] != [f"adjuster:{adjuster}"]:
            raise lost
        return self.show(lost.claim_id)[0]

    def _ask(
        self,
        method: str,
        *path: str,
        adjuster: str | None = None,
        body: Mapping[str, object] | None = None,
        params: Mapping[str, str] | None = None,
        sha256: str = "",
    ) -> httpx.Response:
        """Return an answer that is no problem; ``sha256`` names the file that is asked for."""
        if not {".", ".."}.isdisjoint(path):  # as a path they would lead elsewhere
            raise NoSuchClaim(path[1])
        headers = [(b"Idempotency-Key", uuid4().hex.encode())] if method == "POST" else []
        if adjuster is not None:  # what cannot be sent so is no name there, and the API says so
            headers.append((ADJUSTER_HEADER, adjuster.encode("latin-1", "replace")))
        request = self._http.build_request(
            method,
            "/".join(quote(part, safe="") for part in path),
            headers=headers,
            json=body,
            params=params,
        )
        answer = self._send(request)
        if not answer.is_success:
            raise self._problem(answer, path, sha256)
        return answer

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Return the answer; what was asked before is not done twice, thanks to its key."""
        try:
            try:
                return self._http.send(request)
            except httpx.TransportError:  # one of several processes may die while it answers
                return self._http.send(request)
        except httpx.HTTPError as error:
            raise ClaimbotError(
                f"{self._url} cannot be reached: {str(error) or type(error).__name__}; "
                "does claimbot serve there?"
            ) from None

    def _problem(self, answer: httpx.Response, path: Sequence[str], sha256: str) -> ClaimbotError:
        """Return the error that a problem stands for."""
        name = path[1] if len(path) > 1 else ""
        return self._read(answer, lambda told: self._error(told, name, sha256))

    def _error(self, told: Any, name: str, sha256: str) -> ClaimbotError:
        kind = _kind(told)
        if kind == "lease-lost":
            return LeaseLost(str(told.get("reference", _reference(name))))
        if kind == "no-such-claim":
            return NoSuchClaim(_reference(name))
        if kind == "already-asked":
            return AlreadyAsked(str(told["reference"]))
        if kind == "no-picture":
            return NoPicture(sha256)
        if kind == "gone":
            return PhotoMissing(sha256)
        if kind == "no-token":
            return ClaimbotError(
                f"{self._url} does not know this token; `claimbot token add` makes one there"
            )
        wrong = [f"{one['at']}: {one['problem']}" for one in told.get("errors", ())]
        said = " ".join(dict.fromkeys((told["title"], told["detail"])))
        return ClaimbotError(f"{self._url} refuses: {'; '.join([said, *wrong])}")

    def _read(self, answer: httpx.Response, parse: Callable[[Any], T]) -> T:
        """Return what an answer says."""
        try:
            return parse(answer.json())
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ClaimbotError(
                f"{self._url} answers with {answer.status_code} as no API of claimbot's does; "
                "is it the address of a claimbot of this version?"
            ) from None


def _each(parse: Callable[[Any], T], told: Any) -> list[T]:
    return [parse(one) for one in told]


def _kind(told: Any) -> str:
    """Return what kind a problem is."""
    prefix, _, kind = told["type"].rpartition(":")
    if prefix != PROBLEM:
        raise ValueError(prefix)
    return str(kind)


def _reference(name: str) -> str:
    return parse_reference(name) or name


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())
