"""What became of a claim, in the order in which it did."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from claimbot.store import audit, notes, questions

NOTED = "claim noted"
RETURNED = "claim returned"
ASKED = "claim asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was done to a claim: a row of the audit.

    ``actor`` is "policyholder", or the adjuster after "adjuster:"; ``detail`` is JSON.  ``text``
    is what a note, a question or the reason of a return says.
    """

    id: int
    at: datetime
    actor: str
    action: str
    detail: str
    text: str = ""


def events(tx: Connection, reference: str) -> list[Event]:
    """Return what was done to a claim, first things first."""
    noted = notes.of(tx, reference)
    texts = {(action, note.id): note.text for note in noted for action in (NOTED, RETURNED)}
    texts |= {(ASKED, asked.id): asked.text for asked in questions.of(tx, reference)}
    return [
        Event(
            id=link.id,
            at=link.at,
            actor=link.entry.actor,
            action=link.entry.action,
            detail=link.entry.detail,
            text=texts.get((link.entry.action, json.loads(link.entry.detail).get("id")), ""),
        )
        for link in audit.about(tx, reference)
    ]
