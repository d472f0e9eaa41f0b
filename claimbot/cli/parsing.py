"""What the API answers with, read back as the values that the desk made it of.

What a claim's JSON does not tell, such as the chat that it came from, is empty.
All raise ValueError, KeyError or TypeError: it is not what this version's API answers with.
"""

import json
from typing import Any, TypeVar

from claimbot.claim import Finding, Flag
from claimbot.codec import load
from claimbot.desk import Event, Handover, Held, Note
from claimbot.queues import Depth, Lease
from claimbot.store import StoredClaim

T = TypeVar("T")


def parse_claim(told: Any) -> tuple[StoredClaim, Lease | None]:
    """Return a claim and who holds it."""
    found = [_value(Finding, finding) for finding in told["findings"]]
    claim = {
        **told,
        "form": told["form"] or [],
        "photos": [_as_judged(photo, found) for photo in told["photos"]],
    }
    key = {"channel": told["channel"], "chat": ""}
    stored = _value(StoredClaim, {**told, "key": key, "claim": claim})
    lease = told["lease"]
    return stored, parse_lease(stored.claim.reference, lease) if lease else None


def parse_held(told: Any) -> Held:
    """Return a claim and the lease on it."""
    stored, _ = parse_claim(told)
    return Held(stored=stored, lease=parse_lease(stored.claim.reference, told["lease"]))


def parse_lease(reference: str, told: Any) -> Lease:
    """Return a lease on the claim of this reference."""
    return _value(Lease, {**told, "claim_id": reference, "token": told["id"]})


def parse_note(reference: str, told: Any) -> Note:
    """Return a note about the claim of this reference."""
    return _value(Note, {**told, "reference": reference})


def parse_event(told: Any) -> Event:
    """Return something that was done to a claim."""
    return _value(Event, {**told, "detail": json.dumps(told["detail"])})


def parse_handover(told: Any) -> Handover:
    """Return someone who waits for a person."""
    number = told["policy_number"]
    draft = {
        **told,
        "policy_number": number and {"number": number, "standing": "unverified"},
        "form": told["form"] or [],
    }
    return _value(Handover, {**told, "draft": draft})


def parse_depth(told: Any) -> Depth:
    """Return how many claims there are of each kind."""
    return _value(Depth, told)


def _value(kind: type[T], told: Any) -> T:
    return load(kind, json.dumps(told))


def _as_judged(photo: Any, found: list[Finding]) -> Any:
    """Return a photo without the flags that it has for what was found in it later."""
    later: set[Flag] = {finding.flag for finding in found if finding.sha256 == photo["sha256"]}
    return {**photo, "flags": [flag for flag in photo["flags"] if flag not in later]}
