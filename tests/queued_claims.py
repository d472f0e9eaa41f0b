"""Claims in the queue, as the intake leaves them there."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from claimbot.app import App
from claimbot.claim import (
    Claim,
    Draft,
    Flag,
    Flaw,
    FormFile,
    Photo,
    PolicyNumber,
    Priority,
    Standing,
)
from claimbot.codec import dump
from claimbot.conversation import Conversation
from claimbot.queues import AdjusterQueue
from claimbot.reference import make_reference
from claimbot.store import Attention, Chat, KeptFile, Store, Turn
from tests.store_builders import claim

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PHOTO = b"\xff\xd8\xff a photo"
PDF = b"%PDF- a form"
ESCAPES = "Tegen een paal [/] :car: \x1b]0;mine\x07\N{RIGHT-TO-LEFT OVERRIDE}"
"""What a policyholder might write to an adjuster's terminal."""


def reference(number: int) -> str:
    """Return a claim reference; numbers under 32 give zeros that can be typed as the letter O."""
    return make_reference(lambda _: number)


def plain_claim(number: int, **told: Any) -> Claim:
    """Return a claim with nothing remarkable, sent so many minutes after noon."""
    at = NOON + timedelta(minutes=number)
    return claim(reference(number), f"{number:064x}", submitted_at=at, **told)


def rich_claim(number: int) -> Claim:
    """Return a claim with everything a claim can have."""
    photos = (
        Photo(sha256="a" * 64, phash="5" * 64),
        Photo(sha256="b" * 64, flaws=(Flaw.BLURRED,), flags=(Flag.TAKEN_ON_THIRD_TRY,)),
        Photo(sha256="c" * 64, flags=(Flag.SCREENSHOT, Flag.EDITED)),
        Photo(sha256="d" * 64),
    )
    return replace(
        plain_claim(number),
        photos=photos,
        form=(FormFile(sha256="e" * 64, media_type="application/pdf"),),
        remarks=(ESCAPES,),
        priority=Priority.HURT,
        flags=(Flag.POLICY_UNVERIFIED,),
    )


def send(store: Store, queue: AdjusterQueue, sent: Claim, *calls: Attention) -> str:
    """Record a claim, each from its own chat, and return its reference."""
    turn = Turn(
        key=Chat(channel="telegram", chat=sent.reference),
        turn=0,
        inbox_id=None,
        state=dump(Conversation(language="nl")),
        at=sent.submitted_at,
        claim=sent,
        enqueue=lambda tx: queue.put(tx, sent.reference, due_at=sent.due_at),
        attention=calls,
    )
    store.record(turn)
    return sent.reference


def hand_over(app: App, reference: str, words: str = "") -> tuple[str, str]:
    """Let someone ask for a person half way; return the names of a photo and an addition."""
    photo, added = app.photos.put(PHOTO), app.photos.put(PDF)
    draft = Draft(
        policy_number=PolicyNumber(number="123456789", standing=Standing.KNOWN),
        photos=(Photo(sha256=photo),),
        remarks=("op de A2",),
    )
    talk = Conversation(language="nl", reference=reference, begun=True, draft=draft)
    detail = json.dumps({"words": words, "files": [added]})
    call = Attention(reference=reference, reason="asked", detail=detail)
    key = Chat(channel="telegram", chat="5")
    state = dump(talk)
    app.store.record(Turn(key=key, turn=0, inbox_id=None, state=state, at=NOON, attention=(call,)))
    return photo, added


def addition(reference: str) -> Attention:
    """Return what was written after a claim was sent."""
    detail = json.dumps({"words": "nog iets", "files": []})
    return Attention(reference=reference, reason="addition", detail=detail)


def send_with_files(app: App, number: int, picture: bytes = PHOTO) -> str:
    """Send a claim whose photo and form lie in the photo store."""
    photo, form = app.photos.put(picture), app.photos.put(PDF)
    sent = replace(
        plain_claim(number),
        photos=(Photo(sha256=photo),),
        form=(FormFile(sha256=form, media_type="application/pdf"),),
    )
    chat = Chat(channel="telegram", chat=sent.reference)
    for name, kind, data in ((photo, "image/jpeg", picture), (form, "application/pdf", PDF)):
        kept = KeptFile(sha256=name, facts=None, media_type=kind, size=len(data))
        app.store.keep_file(chat, kept, NOON)
    return send(app.store, app.queue, sent)
