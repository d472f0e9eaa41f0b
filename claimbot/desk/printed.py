"""What the desk hands out as plain values, ready for ``json.dumps``."""

import json
from typing import Any

from claimbot.codec import plain
from claimbot.desk.handovers import Handover
from claimbot.desk.timeline import Event
from claimbot.queues import Lease
from claimbot.store import StoredClaim
from claimbot.store.dead_letters import Undelivered
from claimbot.store.notes import Note


def as_json(stored: StoredClaim, lease: Lease | None) -> dict[str, Any]:
    """Return a claim as the command line prints it.

    What was found in a photo after the claim was sent is among that photo's flags too.
    """
    claim = plain(stored.claim)
    for photo in claim["photos"]:
        found = [one.flag.value for one in stored.findings if one.sha256 == photo["sha256"]]
        photo["flags"] += [flag for flag in found if flag not in photo["flags"]]
    return {
        **claim,
        "findings": [plain(found) for found in stored.findings],
        "form": claim["form"] or None,
        "channel": stored.key.channel,
        "revision": stored.revision,
        "status": stored.status.value,
        "due_at": plain(stored.due_at),
        "decision": stored.decision,
        "decided_at": plain(stored.decided_at),
        "lease": lease and lease_as_json(lease),
    }


def handover_as_json(handover: Handover) -> dict[str, Any]:
    """Return a handover as the command line prints it, its draft in the form of a claim."""
    draft = plain(handover.draft)
    number = handover.draft.policy_number
    return {
        "reference": handover.reference,
        "status": "handover",
        "reason": handover.reason,
        "channel": handover.channel,
        "since": plain(handover.since),
        "policy_number": number and number.number,
        "photos": draft["photos"],
        "form": draft["form"] or None,
        "remarks": draft["remarks"],
        "priority": draft["priority"],
        "words": handover.words,
        "files": list(handover.files),
    }


def undelivered_as_json(letter: Undelivered) -> dict[str, Any]:
    """Return a message or an answer that is a dead letter as the command line prints it."""
    return {
        letter.name.direction.value: str(letter.name),
        "channel": letter.channel,
        "claim": letter.reference,
        "since": plain(letter.since),
        "tries": letter.tries,
        "reason": letter.failure,
    }


def lease_as_json(lease: Lease) -> dict[str, Any]:
    """Return a lease as the command line prints it."""
    return {
        "id": lease.token,
        "adjuster": lease.adjuster,
        "attempt": lease.attempt,
        "expires_at": plain(lease.expires_at),
    }


def note_as_json(note: Note) -> dict[str, Any]:
    """Return a note as the command line prints it."""
    return {
        "id": note.id,
        "author": note.author,
        "written_at": plain(note.written_at),
        "text": note.text,
    }


def event_as_json(event: Event) -> dict[str, Any]:
    """Return what was done to a claim as the command line prints it."""
    return {
        "id": event.id,
        "at": plain(event.at),
        "actor": event.actor,
        "action": event.action,
        "detail": json.loads(event.detail),
        "text": event.text,
    }
